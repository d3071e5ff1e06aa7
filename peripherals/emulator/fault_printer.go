// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// PrinterFaultWords says what a script of a printer's faults may have.
const PrinterFaultWords = "line N WHAT [HOW LONG]; byte N WHAT [HOW LONG]; ... where N counts all that it prints, and WHAT is " +
	"paper (out), low (paper nearly out), cover (open), jam (of the knife), power (cut, the cable stays in), unplug, full (takes no more bytes)"

// PrinterFaults are things that go wrong at a printer, as scripted: each once, when so many
// lines or bytes have been printed, and mended after a while.
type PrinterFaults struct {
	mu   sync.Mutex
	list []printerFault
}

type printerFault struct {
	unit string // "line" or "byte"
	at   int
	what string
	wait time.Duration
}

// ParsePrinterFaults reads a script such as "line 5 cover 2s; line 12 power".
func ParsePrinterFaults(script string) (*PrinterFaults, error) {
	f := &PrinterFaults{}
	for _, text := range strings.FieldsFunc(script, func(r rune) bool { return r == ';' || r == '\n' }) {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		bad := fmt.Errorf("fault %q: want %s", strings.TrimSpace(text), PrinterFaultWords)
		if len(words) < 3 || len(words) > 4 || words[0] != "line" && words[0] != "byte" {
			return nil, bad
		}
		one := printerFault{unit: words[0], what: words[2], wait: 2 * time.Second}
		var err error
		if one.at, err = strconv.Atoi(words[1]); err != nil || one.at < 0 {
			return nil, bad
		}
		switch one.what {
		case "paper", "low", "cover", "jam", "power", "unplug", "full":
		default:
			return nil, bad
		}
		if len(words) == 4 {
			if one.wait, err = time.ParseDuration(words[3]); err != nil || one.wait < 0 || one.wait > time.Hour {
				return nil, bad
			}
		}
		f.list = append(f.list, one)
	}
	return f, nil
}

// look lets happen what is due; p.mu is held.
func (f *PrinterFaults) look(p *Printer) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := 0; i < len(f.list); i++ {
		one := f.list[i]
		reached := p.taken
		if one.unit == "line" {
			reached = p.lines + len(p.view.paper.lines)
		}
		if reached < one.at {
			continue
		}
		f.list = append(f.list[:i], f.list[i+1:]...)
		i--
		p.happen(one)
	}
}

// happen makes a fault, and mends it when its time is over; p.mu is held.
func (p *Printer) happen(one printerFault) {
	begin, end := func() {}, func() {}
	switch one.what {
	case "paper":
		p.put(&p.paperOut, true)
		end = func() { p.PaperOut(false) }
	case "low":
		p.put(&p.paperLow, true)
		end = func() { p.PaperLow(false) }
	case "cover":
		p.put(&p.cover, true)
		end = func() { p.CoverOpen(false) }
	case "jam":
		p.put(&p.fault, true)
		end = func() { p.Fault(false) }
	case "full":
		p.put(&p.stuck, true)
		end = func() { p.set(&p.stuck, false) }
	case "power":
		p.off = true
		p.lose()
		end = func() { p.Power(true) }
	case "unplug": // by another goroutine: it waits for this one
		begin, end = p.Unplug, func() { _ = p.Plug() }
	}
	p.mending.Go(func() {
		begin()
		t := time.NewTimer(one.wait)
		defer t.Stop()
		select {
		case <-t.C:
			end()
		case <-p.over:
		}
	})
}
