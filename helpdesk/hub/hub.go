// SPDX-License-Identifier: Apache-2.0

// Package hub is the help desk's server: it finds a person for a person. Terminals and volunteers hold a websocket each
// (terminal.go, volunteer.go); a request is a row with a lease (rows.go); one loop looks at the rows (pass.go), offers what
// is open by language (match.go), lets leases run out and tells everybody connected here what changed (tell.go). What
// terminal and volunteer say to each other passes through sealed.
//
// Nothing is kept in memory that cannot be rebuilt from the rows and from who is connected, so the process may be killed
// at any moment: a request whose arrival was confirmed is offered again by whatever hub opens the database next.
//
// Several hubs may share one PostgreSQL database (store.go) and wake each other by NATS (bus.go): any of them may hold the
// terminal's connection and any other the volunteer's.
package hub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"handrail/helpdesk"
)

// Options of a Hub. Dir and Identify are needed.
type Options struct {
	// Dir holds desk.db.
	Dir string
	// DB is a PostgreSQL database to use instead, "postgres://user@host/name".
	DB     string
	Office string
	// OfficeKey is the public key of the office's CA (DER SubjectPublicKeyInfo), which volunteers' pages check terminals with.
	OfficeKey []byte
	Log       *slog.Logger
	// Identify says which enrolled terminal a request comes from; its error is told to the terminal.
	Identify func(*http.Request) (Terminal, error)
	// OnHealth is told a terminal's heartbeat, OnLine when its line comes up or is lost.
	OnHealth func(terminal string, report []byte)
	OnLine   func(terminal string, up bool)
	// Relay of voice; nil: people write to each other.
	Relay *Relay
	// Bus; nil: inside this process. The hub closes it.
	Bus Bus
	// RingFor is how long one volunteer is rung (20 s), Grace how long a call waits for either side to come back (60 s),
	// RingAgain the pause before the same volunteer is rung again for the same request (15 s), Expire how long a request
	// is kept whose terminal is gone (30 min), Sweep the pause between two looks at the rows that nobody rang for (5 s),
	// PhrasesAfter how long somebody waits for a language before a volunteer without one in common is rung (45 s), OnlyOne
	// how much longer the others have to have waited before the only volunteer of a language is given to them (60 s).
	RingFor, Grace, RingAgain, Expire, Sweep, PhrasesAfter, OnlyOne time.Duration
	// Origin is the address of the people's pages as browsers have it, "https://desk.example"; empty: as they ask for it.
	Origin string
	// Proxied: a proxy of the office stands before the people's pages and says in X-Forwarded-For who asks.
	Proxied bool
	// Clock is this machine's, in Unix milliseconds; nil: helpdesk.Now.
	Clock func() int64
}

// Terminal is an enrolled terminal as the desk needs to know it.
type Terminal struct {
	ID, Name, Place string
	// Verify checks a signature by the terminal's key.
	Verify func(message, signature []byte) bool
}

// Hub is the help desk.
type Hub struct {
	o     Options
	log   *slog.Logger
	store *store
	bus   Bus
	bell  chan struct{}
	node  string
	count counters
	tries *tries

	// beaten is when this hub said last that it runs, steady since when it has done so without a pause, by the database's
	// clock. Owned by the loop.
	beaten, steady int64
	// told is what terminals were told of their bells, by bell. Owned by the loop.
	told map[string]toldBell
	// lookAtKeys: the keys may have changed.
	lookAtKeys atomic.Bool

	mu      sync.Mutex
	closing bool
	lines   map[string]*line   // by terminal
	asking  map[*line]struct{} // lines that were told of a request that is not over
	seats   map[string]*seat   // by volunteer
	calls   map[string]call    // accepted rows, by request
	nodes   map[string]bool    // hubs that run, by the last look
	// free is what terminals are told of who is free; telling: they are being told.
	free     map[string]int
	freeText string
	telling  bool
	tellNext time.Time
	// teams are the keys that terminals seal to, by language; teamsText is the same, to compare.
	teams     map[string][]byte
	teamsText string
	// slots are the connections by when they are pinged.
	slots           [pingSlots]map[*socket]struct{}
	pinging, joined int
	sockets         sync.WaitGroup
}

// call is who talks to whom.
type call struct{ terminal, volunteer string }

// line is a connected terminal.
type line struct {
	Terminal
	socket *socket
	// What was told last, so that it is told again only when it changes. queued is the loop's, presence the hub's lock's.
	queued   map[string]helpdesk.Queued
	presence string
	teams    string
	mu       sync.Mutex
	told     map[string]told
}

// seat is a volunteer with the desk open.
type seat struct {
	id     string
	socket *socket
	// ready: the page has said hello. Nothing is sent before.
	ready atomic.Bool

	mu     sync.Mutex
	person Person
	key    []byte // of the page
	// keys are what the page was told of keys last.
	keys string
	// said is the Desk told last; past are the calls of the day pastOf in it, nil: to be looked up.
	said   string
	past   []helpdesk.PastCall
	pastOf int64
	// ring and call are what the page shows; rev is what it knows of the request last, up whether the terminal's line holds.
	ring, call, last string
	rev              int64
	up               bool
}

// New opens or makes the desk in o.Dir or o.DB.
func New(o Options) (*Hub, error) {
	o.Office = cmp.Or(o.Office, "Office")
	o.RingFor = cmp.Or(o.RingFor, 20*time.Second)
	o.Grace = cmp.Or(o.Grace, 60*time.Second)
	o.RingAgain = cmp.Or(o.RingAgain, 15*time.Second)
	o.Expire = cmp.Or(o.Expire, 30*time.Minute)
	o.Sweep = cmp.Or(o.Sweep, 5*time.Second)
	o.PhrasesAfter = cmp.Or(o.PhrasesAfter, 45*time.Second)
	o.OnlyOne = cmp.Or(o.OnlyOne, 60*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Bus == nil {
		o.Bus = NewBell()
	}
	if o.DB == "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("help desk: %w", err)
		}
	}
	st, err := openStore(filepath.Join(o.Dir, "desk.db"), o.DB)
	if err != nil {
		return nil, err
	}
	if o.Clock != nil {
		st.clock = o.Clock
	}
	h := &Hub{o: o, log: o.Log, store: st, bus: o.Bus, bell: make(chan struct{}, 1), node: newNodeID(), tries: newTries(),
		lines: map[string]*line{}, asking: map[*line]struct{}{}, seats: map[string]*seat{}, calls: map[string]call{}, nodes: map[string]bool{}, told: map[string]toldBell{}}
	h.count = newCounters(h)
	return h, nil
}

// Close closes the database and the bus, after Run has returned and nothing is served any more.
func (h *Hub) Close() error {
	h.bus.Close()
	return h.store.db.Close()
}

// Run offers requests and keeps connections alive until ctx ends; then it closes every connection and returns when the
// last has ended.
func (h *Hub) Run(ctx context.Context) error {
	for subject, f := range map[string]func([]byte){"desk.open": func([]byte) { h.wake() }, "desk.frame": h.frameCame, "desk.here": h.elsewhere,
		"desk.keys": func([]byte) { h.keysCame() }} {
		cancel, err := h.bus.Subscribe(subject, f)
		if err != nil {
			return fmt.Errorf("help desk: %w", err)
		}
		defer cancel()
	}
	if err := h.store.arrive(h.node); err != nil {
		return fmt.Errorf("help desk: %w", err)
	}
	h.beaten = h.store.now()
	h.steady = h.beaten
	forgetting, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	background.Go(func() { h.forgetOld(forgetting) })
	defer background.Wait()
	defer stop()
	ping, beat := time.NewTicker(pingEvery/pingSlots), time.NewTicker(beatEvery*time.Millisecond)
	defer ping.Stop()
	defer beat.Stop()
	look := time.NewTimer(0)
	defer look.Stop()
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			h.shutAll()
			h.sockets.Wait()
			if err := h.store.leave(h.node); err != nil {
				h.log.Warn("the other hubs will notice later that this one has stopped", "why", err)
			}
			h.tellHubs()
			return nil
		case <-ping.C:
			h.pingSome()
			continue
		case <-beat.C:
			h.beat()
			continue
		case <-h.bell:
			if settled == nil {
				settled = time.After(settle)
			}
			continue
		case <-settled:
		case <-look.C:
			h.lookAtKeys.Store(true)
		}
		settled = nil
		look.Reset(h.pass())
	}
}

// settle is how long a change waits for those that come close upon it, so that one look is for all of them; what rang meanwhile
// has been written.
const settle = 5 * time.Millisecond

// pingSlots spreads the pings over pingEvery: not all at once, which with thousands would keep others waiting.
const pingSlots = 2000

// pingSome pings those whose turn it is.
func (h *Hub) pingSome() {
	h.mu.Lock()
	h.pinging = (h.pinging + 1) % pingSlots
	some := slices.Collect(maps.Keys(h.slots[h.pinging]))
	h.mu.Unlock()
	for _, s := range some {
		s.ping()
	}
}

// slot takes a connection up among those that are pinged, unslot takes it out. The caller holds the hub's lock.
func (h *Hub) slot(s *socket) {
	h.joined = (h.joined + 1) % pingSlots
	s.slot = h.joined
	if h.slots[s.slot] == nil {
		h.slots[s.slot] = map[*socket]struct{}{}
	}
	h.slots[s.slot][s] = struct{}{}
}

func (h *Hub) unslot(s *socket) { delete(h.slots[s.slot], s) }

// beat says that this hub runs. After a pause in which it could not, or when the clock has jumped, everybody gets time to
// come back.
func (h *Hub) beat() {
	before := h.store.now()
	if err := h.store.beat(h.node); err != nil {
		h.trouble(err)
		return
	}
	now := h.store.now()
	if jump := now - before; now-h.beaten > nodeLost || jump > beatEvery || jump < -beatEvery {
		h.steady = now
		h.wake()
	}
	h.beaten = now
}

// ring makes every hub look at the rows.
func (h *Hub) ring() {
	h.wake()
	h.tellHubs()
}

func (h *Hub) tellHubs() {
	if err := h.bus.Publish("desk.open", nil); err != nil {
		h.log.Warn("bus", "why", err) // the sweep will find it
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
	h.announce('T', terminal, why)
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

// callOf finds who talks to whom. Rows that the last look did not see yet are found in the database.
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

// know remembers what the rows said, for what has to be quick.
func (h *Hub) know(w world) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.nodes = w.nodes
	clear(h.calls)
	for _, r := range w.rows {
		if r.State == accepted {
			h.calls[r.ID] = call{terminal: r.Terminal, volunteer: r.LeaseOwner}
		}
	}
}

// connected tells whether the terminal of a row has a line, by the last look.
func (h *Hub) connected(r row) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return r.Node == h.node || r.Node != "" && h.nodes[r.Node]
}

// Frames go to whoever of the two sides is connected, here or at another hub. An envelope of the bus is one byte for the
// side, one for the length of an id, the id, and the rest.
const (
	toTerminal  = 't'
	toVolunteer = 'v'
)

func envelope(side byte, id string, rest []byte) []byte {
	e := make([]byte, 0, 2+len(id)+len(rest))
	return append(append(append(e, side, byte(len(id))), id...), rest...)
}

func openEnvelope(e []byte) (side byte, id string, rest []byte, err error) {
	if len(e) < 2 || len(e) < 2+int(e[1]) {
		return 0, "", nil, errors.New("a message of the bus is malformed")
	}
	n := 2 + int(e[1])
	return e[0], string(e[2:n]), e[n:], nil
}

// frame passes a sealed frame on.
func (h *Hub) frame(side byte, to string, m helpdesk.Message) {
	h.count.frames.Inc()
	h.send(side, to, m)
}

// toTerminal and toVolunteer send what is only for now; how things stand is told by tell.go.
func (h *Hub) toTerminal(id string, m helpdesk.Message)  { h.send(toTerminal, id, m) }
func (h *Hub) toVolunteer(id string, m helpdesk.Message) { h.send(toVolunteer, id, m) }

func (h *Hub) send(side byte, to string, m helpdesk.Message) {
	data, err := helpdesk.Encode(m)
	if err != nil {
		h.log.Error("message not sent", "type", m.Kind(), "why", err)
		return
	}
	if h.here(side, to, data) {
		return
	}
	if err := h.bus.Publish("desk.frame", envelope(side, to, data)); err != nil {
		h.log.Warn("message not sent", "type", m.Kind(), "why", err)
	}
}

// here gives data to a connection of this hub.
func (h *Hub) here(side byte, to string, data []byte) bool {
	var s *socket
	h.mu.Lock()
	if l := h.lines[to]; side == toTerminal && l != nil {
		s = l.socket
	}
	if st := h.seats[to]; side == toVolunteer && st != nil {
		s = st.socket
	}
	h.mu.Unlock()
	return s != nil && s.send(data)
}

func (h *Hub) frameCame(data []byte) {
	side, to, rest, err := openEnvelope(data)
	if err != nil {
		h.log.Warn("bus", "why", err)
		return
	}
	h.here(side, to, rest)
}

// announce tells the other hubs that somebody is connected here now ('t', 'v'), or is no longer let in ('T', 'V').
func (h *Hub) announce(what byte, id, why string) {
	if err := h.bus.Publish("desk.here", envelope(what, id, []byte(h.node+why))); err != nil {
		h.log.Warn("bus", "why", err)
	}
}

// elsewhere closes what another hub has now.
func (h *Hub) elsewhere(data []byte) {
	what, id, rest, err := openEnvelope(data)
	if err != nil || len(rest) < len(h.node) || string(rest[:len(h.node)]) == h.node {
		return
	}
	why := string(rest[len(h.node):])
	h.mu.Lock()
	l, st := h.lines[id], h.seats[id]
	h.mu.Unlock()
	switch {
	case what == 't' && l != nil:
		go l.socket.shut(closeElsewhere, "this terminal connected again")
	case what == 'v' && st != nil:
		go st.socket.shut(closeElsewhere, "the desk was opened in another window")
	case what == 'T' && l != nil:
		go l.socket.shut(closeOut, why)
	case what == 'V' && st != nil:
		go st.socket.shut(closeOut, why)
	}
}

// callState is what a terminal is told of its request.
func (h *Hub) callState(r row, up bool) *helpdesk.CallState {
	m := &helpdesk.CallState{ID: r.ID, Rev: r.Rev}
	switch r.State {
	case open, ringing:
		m.State = helpdesk.Waiting
		if r.State == ringing {
			m.State, m.PageKey = helpdesk.Ringing, r.PageKey
		}
		if r.Volunteer != "" { // somebody had it before
			m.State = helpdesk.Reoffered
		}
	case ended:
		m.State, m.Why = helpdesk.Over, r.EndedWhy
	case accepted:
		m.State, m.PublicKey, m.PageKey = helpdesk.InCall, r.PublicKey, r.PageKey
		m.Volunteer = h.personOf(r.LeaseOwner, r.Language)
		m.VolunteerUp = up
	}
	return m
}

func (h *Hub) personOf(volunteer, language string) *helpdesk.Person {
	p, err := h.store.person(volunteer)
	if err != nil {
		h.trouble(err)
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
