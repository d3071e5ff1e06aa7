// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"reflect"
	"strings"
	"sync"
	"time"

	"handrail/agent/journal"
	"handrail/kiosk"
	"handrail/peripherals"
)

// keepPersonal is how long a paper that names somebody is remembered when it may be on paper or not, so that the next
// one can be marked as a copy of it.
const keepPersonal = 3 * time.Minute

// mine is the last paper that names somebody, as long as it is not certain whether it is on paper. It is in the memory of
// this process alone: no journal has it, and it is erased when it is confirmed, when its time is over, and with the session.
type mine struct {
	mu    sync.Mutex
	paper *journal.Paper
	timer *time.Timer
}

// hold keeps a paper for a while.
func (m *mine) hold(p journal.Paper, while time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.paper = &p
	m.timer = time.AfterFunc(while, m.erase)
}

// take gives the paper if it is the same document, and erases it here.
func (m *mine) take(doc peripherals.Document) (journal.Paper, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.paper == nil || !reflect.DeepEqual(m.paper.Document, doc) {
		return journal.Paper{}, false
	}
	p := *m.paper
	m.timer.Stop()
	m.paper = nil
	return p, true
}

// erase forgets the paper.
func (m *mine) erase() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.paper == nil {
		return
	}
	m.timer.Stop()
	clear(m.paper.Document.Blocks)
	m.paper = nil
}

// personal prints a paper that names somebody, who has just been asked. Where the one before of the same may be on paper,
// it is a copy of that.
func (p *papers) personal(doc peripherals.Document) kiosk.PagePrinted {
	p.turn.Lock()
	defer p.turn.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), printLimit)
	defer cancel()
	next, again := p.mine.take(doc)
	var state peripherals.State
	var err error
	if again {
		next.State, next.Generation = journal.Reprint, next.Generation+1
		state, err = p.desk.Again(ctx, next)
	} else {
		p.mine.erase()
		next = journal.Paper{ID: paperID(), Kind: journal.Personal, Document: doc, Generation: 1}
		state, err = p.desk.Print(ctx, next)
	}
	p.met()
	if err != nil && state != peripherals.PrinterAbsent && state != peripherals.PrinterOther {
		p.mine.hold(next, keepPersonal)
	}
	return kiosk.PagePrinted{OK: err == nil, State: string(state)}
}

// printPage prints what the service's last page says.
func (w *Worker) printPage() {
	lang := siteLang(w.session.Guide)
	doc := peripherals.Document{Lang: lang, RTL: direction(lang) == "rtl"}
	title, note := w.session.Guide.Service.Term.In(lang), w.words.T(w.session.Lang, "paper.yours", nil)
	d := w.devices
	if d.papers == nil {
		d.post(kiosk.PagePrinted{State: string(peripherals.PrinterAbsent)})
		return
	}
	d.tasks.Go(func() {
		words, err := w.browser.Service.PageWords()
		if err != nil || words.Empty() {
			d.post(kiosk.PagePrinted{State: string(peripherals.PrinterUnknown)})
			return
		}
		doc.Blocks = append(doc.Blocks, peripherals.Block{Kind: peripherals.Section, Text: title})
		for line := range strings.Lines(words.Reveal()) {
			if line = strings.TrimSpace(line); line != "" {
				doc.Blocks = append(doc.Blocks, peripherals.Block{Kind: peripherals.Text, Text: line})
			}
		}
		doc.Blocks = append(doc.Blocks, peripherals.Block{Kind: peripherals.Small, Text: note}, peripherals.Block{Kind: peripherals.Cut})
		d.post(d.papers.personal(doc))
	})
}
