// SPDX-License-Identifier: Apache-2.0

package kiosk

// The people of the office are help too. The bell fetches somebody who is in the room; a ticket with a number brings the citizen
// back to them when nobody else answers. Neither says who the citizen is or what they came for.

// Bell is how far the bell in the room is. The zero value: it was not rung.
type Bell struct {
	ID    string
	State BellState
	By    string // who is coming
}

// BellState is what is known of a bell.
type BellState string

// The states of a bell that was rung.
const (
	BellKept   BellState = "kept"   // it is on its way to the hub
	BellRung   BellState = "rung"   // it rings at the desk
	BellComing BellState = "coming" // somebody has said that they come
)

// Ticket is the paper to come back with. The zero value: none was taken.
type Ticket struct {
	ID, Number string
	Paper      string // "printing", "out", or the printer's state when it did not come out
	Known      bool   // the office has the number
}

type (
	// RangBell fetches somebody from the room; SentBellAway says that nobody is needed any more.
	RangBell     struct{ ID string } // a fresh random id, made by the worker
	SentBellAway struct{}
	// BellChanged is the hub's word: "rung", "coming" (By says who) or "over".
	BellChanged struct {
		ID, State, By string
	}
	// TookTicket asks for a number to come back with. Number is six digits, made by the worker.
	TookTicket struct{ ID, Number string }
	// TicketPrinted is how the ticket came out: State is the printer's.
	TicketPrinted struct {
		OK    bool
		State string
	}
	// RingBell tells the hub; SendBellAway takes it back.
	RingBell     struct{ ID string }
	SendBellAway struct{ ID string }
	// AskBack tells the hub the number, also after this session; PrintTicket prints it, and the answer is TicketPrinted.
	AskBack     struct{ ID, Number string }
	PrintTicket struct{ Number string }
)

func (RangBell) event()      {}
func (SentBellAway) event()  {}
func (BellChanged) event()   {}
func (TookTicket) event()    {}
func (TicketPrinted) event() {}

func (RingBell) effect()     {}
func (SendBellAway) effect() {}
func (AskBack) effect()      {}
func (PrintTicket) effect()  {}

// onRoom answers what is about the people in the room.
func (s *Session) onRoom(e Event) []Effect {
	switch e := e.(type) {
	case RangBell:
		if s.asking() && s.Bell.State == "" && e.ID != "" {
			s.Bell = Bell{ID: e.ID, State: BellKept}
			return []Effect{Count{"bell_rung"}, RingBell{e.ID}, Show{}}
		}
	case SentBellAway:
		return s.endBell(true)
	case BellChanged:
		if s.Bell.State != "" && e.ID == s.Bell.ID {
			return s.bellChanged(e)
		}
		if e.ID == s.Ticket.ID && e.ID != "" && !s.Ticket.Known {
			s.Ticket.Known = true
			return []Effect{Show{}}
		}
	case TookTicket:
		return s.takeTicket(e)
	case TicketPrinted:
		if s.Ticket.Paper == "printing" {
			if s.Ticket.Paper = "out"; !e.OK {
				s.Ticket.Paper = e.State
			}
			return []Effect{Show{}}
		}
	}
	return nil
}

// asking: the screen is one that offers the room.
func (s *Session) asking() bool {
	return s.overlay == HelpConsent || s.overlay == Waiting || s.overlay == TicketShown
}

func (s *Session) bellChanged(e BellChanged) []Effect {
	switch BellState(e.State) {
	case BellRung:
		if s.Bell.State == BellKept {
			s.Bell.State = BellRung
			return []Effect{Speak{[]Phrase{{Key: "speech.bell.rung"}}}, Show{}}
		}
	case BellComing:
		if s.Bell.State == BellComing && s.Bell.By == e.By {
			return nil
		}
		s.Bell.State, s.Bell.By = BellComing, e.By
		if s.overlay == "" && !s.Help.Accepted || s.asking() {
			s.overlay = BellAnswered
		}
		return []Effect{Count{"bell_answered"}, s.speakBell(), Show{}}
	case "over":
		return s.endBell(false)
	}
	return nil
}

// endBell forgets the bell; tell: the hub does not know it yet.
func (s *Session) endBell(tell bool) []Effect {
	if s.Bell.State == "" {
		return nil
	}
	id := s.Bell.ID
	s.Bell = Bell{}
	out := []Effect{}
	if tell {
		out = append(out, SendBellAway{id})
	}
	if s.overlay == BellAnswered {
		s.toHelp()
	}
	return append(out, Show{})
}

// takeTicket gives one number a session: touched again it is shown again.
func (s *Session) takeTicket(e TookTicket) []Effect {
	if s.overlay != HelpConsent && s.overlay != Waiting || e.ID == "" || e.Number == "" {
		return nil
	}
	s.overlay = TicketShown
	if s.Ticket.Number != "" {
		return []Effect{Show{}}
	}
	s.Ticket = Ticket{ID: e.ID, Number: e.Number, Paper: "printing"}
	out := []Effect{Count{"ticket_taken"}, AskBack{e.ID, e.Number}}
	if s.NoPrinter {
		s.Ticket.Paper = "printer.absent"
	} else {
		out = append(out, PrintTicket{e.Number})
	}
	return append(out, s.speakTicket(), Show{})
}

func (s *Session) speakTicket() Effect {
	return Speak{[]Phrase{{Key: "speech.ticket", Args: map[string]string{"number": Spaced(s.Ticket.Number)}}}}
}

func (s *Session) speakBell() Effect {
	return Speak{[]Phrase{{Key: "speech.bell.coming", Args: map[string]string{"name": s.Bell.By}}}}
}

// toHelp goes back to where help stands: the wait, if somebody is being called, or the page.
func (s *Session) toHelp() {
	if s.uncover(); s.Help.Asked && !s.Help.Accepted {
		s.overlay = Waiting
	}
}

// Spaced is a number digit by digit, so that it is read aloud as it is said: "4 1 7 2 0 3".
func Spaced(number string) string {
	out := []rune{}
	for i, r := range []rune(number) {
		if i > 0 {
			out = append(out, ' ')
		}
		out = append(out, r)
	}
	return string(out)
}
