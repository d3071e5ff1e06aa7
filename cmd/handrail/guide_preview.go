// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const guidePreviewUsage = `usage: handrail guide preview DIR [-lang en] [-page ID] [-json]
       handrail guide preview DIR -as volunteer -page ID [-url ADDRESS | -e-service FOLDER] [-json]

Shows in words what a citizen is told on each page, step by step, with the explanations of the site's errors, and the receipt.
With -as volunteer an invented person walks to a page of the live service, and what is printed is all that a volunteer would
receive of it: public words, and a bar for each text that is not shown.

options:
`

// previewRow is one thing that a citizen is told, in the form of -json.
type previewRow struct {
	Page     string `json:"page"`
	Title    string `json:"title"` // of the page, on the rail
	Step     string `json:"step,omitempty"`
	Kind     string `json:"kind,omitempty"`
	What     string `json:"what,omitempty"`
	How      string `json:"how,omitempty"`
	Why      string `json:"why,omitempty"`
	Missing  string `json:"missing,omitempty"`
	Error    string `json:"error,omitempty"` // the site's words, of which title and how are explained
	Optional bool   `json:"optional,omitempty"`
}

// outlineRow is one element of what a volunteer receives.
type outlineRow struct {
	Kind  string   `json:"kind"`
	Box   [4]int   `json:"box"`
	State []string `json:"state,omitempty"`
	Text  string   `json:"text,omitempty"`
	Bar   bool     `json:"bar,omitempty"` // there is a text, which is not shown
}

func guidePreview(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var walk walkFlags
	walk.add(flags)
	lang := flags.String("lang", "en", "`language` of the citizen")
	page := flags.String("page", "", "only this `page`")
	as := flags.String("as", "citizen", "citizen or volunteer")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guidePreviewUsage); flags.PrintDefaults() }
	dirs, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(dirs) != 1 || (*as != "citizen" && *as != "volunteer") || (*as == "volunteer" && *page == "") {
		fmt.Fprint(stderr, "handrail guide preview: name the folder of one guide; for a volunteer also a page\n\n"+guidePreviewUsage)
		return 2
	}
	g, _, err := loadDraft(dirs[0])
	if err == nil && *page != "" && pageOf(g, *page) == nil {
		err = fmt.Errorf("the guide has no page %q", *page)
	}
	report := newGuideReport()
	if err == nil && *as == "volunteer" {
		err = previewVolunteer(ctx, report, g, *page, walk, stderr)
	} else if err == nil {
		err = previewCitizen(report, g, *lang, *page)
	}
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide preview: %v\n", err)
		return 1
	}
	return report.print(stdout, walk.json, func() { tellPreview(stdout, g, *lang, *page, *as, report) })
}

func pageOf(g *kiosk.Guide, id string) *kiosk.Page {
	for i := range g.Pages {
		if g.Pages[i].ID == id {
			return &g.Pages[i]
		}
	}
	return nil
}

func previewCitizen(report *guideReport, g *kiosk.Guide, lang, only string) error {
	if g.Service.Name[lang] == "" {
		return fmt.Errorf("the guide does not speak %q", lang)
	}
	for _, p := range g.Pages {
		if only != "" && p.ID != only {
			continue
		}
		report.Figures["pages"]++
		for _, s := range p.Steps {
			report.Figures["steps"]++
			row := previewRow{Page: p.ID, Title: p.Title.In(lang), Step: s.ID, Kind: string(s.Kind), Optional: s.Optional, What: s.Say.Title.In(lang),
				How: s.Say.How.In(lang), Why: s.Say.Why.In(lang), Missing: s.Say.Missing.In(lang)}
			report.Rows = append(report.Rows, row)
			for _, e := range s.Errors {
				report.Rows = append(report.Rows, previewRow{Page: p.ID, Title: row.Title, Step: s.ID, Error: strings.Join(e.Match, " / "), What: e.Title.In(lang), How: e.How.In(lang)})
			}
		}
		if len(p.Steps) == 0 {
			report.Rows = append(report.Rows, previewRow{Page: p.ID, Title: p.Title.In(lang)})
		}
	}
	return nil
}

// previewVolunteer walks to the page and keeps of its outline what would leave a terminal.
func previewVolunteer(ctx context.Context, report *guideReport, g *kiosk.Guide, page string, walk walkFlags, stderr io.Writer) error {
	origin, end, err := walk.origin(ctx, stderr)
	if err != nil {
		return err
	}
	defer end()
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		return err
	}
	defer visitor.Close()
	w, err := visitor.OpenWalker(g, browser.WalkOptions{Origin: origin, Submit: walk.submit})
	if err != nil {
		return err
	}
	defer w.Close()
	walked, err := w.Walk(ctx, page)
	if err != nil {
		return err
	}
	if n := len(walked.Pages); n == 0 || walked.Pages[n-1].ID != page {
		return errors.New("the walk ended before that page")
	}
	outline, err := w.Outline(ctx)
	if err != nil {
		return err
	}
	for _, n := range outline.Nodes {
		row := outlineRow{Kind: n.Kind, Box: n.Box, State: n.State}
		switch {
		case n.Text == "":
		case g.Words.Public(g.ID, page, n.Place, n.Text):
			row.Text = n.Text
			report.Figures["shown"]++
		default:
			row.Bar = true
			report.Figures["bars"]++
		}
		report.Rows = append(report.Rows, row)
	}
	report.Figures["elements"] = float64(len(report.Rows))
	if len(g.Words) == 0 {
		report.note("the guide has no public words yet, so a volunteer reads nothing; record them: handrail guide words")
	}
	return nil
}

func tellPreview(w io.Writer, g *kiosk.Guide, lang, only, as string, r *guideReport) {
	if as == "volunteer" {
		for _, row := range r.Rows {
			row := row.(outlineRow)
			text := row.Text
			if row.Bar {
				text = "▇▇▇▇▇▇"
			}
			fmt.Fprintf(w, "%-9s %s %s\n", row.Kind, text, strings.Join(row.State, ","))
		}
		fmt.Fprintf(w, "%.0f elements, %.0f with public words, %.0f with a bar\n", r.Figures["elements"], r.Figures["shown"], r.Figures["bars"])
		return
	}
	fmt.Fprintf(w, "%s\n", g.Service.Name.In(lang))
	page := ""
	for _, row := range r.Rows {
		row := row.(previewRow)
		if row.Page != page {
			page = row.Page
			fmt.Fprintf(w, "\n== %s\n", row.Title)
		}
		if row.Error != "" {
			fmt.Fprintf(w, "    ! the site says: %s\n      %s  %s\n", row.Error, row.What, row.How)
			continue
		}
		if row.Step == "" {
			continue
		}
		optional := ""
		if row.Optional {
			optional = " (may be left out)"
		}
		fmt.Fprintf(w, "\n  %s%s\n    %s\n", row.What, optional, row.How)
		if row.Why != "" {
			fmt.Fprintf(w, "    ? %s\n", row.Why)
		}
		if row.Missing != "" {
			fmt.Fprintf(w, "    - %s\n", row.Missing)
		}
	}
	if only != "" {
		return
	}
	fmt.Fprintf(w, "\n== %s\n", g.Receipt.Title.In(lang))
	for _, list := range [][]kiosk.Text{g.Receipt.Done, g.Receipt.Next, g.Receipt.Bring} {
		for _, line := range list {
			fmt.Fprintf(w, "  · %s\n", line.In(lang))
		}
	}
}
