// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"handrail/kiosk"
)

// A guide is made from nothing, for a form with a branch, by the commands and the words of README alone: recorded, the other
// way added, its texts written, linted, looked at, checked to the end.
func TestMakeAGuideFromNothing(t *testing.T) {
	t.Parallel() // long, and alone with its service
	screens(t)
	if _, err := os.Stat("../../e-service/hmpo/node_modules"); err != nil {
		t.Skip("the second e-service is not installed")
	}
	origin, end, err := (&walkFlags{service: "../../e-service/hmpo"}).origin(t.Context(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	defer end()
	dir := filepath.Join(t.TempDir(), "choose-a-way")
	way := func(side string) string {
		file := filepath.Join(t.TempDir(), side+".yaml")
		lines := "steps:\n  - press: Continue\n  - choose: Select a direction\n    with: " + side + "\n  - press: Continue\n  - fill: " + side + " field\n    with: Testina\n  - declare: Continue\n"
		if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	status, report, rows := author(t, "record", origin+"/branching/", "-out", dir, "-script", way("Left"), "-submit")
	if status != 0 || report.Figures["pages"] != 4 || report.Figures["targets"] != 5 {
		t.Fatalf("recorded: status %d, %+v", status, report)
	}
	if row := rows[0]; row["where"] != "the service" || row["what"] != "what a person would call the service" {
		t.Errorf("left to write begins with %v", row)
	}
	words := report.Figures["public_words"]

	// The author has begun to write when they think of the other way.
	file := filepath.Join(dir, kiosk.GuideFile)
	edit := func(change func(string) string) {
		t.Helper()
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(change(string(data))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	edit(func(s string) string {
		return strings.Replace(s, `name: {en: "", ar: ""}`, `name: {en: Choose a way, ar: اختر طريقًا} # our own words`, 1)
	})
	status, report, _ = author(t, "record", origin+"/branching/", "-out", dir, "-add", "-script", way("Right"), "-submit")
	if status != 0 || report.Figures["pages"] != 5 || report.Figures["public_words"] <= words {
		t.Fatalf("added: status %d, %+v", status, report)
	}
	var out bytes.Buffer
	if status := guideCommand(t.Context(), []string{"lint", dir}, &out, &out); status != 1 {
		t.Error("a draft passed the linter")
	}

	edit(func(s string) string {
		if !strings.Contains(s, "# our own words") {
			t.Error("what the author wrote is gone")
		}
		return regexp.MustCompile(`\{en: "", ar: ""\}`).ReplaceAllString(s, "{en: Touch it, ar: المسه}")
	})
	out.Reset()
	if status := guideCommand(t.Context(), []string{"lint", dir}, &out, &out); status != 0 {
		t.Errorf("lint: %s", out.Bytes())
	}
	status, report, _ = author(t, "check", dir, "-submit")
	if status != 0 || report.Figures["targets"] != 7 || report.Figures["sure"] != 7 || report.Figures["pages"] != 5 {
		t.Errorf("checked: status %d, %+v", status, report)
	}
	pictures := t.TempDir()
	status, report, rows = author(t, "preview", dir, "-lang", "ar", "-page", "choose-direction", "-out", pictures)
	if status != 0 || len(rows) != 2 || report.Figures["live"] != 1 || rows[0]["sight"] != "sure" {
		t.Errorf("looked at: status %d, %+v %v", status, report, rows)
	}
}

// The guides that are built in are found on their services, by all ways that the two invented people go.
func TestCheckTheBuiltIn(t *testing.T) {
	screens(t)
	for folder, ids := range map[string][]string{"../../e-service/hmpo": {"hmpo-branching", "hmpo-multiwizard"}} {
		if _, err := os.Stat(folder + "/node_modules"); err != nil {
			t.Skip("an e-service is not installed")
		}
		origin, end, err := (&walkFlags{service: folder}).origin(t.Context(), os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range ids {
			status, report, rows := author(t, "check", "../../kiosk/guides/"+id, "-url", origin, "-submit")
			if status != 0 || len(rows) == 0 || report.Figures["sure"] != report.Figures["targets"] {
				t.Errorf("%s: status %d, %+v", id, status, report)
			}
		}
		end()
	}
}

// Bad days of the service, in plain words.
func TestCheckWithoutTheService(t *testing.T) {
	screens(t)
	status, report, _ := author(t, "check", "../../kiosk/guides/hmpo-basic", "-url", "http://127.0.0.1:9")
	if notes := strings.Join(report.Notes, "\n"); status != 1 || report.OK || !strings.Contains(notes, "the service does not answer at http://127.0.0.1:9") {
		t.Errorf("status %d, %s", status, notes)
	}
}
