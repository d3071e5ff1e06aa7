// SPDX-License-Identifier: Apache-2.0

package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handrail/kiosk/browser"
)

func screens(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("opens the screens")
	}
	if !browser.ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
}

// Without the service every page of a guide with nearly all kinds of control is recognised beside its stand-in, and pictured.
func TestPreviewWithoutTheService(t *testing.T) {
	screens(t)
	out := t.TempDir()
	status, report, rows := author(t, "preview", "../../kiosk/guides/defra-components", "-offline", "-lang", "en", "-out", out)
	steps := 0
	g, _, err := loadDraft("../../kiosk/guides/defra-components")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Pages {
		steps += max(1, len(p.Steps))
	}
	if status != 0 || len(rows) != steps || report.Figures["live"] != 0 {
		t.Errorf("status %d, %d pictures of %d steps, %v", status, len(rows), steps, report.Notes)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if sight := row["sight"]; sight != nil && sight != "sure" {
			t.Errorf("%v/%v: %v", row["page"], row["step"], sight)
		}
		seen[picture(t, row["file"].(string))] = true
	}
	if len(seen) < steps-1 {
		t.Errorf("%d of %d pictures differ", len(seen), steps)
	}
}

// picture reads a picture and gives something by which two are told apart.
func picture(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.Decode(strings.NewReader(string(data)))
	if err != nil || image.Bounds().Dx() != 1280 || image.Bounds().Dy() != 800 {
		t.Fatalf("%s: %v", file, err)
	}
	return string(data)
}

// A script touches the real keys, in a draft that has texts to write and whose service does not answer.
func TestPreviewByScript(t *testing.T) {
	screens(t)
	dir := filepath.Join(t.TempDir(), "hmpo-basic")
	if err := os.CopyFS(dir, os.DirFS("../../kiosk/guides/hmpo-basic")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "guide.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	draft := strings.NewReplacer("{en: Write your name}", `{en: ""}`, "http://127.0.0.1:3010", "http://127.0.0.1:9").Replace(string(data))
	if err := os.WriteFile(filepath.Join(dir, "guide.yaml"), []byte(draft), 0o600); err != nil {
		t.Fatal(err)
	}
	script, out := filepath.Join(t.TempDir(), "look.yaml"), t.TempDir()
	lines := "steps:\n  - page: your-name\n    step: name\n    language: en\n    level: guide-me\n  - shot: name\n  - touch: why\n  - shot: why\n  - language: ar\n  - shot: arabic\n" +
		"  - page: your-age\n    step: age\n    error: empty\n  - shot: refused\n"
	if err := os.WriteFile(script, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	status, report, rows := author(t, "preview", dir, "-script", script, "-out", out)
	if status != 0 || len(rows) != 4 || report.Figures["left_to_write"] == 0 {
		t.Fatalf("status %d, %+v", status, report)
	}
	notes := strings.Join(report.Notes, "\n")
	for _, want := range []string{"does not answer at http://127.0.0.1:9", "left to write"} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing says %q: %s", want, notes)
		}
	}
	if rows[3]["error"] != "empty" || rows[0]["step"] != "name" || rows[2]["lang"] != "ar" {
		t.Errorf("%v", rows)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		seen[picture(t, row["file"].(string))] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d of 4 pictures differ", len(seen))
	}
}
