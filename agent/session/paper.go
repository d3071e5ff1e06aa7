// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"crypto/rand"
	"errors"
	"reflect"
	"sync"
	"time"

	"handrail/agent/journal"
	"handrail/kiosk"
	"handrail/peripherals"
	"handrail/peripherals/printer"
)

// wireJournal is the print journal as the worker has it: the agent keeps it on disk, and answers when it is there.
type wireJournal struct {
	send func(Line) error

	mu      sync.Mutex
	last    int
	waiting map[int]chan string
}

func newWireJournal(send func(Line) error) *wireJournal {
	return &wireJournal{send: send, waiting: map[int]chan string{}}
}

func (j *wireJournal) AcceptPaper(p journal.Paper) error { return j.ask(Line{T: "paper", Paper: &p}) }

func (j *wireJournal) MarkPaper(m journal.Mark) error { return j.ask(Line{T: "paper", Mark: &m}) }

// journalWait is how long the agent may take to write a line to disk.
const journalWait = 20 * time.Second

func (j *wireJournal) ask(l Line) error {
	answer := make(chan string, 1)
	j.mu.Lock()
	j.last++
	l.ID = j.last
	j.waiting[l.ID] = answer
	j.mu.Unlock()
	defer func() {
		j.mu.Lock()
		delete(j.waiting, l.ID)
		j.mu.Unlock()
	}()
	if err := j.send(l); err != nil {
		return err
	}
	wait := time.NewTimer(journalWait)
	defer wait.Stop()
	select {
	case why := <-answer:
		if why != "" {
			return errors.New(why)
		}
		return nil
	case <-wait.C:
		return errors.New("print journal: the agent does not answer")
	}
}

// answered takes the agent's answer.
func (j *wireJournal) answered(l Line) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if answer, ok := j.waiting[l.ID]; ok {
		answer <- l.Error
		delete(j.waiting, l.ID)
	}
}

// KeepPaper does what a worker asks of the journal, and answers it.
func KeepPaper(w *Wire, l Line, kept journal.Journal) {
	err := errors.New("print journal: asked for nothing")
	switch {
	case l.Paper != nil:
		err = kept.AcceptPaper(*l.Paper)
	case l.Mark != nil:
		err = kept.MarkPaper(*l.Mark)
	}
	answer := Line{T: "papered", ID: l.ID}
	if err != nil {
		answer.Error = err.Error()
	}
	_ = w.Send(answer)
}

// papers prints with a journal. One paper is printed at a time.
type papers struct {
	desk    journal.Desk
	turn    sync.Mutex
	config  peripherals.Config
	machine peripherals.Printer // the last one

	unsure *journal.Paper // the last one, where it may be on paper or not
	mine   mine
}

func newPapers(config peripherals.Config, kept journal.Journal, copyWords func(lang string) string) *papers {
	p := &papers{config: config}
	p.desk = journal.Desk{Journal: kept, CopyWords: copyWords, Open: func() (machine peripherals.Printer, err error) {
		machine, err = printer.Open(p.config)
		p.machine = machine
		return machine, err
	}}
	return p
}

// met remembers who printed the first paper: another printer in its place does not get the next one of this citizen.
func (p *papers) met() {
	if named, ok := p.machine.(interface{ Identity() string }); ok && p.config.Identity == "" {
		p.config.Identity = named.Identity()
	}
	p.machine = nil
}

// printLimit is how long one paper may take.
const printLimit = 40 * time.Second

// print prints a paper of the guide's words. If the same was printed before, and may be on paper, it is a copy of that.
func (p *papers) print(doc peripherals.Document) kiosk.Printed {
	p.turn.Lock()
	defer p.turn.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), printLimit)
	defer cancel()
	next := journal.Paper{ID: paperID(), Kind: journal.Leaflet, Document: doc}
	again := false
	if p.unsure != nil && reflect.DeepEqual(p.unsure.Document, doc) {
		next = *p.unsure
		again = p.desk.Journal.MarkPaper(journal.Mark{ID: next.ID, Generation: next.Generation, State: journal.Reprint}) == nil
		next.State, next.Generation = journal.Reprint, next.Generation+1
	}
	p.unsure = nil
	var state peripherals.State
	var err error
	if again {
		state, err = p.desk.Again(ctx, next)
	} else {
		next.Generation = 1
		state, err = p.desk.Print(ctx, next)
	}
	p.met()
	if state == peripherals.PrinterUncertain {
		p.unsure = &next
	}
	return kiosk.Printed{OK: err == nil, State: string(state)}
}

// again prints what the journal has left from a worker that is gone.
func (p *papers) again(left []journal.Paper) {
	p.turn.Lock()
	defer p.turn.Unlock()
	for _, next := range left {
		ctx, cancel := context.WithTimeout(context.Background(), printLimit)
		_, _ = p.desk.Again(ctx, next) // how it went is in the journal
		cancel()
	}
}

// paperID is a short name for a paper that says nothing: letters and digits that are not taken for others.
func paperID() string {
	const letters = "ACDEFGHJKLMNPQRTUVWXY34679"
	b := make([]byte, 8)
	_, _ = rand.Read(b)
	for i := range b {
		b[i] = letters[int(b[i])%len(letters)]
	}
	return string(b[:4]) + "-" + string(b[4:])
}
