// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"handrail/helpdesk"
)

// Those who are connected here are told what the rows say, whoever changed them: a message that got lost between two hubs
// is made up for by the next look. What was told last is kept with the connection, and told again only when it changes.

// estimateFrom is how many recent requests a waiting time is measured on at least; below it, it is not known.
const estimateFrom = 3

// told is how a request stood when its terminal was told last.
type told struct {
	rev int64
	up  bool
}

// tellState tells a terminal how its request stands, once for each change; always says it again. It is safe for use by
// several goroutines: an older state never follows a newer one.
func (h *Hub) tellState(l *line, r row, up, always bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, known := l.told[r.ID]
	is := told{r.Rev, up}
	if known && r.Rev < was.rev || was == is && !always {
		return
	}
	if r.State == ended {
		delete(l.told, r.ID)
	} else {
		if l.told == nil {
			l.told = map[string]told{}
		}
		l.told[r.ID] = is
		h.mu.Lock()
		h.asking[l] = struct{}{}
		h.mu.Unlock()
	}
	l.socket.tell(h.callState(r, up))
}

// tellTerminals tells the terminals here how their requests stand, and who is free.
func (h *Hub) tellTerminals(w *world) {
	h.mu.Lock()
	mine := make([]*line, 0, 16)
	for _, r := range w.rows {
		if l := h.lines[r.Terminal]; l != nil && !slices.Contains(mine, l) {
			mine = append(mine, l)
		}
	}
	for l := range h.asking {
		if !slices.Contains(mine, l) {
			mine = append(mine, l)
		}
	}
	h.mu.Unlock()

	free := w.free()
	estimates := map[string]*int{}
	live := map[string]bool{}
	for i, r := range w.rows {
		live[r.ID] = true
		at := slices.IndexFunc(mine, func(l *line) bool { return l.ID == r.Terminal })
		if at < 0 {
			continue
		}
		l := mine[at]
		h.tellState(l, r, w.seated(r.LeaseOwner), false)
		if r.State == accepted {
			continue
		}
		first := r.Request.Languages[0]
		if _, known := estimates[first]; !known {
			estimates[first] = h.estimate(first)
		}
		q := helpdesk.Queued{ID: r.ID, Rev: r.Rev, Free: w.candidates(r, free), Estimate: estimates[first]}
		for _, other := range w.rows[:i] {
			if (other.State == open || other.State == ringing) && other.Request.Languages[0] == first {
				q.Ahead++
			}
		}
		if was, ok := l.queued[r.ID]; (!ok || !sameQueue(was, q)) && l.socket.tell(&q) {
			if l.queued == nil {
				l.queued = map[string]helpdesk.Queued{}
			}
			l.queued[r.ID] = q
		}
	}
	for _, l := range mine {
		h.tellOver(l, live)
	}
	h.tellPresence(free)
}

// tellOver tells a terminal of what is over, and no longer among the live rows.
func (h *Hub) tellOver(l *line, live map[string]bool) {
	l.mu.Lock()
	var gone []string
	for id := range l.told {
		if !live[id] {
			gone = append(gone, id)
		}
	}
	l.mu.Unlock()
	for _, id := range gone {
		r, err := h.store.get(id)
		if err != nil {
			h.trouble(err)
			continue
		}
		if r.State == ended {
			h.tellState(l, r, false, false)
			delete(l.queued, id)
		}
	}
	l.mu.Lock()
	idle := len(l.told) == 0
	l.mu.Unlock()
	if idle {
		h.mu.Lock()
		delete(h.asking, l)
		h.mu.Unlock()
	}
}

// With thousands of terminals, figures that change with every ring must not stand in the way of the rings: presencePace are
// told a second, one by one, and all of them again after presencePause at the earliest. Few are told at once.
const (
	presencePace  = 500
	presenceFew   = 100
	presencePause = 10 * time.Second
)

// tellPresence tells every terminal here who is free, when that changed. With many terminals it is told less often.
func (h *Hub) tellPresence(free []present) {
	count := map[string]int{}
	for _, p := range free {
		for _, s := range p.Languages {
			if s.Speak || s.Read && s.Write {
				count[s.Code]++
			}
		}
	}
	text := fmt.Sprint(count) // maps print sorted
	h.mu.Lock()
	defer h.mu.Unlock()
	h.free, h.freeText = count, text
	if len(h.lines) <= presenceFew {
		for _, l := range h.lines {
			h.presence(l)
		}
		return
	}
	if !h.telling && time.Now().After(h.tellNext) {
		h.telling = true
		h.sockets.Go(h.tellAll)
	}
}

// presence tells one terminal who is free, and the keys of the teams. The caller holds the hub's lock.
func (h *Hub) presence(l *line) {
	if l.presence != h.freeText && l.socket.tell(&helpdesk.Presence{Free: h.free}) {
		l.presence = h.freeText
	}
	if l.teams != h.teamsText && l.socket.tell(&helpdesk.TeamKeys{Keys: h.teams}) {
		l.teams = h.teamsText
	}
}

// tellAll tells all terminals who is free.
func (h *Hub) tellAll() {
	h.mu.Lock()
	all := make([]*line, 0, len(h.lines))
	for _, l := range h.lines {
		all = append(all, l)
	}
	h.mu.Unlock()
	pace := time.NewTicker(time.Second / presencePace)
	defer pace.Stop()
	for _, l := range all {
		h.mu.Lock()
		if h.closing {
			h.mu.Unlock()
			break
		}
		h.presence(l)
		h.mu.Unlock()
		<-pace.C
	}
	h.mu.Lock()
	h.telling, h.tellNext = false, time.Now().Add(presencePause)
	h.mu.Unlock()
}

func sameQueue(a, b helpdesk.Queued) bool {
	if (a.Estimate == nil) != (b.Estimate == nil) || a.Estimate != nil && *a.Estimate != *b.Estimate {
		return false
	}
	return a.Ahead == b.Ahead && a.Free == b.Free
}

// estimate is the median wait in seconds of the last requests in a language, nil when there were too few in seven days.
func (h *Hub) estimate(language string) *int {
	waits, err := h.store.waits(language, h.store.now()-(7*24*time.Hour).Milliseconds())
	if err != nil {
		h.trouble(err)
	}
	if len(waits) < estimateFrom {
		return nil
	}
	slices.Sort(waits)
	median := int(waits[len(waits)/2] / 1000)
	return &median
}

// tellVolunteers tells the volunteers here of their ring, their call and the desk.
func (h *Hub) tellVolunteers(w *world) {
	waiting := map[string]int{}
	mine := map[string]row{}
	for _, r := range w.rows {
		if r.LeaseOwner != "" {
			mine[r.LeaseOwner] = r
		}
		if r.State != accepted {
			waiting[r.Request.Languages[0]]++
		}
	}
	around := helpdesk.Around{Languages: []string{}}
	people := map[string]Person{}
	for _, p := range w.seats {
		people[p.ID] = p.Person
		if !p.ready {
			continue
		}
		around.Here++
		if p.Available && !w.busy[p.ID] {
			around.Free++
		}
		for _, s := range p.Languages {
			if !slices.Contains(around.Languages, s.Code) {
				around.Languages = append(around.Languages, s.Code)
			}
		}
	}
	slices.Sort(around.Languages)
	h.mu.Lock()
	seats := make([]*seat, 0, len(h.seats))
	for _, st := range h.seats {
		if st.ready.Load() {
			seats = append(seats, st)
		}
	}
	h.mu.Unlock()
	for _, st := range seats {
		p, here := people[st.id]
		if !here {
			if w.nodes[h.node] {
				h.sitAgain(st)
			}
			continue
		}
		r, has := mine[p.ID]
		h.tellCall(st, w, p.Languages, r, has)
		h.tellDesk(st, w, p, &helpdesk.Desk{Waiting: waiting, Volunteers: around}, r, has)
	}
}

// sitAgain is for a seat that the rows have lost, though its connection is here: the database was away when it was taken.
func (h *Hub) sitAgain(st *seat) {
	st.mu.Lock()
	key := st.key
	st.mu.Unlock()
	if err := errors.Join(h.store.sit(st.id, h.node), h.store.ready(st.id, h.node, key)); err != nil {
		h.trouble(err)
	}
}

// tellCall tells a volunteer what their page does not know yet of their ring or call.
func (h *Hub) tellCall(st *seat, w *world, skills []helpdesk.Skill, r row, has bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.ring != "" && !(has && r.ID == st.ring && r.State == ringing) {
		h.ringOver(st)
	}
	if st.call != "" && !(has && r.ID == st.call && r.State == accepted) {
		h.callOver(st, w)
	}
	switch {
	case !has || r.Rev < st.rev && (r.ID == st.call || r.ID == st.last):
		// Nothing, or older than what the page has done since.
	case r.State == ringing && st.ring == "" && st.call == "":
		ring := &helpdesk.Ring{Request: r.Request, Language: r.Language, Waited: w.now - r.CreatedAt, Until: r.LeaseUntil, Others: max(0, w.candidates(r, w.free()))}
		if f, _ := fits(wantOf(r), skills); f == fitPhrases {
			ring.Phrases = true
		}
		if st.socket.tell(ring) {
			st.ring, st.rev, st.last = r.ID, r.Rev, r.ID
		}
	case r.State == accepted && r.ID == st.call:
		if up := w.connected(r); up != st.up {
			st.up = up
			st.socket.tell(&helpdesk.Line{ID: r.ID, Up: up})
		}
	}
}

// ringOver tells why a ring ended. The caller holds the seat's lock.
func (h *Hub) ringOver(st *seat) {
	r, err := h.store.get(st.ring)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		h.trouble(err)
		return
	}
	id := st.ring
	switch {
	case r.State == ringing && r.LeaseOwner == st.id:
		return // it rings again, by now
	case r.State == accepted && r.LeaseOwner == st.id:
		st.ring = ""
		return
	case r.State == ended:
		st.socket.tell(&helpdesk.Cancelled{ID: id})
	case r.State == accepted:
		st.socket.tell(&helpdesk.Taken{ID: id, By: h.personOf(r.LeaseOwner, "").Name})
	default:
		st.socket.tell(&helpdesk.Taken{ID: id})
	}
	st.ring = ""
}

// callOver tells why a call ended. The caller holds the seat's lock.
func (h *Hub) callOver(st *seat, w *world) {
	r, err := h.store.get(st.call)
	switch {
	case err != nil:
		h.trouble(err)
		return
	case r.State == accepted && r.LeaseOwner == st.id:
		return // it goes on
	case r.State == ended && r.Volunteer == st.id:
		st.socket.tell(endedOf(r))
	case r.State == open && !w.connected(r):
		st.socket.tell(&helpdesk.Ended{ID: st.call, Why: "line", Seconds: (w.now - r.AcceptedAt) / 1000})
	default:
		st.socket.tell(&helpdesk.Ended{ID: st.call, Why: "other"})
	}
	st.call, st.past = "", nil
}

// tellDesk sends a desk that changed.
func (h *Hub) tellDesk(st *seat, w *world, p Person, desk *helpdesk.Desk, r row, has bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	st.person = p
	if day := midnight(w.now); st.past == nil || st.pastOf != day {
		st.past, st.pastOf = h.past(p.ID, day), day
	}
	desk.Me, desk.Available, desk.Until, desk.Calls = h.me(p), p.Available, p.Until, st.past
	desk.Bells = bellsFor(p, w.bells)
	if has && r.State == accepted {
		desk.Call = &helpdesk.OpenCall{Request: r.Request, Until: r.LeaseUntil}
	}
	text, err := json.Marshal(desk)
	if err != nil {
		h.log.Error("desk", "why", err)
		return
	}
	if st.said != string(text) && st.socket.tell(desk) {
		st.said = string(text)
	}
}

func midnight(now int64) int64 {
	t := time.UnixMilli(now)
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()).UnixMilli()
}

// past lists a volunteer's calls since a time.
func (h *Hub) past(volunteer string, since int64) []helpdesk.PastCall {
	rows, err := h.store.calls(volunteer, since)
	if err != nil {
		h.trouble(err)
	}
	calls := []helpdesk.PastCall{}
	for _, r := range rows {
		over := endedOf(r)
		calls = append(calls, helpdesk.PastCall{ID: r.ID, Guide: r.Request.Guide, At: r.AcceptedAt, Seconds: over.Seconds, Language: r.Language,
			GuideName: cmp.Or(r.Request.GuideName, r.Request.Guide), StepTitle: r.Request.StepTitle, StepIndex: r.Request.StepIndex, StepTotal: r.Request.StepTotal,
			Ended: over.Why, Codes: r.Codes})
	}
	return calls
}

func (h *Hub) me(p Person) helpdesk.Me {
	languages := p.Languages
	if languages == nil {
		languages = []helpdesk.Skill{}
	}
	return helpdesk.Me{ID: p.ID, Name: p.Name, Role: string(p.Role), Office: h.o.Office, OfficeKey: h.o.OfficeKey, Languages: languages}
}
