// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

// The service's last page goes on paper only when the person has been asked and said so.
func TestPageOnPaperIsAsked(t *testing.T) {
	s := onPageOne(t)
	if apply(t, s, AskedPagePaper{}); s.Screen() != Companion {
		t.Fatalf("a page that is not the last is offered: %s", s.Screen())
	}
	s.Page = &Page{ID: "done", State: "done"}
	s.Finished = true
	if !s.PaperOffer() {
		t.Fatal("the last page is not offered")
	}
	if _, printed := find[PrintPage](apply(t, s, SaidPrint{})); printed {
		t.Error("it is printed and nobody was asked")
	}
	if apply(t, s, AskedPagePaper{}); s.Screen() != PaperConsent {
		t.Fatalf("screen %s", s.Screen())
	}
	if _, printed := find[PrintPage](apply(t, s, SaidNoPrint{})); printed || s.Screen() != Companion {
		t.Errorf("screen %s", s.Screen())
	}
	if _, printed := find[PrintPage](apply(t, s, AskedPagePaper{}, SaidPrint{})); !printed || s.PagePaper != "printing" || s.PaperOffer() {
		t.Errorf("paper %q", s.PagePaper)
	}
	if apply(t, s, PagePrinted{State: "printer.uncertain"}); s.PagePaper != "printer.uncertain" || !s.PaperOffer() {
		t.Errorf("paper %q", s.PagePaper)
	}
	apply(t, s, AskedPagePaper{}, SaidPrint{}, PagePrinted{OK: true, State: "printer.ready"})
	if s.PagePaper != "out" {
		t.Errorf("paper %q", s.PagePaper)
	}
	s.NoPrinter = true
	if s.PaperOffer() {
		t.Error("it is offered without a printer")
	}
}
