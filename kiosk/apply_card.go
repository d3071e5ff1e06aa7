// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// onCard answers card and reader, and what the citizen says about the card.
func (s *Session) onCard(e Event) []Effect {
	switch e := e.(type) {
	case CardReading:
		s.CardState = "reading"
		if s.wantsCard() {
			return s.showCard()
		}
	case CardRead:
		s.Card.Wipe()
		s.Card = e.Fields
		s.CardState, s.offered, s.Ticked = "ready", "", nil
		if s.overlay == CardConsent || s.wantsCard() {
			return s.showCard()
		}
	case CardFailed:
		s.forgetCard()
		s.CardState = e.State
		if s.overlay == CardConsent || s.wantsCard() {
			return append(s.showCard(), Speak{[]Phrase{{Key: "state." + e.State}}}, Count{"card_failed"})
		}
	case CardOut:
		waiting := s.overlay == CardConsent && (s.CardState == "ready" || s.CardState == "reading")
		failed := s.CardState != "" && s.CardState != "ready" && s.CardState != "reading"
		s.forgetCard()
		if failed && s.overlay == CardConsent {
			return []Effect{Show{}} // what failed stays on the screen until they go on
		}
		s.CardState = ""
		if waiting {
			s.overlay = ""
			return append(s.speakStep(), ForgetCard{}, Show{})
		}
		return []Effect{ForgetCard{}}
	case ReaderChanged:
		if e.State == "reader.ready" {
			if s.overlay == CardConsent && s.CardState != "ready" && s.CardState != "reading" {
				s.overlay, s.CardState = "", ""
				return append(s.speakStep(), Show{})
			}
			return nil
		}
		if s.overlay == CardConsent {
			s.forgetCard()
			s.CardState = e.State
			return []Effect{ForgetCard{}, Speak{[]Phrase{{Key: "state." + e.State}}}, Show{}}
		}
		s.forgetCard()
		s.CardState = ""
		return []Effect{ForgetCard{}}
	case AskedCard:
		if s.Guide != nil && s.CardState != "" {
			return s.showCard()
		}
	case Ticked:
		return s.tick(e)
	case Chose:
		if s.overlay == CardConsent && s.CardState == "ready" && slices.Contains(s.Offered(), e.Field) && s.Card.Choose(e.Field, e.N) {
			return s.tick(Ticked{Field: e.Field, On: true})
		}
	case Took:
		return s.take()
	case TookNothing:
		if s.overlay == CardConsent {
			s.overlay, s.Ticked = "", nil
			if s.CardState != "ready" && s.CardState != "reading" {
				s.CardState = ""
			}
			return append(s.speakStep(), Show{})
		}
	case Filled:
		return s.onFilled(e)
	}
	return nil
}

// wantsCard: the page beside us has a box that a card could fill, and nothing more pressing is on screen.
func (s *Session) wantsCard() bool {
	if s.Page == nil || s.overlay != "" {
		return false
	}
	for _, step := range s.Page.Steps {
		if step.Card != "" && !s.settled(&step) {
			return true
		}
	}
	return false
}

// offerCard opens the consent once a page, when the card in the reader has something for it.
func (s *Session) offerCard() []Effect {
	if s.CardState != "ready" || s.Page == nil || s.overlay != "" || s.offered == s.Page.ID || !s.wantsCard() || len(s.Offered()) == 0 {
		return nil
	}
	return s.showCard()
}

func (s *Session) showCard() []Effect {
	s.overlay = CardConsent
	if s.CardState == "ready" && s.Page != nil {
		s.offered = s.Page.ID
		s.Ticked = nil
	}
	if s.CardState == "ready" && len(s.Offered()) > 0 {
		return []Effect{Speak{[]Phrase{{Key: "speech.card"}}}, Show{}}
	}
	if s.CardState == "ready" {
		s.overlay = "" // nothing of it has a place on this page
		return []Effect{Show{}}
	}
	return []Effect{Show{}}
}

func (s *Session) tick(e Ticked) []Effect {
	if s.overlay != CardConsent || s.CardState != "ready" || !slices.Contains(s.Offered(), e.Field) {
		return nil
	}
	if e.On && s.Card.Get(e.Field).Empty() {
		return nil // it must be said first which of its ways is right
	}
	at := slices.Index(s.Ticked, e.Field)
	switch {
	case e.On && at < 0:
		s.Ticked = append(s.Ticked, e.Field)
	case !e.On && at >= 0:
		s.Ticked = slices.Delete(s.Ticked, at, at+1)
	}
	return []Effect{Show{}}
}

// take fills what was ticked, one field after another: the next only when the one before was read again.
func (s *Session) take() []Effect {
	if s.overlay != CardConsent || s.CardState != "ready" || len(s.Ticked) == 0 {
		return nil
	}
	s.overlay = ""
	s.tried("card")
	s.filling = nil
	for _, name := range CardFields() {
		if slices.Contains(s.Ticked, name) {
			s.filling = append(s.filling, name)
		}
	}
	s.Ticked = nil
	return append(s.fillNext(), Show{})
}

func (s *Session) fillNext() []Effect {
	for len(s.filling) > 0 && s.Page != nil && s.HandsOff() == "" {
		name := s.filling[0]
		for i := range s.Page.Steps {
			step := &s.Page.Steps[i]
			if step.Card == name && step.Kind == FillIn && s.Sight(step) == Sure {
				return []Effect{Fill{Step: step.ID, Value: s.Card.Get(name)}}
			}
		}
		s.filling = s.filling[1:]
	}
	return nil
}

func (s *Session) onFilled(e Filled) []Effect {
	if len(s.filling) > 0 {
		s.filling = s.filling[1:]
	}
	if !e.OK {
		s.FilledOK, s.filling = "differs", nil
		return []Effect{Count{"fill_differs"}, Speak{[]Phrase{{Key: "speech.differs"}}}, Show{}}
	}
	mark(&s.done, s.key(e.Step))
	s.FilledOK = "ok"
	out := []Effect{Count{"fields_filled"}}
	if next := s.fillNext(); next != nil {
		return append(out, next...)
	}
	return append(append(out, s.speakStep()...), Show{})
}

func (s *Session) forgetCard() {
	s.Card.Wipe()
	s.Ticked, s.filling = nil, nil
}
