// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// safeOutline is the outline that may leave the terminal. Of what the citizen does alone it says only that, and what.
func (w *Worker) safeOutline() helpdesk.Outline {
	if alone := w.session.HandsOff(); alone != "" {
		out := w.call.sieve.Of(w.session.Guide, w.session.Page, browser.Outline{W: w.outline.W, H: w.outline.H}, nil)
		out.Alone = alone
		return out
	}
	return w.call.sieve.Of(w.session.Guide, w.session.Page, w.outline, w.call.revealed)
}

// watchOutline has the outline reported while somebody may see it: the citizen on the consent screen, or the helper.
func (w *Worker) watchOutline() {
	s := w.session
	want := s.Guide != nil && s.HandsOff() == "" && (s.Screen() == kiosk.HelpConsent || (s.Help.Accepted && s.Consent.See))
	if want == w.screen.outline {
		return
	}
	w.screen.outline = want
	if err := w.browser.Service.Outline(want); err != nil {
		w.log.Debug("outline", "why", err)
	}
	if !want { // what was seen before is not to be sent later
		w.outline = browser.Outline{}
		w.sendOutline()
	}
}

// sendOutline sends what is new of it, when the citizen agreed, the helper has drawn what was sent before, and the line has room.
func (w *Worker) sendOutline() {
	if w.session.Screen() == kiosk.HelpConsent {
		w.show()
	}
	if w.call.seal == nil || !w.session.Consent.See || !w.session.Help.Accepted || w.call.waits != nil {
		return
	}
	if wait := w.call.pace.Wait(time.Now()); wait > 0 {
		w.call.waits = time.AfterFunc(wait, func() { w.post(func() { w.paced() }) })
		return
	}
	content := w.call.stream.Next(w.safeOutline())
	if content == nil {
		return
	}
	w.did(helpdesk.DidLook)
	w.call.pace.Sent(w.call.stream.Sent(), w.sendContent(content), time.Now())
}

// paced sends what has waited.
func (w *Worker) paced() {
	if w.call.waits != nil {
		w.call.waits.Stop()
		w.call.waits = nil
	}
	w.sendOutline()
}

// drawn takes note of what the helper's page has drawn; one that has lost its way gets the whole again.
func (w *Worker) drawn(n int) {
	if n == 0 {
		w.call.stream.Forget()
		n = w.call.stream.Sent()
	}
	w.call.pace.Drawn(n, time.Now())
	w.weighLine()
	w.paced()
}

// smallOutline is what the consent screen shows: the very outline that the helper would see.
func (w *Worker) smallOutline() *outlineView {
	if w.session.Page == nil {
		return nil
	}
	safe := w.safeOutline()
	out := &outlineView{W: safe.W, H: safe.H, Nodes: []outlineNode{}}
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
