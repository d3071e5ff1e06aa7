// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"handrail/helpdesk"
)

// three hubs on one database.
func three(t *testing.T, o Options, bus func(i int) Bus) (hubs [3]*rig) {
	t.Helper()
	o.DB = ownDatabase(t)
	for i := range hubs {
		hubs[i] = newRigOn(t, o, func() Bus { return bus(i) })
	}
	return hubs
}

// move points a terminal to another hub.
func (c *caller) move(to *rig) {
	c.cut()
	c.o.URL = "wss" + strings.TrimPrefix(to.terminals.URL, "https") + "/terminal/ws"
	c.o.TLS.RootCAs.AddCert(to.terminals.Certificate())
	c.dial()
}

// move opens a volunteer's desk at another hub; the cookie is good everywhere.
func (d *desk) move(to *rig, hello *helpdesk.Hello) {
	d.close()
	d.rig = to
	d.open(hello)
}

// The terminal's line is at one hub, the volunteer's at another; both move to others; the call goes on, is handed over and
// ends. Once with NATS between the hubs, and once with nothing: then the sweep finds what nobody rang for.
func TestThreeHubs(t *testing.T) {
	t.Run("nats", func(t *testing.T) {
		c := servers(t, 3)
		threeHubs(t, three(t, Options{Sweep: 500 * time.Millisecond}, func(i int) Bus {
			b, err := OpenBus(c.URL(i), nil)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}), true)
	})
	t.Run("every ring is lost", func(t *testing.T) {
		threeHubs(t, three(t, quick(Options{}), func(int) Bus { return NewBell() }), false)
	})
}

func threeHubs(t *testing.T, hubs [3]*rig, frames bool) {
	amina, ben := hubs[1].volunteer("Amina", "ar"), hubs[2].volunteer("Ben", "ar")
	c := hubs[0].terminal("t1")
	wait(c.box, "that both are free", func(m *helpdesk.Presence) bool { return m.Free["ar"] == 2 })
	req, terminalKey := c.ask("ar")
	first, second := amina, ben
	for !has[*helpdesk.Ring](first.box) {
		first, second = second, first
		time.Sleep(2 * time.Millisecond)
	}
	first.ring(req.ID)
	_, volunteerKey := first.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	talk := func(d *desk, what string) {
		t.Helper()
		if !frames {
			return
		}
		sealT, sealV := seals(t, req, terminalKey, volunteerKey)
		frame, err := sealT.SealContent(&helpdesk.Consent{Talk: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.link.Send(&helpdesk.Frame{ID: req.ID, Data: frame}); err != nil {
			t.Fatal(err)
		}
		if _, err := sealV.OpenContent(helpdesk.TerminalSide, wait[*helpdesk.Frame](d.box, what, nil).Data); err != nil {
			t.Error(err)
		}
		if frame, err = sealV.SealContent(&helpdesk.Bye{}); err != nil {
			t.Fatal(err)
		}
		d.send(&helpdesk.Frame{ID: req.ID, Data: frame})
		wait[*helpdesk.Frame](c.box, what, nil)
	}
	talk(first, "a frame between two hubs")

	c.move(hubs[1])
	c.state(req.ID, helpdesk.InCall)
	talk(first, "a frame after the terminal moved")
	// The volunteer's hub stops; the page comes back at another.
	gone := first.rig
	gone.stop()
	first.move(hubs[0], &helpdesk.Hello{Call: req.ID})
	if a := wait[*helpdesk.Accepted](first.box, "that it goes on", nil); !a.Resumed {
		t.Errorf("accepted: %+v", a)
	}
	if gone == hubs[1] {
		c.move(hubs[2])
		c.state(req.ID, helpdesk.InCall)
	}
	talk(first, "a frame after a hub stopped")

	first.send(&helpdesk.HandOver{ID: req.ID})
	if e := wait[*helpdesk.Ended](first.box, "that it is handed over", nil); e.Why != "other" {
		t.Errorf("ended: %+v", e)
	}
	c.state(req.ID, helpdesk.Reoffered)
	second.ring(req.ID)
	second.accept(req.ID)
	if s := c.state(req.ID, helpdesk.InCall); s.Volunteer.Name != second.name {
		t.Errorf("with %s", s.Volunteer.Name)
	}
	if err := c.link.Send(&helpdesk.Hangup{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	if e := wait[*helpdesk.Ended](second.box, "the end", nil); e.Why != "citizen" {
		t.Errorf("ended: %+v", e)
	}
	c.state(req.ID, helpdesk.Over)
}

// The same desk opened at two hubs, the same terminal at two: the later one counts, the earlier one is closed.
func TestElsewhere(t *testing.T) {
	c := servers(t, 1)
	hubs := three(t, Options{}, func(int) Bus {
		b, err := OpenBus(c.URL(0), nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	})
	d := hubs[0].volunteer("Amina", "ar")
	older := d.ended
	d.rig = hubs[1]
	d.open(nil)
	if code := <-older; code != closeElsewhere {
		t.Errorf("the first window was closed with %d", code)
	}
	term := hubs[2].terminal("t1")
	req, _ := term.ask("ar")
	d.ring(req.ID)
	// Signing out at a third hub closes it wherever it is.
	r, err := http.NewRequest("POST", hubs[2].people.URL+"/api/desk/sign-out", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(d.cookie[0])
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	resp, err := tr.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if code := <-d.ended; code != closeOut {
		t.Errorf("closed with %d", code)
	}
	d.ended <- 0
	term.state(req.ID, helpdesk.Waiting)
	hubs[0].hub.Disconnect("t1", "revoked") // its line is at the third
	eventuallyTrue(t, "the terminal is out", func() bool { return strings.Contains(term.link.Reason(), "revoked") })
}

func eventuallyTrue(t *testing.T, what string, f func() bool) {
	t.Helper()
	for limit := time.Now().Add(patience); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatalf("never came true: %s", what)
		}
	}
}

// The database is away for a while: nobody is taken for gone, nothing is lost, and the terminal is told to come again.
func TestDatabaseAway(t *testing.T) {
	dsn := ownDatabase(t)
	r := newRig(t, Options{DB: dsn, Sweep: 50 * time.Millisecond})
	d := r.volunteer("Amina", "ar")
	c := r.terminal("t1")
	talking, _ := c.ask("ar")
	d.ring(talking.ID)
	d.accept(talking.ID)
	c.state(talking.ID, helpdesk.InCall)
	shared.pg.Crash()
	asked, _ := c.ask("ar")
	eventuallyTrue(t, "the hub notices", func() bool { return counted(t, r.hub, "handrail_database_errors_total") > 0 })
	if status := healthz(t, r); status != http.StatusServiceUnavailable {
		t.Errorf("healthz without a database: %d", status)
	}
	if err := shared.pg.Start(); err != nil {
		t.Fatal(err)
	}
	wait(c.box, "that the request is on disk", func(m *helpdesk.Queued) bool { return m.ID == asked.ID })
	row, err := r.hub.store.get(talking.ID)
	if err != nil || row.State != accepted {
		t.Errorf("the call is %s: %v", row.State, err)
	}
	if status := healthz(t, r); status != http.StatusOK {
		t.Errorf("healthz: %d", status)
	}
}

func healthz(t *testing.T, r *rig) int {
	t.Helper()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr}).Get(r.people.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// counted reads one figure of /metrics.
func counted(t *testing.T, h *Hub, name string) float64 {
	t.Helper()
	families, err := h.count.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			m := f.GetMetric()[0]
			return m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	t.Fatalf("there is no figure %s", name)
	return 0
}
