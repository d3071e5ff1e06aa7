// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"testing"
)

func TestBellInTheRoom(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"})
	if out := apply(t, s, RangBell{"b"}); len(out) > 0 {
		t.Errorf("a bell was rung from the first screen: %v", out)
	}
	out := apply(t, s, AskedHelp{}, WantedHelp{"r"}, RangBell{"b"})
	if rung, ok := find[RingBell](out); !ok || rung.ID != "b" || s.Bell.State != BellKept {
		t.Fatalf("the bell did not ring: %v, %+v", out, s.Bell)
	}
	if _, ok := find[RingBell](apply(t, s, RangBell{"c"})); ok {
		t.Error("it rings twice")
	}
	apply(t, s, BellChanged{ID: "other", State: "coming", By: "Eve"}, BellChanged{ID: "b", State: "rung"})
	if s.Bell.State != BellRung || s.Bell.By != "" {
		t.Errorf("rung: %+v", s.Bell)
	}
	apply(t, s, WantedAlone{})
	out = apply(t, s, BellChanged{ID: "b", State: "coming", By: "Noor"})
	if s.Screen() != BellAnswered || s.Bell.By != "Noor" {
		t.Errorf("somebody comes: %s, %+v", s.Screen(), s.Bell)
	}
	if said, ok := find[Speak](out); !ok || said.Phrases[0].Args["name"] != "Noor" {
		t.Errorf("it is not said: %v", out)
	}
	if apply(t, s, WentBack{}); s.Screen() != Waiting {
		t.Errorf("back leads to %s", s.Screen())
	}
	if out = apply(t, s, SentBellAway{}); s.Bell.State != "" {
		t.Error("the bell is not off")
	}
	if away, ok := find[SendBellAway](out); !ok || away.ID != "b" {
		t.Errorf("the hub is not told: %v", out)
	}
	// A bell that is still on when the session ends is taken back.
	out = apply(t, s, RangBell{"d"}, AskedEnd{})
	if !s.Wiped() {
		out = apply(t, s, SaidEnd{})
	}
	if away, ok := find[SendBellAway](out); !ok || away.ID != "d" {
		t.Errorf("the end leaves the bell on: %v", out)
	}
}

func TestTicketToComeBackWith(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"}, AskedHelp{}, WantedHelp{"r"}, HubChanged{})
	out := apply(t, s, TookTicket{"t", "417203"})
	if back, ok := find[AskBack](out); !ok || back.Number != "417203" || s.Screen() != TicketShown {
		t.Fatalf("%v on %s", out, s.Screen())
	}
	if paper, ok := find[PrintTicket](out); !ok || paper.Number != "417203" {
		t.Errorf("nothing is printed: %v", out)
	}
	apply(t, s, TicketPrinted{State: "printer.paper_out"}, BellChanged{ID: "t", State: "rung"})
	if s.Ticket.Paper != "printer.paper_out" || !s.Ticket.Known {
		t.Errorf("%+v", s.Ticket)
	}
	// The same number is shown again, never a second one.
	apply(t, s, WentBack{})
	out = apply(t, s, TookTicket{"u", "999999"})
	if _, again := find[AskBack](out); again || s.Ticket.Number != "417203" || s.Screen() != TicketShown {
		t.Errorf("%v: %+v", out, s.Ticket)
	}
	// The request goes with the session, the number stays with the office.
	out = apply(t, s, AskedEnd{})
	if _, ok := find[HangUp](out); !ok || !s.Wiped() {
		t.Errorf("%v", out)
	}
	if _, ok := find[SendBellAway](out); ok {
		t.Errorf("the number is taken back: %v", out)
	}
	if s.Ticket.Number != "" {
		t.Error("the number outlives the session")
	}
	if got := Spaced("417"); got != "4 1 7" {
		t.Errorf("spaced: %q", got)
	}
}
