// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// Level is how much support the citizen wants. It is theirs to say, at any time.
type Level string

// The levels, from the gentlest.
const (
	WithMe  Level = "with-me"  // every step is shown and spoken, with its why; the rest of the page is dimmed
	GuideMe Level = "guide-me" // the ring shows where; more on request
	ITry    Level = "i-try"    // the rail and what to do; the ring on request
)

// Levels are all of them, the gentlest first.
func Levels() []Level { return []Level{WithMe, GuideMe, ITry} }

// Proposal is what the companion proposes: a level, or Person. It does nothing by itself.
type Proposal string

// Person proposes to ask a person.
const Person Proposal = "person"

// When the companion proposes something.
const (
	cleanSteps   = 6 // steps in a row without trouble, until less help is proposed
	troubles     = 2 // refusals of one answer, until more help is proposed
	mostProposed = 2 // times that the same is proposed in a session
)

// fading is what level, help and trouble come to.
type fading struct {
	clean    int             // steps in a row that were done without trouble
	counted  map[string]bool // page/step that was counted: a step counts once
	offered  map[Proposal]int
	declined map[Proposal]bool
	shown    map[string]bool // page/step of which the citizen, or trouble, asked for the ring
}

// onLevel answers what the citizen says about the level, and what was proposed.
func (s *Session) onLevel(e Event) []Effect {
	switch e := e.(type) {
	case ChoseLevel:
		return s.chooseLevel(e.Level)
	case AskedLevel:
		if s.Level == "" || s.overlay == EndScreen || s.overlay == ConfirmEnd || s.overlay == Idle {
			return nil
		}
		s.overlay = LevelShown
		return []Effect{Speak{[]Phrase{{Key: "speech.level"}}}, Show{}}
	case AskedShow:
		step := s.Step()
		if s.Screen() != Companion || step == nil {
			return nil
		}
		s.trouble()
		mark(&s.fade.shown, s.key(step.ID))
		return append(s.speakStep(), Show{})
	case AnsweredProposal:
		return s.answerProposal(e.Yes)
	case TouchedVeil:
		if s.veiled() {
			return s.speakStep()
		}
	case Silent:
		if s.Screen() != Companion || s.Page == nil || s.Finished || s.waiting() {
			return nil
		}
		s.trouble()
		return s.moreHelp()
	}
	return nil
}

func (s *Session) chooseLevel(level Level) []Effect {
	if s.Lang == "" || !slices.Contains(Levels(), level) || s.Screen() != LevelShown {
		return nil
	}
	first := s.Level == ""
	s.setLevel(level)
	out := []Effect{Count{"level_" + string(level)}}
	if s.overlay == LevelShown {
		s.uncover()
	}
	if first {
		return append(out, Speak{[]Phrase{{Key: "speech.home"}}}, Show{})
	}
	return append(append(out, s.speakStep()...), Show{})
}

// setLevel changes the support and nothing else: no step is done or undone by it.
func (s *Session) setLevel(level Level) {
	s.Level, s.Proposed, s.fade.clean = level, "", 0
	s.fold()
}

// fold closes the answers of the step before; in company the why of the new one is open.
func (s *Session) fold() {
	s.Open = ""
	if step := s.Step(); s.Level == WithMe && step != nil && len(step.Say.Why) > 0 {
		s.Open = "why"
	}
}

// Bare tells whether the companion keeps to what to do: the citizen tries alone, and has not asked about this step.
func (s *Session) Bare() bool {
	step := s.Step()
	return s.Level == ITry && step != nil && !s.fade.shown[s.key(step.ID)]
}

// veiled tells whether all of the page but the ringed box is dimmed.
func (s *Session) veiled() bool {
	step := s.Step()
	return s.Level == WithMe && s.Screen() == Companion && step != nil && s.Sight(step) == Sure && s.State() == ""
}

// trouble ends a run of clean steps.
func (s *Session) trouble() {
	s.fade.clean = 0
	if s.lessHelp(s.Proposed) {
		s.Proposed = ""
	}
}

// went counts a step that was done. Nothing is proposed yet: that waits for the next page.
func (s *Session) went(key string) {
	if s.fade.counted[key] || s.Help.Accepted {
		return
	}
	mark(&s.fade.counted, key)
	s.fade.clean++
}

// calm is a moment between two pages: less help may be proposed there, and what was proposed on the page before is gone.
func (s *Session) calm() {
	s.Proposed = ""
	at := slices.Index(Levels(), s.Level)
	if s.fade.clean < cleanSteps || at < 0 || at == len(Levels())-1 || s.Finished || s.Help.Asked || s.errorAt != nil || s.Page == nil || s.Page.State != "" {
		return
	}
	s.propose(Proposal(Levels()[at+1]))
}

// moreHelp proposes more of it. Who tries alone sees the ring of this step at once.
func (s *Session) moreHelp() []Effect {
	before, shown := s.Proposed, s.Bare()
	if step := s.Step(); step != nil {
		mark(&s.fade.shown, s.key(step.ID))
	}
	if s.Help.Asked {
		return nil
	}
	if at := slices.Index(Levels(), s.Level); at > 0 {
		s.propose(Proposal(Levels()[at-1]))
	} else {
		s.propose(Person)
	}
	if s.Proposed == before && !shown {
		return nil
	}
	var out []Effect
	if s.Proposed != before {
		out = append(out, Speak{[]Phrase{{Key: "speech.propose." + string(s.Proposed)}}})
	}
	return append(out, Show{})
}

func (s *Session) propose(p Proposal) {
	if s.fade.declined[p] || s.fade.offered[p] >= mostProposed || s.Proposed == p {
		return
	}
	if s.fade.offered == nil {
		s.fade.offered = map[Proposal]int{}
	}
	s.fade.offered[p]++
	s.Proposed = p
}

// lessHelp tells whether a proposal is to fade.
func (s *Session) lessHelp(p Proposal) bool {
	return p != "" && slices.Index(Levels(), Level(p)) > slices.Index(Levels(), s.Level)
}

func (s *Session) answerProposal(yes bool) []Effect {
	p := s.Proposed
	if p == "" {
		return nil
	}
	s.Proposed = ""
	if !yes {
		if s.fade.declined == nil {
			s.fade.declined = map[Proposal]bool{}
		}
		s.fade.declined[p], s.fade.clean = true, 0
		return []Effect{Count{"proposal_declined"}, Speak{}, Show{}}
	}
	if p == Person {
		return append([]Effect{Count{"proposal_taken"}}, s.onHelp(AskedHelp{})...)
	}
	s.setLevel(Level(p))
	return append([]Effect{Count{"proposal_taken"}, Count{"level_" + string(p)}}, append(s.speakStep(), Show{})...)
}
