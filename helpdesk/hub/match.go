// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"handrail/helpdesk"
)

// estimateFrom is how many recent requests a waiting time is measured on at least; below it, it is not known.
const estimateFrom = 3

// pass looks at every row that is not over: ends what has run out, offers what is open, tells what changed. It returns
// how long nothing will run out by itself. Only the loop of Run calls it.
func (h *Hub) pass(ctx context.Context) time.Duration {
	now := helpdesk.Now()
	h.turnAvailability(now)
	rows, err := h.store.live()
	if err != nil {
		h.log.Error("desk's store", "why", err)
		return h.o.Sweep
	}
	for _, r := range rows {
		h.runOut(r, now)
	}
	if rows, err = h.store.live(); err != nil {
		h.log.Error("desk's store", "why", err)
		return h.o.Sweep
	}
	for i, r := range rows {
		if r.State == open && h.connected(r.Terminal) && ctx.Err() == nil {
			rows[i] = h.offer(ctx, r, rows, now)
		}
	}
	h.tellTerminals(rows)
	h.tellVolunteers(rows, now)
	next := now + h.o.Sweep.Milliseconds()
	for _, r := range rows {
		if r.State == ringing {
			next = min(next, r.LeaseUntil+1)
		}
	}
	return max(time.Duration(next-helpdesk.Now())*time.Millisecond, 10*time.Millisecond)
}

// turnAvailability switches on and off those whose time has come.
func (h *Hub) turnAvailability(now int64) {
	h.mu.Lock()
	var turned []Person
	for _, st := range h.seats {
		if st.person.Until > 0 && st.person.Until <= now {
			st.person.Available, st.person.Until = !st.person.Available, 0
			turned = append(turned, st.person)
		}
	}
	h.mu.Unlock()
	for _, p := range turned {
		if err := h.store.setAvailable(p.ID, p.Available, 0); err != nil {
			h.log.Error("desk's store", "why", err)
		}
	}
}

// runOut ends what has run out: rings, calls that lost a side for too long, requests whose terminal never came back.
func (h *Hub) runOut(r row, now int64) {
	switch r.State {
	case ringing:
		if r.LeaseUntil < now {
			h.letGo(r)
		}
	case accepted:
		line, seat := h.connected(r.Terminal), h.seated(r.LeaseOwner)
		grace := h.o.Grace.Milliseconds()
		switch {
		case line && seat:
			if r.LeaseUntil-now < grace/2 {
				if err := h.store.hold(r.ID, now+grace); err != nil {
					h.log.Error("desk's store", "why", err)
				}
			}
		case r.LeaseUntil >= now || now-h.started < grace:
			// Still within its grace; after a restart everybody gets a whole one.
		case !line:
			h.finish(r.ID, "line")
		default:
			again, ok, err := h.store.reopen(r)
			if err != nil {
				h.log.Error("desk's store", "why", err)
			}
			if ok {
				h.forget(r.ID)
				m := h.callState(again)
				m.State = helpdesk.Reoffered
				h.toTerminal(r.Terminal, m)
			}
		}
	case open:
		if !h.connected(r.Terminal) && now-max(r.CreatedAt, h.started) > h.o.Expire.Milliseconds() {
			h.finish(r.ID, "expired")
		}
	}
}

// candidate is a volunteer who could take a request.
type candidate struct {
	id, language string
	rank         int // of the language among those asked for
	tried        int64
	rung         int64
}

// candidates lists who is free for a request, best first: by the person's order of languages, then who has not been
// rung for it, then who was rung longest ago.
func (h *Hub) candidates(r row, rows []row) []candidate {
	busy := map[string]bool{}
	for _, other := range rows {
		if other.State == ringing || other.State == accepted {
			busy[other.LeaseOwner] = true
		}
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []candidate
	for id, st := range h.seats {
		if !st.free() || busy[id] {
			continue
		}
		if rank, ok := match(r.Request, st.person.Languages); ok {
			all = append(all, candidate{id: id, language: r.Request.Languages[rank], rank: rank, tried: r.Tried[id], rung: st.rung})
		}
	}
	slices.SortFunc(all, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.tried, b.tried), cmp.Compare(a.rung, b.rung), cmp.Compare(a.id, b.id))
	})
	return all
}

// match says which of the languages asked for a volunteer can help in: spoken for a voice call, read and written for text.
func match(r helpdesk.Request, skills []helpdesk.Skill) (rank int, ok bool) {
	for i, language := range r.Languages {
		for _, s := range skills {
			if s.Code != language {
				continue
			}
			switch r.Mode {
			case helpdesk.Voice:
				ok = s.Speak
			case helpdesk.Text:
				ok = s.Read && s.Write
			default:
				ok = s.Speak || s.Read && s.Write
			}
			if ok {
				return i, true
			}
		}
	}
	return 0, false
}

// offer rings the best volunteer for an open request; the row as it is then comes back.
func (h *Hub) offer(ctx context.Context, r row, rows []row, now int64) row {
	free := h.candidates(r, rows)
	for _, c := range free {
		if c.tried > 0 && now-c.tried < h.o.RingAgain.Milliseconds() {
			continue
		}
		until := now + h.o.RingFor.Milliseconds()
		claimed, ok, err := h.store.claim(r.ID, c.id, c.language, until)
		if err != nil {
			h.log.Error("desk's store", "why", err)
		}
		if !ok {
			continue
		}
		ring, err := helpdesk.Encode(&helpdesk.Ring{Request: r.Request, Language: c.language, Waited: now - r.CreatedAt, Until: until, Others: len(free) - 1})
		if err == nil {
			_, err = h.bus.Request(ctx, "volunteer."+c.id+".ring", ring)
		}
		if err != nil { // the seat is empty by now
			if back, ok, err := h.store.release(claimed, false, now); err == nil && ok {
				r = back
			}
			continue
		}
		h.mu.Lock()
		if st := h.seats[c.id]; st != nil {
			st.rung = now
		}
		h.mu.Unlock()
		h.log.Info("volunteer rung", "request", r.ID, "volunteer", c.id, "language", c.language)
		h.toTerminal(r.Terminal, h.callState(claimed))
		return claimed
	}
	return r
}

// tellTerminals sends figures that changed.
func (h *Hub) tellTerminals(rows []row) {
	free := map[string]int{}
	busy := map[string]bool{}
	for _, r := range rows {
		if r.State == ringing || r.State == accepted {
			busy[r.LeaseOwner] = true
		}
	}
	h.mu.Lock()
	for id, st := range h.seats {
		if !st.free() || busy[id] {
			continue
		}
		for _, s := range st.person.Languages {
			if s.Speak || s.Read && s.Write {
				free[s.Code]++
			}
		}
	}
	lines := make([]*line, 0, len(h.lines))
	byID := make(map[string]*line, len(h.lines))
	for id, l := range h.lines {
		lines = append(lines, l)
		byID[id] = l
	}
	h.mu.Unlock()

	presence := fmt.Sprint(free) // maps print sorted
	for _, l := range lines {
		if l.presence != presence && l.socket.tell(&helpdesk.Presence{Free: free}) {
			l.presence = presence
		}
	}
	estimates := map[string]*int{}
	for i, r := range rows {
		l := byID[r.Terminal]
		if l == nil || r.State != open && r.State != ringing {
			continue
		}
		first := r.Request.Languages[0]
		if _, known := estimates[first]; !known {
			estimates[first] = h.estimate(first)
		}
		q := helpdesk.Queued{ID: r.ID, Rev: r.Rev, Free: len(h.candidates(r, rows)), Estimate: estimates[first]}
		for _, other := range rows[:i] {
			if (other.State == open || other.State == ringing) && other.Request.Languages[0] == first {
				q.Ahead++
			}
		}
		if was, ok := l.queued[r.ID]; (!ok || !sameQueue(was, q)) && l.socket.tell(&q) {
			l.queued[r.ID] = q
		}
	}
}

func sameQueue(a, b helpdesk.Queued) bool {
	if (a.Estimate == nil) != (b.Estimate == nil) || a.Estimate != nil && *a.Estimate != *b.Estimate {
		return false
	}
	return a.Ahead == b.Ahead && a.Free == b.Free
}

// estimate is the median wait in seconds of the last requests in a language, nil when there were too few in seven days.
func (h *Hub) estimate(language string) *int {
	waits, err := h.store.waits(language, helpdesk.Now()-(7*24*time.Hour).Milliseconds())
	if err != nil {
		h.log.Error("desk's store", "why", err)
	}
	if len(waits) < estimateFrom {
		return nil
	}
	slices.Sort(waits)
	median := int(waits[len(waits)/2] / 1000)
	return &median
}

// tellVolunteers sends desks that changed.
func (h *Hub) tellVolunteers(rows []row, now int64) {
	waiting := map[string]int{}
	mine := map[string]row{}
	busy := map[string]bool{}
	for _, r := range rows {
		switch r.State {
		case accepted:
			mine[r.LeaseOwner], busy[r.LeaseOwner] = r, true
		case ringing:
			busy[r.LeaseOwner] = true
			waiting[r.Request.Languages[0]]++
		default:
			waiting[r.Request.Languages[0]]++
		}
	}
	h.mu.Lock()
	around := helpdesk.Around{Languages: []string{}}
	seats := make([]*seat, 0, len(h.seats))
	people := make([]Person, 0, len(h.seats))
	for id, st := range h.seats {
		if !st.ready {
			continue
		}
		seats, people = append(seats, st), append(people, st.person)
		around.Here++
		if st.free() && !busy[id] {
			around.Free++
		}
		for _, s := range st.person.Languages {
			if !slices.Contains(around.Languages, s.Code) {
				around.Languages = append(around.Languages, s.Code)
			}
		}
	}
	h.mu.Unlock()
	slices.Sort(around.Languages)

	for i, st := range seats {
		p := people[i]
		desk := &helpdesk.Desk{Me: me(p, h.o.Office), Available: p.Available, Until: p.Until, Waiting: waiting, Volunteers: around, Calls: h.past(p.ID, now)}
		if r, ok := mine[p.ID]; ok {
			desk.Call = &helpdesk.OpenCall{Request: r.Request, Until: r.LeaseUntil}
		}
		text, err := json.Marshal(desk)
		if err != nil {
			h.log.Error("desk", "why", err)
			continue
		}
		h.mu.Lock()
		same := st.said == string(text)
		st.said = string(text)
		h.mu.Unlock()
		if !same {
			st.socket.tell(desk)
		}
	}
}

// past lists a volunteer's calls of today.
func (h *Hub) past(volunteer string, now int64) []helpdesk.PastCall {
	t := time.UnixMilli(now)
	midnight := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location())
	rows, err := h.store.calls(volunteer, midnight.UnixMilli())
	if err != nil {
		h.log.Error("desk's store", "why", err)
	}
	calls := []helpdesk.PastCall{}
	for _, r := range rows {
		why := r.EndedWhy
		if why == "expired" {
			why = "line"
		}
		calls = append(calls, helpdesk.PastCall{ID: r.ID, At: r.AcceptedAt, Seconds: (r.EndedAt - r.AcceptedAt) / 1000, Language: r.Language,
			GuideName: r.Request.GuideName, StepTitle: r.Request.StepTitle, StepIndex: r.Request.StepIndex, StepTotal: r.Request.StepTotal,
			Ended: why, Codes: r.Codes})
	}
	return calls
}

func me(p Person, office string) helpdesk.Me {
	languages := p.Languages
	if languages == nil {
		languages = []helpdesk.Skill{}
	}
	return helpdesk.Me{ID: p.ID, Name: p.Name, Role: string(p.Role), Office: office, Languages: languages}
}
