// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"crypto/ecdh"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
)

func seals(t *testing.T, r helpdesk.Request, terminal, volunteer *ecdh.PrivateKey) (*helpdesk.Seal, *helpdesk.Seal) {
	t.Helper()
	a, err := helpdesk.NewSeal(helpdesk.TerminalSide, r.ID, terminal, volunteer.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b, err := helpdesk.NewSeal(helpdesk.VolunteerSide, r.ID, volunteer, r.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

// Somebody asks in Arabic: who speaks it is rung, who does not is not; they talk sealed; it ends, and counts remain.
func TestCall(t *testing.T) {
	r := newRig(t, Options{Office: "Library"})
	teresa := r.volunteer("Teresa", "en", "fr")
	amina := r.volunteer("Amina", "ar", "en")
	c := r.terminal("t1")
	wait(c.box, "who is free", func(m *helpdesk.Presence) bool { return m.Free["ar"] == 1 && m.Free["en"] == 2 && m.Free["uk"] == 0 })

	req, terminalKey := c.ask("ar", "fr")
	q := wait(c.box, "that it is queued", func(m *helpdesk.Queued) bool { return m.ID == req.ID })
	if q.Estimate != nil {
		t.Errorf("an estimate out of nothing: %d", *q.Estimate)
	}
	ring := amina.ring(req.ID)
	if ring.Language != "ar" || ring.Others != 1 || ring.Request.Terminal != "Terminal t1" || ring.Request.Place != "Library" || ring.Request.Guide != req.Guide {
		t.Errorf("ring: %+v", ring)
	}
	c.state(req.ID, helpdesk.Ringing)
	wait(c.box, "that she is busy", func(m *helpdesk.Presence) bool { return m.Free["ar"] == 0 && m.Free["en"] == 1 })
	accepted, volunteerKey := amina.accept(req.ID)
	if accepted.Resumed || !accepted.LineUp {
		t.Errorf("accepted: %+v", accepted)
	}
	state := c.state(req.ID, helpdesk.InCall)
	if state.Volunteer.Name != "Amina" || state.Volunteer.Languages[0] != "ar" || !state.VolunteerUp || !bytes.Equal(state.PublicKey, volunteerKey.PublicKey().Bytes()) {
		t.Errorf("state: %+v", state)
	}
	if has[*helpdesk.Ring](teresa.box) {
		t.Error("Teresa was rung for Arabic")
	}

	sealT, sealV := seals(t, req, terminalKey, volunteerKey)
	frame, err := sealT.SealContent(&helpdesk.Outline{Page: "address", W: 800, H: 600, Nodes: []helpdesk.Node{{ID: "n1", NodeKind: "heading", Text: "Canary heading words"}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.link.Send(&helpdesk.Frame{ID: req.ID, Data: frame}); err != nil {
		t.Fatal(err)
	}
	got := wait[*helpdesk.Frame](amina.box, "the outline", nil)
	content, err := sealV.OpenContent(helpdesk.TerminalSide, got.Data)
	if o, ok := content.(*helpdesk.Outline); err != nil || !ok || o.Nodes[0].Text != "Canary heading words" {
		t.Errorf("outline: %v, %v", content, err)
	}
	if frame, err = sealV.SealContent(&helpdesk.Point{Element: "n1"}); err != nil {
		t.Fatal(err)
	}
	amina.send(&helpdesk.Frame{ID: req.ID, Data: frame})
	got = wait[*helpdesk.Frame](c.box, "the pointing", nil)
	content, err = sealT.OpenContent(helpdesk.VolunteerSide, got.Data)
	if p, ok := content.(*helpdesk.Point); err != nil || !ok || p.Element != "n1" {
		t.Errorf("point: %v, %v", content, err)
	}

	// Nobody else can speak into the call or end it.
	teresa.send(&helpdesk.Frame{ID: req.ID, Data: []byte("intruder")})
	teresa.send(&helpdesk.Hangup{ID: req.ID})
	teresa.send(&helpdesk.Decline{ID: req.ID})
	teresa.send(&helpdesk.After{ID: req.ID, Codes: []string{"x"}})
	wait(teresa.box, "a refusal", func(m *helpdesk.Refused) bool { return m.ID == req.ID })
	other := r.terminal("t2")
	wait[*helpdesk.Presence](other.box, "who is free", nil)
	if err := other.link.Send(&helpdesk.Frame{ID: req.ID, Data: []byte("intruder")}); err != nil {
		t.Fatal(err)
	}
	if err := other.link.Send(&helpdesk.Hangup{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	wait(other.box, "a refusal", func(m *helpdesk.Refused) bool { return m.ID == req.ID })
	if has[*helpdesk.Frame](c.box) || has[*helpdesk.Frame](amina.box) || has[*helpdesk.CallState](c.box) {
		t.Error("an intruder got through")
	}

	amina.send(&helpdesk.Hangup{ID: req.ID})
	if e := wait[*helpdesk.Ended](amina.box, "the end", nil); e.Why != "volunteer" {
		t.Errorf("ended: %+v", e)
	}
	if s := c.state(req.ID, helpdesk.Over); s.Why != "volunteer" {
		t.Errorf("ended: %+v", s)
	}
	amina.send(&helpdesk.After{ID: req.ID, Codes: []string{"postcode-form"}})
	d := wait(amina.box, "the call on the desk", func(m *helpdesk.Desk) bool { return len(m.Calls) == 1 && len(m.Calls[0].Codes) == 1 })
	if p := d.Calls[0]; p.Ended != "volunteer" || p.Language != "ar" || p.GuideName != "new-address" || p.Codes[0] != "postcode-form" {
		t.Errorf("kept: %+v", p)
	}
	// Nothing of what was said is in the hub's files.
	r.stop()
	files, err := filepath.Glob(filepath.Join(r.o.Dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, []byte("Canary")) {
			t.Errorf("%s has words of the page", name)
		}
	}
}

// However many say yes at the same moment, one has it.
func TestOneAccepts(t *testing.T) {
	r := newRig(t, quick(Options{}))
	var desks []*desk
	for _, name := range []string{"A", "B", "C", "D"} {
		desks = append(desks, r.volunteer(name, "en"))
	}
	c := r.terminal("t1")
	for range 5 {
		req, _ := c.ask("en")
		c.state(req.ID, helpdesk.Ringing)
		var yes atomic.Int32
		var wg sync.WaitGroup
		for _, d := range desks {
			wg.Go(func() {
				key, err := helpdesk.NewKey()
				if err != nil {
					t.Error(err)
					return
				}
				d.send(&helpdesk.Accept{ID: req.ID, PublicKey: key.PublicKey().Bytes()})
				limit := time.Now().Add(patience)
				for time.Now().Before(limit) {
					d.mu.Lock()
					for i, m := range d.all {
						switch m := m.(type) {
						case *helpdesk.Accepted:
							if m.ID == req.ID {
								yes.Add(1)
								d.all = d.all[i+1:]
								d.mu.Unlock()
								return
							}
						case *helpdesk.Taken:
							if m.ID == req.ID {
								d.all = d.all[i+1:]
								d.mu.Unlock()
								return
							}
						}
					}
					d.mu.Unlock()
					time.Sleep(5 * time.Millisecond)
				}
				t.Errorf("%s was never answered", d.name)
			})
		}
		wg.Wait()
		if yes.Load() != 1 {
			t.Fatalf("%d accepted", yes.Load())
		}
		if err := c.link.Send(&helpdesk.Hangup{ID: req.ID}); err != nil {
			t.Fatal(err)
		}
		c.state(req.ID, helpdesk.Over)
	}
}

// insertOpen puts a request into the database of a terminal that is not there.
func (s *store) insertOpen(t *testing.T, terminal string) (id string, r row, err error) {
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	req := helpdesk.Request{ID: helpdesk.NewID(), Languages: []string{"en"}, Mode: helpdesk.Voice, PublicKey: key.PublicKey().Bytes(), Signature: []byte{1}}
	r, err = s.insert("", terminal, req, helpdesk.Now())
	return req.ID, r, err
}

// Declined or not answered: somebody else is rung, and after everybody the first again.
func TestOfferedAgain(t *testing.T) {
	for name, pass := range map[string]func(d *desk, id string){
		"declined":     func(d *desk, id string) { d.send(&helpdesk.Decline{ID: id}) },
		"not answered": func(d *desk, id string) {},
		"page closed":  func(d *desk, id string) { d.close() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, quick(Options{RingFor: 300 * time.Millisecond, RingAgain: 50 * time.Millisecond}))
			desks := map[string]*desk{"A": r.volunteer("A", "en"), "B": r.volunteer("B", "en")}
			c := r.terminal("t1")
			req, _ := c.ask("en")
			first, second := desks["A"], desks["B"]
			c.state(req.ID, helpdesk.Ringing)
			rows, err := r.hub.store.live()
			if err != nil || len(rows) != 1 {
				t.Fatal(rows, err)
			}
			if p, _, err := r.hub.store.signedIn(first.cookie[0].Value, helpdesk.Now()); err != nil {
				t.Fatal(err)
			} else if rows[0].LeaseOwner != p.ID {
				first, second = second, first
			}
			first.ring(req.ID)
			pass(first, req.ID)
			second.ring(req.ID)
			if name != "page closed" {
				if taken := wait(first.box, "that it is over", func(m *helpdesk.Taken) bool { return m.ID == req.ID }); taken.By != "" {
					t.Errorf("taken by %q, though nobody had it", taken.By)
				}
				pass(second, req.ID)
				first.ring(req.ID)
				first.accept(req.ID)
			} else {
				second.accept(req.ID)
			}
			c.state(req.ID, helpdesk.InCall)
		})
	}
}

// A ring that ran out cannot be accepted any more, even before anybody else has it.
func TestTooLate(t *testing.T) {
	r := newRig(t, quick(Options{RingFor: 100 * time.Millisecond, RingAgain: time.Hour}))
	d := r.volunteer("A", "en")
	c := r.terminal("t1")
	req, _ := c.ask("en")
	d.ring(req.ID)
	wait(d.box, "that it is over", func(m *helpdesk.Taken) bool { return m.ID == req.ID })
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	d.send(&helpdesk.Accept{ID: req.ID, PublicKey: key.PublicKey().Bytes()})
	wait(d.box, "that it is too late", func(m *helpdesk.Taken) bool { return m.ID == req.ID })
	c.state(req.ID, helpdesk.Waiting)
}

func TestCancel(t *testing.T) {
	r := newRig(t, Options{})
	d := r.volunteer("Amina", "ar")
	c := r.terminal("t1")
	req, _ := c.ask("ar")
	d.ring(req.ID)
	if err := c.link.Send(&helpdesk.Cancel{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	wait(d.box, "that the person no longer asks", func(m *helpdesk.Cancelled) bool { return m.ID == req.ID })
	if s := c.state(req.ID, helpdesk.Over); s.Why != "citizen" {
		t.Errorf("why: %q", s.Why)
	}
	// Taken back before it came: when it comes, it is over already.
	late, _ := c.request("ar")
	if err := c.link.Send(&helpdesk.Cancel{ID: late.ID}); err != nil {
		t.Fatal(err)
	}
	c.state(late.ID, helpdesk.Over)
	if err := c.link.Send(&helpdesk.AskHelp{Request: late}); err != nil {
		t.Fatal(err)
	}
	c.state(late.ID, helpdesk.Over)
	// The next one is rung, so the late one was not.
	next, _ := c.ask("ar")
	if ring := wait[*helpdesk.Ring](d.box, "a ring", nil); ring.Request.ID != next.ID {
		t.Errorf("rung for %s", ring.Request.ID)
	}
}

// The terminal's line is cut and comes back; the page is loaded again; both find their call.
func TestResume(t *testing.T) {
	r := newRig(t, Options{})
	d := r.volunteer("Amina", "ar")
	c := r.terminal("t1")
	req, terminalKey := c.ask("ar")
	d.ring(req.ID)
	_, volunteerKey := d.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	sealT, sealV := seals(t, req, terminalKey, volunteerKey)

	c.cut()
	wait(d.box, "that the line is lost", func(m *helpdesk.Line) bool { return !m.Up })
	c.dial()
	wait(d.box, "that the line is back", func(m *helpdesk.Line) bool { return m.Up })
	if s := c.state(req.ID, helpdesk.InCall); !bytes.Equal(s.PublicKey, volunteerKey.PublicKey().Bytes()) {
		t.Error("another key after the line was back")
	}
	frame, err := sealT.SealContent(&helpdesk.Consent{See: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.link.Send(&helpdesk.Frame{ID: req.ID, Data: frame}); err != nil {
		t.Fatal(err)
	}
	if _, err := sealV.OpenContent(helpdesk.TerminalSide, wait[*helpdesk.Frame](d.box, "a frame", nil).Data); err != nil {
		t.Error(err)
	}

	// Reload: the page has lost its key and takes the call up with a new one.
	d.close()
	if s := wait(c.box, "that her line is lost", func(m *helpdesk.CallState) bool { return m.State == helpdesk.InCall && !m.VolunteerUp }); s.ID != req.ID {
		t.Errorf("state: %+v", s)
	}
	if m := d.open(nil); m.Call == nil || m.Call.Request.ID != req.ID {
		t.Errorf("her open call is not on the desk: %+v", m)
	}
	accepted, newKey := d.accept(req.ID)
	if !accepted.Resumed {
		t.Error("not told that it goes on")
	}
	s := wait(c.box, "her new key", func(m *helpdesk.CallState) bool {
		return m.State == helpdesk.InCall && bytes.Equal(m.PublicKey, newKey.PublicKey().Bytes())
	})
	if !s.VolunteerUp {
		t.Error("she is there again")
	}

	// Her line was cut, the page is the same: the key as well.
	d.close()
	d.open(&helpdesk.Hello{Call: req.ID})
	if a := wait[*helpdesk.Accepted](d.box, "that it goes on", nil); !a.Resumed || !a.LineUp {
		t.Errorf("accepted: %+v", a)
	}
	if err := c.link.Send(&helpdesk.Hangup{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	if e := wait[*helpdesk.Ended](d.box, "the end", nil); e.Why != "citizen" {
		t.Errorf("ended: %+v", e)
	}
	// A page that still shows the call after it is over is told so.
	d.close()
	d.open(&helpdesk.Hello{Call: req.ID})
	if e := wait[*helpdesk.Ended](d.box, "that it is over", nil); e.ID != req.ID || e.Why != "citizen" {
		t.Errorf("ended: %+v", e)
	}
}

// The volunteer does not come back: somebody else is rung. The terminal does not: the volunteer is free again, and rung when
// the terminal is back after all.
func TestGrace(t *testing.T) {
	r := newRig(t, quick(Options{Grace: 300 * time.Millisecond}))
	a := r.volunteer("A", "en")
	c := r.terminal("t1")
	req, _ := c.ask("en")
	a.ring(req.ID)
	a.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	b := r.volunteer("B", "en")
	a.close()
	c.state(req.ID, helpdesk.Reoffered)
	b.ring(req.ID)
	b.accept(req.ID)
	if s := c.state(req.ID, helpdesk.InCall); s.Volunteer.Name != "B" {
		t.Errorf("with %s", s.Volunteer.Name)
	}
	a.open(nil)
	a.send(&helpdesk.Hello{Call: req.ID})
	if e := wait[*helpdesk.Ended](a.box, "that somebody else has it", nil); e.Why != "other" {
		t.Errorf("ended: %+v", e)
	}
	c.cut()
	if e := wait[*helpdesk.Ended](b.box, "the end", nil); e.Why != "line" {
		t.Errorf("ended: %+v", e)
	}
	c.dial()
	c.state(req.ID, helpdesk.Reoffered)
	b.ring(req.ID)
	b.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
}

// What is in the database is offered by the hub that opens it next; a call goes on.
func TestRestart(t *testing.T) {
	r := newRig(t, Options{})
	c := r.terminal("t1")
	waiting, _ := c.ask("ar")
	wait(c.box, "that it is queued", func(m *helpdesk.Queued) bool { return m.ID == waiting.ID })
	d := r.volunteer("Teresa", "en")
	talking, _ := c.ask("en")
	d.ring(talking.ID)
	d.accept(talking.ID)
	c.cut()
	r.stop()
	d.close()

	r.start()
	c.o.URL = "wss" + strings.TrimPrefix(r.terminals.URL, "https") + "/terminal/ws"
	c.o.TLS.RootCAs.AddCert(r.terminals.Certificate())
	c.dial()
	c.state(talking.ID, helpdesk.InCall)
	d.open(&helpdesk.Hello{Call: talking.ID})
	amina := r.volunteer("Amina", "ar")
	amina.ring(waiting.ID)
	if err := c.link.Send(&helpdesk.Frame{ID: talking.ID, Data: []byte("sealed")}); err != nil {
		t.Fatal(err)
	}
	wait[*helpdesk.Frame](d.box, "a frame of the call that goes on", nil)
	r.t.Cleanup(r.stop)
}

// Availability: paused nobody is rung; a second window closes the first.
func TestDesk(t *testing.T) {
	r := newRig(t, quick(Options{}))
	d := r.volunteer("Amina", "ar")
	d.send(&helpdesk.Available{On: false, Minutes: 10})
	m := wait(d.box, "that she pauses", func(m *helpdesk.Desk) bool { return !m.Available })
	if m.Until <= helpdesk.Now() || m.Me.Name != "Amina" || m.Me.Role != "volunteer" || m.Volunteers.Here != 1 || m.Volunteers.Free != 0 {
		t.Errorf("desk: %+v", m)
	}
	c := r.terminal("t1")
	req, _ := c.ask("ar")
	wait(d.box, "somebody waiting", func(m *helpdesk.Desk) bool { return m.Waiting["ar"] == 1 })
	if has[*helpdesk.Ring](d.box) {
		t.Error("rung while pausing")
	}
	first := d.ended
	d.open(nil) // another window, the same person
	if code := <-first; code != closeElsewhere {
		t.Errorf("the first window was closed with %d", code)
	}
	d.send(&helpdesk.Available{On: true})
	d.ring(req.ID)

	if err := c.link.Send(&helpdesk.Cancel{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	c.state(req.ID, helpdesk.Over)
	// The pause ends by itself.
	p, _, err := r.hub.store.signedIn(d.cookie[0].Value, helpdesk.Now())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.hub.store.setAvailable(p.ID, false, helpdesk.Now()-1); err != nil {
		t.Fatal(err)
	}
	r.hub.ring()
	wait(d.box, "that the pause is over", func(m *helpdesk.Desk) bool { return m.Available && m.Until == 0 })
}

// The order of languages counts before anything else.
func TestSecondChoice(t *testing.T) {
	r := newRig(t, Options{})
	second := r.volunteer("Second", "fr")
	first := r.volunteer("First", "ar")
	c := r.terminal("t1")
	req, _ := c.ask("ar", "fr")
	first.ring(req.ID)
	other, _ := c.ask("ar", "fr") // the first is busy: the second choice
	if ring := second.ring(other.ID); ring.Language != "fr" {
		t.Errorf("rung in %s", ring.Language)
	}
}

// Messages that are not allowed close the connection with the reason; requests that are not the terminal's are refused.
func TestRefused(t *testing.T) {
	r := newRig(t, Options{})
	for name, text := range map[string]string{
		"not JSON": "hello", "wrong role": `{"type":"queued","id":"` + helpdesk.NewID() + `","rev":1,"ahead":0,"free":0}`, "unknown": `{"type":"fill","value":"x"}`,
		"too large": `{"type":"hello","call":"` + strings.Repeat("x", helpdesk.MaxMessage) + `"}`,
	} {
		d := r.volunteer(name, "en")
		if err := d.conn.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			t.Fatal(err)
		}
		want := closeRefused
		if name == "too large" {
			want = websocket.CloseMessageTooBig
		}
		if code := <-d.ended; code != want && code != 0 && code != websocket.CloseAbnormalClosure {
			t.Errorf("%s: closed with %d", name, code)
		} else if name != "too large" && code != want {
			t.Errorf("%s: closed with %d", name, code)
		}
		d.ended <- 0
	}
	flood := r.volunteer("flood", "en")
	for range 2 * burst {
		if flood.conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`)) != nil {
			break
		}
	}
	if code := <-flood.ended; code != closeRefused && code != 0 && code != websocket.CloseAbnormalClosure {
		t.Errorf("flood: closed with %d", code)
	}
	flood.ended <- 0

	c := r.terminal("t1")
	forged, _ := c.request("en")
	forged.Signature[len(forged.Signature)-1] ^= 1
	if err := c.link.Send(&helpdesk.AskHelp{Request: forged}); err != nil {
		t.Fatal(err)
	}
	wait(c.box, "a refusal", func(m *helpdesk.Refused) bool { return m.ID == forged.ID })
	for range maxLive {
		req, _ := c.ask("en")
		wait(c.box, "that it is queued", func(m *helpdesk.Queued) bool { return m.ID == req.ID })
	}
	much, _ := c.ask("en")
	wait(c.box, "a refusal", func(m *helpdesk.Refused) bool { return m.ID == much.ID })
}

// Only our own pages with somebody signed in open the desk.
func TestSignIn(t *testing.T) {
	r := newRig(t, Options{})
	d := r.volunteer("Amina", "ar")
	admin := r.join(Person{Name: "Nadia", Role: Admin})
	url := "ws" + strings.TrimPrefix(r.people.URL, "http") + "/desk/ws"
	cookie := d.cookie[0].Name + "=" + d.cookie[0].Value
	for name, h := range map[string]http.Header{
		"nobody":         {"Origin": {r.people.URL}},
		"other page":     {"Origin": {"http://evil.example"}, "Cookie": {cookie}},
		"no page":        {"Cookie": {cookie}},
		"null origin":    {"Origin": {"null"}, "Cookie": {cookie}},
		"wrong cookie":   {"Origin": {r.people.URL}, "Cookie": {cookie + "x"}},
		"admin's cookie": {"Origin": {r.people.URL}, "Cookie": {"handrail_volunteer=" + admin[0].Value}},
	} {
		conn, _, err := websocket.DefaultDialer.Dial(url, h)
		if err == nil {
			conn.Close()
			t.Errorf("%s: the desk opened", name)
		}
	}
	c := d.cookie[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode {
		t.Errorf("cookie: %+v", c)
	}
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	get := func(method, path, cookie string) (int, string) {
		t.Helper()
		req, err := http.NewRequest(method, r.people.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Cookie", cookie)
		resp, err := (&http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		b.ReadFrom(resp.Body)
		return resp.StatusCode, b.String()
	}
	if status, body := get("GET", "/api/desk/me", cookie); status != 200 || !strings.Contains(body, `"name":"Amina"`) {
		t.Errorf("me: %d %s", status, body)
	}
	if status, _ := get("GET", "/api/admin/desk", cookie); status != http.StatusUnauthorized {
		t.Errorf("a volunteer sees the admin's desk: %d", status)
	}
	adminCookie := admin[0].Name + "=" + admin[0].Value
	if status, body := get("GET", "/api/admin/desk", adminCookie); status != 200 || !strings.Contains(body, `"here":true`) || strings.Contains(body, "null") {
		t.Errorf("the admin's desk: %d %s", status, body)
	}
	if status, _ := get("GET", "/healthz", ""); status != 200 {
		t.Errorf("healthz: %d", status)
	}
	// An invitation works once.
	path, _, err := r.hub.Invite(Person{Name: "Yusuf", Role: Admin})
	if err != nil {
		t.Fatal(err)
	}
	if status, _ := get("GET", path, ""); status != http.StatusSeeOther {
		t.Errorf("join: %d", status)
	}
	for _, p := range []string{path, "/join/x"} {
		if status, _ := get("GET", p, ""); status != http.StatusForbidden {
			t.Errorf("%s: %d", p, status)
		}
	}
	// In the browser in which it was opened, its link still leads home; in another's it does not.
	again, _, err := r.hub.Invite(Person{Name: "Yusuf", Role: Admin})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Get(r.people.URL + again)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if status, _ := get("GET", again, resp.Cookies()[0].Name+"="+resp.Cookies()[0].Value); status != http.StatusSeeOther {
		t.Errorf("opened again by the same person: %d", status)
	}
	if status, _ := get("GET", again, adminCookie); status != http.StatusForbidden {
		t.Errorf("opened again by somebody else: %d", status)
	}
	for _, bad := range []Person{{Name: "", Role: Admin}, {Name: "X", Role: "root"}, {Name: "X", Role: Volunteer}, {Name: "X", Role: Volunteer, Languages: []helpdesk.Skill{{Code: "<>"}}}} {
		if _, _, err := r.hub.Invite(bad); err == nil {
			t.Errorf("invited %+v", bad)
		}
	}
	// Signing out closes the desk and the cookie opens nothing any more.
	if status, _ := get("POST", "/api/desk/sign-out", cookie); status != http.StatusNoContent {
		t.Errorf("sign-out: %d", status)
	}
	if code := <-d.ended; code != closeOut {
		t.Errorf("closed with %d", code)
	}
	d.ended <- 0
	if status, _ := get("GET", "/api/desk/me", cookie); status != http.StatusUnauthorized {
		t.Errorf("me after signing out: %d", status)
	}
}

// The waiting time told is the one measured, from three requests on.
func TestEstimate(t *testing.T) {
	r := newRig(t, Options{})
	now := helpdesk.Now()
	for i, wait := range []int64{10_000, 40_000, 90_000} {
		if r.hub.estimate("en") != nil {
			t.Fatalf("an estimate out of %d", i)
		}
		id, _, err := r.hub.store.insertOpen(t, "x")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.hub.store.exec(r.hub.store.db, `UPDATE help_request SET created_at = ?, accepted_at = ?, state = 'ended' WHERE id = ?`, now-wait, now, id); err != nil {
			t.Fatal(err)
		}
	}
	if e := r.hub.estimate("en"); e == nil || *e != 40 {
		t.Errorf("estimate: %v", e)
	}
}
