// SPDX-License-Identifier: Apache-2.0

package kiosk

// applies tells whether a step is to be done at all: by an earlier choice on its page, or by a page that was seen.
func (s *Session) applies(step *Step) bool {
	switch {
	case step.When == nil:
		return true
	case step.When.Page != "":
		return s.visited[step.When.Page]
	}
	return !s.Seen.Skips[step.ID]
}

// waiting tells whether the present step is one to wait for: silence is then no sign of trouble.
func (s *Session) waiting() bool {
	step := s.Step()
	return step != nil && (step.Kind == Wait || step.Kind == PrintOut)
}

// wake asks to be woken when the present step has taken too long; once a step.
func (s *Session) wake() []Effect {
	step := s.Step()
	if step == nil || step.Timeout == 0 || s.settled(step) || s.awaited == s.key(step.ID) {
		return nil
	}
	s.awaited = s.key(step.ID)
	return []Effect{Wake{Page: s.Page.ID, Step: step.ID, Seconds: step.Timeout}}
}

// onPace answers a step that took too long, and a network that is quiet.
func (s *Session) onPace(e Event) []Effect {
	step := s.Step()
	if step == nil || s.settled(step) {
		return nil
	}
	switch e := e.(type) {
	case NetworkQuiet:
		if step.Done == DoneQuiet {
			s.note(step.ID, OutDone)
			mark(&s.done, s.key(step.ID))
			return s.onward()
		}
	case Woke:
		if e.Page != s.Page.ID || e.Step != step.ID || s.awaited != s.key(step.ID) {
			return nil
		}
		s.note(step.ID, OutTimeout)
		out := []Effect{Count{"step_timeouts"}}
		switch step.Then {
		case ThenSkip:
			mark(&s.said, s.key(step.ID))
			return append(out, s.onward()...)
		case ThenReload:
			s.awaited = "" // and again, if it takes as long
			return append(out, Reload{Careful: s.MaybeSent()}, Show{})
		default:
			return append(out, s.moreHelp()...)
		}
	}
	return nil
}

// onward goes on to the next step of the page.
func (s *Session) onward() []Effect {
	s.fold()
	return append(s.speakStep(), Show{})
}

// visit notes that a page was seen.
func (s *Session) visit() {
	if s.Page != nil {
		mark(&s.visited, s.Page.ID)
	}
}

// Pressed tells whether a step is done by something of theirs, touched or waited for: the citizen does not say "next" to it.
func (step *Step) Pressed() bool {
	return (step.Kind == Press || step.Kind == Declare || step.Kind == Wait) && step.Done != DonePerson
}
