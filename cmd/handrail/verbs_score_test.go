// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"time"

	"handrail/agent"
	"handrail/kiosk/browser"
)

// amend adds a line to the configuration of the terminal that runs; it counts from its next start.
func (p *play) amend(args []string) error {
	f, err := os.OpenFile(p.j.path("agent.yaml"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = fmt.Fprintln(f, args[0])
	return err
}

// score puts the result of a lockdown trial where the terminal keeps it.
func (p *play) score(args []string) error {
	c, err := agent.ReadConfig(p.j.path("agent.yaml"))
	if err != nil {
		return err
	}
	s := agent.Score{At: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC), Browser: agent.BrowserMark(browser.Binary), Config: c.Mark(), Vectors: 200, OK: args[0] == "good"}
	if !s.OK {
		s.Effects, s.Breakouts = 5, 1
	}
	return s.Write(c.Dir)
}
