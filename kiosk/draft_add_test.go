// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// otherWay is the way of formRecording through another choice, which brings up a field and leads to another page.
func otherWay() Recording {
	en := func(s string) Text { return Text{"en": s} }
	r := formRecording()
	next := Target{Role: "button", Name: en("Next"), CSS: "form button", Ordinal: 1}
	r.Pages[1].Heading = "Choose"
	r.Pages = slices.Insert(r.Pages, 2, RecordedPage{Path: "/form/more", Lang: "en", Title: "A form", Heading: "More", Acts: []RecordedAct{
		{Kind: FillIn, Target: Target{Role: "textbox", Name: en("Reason"), CSS: "#r", Ordinal: 1}, Value: "Because", Given: true},
		{Kind: Press, Target: next}}})
	acts := r.Pages[1].Acts
	acts[0].Value = "no"
	r.Pages[1].Acts = []RecordedAct{acts[0], {Kind: FillIn, Target: Target{Role: "textbox", Name: en("Since when"), CSS: "#since", Ordinal: 1}, Value: "2001", Given: true}, acts[1]}
	r.Pages[1].Errors = []RecordedError{{Target: &acts[0].Target, Words: "Choose one of them"}}
	return r
}

// The file as its author left it: with comments, and with a line and an order of their own.
func firstWay(t *testing.T) []byte {
	t.Helper()
	r := formRecording()
	r.Pages[1].Heading = "Choose"
	r.Pages = slices.Insert(r.Pages, 2, RecordedPage{Path: "/form/less", Lang: "en", Title: "A form", Heading: "Less", Acts: []RecordedAct{
		{Kind: Press, Target: Target{Role: "button", Name: Text{"en": "Next"}, CSS: "form button", Ordinal: 1}}}})
	g, _ := Draft(r, DraftOptions{ID: "form", Day: "2026-11-21"})
	text := strings.Replace(string(FormatGuide(g, "Mine.")), "  - id: choice\n", "\n  # where it parts\n  - id: choice\n", 1)
	return []byte(text + "# the end\n")
}

func TestAddRecording(t *testing.T) {
	before := firstWay(t)
	out, notes, err := AddRecording("guide.yaml", before, otherWay(), "2026-11-22")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(before), "\n") {
		if !strings.Contains(string(out), line+"\n") && line != "" && !strings.Contains(line, "try: {a: yes, b: no}") {
			t.Errorf("the author's line is gone: %q", line)
		}
	}
	g := new(Guide)
	if _, problems := readTree("again", out, g); len(problems) > 0 {
		t.Fatal(problems)
	}
	got := ""
	for _, p := range g.Pages {
		got += p.ID + "(" + p.Instead + "):"
		for _, s := range p.Steps {
			got += " " + s.ID
			if s.When != nil {
				got += "?" + s.When.Step + "=" + s.When.Option
			}
		}
		got += "; "
	}
	if want := "name(): full-name next; choice(): yes since-when?yes=no next; less(): next; more(less): reason next; done():; "; got != want {
		t.Errorf("got  %s\nwant %s\nnotes %q", got, want, notes)
	}
	if e := g.Pages[1].Steps[0].Errors; len(e) != 1 || e[0].Match[0] != "Choose one of them" {
		t.Errorf("%+v", e)
	}
	// Once more, there is nothing to add.
	again, _, err := AddRecording("guide.yaml", out, otherWay(), "2026-11-22")
	if err != nil || string(again) != string(out) {
		t.Errorf("the second time it changed: %v", err)
	}
}

func TestAddErrorText(t *testing.T) {
	data, g := builtIn(t)
	page := g.Pages[3]
	out, added, err := AddErrorText("guide.yaml", data, page.ID, page.Steps[0].ID, "It is too short to be a name")
	if err != nil || !added || !strings.Contains(string(out), "It is too short") || len(out) <= len(data) {
		t.Fatal(added, err)
	}
	if _, added, err = AddErrorText("guide.yaml", out, page.ID, page.Steps[0].ID, "it is too short to be a name"); added || err != nil {
		t.Error("the same error was added twice", err)
	}
	if _, added, _ = AddErrorText("guide.yaml", data, "nowhere", "x", "Something"); added {
		t.Error("an error was added to a page that is not there")
	}
}

// Guides that people wrote by hand can be added to: their lines stay.
func TestAddToBuiltIn(t *testing.T) {
	for _, id := range []string{"defra-forms", "hmpo-branching", "hmpo-multiwizard"} {
		data, err := os.ReadFile("guides/" + id + "/guide.yaml")
		if err != nil {
			t.Fatal(err)
		}
		g := new(Guide)
		if _, problems := readTree("guide.yaml", data, g); len(problems) > 0 {
			t.Fatal(problems)
		}
		p := g.Pages[0]
		r := Recording{Origin: g.Service.Origin, Start: g.Service.Start, Pages: []RecordedPage{
			{Path: p.Path, Lang: "en", Title: "T", Heading: p.Heading["en"]},
			{Path: "/quite/other", Lang: "en", Title: "T", Heading: "Quite another", Acts: []RecordedAct{{Kind: Press, Target: Target{Role: "button", Name: Text{"en": "On"}, CSS: "#on"}}}},
		}}
		out, _, err := AddRecording("guide.yaml", data, r, "2026-11-22")
		if err != nil {
			t.Errorf("%s: %v", id, err)
			continue
		}
		for _, line := range strings.Split(string(data), "\n") {
			if !strings.Contains(string(out), line) {
				t.Errorf("%s: a line is gone: %q", id, line)
			}
		}
		if !strings.Contains(string(out), "id: other") {
			t.Errorf("%s: the page was not added", id)
		}
	}
}

func FuzzAddRecording(f *testing.F) {
	data, err := os.ReadFile("guides/hmpo-branching/guide.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("format: 1\nid: g\npages: [{id: a, path: /form/name, title: {en: x}}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, _, err := AddRecording("guide.yaml", data, otherWay(), "2026-11-22")
		if err != nil {
			return
		}
		if _, problems := readTree("again", out, new(Guide)); len(problems) > 0 {
			t.Fatalf("%v\n%s", problems, out)
		}
	})
}
