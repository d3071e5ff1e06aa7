// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// Sign is something that a page shows by which its state is known on any site, whatever the guide says of it.
type Sign string

// The signs. All but SignCookies are the citizen's alone.
const (
	SignCookies Sign = "cookies" // a banner asks about cookies
	SignLogin   Sign = "login"   // a field for a password
	SignCode    Sign = "code"    // a field for a one-time code
	SignEID     Sign = "eid"     // the way to somebody who says who one is
	SignCaptcha Sign = "captcha" // a test whether somebody is a person
	SignPayment Sign = "payment" // a field for a bank card, or a payment provider's frame
)

// Notices are states that no page shows: the site wanted a window of its own, or gave a file.
const (
	NoticeWindow = "new-tab"
	NoticeFile   = "download"
)

// signs in the order in which they are explained.
var signs = []Sign{SignCookies, SignLogin, SignCode, SignEID, SignPayment, SignCaptcha}

// explained are the states of a guide's page for which there are words of ours, where the guide has none.
var explained = []string{"login", "eid", "captcha", "payment", "declaration", "cookies", NoticeFile}

// State is the typed state that the companion explains now, before the step: a page's own, a sign, or a notice. "" when
// the step is what counts.
func (s *Session) State() string {
	if s.Guide == nil || !s.Opened || s.Finished || s.errorAt != nil {
		return ""
	}
	if s.Notice != "" {
		return s.Notice
	}
	if s.Page != nil && len(s.Page.Steps) == 0 && slices.Contains(explained, s.Page.State) {
		return s.Page.State
	}
	for _, sign := range signs {
		if slices.Contains(s.Seen.Signs, sign) && !s.past[s.key("!"+string(sign))] && s.counts(sign) {
			return string(sign)
		}
	}
	return ""
}

// counts tells whether a sign says more than the guide does, now.
func (s *Session) counts(sign Sign) bool {
	if s.Page == nil {
		return true
	}
	if s.Page.State == string(sign) && len(s.Page.Steps) > 0 {
		return false // the guide's own words
	}
	step := s.Step()
	switch sign {
	case SignLogin, SignCode:
		return !slices.ContainsFunc(s.Page.Steps, func(step Step) bool { return step.Kind == Secret })
	case SignCaptcha: // it stands below what is to be written
		return step == nil || step.Done == DonePage || step.Kind == Declare
	}
	return true
}

// HandsOff is what the citizen does alone now: nothing of it is filled or pressed by us, nor shown to a helper. "" when
// they need not be alone.
func (s *Session) HandsOff() string {
	if s.Guide == nil || !s.Opened {
		return ""
	}
	if s.Page != nil && handsOff(s.Page.State) {
		return s.Page.State
	}
	for _, sign := range signs[1:] {
		if slices.Contains(s.Seen.Signs, sign) {
			return string(sign)
		}
	}
	if step := s.Step(); step != nil {
		switch step.Kind {
		case Secret:
			return "login"
		case Declare:
			return "declaration"
		}
	}
	return ""
}

// passState takes the citizen's word that a state is dealt with, and tells whether there was one.
func (s *Session) passState() bool {
	state := s.State()
	switch {
	case state == "":
		return false
	case s.Notice != "":
		s.Notice = ""
	case s.Page == nil || s.Page.State == state:
		return false // it is over when the page changes
	default:
		mark(&s.past, s.key("!"+state))
	}
	return true
}

// speakState says what a state is, and the road back.
func (s *Session) speakState(state string) Effect {
	key := "page." + state
	return Speak{[]Phrase{{Key: key + ".title"}, {Key: key + ".how"}, {Key: key + ".back"}}}
}

// noticed takes up what no page shows.
func (s *Session) noticed(notice string) []Effect {
	s.Notice = notice
	return []Effect{Count{"state_" + notice}, s.speakState(notice), Show{}}
}
