// SPDX-License-Identifier: Apache-2.0

package kiosk

// onHelp answers the help desk, and what the citizen says about help.
func (s *Session) onHelp(e Event) []Effect {
	switch e := e.(type) {
	case AskedHelp:
		return s.askHelp()
	case ChangedConsent:
		return s.changeConsent(e)
	case WantedHelp:
		if s.overlay != HelpConsent || s.Help.Asked || e.ID == "" {
			return nil
		}
		s.Help.Asked, s.Help.ID = true, e.ID
		s.overlay = Waiting
		s.noteNow(OutHelp)
		return []Effect{Count{"help_asked"}, AskHelp{ID: e.ID, Mode: s.mode()},
			Speak{[]Phrase{{Key: "speech.waiting"}}}, Show{}}
	case WantedAlone:
		if s.asking() || s.overlay == BellAnswered {
			s.uncover()
			return append(s.speakStep(), Show{})
		}
	case StoppedHelp:
		return s.endHelp("help_stopped", "speech.help-stopped")
	case HubChanged:
		s.Help.LineDown = !e.Up
		if s.Help.Asked || s.asking() {
			return []Effect{Show{}}
		}
	case HelpQueued:
		if s.Help.Asked {
			s.Help.Queued = true
			s.Help.Free, s.Help.Before, s.Help.Minute = e.Free, e.Before, e.Minutes
			return []Effect{Show{}}
		}
	case HelpAccepted:
		if !s.Help.Asked {
			return nil
		}
		if s.Help.Accepted && s.Help.Name == e.Name {
			s.Help.Digits = e.Digits // the same person with a new key: the digits are compared again
			return []Effect{SetConsent{s.Consent}, Speak{[]Phrase{{Key: "speech.helper-here", Args: map[string]string{"name": e.Name}}}}, Show{}}
		}
		s.Help.Accepted, s.Help.Name, s.Help.Digits = true, e.Name, e.Digits
		s.Help.Pointing, s.Help.PointedAt, s.Help.Captions = false, "", nil
		if s.asking() || s.overlay == BellAnswered {
			s.uncover()
		}
		return []Effect{Count{"help_accepted"}, SetConsent{s.Consent},
			Speak{[]Phrase{{Key: "speech.helper-here", Args: map[string]string{"name": e.Name}}}}, Show{}}
	case HelpSaid:
		if s.Help.Accepted {
			s.caption(e.ID, e.Text)
			return []Effect{Speak{[]Phrase{{Text: Text{s.Lang: e.Text}}}}, Show{}}
		}
	case HelpLost:
		if !s.Help.Accepted {
			return nil
		}
		s.Help.Accepted, s.Help.Name, s.Help.Digits = false, "", ""
		s.Help.Pointing, s.Help.PointedAt, s.Help.Captions = false, "", nil
		if s.overlay == "" {
			s.overlay = Waiting
		}
		return []Effect{Count{"help_lost"}, Speak{[]Phrase{{Key: "speech.waiting"}}}, Show{}}
	case HelpPointed:
		return s.pointed(e)
	case HelpSuggestedBack:
		if s.Help.Accepted {
			return []Effect{Speak{[]Phrase{{Key: "speech.suggest-back", Args: map[string]string{"name": s.Help.Name}}}}, Show{}}
		}
	case HelpGone:
		return s.endHelp("help_ended", "speech.help-ended")
	}
	return nil
}

func (s *Session) askHelp() []Effect {
	switch {
	case s.Lang == "" || s.overlay == EndScreen:
		return nil
	case s.Help.Accepted:
		s.uncover()
		return []Effect{Show{}}
	case s.Help.Asked:
		s.overlay = Waiting
		return []Effect{Show{}}
	}
	s.overlay = HelpConsent
	s.Consent, s.Help.Over = Consent{}, false
	return []Effect{Speak{[]Phrase{{Key: "speech.help"}}}, Show{}}
}

// changeConsent moves one switch. Pointing needs seeing. During a call it counts at once.
func (s *Session) changeConsent(e ChangedConsent) []Effect {
	if s.overlay != HelpConsent && !s.Help.Accepted {
		return nil
	}
	switch e.What {
	case "talk":
		s.Consent.Talk = e.On
	case "see":
		s.Consent.See = e.On
		s.Consent.Point = s.Consent.Point && e.On
	case "point":
		s.Consent.Point = e.On
		s.Consent.See = s.Consent.See || e.On
	default:
		return nil
	}
	if !s.Consent.Point {
		s.Help.Pointing, s.Help.PointedAt = false, ""
	}
	if s.Help.Accepted {
		return []Effect{SetConsent{s.Consent}, Show{}}
	}
	return []Effect{Show{}}
}

func (s *Session) mode() string {
	switch {
	case s.Consent.Talk:
		return "voice"
	case s.Consent.See:
		return "show"
	}
	return "text"
}

func (s *Session) pointed(e HelpPointed) []Effect {
	if !s.Help.Accepted || !s.Consent.Point {
		return nil
	}
	s.Help.Pointing, s.Help.PointedAt = e.On, e.Step
	if !e.On {
		return []Effect{Show{}}
	}
	phrases := []Phrase{{Key: "speech.pointed", Args: map[string]string{"name": s.Help.Name}}}
	if e.Label != "" {
		site := "en"
		if s.Guide != nil && len(s.Guide.Service.Languages) > 0 {
			site = s.Guide.Service.Languages[0]
		}
		phrases = append(phrases, Phrase{Text: Text{site: e.Label}, Lang: site})
	}
	return []Effect{Count{"help_pointed"}, Speak{phrases}, Show{}}
}

func (s *Session) caption(id, text string) {
	s.Help.Captions = append(s.Help.Captions, Caption{id, text})
	if n := len(s.Help.Captions); n > 2 {
		s.Help.Captions = s.Help.Captions[n-2:]
	}
}

func (s *Session) endHelp(count, speech string) []Effect {
	if !s.Help.Asked {
		return nil
	}
	id := s.Help.ID
	s.Help = Help{Free: -1, Before: -1, Minute: -1, LineDown: s.Help.LineDown, Over: s.Help.Accepted}
	s.Consent = Consent{}
	if s.overlay == Waiting {
		s.uncover()
	}
	return []Effect{SetConsent{}, HangUp{id}, Count{count}, Speak{[]Phrase{{Key: speech}}}, Show{}}
}
