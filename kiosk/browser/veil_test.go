// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"testing"

	"handrail/kiosk"
)

// veilPage notes whatever reaches it, on every level and in both phases.
const veilPage = `<h1>Form</h1><p><label for=v>Village</label> <input id=v></p><p id=low><button type=button id=other>Other</button> <a id=link href="/elsewhere">Elsewhere</a></p>
<p><label for=w>Street</label> <input id=w></p><p id=down>The end</p>
<script nonce=n>window.got = []; addEventListener("scrollend", () => { window.rested = true; }); low.style.marginTop = "180px"; down.style.marginTop = "2000px";
for (const type of ["pointerdown", "pointerup", "mousedown", "mouseup", "touchstart", "touchend", "click", "dblclick", "contextmenu"])
	for (const on of [window, document, document.body, other, link]) for (const capture of [true, false]) on.addEventListener(type, () => { got.push(type); }, capture);
</script>`

// In company the page is dimmed but for the ringed box. Who touches beside it is told the step again, and the page gets nothing of it, whatever
// it listens to; a touch of the ringed box is the page's, and with another level so is every touch.
func TestVeilKeepsTouchesFromThePage(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("/form", func(w http.ResponseWriter, _ *http.Request) { html(w, veilPage) })
	site.HandleFunc("/elsewhere", func(w http.ResponseWriter, _ *http.Request) { html(w, "<h1>Elsewhere</h1>") })
	say := func(title string) kiosk.Say {
		return kiosk.Say{Title: en(title), How: en("Write it."), Why: en("They ask.")}
	}
	village, street := field("village", "Village", ""), field("street", "Street", "")
	village.Say, street.Say = say("Your village"), say("Your street")
	s := openBeside(t, site, &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: besideOrigin, Start: "/form", Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en("Form"), Steps: []kiosk.Step{village, street}}}}, kiosk.WithMe)
	s.on("form", "village", "")
	dimmed := func(selector string) func() bool { // what lies uppermost there is not the page's
		return func() bool {
			return s.own(`(() => { const e = document.querySelector("`+selector+`"), r = e.getBoundingClientRect(), at = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2); return at !== e; })()`) == "true"
		}
	}
	eventually(t, "the veil", dimmed("#other"))

	for _, beside := range []string{"#other", "#link", "#w"} {
		times, _ := s.spoken()
		s.touch(beside)
		s.until("the step to be said again", func(*kiosk.Session) bool { return len(s.said) > times })
		if _, last := s.spoken(); len(last) != 3 || last[0].Text["en"] != "Your village" || last[2].Text["en"] != "They ask." {
			t.Errorf("after a touch of %s it says %v", beside, last)
		}
	}
	if got := s.own("got.join()"); got != "" {
		t.Errorf("the page got %s", got)
	}
	if at := s.own("location.pathname + ' ' + document.activeElement.id"); at == "/form w" || at == "/form other" || at == "/elsewhere " {
		t.Errorf("a touch of the veil went through to %s", at)
	}

	// The page moves under it as ever.
	if err := s.hand.Scroll(400, 400, 3); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the page to move, and to come to rest", func() bool { return s.own("scrollY > 0 && window.rested") == "true" })
	eventually(t, "the ringed box to be back in its place", func() bool { return s.own("(scrollTo(0, 0), scrollY)") == "0" && !dimmed("#v")() })

	// The ringed box is the page's own; and when its step is done, the veil is open at the next.
	s.touch("#v")
	eventually(t, "the touch to reach the box", func() bool { return s.own("document.activeElement.id") == "v" })
	if got := s.own("got.includes('click')"); got != "true" {
		t.Error("the page got no click of its own box")
	}
	if err := s.hand.Type("Esch"); err != nil {
		t.Fatal(err)
	}
	s.on("form", "street", "")
	eventually(t, "the veil to be open there", func() bool { return !dimmed("#w")() && dimmed("#v")() })

	// Who wants less company has the whole page.
	s.do(kiosk.AskedLevel{}, kiosk.ChoseLevel{Level: kiosk.GuideMe})
	eventually(t, "no veil", func() bool { return !dimmed("#other")() })
	s.own("got = []")
	s.touch("#other")
	eventually(t, "the touch to reach the page", func() bool { return s.own("got.includes('click')") == "true" })
}
