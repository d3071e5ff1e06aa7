// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"handrail/kiosk"
)

// randomPage writes a page of no sense: controls in and out of labels, groups and forms, names that clash with the
// browser's own, references that lead nowhere or round in circles, words of every script.
func randomPage(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 7))
	words := []string{"Name", "name", "Village", "Do you agree?", "Yes", "No", "1", "2", "Βήμα", "قرية", "家", "a\u202eb", "  ", "", "Sorry, there is a problem", strings.Repeat("long ", 60), "'\"<&>"}
	ids := []string{"a", "b", "c", "id", "name", "closest", "children", "tagName", "parentElement", "getAttribute", "firstElementChild", "body", "12345", "x y", "a\"b", "%", ""}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;")
	text := func() string { return escaped.Replace(pick(words)) }
	attributes := func() string {
		var b strings.Builder
		for range r.IntN(4) {
			name := pick([]string{"id", "name", "for", "aria-label", "aria-labelledby", "aria-describedby", "aria-errormessage", "aria-invalid", "role", "class", "hidden", "title", "autocomplete", "value", "form", "style"})
			value := pick(ids)
			switch name {
			case "role":
				value = pick([]string{"alert", "radiogroup", "group", "button", "textbox", "combobox", "tab", "heading", "presentation", "x", ""})
			case "class":
				value = pick([]string{"error", "error-summary", "hidden", "x"})
			case "style":
				value = pick([]string{"display:none", "position:fixed;left:-999px", "opacity:0", "display:contents", "visibility:hidden"})
			}
			fmt.Fprintf(&b, ` %s="%s"`, name, escaped.Replace(value))
		}
		return b.String()
	}
	var write func(depth int) string
	write = func(depth int) string {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			switch n := r.IntN(14); {
			case n < 4:
				fmt.Fprintf(&b, `<input type=%s%s>`, pick([]string{"text", "radio", "checkbox", "number", "password", "submit", "hidden", "file", "search", "date", "odd"}), attributes())
			case n == 4:
				fmt.Fprintf(&b, `<select%s><option>%s</select>`, attributes(), text())
			case n == 5:
				fmt.Fprintf(&b, `<textarea%s>%s</textarea>`, attributes(), text())
			case n == 6:
				fmt.Fprintf(&b, `<p%s>%s</p><h%d>%s</h%d>`, attributes(), text(), 1+n%3, text(), 1+n%3)
			default:
				tag := pick([]string{"div", "form", "fieldset", "label", "button", "a", "span", "h1", "h2", "legend", "summary", "details", "section", "dialog", "svg", "table", "x-y", "iframe", "map"})
				inner := text()
				if depth < 6 {
					inner += write(depth + 1)
				}
				fmt.Fprintf(&b, `<%s%s>%s</%s>`, tag, attributes(), inner, tag)
			}
		}
		return b.String()
	}
	page := write(0)
	if r.IntN(8) == 0 {
		page = strings.Repeat("<div>", 600) + page
	}
	return page
}

// clash finds names that hide what the browser has under the same name, of a form or of the document.
var clash = regexp.MustCompile(`(?i)(id|name)\s*=\s*["']?\s*(closest|children|tagName|parentElement|getAttribute|firstElementChild|body|querySelectorAll)|<(form|img|embed|object|iframe)[^>]*(id|name)`)

// FuzzPage lets the engine look at pages of no sense. Whatever stands on them it answers, twice the same, within bounds,
// never with one element for two targets, and never with another element than the one whose fingerprint is asked for.
func FuzzPage(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, "")
	}
	for _, extra := range []string{
		`<form id=f><input name=closest><input name=id><fieldset><legend>Q</legend><input type=radio></fieldset></form>`,
		`<img name=querySelectorAll><form name=body></form>`,
		`<label for=a aria-labelledby=b id=b>A<label for=b id=a>B`,
		`<div role=alert><a href="#%">x</a><a href="#">y</a><a href="#%E0%A4%A">z</a></div>`,
		`<input aria-labelledby="i" id=i><input aria-labelledby="i j" id=j>`,
		strings.Repeat("<fieldset>", 300) + "<input>",
		"<table><input><caption>x<select><optgroup><option>",
	} {
		f.Add(uint64(1), extra)
	}
	p := newProber(f)
	guide := []kiosk.Page{
		{ID: "plain", Path: "/a", Heading: en("Name")}, {ID: "other", Path: "/a", Heading: en("Name"), Steps: []kiosk.Step{{ID: "s", Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: en("Village")}}}},
		{ID: "mark", Path: "/a/*", Landmarks: []kiosk.Target{{Role: "radiogroup", Name: en("Do you agree?")}}}, {ID: "any", Path: "/**", Landmarks: []kiosk.Target{{Role: "alert", Name: en("Name")}, {Role: "textbox", CSS: "#a", XPath: "/html/body/input"}}},
	}
	const policy = `<meta http-equiv="content-security-policy" content="default-src 'none'">`
	f.Fuzz(func(t *testing.T, seed uint64, extra string) {
		if len(extra) > 20000 || strings.Contains(strings.ToLower(extra), "http-equiv") {
			t.Skip()
		}
		path := []string{"/a", "/a/b", "/"}[seed%3]
		got, err := p.ask(t, policy+randomPage(seed)+extra, guide, nil, path)
		if err != nil {
			if strings.Contains(err.Error(), "Cannot find context") { // the page went elsewhere
				p.fresh(t)
				t.Skip()
			}
			t.Fatal(err)
		}
		if got.Lost && !clash.MatchString(randomPage(seed)+extra) {
			t.Fatal("the engine failed on a page whose names clash with nothing")
		}
		if got.Features > 4000 || got.Trees > 200 || len(got.Errors) > 30 || !got.Again {
			t.Fatalf("%d features, %d trees, %d errors, the same again: %v", got.Features, got.Trees, len(got.Errors), got.Again)
		}
		for _, page := range guide {
			if page.ID == got.Page && !page.MatchesPath(path) {
				t.Errorf("%s is taken for page %s", path, page.ID)
			}
		}
		owner := map[int]int{}
		for i, found := range got.Found {
			switch found.Sight {
			case kiosk.Unknown:
				continue
			case kiosk.Sure, kiosk.Likely:
			default:
				t.Fatalf("target %d is %q", i, found.Sight)
			}
			if other, taken := owner[found.At]; taken {
				t.Errorf("element %d is target %d and target %d", found.At, other, i)
			}
			owner[found.At] = i
			if found.At != i {
				t.Errorf("target %d is %s to be element %d (%.2f)", i, found.Sight, found.At, found.Score)
			}
		}
	})
}

// FuzzMessage gives the worker what a page's process could say once it is not ours any more.
func FuzzMessage(f *testing.F) {
	for _, said := range []string{
		`{"t":"page","page":"p","fresh":true,"sights":{"s":"sure","f":"likely"},"scores":{"s":1},"done":{"s":true},"errors":[{"step":"s","words":"No"}],"ringY":4,"at":1}`,
		`{"t":"frame","sights":{"p/f":"sure","q/f":"unknown"},"scores":{"p/f":0.9},"done":{"p/f":true},"errors":[{"steps":["p/f","q/f"],"words":"No"},{"steps":null,"words":""}]}`,
		`{"t":"page","page":"p","sights":{"s":"certain"}}`, `{"t":"frame","sights":null,"done":{"//":true}}`, `{"t":"hosts"}`,
		`{"t":"outline","n":"d.1","pieces":[{"id":"a","box":[1,2,3,4]},{"id":"b"}]}`, `{"t":"outline","n":"d.2","of":"d.1","pieces":[[0,1,0,9],{"id":"c"},[1,1,-4,0]]}`,
		`{"t":"outline","n":"d.2","of":"d.1","pieces":[[1,9223372036854775807,0,0],[-1,2,0,0]]}`, `{"t":"outline","of":"d.1","pieces":[[0,2,0,0],[0,2],[],[0,1,2,3,4]]}`,
		`{"t":"picked","id":"x","never":true}`, `{}`, `[]`, `null`, `{"t":"page","errors":[` + strings.Repeat(`{"words":"x"},`, 40) + `{}]}`, "{\"t\":\"frame\",\"errors\":[{\"words\":\"" + strings.Repeat("é", 900) + "\"}]}",
	} {
		f.Add(said, said)
	}
	f.Fuzz(func(t *testing.T, first, second string) {
		s := &Service{places: map[string]bool{"p/f": true, "q/f": true}, frames: map[string]*frame{"1": {id: "1"}, "2": {id: "2"}}}
		for i, payload := range []string{first, second, first} {
			report := PageReport{}
			switch said := parseMessage(payload).(type) {
			case PageReport:
				report = s.joinTop(said)
			case frameReport:
				joined, ok := s.joinFrame(s.frames[[]string{"1", "2", "2"}[i]], said)
				if !ok {
					continue
				}
				if joined.Fresh || joined.At != 0 {
					t.Fatal("what a frame says is taken for a new page, or for the answer to a key")
				}
				report = joined
			case outlineChange:
				before := Outline{name: "d.1", Nodes: []OutlineNode{{ID: "a"}, {ID: "b"}}}
				after, ok := before.apply(said)
				if ok && (len(after.Nodes) > mostOutlined || said.Of != "" && said.Of != "d.1") || !ok && after.Nodes != nil {
					t.Fatalf("%q makes %d elements", payload, len(after.Nodes))
				}
				continue
			default:
				continue
			}
			if len(report.Errors) > mostErrors || len(report.Sights) > mostSteps+len(s.places) {
				t.Fatalf("%d errors, %d sights", len(report.Errors), len(report.Sights))
			}
			for step, sight := range report.Sights {
				if sight != kiosk.Sure && sight != kiosk.Likely && sight != kiosk.Unknown {
					t.Fatalf("step %q is %q", step, sight)
				}
			}
			for _, e := range report.Errors {
				if len([]rune(e.Words)) > longestWord {
					t.Fatalf("%d characters of the site's words", len([]rune(e.Words)))
				}
			}
		}
	})
}
