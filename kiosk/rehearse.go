// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Rehearse shows the place of the service that is there to another citizen: in a language, with a level, at a step of the
// page whatever is done there ("" the one that is next). It is for authors, who look at a guide without being led through it: nothing is counted or said.
// The effects are to be carried out as those of Apply.
func (s *Session) Rehearse(lang string, level Level, step string) ([]Effect, error) {
	switch {
	case s.wiped:
		return nil, ErrEnded
	case s.Page == nil:
		return nil, fmt.Errorf("session: there is no page of the guide to show")
	case !slices.Contains(Levels(), level):
		return nil, fmt.Errorf("session: there is no level %q", level)
	}
	if step != "" && !slices.ContainsFunc(s.Page.Steps, func(other Step) bool { return other.ID == step }) {
		return nil, fmt.Errorf("session: page %s has no step %q", s.Page.ID, step)
	}
	s.rehearsed = ""
	if step != "" {
		s.rehearsed = s.key(step)
	}
	s.watching = Watch{} // the ring's end may be on the other side now
	s.Finished = s.Page.State == "done"
	s.Lang, s.overlay, s.Failure, s.FilledOK = lang, "", failureOf[s.Page.State], ""
	if s.Failure != "" {
		s.overlay = FailureShown
	}
	s.setLevel(level)
	return append(s.watch(), Show{}), nil
}

// RehearseList shows the list of what the service asks for, as it is before the service is opened: to another citizen, of whom nothing is known.
// The effects are to be carried out as those of Apply.
func (s *Session) RehearseList(lang string, level Level) ([]Effect, error) {
	switch {
	case s.wiped:
		return nil, ErrEnded
	case s.Guide == nil || len(s.Guide.Needs) == 0:
		return nil, fmt.Errorf("session: there is no list of what is needed")
	case !slices.Contains(Levels(), level):
		return nil, fmt.Errorf("session: there is no level %q", level)
	}
	g := s.Guide
	out := s.leave()
	s.Guide, s.Lang, s.Level, s.rehearsed = g, lang, level, ""
	return append(out, s.watch()...), nil
}

// ShowUnwritten puts a mark that says what is to be written in the place of each text that a draft lacks, for looking at
// it: "✎ title".
func (g *Guide) ShowUnwritten() {
	eachSaid(reflect.ValueOf(g).Elem(), "", func(at string, t Text) {
		for lang, words := range t {
			if words == unwritten || words == "" {
				t[lang] = "✎ " + at[strings.LastIndexAny(at, ".]")+1:]
				if strings.HasSuffix(at, "]") {
					t[lang] = "✎ " + strings.TrimRight(at[strings.LastIndex(at, ".")+1:], "[0123456789]")
				}
			}
		}
	})
}
