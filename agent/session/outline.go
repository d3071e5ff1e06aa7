// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/json"

	"handrail/helpdesk"
	"handrail/kiosk"
)

// public tells whether words are the same for everyone at this place of this page: the only words that leave the worker.
func (w *Worker) public(text, place string) bool {
	s := w.session
	if s.Guide == nil || s.Page == nil || text == "" {
		return false
	}
	return s.Guide.Words[kiosk.WordHash(s.Guide.ID, s.Page.ID, place, kiosk.NormaliseWords(text))]
}

// kinds of the script's outline in the words of the help desk.
var kinds = map[string]string{
	"heading": "heading", "text": "text", "link": "link", "button": "button", "field": "field", "secret": "field",
	"select": "list", "radio": "choice", "checkbox": "choice", "label": "text", "image": "image",
}

// safeOutline is the outline that may leave the terminal: kinds, boxes, states, and words only where they are public.
func (w *Worker) safeOutline() helpdesk.Outline {
	out := helpdesk.Outline{W: w.outline.W, H: w.outline.H, Nodes: []helpdesk.Node{}}
	if w.session.Page != nil {
		out.Page = w.session.Page.ID
	}
	for _, n := range w.outline.Nodes {
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
		switch {
		case n.Text == "":
		case w.public(n.Text, n.Place):
			node.Text = n.Text
		default:
			node.Bar = rounded(n.Box[2])
			node.Box[2] = node.Bar
		}
		out.Nodes = append(out.Nodes, node)
	}
	return out
}

// rounded makes a width that tells little: the next step of 64, at least one.
func rounded(width int) int { return (max(width, 1) + 63) / 64 * 64 }

// watchOutline has the outline reported while somebody may see it: the citizen on the consent screen, or the helper.
func (w *Worker) watchOutline() {
	s := w.session
	want := s.Guide != nil && (s.Screen() == kiosk.HelpConsent || (s.Help.Accepted && s.Consent.See))
	if want == w.screen.outline {
		return
	}
	w.screen.outline = want
	if err := w.browser.Service.Outline(want); err != nil {
		w.log.Debug("outline", "why", err)
	}
}

// sendOutline sends it, when the citizen agreed and it differs from what was sent last.
func (w *Worker) sendOutline() {
	if w.session.Screen() == kiosk.HelpConsent {
		w.show()
	}
	if w.call.seal == nil || !w.session.Consent.See || !w.session.Help.Accepted {
		return
	}
	out := w.safeOutline()
	data, err := json.Marshal(out)
	if err != nil || string(data) == w.call.sent {
		return
	}
	w.call.sent = string(data)
	w.sendContent(&out)
}

// smallOutline is what the consent screen shows: the very outline that the helper would see.
func (w *Worker) smallOutline() *outline {
	if w.session.Page == nil {
		return nil
	}
	safe := w.safeOutline()
	out := &outline{W: safe.W, H: safe.H, Nodes: []outlineNode{}}
	for _, n := range safe.Nodes {
		out.Nodes = append(out.Nodes, outlineNode{ID: n.ID, Kind: n.NodeKind, Box: n.Box, State: n.State, Text: n.Text, Bar: n.Bar})
	}
	return out
}

// sendStep tells the helper where the citizen is, in the guide's own words.
func (w *Worker) sendStep() {
	s := w.session
	if w.call.seal == nil || !s.Help.Accepted || s.Guide == nil || s.Page == nil {
		return
	}
	current := s.Step()
	if current == nil {
		return
	}
	key := s.Page.ID + "/" + current.ID
	if key == w.call.step {
		return
	}
	w.call.step = key
	index, total := s.Progress()
	w.sendContent(&helpdesk.StepShown{Index: index, Total: total, Volunteer: stepText(s.Guide, current, "en"), Citizen: stepText(s.Guide, current, s.Lang)})
}

func stepText(g *kiosk.Guide, current *kiosk.Step, lang string) helpdesk.StepText {
	text := helpdesk.StepText{Lang: lang, What: current.Say.Title.In(lang) + ". " + current.Say.How.In(lang), Why: current.Say.Why.In(lang), Missing: current.Say.Missing.In(lang)}
	for _, page := range g.Pages {
		if page.State == "" && page.Instead == "" {
			text.Titles = append(text.Titles, page.Title.In(lang))
		}
	}
	return text
}
