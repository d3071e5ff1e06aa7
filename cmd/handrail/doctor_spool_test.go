// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"handrail/peripherals"
	"handrail/provisioning/image"
)

func TestSpoolKeepsJobs(t *testing.T) {
	files, err := image.Recipe()
	if err != nil {
		t.Fatal(err)
	}
	ours := ""
	for _, f := range files {
		if f.Path == "etc/handrail/cupsd.conf" {
			ours = string(f.Data)
		}
	}
	for settings, want := range map[string]string{
		"": "PreserveJobFiles No, PreserveJobHistory No",
		"PreserveJobFiles No\n  preservejobhistory off": "",
		"PreserveJobFiles No\nPreserveJobHistory Yes\n": "PreserveJobHistory No",
		"#PreserveJobFiles No\nPreserveJobHistory No":   "PreserveJobFiles No",
		"PreserveJobFiles No\nPreserveJobFiles 86400\n": "PreserveJobFiles No, PreserveJobHistory No",
		ours: "",
	} {
		if got := strings.Join(keepsJobs(settings), ", "); got != want {
			t.Errorf("%q lacks %q, want %q", settings, got, want)
		}
	}
}

func TestSpoolNotes(t *testing.T) {
	at := func(port string) map[string]peripherals.Config {
		return map[string]peripherals.Config{"a4": {Driver: "ipp", Port: port}}
	}
	if notes := spoolNotes(nil); notes != nil {
		t.Errorf("without a printer: %v", notes)
	}
	if notes := spoolNotes(at("ipp://prints.example.org/printers/A4")); len(notes) != 1 || !strings.Contains(notes[0], "another machine") {
		t.Errorf("of another machine: %v", notes)
	}
	proc := t.TempDir()
	for pid, command := range map[string]string{"7": "/bin/sh\x00-c\x00/no", "12": "/usr/sbin/cupsd\x00-l\x00-c\x00/etc/handrail/cupsd.conf\x00", "13": ""} {
		if err := os.MkdirAll(filepath.Join(proc, pid), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(proc, pid, "cmdline"), []byte(command), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := spoolConfig(proc); got != "/etc/handrail/cupsd.conf" {
		t.Errorf("the running server's file is %q", got)
	}
	if got := spoolConfig(t.TempDir()); got != "/etc/cups/cupsd.conf" {
		t.Errorf("without one that runs it is %q", got)
	}
}
