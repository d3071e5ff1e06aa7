// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

// What the page wants printed is shown first, with its number and price, and goes to the printer only when the person says so.
func TestSheetsAreSeenBeforeTheyArePrinted(t *testing.T) {
	s := onPageOne(t)
	s.SheetPrinter, s.SheetPrice = true, Price{100, "EUR"}
	if made, ok := find[MakeSheets](apply(t, s, SheetsWanted{})); !ok || made.File || s.Screen() != SheetsShown {
		t.Fatalf("screen %s", s.Screen())
	}
	if _, printed := find[PrintSheets](apply(t, s, SaidPrint{})); printed {
		t.Error("it is printed before it was seen")
	}
	apply(t, s, SheetsMade{N: 3})
	if s.Sheets.State != SheetsReady || s.Sheets.N != 3 || s.Sheets.Price.String() != "0.30 EUR" {
		t.Errorf("%+v", s.Sheets)
	}
	if _, printed := find[PrintSheets](apply(t, s, SaidPrint{})); !printed || s.Sheets.State != SheetsPrinting {
		t.Errorf("%+v", s.Sheets)
	}
	// A page that calls for another print meanwhile changes nothing.
	effects := apply(t, s, SheetsWanted{})
	if _, made := find[MakeSheets](effects); made {
		t.Error("another is made while one is printed")
	}
	if _, dropped := find[DropSheets](effects); dropped {
		t.Error("what is printed is called back")
	}
	if apply(t, s, SheetsStopped{State: "printer.paper_out"}); s.Sheets.Stop != "printer.paper_out" {
		t.Errorf("%+v", s.Sheets)
	}
	if apply(t, s, SheetsPrinted{OK: true, State: "printer.ready"}); s.Sheets.State != SheetsOut || s.Sheets.Stop != "" {
		t.Errorf("%+v", s.Sheets)
	}
	if _, dropped := find[DropSheets](apply(t, s, SaidNoPrint{})); !dropped || s.Screen() != Companion || s.Sheets != (Sheets{}) {
		t.Errorf("screen %s, %+v", s.Screen(), s.Sheets)
	}
	effects = apply(t, s, AskedEnd{}, SaidEnd{})
	if _, prints := find[Print](effects); !prints && !s.Wiped() {
		t.Error("the session does not end")
	}
}

// Not now means not now; and what failed can be tried again.
func TestSheetsNotNow(t *testing.T) {
	s := onPageOne(t)
	s.SheetPrinter = true
	apply(t, s, SheetsWanted{File: true}, SheetsMade{N: 1})
	if !s.Sheets.Price.Free() {
		t.Errorf("it costs %s", s.Sheets.Price)
	}
	effects := apply(t, s, SaidNoPrint{})
	if _, dropped := find[DropSheets](effects); !dropped || s.Screen() != Companion {
		t.Errorf("screen %s", s.Screen())
	}
	if _, printed := find[PrintSheets](apply(t, s, SaidPrint{})); printed {
		t.Error("it is printed afterwards")
	}
	apply(t, s, SheetsWanted{}, SheetsMade{N: 1}, SaidPrint{}, SheetsPrinted{State: "printer.absent"})
	if s.Sheets.State != "printer.absent" {
		t.Errorf("%+v", s.Sheets)
	}
	if _, printed := find[PrintSheets](apply(t, s, SaidPrint{})); !printed {
		t.Error("it cannot be tried again")
	}
	// Stopping calls the job back.
	if _, dropped := find[DropSheets](apply(t, s, SaidNoPrint{})); !dropped {
		t.Error("the job goes on")
	}
	if apply(t, s, SheetsPrinted{State: "printer.uncertain"}); s.Sheets.State != "" {
		t.Errorf("%+v", s.Sheets)
	}
}

// Without an office printer nothing is made, and the slip that says where to find the page holds nothing of the person.
func TestSheetsWithoutAPrinter(t *testing.T) {
	s := onPageOne(t)
	effects := apply(t, s, SheetsWanted{File: true})
	if _, made := find[MakeSheets](effects); made || s.Sheets.State != SheetsNone || s.Screen() != SheetsShown {
		t.Fatalf("screen %s, %+v", s.Screen(), s.Sheets)
	}
	slip, ok := find[Print](apply(t, s, AskedWhere{}))
	if !ok || slip.Receipt.Where != s.Guide.Service.Origin+s.Guide.Service.Start || s.Sheets.Where != "printing" {
		t.Errorf("%+v", slip)
	}
	if apply(t, s, Printed{State: "printer.paper_out"}); s.Sheets.Where != "printer.paper_out" {
		t.Errorf("%+v", s.Sheets)
	}
	if apply(t, s, AskedWhere{}, Printed{OK: true, State: "printer.ready"}); s.Sheets.Where != "out" {
		t.Errorf("%+v", s.Sheets)
	}
	s.NoPrinter = true
	if _, printed := find[Print](apply(t, s, AskedWhere{})); printed {
		t.Error("a slip without a printer")
	}
	apply(t, s, WentBack{})
	if s.Screen() != Companion {
		t.Errorf("screen %s", s.Screen())
	}
}

// Who ends while sheets are being printed gets them first.
func TestEndWaitsForSheets(t *testing.T) {
	s := onPageOne(t)
	s.SheetPrinter, s.NoPrinter = true, true
	apply(t, s, SheetsWanted{}, SheetsMade{N: 1}, SaidPrint{}, AskedEnd{})
	if apply(t, s, SaidEnd{}); s.Wiped() || s.Screen() != EndScreen {
		t.Fatalf("screen %s", s.Screen())
	}
	if apply(t, s, SheetsPrinted{OK: true, State: "printer.ready"}); !s.Wiped() {
		t.Error("it does not end")
	}
}

// A step that is about printing offers it, and is done when it was printed.
func TestStepOfKindPrint(t *testing.T) {
	s := onPageOne(t)
	if s.SheetsOffer() {
		t.Error("it is offered on a step of another kind")
	}
	s.Page = &Page{ID: "paper", Steps: []Step{{ID: "take", Kind: PrintOut, Done: DonePerson}, {ID: "then", Kind: Read, Done: DonePerson}}}
	s.SheetPrinter = true
	if !s.SheetsOffer() || s.Step().ID != "take" {
		t.Fatal("it is not offered")
	}
	apply(t, s, AskedSheets{}, SheetsMade{N: 1}, SaidPrint{}, SheetsPrinted{OK: true, State: "printer.ready"}, SaidNoPrint{})
	if step := s.Step(); step.ID != "then" {
		t.Errorf("the step is %s", step.ID)
	}
}

func FuzzParsePrice(f *testing.F) {
	for _, text := range []string{"", "0.10 EUR", "1 CHF", "0.125 KWD", "12.5 EUR", "4294967295 EUR"} {
		f.Add(text)
	}
	for _, bad := range []string{"0.10", "EUR", "0,10 EUR", "-1 EUR", "0.1234 EUR", "1 euro", ".5 EUR", "1 eur", "1 EURO", "99999999999 EUR"} {
		if p, err := ParsePrice(bad); err == nil {
			f.Errorf("%q is %v", bad, p)
		}
		f.Add(bad)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePrice(text)
		if err != nil || p.Free() {
			return
		}
		if again, err := ParsePrice(p.String()); err != nil || again != p {
			t.Errorf("%q is %v, which reads as %v, %v", text, p, again, err)
		}
	})
}
