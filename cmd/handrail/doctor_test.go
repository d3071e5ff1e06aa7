// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The whole catalogue against a terminal, in a network of its own.
func TestNobodyGetsOut(t *testing.T) {
	t.Parallel() // a long program of its own: beside the other such one
	if testing.Short() {
		t.Skip("tries more than two hundred ways out of a terminal")
	}
	program, err := handrail()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	var stderr strings.Builder
	cmd := exec.CommandContext(ctx, program, "doctor", "lockdown", "-json", "-patience", "12s")
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(stderr.String(), "cannot have a network of its own") {
		t.Skip("this machine allows no networks of one's own")
	}
	var r report
	if err := json.Unmarshal(out, &r); err != nil {
		t.Fatalf("%v\n%s\n%s", err, out, stderr.String())
	}
	for _, row := range r.Rows {
		if row["verdict"] != "nothing" {
			t.Logf("%v: %v: %v", row["vector"], row["verdict"], row["why"])
		}
	}
	f := r.Figures
	t.Logf("figures %v, notes %q", f, r.Notes)
	if !r.OK || f["vectors"] < 125 || f["effects"] > 4 || f["breakouts"] != 0 || f["channels"] != 22 || f["channels_out"] != 0 || f["lookups_out"] != 0 {
		t.Errorf("something gets out of the terminal: %s", stderr.String())
	}
	if f["plain_channels_out"] < leastInstruct || f["plain_lookups_out"] == 0 {
		t.Errorf("the trial hears too little to say anything")
	}
}
