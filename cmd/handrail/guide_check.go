// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const guideCheckUsage = `usage: handrail guide check DIR [-url ADDRESS | -e-service FOLDER] [-submit] [-accept] [-json]

Walks a guide on its live service as an invented person, up to what only a citizen may press (with -submit through it), and
tells of every button and field how sure Handrail is that it is the right one: sure, likely or unknown, and a score from 0 to
1. Where the service's page has changed, the new description of the field is proposed; look at it, and run again with -accept
to write it into guide.yaml, where everything else stays as it is. The exit status is 0 when all on the way was found for
sure.

options:
`

// checkRow is one target. Answer is sure, likely or unknown.
type checkRow struct {
	Page          string         `json:"page"`
	Step          string         `json:"step"`
	Answer        kiosk.Sight    `json:"answer"`
	Score         float64        `json:"score"`
	Proposed      *kiosk.Target  `json:"-"`
	ProposedText  map[string]any `json:"proposed,omitempty"`
	ProposedScore float64        `json:"proposed_score,omitempty"`
	Accepted      bool           `json:"accepted,omitempty"`
}

func guideCheck(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide check", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var walk walkFlags
	walk.add(flags)
	accept := flags.Bool("accept", false, "write the proposed fingerprints into guide.yaml")
	person := flags.String("person", "", "whose invented answers: `a or b`; when it is left out those of a, and of b too where a does not come by all pages")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideCheckUsage); flags.PrintDefaults() }
	dirs, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(dirs) != 1 || (*person != "" && *person != "a" && *person != "b") {
		fmt.Fprint(stderr, "handrail guide check: name the folder of one guide\n\n"+guideCheckUsage)
		return 2
	}
	report, err := checkGuide(ctx, dirs[0], walk, *person, *accept, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide check: %v\n", err)
		return 1
	}
	return report.print(stdout, walk.json, func() { tellCheck(stdout, dirs[0], report) })
}

func checkGuide(ctx context.Context, dir string, walk walkFlags, person string, accept bool, stderr io.Writer) (*guideReport, error) {
	g, left, err := loadDraft(dir)
	if err != nil {
		return nil, err
	}
	origin, end, err := walk.origin(ctx, stderr)
	if err != nil {
		return nil, err
	}
	defer end()
	checked, err := checkAs(ctx, g, origin, person, walk.submit)
	if err != nil {
		return nil, err
	}
	if person == "" && (checked.Ended == nil || atDeclaration(checked.Ended)) && len(unvisited(g, checked.Pages)) > 0 {
		other, err := checkAs(ctx, g, origin, "b", walk.submit) // whose other choices may lead there
		if err != nil {
			return nil, err
		}
		checked = both(checked, other)
	}
	return reportCheck(dir, g, left, checked, walk.submit, accept)
}

// checkAs walks the guide as one of the two invented people.
func checkAs(ctx context.Context, g *kiosk.Guide, origin, person string, submit bool) (browser.Checked, error) {
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		return browser.Checked{}, err
	}
	defer visitor.Close()
	w, err := visitor.OpenWalker(g, browser.WalkOptions{Origin: origin, Person: person, Submit: submit, Authoring: true, PageLimit: authorLimit})
	if err != nil {
		return browser.Checked{}, err
	}
	defer w.Close()
	return w.Check(ctx), nil
}

// unvisited are the ordinary pages of a guide that a walk did not come by.
func unvisited(g *kiosk.Guide, visited []string) []string {
	var out []string
	for _, p := range g.Pages {
		if p.State == "" && !slices.Contains(visited, p.ID) {
			out = append(out, p.ID)
		}
	}
	return out
}

// both adds what another person found on pages where the first was not.
func both(a, b browser.Checked) browser.Checked {
	for _, t := range b.Targets {
		if !slices.Contains(a.Pages, t.Page) {
			a.Targets = append(a.Targets, t)
		}
	}
	for _, h := range b.Headings {
		if !slices.Contains(a.Pages, h.Page) {
			a.Headings = append(a.Headings, h)
		}
	}
	for _, page := range b.Pages {
		if !slices.Contains(a.Pages, page) {
			a.Pages = append(a.Pages, page)
		}
	}
	a.Took += b.Took
	if a.Ended == nil || atDeclaration(a.Ended) && b.Ended != nil {
		a.Ended = b.Ended
	}
	return a
}

func reportCheck(dir string, g *kiosk.Guide, left kiosk.GuideErrors, checked browser.Checked, submit, accept bool) (*guideReport, error) {
	report := newGuideReport()
	for _, name := range []string{"targets", "sure", "likely", "unknown", "proposed", "accepted"} {
		report.Figures[name] = 0
	}
	report.Figures["pages"], report.Figures["walk_ms"], report.Figures["left_to_write"] = float64(len(checked.Pages)), milliseconds(checked.Took), float64(len(left))
	for _, t := range checked.Targets {
		row := &checkRow{Page: t.Page, Step: t.Step, Answer: t.Sight, Score: t.Score}
		if row.Answer == "" {
			row.Answer = kiosk.Unknown
		}
		report.Figures["targets"]++
		report.Figures[string(row.Answer)]++
		report.OK = report.OK && row.Answer == kiosk.Sure
		if t.Proposed != nil {
			report.Figures["proposed"]++
			row.Proposed, row.ProposedText, row.ProposedScore = t.Proposed, kiosk.Plain(*t.Proposed), t.ProposedScore
			if accept {
				if err := acceptTarget(dir, t); err != nil {
					return nil, err
				}
				row.Accepted = true
				report.Figures["accepted"]++
			}
		}
		report.Rows = append(report.Rows, row)
	}
	for _, h := range checked.Headings {
		report.OK = false
		report.note("page %s: its heading is now %q; write that in guide.yaml if it is still the same page", h.Page, h.Heading)
	}
	if checked.Ended != nil && (submit || !atDeclaration(checked.Ended)) {
		report.OK = false
		report.note("the walk did not come to its end: %v", checked.Ended)
	}
	var unseen []string
	for _, p := range g.Pages {
		if !slices.Contains(checked.Pages, p.ID) {
			unseen = append(unseen, p.ID)
		}
	}
	if len(unseen) > 0 {
		report.note("not visited: %s", strings.Join(unseen, ", "))
	}
	if len(left) > 0 {
		report.note("this is a draft: %d texts are left to write, see handrail guide lint %s", len(left), dir)
	}
	return report, nil
}

// acceptTarget writes a proposed fingerprint into the guide's file.
func acceptTarget(dir string, t browser.CheckedTarget) error {
	path := filepath.Join(dir, kiosk.GuideFile)
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if data, err = kiosk.AcceptTarget(path, data, t.Page, t.Step, *t.Proposed); err != nil {
		return err
	}
	return writeFile(path, data)
}

func tellCheck(w io.Writer, dir string, r *guideReport) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "page\tstep\tanswer\tscore")
	for _, row := range r.Rows {
		row := row.(*checkRow)
		fmt.Fprintf(table, "%s\t%s\t%s\t%.2f\n", row.Page, row.Step, row.Answer, row.Score)
	}
	table.Flush()
	for _, row := range r.Rows {
		row := row.(*checkRow)
		switch {
		case row.Accepted:
			fmt.Fprintf(w, "\n%s/%s: this fingerprint was accepted:\n%s", row.Page, row.Step, kiosk.FormatTarget(row.Proposed))
		case row.Proposed != nil:
			fmt.Fprintf(w, "\n%s/%s: it is most likely this now (%.2f of the old fingerprint); look, and run again with -accept:\n%s", row.Page, row.Step, row.ProposedScore, kiosk.FormatTarget(row.Proposed))
		}
	}
	fmt.Fprintf(w, "%s: %.0f pages walked, %.0f of %.0f targets found for sure, %.0f likely, %.0f unknown\n", dir,
		r.Figures["pages"], r.Figures["sure"], r.Figures["targets"], r.Figures["likely"], r.Figures["unknown"])
}
