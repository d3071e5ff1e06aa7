// SPDX-License-Identifier: Apache-2.0

// Package journal prints documents and keeps a journal of it. A printer gives no receipt
// that lasts, so that a document be on paper exactly once cannot be had. What is
// promised instead:
//
//   - no silent loss: a paper is in the journal before anybody is told that it is
//     accepted, and stays there until it is confirmed or abandoned for a reason;
//   - no unmarked duplicate: where the outcome is not known, the next paper says COPY
//     and has the same id;
//   - no torn paper passed off as whole: the id stands at the head and at the foot, and
//     a paper is confirmed only when the printer has said that it worked through all
//     of it.
//
// Papers with somebody's own words are never journalled: they live and die in the
// memory of the process that prints them.
package journal

import (
	"context"
	"errors"
	"fmt"
	"time"

	"handrail/peripherals"
)

// Kind says what becomes of a paper whose outcome is not known.
type Kind string

// The kinds of paper.
const (
	// Leaflet: it holds nothing that counts, and is printed again, marked.
	Leaflet Kind = "leaflet"
	// Ticket: a number in a queue or a voucher, of which there must be one. The old
	// one is void, and whoever issued it issues another.
	Ticket Kind = "ticket"
	// Personal: it names somebody. The person is asked; nothing of it is kept on disk.
	Personal Kind = "personal"
)

// State is how far a paper is.
type State string

// The states of a paper.
const (
	Accepted  State = "accepted"  // it is on disk, and nothing was sent
	Sending   State = "sending"   // up to an offset
	Flushed   State = "flushed"   // all was sent
	Confirmed State = "confirmed" // the printer said that it came to the end
	Uncertain State = "uncertain" // some or all may be on paper
	Reprint   State = "reprint"   // to be printed again, marked as a copy
	Abandoned State = "abandoned" // for a reason
)

// Over reports whether nothing more will happen to a paper in this state.
func (s State) Over() bool { return s == Confirmed || s == Abandoned }

// Paper is one document to print. ID stands on it.
type Paper struct {
	ID       string               `json:"id"`
	Kind     Kind                 `json:"kind"`
	Document peripherals.Document `json:"document"`
	State    State                `json:"state"`
	// Generation counts the times that it was sent. What belongs to one generation
	// says nothing about another.
	Generation int `json:"generation"`
	// Offset is how many bytes of this generation were sent for certain.
	Offset int `json:"offset"`
	// Reason says why it is uncertain or abandoned.
	Reason string `json:"reason,omitempty"`
}

// Copies is how many marked copies of it there may be.
func (p Paper) Copies() int { return max(p.Generation-1, 0) }

// Mark is a step of a paper: the generation it is about, the state that it comes to.
type Mark struct {
	ID         string `json:"id"`
	Generation int    `json:"generation"`
	State      State  `json:"state"`
	Offset     int    `json:"offset,omitempty"`
	Reason     string `json:"reason,omitempty"`
}

// Journal keeps papers where a loss of power does not reach them. Both calls return
// when what they say is on disk.
type Journal interface {
	AcceptPaper(Paper) error
	MarkPaper(Mark) error
}

// Desk prints papers.
type Desk struct {
	Journal Journal
	// Open gives the printer, and Close of it is called when a paper is done.
	Open func() (peripherals.Printer, error)
	// CopyWords mark a copy, in the language of a paper; "COPY" if nil.
	CopyWords func(lang string) string
	// Stopped, if set, is told when the printer has stopped in the middle of a paper and
	// waits for a person, and when it goes on.
	Stopped func(peripherals.State)
}

// Print accepts a paper and prints it. Where the journal cannot be written to, it is
// printed all the same: somebody stands there and waits.
func (d *Desk) Print(ctx context.Context, p Paper) (peripherals.State, error) {
	p.State, p.Generation, p.Offset, p.Reason = Accepted, 1, 0, ""
	if p.Kind == Personal {
		return d.run(ctx, p, nil)
	}
	if err := d.Journal.AcceptPaper(p); err != nil {
		state, printErr := d.run(ctx, p, nil)
		if printErr != nil {
			return state, errors.Join(printErr, err)
		}
		return state, nil
	}
	return d.run(ctx, p, d.Journal)
}

// Again prints a paper that the journal has as accepted or to be printed again.
func (d *Desk) Again(ctx context.Context, p Paper) (peripherals.State, error) {
	if p.State != Accepted && p.State != Reprint {
		return peripherals.PrinterUnknown, fmt.Errorf("paper %s is %s: there is nothing to print", p.ID, p.State)
	}
	if p.Kind == Personal {
		return d.run(ctx, p, nil)
	}
	return d.run(ctx, p, d.Journal)
}

// run sends a paper and takes down how far it comes.
func (d *Desk) run(ctx context.Context, p Paper, journal Journal) (peripherals.State, error) {
	note := &notes{paper: p, journal: journal, stopped: d.Stopped}
	doc := p.Document
	doc.ID = p.ID
	if p.Copies() > 0 {
		doc.Copy = "COPY"
		if d.CopyWords != nil {
			doc.Copy = d.CopyWords(doc.Lang)
		}
		doc.Copy = fmt.Sprintf("%s %d", doc.Copy, p.Generation)
	}
	machine, err := d.Open()
	if err != nil {
		return peripherals.PrinterAbsent, errors.Join(err, note.mark(Abandoned, "nothing was sent: there is no printer"))
	}
	defer machine.Close()
	told, ok := machine.(peripherals.ToldPrinter)
	var state peripherals.State
	if ok {
		state, err = told.PrintTold(ctx, doc, note)
	} else if err = note.Sending(0); err == nil {
		state, err = machine.Print(ctx, doc)
	}
	switch {
	case err == nil:
		return state, note.mark(Confirmed, "")
	case !note.began && p.State == Reprint:
		return state, err // it is tried again when the printer is ready
	case !note.began:
		return state, errors.Join(err, note.mark(Abandoned, "nothing was sent: "+state.Sentence()))
	}
	return state, errors.Join(err, note.mark(Uncertain, state.Sentence()))
}

// notes are what a printer tells about one paper.
type notes struct {
	paper   Paper
	journal Journal
	began   bool
	stopped func(peripherals.State)
}

// Sending is told before the bytes from offset on are sent.
func (n *notes) Sending(offset int) error {
	n.paper.Offset = offset
	if err := n.mark(Sending, ""); err != nil {
		return err
	}
	n.began = true
	return nil
}

// Stopped is told when the printer waits for a person, and when it goes on.
func (n *notes) Stopped(s peripherals.State) {
	if n.stopped != nil {
		n.stopped(s)
	}
}

// Flushed is told when all has been sent.
func (n *notes) Flushed() error { return n.mark(Flushed, "") }

func (n *notes) mark(s State, reason string) error {
	if n.journal == nil {
		return nil
	}
	return n.journal.MarkPaper(Mark{ID: n.paper.ID, Generation: n.paper.Generation, State: s, Offset: n.paper.Offset, Reason: reason})
}

// KeepFor is how long after it was accepted a leaflet is printed again by itself:
// after that nobody waits for it.
const KeepFor = 15 * time.Minute
