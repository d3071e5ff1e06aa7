// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"strings"
	"testing"

	"handrail/kiosk/browser"
	"handrail/ui"
)

// Every ending, as the command does it: whatever was planted is found while the session lives and never after it.
func TestDoctorWipe(t *testing.T) {
	t.Parallel() // a long program of its own: beside the other such one
	if testing.Short() {
		t.Skip("starts the whole product")
	}
	if !ui.Built() || !browser.ScriptBuilt() {
		t.Skip("needs the built screens: make build")
	}
	program, err := handrail()
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), program, "doctor", "wipe", "-json")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	runErr := cmd.Run()
	var r report
	if err := json.Unmarshal(stdout.Bytes(), &r); err != nil {
		t.Fatalf("%v, %v: %s", runErr, err, stderr.String())
	}
	f := r.Figures
	if want := float64(len(wipePlaces) * len(wipeEndings)); runErr != nil || !r.OK || f["planted"] != want || f["found_during"] != want || f["found_after"] != 0 || f["endings"] != float64(len(wipeEndings)) {
		t.Errorf("%v: %v\n%s\n%s", runErr, f, strings.Join(r.Notes, "\n"), stderr.String())
	}
	rows := 0
	for _, row := range r.Rows {
		if row["place"] == nil {
			continue
		}
		rows++
		if during, _ := row["during"].([]any); len(during) == 0 {
			t.Errorf("%v: %v was nowhere while the session lived", row["ending"], row["place"])
		}
	}
	if rows != len(wipePlaces)*len(wipeEndings) {
		t.Errorf("%d rows", rows)
	}
	t.Logf("%v", f)
}

func TestDoctorWipeIsAskedWrongly(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"wipe", "-endings", "boredom"}, 2, `not ended by "boredom"`},
		{[]string{"wipe", "now"}, 2, `"now" is too much`},
		{[]string{"wipe", "-nonsense"}, 2, "-nonsense"},
		{[]string{"wipe", "-help"}, 0, "page-crash"},
		{[]string{"wishes"}, 2, `no "wishes"`},
	} {
		var stderr bytes.Buffer
		if status := doctorCommand(t.Context(), c.args, &stderr, &stderr); status != c.status || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("doctor %q: status %d, %s", c.args, status, stderr.String())
		}
	}
	var stderr bytes.Buffer
	if status := privateCommand(t.Context(), []string{"version"}, &stderr, &stderr); status != 2 {
		t.Errorf("the inner command ran outside: %d, %s", status, stderr.String())
	}
}
