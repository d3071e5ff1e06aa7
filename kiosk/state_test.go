// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"slices"
	"strings"
	"testing"
)

func withSigns(page PageSeen, signs ...Sign) PageSeen {
	page.Signs = signs
	return page
}

func TestSignsAreExplainedBeforeTheStep(t *testing.T) {
	s := onPageOne(t)
	effects := apply(t, s, withSigns(seenPage("one"), SignCookies))
	if s.State() != "cookies" || s.HandsOff() != "" {
		t.Fatalf("state %q, hands off %q", s.State(), s.HandsOff())
	}
	if speak, ok := find[Speak](effects); !ok || speak.Phrases[0].Key != "page.cookies.title" {
		t.Fatalf("said %v", speak)
	}
	apply(t, s, SaidNext{})
	if s.State() != "" || s.Step().ID != "name" {
		t.Fatalf("after going on: state %q, step %s", s.State(), s.Step().ID)
	}
	changed := withSigns(seenPage("one"), SignCookies)
	changed.Fresh, changed.Done = false, map[string]bool{"name": true}
	if apply(t, s, changed); s.State() != "" {
		t.Fatalf("what was dealt with comes back: %q", s.State())
	}
}

func TestCaptchaWaitsForWhatStandsAboveIt(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, withSigns(seenPage("one"), SignCaptcha))
	if s.State() != "" || s.HandsOff() != "captcha" {
		t.Fatalf("state %q, hands off %q", s.State(), s.HandsOff())
	}
	done := withSigns(seenPage("one"), SignCaptcha)
	done.Fresh, done.Done = false, map[string]bool{"name": true}
	if apply(t, s, done); s.State() != "captcha" {
		t.Fatalf("state %q at step %s", s.State(), s.Step().ID)
	}
}

func TestPasswordOnAPageThatNobodyKnows(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, withSigns(seenPage(""), SignLogin))
	if s.State() != "login" || s.HandsOff() != "login" {
		t.Fatalf("state %q, hands off %q", s.State(), s.HandsOff())
	}
	apply(t, s, SaidNext{})
	if s.State() != "login" {
		t.Fatal("what only the site can end was passed over")
	}
	apply(t, s, seenPage("one"))
	if s.State() != "" || s.HandsOff() != "" {
		t.Fatalf("state %q, hands off %q", s.State(), s.HandsOff())
	}
}

// Where the citizen is alone, no card is offered and nothing is filled, whatever was ticked before.
func TestNothingIsFilledWhereTheCitizenIsAlone(t *testing.T) {
	for _, sign := range []Sign{SignLogin, SignCode, SignEID, SignCaptcha, SignPayment} {
		s := onPageOne(t)
		apply(t, s, CardReading{}, CardRead{cardFieldsOf(canary)}, Ticked{"family_name", true}, withSigns(seenPage("one"), sign))
		if effects := apply(t, s, Took{}); len(s.Offered()) > 0 {
			t.Errorf("%s: the card is offered: %v", sign, effects)
		} else if fill, filled := find[Fill](effects); filled {
			t.Errorf("%s: %v is filled", sign, fill.Step)
		}
	}
}

func TestDeclarationIsTheCitizensAlone(t *testing.T) {
	s := onPageOne(t)
	page := seenPage("two")
	page.Done["pick"] = true
	apply(t, s, page)
	if s.Step().ID != "send" || s.HandsOff() != "declaration" {
		t.Fatalf("step %s, hands off %q", s.Step().ID, s.HandsOff())
	}
}

func TestNoticesAreSaidAndPassed(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, FileOffered{})
	if s.State() != NoticeFile {
		t.Fatalf("state %q", s.State())
	}
	apply(t, s, SaidNext{}, WindowWanted{}, seenPage("two"))
	if s.State() != "" || s.Step().ID != "pick" {
		t.Fatalf("state %q, step %s", s.State(), s.Step().ID)
	}
}

// pacing is the test guide with steps that wait and depend on its second page.
func pacing(t *testing.T, steps ...Step) *Session {
	t.Helper()
	s := newTestSession()
	g := s.Guides[0]
	say := g.Pages[0].Steps[0].Say
	for i := range steps {
		steps[i].Say = say
	}
	g.Pages[1].Steps = slices.Concat(steps, g.Pages[1].Steps)
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"}, AskedStart{}, AskedStart{}, seenPage("one"))
	return s
}

func TestStepThatTakesTooLong(t *testing.T) {
	for then, want := range map[Then]string{ThenSkip: "pick", ThenHelp: "wait", ThenReload: "wait"} {
		s := pacing(t, Step{ID: "wait", Kind: Wait, Done: DoneAppears, Timeout: 30, Then: then})
		effects := apply(t, s, seenPage("two"))
		if wake, ok := find[Wake](effects); !ok || wake.Step != "wait" || wake.Seconds != 30 {
			t.Fatalf("%s: %v", then, effects)
		}
		if effects = apply(t, s, SaidNext{}); s.Step().ID != "wait" {
			t.Fatalf("%s: who waits is passed over by a touch", then)
		}
		if apply(t, s, Woke{"one", "wait"}); s.Proposed != "" || s.Step().ID != "wait" {
			t.Fatalf("%s: woken for another page", then)
		}
		effects = apply(t, s, Woke{"two", "wait"})
		if s.Step().ID != want {
			t.Errorf("%s: step %s", then, s.Step().ID)
		}
		if _, reloads := find[Reload](effects); reloads != (then == ThenReload) {
			t.Errorf("%s: %v", then, effects)
		}
		if (s.Proposed != "") != (then == ThenHelp) {
			t.Errorf("%s: proposed %q", then, s.Proposed)
		}
	}
}

func TestQuietNetworkEndsAWait(t *testing.T) {
	s := pacing(t, Step{ID: "wait", Kind: Wait, Done: DoneQuiet, Timeout: 30, Then: ThenHelp})
	apply(t, s, NetworkQuiet{}, seenPage("two"))
	if s.Step().ID != "wait" {
		t.Fatal("the quiet of the page before counts")
	}
	same := seenPage("two")
	same.Fresh = false
	apply(t, s, NetworkQuiet{}, same)
	if s.Step().ID != "pick" {
		t.Fatalf("step %s", s.Step().ID)
	}
}

func TestStepsThatDependOnWhatWasChosenOrSeen(t *testing.T) {
	s := pacing(t, Step{ID: "seen", Kind: Read, Done: DonePerson, When: &When{Page: "one"}}, Step{ID: "unseen", Kind: Read, Done: DonePerson, When: &When{Page: "sent"}},
		Step{ID: "chosen", Kind: FillIn, Done: DoneValid, When: &When{Step: "pick", Option: "yes"}})
	page := seenPage("two")
	page.Skips = map[string]bool{"chosen": true}
	apply(t, s, page)
	if s.Step().ID != "seen" {
		t.Fatalf("step %s", s.Step().ID)
	}
	if apply(t, s, SaidNext{}); s.Step().ID != "pick" {
		t.Fatalf("step %s, where two do not apply", s.Step().ID)
	}
	page.Fresh, page.Skips = false, nil
	if apply(t, s, page); s.Step().ID != "chosen" {
		t.Fatalf("step %s after the choice", s.Step().ID)
	}
}

func TestPaceIsChecked(t *testing.T) {
	for extra, want := range map[string]string{
		"kind: wait\n        done: quiet":                                                                         "could wait for ever",
		"kind: wait\n        done: quiet\n        timeout: 9000\n        then: help":                              "is no time to wait",
		"kind: wait\n        done: quiet\n        timeout: 9":                                                     "does not say what follows",
		"kind: read\n        done: person\n        then: help":                                                    "does not say how long",
		"kind: wait\n        done: appears\n        timeout: 9\n        then: help":                               "does not say what",
		"kind: read\n        done: person\n        appears: {role: status, name: {en: Done}}":                     "is not done by what appears",
		"kind: read\n        done: person\n        when: {step: family, page: name}":                              "it depends on one choice, or on one page",
		"kind: read\n        done: person\n        when: {page: nowhere}":                                         "there is no page",
		"kind: read\n        done: person\n        when: {step: nothing, option: a}":                              "no choice is made",
		"kind: upload\n        done: valid":                                                                       "points at nothing",
		"kind: upload\n        done: checked\n        target: {role: file, name: {en: File}}":                     "cannot be done by",
		"kind: wait\n        done: appears\n        timeout: 9\n        then: skip\n        appears: {role: cow}": "unknown role",
	} {
		text := addStep(small, extra)
		_, problems := CheckGuide("guide.yaml", []byte(text))
		if !slices.ContainsFunc(problems, func(e *GuideError) bool { return !e.Warning && contains(e.Message, want) }) {
			t.Errorf("%q: want %q, got %v", extra, want, problems)
		}
	}
	good := addStep(small, "kind: wait\n        done: appears\n        timeout: 9\n        then: help\n        appears: {role: status, name: {en: Done}}")
	if _, err := ParseGuide("guide.yaml", []byte(good)); err != nil {
		t.Error(err)
	}
}

func TestNeedsAreChecked(t *testing.T) {
	line := "  - {id: a, title: {en: A card, ar: بطاقة}, gloss: {en: plastic, ar: بلاستيك}, without: {en: Ask for it., ar: اطلبها.}}\n"
	with := func(needs string) string { return "needs:\n" + needs + small }
	if _, err := ParseGuide("guide.yaml", []byte(with(line))); err != nil {
		t.Error(err)
	}
	for needs, want := range map[string]string{
		line + line:                        "another need",
		"  - {id: a, title: {en: A card}}": "is missing",
		line + "  - {id: b}\n  - {id: c}\n  - {id: d}\n  - {id: e}\n  - {id: f}\n": "fit the screen",
	} {
		_, problems := CheckGuide("guide.yaml", []byte(with(needs+"\n")))
		if !slices.ContainsFunc(problems, func(e *GuideError) bool { return contains(e.Message, want) && e.Line > 0 }) {
			t.Errorf("want %q, got %v", want, problems)
		}
	}
}

// addStep adds a step to the first page of the small guide.
func addStep(guide, body string) string {
	step := "      - id: extra\n        " + body + "\n        say:\n          title: {en: Wait, ar: انتظر}\n          how: {en: It works., ar: يعمل.}\n"
	return strings.Replace(guide, "      - id: send\n", step+"      - id: send\n", 1)
}

func contains(text, part string) bool { return strings.Contains(text, part) }
