// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"strings"
	"testing"
)

// exported is in the form of the Recorder's own exports.
const exported = `{"title": "A passport", "steps": [
 {"type": "setViewport", "width": 900, "height": 700, "deviceScaleFactor": 1, "isMobile": false, "hasTouch": false, "isLandscape": false},
 {"type": "navigate", "url": "https://apply.example.org/start?ref=canary-query", "assertedEvents": [{"type": "navigation", "url": "https://apply.example.org/start?ref=canary-query", "title": "Start"}]},
 {"type": "click", "target": "main", "selectors": [["aria/Start now[role=\"button\"]"], ["main button"], ["xpath///*[@id=\"main\"]/button"], ["text/Start now"]], "offsetX": 1, "offsetY": 2,
  "assertedEvents": [{"type": "navigation", "url": "https://apply.example.org/name", "title": "Your name"}]},
 {"type": "click", "target": "main", "selectors": [["aria/First name"], ["#firstName"]], "offsetX": 1, "offsetY": 2},
 {"type": "change", "value": "canary-typed", "target": "main", "selectors": [["aria/First name"], ["#firstName"]]},
 {"type": "keyDown", "target": "main", "key": "Tab"}, {"type": "keyUp", "target": "main", "key": "Tab"},
 {"type": "change", "value": "canary-month", "target": "main", "selectors": ["aria/Month", "form > select"]},
 {"type": "click", "target": "main", "selectors": [["#agree"]], "offsetX": 1, "offsetY": 2},
 {"type": "waitForElement", "target": "main", "selectors": [["aria/Your name[role=\"heading\"]"], ["h1"]]},
 {"type": "change", "target": "main", "value": "canary-code", "selectors": [["pay-form", "pierce/#code"]]},
 {"type": "change", "target": "main", "value": "C:\\fakepath\\canary.pdf", "selectors": [["aria/Proof"], ["input[type=file]"]]},
 {"type": "change", "target": "https://bank.example.org/card?canary=1", "value": "canary-card", "selectors": [["xpath///*[@id=\"holder\"]"]]},
 {"type": "click", "target": "chrome-extension://canary/", "selectors": [["#other"]], "offsetX": 1, "offsetY": 2},
 {"type": "keyDown", "target": "main", "key": "Enter", "assertedEvents": [{"type": "navigation"}]},
 {"selectors": [["#nothing"]]},
 {"type": "click", "target": "main", "frame": [0], "selectors": [["aria/Framed[role=\"button\"]"], ["#framed"]], "offsetX": 1, "offsetY": 2},
 {"type": "customStep", "name": "x", "parameters": {}},
 {"type": "click", "target": "main", "selectors": [["aria/Send"], ["form > button"]], "offsetX": 1, "offsetY": 2,
  "assertedEvents": [{"type": "navigation", "url": "https://apply.example.org/done", "title": "Done"}]}
]}`

func TestImportRecording(t *testing.T) {
	r, notes, err := ImportRecording([]byte(exported), "en")
	if err != nil {
		t.Fatal(err)
	}
	if r.Origin != "https://apply.example.org" || r.Start != "/start" || len(r.Pages) != 3 {
		t.Fatalf("%+v", r)
	}
	got := []string{}
	for _, p := range r.Pages {
		for _, a := range p.Acts {
			got = append(got, p.Path+" "+string(a.Kind)+" "+a.Target.Role+" "+a.Target.Name.In("en")+" "+a.Target.CSS)
		}
	}
	want := "/start press button Start now main button|/name fill textbox First name #firstName|/name choose combobox Month form > select|/name choose radio  #agree|/name fill textbox  #code|/name upload file Proof input[type=file]|/name fill textbox  |/name press button Framed #framed|/name press button Send form > button"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
	for _, want := range []string{"in a frame", "in another window", "has no type", "Enter key led on", `"customStep"`, "not known what was touched"} {
		if !strings.Contains(strings.Join(notes, "\n"), want) {
			t.Errorf("no note says %q: %q", want, notes)
		}
	}
	acts := r.Pages[1].Acts
	if code, card := acts[3].Target, acts[5].Target; len(code.Shadow) != 1 || code.Shadow[0] != "pay-form" || card.Frame != "https://bank.example.org" || card.XPath != `//*[@id="holder"]` {
		t.Errorf("%+v\n%+v", code, card)
	}
	if r.Pages[1].Heading != "Your name" {
		t.Errorf("the heading is %q", r.Pages[1].Heading)
	}
	g, _ := Draft(*r, DraftOptions{ID: "passport", Day: "2026-11-21"})
	data := FormatGuide(g, "")
	if strings.Contains(string(data), "canary") {
		t.Error("the draft has a value or a query in it")
	}
	if _, problems := CheckGuide("guide.yaml", data); len(problems) == 0 {
		t.Error("nothing is left to write")
	} else {
		for _, p := range onlyErrors(problems) {
			if !strings.Contains(p.Message, " is missing in ") {
				t.Error(p)
			}
		}
	}
	for _, bad := range []string{"", "[]", "{}", `{"steps":[{"type":"click"}]}`, `{"steps":[{"type":"navigate","url":"file:///etc/passwd"}]}`,
		`{"steps":"x"}`, `{"steps":[{"type":5}]}`, `{"steps":[`, strings.Repeat(`{"steps":[`, 20000), `{"steps":[{"type":"navigate","url":"http://[::1"}]}`, strings.Repeat(" ", maxImport+1)} {
		if _, _, err := ImportRecording([]byte(bad), "en"); err == nil || !strings.HasPrefix(err.Error(), "recording: ") {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
}

func FuzzImportRecording(f *testing.F) {
	f.Add([]byte(exported))
	f.Add([]byte(`{"steps":[{"type":"navigate","url":"http://127.0.0.1/%0a"},{"type":"change","selectors":[["aria/\u202e[role=\"button\"]"],[" #a"]]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, _, err := ImportRecording(data, "en")
		if err != nil {
			return
		}
		g, _ := Draft(*r, DraftOptions{ID: "g", Day: "2026-01-01"})
		text := FormatGuide(g, "")
		if len(text) > maxGuide {
			return // longer than a guide may be, and said so when it is read
		}
		if _, problems := readTree("again", text, new(Guide)); len(problems) > 0 {
			for _, p := range problems {
				if !strings.Contains(p.Message, "at most") && !strings.Contains(p.Message, "may have") {
					t.Fatalf("%v\n%s", p, text)
				}
			}
		}
	})
}
