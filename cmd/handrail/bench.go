// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"handrail/ui"
)

const benchUsage = `usage: handrail bench [options] [NAME ...]

Measures what Handrail does beside what others do for the same purpose, in the same run and on this machine, taking turns:

  clean-page     from the touch that ends a session until a clean page stands on the screen, seen from outside, beside
                 killing "chromium --kiosk" and starting it again on a new profile, with the same start screen and confinement
  memory-spare   memory of the session in front and of the spare behind it, at the start screen, beside one plain
                 "chromium --kiosk" on the same page; memory-agent and memory-worker: those processes by themselves
  outline-bytes  what a helper's connection receives for the first sight of a page, beside a picture of it (CDP screencast)
  help-latency   from a touch at the terminal until the helper's page shows what it changed, beside the same picture
  ticket-LANG, ticket-qr
                 bytes of the same ticket of 25 lines, beside the shortest of three other encoders that prints it right
  time-to-paper-BAUD
                 from the order to print until the paper is cut, on a line of that speed, beside what the bytes alone take
  next-step      from the key that completes a step until the next instruction is painted: median, 95th percentile, and the
                 engine's own share
  walk           walking all pages of the form unattended, beside playwright-core
  apdu           300 commands to a chip card, beside pcscd and libccid on the same emulated reader
  mrz            machine-readable zones with a mistaken character that are not read as they were, beside the npm package mrz

Four have options and figures of their own; -help after their names explains:

  outline        what a helper receives of a page while a person uses it, beside rrweb with its masks on, and the search for what must not be in it
  hub            from the press of Help until a console rings, with 10,000 terminals connected, beside a nats-server
  thin           a call over a line of 10 kbit/s and 800 ms: the page seen, a phrase heard
  faults         what is lost or answered twice while hubs, databases, lines and browsers break

Without names it measures all but those four, which takes a few minutes. Each figure is the median of -runs measurements. The exit status
is 0 if everything was measured; a goal that does not hold is told in its row and below the table, and is no error.

options:
`

// benchRow is one comparison. Ours and Peer are medians in Unit; Ratio is ours by peer, and Goal the largest that it may be.
type benchRow struct {
	Name     string  `json:"name"`
	Ours     float64 `json:"ours"`
	Peer     float64 `json:"peer"`
	PeerName string  `json:"peer_name"`
	Unit     string  `json:"unit"`
	Ratio    float64 `json:"ratio"`
	Goal     float64 `json:"goal"`
	Holds    bool    `json:"holds"`
}

// benchReport is what -json prints.
type benchReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []benchRow         `json:"rows"`
	Notes   []string           `json:"notes"`
}

type benchOptions struct {
	demoOptions
	runs int
	out  string
}

// benchRun is one run of the benchmark.
type benchRun struct {
	o        benchOptions
	ctx      context.Context
	progress io.Writer
	report   benchReport
	journey  *journey // on the terminal, once something needs one
}

// benchLimit bounds the whole run.
const benchLimit = 6 * time.Minute

// benchNames are all rows, in the order in which they are measured and printed.
var benchNames = append([]string{"outline-bytes", "help-latency", "clean-page", "memory-spare", "memory-agent", "memory-worker", "next-step", "walk"}, ticketNames...)

func benchCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 { // those with options and figures of their own
		switch args[0] {
		case "outline":
			return benchOutline(ctx, args[1:], stdout, stderr)
		case "faults":
			return benchFaults(ctx, args[1:], stdout, stderr)
		case "thin":
			return benchThin(ctx, args[1:], stdout, stderr)
		case "hub":
			return benchHub(ctx, args[1:], stdout, stderr)
		case "hub-process":
			return benchHubProcess(ctx, args[1:])
		case "hub-queue":
			return benchHubQueue(ctx, args[1:], stdout, stderr)
		}
	}
	var o benchOptions
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.runs, "runs", 5, "`measurements` a figure, from 1 to 50")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.StringVar(&o.out, "out", "", "write the rows, as JSON, into this `file` too")
	flags.StringVar(&o.dir, "dir", "", "`folder` for everything that is written while it runs, emptied at the start and removed at the end; default: a new one")
	flags.StringVar(&o.service, "e-service", "e-service", "`folder` of the e-service's starter, with its packages installed")
	flags.BoolVar(&o.keep, "keep", false, "leave the folder as it is at the end")
	flags.BoolVar(&o.verbose, "v", false, "log more")
	flags.Usage = func() { fmt.Fprint(flags.Output(), benchUsage); flags.PrintDefaults() }
	names, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	o.lang = "en"
	wrong := func(format string, a ...any) int {
		fmt.Fprintf(stderr, "handrail bench: "+format+"\n", a...)
		return 2
	}
	if o.runs < 1 || o.runs > 50 {
		return wrong("-runs %d: a number from 1 to 50", o.runs)
	}
	for _, name := range names {
		if !slices.Contains(benchNames, name) {
			return wrong("there is no %q; there are %s", name, strings.Join(benchNames, ", "))
		}
	}
	if len(names) == 0 {
		names = benchNames
	}
	if !ui.Built() {
		fmt.Fprintln(stderr, "handrail bench: the screens were not built into this program. Build it with: make build")
		return 1
	}
	if o.dir == "" {
		if o.dir, err = os.MkdirTemp("", "handrail-bench-"); err != nil {
			fmt.Fprintln(stderr, "handrail bench:", err)
			return 1
		}
	}
	ctx, cancel := context.WithTimeout(ctx, benchLimit)
	defer cancel()
	b := &benchRun{o: o, ctx: ctx, progress: stderr, report: benchReport{Figures: map[string]float64{}, Rows: []benchRow{}, Notes: []string{}}}
	b.report.Figures["cores"], b.report.Figures["load_before"] = float64(runtime.NumCPU()), load()
	began := time.Now()
	err = b.run(names, stderr)
	b.report.Figures["seconds"] = time.Since(began).Seconds()
	b.report.OK = err == nil
	for _, row := range b.report.Rows {
		if row.Holds {
			b.report.Figures["goals_held"]++
		} else {
			b.report.Notes = append(b.report.Notes, fmt.Sprintf("The goal of %s does not hold: %.3f of the peer's, where %g is wanted.", row.Name, row.Ratio, row.Goal))
		}
	}
	b.report.Figures["goals"] = float64(len(b.report.Rows))
	if cores, before := b.report.Figures["cores"], b.report.Figures["load_before"]; before > cores {
		b.report.Notes = append(b.report.Notes, fmt.Sprintf("The machine was busy with other things (load %.1f on %.0f cores) when this began: the times are too long, on both sides.", before, cores))
	}
	if err != nil {
		b.report.Notes = append(b.report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail bench:", err)
	}
	if err := b.write(stdout); err != nil {
		fmt.Fprintln(stderr, "handrail bench:", err)
		return 1
	}
	if !b.report.OK {
		return 1
	}
	return 0
}

// parseMixed parses options that may stand before, between and after names.
func parseMixed(flags *flag.FlagSet, args []string) (names []string, err error) {
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if flags.NArg() == 0 {
			return names, nil
		}
		names = append(names, flags.Arg(0))
		args = flags.Args()[1:]
	}
}

// run measures what is wanted. The walk needs the e-service alone; the rest needs a terminal.
func (b *benchRun) run(names []string, stderr io.Writer) (err error) {
	wants := func(name string) bool { return slices.Contains(names, name) }
	wantsMemory := slices.ContainsFunc(memoryNames, wants)
	if wants("outline-bytes") || wants("help-latency") || wants("clean-page") || wants("next-step") || wantsMemory {
		err = b.onTerminal(stderr, func() error {
			if wants("outline-bytes") || wants("help-latency") {
				if err := b.help(wants("outline-bytes"), wants("help-latency")); err != nil {
					return fmt.Errorf("help: %w", err)
				}
			}
			if wants("next-step") {
				if err := b.nextStep(); err != nil {
					return fmt.Errorf("next-step: %w", err)
				}
			}
			if wantsMemory {
				if err := b.memory(); err != nil {
					return fmt.Errorf("memory: %w", err)
				}
			}
			if wants("clean-page") {
				if err := b.cleanPage(); err != nil {
					return fmt.Errorf("clean-page: %w", err)
				}
			}
			return nil
		})
	}
	if wanted := slices.DeleteFunc(slices.Clone(ticketNames), func(name string) bool { return !wants(name) }); len(wanted) > 0 && b.ctx.Err() == nil {
		if ticketErr := b.tickets(wanted); ticketErr != nil {
			err = errors.Join(err, fmt.Errorf("tickets: %w", ticketErr))
		}
	}
	if wants("walk") && b.ctx.Err() == nil {
		if walkErr := b.walk(stderr); walkErr != nil {
			err = errors.Join(err, fmt.Errorf("walk: %w", walkErr))
		}
	}
	err = errors.Join(err, b.cards(names))
	if b.ctx.Err() == context.DeadlineExceeded {
		err = errors.Join(fmt.Errorf("it took longer than %v and was ended", benchLimit), err)
	}
	return err
}

// tell shows progress to people.
func (b *benchRun) tell(format string, a ...any) {
	if !b.o.json {
		fmt.Fprintf(b.progress, "  "+format+"\n", a...)
	}
}

// add makes a row of measurements that were taken in turns, and the figures behind it.
func (b *benchRun) add(name, unit, peerName string, ours, peer []float64, goal float64) {
	row := newBenchRow(name, unit, peerName, ours, peer, goal)
	b.report.Rows = append(b.report.Rows, row)
	figure := strings.ReplaceAll(name, "-", "_")
	for side, values := range map[string][]float64{"": ours, "_peer": peer} {
		if len(values) == 0 {
			continue
		}
		b.report.Figures[figure+side+"_runs"] = float64(len(values))
		b.report.Figures[figure+side+"_min"] = round3(slices.Min(values))
		b.report.Figures[figure+side+"_max"] = round3(slices.Max(values))
	}
}

func newBenchRow(name, unit, peerName string, ours, peer []float64, goal float64) benchRow {
	row := benchRow{Name: name, Ours: round3(median(ours)), Peer: round3(median(peer)), PeerName: peerName, Unit: unit, Goal: goal}
	if row.Peer > 0 {
		row.Ratio = round3(row.Ours / row.Peer)
	}
	// Without both sides there is nothing that could hold.
	row.Holds = row.Ours > 0 && row.Peer > 0 && row.Ours <= goal*row.Peer
	return row
}

func round3(v float64) float64 { return math.Round(v*1000) / 1000 }

// median is the middle of the values, 0 of none.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// load is how many processes of this machine want a core on average, all in all; figures taken under a load above the number
// of cores say little. 0 when it is not known.
func load() float64 {
	data, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(data), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}

// write prints the report and keeps its rows.
func (b *benchRun) write(stdout io.Writer) error {
	if b.o.out != "" {
		if err := writeRows(b.o.out, b.report.Rows); err != nil {
			return err
		}
	}
	if b.o.json {
		return json.NewEncoder(stdout).Encode(b.report)
	}
	return b.report.print(stdout)
}

// addRows puts rows into a file that may have others: those of the same name are replaced.
func addRows(path string, rows []benchRow) error {
	var all []benchRow
	data, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(data, &all)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, row := range rows {
		if i := slices.IndexFunc(all, func(r benchRow) bool { return r.Name == row.Name }); i >= 0 {
			all[i] = row
		} else {
			all = append(all, row)
		}
	}
	return writeRows(path, all)
}

// writeRows writes an array with a row a line.
func writeRows(path string, rows []benchRow) error {
	var text strings.Builder
	text.WriteString("[")
	for i, row := range rows {
		data, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("rows: %w", err)
		}
		if i > 0 {
			text.WriteString(",")
		}
		text.WriteString("\n  " + string(data))
	}
	text.WriteString("\n]\n")
	return os.WriteFile(path, []byte(text.String()), 0o644)
}

// print is the table for people.
func (r benchReport) print(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "\nname\tours\tpeer\tunit\tratio\tgoal\tholds\tn\tpeer is")
	for _, row := range r.Rows {
		holds := "yes"
		if !row.Holds {
			holds = "NO"
		}
		runs := r.Figures[strings.ReplaceAll(row.Name, "-", "_")+"_runs"]
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%.3f\t<= %g\t%s\t%.0f\t%s\n", row.Name, tidy(row.Ours), tidy(row.Peer), row.Unit, row.Ratio, row.Goal, holds, runs, row.PeerName)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, note := range r.Notes {
		fmt.Fprintln(w, "\n"+note)
	}
	return nil
}

func tidy(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}
