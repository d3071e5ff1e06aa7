// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"strings"

	"github.com/chromedp/cdproto/page"

	"handrail/kiosk"
)

// boxes are what a page says and asks in boxes of the browser's own: alert, confirm, prompt.
type boxes struct {
	told   int    // of the present document
	agreed string // the question that is answered with yes when it comes again
}

const (
	mostBoxes   = 3   // that a citizen is told of, of one document: more is a trap, or a fault
	mostBoxWord = 500 // characters
)

// Agree has the page's next question of these words answered with yes.
func (s *Service) Agree(words string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.boxes.agreed = words
}

// answerBox says whether a box is closed with "OK", and tells what it said. Nothing is agreed to in the citizen's name: only what has no
// answer, and what the citizen said yes to. Nothing can be written into one.
func (s *Service) answerBox(e page.EventJavascriptDialogOpening) bool {
	switch e.Type {
	case page.DialogTypeBeforeunload:
		return true
	case page.DialogTypePrompt:
		s.tell(Seen{Kind: SeenBlocked})
		return false
	}
	words := strings.Join(strings.Fields(e.Message), " ")
	if r := []rune(words); len(r) > mostBoxWord {
		words = string(r[:mostBoxWord]) + "\u2026"
	}
	asks := e.Type == page.DialogTypeConfirm
	s.mu.Lock()
	yes := asks && words != "" && words == s.boxes.agreed
	if yes {
		s.boxes.agreed = ""
	}
	tell := !yes && words != "" && s.boxes.told < mostBoxes
	if tell {
		s.boxes.told++
	}
	s.mu.Unlock()
	if tell {
		s.tell(Seen{Kind: SeenSaid, Said: kiosk.SiteSaid{Words: kiosk.NewPrivate(words), Asks: asks}})
	} else if asks && !yes {
		s.tell(Seen{Kind: SeenBlocked})
	}
	return yes || !asks
}
