// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"encoding/json"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"handrail/helpdesk"
)

// ofPlace is a volunteer of the terminals' place.
func (r *rig) ofPlace(name string) *desk {
	r.t.Helper()
	p := Person{Name: name, Role: Volunteer, Languages: []helpdesk.Skill{{Code: "en", Speak: true}}, Places: []string{"Library"}}
	d := &desk{box: newBox(r.t, name), person: p, cookie: r.join(p), rig: r}
	d.open(nil)
	r.t.Cleanup(func() { d.close() })
	return d
}

func (d *desk) bells(n int) []helpdesk.Rung {
	d.t.Helper()
	return wait(d.box, "a desk with bells", func(m *helpdesk.Desk) bool { return len(m.Bells) == n }).Bells
}

func (c *caller) bell(id string, want helpdesk.BellState) *helpdesk.BellNow {
	c.t.Helper()
	return wait(c.box, "bell "+string(want), func(m *helpdesk.BellNow) bool { return m.ID == id && m.State == want })
}

// A bell rings at the desks of the place and at the admins', nowhere else; who comes is told to the terminal.
func TestBell(t *testing.T) {
	r := newRig(t, quick(Options{}))
	near, far := r.ofPlace("Noor"), r.volunteer("Far", "en")
	admin := r.join(Person{Name: "Ada", Role: Admin})
	c := r.terminal("t1")
	id := helpdesk.NewID()
	for range 2 { // twice is once
		if err := c.link.Send(&helpdesk.Bell{ID: id, Language: "ar"}); err != nil {
			t.Fatal(err)
		}
	}
	c.bell(id, helpdesk.BellRung)
	if b := near.bells(1)[0]; b.ID != id || b.Place != "Library" || b.Terminal != "Terminal t1" || b.Language != "ar" || b.Later || b.By != "" {
		t.Errorf("at the desk: %+v", b)
	}
	report := get(t, r, admin)
	if len(report.Bells) != 1 || report.Bells[0].ID != id {
		t.Errorf("admins see %+v", report.Bells)
	}
	far.send(&helpdesk.Come{ID: id})
	if refused := first[*helpdesk.Refused](far.box); refused.ID != id {
		t.Errorf("%+v", refused)
	}
	near.send(&helpdesk.Come{ID: id})
	if b := c.bell(id, helpdesk.BellComing); b.By != "Noor" {
		t.Errorf("%+v", b)
	}
	// Somebody else who comes too does not take it over; whoever is there ends it.
	if status := post(t, r, admin, "/api/admin/bells/"+id+"/come"); status != http.StatusNoContent {
		t.Errorf("come: %d", status)
	}
	if report = get(t, r, admin); report.Bells[0].By != "Noor" {
		t.Errorf("%+v", report.Bells)
	}
	if status := post(t, r, admin, "/api/admin/bells/"+id+"/settled"); status != http.StatusNoContent {
		t.Errorf("settled: %d", status)
	}
	c.bell(id, helpdesk.BellOver)
	near.bells(0)
	if status := post(t, r, admin, "/api/admin/bells/"+id+"/settled"); status != http.StatusConflict {
		t.Errorf("settled twice: %d", status)
	}
	far.mu.Lock()
	for _, m := range far.all {
		if d, ok := m.(*helpdesk.Desk); ok && len(d.Bells) > 0 {
			t.Errorf("a volunteer of elsewhere sees %+v", d.Bells)
		}
	}
	far.mu.Unlock()
	// The citizen takes one back, and the terminal is not in the room of another's bell.
	id = helpdesk.NewID()
	if err := c.link.Send(&helpdesk.Bell{ID: id, Language: "en"}); err != nil {
		t.Fatal(err)
	}
	near.bells(1)
	other := r.terminal("t2")
	if err := other.link.Send(&helpdesk.Bell{ID: id, Language: "en"}); err != nil {
		t.Fatal(err)
	}
	if refused := first[*helpdesk.Refused](other.box); refused.ID != id {
		t.Errorf("%+v", refused)
	}
	if err := c.link.Send(&helpdesk.Cancel{ID: id}); err != nil {
		t.Fatal(err)
	}
	c.bell(id, helpdesk.BellOver)
	near.bells(0)
}

// A number that somebody took home is kept until it is dealt with, whatever becomes of terminal and hub; a bell at which
// nobody can wait any more is not.
func TestBellLater(t *testing.T) {
	o := quick(Options{Dir: t.TempDir()})
	r := newRig(t, o)
	near := r.ofPlace("Noor")
	c := r.terminal("t1")
	number := &helpdesk.Bell{ID: helpdesk.NewID(), Language: "ar", Later: true, Number: "417203"}
	for _, m := range []*helpdesk.Bell{number, {ID: helpdesk.NewID(), Language: "en"}} {
		if err := c.link.Send(m); err != nil {
			t.Fatal(err)
		}
		c.bell(m.ID, helpdesk.BellRung)
	}
	near.bells(2)
	c.cut()
	r.stop()
	near.close()
	o.Expire = time.Millisecond
	r.o = o
	r.start()
	r.t.Cleanup(func() { r.stop() })
	near.rig = r
	again := near.open(nil)
	if len(again.Bells) != 1 {
		t.Fatalf("after the hub began anew: %+v", again.Bells)
	}
	if b := again.Bells[0]; b.Number != "417203" || !b.Later || b.Language != "ar" {
		t.Errorf("%+v", b)
	}
	near.send(&helpdesk.Settled{ID: number.ID})
	near.bells(0)
}

// The statements are the same on both databases.
func TestBellRows(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { bellRows(t, opened(t, filepath.Join(t.TempDir(), "desk.db"), "")) })
	t.Run("postgres", func(t *testing.T) { bellRows(t, opened(t, "", ownDatabase(t))) })
}

func bellRows(t *testing.T, s *store) {
	at := Terminal{ID: "t1", Name: "Terminal 1", Place: "Library"}
	now := &helpdesk.Bell{ID: helpdesk.NewID(), Language: "ar"}
	later := &helpdesk.Bell{ID: helpdesk.NewID(), Language: "ar", Later: true, Number: "417203"}
	for _, m := range []*helpdesk.Bell{now, later, now} {
		b := must[rung](t)(s.ringBell(at, m, 1000))
		if b.ID != m.ID || b.Later != m.Later || b.terminal != "t1" || b.At != 1000 {
			t.Errorf("%+v", b)
		}
	}
	if all := must[[]rung](t)(s.bells()); len(all) != 2 {
		t.Errorf("%d bells", len(all))
	}
	if !must[bool](t)(s.come(now.ID, "Noor")) || must[bool](t)(s.come(now.ID, "Eve")) {
		t.Error("who comes first is the one")
	}
	if !must[bool](t)(s.settle(now.ID, 2000)) || must[bool](t)(s.settle(now.ID, 3000)) {
		t.Error("a bell ends once")
	}
	if err := s.forgetBells(2000 + (25 * time.Hour).Milliseconds()); err != nil {
		t.Fatal(err)
	}
	if all := must[[]rung](t)(s.bellsWhere(`id <> ''`)); len(all) != 1 || all[0].Number != "417203" {
		t.Errorf("%+v", all)
	}
	if err := s.forgetBells(1001 + ticketLife.Milliseconds()); err != nil {
		t.Fatal(err)
	}
	if all := must[[]rung](t)(s.bellsWhere(`id <> ''`)); len(all) != 0 {
		t.Errorf("%+v", all)
	}
}

func get(t *testing.T, r *rig, cookies []*http.Cookie) (d DeskReport) {
	t.Helper()
	resp := asAdmin(t, r, cookies, http.MethodGet, "/api/admin/desk")
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&d); err != nil {
		t.Fatal(err)
	}
	return d
}

func post(t *testing.T, r *rig, cookies []*http.Cookie, path string) int {
	t.Helper()
	resp := asAdmin(t, r, cookies, http.MethodPost, path)
	resp.Body.Close()
	return resp.StatusCode
}

func asAdmin(t *testing.T, r *rig, cookies []*http.Cookie, method, path string) *http.Response {
	t.Helper()
	req, err := http.NewRequest(method, r.people.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cookies {
		req.AddCookie(c)
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
