// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"handrail/kiosk/stage"
)

// The whole journey as an ordinary user, on a display that was there before: one that nobody manages the windows of.
func TestJourneyAsOrdinaryUserOnAGivenDisplay(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole product")
	}
	binary, err := handrail()
	if err != nil {
		t.Fatal(err)
	}
	uid := os.Getuid()
	dir, err := os.MkdirTemp("", "ordinary")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	service, err := filepath.Abs("../../e-service")
	if err != nil {
		t.Fatal(err)
	}
	if uid == 0 {
		// Somebody without a name, who may read neither our folders nor the checkout.
		uid = 61999
		for from, to := range map[string]string{binary: filepath.Join(dir, "handrail"), service: filepath.Join(dir, "e-service")} {
			if out, err := exec.Command("cp", "-r", from, to).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
		}
		binary, service = filepath.Join(dir, "handrail"), filepath.Join(dir, "e-service")
		if out, err := exec.Command("chmod", "-R", "a+rX", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if err := os.Chown(dir, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	display, err := stage.StartDisplay(t.Context(), stage.DisplayOptions{Dir: filepath.Join(dir, "display")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { display.Close() })
	cookie := filepath.Join(dir, "cookie")
	data, err := os.ReadFile(display.Authority())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(cookie, data, 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(cookie, uid, uid); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), binary, "demo", "-smoke", "-json", "-dir", filepath.Join(dir, "state"), "-e-service", service,
		"-display", display.Name(), "-xauthority", cookie)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	out, err := cmd.Output()
	var r report
	if jsonErr := json.Unmarshal(out, &r); err != nil || jsonErr != nil || !r.OK {
		t.Fatalf("%v, %v\n%s\n%s", err, jsonErr, strings.Join(r.Notes, "\n"), stderr.String())
	}
	if r.Figures["canaries_planted"] != 8 || r.Figures["canaries_found_during"] != 8 || r.Figures["canaries_found_after"] != 0 {
		t.Errorf("figures %v", r.Figures)
	}
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "handrail-citizen-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}
