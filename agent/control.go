// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"handrail/agent/session"
	"handrail/agent/store"
)

// Asked and Told are the lines of the control socket: what is on the screen and where (never what it says), and figures.
type (
	Asked struct {
		Look  bool `json:"look,omitempty"`
		Stats bool `json:"stats,omitempty"`
		// Journal asks for the guide journal.
		Journal bool `json:"journal,omitempty"`
	}
	Told struct {
		Look  *session.Look `json:"look,omitempty"`
		Stats *Stats        `json:"stats,omitempty"`
		// Journal is what was counted in guides.
		Journal []store.Counted `json:"journal,omitempty"`
		Error   string          `json:"error,omitempty"`
	}
)

// openControl listens on the unix socket that was asked for. It is for the demo and unattended runs; a terminal in public
// is started without.
func (a *Agent) openControl(ctx context.Context) error {
	_ = os.Remove(a.o.Control)
	listener, err := net.Listen("unix", a.o.Control)
	if err != nil {
		return fmt.Errorf("agent: control socket: %w", err)
	}
	if err := os.Chmod(a.o.Control, 0o600); err != nil {
		return fmt.Errorf("agent: control socket: %w", err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	a.tasks.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			a.tasks.Go(func() { a.answer(ctx, conn) })
		}
	})
	return nil
}

func (a *Agent) answer(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		var asked Asked
		told := Told{}
		switch {
		case json.Unmarshal(lines.Bytes(), &asked) != nil:
			told.Error = "this line is none that is known here"
		case asked.Look:
			told.Look = a.askLook(ctx)
			if told.Look == nil {
				told.Error = "nobody is on the screen yet"
			}
		case asked.Journal:
			journal, err := a.store.Journal()
			if err != nil {
				told.Error = err.Error()
			}
			told.Journal = journal
		case asked.Stats:
			answer := make(chan Stats, 1)
			a.post(func() { answer <- a.stats() })
			select {
			case stats := <-answer:
				told.Stats = &stats
			case <-ctx.Done():
				return
			}
		}
		if json.NewEncoder(conn).Encode(told) != nil {
			return
		}
	}
}

// askLook asks the worker in front what is on the screen; nil when there is none that answers.
func (a *Agent) askLook(ctx context.Context) *session.Look {
	answer := make(chan *session.Look, 1)
	a.post(func() {
		if a.front == nil || !a.front.ready {
			answer <- nil
			return
		}
		a.lookID++
		a.looks[a.lookID] = answer
		if a.front.wire.Send(session.Line{T: "look", ID: a.lookID}) != nil {
			delete(a.looks, a.lookID)
			answer <- nil
		}
	})
	select {
	case look := <-answer:
		return look
	case <-time.After(5 * time.Second):
		return nil
	case <-ctx.Done():
		return nil
	}
}

// Control is the other end of the control socket.
type Control struct {
	conn  net.Conn
	lines *bufio.Scanner
}

// DialControl connects to an agent's control socket.
func DialControl(path string) (*Control, error) {
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	lines := bufio.NewScanner(conn)
	lines.Buffer(nil, 1<<20)
	return &Control{conn: conn, lines: lines}, nil
}

// Look asks what is on the screen.
func (c *Control) Look() (session.Look, error) {
	told, err := c.ask(Asked{Look: true})
	if err != nil {
		return session.Look{}, err
	}
	if told.Look == nil {
		return session.Look{}, errors.New(told.Error)
	}
	return *told.Look, nil
}

// Stats asks for the agent's figures.
func (c *Control) Stats() (Stats, error) {
	told, err := c.ask(Asked{Stats: true})
	if err != nil || told.Stats == nil {
		return Stats{}, err
	}
	return *told.Stats, nil
}

// Journal asks for what was counted in guides.
func (c *Control) Journal() ([]store.Counted, error) {
	told, err := c.ask(Asked{Journal: true})
	if err == nil && told.Error != "" {
		err = errors.New(told.Error)
	}
	return told.Journal, err
}

func (c *Control) ask(asked Asked) (Told, error) {
	var told Told
	_ = c.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := json.NewEncoder(c.conn).Encode(asked); err != nil {
		return told, fmt.Errorf("control socket: %w", err)
	}
	if !c.lines.Scan() {
		return told, fmt.Errorf("control socket: the agent is gone")
	}
	if err := json.Unmarshal(c.lines.Bytes(), &told); err != nil {
		return told, fmt.Errorf("control socket: %w", err)
	}
	return told, nil
}

// Close closes the socket.
func (c *Control) Close() error { return c.conn.Close() }
