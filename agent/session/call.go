// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"crypto/ecdh"
	"encoding/base64"
	"encoding/json"
	"maps"
	"time"

	"handrail/agent/outline"
	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// call is the help call as the worker holds it: the keys, and what was sent last. The agent and the hub relay what they
// cannot read.
type call struct {
	id     string
	key    *ecdh.PrivateKey
	seal   *helpdesk.Seal
	peer   []byte // the volunteer's key that it was made with
	sieve  outline.Sieve
	stream outline.Stream // what the volunteer has of the page
	pace   outline.Pace
	waits  *time.Timer // until the next outline may go; nil when nothing waits
	// revealed is what the citizen shows by themselves, until revealEnds.
	revealed   *outline.Revealed
	revealEnds time.Time
	free       map[string]int           // volunteers at their desks, by language
	next       string                   // the phrase that is to be said next
	did        map[helpdesk.Verb]string // told to the journal last, by call and step
	hearing    string                   // the phrase that is being played
	step       string
	talk       talk
	frames     int // sealed so far in this session
	situation  helpdesk.Situation
	page       []byte            // the key of the page that has it
	teams      map[string][]byte // keys of the teams, by language
	refused    int               // of this call, from the other side
	helped     string            // the id of the last call that somebody answered
}

// askHelp sends the request to the agent, which signs it and keeps it until the hub has it.
func (w *Worker) askHelp(e kiosk.AskHelp) error {
	key, err := helpdesk.NewKey()
	if err != nil {
		return err
	}
	w.call.id, w.call.key, w.call.seal, w.call.talk = e.ID, key, nil, talk{}
	s := w.session
	r := helpdesk.Request{ID: e.ID, Languages: []string{s.Lang}, Mode: helpdesk.Mode(e.Mode), PublicKey: key.PublicKey().Bytes(), CreatedAt: helpdesk.Now()}
	if s.Guide != nil {
		r.Guide = s.Guide.ID
	}
	w.call.situation, w.call.page = w.standing(), nil
	r.Team = w.forTeam(e.ID, w.call.situation)
	return w.toHub(&helpdesk.AskHelp{Request: r})
}

// standing is where the citizen is now.
func (w *Worker) standing() helpdesk.Situation {
	s := w.session
	at := helpdesk.Situation{Level: string(s.Level), Tried: maps.Clone(s.Tried), Devices: maps.Clone(w.devices.states)}
	if s.Guide != nil {
		at.GuideName = s.Guide.Service.Name.In("en")
	}
	if s.Page != nil {
		at.Page, at.StepTitle = s.Page.ID, s.Page.Title.In("en")
		if step := s.Step(); step != nil {
			at.Step = step.ID
		}
	}
	at.StepIndex, at.StepTotal = s.Progress()
	return at
}

// forTeam seals a situation to the team of the citizen's language; nil when it has no key: then whoever is rung is told, and nobody
// before.
func (w *Worker) forTeam(id string, at helpdesk.Situation) *helpdesk.ForTeam {
	key := w.call.teams[w.session.Lang]
	if key == nil {
		return nil
	}
	sealed, err := helpdesk.SealForTeam(key, id, at)
	if err != nil {
		w.log.Warn("the helpers' team was not told", "why", err)
		return nil
	}
	return sealed
}

// sendSituation tells the page of whoever is rung, or answers, where the citizen stands: sealed to that page, once.
func (w *Worker) sendSituation(m *helpdesk.CallState) {
	if len(m.PageKey) == 0 || bytes.Equal(m.PageKey, w.call.page) {
		return
	}
	sealed, err := helpdesk.SealSituation(m.PageKey, m.ID, w.call.situation)
	if err == nil {
		err = w.toHub(&helpdesk.Sealed{ID: m.ID, Data: sealed})
	}
	if err != nil {
		w.log.Warn("the helper's page was not told", "why", err)
		return
	}
	w.call.page = m.PageKey
}

func (w *Worker) toHub(m helpdesk.Message) error {
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return w.wire.Send(Line{T: "send", Name: m.Kind(), Message: data})
}

// hangUp ends the call, or takes the request back.
func (w *Worker) hangUp(id string) {
	w.stopTalk()
	if w.call.seal != nil {
		w.sendContent(&helpdesk.Bye{})
		_ = w.toHub(&helpdesk.Hangup{ID: id})
	} else {
		_ = w.toHub(&helpdesk.Cancel{ID: id})
	}
	w.call.id, w.call.key = "", nil
	w.unseal()
	if !w.session.Wiped() { // a browser that is about to be killed needs no ring taken away
		w.letGo()
	}
}

// onHub takes a message of the hub, passed on by the agent.
func (w *Worker) onHub(raw json.RawMessage) {
	m, err := helpdesk.Decode(helpdesk.HubToTerminal, raw)
	if err != nil {
		w.log.Warn("a message of the hub is left out", "why", err)
		return
	}
	switch m := m.(type) {
	case *helpdesk.Presence:
		w.call.free = m.Free
		if w.session.Screen() == kiosk.HelpConsent {
			w.show()
		}
	case *helpdesk.TeamKeys:
		w.call.teams = m.Keys
	case *helpdesk.Queued:
		if m.ID == w.call.id {
			minutes := -1
			if m.Estimate != nil {
				minutes = (*m.Estimate + 59) / 60
			}
			w.apply(kiosk.HelpQueued{Free: m.Free, Before: m.Ahead, Minutes: minutes})
		}
	case *helpdesk.BellNow:
		w.apply(kiosk.BellChanged{ID: m.ID, State: string(m.State), By: m.By})
	case *helpdesk.Refused:
		if m.ID == w.call.id && m.ID != "" {
			w.apply(kiosk.HelpGone{})
		}
	case *helpdesk.CallState:
		if m.ID == w.call.id {
			w.sendSituation(m)
			w.onCallState(m)
			w.updateTalk()
		}
	case *helpdesk.Relay:
		if m.ID == w.call.id {
			w.call.talk.relay = m
			w.updateTalk()
		}
	case *helpdesk.Frame:
		if m.ID == w.call.id && w.call.seal != nil {
			w.onFrame(m.Data)
		}
	}
}

// unseal ends what only this volunteer may have: their key, their picture of the page, what was shown to them.
func (w *Worker) unseal() {
	w.stopTalk() // what was agreed with another key is over
	w.call.talk.state = ""
	if w.call.waits != nil {
		w.call.waits.Stop()
	}
	w.call.seal, w.call.step, w.call.waits, w.call.refused = nil, "", nil, 0
	w.call.stream, w.call.pace, w.call.revealed = outline.Stream{}, outline.Pace{}, nil
}

func (w *Worker) onCallState(m *helpdesk.CallState) {
	switch m.State {
	case helpdesk.InCall:
		if w.call.seal != nil && bytes.Equal(w.call.peer, m.PublicKey) {
			return // told again after the line was lost: the same call
		}
		seal, err := helpdesk.NewSeal(helpdesk.TerminalSide, m.ID, w.call.key, m.PublicKey)
		if err != nil {
			w.log.Warn("the call could not be sealed", "why", err)
			return
		}
		w.unseal()
		w.call.seal, w.call.peer, w.call.helped = seal, m.PublicKey, m.ID
		w.apply(kiosk.HelpAccepted{Name: m.Volunteer.Name, Digits: seal.CheckDigits()})
	case helpdesk.Reoffered, helpdesk.Waiting, helpdesk.Ringing:
		if w.call.seal != nil { // the volunteer is lost; another must not inherit their seal
			w.unseal()
			w.letGo()
			w.apply(kiosk.HelpLost{})
		}
	case helpdesk.Over:
		w.unseal()
		w.apply(kiosk.HelpGone{})
	}
}

// setConsent makes what the citizen agreed to true: here first, then it is told.
func (w *Worker) setConsent(c kiosk.Consent) {
	w.watchOutline()
	if !c.See {
		w.call.revealed = nil
	}
	if !c.Point {
		w.letGo()
	}
	if !c.Talk && w.call.talk.state == "thin" {
		w.call.talk.state = ""
	}
	if w.call.seal == nil {
		w.stopTalk()
		return
	}
	w.sendContent(&helpdesk.Consent{Talk: c.Talk, See: c.See, Point: c.Point})
	w.updateTalk()
	w.call.step = ""
	w.call.stream.Forget()
	w.sendStep()
	w.sendOutline()
}

// sendContent answers how many bytes go over the line for it.
func (w *Worker) sendContent(c helpdesk.Content) int {
	if w.call.seal == nil {
		return 0
	}
	data, err := helpdesk.EncodeContent(c)
	if err == nil {
		data, err = w.call.seal.Seal(data)
	}
	if err == nil {
		w.call.frames++
		err = w.toHub(&helpdesk.Frame{ID: w.call.id, Data: data})
	}
	if err != nil {
		w.log.Warn("the helper was not told", "what", c.Kind(), "why", err)
	}
	return base64.StdEncoding.EncodedLen(len(data)) + frameAround
}

// frameAround is what stands round a sealed frame on the line, bytes.
const frameAround = 90

// onFrame takes what the volunteer says. Nothing they can say puts a value into a page.
func (w *Worker) onFrame(data []byte) {
	plain, err := w.call.seal.Open(data)
	var content helpdesk.Content
	if err == nil {
		content, err = helpdesk.DecodeContent(helpdesk.VolunteerSide, plain)
	}
	if err != nil {
		w.refuseFrame(err)
		return
	}
	switch c := content.(type) {
	case *helpdesk.Drawn:
		w.drawn(c.N)
	case *helpdesk.Point:
		w.did(helpdesk.DidPoint)
		w.point(c.Element, nil)
	case *helpdesk.Spot:
		w.did(helpdesk.DidPoint)
		w.point(c.Element, &browser.Spot{X: c.X, Y: c.Y})
	case *helpdesk.LetGo:
		w.letGo()
		w.apply(kiosk.HelpPointed{})
	case *helpdesk.Phrase:
		if text, ok := w.words.Phrase(w.session.Lang, c.ID); ok {
			w.call.next = c.ID
			w.did(helpdesk.DidSay)
			w.apply(kiosk.HelpSaid{ID: c.ID, Text: text})
		} else {
			w.sendContent(&helpdesk.Heard{Phrase: c.ID})
		}
	case *helpdesk.Chat:
		w.did(helpdesk.DidWrite)
		w.apply(kiosk.HelpSaid{ID: "chat", Text: c.Text})
	case *helpdesk.Back:
		w.apply(kiosk.HelpSuggestedBack{})
	case *helpdesk.VoiceAnswer, *helpdesk.VoiceState:
		w.onTheirVoice(c)
	case *helpdesk.Bye:
		w.apply(kiosk.HelpGone{})
	}
}

// maxRefused is how many frames of a call may not open, or hold what nobody may send, until it is ended: whoever sends them
// is not the helper's page.
const maxRefused = 8

func (w *Worker) refuseFrame(why error) {
	w.log.Warn("a frame is refused", "why", why)
	_ = w.wire.Send(Line{T: "count", Name: "frames_refused"})
	if w.call.refused++; w.call.refused >= maxRefused {
		w.apply(kiosk.HelpGone{}) // hangs up as well
	}
}

// letGo takes the volunteer's ring away, where there is a page.
func (w *Worker) letGo() {
	if w.browser != nil {
		_, _, _ = w.browser.Service.Point("", nil)
	}
}

// point rings what the volunteer points at, if the citizen agreed to it, and reads its public words aloud.
func (w *Worker) point(element string, at *browser.Spot) {
	if !w.session.Consent.Point || w.session.HandsOff() != "" {
		w.sendContent(&helpdesk.Pointed{Element: element})
		return
	}
	p, ok, err := w.browser.Service.Point(element, at)
	if err != nil || !ok {
		w.sendContent(&helpdesk.Pointed{Element: element})
		return
	}
	label := ""
	if outline.Public(w.session.Guide, w.session.Page, browser.OutlineNode{Text: p.Text, Place: p.Place}) {
		label = p.Text
	}
	w.apply(kiosk.HelpPointed{On: true, Step: p.Step, Label: label})
	w.sendContent(&helpdesk.Pointed{Element: element, OK: true})
}

// saying takes note that a new sound is made: a phrase, or something that cuts a phrase off.
func (w *Worker) saying() {
	w.heard(false)
	w.call.hearing, w.call.next = w.call.next, ""
}

// heard tells the helper whether their phrase was played to its end.
func (w *Worker) heard(ok bool) {
	if w.call.hearing != "" {
		w.sendContent(&helpdesk.Heard{Phrase: w.call.hearing, OK: ok})
		w.call.hearing = ""
	}
}

// answer says one of two things to the helper, in words of ours.
func (w *Worker) answer(what string) {
	key := map[string]string{"understood": "call.understood", "again": "call.say-again"}[what]
	if key != "" {
		w.sendContent(&helpdesk.Chat{Text: w.words.T("en", key, nil)})
	}
}

// again repeats what the helper said last.
func (w *Worker) again() {
	captions := w.session.Help.Captions
	if len(captions) > 0 {
		w.voice.say([]utterance{{w.session.Lang, captions[len(captions)-1].Text}})
	}
	w.sendContent(&helpdesk.Chat{Text: w.words.T("en", "call.say-again", nil)})
}

// free tells how many volunteers for this language are at their desks; nil when it is not known.
func (w *Worker) free() *int {
	if !w.screen.lineUp || w.call.free == nil {
		return nil
	}
	n := w.call.free[w.session.Lang]
	return &n
}
