// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever happens, every line of the journal is made of the guide's own names, and of nothing else.
func TestJournalHasOnlyNamesOfTheGuide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestSession()
		guide := s.Guides[0]
		for range rapid.IntRange(0, 60).Draw(t, "length") {
			effects, err := s.Apply(anyEvent(t))
			if err != nil {
				return
			}
			for _, effect := range effects {
				note, ok := effect.(Note)
				if !ok {
					continue
				}
				data, err := json.Marshal(note.Noted)
				if err != nil || strings.Contains(string(data), canary) {
					t.Fatalf("%s, %v", data, err)
				}
				if err := note.Noted.Check(guide); err != nil {
					t.Fatalf("%s: %v", data, err)
				}
			}
		}
	})
}

func TestWhatIsNotedOfAWay(t *testing.T) {
	s := newTestSession()
	var got []string
	for _, e := range []Event{ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"}, AskedStart{}, AskedStart{}, seenPage("one"),
		PageSeen{Page: "one", Sights: seenPage("one").Sights, Done: map[string]bool{"name": true}}, seenPage("two"), SaidNext{}, seenPage("sent"), AskedEnd{}} {
		effects, err := s.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, effect := range effects {
			if n, ok := effect.(Note); ok {
				got = append(got, n.Noted.Page+"/"+n.Noted.Step+" "+string(n.Noted.Outcome))
			}
		}
	}
	want := "one/name done, one/go done, two/pick next, two/send done, sent/ finished"
	if text := strings.Join(got, ", "); text != want {
		t.Errorf("noted %s\nwant %s", text, want)
	}
}

func TestLinesThatAreNoneOfTheGuide(t *testing.T) {
	g := testGuide()
	good := Noted{Guide: "g", Page: "one", Step: "name", Level: ITry, Outcome: OutDone, Score: 1, MS: 5}
	if err := good.Check(g); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Noted){
		"guide": func(n *Noted) { n.Guide = canary }, "page": func(n *Noted) { n.Page = canary }, "step": func(n *Noted) { n.Step = canary },
		"level": func(n *Noted) { n.Level = canary }, "outcome": func(n *Noted) { n.Outcome = canary }, "score": func(n *Noted) { n.Score = 4711 },
		"time": func(n *Noted) { n.MS = 1 << 40 }, "version": func(n *Noted) { n.Version = 9 }, "step of no page": func(n *Noted) { n.Page = "" },
	} {
		n := good
		if spoil(&n); n.Check(g) == nil {
			t.Errorf("%s: %+v is taken", name, n)
		}
	}
}
