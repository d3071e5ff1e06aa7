// SPDX-License-Identifier: Apache-2.0

package session

import (
	"testing"
	"time"

	"handrail/kiosk"
	"handrail/peripherals"
)

// leaver is a worker on the screen after a session, without a browser and without sound.
func leaver(t *testing.T, e kiosk.Ending, began time.Time) *Worker {
	t.Helper()
	w := &Worker{setup: Setup{Office: "Linden Town Hall", Languages: []string{"en"}, IdleAfter: 90,
		Devices: map[string]peripherals.Config{"reader": {Driver: "ccid-serial", Port: "/dev/null"}}}}
	if err := w.prepare(); err != nil {
		t.Fatal(err)
	}
	e.Lang = "" // who has no language is told nothing
	w.leave(&e, began)
	return w
}

func TestNextPersonWaitsForCardAndPaper(t *testing.T) {
	began := time.Now()
	after := func(d time.Duration) time.Time { return began.Add(d) }

	w := leaver(t, kiosk.Ending{Reason: "end", Paper: "out", Held: true, Card: true}, began)
	if card, paper := w.toTake(); !card || !paper {
		t.Fatalf("before reader and printer have answered: card %v, paper %v", card, paper)
	}
	w.devices.states["reader"], w.devices.in = string(peripherals.ReaderReady), true
	w.devices.states["printer"] = string(peripherals.PrinterHeld)
	w.letIn(after(2 * time.Second))
	if w.ended == nil || !w.leaving.asked {
		t.Fatal("the next person is let in over a card and a paper")
	}
	w.devices.in = false
	w.waitTaken(after(4*time.Second), 1)
	if w.ended == nil || w.paperLeft() != "out" {
		t.Fatal("the next person is let in over a paper")
	}
	w.devices.states["printer"] = string(peripherals.PrinterReady)
	if w.paperLeft() != "none" {
		t.Error("a paper that was taken is still asked for")
	}
	w.waitTaken(after(6*time.Second), 1)
	if w.ended != nil {
		t.Fatal("who asked to go is kept, though all is taken")
	}
}

func TestWhatIsLeftBehindIsBounded(t *testing.T) {
	began := time.Now()
	w := leaver(t, kiosk.Ending{Reason: "end", Paper: "none", Card: true}, began)
	w.devices.states["reader"], w.devices.in = string(peripherals.ReaderReady), true
	reminded := 0
	for second := 1; w.ended != nil; second++ {
		if second > 200 {
			t.Fatal("a card that is left keeps everybody out")
		}
		last := w.leaving.reminded
		w.waitTaken(began.Add(time.Duration(second)*time.Second), second)
		if w.leaving.reminded != last {
			reminded++
		}
		if w.ended == nil && second < 90 {
			t.Fatalf("the next person is let in over a card after %d seconds", second)
		}
	}
	if reminded < 4 {
		t.Errorf("reminded %d times", reminded)
	}
	// Nothing to take: the key lets them go at once, and silence after 20 seconds.
	w = leaver(t, kiosk.Ending{Reason: "end", Paper: "out"}, began)
	w.devices.states["reader"] = string(peripherals.ReaderReady)
	if w.waitTaken(began.Add(19*time.Second), 19); w.ended == nil {
		t.Error("a printer without a presenter is waited for")
	}
	w.letIn(began.Add(time.Second))
	if w.ended != nil {
		t.Error("nothing is to be taken, and the key does not let them go")
	}
}
