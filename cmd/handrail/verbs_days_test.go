// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"handrail/agent/session"
)

// bus is a message bus of D-Bus, as a desktop has one, whose address the terminal is started with.
type bus struct {
	dir    string
	daemon *exec.Cmd
}

var busNames = []string{"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"}

// withBus starts one, for this script alone.
func (p *play) withBus() error {
	if err := p.close(); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hrbus")
	if err != nil {
		return err
	}
	p.bus = &bus{dir: dir}
	p.bus.daemon = exec.CommandContext(p.ctx, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+p.bus.socket())
	if err := p.bus.daemon.Start(); err != nil {
		p.bus.daemon = nil
		return err
	}
	if err := p.bus.guests(1); err != nil {
		return err
	}
	p.config = "# with a message bus\n"
	for _, name := range busNames {
		if err := os.Setenv(name, "unix:path="+p.bus.socket()); err != nil {
			return err
		}
	}
	return nil
}

func (b *bus) socket() string { return filepath.Join(b.dir, "bus") }

// connected are the connections that the bus has accepted (proc_net(5), unix: state 03 with its own path).
func (b *bus) connected() (n int, err error) {
	table, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(table)) {
		if f := strings.Fields(line); len(f) > 7 && f[7] == b.socket() && f[5] == "03" {
			n++
		}
	}
	return n, nil
}

// guests checks that the bus has so many connections, and no more than those that it is given here: one that cannot be counted would prove
// nothing.
func (b *bus) guests(n int) error {
	for range n {
		var conn net.Conn
		var err error
		for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
			if conn, err = net.Dial("unix", b.socket()); err == nil || time.Now().After(deadline) {
				break
			}
		}
		if err != nil {
			return err
		}
		defer conn.Close()
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(10 * time.Millisecond) {
		there, err := b.connected()
		if err != nil || there == n {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the bus has %d connections, of which %d are known", there, n)
		}
	}
}

// breakBus looks whether anything of the terminal has found the bus, and kills it.
func (p *play) breakBus() error {
	if p.bus == nil || p.bus.daemon == nil {
		return errors.New("break bus: write bus first")
	}
	if err := errors.Join(p.bus.guests(0), p.bus.guests(1)); err != nil {
		return err
	}
	return p.bus.kill()
}

func (b *bus) kill() error {
	if b.daemon == nil {
		return nil
	}
	err := b.daemon.Process.Kill()
	_ = b.daemon.Wait()
	b.daemon = nil
	return err
}

// leaveBus ends it.
func (p *play) leaveBus() {
	if p.bus == nil {
		return
	}
	_ = p.bus.kill()
	_ = os.RemoveAll(p.bus.dir)
	for _, name := range busNames {
		_ = os.Unsetenv(name)
	}
	p.bus = nil
}

// site stops the e-service in the middle of what it does, or lets it go on.
func (p *play) siteGoes(how string) error {
	pid := p.j.service.pid()
	if pid == 0 {
		return errors.New("site: it does not run")
	}
	switch how {
	case "stands":
		return syscall.Kill(-pid, syscall.SIGSTOP)
	case "goes":
		return syscall.Kill(-pid, syscall.SIGCONT)
	}
	return fmt.Errorf("site: it stands or goes, not %q", how)
}

// copyValue types an invented value into the box of the present step, marks all of it and copies it, and waits until it can be had.
func (p *play) copyValue(name string) error {
	look, err := p.j.await("a box to write in", func(l session.Look) bool { return l.Sight == "sure" && l.Steps[l.Step].W > 0 })
	if err != nil {
		return err
	}
	if err := p.j.touch(look.Steps[look.Step]); err != nil {
		return err
	}
	if err := p.j.hand.do(gesture{Canary: name}); err != nil {
		return err
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		err := errors.Join(p.j.hand.do(gesture{Key: "ctrl+a"}), p.j.hand.do(gesture{Key: "ctrl+c"}))
		if err == nil {
			err = p.j.hand.do(gesture{Copied: name})
		}
		if err == nil || time.Now().After(deadline) {
			return err
		}
	}
}

// paste does everything by which a person pastes into the box of the present step. Afterwards the box holds what it is given here, so that
// the other is known to be through, and nothing that was there before: no selection, and no value of that name anywhere.
func (p *play) paste(name string) error {
	look, err := p.j.await("a box to write in", func(l session.Look) bool { return l.Sight == "sure" && l.Steps[l.Step].W > 0 })
	if err != nil {
		return err
	}
	if err := p.j.hand.do(gesture{Nothing: true}); err != nil {
		return err
	}
	box := look.Steps[look.Step]
	if err := p.j.touch(box); err != nil {
		return err
	}
	for _, g := range []gesture{{Key: "ctrl+v"}, {Key: "ctrl+shift+v"}, {Key: "shift+Insert"}, {Middle: &[2]int{int(box.X + box.W/2), int(box.Y + box.H/2)}}, {Canary: "town"}} {
		if err := p.j.hand.do(g); err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		err := p.found([]string{"town"})
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			return err
		}
	}
	if err := p.found([]string{name}); err == nil {
		return fmt.Errorf("%s is there again after pasting", name)
	} else if !strings.Contains(err.Error(), "is not found while the session lives") {
		return err
	}
	return p.j.hand.do(gesture{Nothing: true})
}
