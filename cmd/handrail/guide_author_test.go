// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// formService starts the e-service and gives its address.
func formService(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser and the e-service")
	}
	if !browser.ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
	if _, err := os.Stat("../../e-service/node_modules"); err != nil {
		t.Skip("the e-service's packages are not installed")
	}
	flags := walkFlags{service: "../../e-service"}
	origin, end, err := flags.origin(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(end)
	return origin
}

// author runs a command for authors with -json.
func author(t *testing.T, args ...string) (status int, report guideReport, rows []map[string]any) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	status = guideCommand(ctx, append(args, "-json"), &stdout, &stderr)
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("handrail guide %s: status %d, %v\n%s\n%s", strings.Join(args, " "), status, err, stdout.Bytes(), stderr.Bytes())
	}
	for _, row := range report.Rows {
		rows = append(rows, row.(map[string]any))
	}
	return status, report, rows
}

// From a script of clicks to a draft that lacks nothing but its texts and is found on the live service again.
func TestRecordTheRealForm(t *testing.T) {
	origin := formService(t)
	dir := filepath.Join(t.TempDir(), "passport")
	status, report, rows := author(t, "record", origin+"/test/start", "-out", dir, "-script", "testdata/record/defra.yaml", "-submit")
	if status != 0 || !report.OK || report.Figures["pages"] != 8 || report.Figures["steps"] != 18 {
		t.Errorf("status %d, %+v", status, report)
	}
	if report.Figures["public_words"] < 150 || report.Figures["errors_seen"] < 10 || len(rows) < 50 || int(report.Figures["left_to_write"])%len(rows) != 0 { // a row for each text, counted once a language
		t.Errorf("%v, %d rows", report.Figures, len(rows))
	}

	problems, err := lintFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if !p.Warning && !strings.Contains(p.Message, " is missing in ") {
			t.Error(p)
		}
	}
	words, err := os.ReadFile(filepath.Join(dir, kiosk.WordsFile))
	if err != nil {
		t.Fatal(err)
	}
	public, err := kiosk.ParseWords("words", words)
	if err != nil || len(public) < 150 {
		t.Errorf("%d words, %v", len(public), err)
	}

	// The recorder's script and the guide that people wrote by hand bring home the same words.
	want, _, err := loadDraft("../../kiosk/guides/defra-forms")
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Words) != len(public) {
		t.Logf("the built-in guide has %d public words, the draft %d", len(want.Words), len(public))
	}

	status, report, rows = author(t, "check", dir)
	if status != 0 || report.Figures["targets"] != 18 || report.Figures["sure"] != 18 || len(rows) != 18 {
		t.Errorf("status %d, %+v", status, report)
	}
	if notes := strings.Join(report.Notes, "\n"); !strings.Contains(notes, "not visited: status") {
		t.Errorf("without -submit the walk went past the declaration: %s", notes)
	}
}

// A guide whose page has changed under it: the drift is found, a fingerprint proposed, accepted, and found for sure.
func TestCheckFindsDrift(t *testing.T) {
	origin := formService(t)
	dir := filepath.Join(t.TempDir(), "defra-forms")
	if err := os.CopyFS(dir, os.DirFS("../../kiosk/guides/defra-forms")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, kiosk.GuideFile)
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	drifted := strings.NewReplacer("name: {en: First name}", "name: {en: Given names}", "tokens: [first, name]", "tokens: [given]", `css: "#firstName"`, `css: "#given"`).Replace(string(data))
	if strings.Count(drifted, "[given]") != 1 {
		t.Fatal("the built-in guide is not as this test knows it")
	}
	if err := os.WriteFile(file, []byte(drifted), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(rows []map[string]any) map[string]any {
		for _, row := range rows {
			if row["step"] == "first-name" {
				return row
			}
		}
		t.Fatalf("no row of the step: %v", rows)
		return nil
	}
	status, report, rows := author(t, "check", dir, "-url", origin, "-submit")
	row := of(rows)
	proposed, _ := row["proposed"].(map[string]any)
	if status != 1 || report.OK || row["answer"] == "sure" || proposed["css"] != "#firstName" || report.Figures["sure"] != 17 || report.Figures["pages"] != 8 {
		t.Fatalf("status %d, %+v, row %v", status, report.Figures, row)
	}
	if now, _ := os.ReadFile(file); string(now) != drifted {
		t.Error("guide.yaml was changed without -accept")
	}
	if _, _, rows = author(t, "check", dir, "-url", origin, "-accept"); of(rows)["accepted"] != true {
		t.Errorf("%v", of(rows))
	}
	if status, report, _ = author(t, "check", dir, "-url", origin, "-submit"); status != 0 || report.Figures["sure"] != 18 {
		t.Errorf("after accepting: status %d, %+v", status, report)
	}
	now, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if head, _, _ := strings.Cut(string(data), "format:"); !strings.HasPrefix(string(now), head) {
		t.Error("the author's comments are gone")
	}
	// Words are recorded again from the very same guide.
	if status, report, _ = author(t, "words", dir, "-url", origin, "-submit"); status != 0 || report.Figures["public_words"] < 150 || report.Figures["private"] < 6 {
		t.Errorf("words: status %d, %+v", status, report)
	}
}

func TestGuideImportCommand(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "recording.json"), filepath.Join(dir, "passport")
	if err := os.WriteFile(file, []byte(`{"title":"x","steps":[
		{"type":"navigate","url":"https://apply.example.org/start?who=canary"},
		{"type":"change","value":"canary","selectors":[["aria/First name"],["#firstName"]]},
		{"type":"click","selectors":[["aria/Send"],["form > button"]],"assertedEvents":[{"type":"navigation","url":"https://apply.example.org/done","title":"Done"}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	status, report, rows := author(t, "import", file, "-out", out)
	if status != 0 || report.Figures["pages"] != 2 || report.Figures["steps"] != 2 || len(rows) == 0 {
		t.Errorf("status %d, %+v", status, report)
	}
	data, err := os.ReadFile(filepath.Join(out, kiosk.GuideFile))
	if err != nil || strings.Contains(string(data), "canary") {
		t.Errorf("%v\n%s", err, data)
	}
	var stderr bytes.Buffer
	if status := guideCommand(t.Context(), []string{"import", file, "-out", out}, &stderr, &stderr); status != 1 || !strings.Contains(stderr.String(), "has a guide already") {
		t.Errorf("status %d, %s", status, &stderr)
	}
}

func TestGuidePreviewCitizen(t *testing.T) {
	status, report, rows := author(t, "preview", "../../kiosk/guides/defra-forms", "-page", "uk-passport", "-lang", "ar")
	want := map[string]any{"page": "uk-passport", "title": "جواز السفر", "step": "continue", "kind": "press", "what": "المس Continue", "how": "هو الزر الأخضر تحت السؤال."}
	if status != 0 || report.Figures["pages"] != 1 || len(rows) != 3 {
		t.Fatalf("status %d, %+v", status, report)
	}
	if diff := cmp.Diff(want, rows[2]); diff != "" {
		t.Error(diff)
	}
}

func TestAuthorsAreToldWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"record"}, 2, "usage: handrail guide record"},
		{[]string{"record", "http://127.0.0.1:1/", "-out", "Not A Name"}, 1, "cannot be a guide's name"},
		{[]string{"record", "http://127.0.0.1:1/", "-out", "x", "-script", "testdata/nowhere.yaml"}, 1, "nowhere.yaml"},
		{[]string{"check", "testdata/nowhere"}, 1, "nowhere"},
		{[]string{"check", "../../kiosk/guides/defra-forms", "-url", "ftp://x"}, 1, "is not the address of a service"},
		{[]string{"check", "../../kiosk/guides/defra-forms", "-person", "c"}, 2, "usage: handrail guide check"},
		{[]string{"preview", "../../kiosk/guides/defra-forms", "-page", "x"}, 1, `no page "x"`},
		{[]string{"preview", "../../kiosk/guides/defra-forms", "-as", "volunteer"}, 2, "usage: handrail guide preview"},
		{[]string{"preview", "../../kiosk/guides/defra-forms", "-lang", "xx", "-out", "x"}, 1, `does not speak "xx"`},
		{[]string{"preview", "../../kiosk/guides/defra-forms", "-level", "alone"}, 2, "usage: handrail guide preview"},
		{[]string{"import", "testdata/record/defra.yaml", "-out", "x"}, 1, "not a recording exported as JSON"},
		{[]string{"schema", "x"}, 2, "usage: handrail guide schema"},
	} {
		var stdout, stderr bytes.Buffer
		if status := guideCommand(t.Context(), c.args, &stdout, &stderr); status != c.status || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%v: status %d, %q", c.args, status, stderr.String())
		}
	}
}
