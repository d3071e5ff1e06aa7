// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"sync"
	"time"

	"handrail/agent/journal"
	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/printer"
)

// devices are the terminal's reader and printer while this worker is on. Only the worker in front holds a port.
type devices struct {
	config map[string]peripherals.Config
	post   func(any)

	cancel context.CancelFunc
	tasks  sync.WaitGroup
	in     bool    // a card is in the reader
	papers *papers // nil without a printer
	states map[string]string
	held   []peripherals.Field // of the card in the reader
}

func newDevices(config map[string]peripherals.Config, kept journal.Journal, copyWords func(lang string) string, post func(any)) *devices {
	d := &devices{config: config, post: post, states: map[string]string{}}
	if c, ok := config["printer"]; ok {
		d.papers = newPapers(c, kept, copyWords)
		d.papers.desk.Stopped = func(s peripherals.State) { post(kiosk.PrinterChanged{State: string(s)}) }
	}
	return d
}

// start opens the reader, when there is one, and asks the printer once how it is.
func (d *devices) start() {
	d.lookAtPrinter()
	config, ok := d.config["reader"]
	if !ok || d.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	d.cancel = cancel
	config.IgnoreLeft = true // a card that lies there is the last person's
	reader, err := card.Open(config)
	if err != nil {
		d.post(peripherals.CardEvent{Kind: peripherals.ReaderState, State: peripherals.ReaderAbsent})
		return
	}
	d.tasks.Go(func() { _ = reader.Run(ctx, func(e peripherals.CardEvent) { d.post(e) }) })
}

// lookAtPrinter asks the printer how it is, when there is one.
func (d *devices) lookAtPrinter() {
	config, ok := d.config["printer"]
	if !ok {
		return
	}
	d.tasks.Go(func() {
		d.papers.turn.Lock()
		defer d.papers.turn.Unlock()
		d.post(kiosk.PrinterChanged{State: printerState(config)})
	})
}

func (d *devices) stop() {
	if d.cancel != nil {
		d.cancel()
	}
	d.tasks.Wait()
	d.forget()
	if d.papers != nil {
		d.papers.mine.erase()
	}
}

func (d *devices) cardIn() bool { return d.in }

// forget wipes what was read from the card.
func (d *devices) forget() {
	peripherals.WipeFields(d.held)
	d.held = nil
}

func printerState(config peripherals.Config) string {
	p, err := printer.Open(config)
	if err != nil {
		return string(peripherals.PrinterAbsent)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return string(p.Status(ctx))
}

// print prints a document; the session is told by kiosk.Printed. It never blocks: a printer that does not answer is given
// up after its own deadlines.
func (d *devices) print(doc peripherals.Document) {
	if d.papers == nil {
		d.post(kiosk.Printed{State: string(peripherals.PrinterAbsent)})
		return
	}
	d.tasks.Go(func() { d.post(d.papers.print(doc)) })
}

// printAgain prints what a worker before this one has left.
func (d *devices) printAgain(left []journal.Paper) {
	if d.papers != nil && len(left) > 0 {
		d.tasks.Go(func() { d.papers.again(left) })
	}
}

// onCard takes what the reader says.
func (w *Worker) onCard(e peripherals.CardEvent) {
	w.devices.states["reader"] = string(e.State)
	_ = w.wire.Send(Line{T: "device", Name: "reader", State: string(e.State)})
	switch e.Kind {
	case peripherals.CardInserted:
		w.devices.in = true
		w.touchedNow()
		w.apply(kiosk.CardReading{})
	case peripherals.CardLeft:
		w.devices.in = true
	case peripherals.CardRead:
		w.devices.forget()
		w.devices.held = e.Fields
		w.touchedNow()
		var fields kiosk.Fields
		for _, f := range e.Fields {
			fields.Set(f.Name, kiosk.NewPrivate(f.Value.Reveal()))
			if f.Check {
				fields.LookAt(f.Name)
			}
			var choices []kiosk.Private
			for _, c := range f.Choices {
				choices = append(choices, kiosk.NewPrivate(c.Reveal()))
			}
			fields.Doubt(f.Name, choices)
		}
		w.apply(kiosk.CardRead{Fields: fields})
	case peripherals.CardFailed:
		w.apply(kiosk.CardFailed{State: string(e.State)})
	case peripherals.CardRemoved:
		w.devices.in = false
		w.devices.forget()
		w.touchedNow()
		w.apply(kiosk.CardOut{})
	case peripherals.ReaderState:
		if e.State != peripherals.ReaderReady && e.State != peripherals.ReaderReading {
			w.devices.in = false
		}
		w.apply(kiosk.ReaderChanged{State: string(e.State)})
	}
	if w.ended != nil {
		w.show()
	}
}

// document is a receipt as the printer takes it. It is made of the guide's and the catalogue's words alone, and of
// the number under which the office can look up who helped.
func (w *Worker) document(r kiosk.Receipt) peripherals.Document {
	t := func(key string) string { return w.words.T(r.Lang, key, nil) }
	doc := peripherals.Document{Lang: r.Lang, RTL: direction(r.Lang) == "rtl"}
	add := func(b peripherals.Block) { doc.Blocks = append(doc.Blocks, b) }
	add(peripherals.Block{Kind: peripherals.Small, Text: r.Office})
	add(peripherals.Block{Kind: peripherals.Title, Text: r.Title})
	add(peripherals.Block{Kind: peripherals.Term, Text: r.Term})
	if len(r.Done) > 0 {
		add(peripherals.Block{Kind: peripherals.Section, Text: t("receipt.did")})
		for _, line := range r.Done {
			add(peripherals.Block{Kind: peripherals.StepLine, Text: line, Done: true})
		}
	}
	if len(r.Left) > 0 {
		add(peripherals.Block{Kind: peripherals.Section, Text: t("receipt.todo")})
		for _, line := range r.Left {
			add(peripherals.Block{Kind: peripherals.StepLine, Text: line})
		}
	}
	if r.Where != "" {
		add(peripherals.Block{Kind: peripherals.Section, Text: t("receipt.find")})
		add(peripherals.Block{Kind: peripherals.Boxed, Text: r.Where})
	}
	switch {
	case r.Where != "":
	case r.List:
		add(peripherals.Block{Kind: peripherals.Text, Text: t("receipt.list")})
	case r.Finished:
		add(peripherals.Block{Kind: peripherals.Text, Text: t("receipt.sent")})
	default:
		add(peripherals.Block{Kind: peripherals.Text, Text: t("receipt.not-sent")})
	}
	section := func(key string, kind peripherals.BlockKind, lines []string) {
		if len(lines) == 0 {
			return
		}
		add(peripherals.Block{Kind: peripherals.Section, Text: t(key)})
		for _, line := range lines {
			add(peripherals.Block{Kind: kind, Text: line})
		}
	}
	section("receipt.need", peripherals.Boxed, r.Need)
	section("receipt.missing", peripherals.Boxed, r.Missing)
	section("receipt.next", peripherals.Text, r.Next)
	section("receipt.bring", peripherals.Boxed, r.Bring)
	if len(r.Words) > 0 {
		add(peripherals.Block{Kind: peripherals.Section, Text: t("receipt.words")})
		add(peripherals.Block{Kind: peripherals.Words, Rows: r.Words})
	}
	add(peripherals.Block{Kind: peripherals.Feed})
	if w.call.helped != "" {
		add(peripherals.Block{Kind: peripherals.Small, Text: w.words.T(r.Lang, "receipt.helped", map[string]any{"number": helpdesk.Number(w.call.helped)})})
	}
	add(peripherals.Block{Kind: peripherals.Small, Text: t("receipt.private")})
	add(peripherals.Block{Kind: peripherals.Cut})
	return doc
}

// onPrinter tells the agent how the printer is.
func (w *Worker) onPrinter(e kiosk.Event) {
	state := ""
	switch e := e.(type) {
	case kiosk.PrinterChanged:
		state = e.State
	case kiosk.Printed:
		state = e.State
	case kiosk.TicketPrinted:
		state = e.State
	}
	if state != "" {
		w.devices.states["printer"] = state
		_ = w.wire.Send(Line{T: "device", Name: "printer", State: state})
	}
}
