// SPDX-License-Identifier: Apache-2.0

// Package hub is the help desk's server: it finds a person for a person. Terminals and volunteers hold a websocket each
// (terminal.go, volunteer.go); a request is a row with a lease (store.go); one loop offers open rows by language, lets
// leases run out and tells everybody what changed (match.go). What terminal and volunteer say to each other passes
// through sealed.
//
// Nothing is kept in memory that cannot be rebuilt from the rows and from who is connected, so the process may be killed
// at any moment: a request whose arrival was confirmed is offered again by whatever hub opens the database next.
package hub

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"handrail/helpdesk"
)

// Options of a Hub. Dir and Identify are needed.
type Options struct {
	// Dir holds desk.db.
	Dir    string
	Office string
	Log    *slog.Logger
	// Identify says which enrolled terminal a request comes from; its error is told to the terminal.
	Identify func(*http.Request) (Terminal, error)
	// OnHealth is told a terminal's heartbeat, OnLine when its line comes up or is lost.
	OnHealth func(terminal string, report []byte)
	OnLine   func(terminal string, up bool)
	// Relay of voice; nil: people write to each other.
	Relay *Relay
	// Bus; nil: inside this process.
	Bus Bus
	// RingFor is how long one volunteer is rung (20 s), Grace how long a call waits for either side to come back (60 s),
	// RingAgain the pause before the same volunteer is rung again for the same request (15 s), Expire how long a request
	// is kept whose terminal is gone (30 min), Sweep the pause between two looks at the rows that nobody rang for (5 s).
	RingFor, Grace, RingAgain, Expire, Sweep time.Duration
}

// Terminal is an enrolled terminal as the desk needs to know it.
type Terminal struct {
	ID, Name, Place string
	// Verify checks a signature by the terminal's key.
	Verify func(message, signature []byte) bool
}

// Hub is the help desk.
type Hub struct {
	o       Options
	log     *slog.Logger
	store   *store
	bus     Bus
	bell    chan struct{}
	started int64

	mu      sync.Mutex
	closing bool
	lines   map[string]*line // by terminal
	seats   map[string]*seat // by volunteer
	calls   map[string]call  // accepted rows, by request
	sockets sync.WaitGroup
}

// call is who talks to whom.
type call struct{ terminal, volunteer string }

// line is a connected terminal.
type line struct {
	Terminal
	socket *socket
	// What was told last, so that it is told again only when it changes. Owned by the loop.
	queued   map[string]helpdesk.Queued
	presence string
}

// seat is a volunteer with the desk open.
type seat struct {
	person Person
	socket *socket
	// ready: the page has said hello. Nothing is sent before.
	ready bool
	// said is the Desk told last, rung when a ring last went here. Owned by the loop.
	said string
	rung int64
}

// free tells whether the volunteer can be rung, as far as they say. The caller holds the hub's lock.
func (s *seat) free() bool { return s.ready && s.person.Available }

// New opens or makes the desk in o.Dir.
func New(o Options) (*Hub, error) {
	o.Office = cmp.Or(o.Office, "Office")
	o.RingFor = cmp.Or(o.RingFor, 20*time.Second)
	o.Grace = cmp.Or(o.Grace, 60*time.Second)
	o.RingAgain = cmp.Or(o.RingAgain, 15*time.Second)
	o.Expire = cmp.Or(o.Expire, 30*time.Minute)
	o.Sweep = cmp.Or(o.Sweep, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bus == nil {
		o.Bus = NewBell()
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("help desk: %w", err)
	}
	st, err := openStore(filepath.Join(o.Dir, "desk.db"))
	if err != nil {
		return nil, err
	}
	return &Hub{o: o, log: o.Log, store: st, bus: o.Bus, bell: make(chan struct{}, 1), started: helpdesk.Now(),
		lines: map[string]*line{}, seats: map[string]*seat{}, calls: map[string]call{}}, nil
}

// Close closes the database, after Run has returned and nothing is served any more.
func (h *Hub) Close() error { return h.store.db.Close() }

// Run offers requests and keeps connections alive until ctx ends; then it closes every connection and returns when the
// last has ended.
func (h *Hub) Run(ctx context.Context) error {
	cancel, err := h.bus.Subscribe("desk.open", func([]byte) []byte { h.wake(); return nil })
	if err != nil {
		return fmt.Errorf("help desk: %w", err)
	}
	defer cancel()
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	look := time.NewTimer(0)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			h.shutAll()
			h.sockets.Wait()
			return nil
		case <-ping.C:
			for _, s := range h.allSockets() {
				s.ping()
			}
			continue
		case <-h.bell:
		case <-look.C:
		}
		look.Reset(h.pass(ctx))
	}
}

// ring tells every hub to look at the rows.
func (h *Hub) ring() {
	if err := h.bus.Publish("desk.open", nil); err != nil {
		h.log.Error("bus", "why", err) // the sweep will find it
	}
}

func (h *Hub) wake() {
	select {
	case h.bell <- struct{}{}:
	default:
	}
}

// Disconnect closes a terminal's connection, because it is no longer let in.
func (h *Hub) Disconnect(terminal, why string) {
	h.mu.Lock()
	l := h.lines[terminal]
	h.mu.Unlock()
	if l != nil {
		l.socket.shut(closeOut, why)
	}
}

func (h *Hub) allSockets() []*socket {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := make([]*socket, 0, len(h.lines)+len(h.seats))
	for _, l := range h.lines {
		all = append(all, l.socket)
	}
	for _, s := range h.seats {
		all = append(all, s.socket)
	}
	return all
}

func (h *Hub) shutAll() {
	h.mu.Lock()
	h.closing = true
	h.mu.Unlock()
	var closing sync.WaitGroup
	for _, s := range h.allSockets() {
		closing.Go(func() { s.shut(1001, "the hub stops; come back in a moment") })
	}
	closing.Wait()
}

// enter counts a connection in, unless the hub is stopping. The handler calls h.sockets.Done at its end.
func (h *Hub) enter(w http.ResponseWriter) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing {
		http.Error(w, "the hub stops; come back in a moment", http.StatusServiceUnavailable)
		return false
	}
	h.sockets.Add(1)
	return true
}

// callOf finds who talks to whom. Rows accepted before this process started are found in the database.
func (h *Hub) callOf(id string) (call, bool) {
	h.mu.Lock()
	c, ok := h.calls[id]
	h.mu.Unlock()
	if ok {
		return c, true
	}
	r, err := h.store.get(id)
	if err != nil || r.State != accepted {
		return call{}, false
	}
	return h.began(r), true
}

func (h *Hub) began(r row) call {
	c := call{terminal: r.Terminal, volunteer: r.LeaseOwner}
	h.mu.Lock()
	h.calls[r.ID] = c
	h.mu.Unlock()
	return c
}

func (h *Hub) forget(id string) {
	h.mu.Lock()
	delete(h.calls, id)
	h.mu.Unlock()
}

// toTerminal and toVolunteer send by the bus: the other side's socket may be at another hub.
func (h *Hub) toTerminal(id string, m helpdesk.Message) { h.publish("terminal."+id, m) }

func (h *Hub) toVolunteer(id string, m helpdesk.Message) { h.publish("volunteer."+id, m) }

func (h *Hub) publish(subject string, m helpdesk.Message) {
	data, err := helpdesk.Encode(m)
	if err == nil {
		err = h.bus.Publish(subject, data)
	}
	if err != nil {
		h.log.Error("message not sent", "type", m.Kind(), "why", err)
	}
}

// callState is what a terminal is told of its request.
func (h *Hub) callState(r row) *helpdesk.CallState {
	m := &helpdesk.CallState{ID: r.ID, Rev: r.Rev}
	switch r.State {
	case open:
		m.State = helpdesk.Waiting
	case ringing:
		m.State = helpdesk.Ringing
	case ended:
		m.State, m.Why = helpdesk.Over, r.EndedWhy
	case accepted:
		m.State, m.PublicKey = helpdesk.InCall, r.PublicKey
		m.Volunteer = h.personOf(r.LeaseOwner, r.Language)
		m.VolunteerUp = h.seated(r.LeaseOwner)
	}
	return m
}

func (h *Hub) personOf(volunteer, language string) *helpdesk.Person {
	p, err := scanPerson(h.store.db.QueryRow(`SELECT id, name, role, languages, available, until FROM people WHERE id = ?`, volunteer))
	if err != nil {
		h.log.Error("volunteer of a call", "why", err)
		return &helpdesk.Person{}
	}
	person := &helpdesk.Person{Name: p.Name}
	for _, l := range p.Languages {
		if l.Code == language {
			person.Languages = append([]string{l.Code}, person.Languages...)
		} else if l.Speak || l.Write {
			person.Languages = append(person.Languages, l.Code)
		}
	}
	return person
}

func (h *Hub) seated(volunteer string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seats[volunteer] != nil
}

func (h *Hub) connected(terminal string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines[terminal] != nil
}
