// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"handrail/peripherals/emulator"
)

// workbenchState is everything the page draws besides the screen itself. ui/workbench/bench.ts has the same shape.
type workbenchState struct {
	Reader   bool            `json:"reader"`
	Cards    []workbenchCard `json:"cards"`
	Inserted string          `json:"inserted"`
	Printer  bool            `json:"printer"`
	PaperOut bool            `json:"paper_out"`
	Slips    []workbenchSlip `json:"slips"`
	Torn     int             `json:"torn"`
	Current  *workbenchSlip  `json:"current"`
	Plugs    []workbenchPlug `json:"plugs"`
	Links    workbenchLinks  `json:"links"`
	Screen   bool            `json:"screen"`
	Preview  *workbenchGuide `json:"preview,omitempty"`
}

type workbenchGuide struct {
	Name      string   `json:"name"`
	Pages     []string `json:"pages"`
	Languages []string `json:"languages"`
	Language  string   `json:"language"`
	Level     string   `json:"level"`
}

type workbenchCard struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Kind string `json:"kind"`
	Note string `json:"note"`
}

type workbenchSlip struct {
	Number int    `json:"number"`
	Lines  int    `json:"lines"`
	Text   string `json:"text"`
	At     string `json:"at,omitempty"` // when it was cut; absent while it is still coming
}

type workbenchPlug struct {
	Name string `json:"name"`
	In   bool   `json:"in"`
	Says string `json:"says"`
}

func (w *workbench) state() workbenchState {
	s := workbenchState{
		Reader: w.o.Reader != nil, Printer: w.o.Printer != nil, Links: w.o.Links(), Screen: w.o.RFB() != "",
		Cards: []workbenchCard{}, Slips: []workbenchSlip{}, Plugs: []workbenchPlug{},
	}
	if w.o.Reader != nil {
		for _, c := range w.o.Cards {
			s.Cards = append(s.Cards, workbenchCard{ID: c.ID, Name: c.Name, Kind: c.Kind, Note: c.Note})
		}
		if c, ok := w.o.Reader.Inserted(); ok {
			s.Inserted = c.ID
		}
	}
	if w.o.Printer != nil {
		for _, slip := range w.o.Printer.Slips() {
			s.Slips = append(s.Slips, slipState(slip))
		}
		if slip := w.o.Printer.Current(); slip.Lines > 0 {
			current := slipState(slip)
			s.Current = &current
		}
		s.PaperOut = w.o.Printer.Sensors().PaperOut
	}
	for _, p := range w.o.Plugs {
		in, says := p.State()
		s.Plugs = append(s.Plugs, workbenchPlug{Name: p.Name, In: in, Says: says})
	}
	if p := w.o.Preview; p != nil {
		language, level := p.Now()
		s.Preview = &workbenchGuide{p.Name, p.Pages, p.Languages, language, level}
	}
	w.mu.Lock()
	s.Torn = w.torn
	w.mu.Unlock()
	return s
}

func slipState(s emulator.Slip) workbenchSlip {
	state := workbenchSlip{Number: s.Number, Lines: s.Lines, Text: s.Text()}
	if s.Cut {
		state.At = s.At.Format("15:04:05")
	}
	return state
}

// lookEvery is how often the bench is looked at for a change; paper wakes the page at once.
const lookEvery = 250 * time.Millisecond

// serveState pushes the bench's state as server-sent events: once at the start, then whenever it differs.
func (w *workbench) serveState(rw http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(rw)
	rw.Header().Set("Content-Type", "text/event-stream")
	rw.Header().Set("Cache-Control", "no-store")
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	var last []byte
	for {
		// Asked for before looking, so that a line printed in between is not missed.
		var paper <-chan struct{}
		if w.o.Printer != nil {
			paper = w.o.Printer.Changed()
		}
		now, err := json.Marshal(w.state())
		if err != nil {
			w.o.Log.Error("workbench state", "err", err)
			return
		}
		if !bytes.Equal(now, last) {
			last = now
			control.SetWriteDeadline(time.Now().Add(10 * time.Second))
			if _, err := fmt.Fprintf(rw, "data: %s\n\n", now); err != nil {
				return
			}
			if err := control.Flush(); err != nil {
				return
			}
		}
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
		case <-paper:
			// A printer prints line by line; wait for the next look so that a slip is not sent fifty times.
			select {
			case <-r.Context().Done():
				return
			case <-tick.C:
			}
		}
	}
}
