// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"slices"
	"testing"
)

func seenPage(id string) PageSeen {
	return PageSeen{Page: id, Fresh: true, Sights: map[string]Sight{"name": Sure, "go": Sure, "pick": Sure, "send": Sure}, Done: map[string]bool{}}
}

func TestSiteThatDoesNotAnswerStaysOnScreen(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, SiteDown{}, PageSeen{Fresh: true}) // the page of whoever answers in its place
	if s.Screen() != FailureShown || s.Failure != "site-down" {
		t.Fatalf("screen %s, failure %q", s.Screen(), s.Failure)
	}
	apply(t, s, AskedRetry{}, SiteDown{Unsure: true}, PageSeen{Fresh: true})
	if s.Screen() != FailureShown || s.Failure != "site-unsure" {
		t.Errorf("of whoever cannot prove to be the site: %q, %q", s.Screen(), s.Failure)
	}
	apply(t, s, AskedRetry{}, SiteDown{}, PageSeen{Fresh: true})
	if s.Screen() != FailureShown || s.Failure != "site-down" {
		t.Fatalf("after trying again: screen %s, failure %q", s.Screen(), s.Failure)
	}
	apply(t, s, AskedRetry{}, seenPage("two"))
	if s.Screen() != Companion || s.Page.ID != "two" {
		t.Fatalf("back again: screen %s, page %v", s.Screen(), s.Page)
	}
}

func TestSiteThatForgotTheFormIsSaid(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, seenPage("two"))
	if !s.passed["one"] {
		t.Fatal("the first page is not passed")
	}
	apply(t, s, SiteDown{}, AskedRetry{}, seenPage("one"))
	if s.Screen() != FailureShown || s.Failure != "session-lost" {
		t.Fatalf("screen %s, failure %q", s.Screen(), s.Failure)
	}
	if r := s.receipt(); len(r.Done) > 0 || !slices.Contains(r.Left, "One") {
		t.Errorf("a form that is lost is done on paper: %q, left %q", r.Done, r.Left)
	}
	apply(t, s, AskedRetry{}, seenPage("one"), seenPage("two"))
	if s.Screen() != Companion || s.Page.ID != "two" {
		t.Fatalf("screen %s, page %v", s.Screen(), s.Page)
	}
}

// A site whose own page says that it has a problem, and says so again, does not go on with this form.
func TestSiteThatCannotGoOnBeginsAgain(t *testing.T) {
	s := onPageOne(t)
	down := seenPage("down")
	apply(t, s, down, AskedRetry{}, down)
	if s.Failure != "site-down" {
		t.Fatalf("where nothing was passed, failure %q", s.Failure)
	}
	apply(t, s, AskedRetry{}, seenPage("one"), seenPage("two"), down)
	if s.Failure != "site-down" {
		t.Fatalf("at first, failure %q", s.Failure)
	}
	still := down
	still.Fresh = false
	apply(t, s, AskedRetry{}, still)
	if s.Failure != "site-down" {
		t.Fatalf("before the page came, failure %q", s.Failure)
	}
	apply(t, s, down, still)
	if s.Screen() != FailureShown || s.Failure != "form-gone" {
		t.Fatalf("tried once more: screen %s, failure %q", s.Screen(), s.Failure)
	}
	if open, opens := find[OpenService](apply(t, s, AskedRetry{})); !opens || open.Guide != s.Guide {
		t.Fatal("it does not begin again")
	}
	apply(t, s, seenPage("one"))
	if s.Screen() != Companion || s.Page.ID != "one" || len(s.passed) > 0 {
		t.Fatalf("screen %s, page %v, passed %v", s.Screen(), s.Page, s.passed)
	}
	// And where nothing was lost, the next problem is one that may pass.
	if apply(t, s, seenPage("two"), down); s.Failure != "site-down" {
		t.Errorf("failure %q", s.Failure)
	}
	if apply(t, s, AskedRetry{}, seenPage("two")); s.Screen() != Companion {
		t.Errorf("screen %s", s.Screen())
	}
}

func TestOnlyStepsForwardPassAPage(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, seenPage(""))
	if len(s.passed) > 0 {
		t.Errorf("an unknown page passed %v", s.passed)
	}
	apply(t, s, seenPage("two"), seenPage("one"))
	if !s.passed["one"] || s.passed["two"] {
		t.Errorf("passed %v, where only the first page was", s.passed)
	}
	apply(t, s, seenPage("two"), seenPage("down"))
	if s.passed["two"] || s.Failure != "site-down" {
		t.Errorf("passed %v, failure %q", s.passed, s.Failure)
	}
}

func TestReaderUnpluggedWhileTheCardIsOffered(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, CardReading{}, CardRead{cardFieldsOf(canary)})
	if s.Screen() != CardConsent {
		t.Fatalf("screen %s", s.Screen())
	}
	apply(t, s, ReaderChanged{"reader.absent"}, CardOut{})
	if s.Screen() != CardConsent || s.CardState != "reader.absent" || len(s.Card.Names()) > 0 {
		t.Fatalf("screen %s, card %q", s.Screen(), s.CardState)
	}
	apply(t, s, TookNothing{})
	if s.Screen() != Companion {
		t.Fatalf("screen %s", s.Screen())
	}
}

func TestUnknownCardStaysUnknownWhenItIsOut(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, CardReading{}, CardFailed{"card.unknown"}, CardOut{})
	if s.Screen() != CardConsent || s.CardState != "card.unknown" {
		t.Fatalf("screen %s, card %q: it was not pulled too early", s.Screen(), s.CardState)
	}
}
