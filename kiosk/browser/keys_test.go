// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"handrail/kiosk"
)

const keysPage = `<!doctype html><html lang=fr><meta charset=utf-8><h1>Form</h1>
<label for=a>Town</label><input id=a><br><label for=b>Password</label><input id=b type=password><br><label for=c>Rent</label><input id=c inputmode=decimal><br>
<input id=d type=checkbox>
<script>pressed = []; away = 0; onkeydown = (e) => pressed.push(e.key + (e.isTrusted ? "" : "!") + (e.ctrlKey || e.altKey || e.metaKey ? "^" : ""));
onblur = () => away++;</script>`

// What the keyboard on the screen writes stands in the page's box, letter by letter, as a person's keys would write it.
// Nothing that is no letter can be sent. What stands in a box is told only while the keyboard is open, and of a secret box
// never. While the finger is on our window, the page still has its keyboard.
func TestKeyboardOnTheScreen(t *testing.T) {
	for _, bad := range []string{"", "\x03", "\t", "\r", "\x1b", "\u202e", "abc", "\xff", "F1x"} {
		if err := (&Service{}).Type(bad); !errors.Is(err, ErrNotALetter) {
			t.Errorf("%q is taken for a letter: %v", bad, err)
		}
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(keysPage))
	}))
	defer proxy.Close()
	defer proxy.CloseClientConnections()
	var mu sync.Mutex
	var told []Editing
	last := func() Editing {
		mu.Lock()
		defer mu.Unlock()
		if len(told) == 0 {
			return Editing{}
		}
		return told[len(told)-1]
	}
	b, hand := openOnStage(t, strings.TrimPrefix(proxy.URL, "http://"), func(s Seen) {
		if s.Kind == SeenEditing {
			mu.Lock()
			told = append(told, s.Editing)
			mu.Unlock()
		}
	}, func(string) {})
	defer b.Close()
	guide := &kiosk.Guide{ID: "keys", Service: kiosk.Service{Origin: "http://form.test", Start: "/", Languages: []string{"fr"}}, Pages: []kiosk.Page{
		{ID: "form", Path: "/", Heading: kiosk.Text{"fr": "Form"}, Steps: []kiosk.Step{{ID: "read", Kind: kiosk.Read, Done: kiosk.DonePerson}}}}}
	if err := b.Service.Prepare(guide); err != nil {
		t.Fatal(err)
	}
	if err := b.Service.Open("http://form.test/"); err != nil {
		t.Fatal(err)
	}
	own := func(expression string) string {
		value, err := evaluate[string](b.Service.ctx, b.Service.target, "String("+expression+")", "")
		if err != nil {
			return err.Error()
		}
		return value
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	touch := func(id string) {
		t.Helper()
		eventually(t, "the page", func() bool { return own("document.getElementById('"+id+"') !== null") == "true" })
		box, err := evaluate[Box](b.Service.ctx, b.Service.target, `(r => ({x: r.x, y: r.y, w: r.width, h: r.height}))(document.getElementById("`+id+`").getBoundingClientRect())`, "")
		must(err)
		must(hand.Click(int(box.X+box.W/2), int(box.Y+box.H/2)))
	}

	eventually(t, "the page", func() bool { return own("document.readyState") == "complete" })
	touch("a")
	eventually(t, "the box to be told of", func() bool { e := last(); return e.On && e.Kind == "text" && e.Lang == "fr" && !e.Touch })
	must(b.Service.Type("x"))
	eventually(t, "the letter", func() bool { return own("a.value") == "x" })
	if e := last(); e.Length != 0 || e.Value.Reveal() != "" {
		t.Errorf("the keyboard is not open, and what stands in the box is told: %d letters", e.Length)
	}

	must(b.Service.Keyboard(true))
	must(hand.Click(1200, 750)) // our own window: where the keyboard's keys are
	for _, letter := range []string{"É", "s", "c", "h", " ", "ش", "لا", "ї", "9"} {
		must(b.Service.Type(letter))
	}
	must(b.Service.Erase())
	const want = "xÉsch شلاї"
	eventually(t, "the letters", func() bool { return own("a.value") == want })
	eventually(t, "the echo", func() bool { return last().Value.Reveal() == want })
	if got := own("away"); got != "0" {
		t.Errorf("the page lost its keyboard %s times", got)
	}
	if got := own("pressed.join(' ')"); strings.ContainsAny(got, "!^") || !strings.HasSuffix(got, "Backspace") {
		t.Errorf("the page saw the keys %q", got)
	}

	touch("b")
	eventually(t, "the secret box", func() bool { e := last(); return e.On && e.Secret && e.Kind == "latin" })
	for _, letter := range []string{"s", "3", "c"} {
		must(b.Service.Type(letter))
	}
	eventually(t, "its length", func() bool { return last().Length == 3 })
	mu.Lock()
	for _, e := range told {
		if e.Secret && e.Value.Reveal() != "" {
			t.Error("what stands in a secret box was told")
		}
	}
	mu.Unlock()
	touch("c")
	eventually(t, "the box for a number", func() bool { e := last(); return e.On && e.Kind == "number" && !e.Secret })
	must(b.Service.LeaveBox())
	eventually(t, "no box", func() bool { return !last().On })
	touch("d")
	must(b.Service.Keyboard(false))
	eventually(t, "the check", func() bool { return own("d.checked") == "true" })
	if last().On {
		t.Error("a check box wants no keyboard")
	}
}
