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
	st := &seat{id: p.ID, person: p, socket: newSocket(conn)}
	if err := h.sit(st); err != nil {
		st.socket.shut(1011, errInternal.Error())
	}
	h.log.Info("volunteer at the desk", "volunteer", p.ID)

	if why := st.socket.read(func(data []byte) error { return h.fromVolunteer(st, data) }); why != "" {
		h.count.refused.WithLabelValues("volunteer", why).Inc()
	}

	h.mu.Lock()
	last := h.seats[p.ID] == st
	if last {
		delete(h.seats, p.ID)
	}
	h.unslot(st.socket)
	h.mu.Unlock()
	if last {
		h.seatLost(p.ID)
	}
	h.ring()
	h.log.Info("volunteer gone", "volunteer", p.ID)
}

// sit takes the volunteer's seat, from another window of theirs if need be.
func (h *Hub) sit(st *seat) error {
	id := st.id
	h.mu.Lock()
	before, closing := h.seats[id], h.closing
	h.seats[id] = st
	h.slot(st.socket)
	h.mu.Unlock()
	if before != nil {
		before.socket.shut(closeElsewhere, "the desk was opened in another window")
	}
	if closing {
		st.socket.shut(1001, "the hub stops; come back in a moment")
	}
	if err := h.store.sit(id, h.node); err != nil {
		return h.internal(err)
	}
	h.announce('v', id, "")
	return nil
}

// sameOrigin lets only our own pages open a websocket: a request without an Origin is no page.
func sameOrigin(r *http.Request) bool {
	origin, err := url.Parse(r.Header.Get("Origin"))
	return err == nil && origin.Host != "" && origin.Host == r.Host
}

// seatLost ends a ring at once and gives a call its grace.
func (h *Hub) seatLost(volunteer string) {
	gone, err := h.store.stand(volunteer, h.node)
	if err != nil {
		h.trouble(err)
	}
	if !gone {
		return // they sit at another hub by now
	}
	rows, err := h.store.rows(`lease_owner = ? AND state = 'accepted'`, volunteer)
	if err != nil {
		h.trouble(err)
	}
	for _, r := range rows {
		if err := h.store.hold(r.ID, h.store.now()+h.o.Grace.Milliseconds()); err != nil {
			h.trouble(err)
		}
	}
}

func (h *Hub) fromVolunteer(st *seat, data []byte) error {
	m, err := helpdesk.Decode(helpdesk.VolunteerToHub, data)
	if err != nil {
		return err
	}
	me := st.id
	switch m := m.(type) {
	case *helpdesk.Hello:
		return h.hello(st, m)
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
			if _, _, err := h.store.release(r, true, h.store.now()); err != nil {
				return h.internal(err)
			}
			h.ring()
		}
	case *helpdesk.KeepKey:
		return h.kept(st, h.store.keepKey(me, helpdesk.OwnKey(*m), h.store.now()))
	case *helpdesk.KeepTeam:
		p, err := h.store.person(me)
		if err == nil {
			err = h.store.keepTeam(p, m, h.store.now())
		}
		return h.kept(st, err)
	case *helpdesk.Come:
		return h.bellOf(st, m.ID, false)
	case *helpdesk.Settled:
		return h.bellOf(st, m.ID, true)
	case *helpdesk.Frame:
		if c, ok := h.callOf(m.ID); ok && c.volunteer == me {
			h.frame(toTerminal, c.terminal, m)
		}
	case *helpdesk.Hangup:
		if c, ok := h.callOf(m.ID); ok && c.volunteer == me {
			return h.hangUp(m.ID)
		}
	case *helpdesk.HandOver:
		if c, ok := h.callOf(m.ID); ok && c.volunteer == me {
			return h.handOver(m.ID, me)
		}
	case *helpdesk.After:
		kept, err := h.store.after(m.ID, me, m.Codes)
		if err != nil {
			return h.internal(err)
		}
		if !kept {
			st.socket.tell(&helpdesk.Refused{ID: m.ID, Why: "this is not a call of yours that is over"})
		}
		st.mu.Lock()
		st.past = nil
		st.mu.Unlock()
		h.ring()
	}
	return nil
}

func (h *Hub) hangUp(id string) error {
	if _, err := h.over(id, "volunteer"); err != nil {
		return h.internal(err)
	}
	h.forget(id)
	h.ring()
	return nil
}

// handOver gives a call back, to be offered to others first.
func (h *Hub) handOver(id, volunteer string) error {
	r, err := h.store.get(id)
	if err == nil && r.State == accepted && r.LeaseOwner == volunteer {
		var ok bool
		if _, ok, err = h.store.reopen(r, true, h.store.now()); ok {
			h.note(r, helpdesk.DidEnd, "")
		}
		h.log.Info("call handed over", "request", id, "volunteer", volunteer)
	}
	if err != nil {
		return h.internal(err)
	}
	h.forget(id)
	h.ring()
	return nil
}

// hello takes up what was: a call that the page still shows but that is no longer theirs ends.
func (h *Hub) hello(st *seat, m *helpdesk.Hello) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	me := st.id
	if err := h.store.ready(me, h.node, m.Key); err != nil {
		return h.internal(err)
	}
	shown := m.Call
	st.key = m.Key
	st.said, st.ring, st.call, st.keys = "", "", "", "" // everything is told again
	if shown != "" {
		r, err := h.store.get(shown)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return h.internal(err)
		}
		switch {
		case err == nil && r.State == accepted && r.LeaseOwner == me:
			// The page kept its key: the call goes on as it was.
			h.began(r)
			st.call, st.last, st.rev, st.up = r.ID, r.ID, r.Rev, h.connected(r)
			st.socket.tell(&helpdesk.Accepted{ID: r.ID, Request: r.Request, Resumed: true, LineUp: st.up})
			h.tellVoice(r)
		case err == nil && r.State == ended && r.Volunteer == me:
			st.socket.tell(endedOf(r))
		default:
			st.socket.tell(&helpdesk.Ended{ID: shown, Why: "other"})
		}
	}
	st.ready.Store(true)
	h.lookAtKeys.Store(true)
	h.ring()
	return nil
}

func (h *Hub) available(st *seat, m *helpdesk.Available) error {
	until := int64(0)
	if m.Minutes > 0 {
		until = h.store.now() + (time.Duration(m.Minutes) * time.Minute).Milliseconds()
	}
	if err := h.store.setAvailable(st.id, m.On, until); err != nil {
		return h.internal(err)
	}
	h.ring()
	return nil
}

func (h *Hub) accept(st *seat, m *helpdesk.Accept) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	now := h.store.now()
	r, ok, err := h.store.accept(m.ID, st.id, m.PublicKey, now+h.o.Grace.Milliseconds(), now)
	if err != nil {
		return h.internal(err)
	}
	if st.ring == m.ID {
		st.ring = ""
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
	if !resumed {
		h.count.answered.Inc()
		h.count.waited.Observe(float64(r.AcceptedAt-r.CreatedAt) / 1000)
	}
	h.log.Info("request accepted", "request", r.ID, "volunteer", st.id, "waited_ms", r.AcceptedAt-r.CreatedAt, "resumed", resumed)
	st.call, st.last, st.rev, st.up = r.ID, r.ID, r.Rev, h.connected(r)
	st.socket.tell(&helpdesk.Accepted{ID: r.ID, Request: r.Request, Resumed: resumed, LineUp: st.up})
	h.tellVoice(r)
	h.ring()
	return nil
}
