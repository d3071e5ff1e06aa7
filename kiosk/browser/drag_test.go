// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"testing"
)

// dragPage has a link that leads to a place in it, and a thing that the page itself made to be dragged.
const dragPage = `<h1>Form</h1><p><label for=v>Village</label> <input id=v></p><p><a id=link href="#here">A long link that leads to a place in this page</a></p>
<p><span id=thing draggable=true>A thing to drag</span></p><p><button type=button id=other>Other</button></p>
<script nonce=n>window.begun = 0; window.clicks = 0; thing.addEventListener("dragstart", (e) => { begun++; e.stopImmediatePropagation(); e.dataTransfer.setData("text/uri-list", "http://elsewhere.test/"); });
other.addEventListener("click", () => clicks++);</script>`

// A hand that trembles on a link still touches it, and what a page made draggable is let go at once: the page hears the next touch.
func TestNothingIsDraggedAway(t *testing.T) {
	s := openBesideForm(t, dragPage)
	pull := func(selector string, dx int) {
		t.Helper()
		x, y := s.middle(selector)
		if err := s.hand.Pull(x, y, x+dx, y); err != nil {
			t.Fatal(err)
		}
		if err := s.hand.LetGo(); err != nil {
			t.Fatal(err)
		}
	}
	pull("#link", 40)
	eventually(t, "the link to be followed", func() bool { return s.own("location.hash") == "#here" })
	pull("#thing", -300)
	eventually(t, "a drag to begin", func() bool { return s.own("begun") == "1" })
	s.touch("#other")
	eventually(t, "the next touch to be heard", func() bool { return s.own("clicks") == "1" })
}
