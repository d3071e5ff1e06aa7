// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"slices"
)

// Outcome is what became of a step.
type Outcome string

// The outcomes.
const (
	OutDone     Outcome = "done"     // the page shows it, or the next page came
	OutNext     Outcome = "next"     // the citizen said so
	OutRefused  Outcome = "refused"  // the site did not accept the answer
	OutUnsure   Outcome = "unsure"   // it was found, perhaps: the citizen was asked
	OutYes      Outcome = "yes"      // and said yes
	OutNo       Outcome = "no"       // and said no
	OutUnknown  Outcome = "unknown"  // it was not found, or the page is none of the guide's
	OutHelp     Outcome = "help"     // a helper was asked
	OutBack     Outcome = "back"     // the citizen went back
	OutTimeout  Outcome = "timeout"  // it took too long
	OutLeft     Outcome = "left"     // the session ended here, unfinished
	OutLost     Outcome = "lost"     // the browser was lost here
	OutFinished Outcome = "finished" // the service confirmed
)

var outcomes = []Outcome{OutDone, OutNext, OutRefused, OutUnsure, OutYes, OutNo, OutUnknown, OutHelp, OutBack, OutTimeout, OutLeft, OutLost, OutFinished}

// Noted is one line of the guide journal: where in a guide something happened, and what. It has no place for a value, for
// words of a page or for an address.
type Noted struct {
	Guide   string  `json:"guide"`
	Version int     `json:"version"`
	Page    string  `json:"page"` // "": one that the guide does not know
	Step    string  `json:"step"` // "": the page as a whole
	Level   Level   `json:"level"`
	Outcome Outcome `json:"outcome"`
	Score   float64 `json:"score"` // of the step's target, 0 to 1
	MS      int     `json:"ms"`    // that it was the step to do
}

// maxNotedMS is the longest time that is noted: longer ones say nothing of the step.
const maxNotedMS = 3600_000

// Check tells whether a line is one of this guide: whatever is not among the names that the guide itself has is refused.
func (n Noted) Check(g *Guide) error {
	switch {
	case n.Guide != g.ID || n.Version != g.Version:
		return fmt.Errorf("guide journal: a line of another guide than %s, version %d", g.ID, g.Version)
	case !slices.Contains(Levels(), n.Level) || !slices.Contains(outcomes, n.Outcome):
		return fmt.Errorf("guide journal: a level or an outcome that nobody knows")
	case !(n.Score >= 0 && n.Score <= 1) || n.MS < 0 || n.MS > maxNotedMS:
		return fmt.Errorf("guide journal: a score or a time that cannot be")
	case n.Page == "" && n.Step == "":
		return nil
	}
	for i := range g.Pages {
		if p := &g.Pages[i]; p.ID == n.Page && (n.Step == "" || slices.ContainsFunc(p.Steps, func(s Step) bool { return s.ID == n.Step })) {
			return nil
		}
	}
	return fmt.Errorf("guide journal: a page or a step that guide %s does not have", g.ID)
}

// note writes down what became of a step of the present page; step "" is the page.
func (s *Session) note(step string, what Outcome) {
	page := ""
	if s.Page != nil {
		page = s.Page.ID
	}
	s.noteAt(page, step, what)
}

func (s *Session) noteAt(page, step string, what Outcome) {
	if s.Guide == nil || !s.Opened || s.Level == "" {
		return
	}
	s.noted = append(s.noted, Note{Noted{Guide: s.Guide.ID, Version: s.Guide.Version, Page: page, Step: step, Level: s.Level, Outcome: what}})
}

// noteNow writes down what became of the present step.
func (s *Session) noteNow(what Outcome) {
	if step := s.Step(); step != nil {
		s.note(step.ID, what)
	} else {
		s.note("", what)
	}
}

// notes gives what was written down since they were last given.
func (s *Session) notes() []Effect {
	out := s.noted
	s.noted = nil
	return out
}
