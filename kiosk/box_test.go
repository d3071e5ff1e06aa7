// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

func TestBoxOfThePage(t *testing.T) {
	s := onPageOne(t)
	apply := func(e Event) []Effect {
		t.Helper()
		out, err := s.Apply(e)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	question := SiteSaid{Words: NewPrivate("Send it now?"), Asks: true}
	apply(question)
	if s.Screen() != SiteSays || s.Box == nil {
		t.Fatalf("it shows %s", s.Screen())
	}
	for _, effect := range apply(AnsweredBox{}) {
		if _, agreed := effect.(AgreeOnce); agreed {
			t.Error("no was taken for yes")
		}
	}
	if s.Screen() == SiteSays {
		t.Error("it was answered, and is there still")
	}
	apply(question)
	agreed := 0
	for range 2 { // the second yes is the key that closes it
		for _, effect := range apply(AnsweredBox{Yes: true}) {
			if e, ok := effect.(AgreeOnce); ok && e.Words.Equal(question.Words) {
				agreed++
			}
		}
	}
	if agreed != 1 || s.Box != nil {
		t.Errorf("agreed %d times, box %v", agreed, s.Box)
	}

	// One that came just before a new page is of that page; with the next page it is gone.
	seen := s.Seen
	seen.Fresh = true
	apply(SiteSaid{Words: NewPrivate("Saved.")})
	if apply(seen); s.Box == nil {
		t.Error("a new page took what was said with it")
	}
	if apply(seen); s.Box != nil {
		t.Error("it outlived its page")
	}
	apply(SiteSaid{Words: NewPrivate("Saved.")})
	if apply(WentBack{}); s.Box != nil {
		t.Error("the way back does not close it")
	}
}

// In a call it stands there too, and the call goes on behind it; what the citizen is about to show to the helper goes first.
func TestBoxInACall(t *testing.T) {
	s := inCall(t)
	apply(t, s, SiteSaid{Words: NewPrivate("Send it now?"), Asks: true})
	if s.Screen() != SiteSays {
		t.Fatalf("it shows %s", s.Screen())
	}
	if agree, ok := find[AgreeOnce](apply(t, s, AnsweredBox{Yes: true})); !ok || agree.Words.Reveal() != "Send it now?" {
		t.Error("yes in a call is not yes")
	}
	if _, talks := find[Speak](apply(t, s, AnsweredBox{})); talks {
		t.Error("the step is read out while the helper talks")
	}
	if s.Screen() != Pointing {
		t.Fatalf("after it: %s", s.Screen())
	}
	apply(t, s, AskedReveal{}, SiteSaid{Words: NewPrivate("Saved.")})
	if s.Screen() != Pointing || s.Help.Reveal != RevealPick {
		t.Errorf("in the middle of showing something: %s, %q", s.Screen(), s.Help.Reveal)
	}
	if apply(t, s, AskedReveal{}); s.Screen() != SiteSays {
		t.Errorf("what was said meanwhile is lost: %s", s.Screen())
	}
	apply(t, s, StoppedHelp{})
	if s.Screen() != SiteSays || s.Help.Accepted {
		t.Errorf("the call ended behind it: %s", s.Screen())
	}
}
