// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// changing is a page that changes itself in every way that an outline depends on, one step after the other: it has links,
// labels, choices, tables with a chosen row, shadow roots, words in words.
const changing = `<!doctype html><style>.wide { padding: 9px } .gone { display: none } .faint { visibility: hidden }</style><body><main id=all>
<h1>Head</h1><p>Some <b>bold</b> words with <a href="/x">a link</a></p>
<p><label for=a>First</label> <input id=a></p><p><label for=r>One of two</label> <input type=radio id=r name=r></p>
<table><tr><td>Row</td><td>Cell</td></tr><tr id=row><td>Other</td><td>Cell</td></tr></table>
<fieldset><legend>Which?</legend><label><input type=radio name=w> This</label><label><input type=radio name=w> That</label></fieldset>
<div role=listbox><div role=option>Red</div><div role=option>Blue</div></div><button aria-labelledby=named>Go</button><span id=named>Away</span>
<section id=host></section><svg width=40 height=40><circle r=9></circle></svg></main><script>
let seed = 7;
const any = (n) => { seed = (seed * 1103515245 + 12345) % 2147483648; return Math.floor(seed / 65536) % n; };
const shadow = document.getElementById("host").attachShadow({mode: "open"});
shadow.innerHTML = "<p>In the shadow</p><label for=s>Shadow</label><input id=s>";
const tags = ["p", "div", "span", "label", "h2", "a", "button", "input", "input", "li", "b", "fieldset", "td", "select"];
const attributes = [["class", "wide"], ["class", "gone"], ["class", "faint"], ["hidden", ""], ["role", "option"], ["role", "button"], ["role", "combobox"], ["aria-selected", "true"],
	["aria-checked", "false"], ["type", "password"], ["type", "radio"], ["type", "text"], ["type", "checkbox"], ["contenteditable", "true"], ["href", "#"], ["for", "a"], ["for", "s"], ["id", "a"], ["id", "r"],
	["name", "pin"], ["autocomplete", "cc-number"], ["aria-label", "Named"], ["aria-labelledby", "named"], ["aria-invalid", "true"], ["data-x", "1"], ["style", "font-size: 20px"], ["aria-haspopup", "listbox"]];
const one = () => { const all = [...document.querySelectorAll("main, main *"), ...shadow.querySelectorAll("*")]; return all[any(all.length)]; };
const step = () => {
	const el = one();
	switch (any(9)) {
		case 0: case 1: { const [name, value] = attributes[any(attributes.length)]; el.setAttribute(name, value); break; }
		case 2: { const [name] = attributes[any(attributes.length)]; el.removeAttribute(name); break; }
		case 3: case 4: { const made = document.createElement(tags[any(tags.length)]); made.textContent = "Made " + any(99); if (made.tagName === "INPUT" && any(2)) made.type = "radio"; if (any(3) === 0) made.id = ["a", "r", "named"][any(3)]; el.insertBefore(made, el.childNodes[any(el.childNodes.length + 1)] ?? null); break; }
		case 5: if (el.id !== "all" && el.id !== "host") el.remove(); break;
		case 6: { const t = [...el.childNodes].find((n) => n.nodeType === 3); if (t) t.data = any(3) === 0 ? "" : "Words " + any(99); break; }
		case 7: { const to = one(); if (el.id !== "all" && !el.contains(to) && to.getRootNode() === el.getRootNode()) to.append(el); break; }
		case 8: if (document.querySelectorAll("main *").length < 12) document.getElementById("all").insertAdjacentHTML("beforeend", "<p>More <i>words</i></p><label>Ask <input></label>"); break;
	}
};
</script>`

// What an outline keeps of the page between two looks is what it would find now, whatever the page has done meanwhile.
func TestOutlineKeepsUpWithThePage(t *testing.T) {
	if testing.Short() || !ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, changing)
	}))
	defer site.Close()
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() }) // after the onlooker
	o, seen := onlooker(t, v, site.URL, 10)
	for round := range 300 {
		steps := 1 + round%3
		if err := o.Run(t.Context(), fmt.Sprintf("for (let i = 0; i < %d; i++) step()", steps)); err != nil {
			t.Fatal(err)
		}
		holds, err := in[bool](o.service, "outlineHolds()")
		if err != nil {
			t.Fatal(err)
		}
		if !holds {
			t.Fatalf("after round %d the outline is not that of the page", round)
		}
		if round%5 == 0 {
			keepsUp(t, o, seen)
		}
	}
}

// keepsUp waits until what was told of the page, change by change, is the page as it is found now.
func keepsUp(t *testing.T, o *Onlooker, seen *atomic.Pointer[Outline]) {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		now, err := in[struct {
			W, H, Scroll int
			Nodes        []OutlineNode
		}](o.service, "outlineWhole()")
		if err != nil {
			t.Fatal(err)
		}
		want, got := Outline{W: now.W, H: now.H, Scroll: now.Scroll, Nodes: now.Nodes}, *seen.Load()
		got.name = ""
		diff := cmp.Diff(want, got, cmp.AllowUnexported(Outline{}), cmpopts.EquateEmpty())
		if diff == "" {
			return
		}
		if time.Now().After(limit) {
			t.Fatalf("what was told is not the page: %s", diff)
		}
	}
}

// A page that comes back as it was left is told whole again, whatever was told of the one in between.
func TestOutlineOfAPageThatComesBack(t *testing.T) {
	if testing.Short() || !ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><h1>%s</h1><p id=p>One</p><p>Two</p><p>Three</p>`, r.URL.Path)
	}))
	defer site.Close()
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	o, seen := onlooker(t, v, site.URL+"/one", 3)
	keepsUp(t, o, seen)
	for _, do := range []string{`document.getElementById("p").textContent = "Another"`, `location.href = "/two"`, `document.getElementById("p").remove()`, `history.back()`, `document.getElementById("p").style.padding = "30px"`, `history.forward()`} {
		before := seen.Load()
		if err := o.Run(t.Context(), do); err != nil {
			t.Fatal(err)
		}
		for limit := time.Now().Add(20 * time.Second); seen.Load() == before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(limit) {
				t.Fatalf("after %s nothing was told", do)
			}
		}
		keepsUp(t, o, seen)
	}
}

// elsewhere is a page on which what comes or goes in one place makes elements in another place something else.
const elsewhere = `<!doctype html><body><main>
<p><label for=late>The label of what comes later</label></p>
<table><tr><td>A row with words</td></tr><tr><td>Another row</td></tr><tr><td>Third</td></tr></table>
<button aria-labelledby=name>Go</button><p id=here>Nothing yet</p></main><script>
const here = document.getElementById("here");
</script>`

// What an element is depends on elements elsewhere: a label is a choice's once that is there, and the rows of a table are choices
// once one of them is chosen. Whatever comes or goes, the outline is that of the page.
func TestOutlineSeesWhatComesElsewhere(t *testing.T) {
	if testing.Short() || !ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, elsewhere)
	}))
	defer site.Close()
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() }) // after the onlooker
	o, seen := onlooker(t, v, site.URL, 4)
	for _, change := range []string{
		``,
		`here.insertAdjacentHTML("beforeend", "<input type=radio id=late>")`,
		`document.getElementById("late").remove()`,
		`here.insertAdjacentHTML("beforeend", "<span><input type=checkbox id=late></span>")`,
		`here.firstElementChild.remove()`,
		`document.querySelector("tbody").insertAdjacentHTML("beforeend", "<tr aria-selected=true><td>Chosen</td></tr>")`,
		`document.querySelector("tr[aria-selected]").remove()`,
		`here.insertAdjacentHTML("beforeend", "<span id=name>A name from elsewhere</span>")`,
		`document.getElementById("name").remove()`,
	} {
		if err := o.Run(t.Context(), change); err != nil {
			t.Fatal(err)
		}
		holds, err := in[bool](o.service, "outlineHolds()")
		if err != nil {
			t.Fatal(err)
		}
		if !holds {
			t.Errorf("after %q the outline is not that of the page", change)
		}
		keepsUp(t, o, seen)
	}
}

// onlooker opens a page and waits until its outline has more than so many elements; told is the outline as it was told last.
func onlooker(t *testing.T, v *Visitor, address string, nodes int) (o *Onlooker, told *atomic.Pointer[Outline]) {
	t.Helper()
	var seen atomic.Int64
	told = new(atomic.Pointer[Outline])
	var err error
	o, err = v.OpenOnlooker(nil, 816, 4000, func(s Seen) {
		if s.Kind == SeenOutline {
			told.Store(&s.Outline)
			if len(s.Outline.Nodes) > nodes {
				seen.Add(1)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { o.Close() })
	if err := o.Open(address); err != nil {
		t.Fatal(err)
	}
	for limit := time.Now().Add(time.Minute); seen.Load() == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("the page tells nothing")
		}
	}
	return o, told
}
