// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// look tells what is on the screen and where it can be touched, without a word of it.
func (w *Worker) look() Look {
	s := w.session
	look := Look{
		Screen: string(s.Screen()), Lang: s.Lang, Filled: s.FilledOK, Painted: w.screen.painted, Spoken: w.screen.spoken, Card: s.CardState,
		Pointing: s.Help.Pointing, RingY: s.Seen.RingY, LineUp: w.screen.lineUp, Answers: w.screen.answer.count, AnswerMS: w.screen.answer.ms, EngineMS: w.screen.answer.engineMS,
		Keys: map[string]browser.Box{}, Steps: map[string]browser.Box{}, Choices: map[string]browser.Box{},
	}
	if w.keys.open {
		look.Writing = w.keys.editing.Length
	}
	look.Voice, look.Heard, look.Theirs = w.call.talk.state, w.call.talk.heard, w.call.talk.theirs
	if s.Sheets.State != "" {
		look.Sheets = fmt.Sprintf("%s/%d", s.Sheets.State, s.Sheets.N)
	}
	if w.ended != nil {
		look.Screen = "end"
	}
	if w.setup.Closed {
		look.Screen = string(kiosk.FailureShown)
	}
	if w.browser != nil {
		look.Place, look.Strange = w.servicePlace(), w.browser.Strangers()
	}
	if w.browser == nil || w.screen.painted < w.screen.rev {
		look.Painted = -1 // what is on the screen is not what is meant to be there yet
		return look
	}
	if keys, err := w.browser.Companion.Keys(); err == nil && keys != nil {
		look.Keys = keys
	}
	look.Says = w.says()
	look.Collecting, look.Frames = w.screen.outline, w.call.frames
	if listening, err := w.browser.Companion.Listening(); err == nil {
		look.Listening = listening
	}
	if _, explained := s.ErrorShown(); explained != nil {
		look.Explain = explained.ID
	}
	look.State, look.HandsOff, look.Level, look.Proposed = s.State(), s.HandsOff(), string(s.Level), string(s.Proposed)
	if s.Page == nil {
		return look
	}
	look.Page = s.Page.ID
	current := s.Step()
	if current != nil {
		look.Step, look.Sight = current.ID, string(s.Sight(current))
	}
	if !s.ServiceShown() {
		return look
	}
	place := w.servicePlace()
	at := func(b browser.Box) browser.Box {
		b.X += float64(place.X)
		b.Y += float64(place.Y)
		return b
	}
	for i := range s.Page.Steps {
		if box, ok, err := w.browser.Service.StepBox(s.Page.Steps[i].ID); err == nil && ok {
			look.Steps[s.Page.Steps[i].ID] = at(box)
		}
	}
	if current != nil {
		if choices, err := w.browser.Service.Choices(current.ID); err == nil {
			for value, box := range choices {
				look.Choices[value] = at(box)
			}
		}
	}
	return look
}
