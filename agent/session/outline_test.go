// SPDX-License-Identifier: Apache-2.0

package session

import (
	"encoding/json"
	"strings"
	"testing"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// workerOn is a worker whose citizen is on a page of a guide with one public sentence.
func workerOn(t *testing.T) *Worker {
	t.Helper()
	en := func(s string) kiosk.Text { return kiosk.Text{"en": s, "ar": s} }
	guide := &kiosk.Guide{ID: "g", Service: kiosk.Service{Name: en("S"), Term: en("S"), Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "one", Title: en("One"), Steps: []kiosk.Step{{ID: "name", Kind: kiosk.FillIn, Say: kiosk.Say{Title: en("Write"), How: en("Here")}, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox"}}}}},
		Words: kiosk.Words{kiosk.WordHash("g", "one", "main1/h11", kiosk.NormaliseWords("Your name")): true}}
	w := New(strings.NewReader(""), &strings.Builder{}, nil)
	w.call = &call{}
	w.session = kiosk.NewSession(kiosk.Options{Guides: []*kiosk.Guide{guide}, Languages: []string{"en", "ar"}})
	for _, e := range []kiosk.Event{kiosk.ChoseLanguage{Lang: "en"}, kiosk.ChoseLevel{Level: kiosk.GuideMe}, kiosk.ChoseService{Guide: "g"}, kiosk.PageSeen{Page: "one", Fresh: true, Sights: map[string]kiosk.Sight{"name": kiosk.Sure}}} {
		if _, err := w.session.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func TestOutlineHoldsOnlyPublicWords(t *testing.T) {
	const secret = "Zqcanaryvalue"
	w := workerOn(t)
	w.outline = browser.Outline{W: 800, H: 600, Nodes: []browser.OutlineNode{
		{ID: "e1", Kind: "heading", Box: [4]int{0, 0, 300, 40}, Text: "Your  name", Place: "main1/h11"},
		{ID: "e2", Kind: "text", Box: [4]int{0, 50, 123, 20}, Text: "Your name", Place: "main1/p1"},   // public elsewhere
		{ID: "e3", Kind: "text", Box: [4]int{0, 80, 7, 20}, Text: secret, Place: "main1/p2"},          // the person's own
		{ID: "e4", Kind: "text", Box: [4]int{0, 90, 60, 20}, Text: "Your name 7", Place: "main1/h11"}, // a public sentence with a number added
		{ID: "e5", Kind: "field", Box: [4]int{0, 100, 300, 40}, State: []string{"answered", secret}},  // a state that nobody knows
		{ID: "e6", Kind: "secret", Box: [4]int{0, 150, 300, 40}, State: []string{"never"}},
		{ID: "e7", Kind: secret, Box: [4]int{0, 150, 300, 40}, Text: "Your name", Place: "main1/h11"}, // a kind that nobody knows
	}}
	out := w.safeOutline()
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), secret) {
		t.Fatalf("the outline tells what is the person's: %s", data)
	}
	if len(out.Nodes) != 6 || out.Nodes[0].Text != "Your name" {
		t.Fatalf("the outline: %s", data)
	}
	for _, n := range out.Nodes[1:] {
		if n.Text != "" {
			t.Errorf("%s: %q is not public there", n.ID, n.Text)
		}
	}
	for i, want := range []int{128, 64, 64} {
		if n := out.Nodes[i+1]; n.Bar != want || n.Box[2] != want {
			t.Errorf("%s: a bar of %d in a box of %d, want %d: its length must tell nothing", n.ID, n.Bar, n.Box[2], want)
		}
	}
	if got := strings.Join(out.Nodes[4].State, " "); got != "answered" {
		t.Errorf("states of the field: %q", got)
	}
}

func TestPagesWithoutAGuideHaveNoWords(t *testing.T) {
	w := workerOn(t)
	if _, err := w.session.Apply(kiosk.PageSeen{Page: "nowhere", Fresh: true}); err != nil {
		t.Fatal(err)
	}
	w.outline = browser.Outline{Nodes: []browser.OutlineNode{{ID: "e1", Kind: "heading", Text: "Your name", Place: "main1/h11", Box: [4]int{0, 0, 10, 10}}}}
	if out := w.safeOutline(); out.Nodes[0].Text != "" || out.Page != "" {
		t.Fatalf("an unknown page tells %+v", out)
	}
}

// What a citizen does alone is not sent, whatever the browser told before.
func TestWhatIsDoneAloneHasNoOutline(t *testing.T) {
	w := workerOn(t)
	w.outline = browser.Outline{W: 800, H: 600, Nodes: []browser.OutlineNode{{ID: "e1", Kind: "heading", Text: "Your name", Place: "main1/h11", Box: [4]int{0, 0, 10, 10}}}}
	for _, state := range []string{"login", "eid", "captcha", "payment"} {
		w.session.Page.State = state
		if out := w.safeOutline(); len(out.Nodes) != 0 || out.Alone != state {
			t.Errorf("%s: %+v", state, out)
		}
	}
}

func TestRailWindow(t *testing.T) {
	for _, c := range []struct {
		index, total int
		want         []int
	}{
		{1, 3, []int{1, 2, 3}}, {12, 21, []int{1, 9, 10, 11, 12, 13, 14, 15, 21}}, {21, 21, []int{1, 14, 15, 16, 17, 18, 19, 20, 21}}, {1, 21, []int{1, 2, 3, 4, 5, 6, 7, 8, 21}},
	} {
		got := window(c.index, c.total, 9)
		if len(got) != len(c.want) {
			t.Errorf("window(%d of %d) = %v", c.index, c.total, got)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("window(%d of %d) = %v, want %v", c.index, c.total, got, c.want)
				break
			}
		}
	}
}

// Whatever stands on the page: where the citizen is alone, not an element of it leaves the terminal, and nobody points.
func TestNothingLeavesWhereTheCitizenIsAlone(t *testing.T) {
	for _, sign := range []kiosk.Sign{kiosk.SignLogin, kiosk.SignCode, kiosk.SignEID, kiosk.SignCaptcha, kiosk.SignPayment} {
		w := workerOn(t)
		w.outline = browser.Outline{W: 800, H: 600, Nodes: []browser.OutlineNode{{ID: "e1", Kind: "heading", Box: [4]int{0, 0, 300, 40}, Text: "Your name", Place: "main1/h11"}}}
		if out := w.safeOutline(); len(out.Nodes) == 0 || out.Alone != "" {
			t.Fatalf("before: %d elements, alone %q", len(out.Nodes), out.Alone)
		}
		if _, err := w.session.Apply(kiosk.PageSeen{Page: "one", Sights: map[string]kiosk.Sight{"name": kiosk.Sure}, Signs: []kiosk.Sign{sign}}); err != nil {
			t.Fatal(err)
		}
		if out := w.safeOutline(); len(out.Nodes) != 0 || out.Alone != string(sign) {
			t.Errorf("%s: %d elements leave the terminal, alone %q", sign, len(out.Nodes), out.Alone)
		}
	}
}
