// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

// What may be read in several ways is asked, never taken as it is, and wiped with all its ways.
func TestDoubtIsAsked(t *testing.T) {
	var card Fields
	ways := []Private{NewPrivate("8103"), NewPrivate("B103")}
	card.Doubt("family_name", ways)
	card.LookAt("family_name")
	card.Doubt("given_names", []Private{NewPrivate("one way")})
	s := onPageOne(t)
	apply(t, s, CardReading{}, CardRead{card})
	if s.Screen() != CardConsent || len(s.Card.Choices("family_name")) != 2 || !s.Card.Unproven("family_name") || len(s.Card.Choices("given_names")) != 0 {
		t.Fatalf("screen %s", s.Screen())
	}
	apply(t, s, Ticked{"family_name", true}, Chose{"family_name", 2}, Chose{"family_name", -1}, Chose{"given_names", 0})
	if len(s.Ticked) != 0 {
		t.Fatalf("ticked %v before anybody said which way is right", s.Ticked)
	}
	effects := apply(t, s, Chose{"family_name", 0}, Chose{"family_name", 1}, Took{})
	filled := false
	for _, e := range effects {
		if f, ok := e.(Fill); ok {
			filled = f.Value.Reveal() == "B103"
		}
	}
	if !filled {
		t.Errorf("effects %v", effects)
	}
	apply(t, s, CardOut{})
	for _, w := range ways {
		if w.Reveal() == "8103" || w.Reveal() == "B103" {
			t.Error("a way to read it is not wiped")
		}
	}
}
