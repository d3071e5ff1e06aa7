// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/agent"
	"handrail/agent/lockdown"
	"handrail/agent/session"
	"handrail/kiosk/browser"
	"handrail/kiosk/guides"
)

// trialTerminal is the terminal of a configuration, with a hub of its own, whose first service is the hostile one. It implements
// lockdown.Terminal.
type trialTerminal struct {
	j     *journey
	begun bool
	last  session.Look
	leaks map[string]int // datagrams by network
	anew  func() (*trialTerminal, error)
	stuck []error // when a session could not be ended by its keys
}

// startTrial starts hub and terminal in a folder. What the configuration says holds, but for devices and the display, which are not
// touched, and the origin of the first service.
func startTrial(ctx context.Context, c agent.Config, dir string, verbose bool, stderr io.Writer) (t *trialTerminal, err error) {
	dir, err = emptied(dir)
	if err != nil {
		return nil, err
	}
	d := &demo{o: demoOptions{dir: dir, lang: c.Languages[0], verbose: verbose}, dir: dir, log: logger(stderr, verbose)}
	j := &journey{demo: d, ctx: ctx, seed: "trial", stepAt: time.Now(), report: report{Figures: map[string]float64{}}}
	t = &trialTerminal{j: j, leaks: map[string]int{}, anew: func() (*trialTerminal, error) { return startTrial(ctx, c, dir+"-again", verbose, stderr) }}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, lastWords(d.path("log", "terminal.log")))
			j.putAway()
		}
	}()
	if j.guide, err = guides.Load(c.Services[0].Guide); err != nil {
		return nil, err
	}
	c.Dir, c.Devices, c.Services[0].Origin = "terminal", nil, lockdown.Origin
	c.Display.Use, c.Display.Authority = "", ""
	written, err := yaml.Marshal(c)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(d.path("agent.yaml"), written, 0o600); err != nil {
		return nil, err
	}
	if err := d.startHub(ctx); err != nil {
		return nil, err
	}
	if err := d.enrol(ctx); err != nil {
		return nil, err
	}
	d.agent = &part{name: "terminal", logs: d.path("log"),
		command: func() *exec.Cmd {
			return ownCommand("agent", "-config", d.path("agent.yaml"), "-control", d.path("control.sock"))
		},
		ready: func(line string) bool { return strings.HasPrefix(line, "terminal ready") }}
	if err := d.agent.start(ctx); err != nil {
		return nil, err
	}
	if j.control, err = agent.DialControl(d.path("control.sock")); err != nil {
		return nil, err
	}
	stats, err := j.control.Stats()
	if err != nil {
		return nil, err
	}
	j.display, j.authority = stats.Display, stats.Authority
	j.hand, err = startHand(j.display, j.authority, j.seed)
	return t, err
}

// Close puts everything away.
func (t *trialTerminal) Close() { t.j.putAway() }

// Begin implements lockdown.Terminal: the session that is open is ended by its own keys, which must always be there, and the next
// person begins. A terminal whose keys do not answer has suffered an effect; the trial goes on with another.
func (t *trialTerminal) Begin(ctx context.Context) error {
	t.Leaks()
	if t.begun {
		if _, err := t.spare(ctx); err != nil {
			return err
		}
		if err := t.leave(); ctx.Err() != nil {
			return ctx.Err()
		} else if err != nil {
			stuck := append(t.stuck, fmt.Errorf("a session could not be ended by its keys: %w", err))
			t.Close()
			next, err := t.anew()
			if err != nil {
				return errors.Join(append(stuck, err)...)
			}
			next.stuck = stuck
			maps.Copy(next.leaks, t.leaks)
			*t = *next
		}
	}
	t.begun = true
	if err := t.j.chooseLanguage(); err != nil {
		return err
	}
	if err := t.j.openService(); err != nil {
		return err
	}
	look, err := t.j.await("the page", func(l session.Look) bool { return l.Screen == "companion" && l.Place.Visible })
	t.last = look
	if err != nil {
		return err
	}
	_, err = t.spare(ctx) // its windows are put underneath some time; what comes later is not ours
	return err
}

// leave ends the session from whatever screen, as a person does: one touch, and a look at what comes of it before the next.
func (t *trialTerminal) leave() error {
	for range 8 {
		look, err := t.j.settled("a screen", func(l session.Look) bool { return l.Screen != "ready" && (l.Screen == "start" || len(l.Keys) > 0) })
		if err != nil {
			return err
		}
		if look.Screen == "start" {
			return nil
		}
		for _, key := range []string{"end-yes", "next", "home", "end"} {
			if box, ok := look.Keys[key]; ok && (look.Screen == "end" || key == "end" || key == "end-yes") {
				if err := t.j.touch(box); err != nil {
					return err
				}
				break
			}
		}
		// A touch that was heard late would meet another key if the next one came before it.
		_ = t.until(t.j.ctx, "another screen", 15*time.Second, func() bool {
			now, err := t.j.control.Look()
			return err == nil && (now.Screen != look.Screen || !maps.EqualFunc(now.Keys, look.Keys, func(browser.Box, browser.Box) bool { return true }))
		})
	}
	_, err := t.j.await("the start screen", t.j.screen("start"))
	return err
}

// spare waits for the worker that stands ready behind the one in front.
func (t *trialTerminal) spare(ctx context.Context) (stats agent.Stats, err error) {
	err = t.until(ctx, "the spare", time.Minute, func() bool {
		stats, err = t.j.control.Stats()
		return err == nil && (stats.SpareReady || stats.SparePid == 0)
	})
	return stats, err
}

func (t *trialTerminal) until(ctx context.Context, what string, patience time.Duration, ok func() bool) error {
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(25 * time.Millisecond) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %v for %s", patience, what)
		}
	}
	return nil
}

// Display implements lockdown.Terminal.
func (t *trialTerminal) Display() (name, authority string) { return t.j.display, t.j.authority }

// Place implements lockdown.Terminal.
func (t *trialTerminal) Place() image.Rectangle {
	p := t.last.Place
	return image.Rect(p.X, p.Y, p.X+p.W, p.Y+p.H)
}

// Strangers implements lockdown.Terminal.
func (t *trialTerminal) Strangers() (int, error) {
	look, err := t.j.control.Look()
	return look.Strange, err
}

// Own implements lockdown.Terminal.
func (t *trialTerminal) Own() bool {
	look, err := t.j.control.Look()
	return err != nil || !look.Place.Visible
}

// KillPage implements lockdown.Terminal.
func (t *trialTerminal) KillPage(number int) error {
	stats, err := t.j.control.Stats()
	if err != nil {
		return err
	}
	return lockdown.KillPage(stats.FrontPid, number)
}

// Back implements lockdown.Terminal.
func (t *trialTerminal) Back(context.Context) error {
	key := ""
	_, err := t.j.await("a screen of ours with a key that leads back", func(l session.Look) bool {
		switch {
		case slices.Contains(l.Says, "failure.dead-end.title"):
			key = "retry"
		case l.Screen == "sheets":
			key = "print-no"
		case l.Screen == "filing":
			key = "no-picture"
		}
		return key != ""
	})
	if err == nil {
		err = t.j.press(key)
	}
	if err != nil {
		return err
	}
	_, err = t.j.await("the page", func(l session.Look) bool { return l.Screen == "companion" && l.Place.Visible })
	return err
}

// Leaks implements lockdown.Terminal: what browsers sent as datagrams in networks of their own, which hold nothing but the way to the
// egress proxy. Those names are asked for with datagrams, and calls are made of them.
func (t *trialTerminal) Leaks() int {
	for network, n := range datagrams() {
		t.leaks[network] = max(t.leaks[network], n)
	}
	total := 0
	for _, n := range t.leaks {
		total += n
	}
	return total
}

// datagrams reads how many datagrams (RFC 1213, udpOutDatagrams) our browsers sent in each network that is not this process's own.
func datagrams() map[string]int {
	own, _ := os.Readlink("/proc/self/ns/net")
	out := map[string]int{}
	for _, pid := range family(os.Getpid())[1:] {
		dir := fmt.Sprintf("/proc/%d", pid)
		network, err := os.Readlink(dir + "/ns/net")
		command, _ := os.ReadFile(dir + "/cmdline")
		if _, seen := out[network]; err != nil || seen || network == own || !strings.Contains(string(command), "/chromium") {
			continue
		}
		data, err := os.ReadFile(dir + "/net/snmp")
		if err != nil {
			continue
		}
		var names []string
		for line := range strings.Lines(string(data)) {
			fields := strings.Fields(line)
			if len(fields) == 0 || fields[0] != "Udp:" {
				continue
			}
			if names == nil {
				names = fields
				continue
			}
			for i, name := range names {
				if name == "OutDatagrams" && i < len(fields) {
					var n int
					fmt.Sscan(fields[i], &n)
					out[network] = n
				}
			}
		}
	}
	return out
}
