// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// Whatever is said about levels, the step stays where it was, and nothing is done or undone by it.
func TestLevelsLoseNoStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestSession()
		for _, e := range []Event{ChoseLanguage{"en"}, ChoseLevel{WithMe}, ChoseService{"g"}, AskedStart{}, AskedStart{}} {
			if _, err := s.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			if _, err := s.Apply(anyEvent(t)); err != nil || s.Wiped() {
				return
			}
			if s.Guide == nil || s.Level == "" {
				continue
			}
			step, page, done, said, level := s.Step(), s.Page, maps.Clone(s.done), maps.Clone(s.said), s.Level
			events := []Event{AskedLevel{}, ChoseLevel{rapid.SampledFrom(Levels()).Draw(t, "level")}}
			if rapid.Bool().Draw(t, "proposed") {
				s.Proposed = Proposal(rapid.SampledFrom(Levels()).Draw(t, "proposal"))
				events = []Event{AnsweredProposal{rapid.Bool().Draw(t, "yes")}}
			}
			for _, e := range events {
				if _, err := s.Apply(e); err != nil {
					t.Fatal(err)
				}
			}
			if s.Step() != step || s.Page != page || !maps.Equal(done, s.done) || !maps.Equal(said, s.said) {
				t.Fatalf("from %s to %s the step was lost", level, s.Level)
			}
		}
	})
}

// The level never changes by itself, and less help is proposed only after a run of clean steps.
func TestFadingIsProposedOnlyAfterCleanSteps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestSession()
		for range rapid.IntRange(0, 80).Draw(t, "length") {
			level, clean, proposed := s.Level, s.fade.clean, s.Proposed
			e := anyEvent(t)
			if _, err := s.Apply(e); err != nil || s.Wiped() {
				return
			}
			switch e.(type) {
			case ChoseLevel, AnsweredProposal:
			case WentBack:
				if s.Level != level && s.Screen() != LevelShown {
					t.Fatalf("back changed the level to %q", s.Level)
				}
			default:
				if s.Level != level {
					t.Fatalf("%T changed the level from %q to %q", e, level, s.Level)
				}
			}
			if s.Proposed != proposed && s.lessHelp(s.Proposed) && clean < cleanSteps-3 { // a page seen may settle its steps and the one before
				t.Fatalf("%T proposed %s after %d clean steps", e, s.Proposed, clean)
			}
		}
	})
}

func TestLessHelpAfterCleanPages(t *testing.T) {
	s := onPageOne(t)
	s.fade.clean = cleanSteps - 2
	done := seenPage("one")
	done.Fresh, done.Done = false, map[string]bool{"name": true}
	apply(t, s, done)
	if s.Proposed != "" {
		t.Fatalf("proposed %q in the middle of a page", s.Proposed)
	}
	effects := apply(t, s, seenPage("two"))
	if s.Proposed != Proposal(ITry) || s.Level != GuideMe {
		t.Fatalf("proposed %q at level %s", s.Proposed, s.Level)
	}
	if speak, ok := find[Speak](effects); !ok || speak.Phrases[len(speak.Phrases)-1].Key != "speech.propose.i-try" {
		t.Fatalf("said %v", effects)
	}
	apply(t, s, AnsweredProposal{true})
	if s.Level != ITry || !s.Bare() || s.watching.Step != "" {
		t.Fatalf("level %s, watching %+v", s.Level, s.watching)
	}
	apply(t, s, AskedShow{})
	if s.Bare() || s.watching.Step != "pick" {
		t.Fatalf("asked to be shown, and watching %+v", s.watching)
	}
}

func TestTroubleBringsHelpBack(t *testing.T) {
	wrong := seenPage("one")
	wrong.Errors = []SiteError{{"name", NewPrivate("Enter a name")}}
	s := onPageOne(t)
	apply(t, s, AskedLevel{}, ChoseLevel{ITry}, wrong)
	if s.Proposed != "" {
		t.Fatalf("proposed %q after one refusal", s.Proposed)
	}
	apply(t, s, seenPage("one"), wrong)
	if s.Proposed != Proposal(GuideMe) || s.Bare() {
		t.Fatalf("after two refusals: proposed %q, bare %v", s.Proposed, s.Bare())
	}
	apply(t, s, AnsweredProposal{false}, seenPage("one"), wrong)
	if s.Proposed != "" || s.Level != ITry {
		t.Fatalf("what was declined is proposed again: %q, level %s", s.Proposed, s.Level)
	}

	s = onPageOne(t)
	apply(t, s, Silent{})
	if s.Proposed != Proposal(WithMe) {
		t.Fatalf("after silence: %q", s.Proposed)
	}
	apply(t, s, AnsweredProposal{true}, Silent{})
	if s.Level != WithMe || s.Proposed != Person {
		t.Fatalf("level %s, proposed %q", s.Level, s.Proposed)
	}
	apply(t, s, AnsweredProposal{true})
	if s.Screen() != HelpConsent {
		t.Fatalf("screen %s", s.Screen())
	}
}

func TestInCompanyAllIsSpokenAndTheRestDimmed(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedHelp{}, AskedLevel{})
	effects := apply(t, s, ChoseLevel{WithMe})
	watch, ok := find[Watch](effects)
	if !ok || !watch.Veil || watch.Step != "name" || s.Open != "why" || s.Screen() != Companion {
		t.Fatalf("watch %+v, open %q, screen %s", watch, s.Open, s.Screen())
	}
	speak, _ := find[Speak](effects)
	if n := len(speak.Phrases); n != 3 || speak.Phrases[2].Text["en"] != "why" {
		t.Fatalf("said %v", speak.Phrases)
	}
	if again, ok := find[Speak](apply(t, s, TouchedVeil{})); !ok || len(again.Phrases) != 3 {
		t.Fatalf("a touch on the dimmed page says %v", again)
	}
}

func TestReadinessIsNoGate(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe})
	effects := apply(t, s, ChoseService{"g"})
	if _, opened := find[OpenService](effects); opened || s.Screen() != Readiness || s.Begun() {
		t.Fatalf("screen %s, opened %v", s.Screen(), opened)
	}
	if speak, ok := find[Speak](apply(t, s, SaidHave{"papers", false})); !ok || speak.Phrases[0].Text["en"] != "Fetch them" {
		t.Fatalf("who does not have it is told %v", speak)
	}
	print, ok := find[Print](apply(t, s, AskedPrint{}))
	if !ok || !print.Receipt.List || len(print.Receipt.Missing) != 1 || len(print.Receipt.Need) != 1 || len(print.Receipt.Done) != 0 {
		t.Fatalf("on paper: %+v", print.Receipt)
	}
	effects = apply(t, s, Printed{OK: true}, AskedStart{}) // every line is answered
	if _, opened := find[OpenService](effects); !opened || s.Screen() != Companion {
		t.Fatalf("screen %s", s.Screen())
	}
	apply(t, s, seenPage("one"), AskedEnd{})
	if print, _ = find[Print](apply(t, s, SaidEnd{})); len(print.Receipt.Missing) != 1 || print.Receipt.List {
		t.Fatalf("at the end on paper: %+v", print.Receipt)
	}
}

func TestStartAsksOnceAboutWhatWasNotAnswered(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"}, AskedStart{})
	if s.Screen() != Readiness || !s.AskedOnce {
		t.Fatalf("screen %s, asked %v", s.Screen(), s.AskedOnce)
	}
	if _, opened := find[OpenService](apply(t, s, AskedStart{})); !opened {
		t.Fatal("the second touch does not start")
	}
}

func TestEndOnTheListPrintsWhatIsMissing(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"}, SaidHave{"papers", false})
	if print, ok := find[Print](apply(t, s, AskedEnd{})); !ok || !print.Receipt.List {
		t.Fatal("who ends because something is missing takes no paper along")
	}
	s = newTestSession()
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"})
	if _, wiped := find[Wipe](apply(t, s, AskedEnd{})); !wiped {
		t.Fatal("nothing was written, and the end asks")
	}
}
