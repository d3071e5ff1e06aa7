// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"strconv"
	"strings"
)

// A page of the service, or a file that it gives, goes on sheets of the office's printer only after the person has seen the
// sheets, how many there are and what they cost, and has said so. The sheets themselves are the worker's, and are kept
// nowhere else.

// Price is an amount of money: thousandths of a unit of the currency (ISO 4217). The zero value is: free.
type Price struct {
	Thousandths int64
	Currency    string
}

// ParsePrice reads "0.10 EUR". "" is free.
func ParsePrice(text string) (Price, error) {
	if text == "" {
		return Price{}, nil
	}
	amount, currency, ok := strings.Cut(text, " ")
	whole, part, _ := strings.Cut(amount, ".")
	n, err := strconv.ParseUint(whole+(part + "000")[:3], 10, 32)
	if !ok || err != nil || whole == "" || len(part) > 3 || len(currency) != 3 || strings.Trim(currency, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return Price{}, fmt.Errorf("%q is no price; write for example  0.10 EUR", text)
	}
	return Price{int64(n), currency}, nil
}

// Times is the price of n of them.
func (p Price) Times(n int) Price { return Price{p.Thousandths * int64(n), p.Currency} }

// Free tells whether it costs nothing.
func (p Price) Free() bool { return p.Thousandths == 0 }

// String is the price as it is written in a configuration: "0.10 EUR".
func (p Price) String() string {
	if p.Free() {
		return ""
	}
	amount := fmt.Sprintf("%d.%03d", p.Thousandths/1000, p.Thousandths%1000)
	return strings.TrimSuffix(amount, "0") + " " + p.Currency
}

// How far sheets are, besides the plain-language states of a printer that did not print them.
const (
	SheetsMaking   = "making"   // they are being made
	SheetsReady    = "ready"    // they can be seen, and printed
	SheetsPrinting = "printing" // the printer has them
	SheetsOut      = "out"      // they are printed
	SheetsNone     = "none"     // this office has no printer for sheets
	SheetsBroken   = "broken"   // what the site gave cannot be read
	SheetsMany     = "many"     // it is too much
)

// Sheets is how far printing on sheets is.
type Sheets struct {
	State string // "": nobody asked
	N     int    // how many sheets there are
	Price Price  // of all of them
	Stop  string // the printer's state, while it has stopped in the middle and waits for a person
	Where string // of the slip that says where to find it: "", "printing", "out", or the printer's state
	By    string // page/step that wanted it
}

// SheetsOffer tells whether the page can be shown as sheets now, because the citizen may want to take it along.
func (s *Session) SheetsOffer() bool {
	if s.Page == nil || !s.ServiceShown() || s.Sheets.State == SheetsPrinting {
		return false
	}
	if s.Page.State == "done" {
		return s.SheetPrinter
	}
	step := s.Step()
	return step != nil && step.Kind == PrintOut && s.State() == ""
}

// onSheets answers what is said about printing on sheets.
func (s *Session) onSheets(e Event) []Effect {
	switch e := e.(type) {
	case AskedSheets:
		if s.overlay == "" && s.SheetsOffer() {
			return s.makeSheets(false)
		}
	case SheetsWanted:
		if s.Guide == nil || s.overlay != "" || s.Sheets.State == SheetsPrinting {
			return nil // something else has the screen: nothing is put under a finger
		}
		return s.makeSheets(e.File)
	case SheetsMade:
		if s.Sheets.State != SheetsMaking {
			return nil
		}
		if s.Sheets.State = e.Why; e.Why == "" {
			s.Sheets.State, s.Sheets.N, s.Sheets.Price = SheetsReady, e.N, s.SheetPrice.Times(e.N)
		}
		return []Effect{s.speakSheets(), Show{}}
	case SheetsStopped:
		if s.Sheets.State == SheetsPrinting && s.Sheets.Stop != e.State {
			s.Sheets.Stop = e.State
			return []Effect{Show{}}
		}
	case SheetsPrinted:
		if s.Sheets.State != SheetsPrinting {
			return nil
		}
		s.Sheets.State, s.Sheets.Stop = e.State, ""
		if e.OK {
			s.Sheets.State = SheetsOut
			s.sheetsOut = true
			s.stepPrinted()
		}
		if s.overlay == EndScreen {
			if s.Ending.Paper = "out"; !e.OK {
				s.Ending.Paper, s.Ending.Printer = "failed", e.State
			}
			return s.end()
		}
		return []Effect{s.speakSheets(), Show{}}
	case AskedWhere:
		if s.overlay == SheetsShown && s.Guide != nil && !s.NoPrinter && !s.Printing {
			s.Printing, s.Sheets.Where = true, "printing"
			return []Effect{Print{s.whereReceipt()}, Show{}}
		}
	}
	return nil
}

// sayPrint and sayNoPrint answer the two keys under the sheets.
func (s *Session) sayPrint() []Effect {
	if s.Sheets.State != SheetsReady && !strings.HasPrefix(s.Sheets.State, "printer.") {
		return nil
	}
	s.Sheets.State, s.Sheets.Stop = SheetsPrinting, ""
	return []Effect{Count{"sheets_printed"}, PrintSheets{}, Show{}}
}

func (s *Session) sayNoPrint() []Effect {
	s.dropSheets()
	s.uncover()
	return append([]Effect{DropSheets{}}, append(s.speakStep(), Show{})...)
}

func (s *Session) dropSheets() { s.Sheets = Sheets{} }

func (s *Session) makeSheets(file bool) []Effect {
	s.overlay, s.Sheets = SheetsShown, Sheets{State: SheetsMaking}
	if step := s.Step(); step != nil && step.Kind == PrintOut {
		s.Sheets.By = s.key(step.ID)
	}
	if !s.SheetPrinter {
		s.Sheets.State = SheetsNone
		return []Effect{DropSheets{}, Count{"sheets_none"}, s.speakSheets(), Show{}}
	}
	return []Effect{Count{"sheets_shown"}, MakeSheets{File: file}, Show{}}
}

// stepPrinted takes it that a step whose thing was printed is done, as if the citizen had said so.
func (s *Session) stepPrinted() {
	if s.Page == nil || s.Sheets.By == "" {
		return
	}
	for _, step := range s.Page.Steps {
		if s.key(step.ID) == s.Sheets.By && step.Done == DonePerson {
			s.note(step.ID, OutDone)
			mark(&s.said, s.Sheets.By)
		}
	}
}

// whereReceipt is a slip that says where the page can be found again. It names the service and nothing of the person.
func (s *Session) whereReceipt() Receipt {
	r := Receipt{Lang: s.Lang, Office: s.Office, Title: s.Guide.Service.Name.In(s.Lang), Where: s.Guide.Service.Origin + s.Guide.Service.Start}
	for _, site := range s.Guide.Service.Languages {
		r.Term = s.Guide.Service.Term.In(site)
		break
	}
	return r
}

// whereOut takes up how the slip came out.
func (s *Session) whereOut(e Printed) {
	if s.Sheets.Where != "printing" {
		return
	}
	if s.Sheets.Where = "out"; !e.OK {
		s.Sheets.Where = e.State
	}
}

// speakSheets says what the screen with the sheets does.
func (s *Session) speakSheets() Effect {
	phrases := []Phrase{{Key: "speech.sheets." + s.Sheets.State}}
	switch {
	case strings.HasPrefix(s.Sheets.State, "printer."):
		phrases = []Phrase{{Key: "state." + s.Sheets.State}}
	case s.Sheets.State == SheetsReady:
		phrases[0].Args = map[string]string{"count": strconv.Itoa(s.Sheets.N)}
		if !s.Sheets.Price.Free() {
			phrases = append(phrases, Phrase{Key: "speech.sheets.price", Args: map[string]string{"price": s.Sheets.Price.String()}})
		}
	}
	return Speak{phrases}
}
