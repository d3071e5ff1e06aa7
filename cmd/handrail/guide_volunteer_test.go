// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"handrail/kiosk/browser"
)

func TestVolunteerScripts(t *testing.T) {
	actions, err := parseVolunteerScript("# a comment\n\nclick \"#a > b\"\ntype #name Ada Lovelace\nscroll -300\n")
	if err != nil || len(actions) != 3 || actions[0].words[1] != "#a > b" || len(actions[1].words) != 4 {
		t.Fatalf("%+v, %v", actions, err)
	}
	for text, want := range map[string]string{
		"fly #a": "there is no action", "click": "line 1", "click #a #b": "line 1", "wait long": "no whole number", `click "#a`: "not closed", "\nresize 3": "line 2",
	} {
		if _, err := parseVolunteerScript(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

func FuzzVolunteerScript(f *testing.F) {
	f.Add("click #a\ntype \"#a b\" words\nscroll 3 #x")
	f.Fuzz(func(t *testing.T, text string) {
		actions, err := parseVolunteerScript(text)
		if err != nil {
			return
		}
		for _, a := range actions {
			if n := len(a.words) - 1; n < volunteerVerbs[a.words[0]][0] {
				t.Fatalf("%q has too few words", a.text)
			}
		}
	})
}

// What is printed is what a volunteer would have: nothing that was typed, and without a guide not a word.
func TestPreviewAsVolunteer(t *testing.T) {
	if testing.Short() || !browser.ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write([]byte(`<!doctype html><title>Title</title><h1>Heading</h1><label for=a>Name</label><input id=a><p style="margin-top:2000px">End</p>`))
	}))
	defer page.Close()
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte("type #a Zqtyped\nscroll 300\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var out, complaints bytes.Buffer
	if status := guideCommand(t.Context(), []string{"preview", page.URL, "-as", "volunteer", "-script", script, "-json"}, &out, &complaints); status != 0 {
		t.Fatalf("status %d: %s", status, complaints.String())
	}
	var report struct {
		OK      bool
		Figures map[string]float64
		Rows    []struct {
			After, Type string
			Content     json.RawMessage
		}
	}
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || !report.OK {
		t.Fatalf("%v: %s", err, out.String())
	}
	var types []string
	for _, row := range report.Rows {
		types = append(types, row.Type)
		for _, words := range []string{"Zqtyped", "Title", "Heading", "Name", "End"} {
			if strings.Contains(string(row.Content), words) {
				t.Errorf("after %s the volunteer reads %q: %s", row.After, words, row.Content)
			}
		}
	}
	if len(types) < 3 || types[0] != "outline" || !slices.Contains(types[1:], "changed") || report.Figures["shown"] != 0 || report.Figures["elements"] < 3 {
		t.Errorf("%v %v", types, report.Figures)
	}
}
