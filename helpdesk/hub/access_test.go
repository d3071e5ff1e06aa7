// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/go-webauthn/webauthn/webauthn"

	"handrail/helpdesk"
)

// The statements are the same on both databases.
func TestAccessRows(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { accessRows(t, opened(t, filepath.Join(t.TempDir(), "desk.db"), "")) })
	t.Run("postgres", func(t *testing.T) { accessRows(t, opened(t, "", ownDatabase(t))) })
}

func accessRows(t *testing.T, s *store) {
	const now = int64(1_000_000)
	joined := func(name string) (Person, string) {
		t.Helper()
		token, _, err := s.invite(Person{Name: name, Role: Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}}, now)
		if err != nil {
			t.Fatal(err)
		}
		p, cookie, err := s.join(token, now)
		if err != nil {
			t.Fatal(err)
		}
		return p, cookie
	}
	amina, _ := joined("Amina")
	eve, _ := joined("Eve")
	add := func(p Person, id string, at int64) {
		t.Helper()
		if err := s.addPasskey(p.ID, &webauthn.Credential{ID: []byte(id)}, at); err != nil {
			t.Fatal(err)
		}
	}
	add(amina, "phone", now)
	add(amina, "laptop", now+1)
	add(eve, "eve's", now)
	keys := must[[]PasskeyReport](t)(s.keysOf(amina.ID))
	if len(keys) != 2 || keys[0].Made != now || keys[0].Used != 0 || keys[0].Name != "" {
		t.Fatalf("%+v", keys)
	}
	if err := s.nameKey(amina.ID, keys[0].ID, "  My \n phone "); err != nil {
		t.Fatal(err)
	}
	if err := s.usedPasskey(&webauthn.Credential{ID: []byte("phone")}, now+7); err != nil {
		t.Fatal(err)
	}
	if k := must[[]PasskeyReport](t)(s.keysOf(amina.ID))[0]; k.Name != "My phone" || k.Used != now+7 {
		t.Errorf("%+v", k)
	}
	for what, err := range map[string]error{
		"a long name":        s.nameKey(amina.ID, keys[0].ID, strings.Repeat("x", 41)),
		"somebody else's":    s.nameKey(eve.ID, keys[0].ID, "mine"),
		"no passkey":         s.nameKey(amina.ID, "///", "x"),
		"remove another's":   s.removeKey(eve.ID, keys[0].ID),
		"remove no passkey":  s.removeKey(amina.ID, "///"),
		"remove an unknown":  s.removeKey(amina.ID, "AAAA"),
		"remove Eve's last":  s.removeKey(eve.ID, must[[]PasskeyReport](t)(s.keysOf(eve.ID))[0].ID),
		"remove an empty id": s.removeKey(amina.ID, ""),
	} {
		want := errPasskey
		switch what {
		case "a long name":
			want = errKeyName
		case "remove Eve's last":
			want = errLastKey
		}
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	// Two who take away the last two at the same moment do not both get their way.
	var both sync.WaitGroup
	results := make([]error, 2)
	for i, k := range keys {
		both.Go(func() { results[i] = s.removeKey(amina.ID, k.ID) })
	}
	both.Wait()
	if (results[0] == nil) == (results[1] == nil) || !errors.Is(errors.Join(results...), errLastKey) {
		t.Errorf("removed at once: %v", results)
	}
	if _, err := s.codes(amina.ID); err != nil { // with codes the last passkey may go
		t.Fatal(err)
	}
	if err := s.removeKey(amina.ID, must[[]PasskeyReport](t)(s.keysOf(amina.ID))[0].ID); err != nil {
		t.Error(err)
	}

	// Whose access is taken away has nothing left to come in with, and is gone from every list.
	noor, cookie := joined("Noor")
	add(noor, "noor's", now)
	codes := must[[]string](t)(s.codes(noor.ID))
	if !must[bool](t)(s.dismiss(noor.ID, now+9)) || must[bool](t)(s.dismiss(noor.ID, now+10)) || must[bool](t)(s.dismiss("nobody", now)) {
		t.Error("access is taken away once")
	}
	if _, ok, err := s.signedIn(cookie, now+9); ok || err != nil {
		t.Errorf("still signed in: %v", err)
	}
	if _, _, err := s.recover(codes[0], now+9); !errors.Is(err, errCode) {
		t.Errorf("came back with a code: %v", err)
	}
	if left := must[[]PasskeyReport](t)(s.keysOf(noor.ID)); len(left) != 0 {
		t.Errorf("%+v", left)
	}
	for _, p := range must[[]Person](t)(s.volunteers()) {
		if p.ID == noor.ID {
			t.Error("still in the list")
		}
	}
	if p := must[Person](t)(s.person(noor.ID)); p.Name != "Noor" {
		t.Errorf("the journal has lost a name: %+v", p)
	}
}

// An admin takes away a volunteer's access in the middle of a call: their page is signed out at once, and the person who
// asked is offered to somebody else.
func TestAccessTakenAway(t *testing.T) {
	r := newRig(t, Options{})
	admin := r.join(Person{Name: "Nadia", Role: Admin})[0]
	ask := func(method, path string, cookie *http.Cookie, want int) {
		t.Helper()
		req, err := http.NewRequest(method, r.people.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(cookie)
		resp, err := r.people.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	eve := r.volunteer("Eve", "ar")
	c := r.terminal("t1")
	req, _ := c.ask("ar")
	eve.ring(req.ID)
	eve.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	amina := r.volunteer("Amina", "ar")
	people, err := r.hub.accounts(Person{})
	if err != nil || len(people) != 3 || !people[1].Here || people[1].Name != "Eve" || people[2].Here {
		t.Fatalf("%+v %v", people, err)
	}
	nadia, ok, err := r.hub.store.signedIn(admin.Value, r.hub.store.now())
	if !ok || err != nil {
		t.Fatal(err)
	}
	ask("POST", "/api/admin/people/"+nadia.ID+"/remove", admin, http.StatusConflict)
	ask("POST", "/api/admin/people/nobody/remove", admin, http.StatusNotFound)
	ask("POST", "/api/admin/people/"+people[2].ID+"/remove", eve.cookie[0], http.StatusUnauthorized)
	ask("POST", "/api/admin/people/"+people[1].ID+"/remove", admin, http.StatusOK)
	if code := <-eve.ended; code != closeOut {
		t.Errorf("closed with %d", code)
	}
	eve.ended <- 0
	amina.ring(req.ID)
	amina.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	ask("GET", "/api/desk/me", eve.cookie[0], http.StatusUnauthorized)
}
