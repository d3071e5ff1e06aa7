// SPDX-License-Identifier: Apache-2.0

package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"handrail/provisioning"
)

// report gives a terminal's heartbeat as it comes over the line.
func (o *office) report(t *testing.T, id string, h provisioning.Health) {
	t.Helper()
	text, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Heard(id, text); err != nil {
		t.Fatal(err)
	}
}

func (o *office) overview(t *testing.T) Overview {
	t.Helper()
	w := httptest.NewRecorder()
	o.Admin(func(*http.Request) (string, bool) { return "Nadia", true }).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/admin/overview", nil))
	var v Overview
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	if strings.Contains(w.Body.String(), "null") {
		t.Errorf("a list is null: %s", w.Body)
	}
	return v
}

func TestOverview(t *testing.T) {
	o := newOffice(t)
	if v := o.overview(t); v.Level != "ok" || v.Summary != "No terminal is enrolled yet." {
		t.Errorf("an empty office: %+v", v)
	}
	id, err := o.enrol(t, t.TempDir(), o.code(t, true))
	if err != nil {
		t.Fatal(err)
	}
	if v := o.overview(t); v.Level != "nearly" || v.Terminals[0].State != silent || v.Todo[0].What != "Start Terminal 1" {
		t.Errorf("never started: %+v", v)
	}

	fine := provisioning.Health{Version: "1.0", Sessions: 3, InUse: true, InUseSince: o.now.UnixMilli(), Counts: map[string]int{"help": 1},
		Devices:     []provisioning.Device{{Name: "reader", State: "reader.ready", OK: true}, {Name: "printer", State: "printer.ready", OK: true}},
		Protections: []provisioning.Protection{{Name: "separate unix user", On: true}, {Name: "firewall", On: false, Why: "A demo changes nothing on the machine."}}}
	o.Line(id.ID, true)
	o.report(t, id.ID, fine)
	v := o.overview(t)
	r := v.Terminals[0]
	if v.Level != "ok" || v.Title != "Everything is all right." || v.Summary != "The only terminal works fully." {
		t.Errorf("all well: %s %q %q", v.Level, v.Title, v.Summary)
	}
	if r.State != works || !r.Connected || !r.InUse || r.Sessions != 3 || r.Counts["help"] != 1 || r.Devices[0].Sentence != "The card reader works." {
		t.Errorf("all well: %+v", r)
	}
	if len(v.Todo) != 1 || v.Todo[0].Urgency != "note" || v.Todo[0].Why == "" {
		t.Errorf("a protection that is off: %+v", v.Todo)
	}
	if v.Sites[0].Sentence != "All well. 1 in use now." {
		t.Errorf("site: %+v", v.Sites)
	}

	// Paper out: works in part, since then, and somebody has to put paper in. The next heartbeat says the same.
	o.later(10 * time.Minute)
	since := o.now.UnixMilli()
	empty := fine
	empty.InUse = false
	empty.Devices = []provisioning.Device{{Name: "reader", State: "reader.ready", OK: true}, {Name: "printer", State: "printer.paper_out"}}
	o.report(t, id.ID, empty)
	o.later(30 * time.Second)
	o.report(t, id.ID, empty)
	v = o.overview(t)
	r = v.Terminals[0]
	if v.Level != "nearly" || r.State != part || r.Sentence != "The printer needs paper. The rest works." || r.Since != since {
		t.Errorf("paper out: %s %+v", v.Level, r)
	}
	if v.Todo[0].What != "Put paper in Terminal 1" || v.Todo[0].Icon != "printer" || v.Todo[0].Urgency != "now" || v.Todo[0].Since != since {
		t.Errorf("paper out: %+v", v.Todo)
	}

	// Nothing heard any more.
	o.Line(id.ID, false)
	o.later(2 * time.Minute)
	v = o.overview(t)
	r = v.Terminals[0]
	if v.Level != "now" || r.State != silent || r.Connected || !strings.HasPrefix(r.Sentence, "Silent since ") || v.Todo[0].Icon != "plug" {
		t.Errorf("silent: %s %+v %+v", v.Level, r, v.Todo)
	}
	if done, err := o.Revoke(id.ID, "Nadia"); !done || err != nil {
		t.Fatal(done, err)
	}
	if v := o.overview(t); len(v.Terminals) != 0 {
		t.Errorf("a revoked terminal is listed: %+v", v.Terminals)
	}
}

func TestHeardRefuses(t *testing.T) {
	o := newOffice(t)
	id, err := o.enrol(t, t.TempDir(), o.code(t, true))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{``, `x`, `{"devices":[{"name":"my reader","state":"x"}]}`, `{"counts":{"Amal Khoury":1}}`, `{"version":"` + strings.Repeat("x", 20<<10) + `"}`} {
		if err := o.Heard(id.ID, []byte(text)); err == nil {
			t.Errorf("%.40s was kept", text)
		}
	}
	// What is not known is left out, not kept.
	if err := o.Heard(id.ID, []byte(`{"version":"2","who":"Amal"}`)); err != nil {
		t.Error(err)
	}
	row, err := o.store.terminal(id.ID)
	if err != nil || strings.Contains(row.Health, "Amal") || !strings.Contains(row.Health, `"version":"2"`) {
		t.Errorf("kept %s, %v", row.Health, err)
	}
}

// Every door of the console is shut for whoever is not an admin.
func TestAdminSignIn(t *testing.T) {
	o := newOffice(t)
	h := o.Admin(func(*http.Request) (string, bool) { return "", false })
	for _, ask := range []string{"GET /api/admin/overview", "GET /api/admin/terminals/x", "POST /api/admin/codes", "GET /api/admin/enrolments",
		"POST /api/admin/enrolments/x/confirm", "POST /api/admin/enrolments/x/refuse", "POST /api/admin/terminals/x/revoke", "GET /api/admin/log"} {
		method, path, _ := strings.Cut(ask, " ")
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(`{"name":"x","place":"y"}`)))
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: %d", ask, w.Code)
		}
	}
	h = o.Admin(func(*http.Request) (string, bool) { return "Nadia", true })
	for ask, want := range map[string]int{
		"POST /api/admin/codes {\"name\":\"T\",\"place\":\"P\"}": 201, "POST /api/admin/codes {\"name\":\"\",\"place\":\"P\"}": 400, "POST /api/admin/codes {": 400,
		"GET /api/admin/terminals/none ": 404, "POST /api/admin/enrolments/none/confirm ": 409, "GET /api/admin/log ": 200, "GET /api/admin/nothing ": 404,
	} {
		parts := strings.SplitN(ask, " ", 3)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(parts[0], parts[1], strings.NewReader(parts[2])))
		if w.Code != want {
			t.Errorf("%s: %d %s, want %d", ask, w.Code, w.Body, want)
		}
	}
}
