// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"

	"handrail/kiosk"
)

const boxesPage = `<h1>Form</h1><p><label for=v>Village</label> <input id=v></p><p><button type=button id=send>Send</button></p>
<script nonce=n>window.answers = []; send.addEventListener("click", () => { if (!v.value) return alert("Please write  your village."); answers.push(confirm("Send it now?")); });</script>`

// What a page says in a box of its own stands in our screen, and a question is answered with yes only after the citizen said so, once.
func TestBoxesOfThePage(t *testing.T) {
	s := openBesideForm(t, boxesPage)
	says := func(words string, asks bool) {
		t.Helper()
		s.until("the page's words", func(now *kiosk.Session) bool {
			return now.Screen() == kiosk.SiteSays && now.Box.Words.Reveal() == words && now.Box.Asks == asks && !now.Box.Agreed
		})
	}
	s.touch("#send")
	says("Please write your village.", false)
	s.do(kiosk.AnsweredBox{})
	s.until("the step", func(now *kiosk.Session) bool { return now.Screen() == kiosk.Companion })

	s.touch("#v")
	eventually(t, "the box to be touched", func() bool { return s.own("document.activeElement.id") == "v" })
	if err := s.hand.Type("Esch"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the village to be written", func() bool { return s.own("v.value") == "Esch" })
	s.touch("#send")
	says("Send it now?", true)
	eventually(t, "the question to be answered with no", func() bool { return s.own("answers.join()") == "false" })
	s.do(kiosk.AnsweredBox{Yes: true})
	s.until("yes to be known", func(now *kiosk.Session) bool { return now.Box != nil && now.Box.Agreed })
	s.touch("#send")
	eventually(t, "the question to be answered with yes", func() bool { return s.own("answers.join()") == "false,true" })
	s.touch("#send")
	eventually(t, "no again", func() bool { return s.own("answers.join()") == "false,true,false" })
}
