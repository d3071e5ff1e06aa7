// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"time"

	"handrail/helpdesk"
)

// serveVolunteer is the handler of /desk/ws.
func (h *Hub) serveVolunteer(w http.ResponseWriter, r *http.Request) {
	p, ok := h.Person(r, Volunteer)
	if !ok {
		sayError(w, http.StatusUnauthorized, "sign in as a volunteer")
		return
	}
	if !h.enter(w) {
		return
	}
	defer h.sockets.Done()
	conn, err := upgrader(sameOrigin).Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	st := &seat{person: p, socket: newSocket(conn)}
	leave, err := h.sit(st)
	if err != nil {
		st.socket.shut(1011, "the hub cannot reach its other half")
		return
	}
	defer leave()
	h.log.Info("volunteer at the desk", "volunteer", p.ID)

	st.socket.read(func(data []byte) error { return h.fromVolunteer(st, data) })

	h.mu.Lock()
	last := h.seats[p.ID] == st
	if last {
		delete(h.seats, p.ID)
	}
	h.mu.Unlock()
	if last {
		h.seatLost(p.ID)
	}
	h.ring()
	h.log.Info("volunteer gone", "volunteer", p.ID)
}

// sit takes the volunteer's seat, from another window of theirs if need be, and listens for what is sent to it.
func (h *Hub) sit(st *seat) (leave func(), err error) {
	id := st.person.ID
	h.mu.Lock()
	before, closing := h.seats[id], h.closing
	h.seats[id] = st
	h.mu.Unlock()
	if before != nil {
		before.socket.shut(closeElsewhere, "the desk was opened in another window")
	}
	if closing {
		st.socket.shut(1001, "the hub stops; come back in a moment")
	}
	// Listening begins when the older window is closed, so that no ring goes there.
	hear, err := h.bus.Subscribe("volunteer."+id, func(data []byte) []byte { st.socket.send(data); return nil })
	if err != nil {
		return nil, err
	}
	rings, err := h.bus.Subscribe("volunteer."+id+".ring", func(data []byte) []byte {
		if !st.socket.send(data) {
			return nil
		}
		return []byte("rung")
	})
	if err != nil {
		hear()
		return nil, err
	}
	return func() { hear(); rings() }, nil
}

// sameOrigin lets only our own pages open a websocket: a request without an Origin is no page.
func sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host
}

// seatLost ends a ring at once and gives a call its grace.
func (h *Hub) seatLost(volunteer string) {
	rows, err := h.store.rows(`lease_owner = ? AND state IN ('ringing', 'accepted')`, volunteer)
	if err != nil {
		h.log.Error("desk's store", "why", err)
		return
	}
	for _, r := range rows {
		if r.State == ringing {
			h.letGo(r)
			continue
		}
		if err := h.store.hold(r.ID, helpdesk.Now()+h.o.Grace.Milliseconds()); err != nil {
			h.log.Error("desk's store", "why", err)
		}
		h.toTerminal(r.Terminal, h.callState(r))
	}
}

// letGo ends a ring without an answer.
func (h *Hub) letGo(r row) {
	now, ok, err := h.store.release(r, true, helpdesk.Now())
	if err != nil {
		h.log.Error("desk's store", "why", err)
	}
	if !ok {
		return
	}
	h.toVolunteer(r.LeaseOwner, &helpdesk.Taken{ID: r.ID})
	h.toTerminal(r.Terminal, h.callState(now))
	h.ring()
}

func (h *Hub) fromVolunteer(st *seat, data []byte) error {
	m, err := helpdesk.Decode(helpdesk.VolunteerToHub, data)
	if err != nil {
		return err
	}
	me := st.person.ID
	switch m := m.(type) {
	case *helpdesk.Hello:
		return h.hello(st, m.Call)
	case *helpdesk.Available:
		return h.available(st, m)
	case *helpdesk.Accept:
		return h.accept(st, m)
	case *helpdesk.Decline:
		r, err := h.store.get(m.ID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return h.internal(err)
		}
		if r.State == ringing && r.LeaseOwner == me {
			h.letGo(r)
		}
	case *helpdesk.Frame:
		if c, ok := h.callOf(m.ID); ok && c.volunteer == me {
			h.toTerminal(c.terminal, m)
		}
	case *helpdesk.Hangup:
		if c, ok := h.callOf(m.ID); ok && c.volunteer == me {
			return h.finish(m.ID, "volunteer")
		}
	case *helpdesk.After:
		kept, err := h.store.after(m.ID, me, m.Codes)
		if err != nil {
			return h.internal(err)
		}
		if !kept {
			st.socket.tell(&helpdesk.Refused{ID: m.ID, Why: "this is not a call of yours that is over"})
		}
		h.ring()
	}
	return nil
}

// hello takes up what was: a call that the page still shows but that is no longer theirs ends.
func (h *Hub) hello(st *seat, shown string) error {
	h.mu.Lock()
	st.ready, st.said = true, "" // the desk is told again
	h.mu.Unlock()
	// A ring that began in a window that is gone goes on in this one.
	rows, err := h.store.rows(`lease_owner = ? AND state = 'ringing'`, st.person.ID)
	if err != nil {
		return h.internal(err)
	}
	for _, r := range rows {
		st.socket.tell(&helpdesk.Ring{Request: r.Request, Language: r.Language, Waited: helpdesk.Now() - r.CreatedAt, Until: r.LeaseUntil})
	}
	if shown != "" {
		r, err := h.store.get(shown)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return h.internal(err)
		}
		switch {
		case err == nil && r.State == accepted && r.LeaseOwner == st.person.ID:
			// The page kept its key: the call goes on as it was.
			h.began(r)
			st.socket.tell(&helpdesk.Accepted{ID: r.ID, Request: r.Request, Resumed: true, LineUp: h.connected(r.Terminal)})
			h.toTerminal(r.Terminal, h.callState(r))
			h.tellVoice(r)
		case err == nil && r.State == ended && r.Volunteer == st.person.ID:
			why := r.EndedWhy
			if why == "expired" {
				why = "line"
			}
			st.socket.tell(&helpdesk.Ended{ID: shown, Why: why, Seconds: (r.EndedAt - r.AcceptedAt) / 1000})
		default:
			st.socket.tell(&helpdesk.Ended{ID: shown, Why: "other"})
		}
	}
	h.ring()
	return nil
}

func (h *Hub) available(st *seat, m *helpdesk.Available) error {
	until := int64(0)
	if m.Minutes > 0 {
		until = helpdesk.Now() + (time.Duration(m.Minutes) * time.Minute).Milliseconds()
	}
	if err := h.store.setAvailable(st.person.ID, m.On, until); err != nil {
		return h.internal(err)
	}
	h.mu.Lock()
	st.person.Available, st.person.Until = m.On, until
	h.mu.Unlock()
	h.ring()
	return nil
}

func (h *Hub) accept(st *seat, m *helpdesk.Accept) error {
	now := helpdesk.Now()
	r, ok, err := h.store.accept(m.ID, st.person.ID, m.PublicKey, now+h.o.Grace.Milliseconds(), now)
	if err != nil {
		return h.internal(err)
	}
	if !ok {
		// Too late: the ring ran out, went to somebody else, or the person no longer asks.
		gone := &helpdesk.Taken{ID: m.ID}
		if have, err := h.store.get(m.ID); err == nil && have.State == accepted {
			gone.By = h.personOf(have.LeaseOwner, "").Name
		}
		st.socket.tell(gone)
		return nil
	}
	h.began(r)
	resumed := r.AcceptedAt != now
	h.log.Info("request accepted", "request", r.ID, "volunteer", st.person.ID, "waited_ms", r.AcceptedAt-r.CreatedAt, "resumed", resumed)
	st.socket.tell(&helpdesk.Accepted{ID: r.ID, Request: r.Request, Resumed: resumed, LineUp: h.connected(r.Terminal)})
	h.toTerminal(r.Terminal, h.callState(r))
	h.tellVoice(r)
	h.ring()
	return nil
}
