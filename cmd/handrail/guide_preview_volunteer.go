// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// outlineRow is one element of what a volunteer receives.
type outlineRow struct {
	Kind  string   `json:"kind"`
	Box   [4]int   `json:"box"`
	State []string `json:"state,omitempty"`
	Text  string   `json:"text,omitempty"`
	Bar   bool     `json:"bar,omitempty"` // there is a text, which is not shown
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

// tellVolunteer prints what a volunteer would receive.
func tellVolunteer(w io.Writer, r *guideReport) {
	for _, row := range r.Rows {
		row := row.(outlineRow)
		text := row.Text
		if row.Bar {
			text = "▇▇▇▇▇▇"
		}
		fmt.Fprintf(w, "%-9s %s %s\n", row.Kind, text, strings.Join(row.State, ","))
	}
	fmt.Fprintf(w, "%.0f elements, %.0f with public words, %.0f with a bar\n", r.Figures["elements"], r.Figures["shown"], r.Figures["bars"])
}
