// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// PrinterOptions say what printer to make.
type PrinterOptions struct {
	// Link is the symlink to make to the printer's port.
	Link string
	// Mode is the permission of the port; 0600 if zero.
	Mode os.FileMode
	// Profile is the model: "epson-tm" (the default), "citizen-ct", "kiosk-80",
	// "generic-80" or "generic-58".
	Profile string
	// Mute makes a printer that never answers, as behind a one-way cable.
	Mute bool
	// Buffer is how many bytes wait while it cannot print; 4096 if zero. A full
	// printer reads no more.
	Buffer int
	// Baud is the speed of its line, at which bytes arrive: a pseudo-terminal has none of
	// its own. 0 is as fast as they come.
	Baud int
	// KeepSlips is how many finished slips it remembers; 50 if zero.
	KeepSlips int
	// Drops makes a printer that loses what its full buffer cannot take, as cheap ones
	// do, in place of holding the line.
	Drops bool
	// Number is its serial number, in which two of one model differ; "1" if empty.
	Number string
	// Faults go wrong as scripted.
	Faults *PrinterFaults
}

// paperWidths are the printable dots by profile.
var paperWidths = map[string]int{"": 576, "epson-tm": 576, "generic-80": 576, "generic-58": 384, "citizen-ct": 576, "kiosk-80": 608}

// Printer is a receipt printer of software. It decodes ESC/POS to text and
// pictures, tells its state when asked, and stops when there is no paper.
type Printer struct {
	o    PrinterOptions
	sock *socket
	wg   sync.WaitGroup

	mu       sync.Mutex
	awake    *sync.Cond // work to do, or the cable pulled
	changed  chan struct{}
	view     *view
	queue    []byte // received and not printed yet
	tail     []byte // the last bytes received, to see real-time commands
	slips    []Slip
	count    int
	paperOut bool
	paperLow bool
	cover    bool
	fault    bool
	plugged  bool
	closed   bool
	// halted: something went wrong in the middle of a paper, and it waits to be told
	// whether to go on (DLE ENQ 1) or to forget it (DLE ENQ 2).
	halted bool
	off    bool // no power, though the cable is in
	held   bool // the presenter holds paper out
	// unasked says of what it tells by itself (GS a), and told what it told last.
	unasked byte
	told    [4]byte
	answers chan []byte
	dropped int
	stuck   bool // prints nothing, though nothing is wrong with it
	taken   int  // bytes that were printed, for Faults
	lines   int  // lines of papers that were cut, for Faults
	mending sync.WaitGroup
	over    chan struct{}
}

// NewPrinter makes a printer and plugs it in.
func NewPrinter(o PrinterOptions) (*Printer, error) {
	dots, ok := paperWidths[o.Profile]
	if !ok {
		return nil, fmt.Errorf("printer emulator: no profile called %q", o.Profile)
	}
	if o.Buffer <= 0 {
		o.Buffer = 4096
	}
	if o.KeepSlips <= 0 {
		o.KeepSlips = 50
	}
	p := &Printer{o: o, sock: &socket{link: o.Link, mode: o.Mode}, view: newView(dots), changed: make(chan struct{}), over: make(chan struct{})}
	p.awake = sync.NewCond(&p.mu)
	if err := p.Plug(); err != nil {
		return nil, err
	}
	return p, nil
}

// Path is the port's own name, which changes with every Plug; "" while unplugged.
func (p *Printer) Path() string { return p.sock.path() }

// Slips gives the finished slips, oldest first.
func (p *Printer) Slips() []Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Slip(nil), p.slips...)
}

// Current gives the paper that is coming out.
func (p *Printer) Current() Slip {
	p.mu.Lock()
	defer p.mu.Unlock()
	return newSlip(p.count+1, p.view.paper.clone(), time.Now())
}

// Changed gives a channel that is closed at the next change of paper or state.
// Ask again after that.
func (p *Printer) Changed() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.changed
}

// notify tells of a change; p.mu is held.
func (p *Printer) notify() {
	close(p.changed)
	p.changed = make(chan struct{})
	p.awake.Broadcast()
	p.tellUnasked(false)
}

func (p *Printer) set(flag *bool, on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.put(flag, on)
}

// put changes a sensor; p.mu is held. What goes wrong in the middle of a paper halts it.
func (p *Printer) put(flag *bool, on bool) {
	if *flag == on {
		return
	}
	*flag = on
	if on && (flag == &p.cover || flag == &p.fault) && (len(p.queue) > 0 || p.view.paper.used || len(p.view.buf) > 0) {
		p.halted = true
	}
	p.notify()
}

// PaperOut takes the roll out, or puts a new one in; then it prints on.
func (p *Printer) PaperOut(on bool) { p.set(&p.paperOut, on) }

// PaperLow says that the roll is near its end.
func (p *Printer) PaperLow(on bool) { p.set(&p.paperLow, on) }

// CoverOpen opens or closes the cover.
func (p *Printer) CoverOpen(on bool) { p.set(&p.cover, on) }

// Fault jams the cutter, or frees it.
func (p *Printer) Fault(on bool) { p.set(&p.fault, on) }

// Take takes the paper that the presenter holds out.
func (p *Printer) Take() { p.set(&p.held, false) }

// Power cuts the power, or gives it again, while the cable stays in: the line does not hang
// up, what was not printed is forgotten, and what is sent meanwhile is lost. Paper that has
// come out half stays where it is.
func (p *Printer) Power(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.off != on {
		return
	}
	if p.off = !on; p.off {
		p.lose()
	}
	p.notify()
}

// lose is what becomes of everything in its memory without power; p.mu is held.
func (p *Printer) lose() {
	p.forget()
	p.view.flush()
	p.view.reset()
	p.unasked, p.halted = 0, false
}

// Dropped is how many bytes were lost because the buffer was full.
func (p *Printer) Dropped() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dropped
}

// forget throws away what waits; p.mu is held.
func (p *Printer) forget() {
	p.queue, p.tail, p.view.buf = nil, nil, nil
	p.view.line = lineBuffer{}
}

// Sensors is what the printer's own sensors say.
type Sensors struct{ Plugged, PaperOut, PaperLow, CoverOpen, Fault, Held bool }

// Sensors reads them.
func (p *Printer) Sensors() Sensors {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Sensors{p.plugged, p.paperOut, p.paperLow, p.cover, p.fault, p.held}
}

// Unplug pulls cable and power: what was not printed is forgotten, and paper that
// has come out half is torn off. It returns when nothing of the printer runs.
func (p *Printer) Unplug() {
	p.sock.unplug()
	p.mu.Lock()
	p.plugged = false
	p.notify()
	p.mu.Unlock()
	p.wg.Wait()

	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue, p.tail, p.view.buf = nil, nil, nil
	p.view.flush()
	if torn := newSlip(p.count+1, p.view.paper, time.Now()); !torn.Empty() {
		p.keep(torn)
	}
	p.view.reset()
	p.view.paper = newPaper(p.view.dots)
	p.halted, p.unasked, p.answers = false, 0, nil
	p.notify()
}

// keep remembers a slip; p.mu is held.
func (p *Printer) keep(s Slip) {
	p.count++
	p.slips = append(p.slips, s)
	if over := len(p.slips) - p.o.KeepSlips; over > 0 {
		p.slips = append([]Slip(nil), p.slips[over:]...)
	}
}

// Plug puts the cable back in, as another pseudo-terminal behind the same link.
func (p *Printer) Plug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return errors.New("printer emulator: closed")
	}
	line, err := p.sock.plug()
	if err != nil {
		return errors.Join(errors.New("printer emulator: plug"), err)
	}
	p.plugged = true
	answers := make(chan []byte, 64)
	p.answers = answers
	p.view.cut = func(done *paper) {
		p.lines += len(done.lines)
		p.keep(newSlip(p.count+1, done, time.Now()))
	}
	p.view.answer = func(cmd, n byte) { p.reply(p.inOrderReply(cmd, n)) }
	p.view.present = func(n byte) {
		if p.o.Profile != "kiosk-80" {
			return // it has no presenter
		}
		if p.held && n == 5 && len(p.slips) > 0 {
			p.slips[len(p.slips)-1].Retracted = true
		}
		p.held = n == 3
	}
	gone := make(chan struct{})
	p.wg.Go(func() {
		p.receive(line)
		close(gone)
		p.mu.Lock()
		p.awake.Broadcast()
		p.mu.Unlock()
	})
	p.wg.Go(func() { p.work(gone) })
	p.wg.Go(func() {
		for {
			select {
			case b := <-answers:
				p.sock.send(b)
			case <-gone:
				return
			}
		}
	})
	p.notify()
	return nil
}

// Close unplugs the printer for good.
func (p *Printer) Close() error {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil
	}
	p.closed = true
	close(p.over)
	p.mu.Unlock()
	p.mending.Wait()
	p.mu.Lock()
	plugged := p.plugged
	p.mu.Unlock()
	if plugged {
		p.Unplug()
	}
	return nil
}
