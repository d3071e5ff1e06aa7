// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

func builtIn(t *testing.T) ([]byte, *Guide) {
	t.Helper()
	data, err := os.ReadFile("guides/defra-forms/guide.yaml")
	if err != nil {
		t.Fatal(err)
	}
	g, err := ParseGuide("guide.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	return data, g
}

func TestFormatGuideReadsTheSame(t *testing.T) {
	_, g := builtIn(t)
	again, err := ParseGuide("again", FormatGuide(g, "A comment.\nTwo lines."))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g, again); diff != "" {
		t.Error(diff)
	}
}

func TestAcceptTargetLeavesTheRest(t *testing.T) {
	data, g := builtIn(t)
	data = append([]byte("# of its author\n"), data...)
	target := *g.Pages[3].Steps[0].Target
	target.CSS, target.Name = "#given", Text{"en": `Given "names": all`}
	out, err := AcceptTarget("guide.yaml", data, g.Pages[3].ID, g.Pages[3].Steps[0].ID, target)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseGuide("again", out)
	if err != nil {
		t.Fatal(err)
	}
	g.Pages[3].Steps[0].Target = &target
	if diff := cmp.Diff(g, again); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(string(out), "# of its author\n") {
		t.Error("the author's comment is gone")
	}
	if _, err := AcceptTarget("guide.yaml", data, "nowhere", "x", target); err == nil {
		t.Error("a page that is not there was changed")
	}
}

func formRecording() Recording {
	en := func(s string) Text { return Text{"en": s} }
	name := Target{Role: "textbox", Name: en("Full name"), CSS: "#n", Ordinal: 1, Tokens: []string{"n", "full"}}
	next := Target{Role: "button", Name: en("Next"), CSS: "form button", Ordinal: 1}
	return Recording{Origin: "http://127.0.0.1:80", Start: "/form/name", Pages: []RecordedPage{
		{Path: "/form/name", Lang: "en", Title: "A form", Heading: "Your  name", Acts: []RecordedAct{
			{Kind: Press, Target: next},
			{Kind: FillIn, Target: name, Value: "Testina", Wrong: " "},
			{Kind: FillIn, Target: name, Value: "Testina Musterova"},
			{Kind: Press, Target: next},
		}, Errors: []RecordedError{{Target: &name, Words: "Enter a real name"}, {Target: &name, Words: "Enter a real name"}}},
		{Path: "/form/choice", Lang: "en", Title: "A form", Heading: "Hello Testina Musterova", Acts: []RecordedAct{
			{Kind: Choose, Target: Target{Role: "radiogroup", Name: en("Yes?"), CSS: "fieldset", Ordinal: 1}, Value: "yes", Choices: []Choice{{"yes", "Yes"}, {"no", "No"}}},
			{Kind: Declare, Target: next},
		}},
		{Path: "/form/done", Lang: "en", Title: "A form", Heading: "Sent"},
	}}
}

func TestDraft(t *testing.T) {
	g, notes := Draft(formRecording(), DraftOptions{ID: "form", Languages: []string{"fr"}, Day: "2026-11-21"})
	if len(notes) != 1 || !strings.Contains(notes[0], "heading holds an answer") {
		t.Errorf("notes %q", notes)
	}
	got := []string{}
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			line := p.ID + " " + s.ID + " " + string(s.Kind) + " " + string(s.Done)
			if s.Try != nil {
				line += " " + s.Try.A + "|" + s.Try.B + "|" + s.Try.Wrong
			}
			got = append(got, line)
		}
	}
	want := []string{
		"name full-name fill valid Fictus Specimen|Probus Samplington| ",
		"name next press page",
		"choice yes choose checked yes|no|",
		"choice next declare page",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if text := string(FormatGuide(g, "")); strings.Contains(text, "Testina M") || strings.Contains(text, "Musterova") {
		t.Errorf("what the author typed is in the draft:\n%s", text)
	}
	// What a script says is an invented person's, and is kept.
	given := formRecording()
	given.Pages[0].Acts[2].Given = true
	g, _ = Draft(given, DraftOptions{ID: "form", Day: "2026-11-21"})
	if try := g.Pages[0].Steps[0].Try; try.A != "Testina Musterova" || strings.Contains(try.B, "Testina") || strings.Contains(try.B, "Musterova") {
		t.Errorf("%+v", try)
	}
	if g.Pages[1].Heading != nil || g.Pages[2].State != "done" {
		t.Errorf("pages %+v", g.Pages[1:])
	}
	if e := g.Pages[0].Steps[0].Errors; len(e) != 1 || e[0].Match[0] != "Enter a real name" {
		t.Errorf("errors %+v", e)
	}

	// What a linter says of the draft is only that texts are missing, and that is what LoadDraft tells.
	data := FormatGuide(g, "")
	_, problems := CheckGuide("guide.yaml", data)
	for _, p := range onlyErrors(problems) {
		if !strings.Contains(p.Message, " is missing in ") {
			t.Error(p)
		}
	}
	loaded, left, err := LoadDraft(fstest.MapFS{"form/guide.yaml": {Data: data}}, "form")
	if err != nil {
		t.Fatal(err)
	}
	if len(left) == 0 || len(left) != len(onlyErrors(problems)) || len(left) != len(loaded.Unwritten()) {
		t.Errorf("%d texts are left, %d errors, %d unwritten", len(left), len(onlyErrors(problems)), len(loaded.Unwritten()))
	}
	if left[0].Line == 1 {
		t.Errorf("%v has no place", left[0])
	}
}

// What binds a citizen is nobody else's to press, also when the author only clicked it.
func TestDraftLeavesDeclarationsToTheCitizen(t *testing.T) {
	button := func(name, css string) RecordedAct {
		return RecordedAct{Kind: Press, Target: Target{Role: "button", Name: Text{"en": name}, CSS: css}}
	}
	box := RecordedAct{Kind: Choose, Target: Target{Role: "checkbox", Name: Text{"en": "I agree to the terms"}, CSS: "#agree"}, Value: "1"}
	r := Recording{Origin: "http://127.0.0.1:80", Start: "/a", Pages: []RecordedPage{
		{Path: "/a", Lang: "en", Title: "T", Heading: "A", Acts: []RecordedAct{button("Pay now", "#pay")}},
		{Path: "/b", Lang: "en", Title: "T", Heading: "B", Acts: []RecordedAct{box, button("Assign a seat", "#seat"), button("Continue", "#go")}},
		{Path: "/c", Lang: "en", Title: "T", Heading: "C"},
	}}
	g, notes := Draft(r, DraftOptions{ID: "g", Day: "2026-11-21"})
	got := ""
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			got += s.ID + " " + string(s.Kind) + " " + string(s.Done) + ", "
		}
	}
	if want := "pay-now declare page, i-agree-to-the-terms declare checked, assign-a-seat press person, continue declare page, "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if len(notes) != 3 || r.Pages[0].Acts[0].Kind != Press {
		t.Errorf("notes %q", notes)
	}
	if _, _, err := LoadDraft(fstest.MapFS{"g/guide.yaml": {Data: FormatGuide(g, "")}}, "g"); err != nil {
		t.Error(err)
	}
}

func TestTerm(t *testing.T) {
	pages := func(titles ...string) (out []RecordedPage) {
		for _, title := range titles {
			out = append(out, RecordedPage{Lang: "en", Title: title})
		}
		return out
	}
	for _, c := range []struct {
		want   string
		titles []string
	}{
		{"Submit a form - GOV", []string{"Start - Submit a form - GOV", "Your name - Submit a form - GOV"}},
		{"A form", []string{"A form", "A form"}},
		{"Über", []string{"Über", "aber"}},
		{"?", nil},
	} {
		if got := term(pages(c.titles...), "en"); got != c.want {
			t.Errorf("%q: %q, want %q", c.titles, got, c.want)
		}
	}
}

func TestInvent(t *testing.T) {
	for _, c := range []struct{ value, first, second string }{
		{"1", "2", "3"}, {"12", "01", "02"}, {"31", "30", "29"}, {"05", "06", "07"}, {"1990", "1989", "1988"}, {"ZZ99 3VZ", "ZZ99 2VZ", "ZZ99 1VZ"},
		{"testina@example.com", "probus@example.org", "fictus@example.net"}, {"probus@example.org", "testina@example.com", "fictus@example.net"},
		{"07700 900123", "07700 903456", "07700 904567"}, {"abc", "testina", "probus"}, {"AB", "ABa", "ABaa"}, {"1951-03-14", "1950-02-05", "1948-12-30"},
	} {
		first, second := invent(c.value, 1), invent(c.value, 2)
		if first != c.first || second != c.second {
			t.Errorf("%q: %q and %q, want %q and %q", c.value, first, second, c.first, c.second)
		}
	}
	for _, value := range []string{"Amina Vogelsang", "12 High St", "vogel", "VOGELSANG", "St", "SW1A 1AA", "AB1234567", "+44 7700 900123", "1951-03-14", "14", "3", "1951", "a.b@example.net", "Probus Fictus", "o'Neill-Özdemir", "Li"} {
		a, b := invent(value, 1), invent(value, 2)
		if a == "" || a == value || b == value || a == b || strings.Contains(a, value) && len(value) > 2 {
			t.Errorf("%q: %q and %q", value, a, b)
		}
		for _, word := range strings.FieldsFunc(value, func(r rune) bool { return !unicode.IsLetter(r) }) {
			if len(word) > 3 && word != "example" && (strings.Contains(a, word) || strings.Contains(b, word)) {
				t.Errorf("%q: %q and %q have %q of it", value, a, b, word)
			}
		}
	}
	if got := invent("", 1); got != "" {
		t.Errorf("%q is invented of nothing", got)
	}
}

func TestPublicWordsLeaveMistakesOut(t *testing.T) {
	a := map[SeenWords]bool{{"p", "h1", "Same"}: true, {"p", "p1", "You wrote none"}: true, {"p", "p2", "Testina"}: true}
	b := map[SeenWords]bool{{"p", "h1", "Same"}: true, {"p", "p1", "You wrote none"}: true, {"p", "p2", "Probus"}: true}
	words := PublicWords("g", a, b, []string{"none", " "})
	if len(words) != 1 || !words.Public("g", "p", "h1", "Same") {
		t.Errorf("%v", words)
	}
}

func TestParseScript(t *testing.T) {
	script, err := ParseScript("s.yaml", []byte("steps:\n  - press: Start now\n  - fill: First name\n    with: Testina\n    wrong: \" \"\n  - declare: Send\n"))
	if err != nil || len(script.Steps) != 3 {
		t.Fatalf("%v, %v", script, err)
	}
	if kind, words := script.Steps[2].What(); kind != Declare || words != "Send" {
		t.Errorf("%s %s", kind, words)
	}
	for _, c := range []struct{ text, want string }{
		{"steps: []\n", "no steps"},
		{"steps:\n  - click: here\n", `s.yaml:2:5: unknown key "click"`},
		{"steps:\n  - press: a\n    fill: b\n", "says 2 things"},
		{"steps:\n  - fill: a\n", "does not say what to answer"},
		{"steps:\n  - press: a\n    with: b\n", "this has no answer"},
		{"steps:\n  - fill: a\n    with: b\n    or: b\n", "both answers are the same"},
	} {
		if _, err := ParseScript("s.yaml", []byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.text, err, c.want)
		}
	}
}

func FuzzDraft(f *testing.F) {
	f.Add("/a/b", "Heading", "Name", "value", "#id", "textbox")
	f.Add("/", "", "\u202eevil", "1", `"`, "")
	f.Fuzz(func(t *testing.T, path, heading, name, value, css, role string) {
		if checkPath(path) != nil || strings.ContainsFunc(path, func(r rune) bool { return r == '*' || r > '~' }) {
			return // a browser's location never has these
		}
		g, _ := Draft(Recording{Origin: "http://127.0.0.1:80", Start: path, Pages: []RecordedPage{
			{Path: path, Lang: "en", Title: "T", Heading: heading, Acts: []RecordedAct{{Kind: FillIn, Target: Target{Role: "textbox", Name: Text{"en": name}, CSS: css}, Value: value}}},
			{Path: path + "x", Lang: "en", Title: "T", Heading: heading},
		}}, DraftOptions{ID: "g", Day: "2026-01-01"})
		again := new(Guide)
		if _, problems := readTree("again", FormatGuide(g, ""), again); len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, FormatGuide(g, ""))
		}
	})
}
