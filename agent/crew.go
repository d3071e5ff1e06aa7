// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"handrail/agent/session"
	"handrail/kiosk/browser"
)

// hand is one session worker as the agent sees it: a process, its line, and how far it is.
type hand struct {
	number    int
	class     string
	uid       int
	cmd       *exec.Cmd
	wire      *session.Wire
	stdin     io.Closer
	ready     bool
	since     time.Time
	gone      chan struct{}
	curtained chan struct{} // closed when it has drawn the curtain, and
	drawn     bool          // then
	papers    []string      // ids of the paper that it is printing

	protections []browser.Protection
}

// lineFrom and handGone are what a worker puts into the agent's inbox.
type lineFrom struct {
	from *hand
	line session.Line
}

type handGone struct{ who *hand }

// hire starts a worker. It is a process group of its own, and dies with the agent.
func (a *Agent) hire() (*hand, error) {
	a.hired++
	h := &hand{number: a.hired, class: fmt.Sprintf("handrail-%d-%d", os.Getpid(), a.hired), since: time.Now(), gone: make(chan struct{}), curtained: make(chan struct{})}
	if os.Getuid() == 0 {
		h.uid = browser.FreeUID()
	}
	cmd := exec.Command(a.o.Self[0], append(append([]string(nil), a.o.Self[1:]...), "worker")...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Env = append(os.Environ(), "GOTRACEBACK=none") // a stack could hold what somebody wrote
	cmd.Stderr = a.o.WorkerLog
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	started := make(chan error)
	go func() {
		// PDEATHSIG follows the thread that started the process: this goroutine stays on its thread until the worker has
		// ended. Then it lets go of the thread, which would end with it otherwise, and with the thread whatever else was
		// once started from it: the display.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		for {
			line, err := h.wire.Receive()
			if err != nil {
				break
			}
			a.post(lineFrom{h, line})
		}
		_ = cmd.Wait()
		close(h.gone)
		a.post(handGone{h})
	}()
	h.cmd, h.stdin, h.wire = cmd, stdin, session.NewWire(stdout, stdin)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("worker: %w", err)
	}
	setup := a.setup
	setup.Class, setup.UID = h.class, h.uid
	if err := h.wire.Send(session.Line{T: "setup", Setup: &setup}); err != nil {
		a.o.Log.Warn("a worker did not take its set-up", "why", err)
	}
	_ = h.wire.Send(session.Line{T: "line", Up: a.lineUp})
	if a.presence != nil {
		_ = h.wire.Send(session.Line{T: "hub", Message: a.presence})
	}
	if a.teams != nil {
		_ = h.wire.Send(session.Line{T: "hub", Message: a.teams})
	}
	return h, nil
}

// dismiss ends a worker: first its line is closed, which lets it kill its browser; what is left after a moment is killed,
// the worker's whole process group. The browser dies with its pipe in any case. It returns when the worker is gone.
func (h *hand) dismiss(log *slog.Logger) {
	h.stdin.Close()
	select {
	case <-h.gone:
	case <-time.After(1500 * time.Millisecond):
	}
	h.kill()
	select {
	case <-h.gone:
	case <-time.After(5 * time.Second):
		log.Error("a worker does not end", "number", h.number)
	}
}

// kill ends the worker's whole process group at once.
func (h *hand) kill() {
	if h.cmd.Process != nil {
		_ = syscall.Kill(-h.cmd.Process.Pid, syscall.SIGKILL)
	}
}
