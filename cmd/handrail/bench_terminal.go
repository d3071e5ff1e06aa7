// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"handrail/agent"
	"handrail/agent/session"
	"handrail/kiosk/guides"
)

// onTerminal starts hub, e-service and a terminal, and puts them away when f returns. The terminal has neither reader nor
// printer: what is measured is the terminal, and not how fast paper comes.
func (b *benchRun) onTerminal(stderr io.Writer, f func() error) (err error) {
	b.tell("starting hub, e-service and terminal")
	o := b.o.demoOptions
	dir, err := emptied(o.dir)
	if err != nil {
		return err
	}
	d := &demo{o: o, dir: dir, log: logger(stderr, o.verbose)}
	j := &journey{demo: d, ctx: b.ctx, seed: "bench", stepAt: time.Now(), report: report{Figures: map[string]float64{}}}
	b.journey = j
	defer func() {
		b.journey = nil
		if err != nil && !b.o.json {
			fmt.Fprintln(stderr, "the terminal's last words:\n"+lastWords(d.path("log", "terminal.log")))
		}
		j.putAway()
		b.remove(dir)
	}()
	if err := d.startService(b.ctx); err != nil {
		return err
	}
	if err := d.startHub(b.ctx); err != nil {
		return err
	}
	if err := d.enrol(b.ctx); err != nil {
		return err
	}
	config := fmt.Sprintf("office: Linden Town Hall\ndir: terminal\nlanguages: [en, ar]\nservices:\n  - guide: defra-forms\n    origin: %s\n", d.origin)
	if err := os.WriteFile(d.path("agent.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	d.agent = &part{name: "terminal", logs: d.path("log"),
		command: func() *exec.Cmd {
			return ownCommand("agent", "-config", d.path("agent.yaml"), "-control", d.path("control.sock"))
		},
		ready: func(line string) bool { return strings.HasPrefix(line, "terminal ready") }}
	if err := d.agent.start(b.ctx); err != nil {
		return err
	}
	if j.guide, err = guides.Load("defra-forms"); err != nil {
		return err
	}
	if j.control, err = agent.DialControl(j.path("control.sock")); err != nil {
		return err
	}
	stats, err := j.control.Stats()
	if err != nil {
		return err
	}
	j.display, j.authority = stats.Display, stats.Authority
	if j.hand, err = startHand(j.display, j.authority, j.seed); err != nil {
		return err
	}
	return f()
}

// remove removes the folder of the run.
func (b *benchRun) remove(dir string) {
	if !b.o.keep {
		_ = os.RemoveAll(dir)
	}
}

// begin starts a session and opens the service's first page in it.
func (b *benchRun) begin() error {
	if err := b.journey.chooseLanguage(); err != nil {
		return err
	}
	return b.journey.chooseService()
}

// spareReady waits until a spare worker stands behind the one in front, as it does between two citizens.
func (b *benchRun) spareReady() error {
	_, err := b.journey.await("the spare", func(session.Look) bool {
		stats, err := b.journey.control.Stats()
		return err == nil && stats.SpareReady
	})
	return err
}
