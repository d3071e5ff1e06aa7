// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"errors"
	"net/http"
	"runtime"
	"slices"

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
	// No page can get here: a browser has no certificate. Origins are refused all the same.
	conn, err := upgrader(func(r *http.Request) bool { return r.Header.Get("Origin") == "" }).Upgrade(w, r, nil)
	if err != nil {
		h.sockets.Done()
		return // the upgrader has answered
	}
	l := &line{Terminal: who, socket: newSocket(conn)}
	h.mu.Lock()
	before, closing := h.lines[who.ID], h.closing
	h.lines[who.ID] = l
	h.slot(l.socket)
	h.presence(l)
	h.mu.Unlock()
	if before != nil {
		before.socket.shut(closeElsewhere, "this terminal connected again")
	}
	if closing {
		l.socket.shut(1001, "the hub stops; come back in a moment")
	}
	h.announce('t', who.ID, "")
	// Between the first look at the list and now it may have been taken off it.
	if _, err := h.o.Identify(r); err != nil {
		l.socket.shut(closeOut, err.Error())
	}
	h.line(who.ID, true)
	h.log.Debug("terminal connected", "terminal", who.ID, "name", who.Name)
	h.greet(l)
	// A goroutine of its own, so that what net/http keeps for a request is let go of: most of an idle connection's memory.
	go h.hold(l)
}

// hold reads what a terminal sends until its connection ends.
func (h *Hub) hold(l *line) {
	defer h.sockets.Done()
	if why := l.socket.read(func(data []byte) error { return h.fromTerminal(l, data) }); why != "" {
		h.count.refused.WithLabelValues("terminal", why).Inc()
	}

	h.mu.Lock()
	last := h.lines[l.ID] == l
	if last {
		delete(h.lines, l.ID)
	}
	delete(h.asking, l)
	h.unslot(l.socket)
	h.mu.Unlock()
	h.line(l.ID, false)
	if last {
		h.lineLost(l)
	}
	h.log.Debug("terminal gone", "terminal", l.ID, "name", l.Name)
}

func (h *Hub) line(terminal string, up bool) {
	if h.o.OnLine != nil {
		h.o.OnLine(terminal, up)
	}
}

// justEnded is how long after its end a terminal that comes back is told of a request.
const justEnded = 10 * 60 * 1000 // milliseconds

// greet tells a terminal that came back how its requests stand; whoever it talked to is told by the next look.
func (h *Hub) greet(l *line) {
	h.greetBells(l)
	rows, err := h.store.rows(`terminal = ? AND (ended_at = 0 OR ended_at > ?) ORDER BY created_at, id`, l.ID, h.store.now()-justEnded)
	if err != nil {
		h.trouble(err)
		l.socket.shut(1011, errInternal.Error()) // it comes back
		return
	}
	if len(rows) == 0 {
		return
	}
	if err := h.store.connect(l.ID, h.node); err != nil {
		h.trouble(err)
		l.socket.shut(1011, errInternal.Error())
		return
	}
	for _, r := range rows {
		h.tellState(l, r, r.State == accepted && h.seated(r.LeaseOwner), true)
	}
	h.ring()
}

// lineLost gives the calls of a terminal their grace.
func (h *Hub) lineLost(l *line) {
	l.mu.Lock()
	asked := len(l.told) > 0
	l.mu.Unlock()
	if !asked {
		return
	}
	if err := h.store.disconnect(l.ID, h.node, h.store.now()+h.o.Grace.Milliseconds()); err != nil {
		h.trouble(err)
	}
	h.ring()
}

// seated tells whether a volunteer has the desk open somewhere.
func (h *Hub) seated(volunteer string) bool {
	h.mu.Lock()
	here := h.seats[volunteer] != nil
	h.mu.Unlock()
	if here {
		return true
	}
	seats, err := h.store.seats(h.store.now())
	if err != nil {
		h.trouble(err)
	}
	w := world{seats: seats}
	return w.seated(volunteer)
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
			h.frame(toVolunteer, c.volunteer, m)
		}
		// Otherwise the call has just ended; the terminal is told by CallState.
	case *helpdesk.Sealed:
		r, err := h.store.get(m.ID)
		if err == nil && r.Terminal == l.ID && (r.State == ringing || r.State == accepted) {
			h.frame(toVolunteer, r.LeaseOwner, m)
		}
	case *helpdesk.Bell:
		return h.onBell(l, m)
	case *helpdesk.Did:
		h.did(l, m)
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
	if field := r.InClear(); field != "" {
		h.count.refused.WithLabelValues("terminal", whyInClear).Inc()
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "the request says in clear what belongs sealed: " + field})
		return nil
	}
	r.Terminal, r.Place = l.Name, l.Place
	w, err := h.look()
	if err != nil {
		return h.internal(err)
	}
	known, live := false, 0
	for _, have := range w.rows {
		if have.Terminal == l.ID {
			known, live = known || have.ID == r.ID, live+1
		}
	}
	if live >= maxLive && !known {
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "this terminal has too many requests open"})
		return nil
	}
	var have row
	if known {
		have, err = h.store.insert(h.node, l.ID, r, h.store.now())
	} else {
		have, err = h.insertAndRing(l, r, w)
	}
	if err != nil {
		return h.internal(err)
	}
	if have.Terminal != l.ID {
		l.socket.tell(&helpdesk.Refused{ID: r.ID, Why: "this request belongs to another terminal"})
		return nil
	}
	if !known && have.Rev <= 2 && (have.State == open || have.State == ringing) {
		h.count.asked.Inc()
		h.log.Info("help asked for", "request", r.ID, "terminal", l.ID, "language", r.Languages[0])
		l.remember(h, have)
		l.socket.tell(&helpdesk.Queued{ID: have.ID, Rev: have.Rev})
		if len(have.PageKey) > 0 { // somebody is rung, and is to be told
			h.tellState(l, have, false, true)
		}
	} else {
		h.tellState(l, have, have.State == accepted && h.seated(have.LeaseOwner), true)
	}
	h.ring()
	return nil
}

// insertAndRing puts a new request on disk and, if a volunteer is to be rung for it at once, that with it: one commit, one
// wait for the disk.
func (h *Hub) insertAndRing(l *line, r helpdesk.Request, w world) (row, error) {
	fresh := row{ID: r.ID, Terminal: l.ID, Request: r, State: open, CreatedAt: w.now, Node: h.node}
	wants, helpers := w.matching(append(slices.Clone(w.rows), fresh), h.node)
	for _, p := range assign(wants, helpers, h.matching(), w.now) {
		if wants[p.want].id != r.ID {
			continue
		}
		have, ok, err := h.store.insertRinging(h.node, l.ID, r, helpers[p.helper].id, p.language, w.now+h.o.RingFor.Milliseconds(), w.now)
		if err != nil || !ok {
			break // somebody else needed them just now: it is offered like any other
		}
		h.mu.Lock()
		st := h.seats[have.LeaseOwner]
		h.mu.Unlock()
		w.rows = append(w.rows, have)
		w.count()
		if st != nil && st.ready.Load() {
			for _, seat := range w.seats {
				if seat.ID == st.id {
					h.tellCall(st, &w, seat.Languages, have, true)
					runtime.Gosched() // the ring is written before anything else is done here
				}
			}
		}
		if err := h.store.rung(have.LeaseOwner, w.now); err != nil {
			h.trouble(err)
		}
		return have, nil
	}
	return h.store.insert(h.node, l.ID, r, w.now)
}

// remember notes that a line is to be told of a request.
func (l *line) remember(h *Hub, r row) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told == nil {
		l.told = map[string]told{}
	}
	if was := l.told[r.ID]; was.rev < r.Rev {
		l.told[r.ID] = told{rev: r.Rev}
	}
	h.mu.Lock()
	h.asking[l] = struct{}{}
	h.mu.Unlock()
}

// takeBack ends a request or call for the citizen. It is confirmed even if the id was never seen.
func (h *Hub) takeBack(l *line, id string) error {
	have, err := h.store.get(id)
	if errors.Is(err, sql.ErrNoRows) {
		if known, err := h.bellBack(l, id); known || err != nil {
			if err != nil {
				return h.internal(err)
			}
			return nil
		}
		if err = h.store.bury(l.ID, id, h.store.now()); err == nil {
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
	if have.State != ended {
		if _, err := h.over(id, "citizen"); err != nil {
			return h.internal(err)
		}
		if have, err = h.store.get(id); err != nil {
			return h.internal(err)
		}
		h.forget(id)
		h.ring()
	}
	h.tellState(l, have, false, true)
	return nil
}

func (h *Hub) forget(id string) {
	h.mu.Lock()
	delete(h.calls, id)
	h.mu.Unlock()
}

// errInternal closes a connection whose message could not be kept: it comes back and sends it again.
var errInternal = errors.New("the hub could not keep this now")

func (h *Hub) internal(err error) error {
	h.trouble(err)
	return errInternal
}
