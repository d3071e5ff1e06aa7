// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLostSessionGoesOnElsewhere(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, Switched{"large"}, seenPage("two"))
	r := s.Resumable()
	if r == nil || r.Lang != "en" || r.Level != GuideMe || !r.Large || r.Guide != "g" || !r.MaybeSent {
		t.Fatalf("%+v", r)
	}
	other := newTestSession()
	apply(t, other, Resumed{*r})
	if other.Screen() != FailureShown || other.Failure != "browser-lost" || other.Lang != "en" || !other.Large || !other.MaybeSent() {
		t.Fatalf("screen %s, failure %q", other.Screen(), other.Failure)
	}
	if open, ok := find[OpenService](apply(t, other, AskedRetry{})); !ok || open.Guide.ID != "g" {
		t.Fatal("the service is not begun again")
	}
	apply(t, other, seenPage("one"))
	if other.Screen() != Companion || other.Step().ID != "name" {
		t.Fatalf("screen %s, step %v", other.Screen(), other.Step())
	}
	if again, _ := other.Apply(Resumed{*r}); len(again) > 0 {
		t.Fatalf("in the middle of a session: %v", again)
	}
}

func TestWhoHadBegunNothingIsHomeAgain(t *testing.T) {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"ar"}, ChoseLevel{WithMe})
	other := newTestSession()
	apply(t, other, Resumed{*s.Resumable()})
	if other.Screen() != Home || other.Lang != "ar" || other.Level != WithMe {
		t.Fatalf("screen %s in %q", other.Screen(), other.Lang)
	}
}

// Whatever happens, nothing of the person is in what another worker is told.
func TestResumeTellsNoValue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestSession()
		for range rapid.IntRange(0, 40).Draw(t, "length") {
			if _, err := s.Apply(anyEvent(t)); err != nil || s.Wiped() {
				break
			}
			data, err := json.Marshal(s.Resumable())
			if err != nil || strings.Contains(string(data), canary) {
				t.Fatalf("%s, %v", data, err)
			}
		}
		if s.Wiped() && s.Resumable() != nil {
			t.Fatal("who is gone would go on")
		}
	})
}

func TestPageThatDiesComesBackTwice(t *testing.T) {
	s := onPageOne(t)
	for range mostCrashes {
		if reload, ok := find[Reload](apply(t, s, PageCrashed{})); !ok || !reload.Careful {
			t.Fatal("the page is not loaded again")
		}
		apply(t, s, seenPage("one"))
		if s.Screen() != FailureShown || s.Failure != "dead-end" {
			t.Fatalf("screen %s %s", s.Screen(), s.Failure)
		}
		if _, again := find[Reload](apply(t, s, AskedRetry{})); again || s.Screen() != Companion || s.Step().ID != "name" {
			t.Fatalf("screen %s, loaded again %v", s.Screen(), again)
		}
	}
	apply(t, s, PageCrashed{})
	if s.Screen() != FailureShown || s.Failure != "browser-lost" {
		t.Fatalf("a page that dies again and again: screen %s", s.Screen())
	}
}

func TestExpiredFormIsBegunAgain(t *testing.T) {
	s := onPageOne(t)
	s.Guide.Pages = append(s.Guide.Pages, Page{ID: "expired", State: "expired"})
	apply(t, s, seenPage("two"), seenPage("expired"))
	if s.Failure != "session-lost" {
		t.Fatalf("failure %q", s.Failure)
	}
	if _, ok := find[OpenService](apply(t, s, AskedRetry{})); !ok {
		t.Fatal("the page that says that it is over is loaded again")
	}
	apply(t, s, seenPage("one"))
	if s.Screen() != Companion || len(s.passed) > 0 {
		t.Fatalf("screen %s, passed %v", s.Screen(), s.passed)
	}
}
