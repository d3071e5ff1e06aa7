// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"math"
	"slices"
	"time"

	"handrail/agent/session"
)

// Goals of the next step, ms.
const nextStepMedian, nextStepP95 = 40, 60

// nextKeys is how many keys are measured for each of -runs: a 95th percentile needs some.
const nextKeys = 8

// nextStep measures how long a citizen waits for the next instruction: in one field of the form something is written and
// the Tab key is pressed, and the time is taken from that key until the companion has painted what is next (two frames
// after it was drawn). Then the field is emptied again. The keys are those of a keyboard, at the display.
func (b *benchRun) nextStep() error {
	j := b.journey
	if err := b.begin(); err != nil {
		return err
	}
	if err := j.walkTo(tryPage)(); err != nil {
		return err
	}
	var all, engine []float64
	for range nextKeys*b.o.runs + 2 {
		look, err := j.await("an empty field", func(l session.Look) bool {
			return l.Page == tryPage && l.Step == tryFields[0] && l.Steps[tryFields[0]].W > 0
		})
		if err != nil {
			return err
		}
		if err := j.touch(look.Steps[tryFields[0]]); err != nil {
			return err
		}
		time.Sleep(150 * time.Millisecond) // a person does not type while touching
		if err := errors.Join(j.hand.do(gesture{Type: "Ana"}), j.hand.do(gesture{Key: "Tab"})); err != nil {
			return err
		}
		answered, err := j.await("the next instruction", func(l session.Look) bool { return l.Answers > look.Answers && l.Step != tryFields[0] })
		if err != nil {
			return err
		}
		all, engine = append(all, answered.AnswerMS), append(engine, answered.EngineMS)
		if err := j.touch(answered.Steps[tryFields[0]]); err != nil {
			return err
		}
		time.Sleep(100 * time.Millisecond)
		if err := errors.Join(j.hand.do(gesture{Key: "ctrl+a"}), j.hand.do(gesture{Key: "BackSpace"})); err != nil {
			return err
		}
	}
	all, engine = all[2:], engine[2:] // the first find nothing warm
	b.nextRow(all, engine)
	b.tell("next-step: median %s ms, 95 of 100 within %s ms; the engine's share %s ms", tidy(median(all)), tidy(percentile(all, 95)), tidy(median(engine)))
	if _, err := b.endOnce(); err != nil {
		return err
	}
	return b.leaveEnd()
}

func (b *benchRun) nextRow(all, engine []float64) {
	f := b.report.Figures
	f["next_step_runs"], f["next_step_median_ms"], f["next_step_p95_ms"] = float64(len(all)), round3(median(all)), round3(percentile(all, 95))
	f["next_step_engine_ms"], f["next_step_engine_p95_ms"] = round3(median(engine)), round3(percentile(engine, 95))
	f["key_paint_median_ms"], f["key_paint_p95_ms"], f["engine_ms"] = f["next_step_median_ms"], f["next_step_p95_ms"], f["next_step_engine_ms"]
	// Nobody else does this, so the row is held against the goal itself.
	row := benchRow{Name: "next-step", Ours: round3(median(all)), Peer: nextStepMedian, PeerName: "no peer does this; the goal itself (p95 60 ms)", Unit: "ms", Goal: 1}
	row.Ratio = round3(row.Ours / row.Peer)
	row.Holds = row.Ours > 0 && row.Ours <= nextStepMedian && percentile(all, 95) <= nextStepP95
	b.report.Rows = append(b.report.Rows, row)
}

// percentile is the smallest value that p of 100 do not exceed, 0 of none.
func percentile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(p/100*float64(len(sorted))))-1)]
}
