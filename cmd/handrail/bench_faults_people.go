// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
)

// faultTerminal is a terminal with the product's own line to the hub.
type faultTerminal struct {
	link *helpdesk.Link
	stop func()
	mu   sync.Mutex
	of   map[string]*faultAsk
}

// faultAsk is how a request stands, by what the terminal was told.
type faultAsk struct {
	states    []helpdesk.State
	reoffered bool
}

func newFaultTerminal(id, address string) *faultTerminal {
	t := &faultTerminal{of: map[string]*faultAsk{}}
	t.link = helpdesk.NewLink(helpdesk.LinkOptions{URL: "ws://" + address + "/terminal/ws?id=" + id, OnMessage: t.told})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); t.link.Run(ctx) }()
	t.stop = func() { cancel(); <-done }
	return t
}

func (t *faultTerminal) told(m helpdesk.Message) {
	s, ok := m.(*helpdesk.CallState)
	if !ok {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if a := t.of[s.ID]; a != nil {
		a.states = append(a.states, s.State)
		a.reoffered = a.reoffered || s.State == helpdesk.Reoffered
	}
}

// ask presses Help. With wrong the terminal's clock is off by up to an hour.
func (t *faultTerminal) ask(wrong bool, draw *rand.Rand) (string, error) {
	key, err := helpdesk.NewKey()
	if err != nil {
		return "", err
	}
	r := helpdesk.Request{ID: helpdesk.NewID(), Languages: []string{"en"}, Mode: helpdesk.Voice, PublicKey: key.PublicKey().Bytes(), Signature: []byte{1}, CreatedAt: helpdesk.Now()}
	if wrong {
		r.CreatedAt += draw.Int64N(2*3600*1000) - 3600*1000
	}
	t.mu.Lock()
	t.of[r.ID] = &faultAsk{}
	t.mu.Unlock()
	for range 1 + draw.IntN(3) { // sending it again changes nothing
		if err := t.link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
			return "", err
		}
	}
	return r.ID, nil
}

func (t *faultTerminal) last(id string) helpdesk.State {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.of[id].states; len(s) > 0 {
		return s[len(s)-1]
	}
	return ""
}

func (t *faultTerminal) inCall(id string) bool { return t.last(id) == helpdesk.InCall }
func (t *faultTerminal) over(id string) bool   { return t.last(id) == helpdesk.Over }

func (t *faultTerminal) reoffered(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.of[id].reoffered
}

func (t *faultTerminal) story(id string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return fmt.Sprint(t.of[id].states)
}

// frame sends the time as a frame of the call; the line may be down.
func (t *faultTerminal) frame(id string) {
	t.link.Send(&helpdesk.Frame{ID: id, Data: binary.BigEndian.AppendUint64(nil, uint64(time.Now().UnixNano()))})
	time.Sleep(20 * time.Millisecond) // a terminal may not flood its hub
}

// faultVolunteer is a volunteer's page that comes back by itself and takes every call.
type faultVolunteer struct {
	name, origin string
	cookie       *http.Cookie
	w            *faultWorld
	stop         func()

	mu      sync.Mutex
	conn    *websocket.Conn
	write   sync.Mutex
	closed  bool // the browser
	ready   bool // the desk was told
	ringing string
	call    string
	took    map[string]bool
	heard   map[string]time.Time
}

func newFaultVolunteer(ctx context.Context, name string, w *faultWorld, path string) (*faultVolunteer, error) {
	v := &faultVolunteer{name: name, origin: "http://" + w.desks.address(), w: w, took: map[string]bool{}, heard: map[string]time.Time{}}
	tr := &http.Transport{DisableKeepAlives: true}
	req, err := http.NewRequestWithContext(ctx, "GET", v.origin+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := tr.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		return nil, fmt.Errorf("signing in: %s", resp.Status)
	}
	v.cookie = resp.Cookies()[0]
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); v.run(ctx) }()
	v.stop = func() { cancel(); v.hang(); <-done }
	return v, nil
}

func (v *faultVolunteer) hang() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.conn != nil {
		v.conn.Close()
	}
}

// away closes the browser, with all it knew, or opens it.
func (v *faultVolunteer) away(closed bool) {
	v.mu.Lock()
	v.closed = closed
	if closed {
		v.call, v.ringing = "", ""
	}
	v.mu.Unlock()
	if closed {
		v.hang()
	}
}

func (v *faultVolunteer) run(ctx context.Context) {
	for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
		v.mu.Lock()
		closed := v.closed
		v.mu.Unlock()
		if closed {
			continue
		}
		conn, resp, err := websocket.DefaultDialer.DialContext(ctx, "ws"+v.origin[len("http"):]+"/desk/ws", http.Header{"Origin": {v.origin}, "Cookie": {v.cookie.String()}})
		if resp != nil && resp.Body != nil {
			resp.Body.Close()
		}
		if err != nil {
			continue
		}
		v.mu.Lock()
		v.conn = conn
		call := v.call
		v.mu.Unlock()
		v.send(&helpdesk.Hello{Call: call})
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				break
			}
			if m, err := helpdesk.Decode(helpdesk.HubToVolunteer, data); err == nil {
				v.told(m)
			}
		}
		conn.Close()
		v.mu.Lock()
		v.ready, v.ringing = false, ""
		v.mu.Unlock()
	}
}

func (v *faultVolunteer) send(m helpdesk.Message) {
	data, err := helpdesk.Encode(m)
	if err != nil {
		return
	}
	v.mu.Lock()
	conn := v.conn
	v.mu.Unlock()
	if conn == nil {
		return
	}
	v.write.Lock()
	defer v.write.Unlock()
	conn.SetWriteDeadline(time.Now().Add(5 * time.Second))
	conn.WriteMessage(websocket.TextMessage, data)
}

func (v *faultVolunteer) told(m helpdesk.Message) {
	switch m := m.(type) {
	case *helpdesk.Desk:
		v.mu.Lock()
		v.ready = true
		lost := m.Call != nil && v.call == ""
		v.mu.Unlock()
		if lost { // opened again: the call is taken up with a new key
			v.accept(m.Call.Request.ID)
		}
	case *helpdesk.Ring:
		v.mu.Lock()
		v.ringing = m.Request.ID
		v.mu.Unlock()
		v.accept(m.Request.ID)
		if v.w.kind == "duplicates" {
			for _, other := range v.w.volunteers {
				other.accept(m.Request.ID)
				other.accept(m.Request.ID)
			}
		}
	case *helpdesk.Accepted:
		v.mu.Lock()
		v.ringing, v.call, v.took[m.ID] = "", m.ID, true
		v.mu.Unlock()
	case *helpdesk.Ended:
		v.over(m.ID)
	case *helpdesk.Taken:
		v.ringOver(m.ID)
	case *helpdesk.Cancelled:
		v.ringOver(m.ID)
	case *helpdesk.Frame:
		if len(m.Data) == 8 {
			v.mu.Lock()
			v.heard[m.ID] = time.Unix(0, int64(binary.BigEndian.Uint64(m.Data)))
			v.mu.Unlock()
		}
	}
}

func (v *faultVolunteer) accept(id string) {
	key, err := helpdesk.NewKey()
	if err == nil {
		v.send(&helpdesk.Accept{ID: id, PublicKey: key.PublicKey().Bytes()})
	}
}

func (v *faultVolunteer) over(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.call == id {
		v.call = ""
	}
}

func (v *faultVolunteer) ringOver(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ringing == id {
		v.ringing = ""
	}
}

func (v *faultVolunteer) has(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.call == id
}

func (v *faultVolunteer) busy() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.call != "" || v.ringing != ""
}

func (v *faultVolunteer) idle() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.ready && v.call == "" && v.ringing == ""
}

func (v *faultVolunteer) answered(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.took[id]
}

// heardSince tells whether a frame came that was sent after a moment.
func (v *faultVolunteer) heardSince(id string, at time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.heard[id].After(at)
}
