// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"handrail/ui"
)

const wipeUsage = `usage: handrail doctor wipe [-json] [options]

Rehearses sessions on a terminal of its own, with a display, a hub, a card reader and a printer of its own, and searches for
what is left of them. A page, a card, a keyboard and a volunteer put an invented value into every place where a session can
keep one. While the session lives the search must find each of them. Then the session is ended, and the same search
goes through every file, socket, pipe and clipboard, and the memory of every process that is still there: nothing may be found.

It is ended in each of these ways: %s.

Where the kernel allows it all of this happens in processes, mounts and a network of its own: the machine's own display,
files, policies and devices are not touched. Exit status 0: everything planted was found, and afterwards nothing.

options:
`

// wipeEndings are the ways in which a session is ended.
var wipeEndings = []string{"end", "idle", "page-crash", "browser-crash", "worker-crash", "agent-kill"}

// Where a value can be. The page plants the first by itself, the hand types the second, the card and the volunteer bring the rest.
var (
	plantedByPage = []string{"cookie", "local-storage", "session-storage", "indexed-db", "cache-api", "http-cache", "service-worker", "upload",
		"download", "print", "console", "denied-host", "window-name", "history", "url", "title"}
	plantedByHand  = []string{"text", "long-text", "password", "clipboard"}
	plantedByCard  = []string{"family_name", "given_names", "card_number"}
	plantedByHelp  = []string{"chat"}
	plantedOnPaper = []string{"sheet"} // a letter of the site that was printed on the office's printer
	wipePlaces     = slices.Concat(plantedByPage, plantedByHand, plantedByCard, plantedByHelp, plantedOnPaper)
)

type wipeOptions struct {
	demoOptions
	endings []string
}

func doctorWipe(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o wipeOptions
	flags := flag.NewFlagSet("doctor wipe", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.BoolVar(&o.verbose, "v", false, "log more")
	endings := flags.String("endings", strings.Join(wipeEndings, ","), "which `ways` to end a session, with commas")
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), wipeUsage, strings.Join(wipeEndings, ", "))
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	o.endings = strings.Split(*endings, ",")
	for _, ending := range o.endings {
		if !slices.Contains(wipeEndings, ending) {
			fmt.Fprintf(stderr, "handrail doctor wipe: a session is not ended by %q; there are %s\n", ending, strings.Join(wipeEndings, ", "))
			return 2
		}
	}
	if flags.NArg() > 0 {
		fmt.Fprintf(stderr, "handrail doctor wipe: %q is too much\n", flags.Arg(0))
		return 2
	}
	if !ui.Built() {
		fmt.Fprintln(stderr, "handrail doctor wipe: the screens were not built into this program. Build it with: make build")
		return 1
	}
	var notes []string
	if !isPrivate() {
		status, err := privately(ctx, append([]string{"doctor", "wipe"}, args...), stdout, stderr)
		if !errors.Is(err, errNotPrivate) {
			if err != nil {
				fmt.Fprintln(stderr, "handrail doctor wipe:", err)
			}
			return status
		}
		notes = append(notes, "Files outside its own folder and processes that it did not start were not searched: "+err.Error()+".")
	}
	return wipeRehearsal(ctx, o, notes, stdout, stderr)
}

// wipeRehearsal does it all and prints the report.
func wipeRehearsal(ctx context.Context, o wipeOptions, notes []string, stdout, stderr io.Writer) int {
	r := &wiping{o: o, journey: &journey{ctx: ctx, began: time.Now(), stepAt: time.Now(),
		report: report{Figures: map[string]float64{}, Rows: []map[string]any{}, Notes: append([]string{}, notes...)}}}
	if !o.json {
		r.people = stdout
	}
	r.report.Notes = append(r.report.Notes, swapNotes()...)
	err := r.perform(stderr)
	f := r.report.Figures
	f["seconds"] = round3(time.Since(r.began).Seconds())
	if err == nil && (f["planted"] == 0 || f["found_during"] != f["planted"]) {
		err = fmt.Errorf("%.0f of %.0f planted values were found while their session lived: the search proves nothing", f["found_during"], f["planted"])
	}
	if err == nil && f["spooled_during"] < f["printed"] {
		err = fmt.Errorf("%.0f of %.0f letters were found in the print server's spool while they were printed: the search proves nothing", f["spooled_during"], f["printed"])
	}
	if err == nil && f["jobs_after"] > 0 {
		err = fmt.Errorf("the print server keeps %.0f records of jobs", f["jobs_after"])
	}
	if err == nil && f["found_after"] > 0 {
		err = fmt.Errorf("%.0f values outlived their session", f["found_after"])
	}
	r.report.OK = err == nil
	if err != nil {
		r.report.Notes = append(r.report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail doctor wipe:", err)
	}
	if o.json {
		_ = json.NewEncoder(stdout).Encode(r.report)
	} else {
		for _, note := range r.report.Notes {
			fmt.Fprintln(stdout, note)
		}
		fmt.Fprintf(stdout, "\n%.0f values planted in %d places, %.0f found while the session lived, %.0f after it; %.0f endings, %.1f s\n",
			f["planted"], len(wipePlaces), f["found_during"], f["found_after"], f["endings"], f["seconds"])
	}
	if err != nil {
		return 1
	}
	return 0
}

// swapNotes tells of swap: what the kernel has written there outlives every process.
func swapNotes() []string {
	data, err := os.ReadFile("/proc/swaps")
	if err != nil {
		return nil
	}
	var on []string
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) > 1 && strings.HasPrefix(f[0], "/") && !strings.HasPrefix(f[0], "/dev/zram") {
			on = append(on, f[0])
		}
	}
	if len(on) == 0 {
		return nil
	}
	return []string{"Swap is on (" + strings.Join(on, ", ") + "): memory can be written to a disk, where this search does not look. A terminal has none, or one with a key that is new at every start."}
}

// newSeed is what the values of one session are made from.
func newSeed() string { return rand.Text() }
