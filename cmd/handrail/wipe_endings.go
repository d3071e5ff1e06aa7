// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"handrail/agent"
	"handrail/agent/residue"
	"handrail/agent/session"
)

// endBy ends the session in one way, and returns when every process of it is gone and a clean screen is there.
func (r *wiping) endBy(ending string, during residue.Findings) error {
	var err error
	switch ending {
	case "end":
		err = r.endByKey()
	case "idle":
		r.reader.Remove() // with a card in it is twice as patient
		if _, err = r.await("the question whether anybody is there", r.screen("idle")); err != nil {
			_, err = r.await("the question whether anybody is there", r.screen("idle")) // it waits for what is being read aloud
		}
	case "page-crash":
		if err = r.crashPage(during); err == nil {
			err = r.endByKey() // the page that died is not the end; the person goes on, and leaves
		}
	case "browser-crash":
		err = r.crash(r.browserPid())
	case "worker-crash":
		err = syscall.Kill(r.front, syscall.SIGABRT) // asks a Go program for a stack of everything it does
	case "agent-kill":
		if err = r.agent.kill(); err == nil {
			return r.allGone()
		}
	}
	if err != nil {
		return err
	}
	if err := r.allGone(); err != nil {
		return err
	}
	r.reader.Remove()
	_, err = r.await("a clean screen", func(l session.Look) bool {
		return l.Page == "" && l.Screen != "" && r.swapped(r.front)
	})
	return err
}

func (r *wiping) endByKey() error {
	if err := r.press("end"); err != nil {
		return err
	}
	return r.press("end-yes")
}

// allGone waits until no process is left that was the session's when it was searched.
func (r *wiping) allGone() error {
	deadline := time.Now().Add(2 * time.Minute) // an unattended session has its time, and paper
	for ; ; time.Sleep(25 * time.Millisecond) {
		var left []string
		for _, pid := range r.before {
			if beginning(pid) == r.births[pid] && alive(pid) {
				left = append(left, strconv.Itoa(pid))
			}
		}
		if len(left) == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("of the session's %d processes are left: %s", len(r.before), strings.Join(left, " "))
		}
	}
}

var errNoSuchProcess = errors.New("no such process was found")

// crashPage ends the process of the site's page as a fault of its own would.
func (r *wiping) crashPage(during residue.Findings) error {
	for _, found := range during.Found {
		kind, number, _ := strings.Cut(found.Where, " (")
		pid, err := strconv.Atoi(strings.TrimSuffix(number, ")"))
		if found.Name == "password" && err == nil && strings.HasSuffix(kind, " renderer") {
			return r.crash(pid)
		}
	}
	return errNoSuchProcess
}

// browserPid is the session's browser itself.
func (r *wiping) browserPid() int {
	for _, pid := range r.before {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if isBrowser(pid) && !strings.Contains(string(command), "--type=") {
			return pid
		}
	}
	return 0
}

// crash ends a process by a memory fault; one that takes no such signal, as the first of its process numbers does not, at once.
func (r *wiping) crash(pid int) error {
	if pid == 0 {
		return errNoSuchProcess
	}
	if err := syscall.Kill(pid, syscall.SIGSEGV); err != nil {
		return err
	}
	for range 40 {
		if !alive(pid) {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// isBrowser tells whether a process is one of Chromium's; its command line it writes anew, so that is no witness.
func isBrowser(pid int) bool {
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid))
	return err == nil && filepath.Base(program) == "chromium"
}

// dial connects to the terminal's control socket once more.
func (r *wiping) dial() (err error) {
	r.control.Close()
	if r.control, err = agent.DialControl(r.path("control.sock")); err != nil {
		return err
	}
	stats, err := r.control.Stats()
	r.display, r.authority = stats.Display, stats.Authority
	return err
}
