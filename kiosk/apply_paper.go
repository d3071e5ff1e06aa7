// SPDX-License-Identifier: Apache-2.0

package kiosk

// What the service says when it has taken everything, such as a number to ask with, stands on its own last page. It is the
// person's, so it is printed only when they say so, and nothing of it is kept.

// PaperOffer tells whether this page can be printed for the person.
func (s *Session) PaperOffer() bool {
	return s.Page != nil && s.Page.State == "done" && !s.SheetPrinter && !s.NoPrinter && !s.Printing && s.PagePaper != "printing"
}

// onPaper answers what is said about printing the page.
func (s *Session) onPaper(e Event) []Effect {
	switch e := e.(type) {
	case AskedPagePaper:
		if s.overlay == "" && s.PaperOffer() {
			s.overlay = PaperConsent
			return []Effect{Speak{[]Phrase{{Key: "speech.page-paper"}}}, Show{}}
		}
	case SaidPrint:
		if s.overlay == SheetsShown {
			return s.sayPrint()
		}
		if s.overlay == PaperConsent {
			s.overlay = ""
			if !s.PaperOffer() {
				return []Effect{Show{}}
			}
			s.PagePaper = "printing"
			return []Effect{PrintPage{}, Show{}}
		}
	case SaidNoPrint:
		if s.overlay == SheetsShown {
			return s.sayNoPrint()
		}
		if s.overlay == PaperConsent {
			s.overlay = ""
			return append(s.speakStep(), Show{})
		}
	case PagePrinted:
		if s.PagePaper == "printing" {
			if s.PagePaper = "out"; !e.OK {
				s.PagePaper = e.State
			}
			return []Effect{Show{}}
		}
	}
	return nil
}
