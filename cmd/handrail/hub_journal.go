// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"time"

	"handrail/helpdesk/hub"
)

// journalReport is what -json prints. The figure broken_at is the first place where the chain does not hold, 0 when it does.
type journalReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []hub.Entry        `json:"rows"`
	Notes   []string           `json:"notes"`
}

// hubJournal prints the helpers' journal and checks it. It ends with 1 when somebody has changed it.
func hubJournal(args []string, stdout, stderr io.Writer) int {
	var dir, db, number, head string
	var asJSON bool
	fs := flag.NewFlagSet("handrail hub journal", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&dir, "dir", "hub", "the hub's `folder`")
	fs.StringVar(&db, "db", "", "PostgreSQL `address`, if the hub has one")
	fs.StringVar(&number, "number", "", "only the call with this `number`, as on the citizen's slip: 123-456-789")
	fs.StringVar(&head, "head", "", "`hash` that this command printed earlier: it must still be in the journal")
	fs.BoolVar(&asJSON, "json", false, "print one JSON object")
	if code, done := parse(fs, args, stderr); done {
		return code
	}
	entries, checked, err := hub.Journal(dir, db, number, head)
	if err != nil {
		fmt.Fprintf(stderr, "handrail hub journal: %v\n", err)
		return 1
	}
	report := journalReport{OK: checked.Broken == 0, Rows: entries, Notes: []string{},
		Figures: map[string]float64{"entries": float64(checked.Entries), "broken_at": float64(checked.Broken)}}
	if report.OK {
		report.Notes = append(report.Notes, "The journal is whole. Its last hash: "+checked.Head)
	} else {
		report.Notes = append(report.Notes, fmt.Sprintf("The journal was changed at entry %d: %s.", checked.Broken, checked.Why))
	}
	if asJSON {
		json.NewEncoder(stdout).Encode(report)
	} else {
		for _, e := range entries {
			fmt.Fprintf(stdout, "%s  %s  %-8s  volunteer %s  terminal %s  %s %s\n", time.UnixMilli(e.At).Format("2006-01-02 15:04:05"), e.Number, e.Verb, e.Volunteer, e.Terminal, e.Guide, e.Step)
		}
		for _, n := range report.Notes {
			fmt.Fprintln(stdout, n)
		}
	}
	if !report.OK {
		return 1
	}
	return 0
}
