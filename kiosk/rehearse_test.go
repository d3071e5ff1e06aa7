// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

func TestRehearse(t *testing.T) {
	_, g := builtIn(t)
	s := NewSession(Options{Guides: []*Guide{g}, Languages: []string{"en", "ar"}})
	apply := func(events ...Event) {
		t.Helper()
		for _, e := range events {
			if _, err := s.Apply(e); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Rehearse("en", GuideMe, ""); err == nil || !strings.Contains(err.Error(), "no page") {
		t.Error(err)
	}
	apply(ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{g.ID}, AskedStart{}, AskedStart{})
	page := g.Pages[3]
	apply(PageSeen{Page: page.ID, Fresh: true, Done: map[string]bool{page.Steps[1].ID: true}})
	counted := 0
	for i, step := range page.Steps {
		effects, err := s.Rehearse([]string{"en", "ar"}[i%2], WithMe, step.ID)
		if err != nil || s.Step().ID != step.ID || s.Screen() != Companion || s.Level != WithMe {
			t.Errorf("%s: %v on screen %s, %v", step.ID, s.Step(), s.Screen(), err)
		}
		for _, e := range effects {
			switch e.(type) {
			case Count, Speak, Fill:
				counted++
			}
		}
	}
	if counted > 0 {
		t.Error("a rehearsal is counted, spoken or filled")
	}
	if _, err := s.Rehearse("en", ITry, "nowhere"); err == nil {
		t.Error("a step that is not there was shown")
	}
	if _, err := s.Rehearse("en", "alone", ""); err == nil {
		t.Error("a level that is not there was taken")
	}
	if _, err := s.Rehearse("en", GuideMe, ""); err != nil || s.Step().ID != page.Steps[0].ID {
		t.Errorf("%v, %v", s.Step(), err)
	}
	apply(SaidNext{})
	if s.Step().ID == page.Steps[0].ID {
		t.Error("the citizen's own key does nothing after a rehearsal")
	}

	// The list of what is needed comes before the pages, and they can be gone to from there again.
	apply(SaidHave{g.Needs[0].ID, false})
	if _, err := s.RehearseList("ar", ITry); err != nil || s.Screen() != Readiness || s.Lang != "ar" || s.Level != ITry || len(s.Have) > 0 {
		t.Errorf("screen %s in %s with %s, answered %v, %v", s.Screen(), s.Lang, s.Level, s.Have, err)
	}
	if _, err := s.RehearseList("ar", "alone"); err == nil {
		t.Error("a level that is not there was taken")
	}
	apply(AskedStart{}, AskedStart{}, PageSeen{Page: page.ID, Fresh: true})
	if s.Screen() != Companion || s.Page == nil || s.Page.ID != page.ID {
		t.Errorf("after the list the screen is %s", s.Screen())
	}
	bare := *g
	bare.Needs = nil
	s = NewSession(Options{Guides: []*Guide{&bare}, Languages: []string{"en"}})
	apply(ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{g.ID})
	if _, err := s.RehearseList("en", GuideMe); err == nil {
		t.Error("a list that a guide does not have was shown")
	}
}

func TestParsePreviewScript(t *testing.T) {
	script, err := ParsePreviewScript("p.yaml", []byte("steps:\n  - page: your-name\n    step: name\n    language: ar\n    level: i-try\n  - touch: why\n  - shot: name-why\n"))
	if err != nil || len(script.Steps) != 3 || script.Steps[0].Level != ITry {
		t.Fatalf("%+v, %v", script, err)
	}
	for _, c := range []struct{ text, want string }{
		{"steps: []\n", "no steps"},
		{"steps:\n  - touch: a\n    shot: b\n", "does not say one thing"},
		{"steps:\n  - step: a\n", "a step or an error is on a page"},
		{"steps:\n  - level: alone\n", `no level "alone"`},
		{"steps:\n  - shot: ../x\n", "cannot be a picture's name"},
	} {
		if _, err := ParsePreviewScript("p.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

// A guide with files of texts is a draft as far as they lack sentences.
func TestLoadDraftReadsTexts(t *testing.T) {
	if _, left, err := LoadDraft(os.DirFS("guides"), "hmpo-basic"); err != nil || len(left) > 0 {
		t.Errorf("a finished guide: %v, %v", left, err)
	}
	fsys := fstest.MapFS{}
	for _, name := range []string{"guide.yaml", "ar.yaml", "words"} {
		data, err := os.ReadFile("guides/hmpo-basic/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if name == "ar.yaml" {
			data = []byte(strings.SplitAfterN(string(data), "\n", 4)[3])
		}
		fsys["hmpo-basic/"+name] = &fstest.MapFile{Data: data}
	}
	g, left, err := LoadDraft(fsys, "hmpo-basic")
	if err != nil || len(left) == 0 || len(left) > 12 || !strings.Contains(left[0].Message, ".ar is still to be written") {
		t.Fatalf("%v, %v", left, err)
	}
	g.ShowUnwritten()
	if got := string(FormatGuide(g, "")); strings.Count(got, "✎") != len(left) || strings.Contains(got, unwritten) {
		t.Errorf("%d marks for %d texts", strings.Count(got, "✎"), len(left))
	}
}
