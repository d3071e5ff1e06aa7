// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

func TestDeadEndLeadsBackToTheForm(t *testing.T) {
	for _, c := range []struct {
		name   string
		event  DeadEnd
		seen   bool // the form comes back before the citizen goes on
		reload bool
	}{
		{"the way back has worked", DeadEnd{}, true, false},
		{"nothing came back", DeadEnd{}, false, true},
		{"a page that was set free", DeadEnd{Here: true}, false, false},
	} {
		s := onPageOne(t)
		apply(t, s, c.event)
		if s.Screen() != FailureShown || s.Failure != "dead-end" || s.ServiceShown() {
			t.Fatalf("%s: screen %s, failure %q", c.name, s.Screen(), s.Failure)
		}
		if c.seen {
			apply(t, s, seenPage("one"))
		}
		if s.Failure != "dead-end" {
			t.Fatalf("%s: it is taken away without the citizen", c.name)
		}
		reload, ok := find[Reload](apply(t, s, AskedRetry{}))
		if ok != c.reload || ok && !reload.Careful {
			t.Errorf("%s: loaded again %v, carefully %v", c.name, ok, reload.Careful)
		}
		if s.Screen() != Companion || s.Failure != "" {
			t.Errorf("%s: screen %s, failure %q", c.name, s.Screen(), s.Failure)
		}
		if step := s.Step(); step == nil || step.ID != "name" {
			t.Errorf("%s: the step is lost", c.name)
		}
	}
}

func TestDeadEndWaitsForWhatIsAsked(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedEnd{}, DeadEnd{})
	if s.Screen() != ConfirmEnd {
		t.Fatalf("screen %s", s.Screen())
	}
	apply(t, s, SaidStay{})
	if s.Screen() != Companion {
		t.Fatalf("screen %s", s.Screen())
	}
	s = NewSession(Options{Languages: []string{"en"}})
	apply(t, s, DeadEnd{})
	if s.Screen() != Start {
		t.Fatalf("screen %s", s.Screen())
	}
}
