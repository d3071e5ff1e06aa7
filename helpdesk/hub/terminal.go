// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"errors"
	"net/http"

	"handrail/helpdesk"
)

// maxLive bounds what one terminal can have open: it serves one person at a time.
const maxLive = 4

// ServeTerminal is the handler of /terminal/ws on the terminals' listener. One that is not let in gets the reason as text.
func (h *Hub) ServeTerminal(w http.ResponseWriter, r *http.Request) {
	who, err := h.o.Identify(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	if !h.enter(w) {
		return
	}
	defer h.sockets.Done()
	// No page can get here: a browser has no certificate. Origins are refused all the same.
	conn, err := upgrader(func(r *http.Request) bool { return r.Header.Get("Origin") == "" }).Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	l := &line{Terminal: who, socket: newSocket(conn), queued: map[string]helpdesk.Queued{}}
	leave, err := h.bus.Subscribe("terminal."+who.ID, func(data []byte) []byte { l.socket.send(data); return nil })
	if err != nil {
		l.socket.shut(1011, "the hub cannot reach its other half")
		return
	}
	defer leave()

	h.mu.Lock()
	before, closing := h.lines[who.ID], h.closing
	h.lines[who.ID] = l
	h.mu.Unlock()
	if before != nil {
		before.socket.shut(closeElsewhere, "this terminal connected again")
	}
	if closing {
		l.socket.shut(1001, "the hub stops; come back in a moment")
	}
	// Between the first look at the list and now it may have been taken off it.
	if _, err := h.o.Identify(r); err != nil {
		l.socket.shut(closeOut, err.Error())
	}
	h.line(who.ID, true)
	h.log.Info("terminal connected", "terminal", who.ID, "name", who.Name)
	h.greet(l)
	h.ring()

	l.socket.read(func(data []byte) error { return h.fromTerminal(l, data) })

	h.mu.Lock()
	last := h.lines[who.ID] == l
	if last {
		delete(h.lines, who.ID)
	}
	h.mu.Unlock()
	h.line(who.ID, false)
	if last {
		h.lineLost(who.ID)
	}
	h.ring()
	h.log.Info("terminal gone", "terminal", who.ID, "name", who.Name)
}

func (h *Hub) line(terminal string, up bool) {
	if h.o.OnLine != nil {
		h.o.OnLine(terminal, up)
	}
}

// greet tells a terminal that came back how its requests stand, and the volunteers it talked to that it is there again.
func (h *Hub) greet(l *line) {
	rows, err := h.store.liveOf(l.ID)
	if err != nil {
		h.log.Error("desk's store", "why", err)
		return
	}
	for _, r := range rows {
		l.socket.tell(h.callState(r))
		if r.State == accepted {
			h.began(r)
			h.toVolunteer(r.LeaseOwner, &helpdesk.Line{ID: r.ID, Up: true})
		}
	}
}

// lineLost gives the calls of a terminal their grace.
func (h *Hub) lineLost(terminal string) {
	rows, err := h.store.liveOf(terminal)
	if err != nil {
		h.log.Error("desk's store", "why", err)
		return
	}
	for _, r := range rows {
		if r.State != accepted {
			continue
		}
		if err := h.store.hold(r.ID, helpdesk.Now()+h.o.Grace.Milliseconds()); err != nil {
			h.log.Error("desk's store", "why", err)
		}
		h.toVolunteer(r.LeaseOwner, &helpdesk.Line{ID: r.ID, Up: false})
	}
}

func (h *Hub) fromTerminal(l *line, data []byte) error {
	m, err := helpdesk.Decode(helpdesk.TerminalToHub, data)
	if err != nil {
		return err
	}
	switch m := m.(type) {
	case *helpdesk.AskHelp:
		return h.ask(l, m.Request)
	case *helpdesk.Cancel:
		return h.takeBack(l, m.ID)
	case *helpdesk.Hangup:
		return h.takeBack(l, m.ID)
	case *helpdesk.Frame:
		if c, ok := h.callOf(m.ID); ok && c.terminal == l.ID {
			h.toVolunteer(c.volunteer, m)
		}
		// Otherwise the call has just ended; the terminal is told by CallState.
	case *helpdesk.HealthReport:
		if h.o.OnHealth != nil {
			h.o.OnHealth(l.ID, m.Health)
		}
	}
	return nil
}

// ask puts a request on disk and only then confirms it.
func (h *Hub) ask(l *line, r helpdesk.Request) error {
	if l.Verify != nil && !l.Verify(r.SignedBytes(), r.Signature) {
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "the request is not signed with this terminal's key"})
		return nil
	}
	r.Terminal, r.Place = l.Name, l.Place
	rows, err := h.store.liveOf(l.ID)
	if err != nil {
		return h.internal(err)
	}
	known := false
	for _, have := range rows {
		known = known || have.ID == r.ID
	}
	if len(rows) >= maxLive && !known {
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "this terminal has too many requests open"})
		return nil
	}
	have, err := h.store.insert(l.ID, r, helpdesk.Now())
	if err != nil {
		return h.internal(err)
	}
	if have.Terminal != l.ID {
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "this request belongs to another terminal"})
		return nil
	}
	if have.State == open && have.Rev == 1 {
		h.log.Info("help asked for", "request", r.ID, "terminal", l.ID, "language", r.Languages[0])
		l.socket.tell(&helpdesk.Queued{ID: have.ID, Rev: have.Rev})
	} else {
		l.socket.tell(h.callState(have))
	}
	h.ring()
	return nil
}

// takeBack ends a request or call for the citizen. It is confirmed even if the id was never seen.
func (h *Hub) takeBack(l *line, id string) error {
	have, err := h.store.get(id)
	if errors.Is(err, sql.ErrNoRows) {
		if err = h.store.bury(l.ID, id, helpdesk.Now()); err == nil {
			have, err = h.store.get(id)
		}
	}
	if err != nil {
		return h.internal(err)
	}
	if have.Terminal != l.ID {
		l.socket.tell(&helpdesk.Refused{ID: id, Why: "this request belongs to another terminal"})
		return nil
	}
	if have.State == ended {
		l.socket.tell(h.callState(have))
		return nil
	}
	return h.finish(id, "citizen")
}

// finish ends a row and tells both sides.
func (h *Hub) finish(id, why string) error {
	r, ok, err := h.store.end(id, why, helpdesk.Now())
	if err != nil {
		return h.internal(err)
	}
	if !ok {
		return nil
	}
	h.forget(id)
	h.log.Info("request over", "request", id, "why", why)
	h.toTerminal(r.Terminal, h.callState(r))
	switch {
	case r.LeaseOwner == "":
	case r.PublicKey == nil:
		h.toVolunteer(r.LeaseOwner, &helpdesk.Cancelled{ID: id})
	default:
		if why == "expired" {
			why = "line"
		}
		h.toVolunteer(r.LeaseOwner, &helpdesk.Ended{ID: id, Why: why, Seconds: (r.EndedAt - r.AcceptedAt) / 1000})
	}
	h.ring()
	return nil
}

// errInternal closes a connection whose message could not be kept: it comes back and sends it again.
var errInternal = errors.New("the hub could not keep this now")

func (h *Hub) internal(err error) error {
	h.log.Error("desk's store", "why", err)
	return errInternal
}
