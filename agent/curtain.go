// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"os"
	"strconv"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/kiosk/stage"
)

// The curtain is our own "getting ready" screen, seen whenever no browser is there to draw one: between two people on a
// machine that has no memory for a spare, and when browsers die faster than they start. The first worker draws it once, before
// anybody has used it; a picture of that stays with the display.

// curtainLimit is how long the first worker may take to draw it. Without a curtain the terminal opens all the same.
const curtainLimit = 5 * time.Second

// drawCurtain has the first worker draw it, and puts the worker on afterwards.
func (a *Agent) drawCurtain(h *hand) {
	_ = h.wire.Send(session.Line{T: "curtain"})
	a.tasks.Go(func() {
		select {
		case <-time.After(curtainLimit):
		case <-h.gone:
		case <-h.curtained:
		}
		picture, err := stage.Screenshot(a.ready.Display, a.ready.Authority)
		a.post(func() {
			if err != nil {
				a.o.Log.Warn("no curtain", "why", err)
			} else if h.drawn {
				a.stage.Curtain(picture)
			}
			if a.front == h {
				a.putOn(h)
			}
		})
	})
}

// spareless tells whether this machine does without a spare.
func (a *Agent) spareless() bool {
	c := a.o.Config.Browser
	total, ok := machineMemory()
	return c.NoSpare || ok && total < c.SpareFrom
}

// machineMemory is the memory of this machine in MB (proc_meminfo(5), MemTotal).
func machineMemory() (mb int, ok bool) {
	data, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	return memoryOf(string(data))
}

func memoryOf(meminfo string) (mb int, ok bool) {
	for line := range strings.Lines(meminfo) {
		if rest, found := strings.CutPrefix(line, "MemTotal:"); found {
			kb, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")))
			return kb / 1024, err == nil
		}
	}
	return 0, false
}
