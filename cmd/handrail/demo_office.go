// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// office is the hub as the demo knows it: where it is, and links that sign one person in.
type office struct {
	people, terminals string
	desk, admin       string
}

// startHub starts the hub on ports that it keeps when it is pulled and plugged.
func (d *demo) startHub(ctx context.Context) error {
	people, terminals := "127.0.0.1:0", "127.0.0.1:0"
	d.hub = &part{name: "hub", logs: d.path("log"),
		command: func() *exec.Cmd {
			args := []string{"hub", "-dir", d.path("hub"), "-office", "Linden Town Hall", "-people", people, "-terminals", terminals, "-voice", "127.0.0.1:0"}
			return ownCommand(append(args, d.o.hub...)...)
		},
		ready: func(string) bool {
			_, err := os.Stat(d.path("hub", "hub.json"))
			return err == nil
		}}
	if err := d.hub.start(ctx); err != nil {
		return err
	}
	data, err := os.ReadFile(d.path("hub", "hub.json"))
	if err != nil {
		return err
	}
	var at hubAddresses
	if err := json.Unmarshal(data, &at); err != nil {
		return err
	}
	d.office.people, d.office.terminals = at.People, at.Terminals
	people, terminals = strings.TrimPrefix(at.People, "http://"), strings.TrimPrefix(at.Terminals, "https://")
	if d.office.desk, err = d.ask("hub", "invite", "-dir", d.path("hub"), "-role", "volunteer", "-name", "Amina", "-languages", "ar,en", "-places", "Linden Town Hall"); err != nil {
		return err
	}
	d.office.admin, err = d.ask("hub", "invite", "-dir", d.path("hub"), "-role", "admin", "-name", "Noor")
	return err
}

// enrol makes the terminal one of the office's, the way an admin and a person at the terminal would: a one-time code, and
// a key that is born where the terminal's state is.
func (d *demo) enrol(ctx context.Context) error {
	hub := d.office.terminals
	if d.o.reach != nil {
		var err error
		if hub, err = d.o.reach(hub); err != nil {
			return err
		}
	}
	code, err := d.ask("hub", "code", "-dir", d.path("hub"), "-name", "Terminal 1", "-place", "Linden Town Hall", "-trusted")
	if err != nil {
		return err
	}
	_, err = d.ask("enrol", "-dir", d.path("terminal"), "-hub", hub, "-code", code, "-name", "Terminal 1")
	return err
}

// ask runs a command of ours and gives the link or code that it prints, or all of it.
func (d *demo) ask(args ...string) (string, error) {
	var stderr strings.Builder
	cmd := ownCommand(args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("handrail %s: %w: %s", args[0], err, strings.TrimSpace(stderr.String()))
	}
	for _, word := range strings.Fields(string(out)) {
		if strings.HasPrefix(word, "http") || strings.Contains(word, "@") {
			return word, nil
		}
	}
	return strings.TrimSpace(string(out)), nil
}
