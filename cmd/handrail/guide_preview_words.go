// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"strings"

	"handrail/kiosk"
)

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

func pageOf(g *kiosk.Guide, id string) *kiosk.Page {
	for i := range g.Pages {
		if g.Pages[i].ID == id {
			return &g.Pages[i]
		}
	}
	return nil
}

// previewWords keeps what a citizen is told, in words.
func previewWords(report *guideReport, g *kiosk.Guide, lang, only string) error {
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

func tellWords(w io.Writer, g *kiosk.Guide, lang, only string, r *guideReport) {
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
