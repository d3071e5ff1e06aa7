// SPDX-License-Identifier: Apache-2.0

package kiosk

import "strings"

// onPage answers what the browser sees of the service.
func (s *Session) onPage(e Event) []Effect {
	if s.Guide == nil {
		return nil
	}
	switch e := e.(type) {
	case PageSeen:
		return s.onSeen(e)
	case SiteDown:
		s.wasDown = true
		kind := "site-down"
		if e.Unsure {
			kind = "site-unsure"
		}
		switch s.overlay {
		case FailureShown, EndScreen:
			return nil
		case HelpConsent, Waiting:
			s.Failure = kind // shown when they are done there
			return nil
		}
		return s.fail(kind)
	case DeadEnd:
		return s.deadEnd(e.Here)
	case WindowWanted:
		return s.noticed(NoticeWindow)
	case FileOffered:
		return s.noticed(NoticeFile)
	case Blocked:
		return []Effect{Count{"blocked"}}
	}
	return nil
}

func (s *Session) fail(kind string) []Effect {
	s.overlay, s.Failure = FailureShown, kind
	return []Effect{Count{"failure_" + kind}, Speak{[]Phrase{{Key: "failure." + kind + ".title"}}}, Show{}}
}

func (s *Session) onSeen(e PageSeen) []Effect {
	before := s.Step()
	pageBefore := s.Page
	errorBefore, stateBefore := s.errorAt, s.State()
	s.Seen = e
	s.outlived(e)
	s.Page, s.stranded = nil, false
	for i := range s.Guide.Pages {
		if s.Guide.Pages[i].ID == e.Page {
			s.Page = &s.Guide.Pages[i]
		}
	}
	s.visit()
	last := s.lastPage
	if s.Page != nil {
		s.lastPage = s.Page.ID
	}
	if e.Fresh {
		s.watching = Watch{} // a new document knows nothing of what was watched
	}
	if s.Failure == "site-down" || s.Failure == "site-unsure" {
		if s.Page == nil {
			s.errorAt, s.explain = nil, nil
			return []Effect{Show{}} // what is seen is the answer of whoever stands in for the site
		}
		if s.Failure = ""; s.overlay == FailureShown {
			s.overlay = ""
		}
	}
	out := []Effect{}
	if s.Page != pageBefore || e.Fresh {
		s.Help.Over = false
		s.Open, s.FilledOK, s.filling = "", "", nil
		s.past, s.awaited = nil, ""
		if s.Page != pageBefore && (s.Page != nil || s.Notice != NoticeWindow) {
			s.Notice = "" // of a page that nobody knows, where it came from is all that there is to say
		}
		if s.Page != nil && s.Page.ID != last {
			s.crashes = 0
		}
		if s.passes(last) {
			if pageBefore != nil && before != nil && before.Done == DonePage {
				s.noteAt(pageBefore.ID, before.ID, OutDone)
			}
			mark(&s.passed, last)
			s.went(last + "/")
			out = append(out, Count{"pages_passed"})
		}
		if s.Page != nil {
			for _, step := range s.Page.Steps {
				delete(s.said, s.key(step.ID))
			}
		}
	}
	if s.Page != nil {
		for _, step := range s.Page.Steps {
			key := s.key(step.ID)
			if e.Done[step.ID] || step.Done == DoneQuiet && s.done[key] && !e.Fresh {
				if !s.done[key] {
					out = append(out, Count{"steps_done"})
					s.went(key)
					s.note(step.ID, OutDone)
				}
				mark(&s.done, key)
			} else {
				delete(s.done, key)
			}
		}
		if s.Page.State == "done" && !s.Finished {
			s.Finished = true
			out = append(out, Count{"services_finished"})
			s.note("", OutFinished)
		}
	}
	if s.Page != nil && failureOf[s.Page.State] != "" {
		if s.Failure == "form-gone" && !e.Fresh {
			return append(out, Show{})
		}
		return append(out, s.fail(s.failureHere(e.Fresh))...)
	}
	if s.Page != nil {
		s.triedDown = false
	}
	if s.lostForm(last) {
		s.passed, s.said, s.errorAt, s.explain = nil, nil, nil, nil
		return append(out, s.fail("session-lost")...)
	}
	out = append(out, s.noteErrors(e, errorBefore)...)
	if card := s.offerCard(); card != nil {
		return append(out, card...)
	}
	after := s.Step()
	switch {
	case s.errorAt != nil && errorBefore == nil:
		// spoken by noteErrors
	case s.State() != "" && s.State() != stateBefore:
		out = append(out, Count{"state_" + s.State()}, s.speakState(s.State()))
	case s.Page != pageBefore, after != before, s.State() != stateBefore, e.Fresh, s.errorAt == nil && errorBefore != nil:
		s.fold()
		if s.Page != pageBefore {
			s.calm()
		}
		if s.Page == nil {
			if pageBefore != nil || e.Fresh {
				s.note("", OutUnknown)
				out = append(out, Count{"page_unknown"}, Speak{[]Phrase{{Key: "speech.unknown"}}})
			}
		} else {
			out = append(out, s.speakStep()...)
			switch s.Sight(after) {
			case Likely:
				s.note(after.ID, OutUnsure)
			case Unknown:
				s.note(after.ID, OutUnknown)
			}
		}
	}
	return append(out, Show{})
}

// passes tells whether the page that is there now comes after the one that was there last: going back, or to a page that
// nobody knows, is no step forward.
func (s *Session) passes(last string) bool {
	for i := range s.Guide.Pages {
		switch page := &s.Guide.Pages[i]; {
		case page == s.Page:
			return false
		case page.ID == last:
			return s.Page != nil && failureOf[s.Page.State] == ""
		}
	}
	return false
}

// lostForm tells whether the site, which did not answer for a while, begins anew: it shows an earlier page, and nobody has
// gone back.
func (s *Session) lostForm(last string) bool {
	if !s.wasDown || s.Page == nil {
		return false
	}
	s.wasDown = false
	for i := range s.Guide.Pages {
		switch page := &s.Guide.Pages[i]; {
		case page.ID == last:
			return false
		case page == s.Page:
			return last != ""
		}
	}
	return false
}

// failureHere is what a page of the site's own that is no use comes to. One that says that the site has a problem, and says so again when it
// was tried once more, will not go on with this form: there is nothing left but to begin it again.
func (s *Session) failureHere(fresh bool) string {
	kind := failureOf[s.Page.State]
	if kind == "site-down" && s.triedDown && fresh && len(s.passed) > 0 {
		s.triedDown = false
		return "form-gone"
	}
	return kind
}

// failureOf are the states of a service's own pages that end in our failure screen.
var failureOf = map[string]string{"down": "site-down", "expired": "session-lost"}

// noteErrors takes up the first error that stands on the page, unless the citizen already said that it is dealt with.
func (s *Session) noteErrors(e PageSeen, before *SiteError) []Effect {
	if e.Fresh && s.Page != nil {
		for _, step := range s.Page.Steps {
			delete(s.said, s.key(step.ID))
		}
	}
	s.errorAt, s.explain = nil, nil
	for i := range e.Errors {
		siteError := &e.Errors[i]
		if key := s.key(siteError.Step); s.said[key] || (s.done[key] && !e.Fresh) {
			continue // "I changed it", or the page shows that it was changed
		}
		s.errorAt = siteError
		s.explain = s.Guide.Explain(s.Page, siteError.Step, siteError.Words)
		break
	}
	if s.errorAt == nil || (before != nil && !e.Fresh && before.Step == s.errorAt.Step && before.Words.Equal(s.errorAt.Words)) {
		return nil
	}
	if s.refused == nil {
		s.refused = map[string]int{}
	}
	s.refused[s.key(s.errorAt.Step)]++
	s.tried("site_error")
	name := "site_errors_explained"
	if s.explain == nil {
		name = "site_errors_unknown"
	}
	s.trouble()
	s.note(s.errorAt.Step, OutRefused)
	out := []Effect{Count{name}, s.speakError()}
	if s.refused[s.key(s.errorAt.Step)] >= troubles {
		s.moreHelp()
	}
	return out
}

func (s *Session) speakError() Effect {
	if s.explain != nil {
		return Speak{[]Phrase{{Text: s.explain.Title}, {Text: s.explain.How}}}
	}
	site := "en"
	if s.Guide != nil && len(s.Guide.Service.Languages) > 0 {
		site = s.Guide.Service.Languages[0]
	}
	phrases := []Phrase{{Key: "speech.error"}}
	if s.errorAt != nil {
		phrases = append(phrases, Phrase{Words: s.errorAt.Words, Lang: site})
	}
	return Speak{phrases}
}

// Explain finds what a validation error of the site means: the step's own explanations first, then the guide's. nil when
// there is none.
func (g *Guide) Explain(page *Page, step string, words Private) *Explanation {
	text := strings.ToLower(words.Reveal())
	if page != nil {
		for i := range page.Steps {
			if page.Steps[i].ID == step {
				if x := match(page.Steps[i].Errors, text); x != nil {
					return x
				}
			}
		}
	}
	return match(g.Errors, text)
}

func match(explanations []Explanation, text string) *Explanation {
	for i := range explanations {
		for _, part := range explanations[i].Match {
			if strings.Contains(text, strings.ToLower(part)) {
				return &explanations[i]
			}
		}
	}
	return nil
}
