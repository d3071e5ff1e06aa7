// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"handrail/helpdesk"
)

const faultsUsage = `usage: handrail bench faults [options] [KIND ...]

Breaks things while people ask for help, and counts what got lost. Each kind is done -rounds times, at moments drawn from the
seed: before a request arrives, while somebody is rung, in the middle of a call. KIND is one or more of

  hub         kill -9 of the only hub, which starts again on its file
  node        kill -9 of one of three hubs that share PostgreSQL and NATS
  nats        kill -9 of one of the three NATS servers
  postgres    PostgreSQL ends at once and starts again
  line        the terminal's line is cut for 0 to 300 seconds; a hundredth of it here, with every time of the hub's scaled alike
  browser     the volunteer's browser is closed, at the ring or in the call, and opened again or not; scaled alike
  duplicates  every request, answer and goodbye comes several times, and volunteers answer who were not rung
  clock       the clocks of hubs and terminals are wrong by up to an hour, and jump

A request is lost when nobody answers it in the end; it is answered twice when two volunteers have it at once. PostgreSQL and
NATS are real servers on this machine (Debian packages postgresql and nats-server).

options:
`

// faultKinds are the ways to break things, in the order in which they are done.
var faultKinds = []string{"hub", "node", "nats", "postgres", "line", "browser", "duplicates", "clock"}

// faultLimit bounds one kind.
const faultLimit = 20 * time.Minute

// settle is how long a round waits for what has to happen in the end.
const settle = 60 * time.Second

type faultsReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []faultRow         `json:"rows"`
	Notes   []string           `json:"notes"`
}

// faultRow is what came of one kind. RestoredP50 and RestoredMax are seconds from when what was broken was mended until
// a frame of the call passed again.
type faultRow struct {
	Kind          string  `json:"kind"`
	Rounds        int     `json:"rounds"`
	Asked         int     `json:"asked"`
	Lost          int     `json:"lost"`
	AnsweredTwice int     `json:"answered_twice"`
	InCall        int     `json:"in_call"`
	RestoredP50   float64 `json:"restored_p50_s"`
	RestoredMax   float64 `json:"restored_max_s"`
	Seconds       float64 `json:"seconds"`
}

func benchFaults(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var rounds int
	var seed uint64
	var asJSON bool
	flags := flag.NewFlagSet("bench faults", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&rounds, "rounds", 200, "`times` each thing is broken, from 1 to 10000")
	flags.Uint64Var(&seed, "seed", 1, "`number` that the moments are drawn from")
	flags.BoolVar(&asJSON, "json", false, "print one JSON object")
	flags.Usage = func() { fmt.Fprint(flags.Output(), faultsUsage); flags.PrintDefaults() }
	kinds, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if rounds < 1 || rounds > 10000 {
		fmt.Fprintf(stderr, "handrail bench faults: -rounds %d: a number from 1 to 10000\n", rounds)
		return 2
	}
	for _, k := range kinds {
		if !slices.Contains(faultKinds, k) {
			fmt.Fprintf(stderr, "handrail bench faults: there is no %q; there are %s\n", k, strings.Join(faultKinds, ", "))
			return 2
		}
	}
	if len(kinds) == 0 {
		kinds = faultKinds
	}
	report := runFaults(ctx, kinds, rounds, seed, func(format string, a ...any) {
		if !asJSON {
			fmt.Fprintf(stderr, format+"\n", a...)
		}
	})
	if asJSON {
		enc := json.NewEncoder(stdout)
		enc.SetIndent("", "  ")
		enc.Encode(report)
	} else {
		fmt.Fprintf(stdout, "%-12s %7s %7s %5s %14s %8s %14s %14s\n", "kind", "rounds", "asked", "lost", "answered twice", "in call", "restored p50 s", "restored max s")
		for _, r := range report.Rows {
			fmt.Fprintf(stdout, "%-12s %7d %7d %5d %14d %8d %14.2f %14.2f\n", r.Kind, r.Rounds, r.Asked, r.Lost, r.AnsweredTwice, r.InCall, r.RestoredP50, r.RestoredMax)
		}
		for _, n := range report.Notes {
			fmt.Fprintln(stdout, "\n"+n)
		}
	}
	if !report.OK {
		return 1
	}
	return 0
}

// runFaults does every kind in a world of its own.
func runFaults(ctx context.Context, kinds []string, rounds int, seed uint64, tell func(string, ...any)) faultsReport {
	report := faultsReport{OK: true, Figures: map[string]float64{"seed": float64(seed)}, Rows: []faultRow{}, Notes: []string{}}
	for i, kind := range kinds {
		row, err := faultsOf(ctx, kind, rounds, seed+uint64(i)<<32, tell)
		if err != nil {
			report.OK = false
			report.Notes = append(report.Notes, fmt.Sprintf("%s: after %d rounds: %v", kind, row.Rounds, err))
		}
		report.Rows = append(report.Rows, row)
		report.Figures["rounds"] += float64(row.Rounds)
		report.Figures["lost"] += float64(row.Lost)
		report.Figures["answered_twice"] += float64(row.AnsweredTwice)
		report.Figures["restored_max_s"] = max(report.Figures["restored_max_s"], row.RestoredMax)
		report.Figures["seconds"] += row.Seconds
		if ctx.Err() != nil {
			break
		}
	}
	if report.Figures["lost"] > 0 || report.Figures["answered_twice"] > 0 {
		report.OK = false
	}
	if report.Figures["restored_max_s"] > 5 {
		report.Notes = append(report.Notes, "A call took longer than 5 s to be there again after the line was.")
		report.OK = false
	}
	return report
}

func faultsOf(ctx context.Context, kind string, rounds int, seed uint64, tell func(string, ...any)) (row faultRow, err error) {
	row.Kind = kind
	began := time.Now()
	defer func() { row.Seconds = round3(time.Since(began).Seconds()) }()
	ctx, cancel := context.WithTimeout(ctx, faultLimit)
	defer cancel()
	w, err := openFaultWorld(ctx, kind)
	if err != nil {
		return row, err
	}
	defer w.close()
	draw := rand.New(rand.NewPCG(seed, 7208))
	var restored []float64
	for ; row.Rounds < rounds; row.Rounds++ {
		if ctx.Err() != nil {
			return row, fmt.Errorf("it took longer than %v", faultLimit)
		}
		r := round{w: w, draw: draw, n: row.Rounds}
		if err := r.run(ctx); err != nil {
			return row, err
		}
		row.Asked++
		if r.lost {
			row.Lost++
			tell("%s: round %d: lost: %s", kind, row.Rounds, r.why)
			if row.Lost >= 5 {
				return row, fmt.Errorf("five are lost; that is enough")
			}
		}
		if r.twice {
			row.AnsweredTwice++
			tell("%s: round %d: answered twice", kind, row.Rounds)
		}
		if r.inCall {
			row.InCall++
			restored = append(restored, r.restored.Seconds())
		}
		if (row.Rounds+1)%50 == 0 {
			tell("%s: %d rounds, %d lost, %d answered twice", kind, row.Rounds+1, row.Lost, row.AnsweredTwice)
		}
	}
	if len(restored) > 0 {
		row.RestoredP50, row.RestoredMax = round3(median(restored)), round3(slices.Max(restored))
	}
	return row, nil
}

// round is one request and one fault.
type round struct {
	w    *faultWorld
	draw *rand.Rand
	n    int

	lost, twice, inCall bool
	restored            time.Duration
	why                 string
}

// after waits for a moment drawn from the seed.
func (r *round) after(limit time.Duration) {
	time.Sleep(time.Duration(r.draw.Int64N(int64(limit) + 1)))
}

func (r *round) run(ctx context.Context) error {
	w := r.w
	t := w.terminals[r.n%len(w.terminals)]
	// Everybody is there before it begins: what is measured is the fault, not the one before.
	if err := w.until(ctx, "all are back", func() bool { return t.link.Connected() && w.here() == len(w.volunteers) }); err != nil {
		return err
	}
	break1, mend := w.fault(r)
	id, err := t.ask(w.kind == "clock", r.draw)
	if err != nil {
		return err
	}
	r.inCall = r.draw.IntN(2) == 0
	if r.inCall {
		if err := w.until(ctx, "the call before the fault", func() bool { return t.inCall(id) && w.holder(id) != nil }); err != nil {
			r.lost, r.why = true, err.Error()
			return nil
		}
	} else {
		r.after(60 * time.Millisecond)
	}
	if err := break1(); err != nil {
		return err
	}
	if err := mend(); err != nil {
		return err
	}
	// In the end somebody answers, and what the terminal says reaches them.
	back := time.Now()
	err = w.until(ctx, "somebody answers", func() bool {
		t.frame(id)
		v := w.holder(id)
		return t.inCall(id) && v != nil && v.heardSince(id, back)
	})
	if err != nil {
		r.lost, r.why = true, err.Error()+" "+t.story(id)
	}
	r.restored = time.Since(back)
	r.twice = w.twice(id, t)
	if err := t.link.Send(&helpdesk.Hangup{ID: id}); err != nil {
		return err
	}
	if w.kind == "duplicates" {
		t.link.Send(&helpdesk.Hangup{ID: id})
		t.link.Send(&helpdesk.Cancel{ID: id})
	}
	return w.until(ctx, "the end of the call", func() bool { return t.over(id) && w.holder(id) == nil })
}
