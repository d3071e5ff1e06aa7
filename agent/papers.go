// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"handrail/agent/journal"
	"handrail/agent/session"
)

// The agent keeps the print journal for its workers: they hold the printer, it holds the disk.

// onPaper takes down what a worker prints.
func (a *Agent) onPaper(h *hand, l session.Line) {
	if l.Mark != nil {
		if l.Mark.State == journal.Sending {
			h.papers = append(h.papers, l.Mark.ID)
		}
		if l.Mark.State != journal.Sending && l.Mark.State != journal.Flushed {
			h.papers = nil // a worker prints one at a time
		}
	}
	session.KeepPaper(h.wire, l, a.store)
}

// breakOff says that a worker is gone in the middle of a paper, or with h nil that all are, and prints what is to be
// printed again.
func (a *Agent) breakOff(h *hand) {
	var err error
	if h == nil {
		err = a.store.BreakOff("the terminal went off while it was printed")
	} else if len(h.papers) > 0 {
		err = a.store.BreakOff("the session ended while it was printed", h.papers...)
		h.papers = nil
		if a.front != nil && a.front != h && a.front.ready {
			a.printLeft(a.front)
		}
	}
	if err != nil {
		a.o.Log.Warn("print journal", "why", err)
	}
}

// printLeft has a worker in front print what the journal has left.
func (a *Agent) printLeft(h *hand) {
	if _, ok := a.o.Config.Devices["printer"]; !ok || len(h.papers) > 0 {
		return
	}
	left, err := a.store.Unfinished(journal.KeepFor)
	if err != nil {
		a.o.Log.Warn("print journal", "why", err)
		return
	}
	if len(left) > 0 {
		_ = h.wire.Send(session.Line{T: "again", Papers: left})
	}
}
