// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/helpdesk"
)

// Both databases do the same: every statement of the desk runs on both.
func TestStore(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		conform(t, func() *store { return opened(t, path, "") })
	})
	t.Run("postgres", func(t *testing.T) {
		dsn := ownDatabase(t)
		conform(t, func() *store { return opened(t, "", dsn) })
	})
}

func opened(t *testing.T, path, dsn string) *store {
	t.Helper()
	s, err := openStore(path, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.db.Close() })
	return s
}

// must returns a value that had to come without an error.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func asked(t *testing.T, languages ...string) helpdesk.Request {
	t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	return helpdesk.Request{ID: helpdesk.NewID(), Languages: languages, Mode: helpdesk.Voice, PublicKey: key.PublicKey().Bytes(), Signature: []byte{1}}
}

func conform(t *testing.T, again func() *store) {
	var opening sync.WaitGroup
	several := make([]*store, 4)
	for i := range several { // at once, on a new database
		opening.Go(func() { several[i] = again() })
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	s, other := several[0], several[1]
	const now = int64(1_000_000)

	t.Run("people", func(t *testing.T) {
		p := Person{Name: "Amina", Role: Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}, Guides: []string{"blue-badge"}, Places: []string{"Library"}}
		token, _, err := s.invite(p, now)
		if err != nil {
			t.Fatal(err)
		}
		got, cookie, err := other.join(token, now+1)
		if err != nil {
			t.Fatal(err)
		}
		p.ID, p.Available = got.ID, true
		if diff := cmp.Diff(p, got); diff != "" {
			t.Errorf("joined as somebody else:\n%s", diff)
		}
		if _, _, err := s.join(token, now+2); !errors.Is(err, errInvitation) {
			t.Errorf("joined twice: %v", err)
		}
		if !s.invited(token, p.ID) || s.invited(token, "x") {
			t.Error("not the invitation of this person")
		}
		late, expires, err := s.invite(p, now)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.join(late, expires+1); !errors.Is(err, errInvitation) {
			t.Errorf("joined late: %v", err)
		}
		if _, ok, err := other.signedIn(cookie, now+2); !ok || err != nil {
			t.Errorf("signed in: %v %v", ok, err)
		}
		if _, ok, err := other.signedIn(cookie, now+signInLife+10); ok || err != nil {
			t.Errorf("signed in for ever: %v", err)
		}
		if err := s.setAvailable(p.ID, false, now+5); err != nil {
			t.Fatal(err)
		}
		var turned atomic.Int32
		var wg sync.WaitGroup
		for _, s := range several {
			wg.Go(func() {
				ok, err := s.turn(p.ID, now+5)
				if err != nil {
					t.Error(err)
				}
				if ok {
					turned.Add(1)
				}
			})
		}
		wg.Wait()
		if got := must[Person](t)(s.person(p.ID)); turned.Load() != 1 || !got.Available || got.Until != 0 {
			t.Errorf("turned %d times: %+v", turned.Load(), got)
		}
		if err := s.signOut(cookie); err != nil {
			t.Fatal(err)
		}
		if _, ok, _ := s.signedIn(cookie, now+2); ok {
			t.Error("signed in after signing out")
		}
		if all := must[[]Person](t)(s.volunteers()); len(all) != 2 {
			t.Errorf("%d volunteers", len(all))
		}
		if _, err := s.person("nobody"); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("nobody: %v", err)
		}
	})

	t.Run("requests", func(t *testing.T) {
		r := asked(t, "ar", "fr")
		first := must[row](t)(s.insert("n1", "t1", r, now))
		again := must[row](t)(other.insert("n2", "t1", r, now+9))
		if again.Rev != 1 || again.CreatedAt != now || again.Node != "n2" || first.Node != "n1" {
			t.Errorf("sent again: %+v", again)
		}
		if stranger := must[row](t)(other.insert("n3", "t2", r, now+9)); stranger.Terminal != "t1" || stranger.Node != "n2" {
			t.Errorf("another terminal has it: %+v", stranger)
		}
		if diff := cmp.Diff(r, again.Request); diff != "" {
			t.Errorf("the request came back otherwise:\n%s", diff)
		}
		// However many want it, one has it; who has one cannot have another.
		var won atomic.Int32
		var wg sync.WaitGroup
		for i, s := range several {
			wg.Go(func() {
				_, ok, err := s.claim(r.ID, "v"+string(rune('0'+i)), "ar", now+1000, now)
				if err != nil {
					t.Error(err)
				}
				if ok {
					won.Add(1)
				}
			})
		}
		wg.Wait()
		if won.Load() != 1 {
			t.Errorf("%d claimed it", won.Load())
		}
		had := must[row](t)(s.get(r.ID))
		second := asked(t, "en")
		must[row](t)(s.insert("n1", "t2", second, now))
		if _, ok, err := other.claim(second.ID, had.LeaseOwner, "en", now+1000, now); ok || err != nil {
			t.Errorf("one volunteer was given two: %v", err)
		}
		if back, ok, err := s.release(had, true, now+7); !ok || err != nil || back.State != open || back.Tried[had.LeaseOwner] != now+7 {
			t.Errorf("released: %+v %v", back, err)
		}
		if _, ok, _ := other.release(had, true, now+7); ok {
			t.Error("released twice")
		}
		claimed, ok, err := s.claim(r.ID, "v9", "fr", now+1000, now)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if _, ok, _ := s.accept(r.ID, "v9", r.PublicKey, now+60_000, now+1001); ok {
			t.Error("accepted after the ring ran out")
		}
		if _, ok, _ := s.accept(r.ID, "v8", r.PublicKey, now+60_000, now+10); ok {
			t.Error("accepted by somebody who was not rung")
		}
		got, ok, err := other.accept(r.ID, "v9", r.PublicKey, now+60_000, now+10)
		if !ok || err != nil || got.AcceptedAt != now+10 || got.Volunteer != "v9" || got.Language != "fr" || got.Rev != claimed.Rev+1 {
			t.Errorf("accepted: %+v %v", got, err)
		}
		if got, ok, err := s.accept(r.ID, "v9", second.PublicKey, now+60_000, now+20); !ok || err != nil || got.AcceptedAt != now+10 || got.Rev != claimed.Rev+2 {
			t.Errorf("taken up again: %+v %v", got, err)
		}
		if err := s.hold(r.ID, now+50_000); err != nil {
			t.Fatal(err)
		}
		if got = must[row](t)(s.get(r.ID)); got.LeaseUntil != now+60_000 {
			t.Error("a lease was made shorter")
		}
		if err := errors.Join(s.connect("t1", "n4"), s.disconnect("t1", "n1", now+90_000)); err != nil {
			t.Fatal(err)
		}
		if got = must[row](t)(s.get(r.ID)); got.Node != "n4" || got.LeaseUntil != now+60_000 {
			t.Errorf("a hub that no longer has the line took it away: %+v", got)
		}
		if err := s.disconnect("t1", "n4", now+90_000); err != nil {
			t.Fatal(err)
		}
		if got = must[row](t)(s.get(r.ID)); got.Node != "" || got.LeaseUntil != now+90_000 {
			t.Errorf("the line is lost: %+v", got)
		}
		reopened, ok, err := s.reopen(got, true, now+30)
		if !ok || err != nil || reopened.State != open || reopened.PublicKey != nil || reopened.Tried["v9"] != now+30 || reopened.Volunteer != "v9" {
			t.Errorf("reopened: %+v %v", reopened, err)
		}
		if n := len(must[[]row](t)(other.live())); n != 2 {
			t.Errorf("%d are live", n)
		}
		if n := len(must[[]row](t)(other.rows(`state <> 'ended' AND terminal = 't2'`))); n != 1 {
			t.Errorf("%d are live of t2", n)
		}
		over, ok, err := s.end(r.ID, "citizen", now+40)
		if !ok || err != nil || over.EndedWhy != "citizen" {
			t.Errorf("ended: %+v %v", over, err)
		}
		if _, ok, _ := other.end(r.ID, "line", now+41); ok {
			t.Error("ended twice")
		}
		if ok := must[bool](t)(s.after(r.ID, "v9", []string{"postcode"})); !ok {
			t.Error("codes not kept")
		}
		if ok := must[bool](t)(s.after(r.ID, "v8", []string{"x"})); ok {
			t.Error("codes of somebody else kept")
		}
		if calls := must[[]row](t)(s.calls("v9", now)); len(calls) != 1 || !cmp.Equal(calls[0].Codes, []string{"postcode"}) {
			t.Errorf("calls: %+v", calls)
		}
		if waits := must[[]int64](t)(s.waits("fr", now)); !cmp.Equal(waits, []int64{10}) {
			t.Errorf("waits: %v", waits)
		}
		late := asked(t, "en")
		if err := s.bury("t1", late.ID, now); err != nil {
			t.Fatal(err)
		}
		if got := must[row](t)(s.insert("n1", "t1", late, now+1)); got.State != ended {
			t.Errorf("what was taken back before it came: %+v", got)
		}
	})

	t.Run("keys", func(t *testing.T) { keysConform(t, s, other) })

	t.Run("hubs", func(t *testing.T) {
		token, _, err := s.invite(Person{Name: "Ben", Role: Volunteer, Languages: []helpdesk.Skill{{Code: "en", Speak: true}}}, now)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := s.join(token, now)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.arrive("n1"), other.beat("n2"), s.sit(p.ID, "n1"), s.ready(p.ID, "n1", nil)); err != nil {
			t.Fatal(err)
		}
		at := s.now()
		if n := must[map[string]bool](t)(other.nodes(at)); !n["n1"] || !n["n2"] || len(n) != 2 {
			t.Errorf("hubs: %v", n)
		}
		if seats := must[[]present](t)(other.seats(at)); len(seats) != 1 || !seats[0].ready || seats[0].node != "n1" || seats[0].Name != "Ben" {
			t.Errorf("seats: %+v", seats)
		}
		if seats := must[[]present](t)(other.seats(at + nodeLost + 5000)); len(seats) != 0 {
			t.Errorf("seats at a hub that is gone: %+v", seats)
		}
		if err := other.sit(p.ID, "n2"); err != nil {
			t.Fatal(err)
		}
		if gone := must[bool](t)(s.stand(p.ID, "n1")); gone {
			t.Error("the desk was opened elsewhere, and closed there with it")
		}
		if err := other.leave("n2"); err != nil {
			t.Fatal(err)
		}
		if seats := must[[]present](t)(s.seats(s.now())); len(seats) != 0 {
			t.Errorf("seats at a hub that has stopped: %+v", seats)
		}
	})
}

// A hub whose clock is wrong goes by the database's.
func TestClock(t *testing.T) {
	dsn := ownDatabase(t)
	right, wrong := opened(t, "", dsn), opened(t, "", dsn)
	wrong.clock = func() int64 { return helpdesk.Now() + 3600*1000 }
	if err := errors.Join(right.beat("a"), wrong.beat("b")); err != nil {
		t.Fatal(err)
	}
	if d := right.now() - wrong.now(); d < -1000 || d > 1000 {
		t.Errorf("the clocks are %d ms apart", d)
	}
}

// An address that is not understood is refused without repeating it: it may hold a password.
func TestDatabaseRefused(t *testing.T) {
	for _, dsn := range []string{"postgres://u:s3cret@[::1", "postgres://u:s3cret@127.0.0.1:1/x?connect_timeout=1"} {
		_, err := New(Options{DB: dsn})
		if err == nil || strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%v", err)
		}
	}
	path := filepath.Join(t.TempDir(), "desk.db")
	s := opened(t, path, "")
	if _, err := s.exec(s.db, "PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if _, err := openStore(path, ""); err == nil || !strings.Contains(err.Error(), "newer version") {
		t.Errorf("a database of a newer version: %v", err)
	}
}
