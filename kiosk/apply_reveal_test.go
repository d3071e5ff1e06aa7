// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

// inCall is a session whose helper sees the page.
func inCall(t *testing.T) *Session {
	s := onPageOne(t)
	apply(t, s, AskedHelp{}, ChangedConsent{"see", true}, WantedHelp{ID: "h1"}, HelpAccepted{Name: "Amina", Digits: "1234"})
	if s.Screen() != Pointing {
		t.Fatalf("screen %s", s.Screen())
	}
	return s
}

func TestNothingIsShownBeforeItWasTouchedAndAgreed(t *testing.T) {
	s := inCall(t)
	for _, early := range []Event{SaidReveal{}, Picked{ID: "e1"}, RevealOver{}} {
		if effects := apply(t, s, early); len(effects) != 0 {
			t.Fatalf("%T: %v", early, effects)
		}
	}
	if pick, ok := find[Pick](apply(t, s, AskedReveal{})); !ok || !pick.On {
		t.Fatal("the page does not wait for a touch")
	}
	if _, ok := find[Reveal](apply(t, s, SaidReveal{})); ok {
		t.Fatal("it is shown before anything was touched")
	}
	if _, ok := find[Reveal](apply(t, s, Picked{ID: "e1"})); ok || s.Help.Reveal != RevealAsk {
		t.Fatalf("after the touch: %q", s.Help.Reveal)
	}
	if shown, ok := find[Reveal](apply(t, s, SaidReveal{})); !ok || shown.ID != "e1" || s.Help.Reveal != RevealShown {
		t.Fatalf("after yes: %+v", shown)
	}
	if covered, ok := find[Reveal](apply(t, s, RevealOver{})); !ok || covered.ID != "" || s.Help.Reveal != "" {
		t.Fatal("it is not covered when its time is over")
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	s := inCall(t)
	apply(t, s, AskedReveal{}, Picked{ID: "pw", Never: true})
	if s.Help.Reveal != RevealNever {
		t.Fatalf("%q", s.Help.Reveal)
	}
	if _, ok := find[Reveal](apply(t, s, SaidReveal{})); ok {
		t.Fatal("a secret is shown")
	}
}

// Whatever ends what the showing belongs to covers it: consent, page, helper, help.
func TestShowingEndsWithWhatItBelongsTo(t *testing.T) {
	for name, end := range map[string]Event{
		"consent": ChangedConsent{"see", false}, "page": PageSeen{Page: "one", Fresh: true}, "helper": HelpLost{}, "stop": StoppedHelp{}, "no": AskedReveal{},
	} {
		s := inCall(t)
		apply(t, s, AskedReveal{}, Picked{ID: "e1"}, SaidReveal{})
		effects := apply(t, s, end)
		covered, ok := find[Reveal](effects)
		if _, hung := find[HangUp](effects); !hung && (!ok || covered.ID != "") {
			t.Errorf("%s: it is not covered: %v", name, effects)
		}
		if s.Help.Reveal != "" || s.Help.Revealed != "" {
			t.Errorf("%s: %q %q", name, s.Help.Reveal, s.Help.Revealed)
		}
	}
}
