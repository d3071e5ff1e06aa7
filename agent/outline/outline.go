// SPDX-License-Identifier: Apache-2.0

// Package outline makes what a helper receives of a page: what may leave the terminal (Sieve), as little of it as is new
// (Stream), no faster than the line carries it (Pace).
package outline

import (
	"strings"
	"unicode"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// kinds of the script's outline in the words of the help desk.
var kinds = map[string]string{
	"heading": "heading", "text": "text", "link": "link", "button": "button", "field": "field", "secret": "field",
	"select": "list", "radio": "choice", "checkbox": "choice", "label": "text", "image": "image", "group": "group", "frame": "frame",
}

// alone are the pages that a citizen is on alone: not one element of them is sent.
var alone = map[string]bool{"login": true, "eid": true, "captcha": true, "payment": true}

// Alone tells whether a page is one that the citizen does alone.
func Alone(page *kiosk.Page) bool { return page != nil && alone[page.State] }

// Revealed is what the citizen has shown by themselves: words of one element, as they were when they said so.
type Revealed struct {
	ID   string
	Text kiosk.Private
}

// Sieve makes one outline after the other, and remembers the words of a page that it has let through, and no others. Its zero value
// is ready. For one goroutine.
type Sieve struct {
	guide *kiosk.Guide
	page  *kiosk.Page
	words map[candidate]string // as they leave
}

type candidate struct{ kind, place, text string }

// mostCandidates bounds what is remembered.
const mostCandidates = 4000

// public is what may be said of an element's words; "": nothing.
func (s *Sieve) public(g *kiosk.Guide, page *kiosk.Page, n browser.OutlineNode) string {
	if s.words == nil || s.guide != g || s.page != page || len(s.words) >= mostCandidates {
		*s = Sieve{guide: g, page: page, words: map[candidate]string{}}
	}
	of := candidate{n.Kind, n.Place, n.Text}
	words, known := s.words[of]
	if !known && Public(g, page, n) {
		words = kiosk.NormaliseWords(n.Text)
		s.words[of] = words
	}
	return words
}

// Of is the outline that may leave the terminal: kinds, boxes, states, and words only where they are public in the guide for
// this page and place. Without a guide, or on a page that it does not know, there is no word in it.
func (s *Sieve) Of(g *kiosk.Guide, page *kiosk.Page, seen browser.Outline, revealed *Revealed) helpdesk.Outline {
	out := helpdesk.Outline{W: seen.W, H: seen.H, Nodes: make([]helpdesk.Node, 0, len(seen.Nodes))}
	if page != nil {
		out.Page = page.ID
	}
	if Alone(page) {
		out.Alone = page.State
		return out
	}
	for _, n := range seen.Nodes {
		kind, ok := kinds[n.Kind]
		if !ok {
			continue
		}
		node := helpdesk.Node{ID: n.ID, NodeKind: kind, Box: n.Box}
		for _, state := range n.State {
			switch state {
			case "empty", "answered", "error", "here":
				node.State = append(node.State, state)
			case "never":
				node.State = append(node.State, "secret")
			}
		}
		if n.Text != "" {
			if node.Text = s.public(g, page, n); node.Text == "" {
				node.Bar = rounded(n.Box[2])
				node.Box[2] = node.Bar
			}
		}
		if revealed != nil && revealed.ID == n.ID && n.Kind != "secret" {
			node.Box[2], node.Bar = n.Box[2], 0
			node.Text, node.State = cut(revealed.Text.Reveal(), 400), append(node.State, "revealed")
		}
		out.Nodes = append(out.Nodes, node)
	}
	return out
}

// Public tells whether the words of an element are the same for everyone at this place of this page: the only words that leave
// a terminal. A single letter that stands by itself is none of them: of such, every word can be put together.
func Public(g *kiosk.Guide, page *kiosk.Page, n browser.OutlineNode) bool {
	if g == nil || page == nil || n.Text == "" {
		return false
	}
	words := kiosk.NormaliseWords(n.Text)
	if n.Kind == "text" || n.Kind == "heading" {
		letters := 0
		for _, r := range words {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				letters++
			}
		}
		if letters < 2 {
			return false
		}
	}
	return g.Words.Public(g.ID, page.ID, n.Place, words)
}

// rounded makes a width that tells little: 64, and twice that as often as it takes.
func rounded(width int) int {
	bar := 64
	for bar < width && bar < 1<<16 {
		bar *= 2
	}
	return bar
}

func cut(text string, most int) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most])
	}
	return text
}
