// SPDX-License-Identifier: Apache-2.0

package kiosk

// Revealing is how far the citizen is with showing the helper one element that is otherwise a grey bar.
type Revealing string

// Its states. Pick: the next touch of the page says which. Ask: they touched it and are asked. Never: they touched what is
// shown to nobody. Shown: the helper sees it until the time is over.
const (
	RevealPick  Revealing = "pick"
	RevealAsk   Revealing = "ask"
	RevealNever Revealing = "never"
	RevealShown Revealing = "shown"
)

// RevealSeconds is how long the helper sees what was shown.
const RevealSeconds = 60

// onReveal goes from key to touch to question to showing. It can be left at each of them by one touch, and nothing is shown
// before the question was answered.
func (s *Session) onReveal(e Event) []Effect {
	if !s.Help.Accepted || !s.Consent.See {
		return nil
	}
	switch e := e.(type) {
	case AskedReveal:
		if s.Help.Reveal != "" {
			return s.cover("")
		}
		if s.Page == nil {
			return nil
		}
		s.Help.Reveal = RevealPick
		return []Effect{Pick{On: true}, Speak{[]Phrase{{Key: "speech.reveal.pick"}}}, Show{}}
	case Picked:
		if s.Help.Reveal != RevealPick {
			return nil
		}
		if e.ID == "" {
			return []Effect{Pick{On: true}} // beside everything: touch again
		}
		if e.Never {
			s.Help.Reveal = RevealNever
			return []Effect{Speak{[]Phrase{{Key: "speech.reveal.never"}}}, Show{}}
		}
		s.Help.Reveal, s.Help.Revealed = RevealAsk, e.ID
		return []Effect{Speak{[]Phrase{{Key: "speech.reveal.ask", Args: map[string]string{"name": s.Help.Name}}}}, Show{}}
	case SaidReveal:
		if s.Help.Reveal != RevealAsk {
			return nil
		}
		s.Help.Reveal = RevealShown
		return []Effect{Reveal{ID: s.Help.Revealed}, Count{"help_revealed"}, Speak{[]Phrase{{Key: "speech.reveal.shown"}}}, Show{}}
	case RevealOver:
		if s.Help.Reveal == RevealShown {
			return s.cover("speech.reveal.over")
		}
	}
	return nil
}

// cover ends it, whatever was begun.
func (s *Session) cover(speech string) []Effect {
	if s.Help.Reveal == "" {
		return nil
	}
	s.Help.Reveal, s.Help.Revealed = "", ""
	out := []Effect{Pick{}, Reveal{}, Show{}}
	if speech != "" {
		out = append(out, Speak{[]Phrase{{Key: speech}}})
	}
	return out
}

// coverWhenOver ends it when the page, the consent or the call that it belongs to is over.
func (s *Session) coverWhenOver(e Event) []Effect {
	if s.Help.Reveal == "" {
		return nil
	}
	seen, page := e.(PageSeen)
	if s.Help.Accepted && s.Consent.See && !(page && seen.Fresh) {
		return nil
	}
	return s.cover("")
}
