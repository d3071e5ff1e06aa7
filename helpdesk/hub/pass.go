// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"time"

	"handrail/helpdesk"
)

// world is what the rows say at one moment.
type world struct {
	now   int64
	rows  []row // not over, longest wait first
	seats []present
	bells []rung
	nodes map[string]bool
	// busy are the volunteers with a ring or a call.
	busy map[string]bool
}

func (h *Hub) look() (world, error) {
	w := world{now: h.store.now()}
	var err error
	if w.nodes, err = h.store.nodes(w.now); err != nil {
		return w, err
	}
	if w.seats, err = h.store.seats(w.now); err != nil {
		return w, err
	}
	w.rows, err = h.store.live()
	w.count()
	return w, err
}

func (w *world) count() {
	w.busy = map[string]bool{}
	for _, r := range w.rows {
		if r.LeaseOwner != "" {
			w.busy[r.LeaseOwner] = true
		}
	}
}

// connected tells whether the terminal of a row has a line to a hub that runs.
func (w *world) connected(r row) bool { return r.Node != "" && w.nodes[r.Node] }

func (w *world) seated(volunteer string) bool {
	for _, p := range w.seats {
		if p.ID == volunteer {
			return true
		}
	}
	return false
}

// free lists the volunteers who could be rung now.
func (w *world) free() (all []present) {
	for _, p := range w.seats {
		if p.ready && p.Available && !w.busy[p.ID] {
			all = append(all, p)
		}
	}
	return all
}

// pass looks at every row that is not over: ends what has run out, offers what is open, tells those who are connected
// here what changed. It returns how long nothing will run out by itself. Only the loop of Run calls it. Every hub does
// this; where two want to do the same, the row lets one.
func (h *Hub) pass() time.Duration {
	began := time.Now()
	defer func() { h.count.pass.Observe(time.Since(began).Seconds()) }()
	if h.lookAtKeys.Swap(false) {
		h.tellKeys()
	}
	w, err := h.look()
	if err == nil && h.runOut(&w) {
		h.ring()
		w, err = h.look()
	}
	if err != nil {
		h.trouble(err)
		return h.o.Sweep
	}
	if h.offer(&w) {
		h.ring()
	}
	w.bells = h.lookAtBells(w.now)
	h.know(w)
	h.tellTerminals(&w)
	h.tellVolunteers(&w)
	h.tellBells(w.bells)
	next := w.now + h.o.Sweep.Milliseconds()
	for _, r := range w.rows {
		if r.State == ringing {
			next = min(next, r.LeaseUntil+1)
		}
	}
	return max(time.Duration(next-h.store.now())*time.Millisecond, 10*time.Millisecond)
}

// runOut ends what has run out: availability, rings, calls that lost a side for too long, requests whose terminal never
// came back. It tells whether anything changed.
func (h *Hub) runOut(w *world) bool {
	changed := false
	did := func(ok bool, err error) {
		if err != nil {
			h.trouble(err)
		}
		changed = changed || ok
	}
	for _, p := range w.seats {
		if p.Until > 0 && p.Until <= w.now {
			did(h.store.turn(p.ID, p.Until))
		}
	}
	grace := h.o.Grace.Milliseconds()
	// For a while after this hub began, or could not see the others, nobody who seems gone is taken for it.
	fresh := w.now-h.steady < grace
	for _, r := range w.rows {
		line, seat := w.connected(r), w.seated(r.LeaseOwner)
		switch {
		case r.State == ringing && (r.LeaseUntil < w.now || r.LeaseUntil > w.now+2*h.o.RingFor.Milliseconds() || !seat):
			_, ok, err := h.store.release(r, true, w.now)
			did(ok, err)
		case r.State == accepted && line && seat:
			if r.LeaseUntil-w.now < grace/2 {
				did(false, h.store.hold(r.ID, w.now+grace))
			}
		case r.State != accepted && r.State != open || r.State == accepted && (r.LeaseUntil >= w.now || fresh):
		case r.State == accepted:
			// Offered again, to others if the volunteer is gone; as soon as the terminal is back if its line is.
			h.log.Info("call lost a side for too long", "request", r.ID, "volunteer", r.LeaseOwner, "line", line, "seat", seat)
			_, ok, err := h.store.reopen(r, !seat, w.now)
			did(ok, err)
			if ok {
				h.note(r, helpdesk.DidEnd, "")
			}
		case !line && w.now-max(r.CreatedAt, h.steady) > h.o.Expire.Milliseconds():
			did(h.over(r.ID, "expired"))
		}
	}
	return changed
}

// over ends a row that is not over yet.
func (h *Hub) over(id, why string) (bool, error) {
	r, ok, err := h.store.end(id, why, h.store.now())
	if ok {
		h.log.Info("request over", "request", id, "why", why)
		h.count.over(r)
		if r.LeaseOwner != "" && r.PublicKey != nil {
			h.note(r, helpdesk.DidEnd, "")
		}
	}
	return ok, err
}

// offer rings volunteers for what is open; w is then as it is afterwards. It tells whether anything changed.
func (h *Hub) offer(w *world) bool {
	wants, helpers := w.matching(w.rows, "")
	if len(wants) == 0 || len(helpers) == 0 {
		return false
	}
	changed := false
	for _, p := range assign(wants, helpers, h.matching(), w.now) {
		volunteer := helpers[p.helper].id
		r, ok, err := h.store.claim(wants[p.want].id, volunteer, p.language, w.now+h.o.RingFor.Milliseconds(), w.now)
		if err != nil {
			h.trouble(err)
		}
		if !ok {
			continue // another hub was quicker, or the person no longer asks
		}
		h.log.Info("volunteer rung", "request", r.ID, "volunteer", volunteer, "language", p.language)
		for i := range w.rows {
			if w.rows[i].ID == r.ID {
				w.rows[i] = r
			}
		}
		changed = true
	}
	w.count()
	return changed
}

// matching lists what waits among rows, and who is free. Terminals at the hub here are connected for certain.
func (w *world) matching(rows []row, here string) (wants []want, helpers []helper) {
	for _, r := range rows {
		if r.State == open && (w.connected(r) || here != "" && r.Node == here) {
			wants = append(wants, wantOf(r))
		}
	}
	for _, p := range w.free() {
		helpers = append(helpers, helperOf(p))
	}
	return wants, helpers
}

func (h *Hub) matching() matching {
	return matching{ringAgain: h.o.RingAgain.Milliseconds(), phrasesAfter: h.o.PhrasesAfter.Milliseconds(), onlyOne: h.o.OnlyOne.Milliseconds()}
}

func wantOf(r row) want {
	return want{id: r.ID, languages: r.Request.Languages, mode: r.Request.Mode, guide: r.Request.Guide, place: r.Request.Place, since: r.CreatedAt, tried: r.Tried}
}

func helperOf(p present) helper {
	return helper{id: p.ID, skills: p.Languages, guides: p.Guides, places: p.Places, rung: p.rung}
}

// candidates counts the free volunteers who have a language in common with a request.
func (w *world) candidates(r row, free []present) int {
	n := 0
	for _, p := range free {
		if f, _ := fits(wantOf(r), p.Languages); f != fitPhrases {
			n++
		}
	}
	return n
}

// trouble is told of a database that does not do what it should.
func (h *Hub) trouble(err error) {
	h.log.Error("desk's store", "why", err)
	h.count.trouble.Inc()
}

// ended, in the words of a volunteer's page.
func endedOf(r row) *helpdesk.Ended {
	why := r.EndedWhy
	if why == "expired" {
		why = "line"
	}
	return &helpdesk.Ended{ID: r.ID, Why: why, Seconds: (r.EndedAt - r.AcceptedAt) / 1000}
}
