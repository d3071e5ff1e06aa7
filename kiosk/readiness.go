// SPDX-License-Identifier: Apache-2.0

package kiosk

// Have is what the citizen said of something that they need.
type Have string

// The answers; the zero value is: nothing said yet.
const (
	Has   Have = "yes"
	Lacks Have = "no"
)

// onReady answers the list of what is needed, before the service is opened.
func (s *Session) onReady(e Event) []Effect {
	if s.Screen() != Readiness {
		return nil
	}
	switch e := e.(type) {
	case SaidHave:
		for _, need := range s.Guide.Needs {
			if need.ID != e.Need {
				continue
			}
			if s.Have == nil {
				s.Have = map[string]Have{}
			}
			s.AskedOnce = false
			if s.Have[e.Need] = Has; e.On {
				return []Effect{Speak{}, Show{}}
			}
			s.Have[e.Need] = Lacks
			return []Effect{Count{"need_missing"}, Speak{[]Phrase{{Text: need.Without}}}, Show{}}
		}
	case AskedStart:
		if !s.AskedOnce && len(s.Have) < len(s.Guide.Needs) {
			s.AskedOnce = true
			return []Effect{Speak{[]Phrase{{Key: "readiness.ask"}}}, Show{}}
		}
		return s.openService()
	}
	return nil
}

// openService opens the service's first page. From now on something may be lost.
func (s *Session) openService() []Effect {
	s.Opened = true
	return []Effect{Count{"services_opened"}, OpenService{s.Guide}, Show{}}
}

// lacking tells whether something is missing that the paper can say how to get.
func (s *Session) lacking() bool {
	for _, have := range s.Have {
		if have == Lacks {
			return true
		}
	}
	return false
}

// readNeeds says the whole list.
func (s *Session) readNeeds() []Effect {
	phrases := []Phrase{{Key: "readiness.title"}}
	for _, need := range s.Guide.Needs {
		phrases = append(phrases, Phrase{Text: need.Title}, Phrase{Text: need.Gloss})
		if s.Have[need.ID] == Lacks {
			phrases = append(phrases, Phrase{Text: need.Without})
		}
	}
	return []Effect{Speak{append(phrases, Phrase{Key: "speech.readiness.keys"})}}
}

// needs adds to a receipt what is needed: all of it on the list, and what to do about what is missing.
func (s *Session) needs(r Receipt) Receipt {
	for _, need := range s.Guide.Needs {
		if !s.Opened {
			r.Need = append(r.Need, need.Title.In(s.Lang)+"\n"+need.Gloss.In(s.Lang))
		}
		if s.Have[need.ID] == Lacks {
			r.Missing = append(r.Missing, need.Title.In(s.Lang)+"\n"+need.Without.In(s.Lang))
		}
	}
	if !s.Opened {
		r.List, r.Done, r.Left, r.Next = true, nil, nil, nil
	}
	return r
}
