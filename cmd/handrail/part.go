// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// part is one process of the demo: it can be started, pulled like a plug, and plugged in again.
type part struct {
	name    string
	command func() *exec.Cmd
	// ready tells from a line of its output that it can be used; nil: as soon as it runs.
	ready func(line string) bool
	logs  string // folder of its log

	mu    sync.Mutex
	cmd   *exec.Cmd
	stdin io.Closer
	gone  chan struct{}
}

// start runs it and waits until it is ready.
func (p *part) start(ctx context.Context) error {
	if p.up() {
		return nil
	}
	log, err := os.OpenFile(filepath.Join(p.logs, p.name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := p.command()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	cmd.Stderr = log
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	started, ready, gone := make(chan error, 1), make(chan struct{}), make(chan struct{})
	go func() {
		runtime.LockOSThread() // the death signal follows the thread that started the process
		// A thread that is not let go of ends with its goroutine, and takes along whatever else was started from it.
		defer runtime.UnlockOSThread()
		defer log.Close()
		defer close(gone)
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		var once sync.Once
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			fmt.Fprintln(log, lines.Text())
			if p.ready == nil || p.ready(lines.Text()) {
				once.Do(func() { close(ready) })
			}
		}
		_ = cmd.Wait()
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	p.mu.Lock() // only now: whoever looks whether it runs must not wait for it to be ready
	p.cmd, p.stdin, p.gone = cmd, stdin, gone
	p.mu.Unlock()
	if p.ready == nil {
		return nil
	}
	select {
	case <-ready:
		return nil
	case <-gone:
		return fmt.Errorf("%s ended at once; its last words:\n%s", p.name, lastWords(log.Name()))
	case <-time.After(90 * time.Second):
		return fmt.Errorf("%s was not ready after 90 s; see %s", p.name, log.Name())
	case <-ctx.Done():
		return ctx.Err()
	}
}

func lastWords(path string) string {
	data, _ := os.ReadFile(path)
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return "  " + strings.Join(lines[max(0, len(lines)-8):], "\n  ")
}

// running tells whether it runs; the lock is held.
func (p *part) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.gone:
		return false
	default:
		return true
	}
}

func (p *part) up() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running()
}

func (p *part) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return 0
	}
	return p.cmd.Process.Pid
}

// stop asks it to end, and ends it when it does not.
func (p *part) stop() error { return p.end(syscall.SIGTERM) }

// kill ends it as a power cut would.
func (p *part) kill() error { return p.end(syscall.SIGKILL) }

func (p *part) end(signal syscall.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return nil
	}
	if signal != syscall.SIGKILL {
		p.stdin.Close()
	}
	_ = p.cmd.Process.Signal(signal)
	select {
	case <-p.gone:
	case <-time.After(8 * time.Second):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	select {
	case <-p.gone:
		return nil
	case <-time.After(5 * time.Second):
		return errors.New(p.name + " does not end")
	}
}
