// SPDX-License-Identifier: Apache-2.0

package kiosk

// onEnd answers everything that leads to the end: the End key, silence, the printer, and a browser that is gone.
func (s *Session) onEnd(e Event) []Effect {
	switch e := e.(type) {
	case AskedEnd:
		if s.overlay == EndScreen || s.overlay == ConfirmEnd {
			return nil
		}
		if !s.Begun() {
			return s.end()
		}
		if s.Finished {
			return s.end()
		}
		if s.under = s.overlay; s.under == Idle {
			s.under = ""
		}
		s.overlay = ConfirmEnd
		return []Effect{Speak{[]Phrase{{Key: "speech.confirm-end"}}}, Show{}}
	case SaidEnd:
		if s.overlay == ConfirmEnd {
			return s.end()
		}
	case SaidStay:
		if s.overlay == ConfirmEnd {
			s.overlay = s.under
			return append(s.speakStep(), Show{})
		}
	case Touched:
		if s.overlay == Idle {
			s.overlay, s.IdleLeft = s.under, 0
			return []Effect{Speak{}, Show{}}
		}
	case IdleFor:
		return s.idle(e.Left)
	case Printed:
		s.Printing = false
		s.whereOut(e)
		s.Ending.Paper, s.Ending.Printer, s.Ending.Receipt, s.Ending.Held = "out", "", nil, e.State == "printer.held"
		if !e.OK {
			s.toCopy(e.State)
		}
		if s.overlay == EndScreen {
			return s.wipe("end")
		}
		return []Effect{Show{}}
	case PrinterChanged:
		// It has stopped in the middle of a paper, and waits, or goes on.
		if s.Printing && s.overlay == EndScreen {
			s.Ending.Printer = e.State
			if e.State == "printer.ready" || e.State == "printer.paper_low" {
				s.Ending.Printer = ""
			}
			return []Effect{Show{}}
		}
		return nil
	case BrowserLost:
		return s.wipe("lost")
	}
	return nil
}

// end prints what can be taken home and then wipes; without anything to print it wipes at once.
func (s *Session) end() []Effect {
	s.overlay = EndScreen
	if s.Printing {
		s.Ending.Paper = "printing"
		return []Effect{Speak{[]Phrase{{Key: "speech.end"}}}, Show{}} // what comes out now is the receipt
	}
	if s.Sheets.State == SheetsPrinting {
		s.Ending.Paper = "printing"
		return []Effect{Speak{[]Phrase{{Key: "speech.end"}}}, Show{}}
	}
	if s.nothingDone() {
		return s.wipe("end")
	}
	if s.NoPrinter {
		s.toCopy("printer.absent")
		return s.wipe("end")
	}
	s.Printing = true
	s.Ending.Paper = "printing"
	return []Effect{Speak{[]Phrase{{Key: "speech.end"}}}, Print{s.receipt()}, Show{}}
}

func (s *Session) nothingDone() bool {
	return s.Guide == nil || s.Page == nil && len(s.passed) == 0 && !s.lacking()
}

// toCopy leaves the receipt on the screen, to be copied by hand: the printer did not print it.
func (s *Session) toCopy(printer string) {
	s.Ending.Paper, s.Ending.Printer = "failed", printer
	if s.Guide != nil {
		receipt := s.receipt()
		s.Ending.Receipt = &receipt
	}
}

// Expected is how the session ends if the citizen says no more than yes, once they were asked or the service has confirmed:
// with it the next screen can be painted ahead. It is a guess; what holds is the ending of [Wipe].
func (s *Session) Expected() (Ending, bool) {
	if s.wiped || !s.Begun() || !s.Finished && s.overlay != ConfirmEnd && s.overlay != EndScreen {
		return Ending{}, false
	}
	e := s.ending("end")
	switch {
	case s.nothingDone() && !s.Printing:
	case s.NoPrinter:
		receipt := s.receipt()
		e.Paper, e.Printer, e.Receipt = "failed", "printer.absent", &receipt
	default:
		e.Paper, e.Printer, e.Receipt = "out", "", nil
	}
	return e, true
}

func (s *Session) idle(left int) []Effect {
	if left <= 0 {
		return s.wipe("idle")
	}
	if s.Lang == "" || s.overlay == EndScreen {
		return nil
	}
	s.IdleLeft = left
	out := []Effect{}
	if s.overlay != Idle {
		s.under, s.overlay = s.overlay, Idle
		if s.under == ConfirmEnd {
			s.under = ""
		}
		out = append(out, Speak{[]Phrase{{Key: "speech.idle"}}})
	}
	return append(out, Show{})
}
