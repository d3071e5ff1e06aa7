// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"handrail/kiosk/browser"
)

// A touch that says what is meant does nothing else in the page; what stands there is handed out, but of a secret never.
func TestTouchingWhatIsShown(t *testing.T) {
	if testing.Short() || !browser.ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><body onclick="document.title='touched'"><p><label for=a>Name</label><input id=a value="Ada"></p>
			<p><input id=pw type=password value=Zq></p><p><input id=cc autocomplete=cc-number value=Zq></p><p><input id=otp name=otp value=Zq></p></body>`)
	}))
	defer page.Close()
	v, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	seen := make(chan browser.Seen, 100)
	tab, err := v.OpenOnlooker(nil, 816, 688, func(s browser.Seen) { seen <- s })
	if err != nil {
		t.Fatal(err)
	}
	defer tab.Close()
	next := func(kind browser.SeenKind) browser.Seen {
		for limit := time.After(30 * time.Second); ; {
			select {
			case s := <-seen:
				if s.Kind == kind {
					return s
				}
			case <-limit:
				t.Fatal("nothing is told")
			}
		}
	}
	if err := tab.Open(page.URL); err != nil {
		t.Fatal(err)
	}
	for nodes := 0; nodes < 4; {
		nodes = len(next(browser.SeenOutline).Outline.Nodes)
	}
	for selector, never := range map[string]bool{"#a": false, "#pw": true, "#cc": true, "#otp": true} {
		if err := tab.Pick(true); err != nil {
			t.Fatal(err)
		}
		if err := tab.Click(t.Context(), selector); err != nil {
			t.Fatal(err)
		}
		picked := next(browser.SeenPicked).Picked
		if picked.ID == "" || picked.Never != never {
			t.Errorf("%s: %+v", selector, picked)
		}
		value, ok, err := tab.ShownBy(picked.ID)
		if err != nil || ok == never || (ok && value.Reveal() != "Ada") {
			t.Errorf("%s: shown %v (%v)", selector, ok, err)
		}
	}
	if title, err := browser.OnlookerEval[string](tab, "document.title + document.activeElement.tagName"); err != nil || title != "BODY" {
		t.Errorf("the page noticed the touches: %q, %v", title, err)
	}
}
