// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"handrail/kiosk"
	"handrail/peripherals"
)

// leaving is how far the person who has ended is with taking what is theirs. The next one is let in when the reader and the mouth of the
// printer are empty, or when the time of the idle screen is over: what still lies there then was left behind.
type leaving struct {
	since    time.Time // they ended
	reminded time.Time // in words, last
	looked   time.Time // at the printer's mouth, last
	asked    bool      // they touched a key that lets the next person in, too early
}

const (
	remindEvery = 15 * time.Second
	lookEvery   = 2 * time.Second
)

// leave begins the screen after a session.
func (w *Worker) leave(e *kiosk.Ending, now time.Time) {
	w.ended, w.leaving = e, leaving{since: now, reminded: now}
}

// toTake tells what is still to be taken. Until the reader has said how it is, what the session before knew of its card holds; a printer
// without a presenter never says that it holds paper.
func (w *Worker) toTake() (card, paper bool) {
	if w.ended == nil {
		return false, false
	}
	card = w.devices.cardIn() || w.ended.Card && w.devices.states["reader"] == "" && w.setup.Devices["reader"].Driver != ""
	state := w.devices.states["printer"]
	paper = w.ended.Paper == "out" && (state == string(peripherals.PrinterHeld) || state == "" && w.ended.Held)
	return card, paper
}

// paperLeft is what the screen says of the paper: nothing, once a printer that held it out says that it was taken.
func (w *Worker) paperLeft() string {
	if _, held := w.toTake(); w.ended.Held && !held {
		return "none"
	}
	return paper(w.ended.Paper)
}

// letIn lets the next person in, unless something is still to be taken: then that is said.
func (w *Worker) letIn(now time.Time) {
	if card, paper := w.toTake(); (card || paper) && now.Sub(w.leaving.since) < time.Duration(w.setup.IdleAfter)*time.Second {
		w.leaving.asked, w.leaving.reminded = true, now
		w.sayEnding()
		w.show()
		return
	}
	w.ended = nil
	w.show()
}

// waitTaken lets time pass on the screen after a session.
func (w *Worker) waitTaken(now time.Time, silent int) {
	card, paper := w.toTake()
	if paper && now.Sub(w.leaving.looked) >= lookEvery {
		w.leaving.looked = now
		w.devices.lookAtPrinter()
	}
	stays := 20
	if w.ended.Receipt != nil {
		stays = w.setup.IdleAfter // it is being copied by hand
	}
	over := now.Sub(w.leaving.since) >= time.Duration(max(stays, w.setup.IdleAfter))*time.Second
	switch {
	case over && silent >= min(stays, w.setup.IdleAfter), !card && !paper && (silent >= stays || w.leaving.asked):
		w.ended = nil
		w.show()
	case (card || paper) && now.Sub(w.leaving.reminded) >= remindEvery && !w.voice.busy():
		w.leaving.reminded = now
		w.sayEnding()
	}
}
