// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"text/tabwriter"
	"time"

	"handrail/kiosk/browser"
)

const guideBenchUsage = `usage: handrail guide bench -url URL [-url URL ...] [-mutations N] [-seed S] [-json]

Measures how well the engine finds the controls of a page that has changed since a guide was written. On each page every
control is a target: its fingerprint is taken, the page is changed in one of 17 ways (ids, classes, names, wording, another
language, order, wrapping, a second form with the same words ...), every control is looked up, and the page is put back.
Then each control is taken away in turn, and the engine should point at nothing. A recorder's list of selectors (role and
name where unique, CSS, XPath, text; the first that hits) is measured beside it in the same run.

The page is only looked at: nothing is filled in, pressed or sent.

The exit status is 0 only if all goals hold: right >= 0.95, wrong <= 0.001, removed_pointed <= 0.01, translated_right >= 0.9,
page_ms_70 <= 5.

options:
`

// guideBenchLimit bounds the whole run.
const guideBenchLimit = 10 * time.Minute

// urlList is an option that may be given several times.
type urlList []string

func (l *urlList) String() string { return fmt.Sprint([]string(*l)) }

func (l *urlList) Set(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf("an http or https address is wanted")
	}
	*l = append(*l, s)
	return nil
}

// guideBenchRow is one kind of change over all pages, or one page over all kinds. Rates are 0..1.
type guideBenchRow struct {
	Name          string  `json:"name"`
	URL           string  `json:"url,omitempty"`
	Controls      int     `json:"controls,omitempty"`
	Lookups       int     `json:"lookups"`
	Right         float64 `json:"right"`
	Wrong         float64 `json:"wrong"`
	WrongSure     float64 `json:"wrong_sure"`
	Sure          float64 `json:"sure"`
	BaselineRight float64 `json:"baseline_right"`
	BaselineWrong float64 `json:"baseline_wrong"`
}

type guideBenchReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []guideBenchRow    `json:"rows"`
	Notes   []string           `json:"notes"`
}

func guideBench(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var urls urlList
	flags.Var(&urls, "url", "`address` of a page; may be given several times")
	mutations := flags.Int("mutations", 51, "changed pages a `page`, from 17 to 2000")
	seed := flags.Int("seed", 1, "the same `number` makes the same changes")
	asJSON := flags.Bool("json", false, "print one JSON object")
	misses := flags.Bool("misses", false, "tell on stderr which controls were not found")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideBenchUsage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	wrong := func(format string, a ...any) int {
		fmt.Fprintf(stderr, "handrail guide bench: "+format+"\n", a...)
		return 2
	}
	switch {
	case flags.NArg() > 0:
		return wrong("%q: give pages by -url", flags.Arg(0))
	case len(urls) == 0:
		return wrong("name a page: -url http://127.0.0.1:3009/test/start")
	case *mutations < 17 || *mutations > 2000:
		return wrong("-mutations %d: a number from 17 to 2000", *mutations)
	}
	ctx, cancel := context.WithTimeout(ctx, guideBenchLimit)
	defer cancel()
	var pages []browser.Robust
	notes := []string{}
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		fmt.Fprintln(stderr, "handrail guide bench:", err)
		return 1
	}
	defer visitor.Close()
	for _, address := range urls {
		if err = visitor.Open(address); err != nil {
			err = fmt.Errorf("%s: %w", address, err)
			break
		}
		var page browser.Robust
		if page, err = visitor.Robust(ctx, *mutations, *seed); err != nil {
			err = fmt.Errorf("%s: %w", address, err)
			break
		}
		pages = append(pages, page)
		if page.Controls == 0 {
			notes = append(notes, address+": the page has no control that is seen.")
		}
		if !page.Restored {
			notes = append(notes, address+": the page's own scripts changed it meanwhile; its figures say less.")
		}
		if *misses {
			for _, miss := range page.Misses {
				fmt.Fprintf(stderr, "%s: %s\n", address, miss)
			}
		}
		if !*asJSON {
			fmt.Fprintf(stderr, "  %s: %s, %.1f ms, of which reading %.1f ms\n", address, counted(page.Controls, "control"), median(page.MS), page.Reading)
		}
	}
	report := guideBenchSum(urls[:len(pages)], pages)
	report.Notes = append(report.Notes, notes...)
	if err != nil {
		report.OK = false
		report.Notes = append(report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail guide bench:", err)
	}
	if *asJSON {
		err = json.NewEncoder(stdout).Encode(report)
	} else {
		err = report.print(stdout)
	}
	if err != nil || !report.OK {
		return 1
	}
	return 0
}

// guideBenchSum makes the figures of the pages' counts.
func guideBenchSum(urls []string, pages []browser.Robust) guideBenchReport {
	r := guideBenchReport{Figures: map[string]float64{}, Rows: []guideBenchRow{}, Notes: []string{}}
	var all, translated browser.RobustTally
	kinds := map[string]browser.RobustTally{}
	var removed, removedPointed, removedSure, controls, changed int
	var ms []float64
	for i, page := range pages {
		var whole browser.RobustTally
		for kind, t := range page.Kinds {
			whole = addTally(whole, t)
			kinds[kind] = addTally(kinds[kind], t)
			if kind == "translated" || kind == "classes+translated" || kind == "ids+translated+wrap" {
				translated = addTally(translated, t)
			}
		}
		all = addTally(all, whole)
		row := tallyRow("page", whole)
		row.URL, row.Controls = urls[i], page.Controls
		r.Rows = append(r.Rows, row)
		controls += page.Controls
		removed, removedPointed, removedSure = removed+page.Removed, removedPointed+page.RemovedPointed, removedSure+page.RemovedPointedSure
		changed += len(page.MS)
		for _, v := range page.MS {
			// A page is the dearer the more controls it has; a small one is not made cheaper by stretching it.
			ms = append(ms, v*70/float64(max(page.Controls, 35)))
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		r.Rows = append(r.Rows, tallyRow(kind, kinds[kind]))
	}
	row := tallyRow("all", all)
	f := r.Figures
	f["pages"], f["controls"], f["mutated_pages"], f["lookups"] = float64(len(pages)), float64(controls), float64(changed), float64(all.Lookups)
	f["right"], f["wrong"], f["wrong_sure"], f["sure"] = row.Right, row.Wrong, row.WrongSure, row.Sure
	f["baseline_right"], f["baseline_wrong"] = row.BaselineRight, row.BaselineWrong
	f["translated_right"] = rate(translated.Right, translated.Lookups)
	f["removed"], f["removed_pointed"], f["removed_pointed_sure"] = float64(removed), rate(removedPointed, removed), rate(removedSure, removed)
	f["page_ms_70"] = round3(median(ms))
	r.OK = all.Lookups > 0 && f["right"] >= 0.95 && f["wrong"] <= 0.001 && f["removed_pointed"] <= 0.01 && f["translated_right"] >= 0.9 && f["page_ms_70"] <= 5
	return r
}

func addTally(a, b browser.RobustTally) browser.RobustTally {
	a.Lookups += b.Lookups
	a.Right += b.Right
	a.Wrong += b.Wrong
	a.WrongSure += b.WrongSure
	a.Sure += b.Sure
	a.BaselineRight += b.BaselineRight
	a.BaselineWrong += b.BaselineWrong
	return a
}

func tallyRow(name string, t browser.RobustTally) guideBenchRow {
	return guideBenchRow{Name: name, Lookups: t.Lookups, Right: rate(t.Right, t.Lookups), Wrong: rate(t.Wrong, t.Lookups), WrongSure: rate(t.WrongSure, t.Lookups),
		Sure: rate(t.Sure, t.Lookups), BaselineRight: rate(t.BaselineRight, t.Lookups), BaselineWrong: rate(t.BaselineWrong, t.Lookups)}
}

// rate is n of all, 0..1, to five digits.
func rate(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return float64(int(1e5*float64(n)/float64(all)+0.5)) / 1e5
}

func (r guideBenchReport) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "change\tlookups\tright %\twrong %\tsure %\trecorder right %\trecorder wrong %")
	for _, row := range r.Rows {
		name := row.Name
		if row.URL != "" {
			name = row.URL
		}
		fmt.Fprintf(table, "%s\t%d\t%.1f\t%.2f\t%.1f\t%.1f\t%.2f\n", name, row.Lookups, 100*row.Right, 100*row.Wrong, 100*row.Sure, 100*row.BaselineRight, 100*row.BaselineWrong)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	f := r.Figures
	fmt.Fprintf(w, "\n%.0f lookups: right %.2f %% (goal 95), wrong %.3f %% (goal at most 0.1); translated pages right %.1f %% (goal 90)\n", f["lookups"], 100*f["right"], 100*f["wrong"], 100*f["translated_right"])
	fmt.Fprintf(w, "%.0f controls taken away: %.2f %% pointed at another (goal at most 1)\n", f["removed"], 100*f["removed_pointed"])
	fmt.Fprintf(w, "the recorder's list: right %.2f %%, wrong %.2f %%\n", 100*f["baseline_right"], 100*f["baseline_wrong"])
	fmt.Fprintf(w, "a page of 70 controls: %.1f ms (goal 5)\n", f["page_ms_70"])
	for _, note := range r.Notes {
		fmt.Fprintln(w, note)
	}
	return nil
}
