// SPDX-License-Identifier: Apache-2.0

package kiosk

// deadEnd answers a page that led nowhere: its process died, it hangs, or what it led to cannot be shown. There is one screen for all of
// them, with one way on: back to the form, where the browser is already.
func (s *Session) deadEnd(here bool) []Effect {
	if s.Guide == nil || !s.Opened {
		return nil
	}
	s.stranded = !here
	switch s.overlay {
	case FailureShown, EndScreen, ConfirmEnd:
		return nil // what is asked or said there comes first
	case HelpConsent, Waiting:
		s.Failure = "dead-end" // shown when they are done there
		return nil
	}
	return s.fail("dead-end")
}

// backToForm is the way on from there. A page that was seen since is the form; otherwise it is asked for by its address, so that nothing
// is sent a second time.
func (s *Session) backToForm() []Effect {
	s.overlay, s.Failure = "", ""
	if s.stranded {
		s.stranded = false
		return []Effect{Reload{Careful: true}, Show{}}
	}
	return append(s.speakStep(), Show{})
}
