// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"testing"

	"handrail/kiosk"
)

const veilRoundFrame = `<h1>Form</h1><p><label for=v>Village</label> <input id=v> <button type=button id=other>Other</button></p>
<iframe id=bank src="http://bank.test/card" width=600 height=260></iframe>` + veilNotes

const veilInFrame = `<p><label for=n>Card holder</label> <input id=n></p><p><label for=z>Zone</label> <input id=z></p><p id=low><button type=button id=other>Other</button></p>
<script nonce=n>low.style.marginTop = "90px";</script>` + veilNotes

// What listens on the window of a frame before our script is there, which comes a moment after the frame's own, hears of a touch of the veil; what it
// was meant for it is not told, and nothing else hears of it.
const veilNotes = `<script nonce=n>window.got = [];
for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "click", "dblclick", "contextmenu"])
	for (const on of [window, document, document.body, other]) for (const capture of [true, false])
		if (on !== window || !capture || window === top) on.addEventListener(type, () => { got.push(type); }, capture);
</script>`

// A frame of another site is dimmed as the page round it is: while the ringed box is in the page nothing in the frame is reached, and while it is in
// the frame nothing else there, and nothing of the page.
func TestVeilKeepsTouchesFromAFrameOfAnotherSite(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("form.test/form", func(w http.ResponseWriter, _ *http.Request) { html(w, veilRoundFrame) })
	site.HandleFunc("bank.test/card", func(w http.ResponseWriter, _ *http.Request) { html(w, veilInFrame) })
	say := func(step kiosk.Step, title string) kiosk.Step {
		step.Say = kiosk.Say{Title: en(title), How: en("Write it."), Why: en("They ask.")}
		return step
	}
	s := openBeside(t, site, &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: besideOrigin, Start: "/form", Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en("Form"), Steps: []kiosk.Step{say(field("village", "Village", ""), "Your village"),
			say(field("holder", "Card holder", "http://bank.test"), "Your name")}}}}, kiosk.WithMe)
	s.on("form", "village", "")
	frameOf := func() *frame {
		var bank *frame
		eventually(t, "the frame", func() bool {
			s.b.Service.mu.Lock()
			defer s.b.Service.mu.Unlock()
			for _, f := range s.b.Service.frames {
				if f.origin == "http://bank.test" && f.home != s.b.Service.home {
					bank = f
				}
			}
			return bank != nil
		})
		return bank
	}
	inside := func(expression string) string {
		t.Helper()
		var value string
		eventually(t, "the frame to answer "+expression, func() bool {
			f := frameOf()
			var err error
			value, err = evaluate[string](f.ctx, f.target, "String("+expression+")", "")
			return err == nil
		})
		return value
	}
	touchInside := func(selector string) {
		t.Helper()
		f := frameOf()
		at, err := evaluate[Box](f.ctx, f.target, `(({x, y, width, height}) => ({x: x + width / 2, y: y + height / 2}))(document.querySelector(`+quote(selector)+`).getBoundingClientRect())`, "")
		if err != nil {
			t.Fatal(err)
		}
		round, err := s.b.Service.frameOffset(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.hand.Click(int(at.X+round.X), int(at.Y+round.Y)); err != nil {
			t.Fatal(err)
		}
	}
	dimmed := func(ask func(string) string, selector string) func() bool { // what lies uppermost there is not the page's
		return func() bool {
			return ask(`(() => { const e = document.querySelector("`+selector+`"), r = e.getBoundingClientRect(); return document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2) !== e; })()`) == "true"
		}
	}
	refuses := func(what string, touch func()) {
		t.Helper()
		times, _ := s.spoken()
		touch()
		s.until("the step to be said again after a touch of "+what, func(*kiosk.Session) bool { return len(s.said) > times })
	}

	// The ringed box is in the page.
	eventually(t, "the veil over the frame", dimmed(s.own, "#bank"))
	if own := inside("document.readyState"); own == "" {
		t.Fatal("no frame")
	}
	for _, selector := range []string{"#other", "#n"} {
		refuses(selector+" in the frame", func() { touchInside(selector) })
	}
	if got := inside("got.join() + document.activeElement.id"); got != "" {
		t.Errorf("the frame got %s", got)
	}

	// It is in the frame.
	s.touch("#v")
	eventually(t, "the touch to reach the box", func() bool { return s.own("document.activeElement.id") == "v" })
	if err := s.hand.Type("Esch"); err != nil {
		t.Fatal(err)
	}
	s.on("form", "holder", "")
	eventually(t, "the veil to be open at the frame", func() bool { return !dimmed(s.own, "#bank")() && dimmed(s.own, "#other")() })
	eventually(t, "the veil in the frame, open at its box", func() bool { return dimmed(inside, "#other")() && dimmed(inside, "#z")() && !dimmed(inside, "#n")() })
	s.own("got = []")
	for _, selector := range []string{"#other", "#z"} {
		refuses(selector+" in the frame", func() { touchInside(selector) })
	}
	refuses("#other in the page", func() { s.touch("#other") })
	if got := inside("got.join() + document.activeElement.id"); got != "" {
		t.Errorf("the frame got %s", got)
	}
	if got := s.own("got.join()"); got != "" {
		t.Errorf("the page got %s", got)
	}
	touchInside("#n")
	eventually(t, "the touch to reach the frame's box", func() bool { return inside("document.activeElement.id + got.includes('click')") == "ntrue" })

	// Who wants less company has all of it.
	s.do(kiosk.AskedLevel{}, kiosk.ChoseLevel{Level: kiosk.GuideMe})
	eventually(t, "no veil", func() bool {
		return !dimmed(s.own, "#other")() && !dimmed(inside, "#other")() && !dimmed(inside, "#z")()
	})
	inside("got = []")
	touchInside("#other")
	eventually(t, "the touch to reach the frame", func() bool { return inside("got.includes('click')") == "true" })
}
