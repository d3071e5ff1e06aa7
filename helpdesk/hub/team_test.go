// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"crypto/ecdh"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"handrail/database"
	"handrail/helpdesk"
)

// ownKey makes a volunteer's key and gives it to the hub.
func (d *desk) ownKey() *ecdh.PrivateKey {
	d.t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		d.t.Fatal(err)
	}
	d.send(&helpdesk.KeepKey{Key: key.PublicKey().Bytes()})
	return key
}

// team waits for a word on a team that fits.
func (d *desk) team(what, language string, fits func(helpdesk.Team) bool) (team helpdesk.Team) {
	d.t.Helper()
	wait(d.box, what, func(m *helpdesk.Keys) bool {
		for _, t := range m.Teams {
			if t.Language == language && fits(t) {
				team = t
				return true
			}
		}
		return false
	})
	return team
}

func lacks(key *ecdh.PrivateKey) func(helpdesk.Team) bool {
	return func(t helpdesk.Team) bool {
		for _, k := range t.Lacking {
			if bytes.Equal(k, key.PublicKey().Bytes()) {
				return true
			}
		}
		return false
	}
}

// hand seals a team's key to everybody who lacks it, as a page does.
func (d *desk) hand(of helpdesk.Team, team *ecdh.PrivateKey) {
	d.t.Helper()
	m := &helpdesk.KeepTeam{Language: of.Language, Key: team.PublicKey().Bytes()}
	if of.Renew {
		m.Before = of.Key
	}
	for _, k := range of.Lacking {
		data, err := helpdesk.SealTeamKey(team, of.Language, k)
		if err != nil {
			d.t.Fatal(err)
		}
		m.Copies = append(m.Copies, helpdesk.Copy{Holder: k, Data: data})
	}
	d.send(m)
}

// openCopy waits for a copy of the team's key and opens it.
func (d *desk) openCopy(language string, own *ecdh.PrivateKey, team []byte) *ecdh.PrivateKey {
	d.t.Helper()
	t := d.team("a copy of the team's key", language, func(t helpdesk.Team) bool {
		return len(t.Copies) > 0 && (team == nil || bytes.Equal(t.Key, team))
	})
	key, err := helpdesk.OpenTeamKey(own, language, t.Key, t.Copies[0].Data)
	if err != nil {
		d.t.Fatal(err)
	}
	return key
}

// teamKeys waits until the terminal knows another key of a team than this one.
func (c *caller) teamKey(language string, not []byte) []byte {
	c.t.Helper()
	return wait(c.box, "the key of a team", func(m *helpdesk.TeamKeys) bool {
		return m.Keys[language] != nil && !bytes.Equal(m.Keys[language], not)
	}).Keys[language]
}

// askTeam sends a request with where somebody stands, sealed to the team.
func (c *caller) askTeam(team []byte, language string, s helpdesk.Situation) helpdesk.Request {
	c.t.Helper()
	r, _ := c.request(language)
	var err error
	if r.Team, err = helpdesk.SealForTeam(team, r.ID, s); err != nil {
		c.t.Fatal(err)
	}
	if err := c.link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
		c.t.Fatal(err)
	}
	return r
}

// The first volunteer of a language makes its key, the second gets it from the first; what waits while nobody is there is read by
// whoever comes, also if the hub was started anew meanwhile. When somebody leaves, the key is made anew, and terminals have no key
// until it is.
func TestTeamKey(t *testing.T) {
	r := newRig(t, quick(Options{}))
	c := r.terminal("t1")
	one := r.volunteer("One", "ar")
	hers := one.ownKey()
	due := one.team("a key is due", "ar", lacks(hers))
	if !due.Renew || due.Key != nil {
		t.Fatalf("nobody has a key yet: %+v", due)
	}
	made, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	one.hand(due, made)
	if !one.openCopy("ar", hers, nil).Equal(made) {
		t.Fatal("another key came back")
	}
	public := c.teamKey("ar", nil)
	if !bytes.Equal(public, made.PublicKey().Bytes()) {
		t.Fatal("the terminal has another key")
	}
	two, stranger := r.volunteer("Two", "ar"), r.volunteer("Three", "fr")
	second := two.ownKey()
	one.hand(one.team("the second lacks it", "ar", lacks(second)), made)
	if !two.openCopy("ar", second, nil).Equal(made) {
		t.Fatal("the second has another key")
	}
	stranger.ownKey()
	if m := first[*helpdesk.Keys](stranger.box); len(m.Teams) != 1 || m.Teams[0].Language != "fr" {
		t.Errorf("of another language, and told %+v", m)
	}

	one.close()
	two.close()
	stranger.close()
	req := c.askTeam(public, "ar", helpdesk.Situation{Step: "postcode"})
	if err := c.link.Send(&helpdesk.Bell{ID: helpdesk.NewID(), Language: "ar", Later: true, Number: "417203", Team: req.Team}); err != nil {
		t.Fatal(err)
	}
	wait(c.box, "queued", func(m *helpdesk.Queued) bool { return m.ID == req.ID })
	wait(c.box, "the number is kept", func(m *helpdesk.BellNow) bool { return m.Later })
	row, err := r.hub.store.get(req.ID)
	if err != nil || row.Request.Team == nil {
		t.Fatalf("%+v %v", row.Request, err)
	}
	c.cut()
	r.stop()
	r.start()
	c = r.terminal("t1")
	two.open(nil)
	team := two.openCopy("ar", second, nil)
	if got := c.teamKey("ar", nil); !bytes.Equal(got, public) {
		t.Error("the hub was started anew and has another key")
	}
	req = c.askTeam(public, "ar", helpdesk.Situation{Step: "name"})
	ring := two.ring(req.ID)
	if s, err := helpdesk.OpenSituation(team, req.ID, ring.Request.Team.Data); err != nil || s.Step != "name" {
		t.Errorf("%+v %v", s, err)
	}
	two.accept(req.ID)
	two.send(&helpdesk.Hangup{ID: req.ID})
	c.state(req.ID, helpdesk.Over)
	if row, err := r.hub.store.get(req.ID); err != nil || row.Request.Team != nil {
		t.Errorf("it is over, and what was sealed is kept: %v", err)
	}

	// An admin takes away the first's access.
	for _, p := range must[[]Person](t)(r.hub.store.volunteers()) {
		if p.Name == "One" && !must[bool](t)(r.hub.dismiss(p.ID)) {
			t.Error("nobody was dismissed")
		}
	}
	wait(c.box, "the key is no longer for use", func(m *helpdesk.TeamKeys) bool { return m.Keys["ar"] == nil })
	due = two.team("a key is due again", "ar", func(t helpdesk.Team) bool { return t.Renew })
	if lacks(hers)(due) || len(due.Copies) > 0 {
		t.Error("it is made for one who left")
	}
	next, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	two.hand(due, next)
	if got := c.teamKey("ar", public); !bytes.Equal(got, next.PublicKey().Bytes()) {
		t.Error("the terminal has another key")
	}
}

// What says in clear where somebody stands is not taken, and counted; the line stays.
func TestInClearIsRefused(t *testing.T) {
	r := newRig(t, Options{})
	c := r.terminal("t1")
	for name, fill := range map[string]func(*helpdesk.Request){
		"page": func(r *helpdesk.Request) { r.Page = "address" }, "step": func(r *helpdesk.Request) { r.Step = "postcode" },
		"guide_name": func(r *helpdesk.Request) { r.GuideName = "x" }, "step_title": func(r *helpdesk.Request) { r.StepTitle = "x" },
		"step_index": func(r *helpdesk.Request) { r.StepIndex, r.StepTotal = 1, 2 }, "step_total": func(r *helpdesk.Request) { r.StepTotal = 2 },
		"level": func(r *helpdesk.Request) { r.Level = "with-me" }, "tried": func(r *helpdesk.Request) { r.Tried = map[string]int{"hint": 1} },
		"devices": func(r *helpdesk.Request) { r.Devices = map[string]string{"reader": "reader.ready"} },
	} {
		before := r.refusals(t, "terminal", whyInClear)
		req, _ := c.request("ar")
		fill(&req)
		if err := c.link.Send(&helpdesk.AskHelp{Request: req}); err != nil {
			t.Fatal(err)
		}
		said := wait(c.box, "refused", func(m *helpdesk.Refused) bool { return m.ID == req.ID })
		if !strings.HasSuffix(said.Why, name) || r.refusals(t, "terminal", whyInClear) != before+1 {
			t.Errorf("%s: %q, counted %d", name, said.Why, r.refusals(t, "terminal", whyInClear)-before)
		}
		if _, err := r.hub.store.get(req.ID); !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("%s: it is on disk: %v", name, err)
		}
	}
	fine, _ := c.ask("ar")
	wait(c.box, "queued", func(m *helpdesk.Queued) bool { return m.ID == fine.ID })
}

// keysConform is the part of the conformance suite that is about keys.
func keysConform(t *testing.T, s, other *store) {
	const now = int64(2_000_000)
	member := func(name, language string) Person {
		t.Helper()
		token, _, err := s.invite(Person{Name: name, Role: Volunteer, Languages: []helpdesk.Skill{{Code: language, Read: true, Write: true}}}, now)
		if err != nil {
			t.Fatal(err)
		}
		p, _, err := s.join(token, now)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	point := func() []byte {
		t.Helper()
		key, err := helpdesk.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		return key.PublicKey().Bytes()
	}
	amina, ben := member("Amina", "tr"), member("Ben", "tr")
	a, b := point(), point()
	passkey := []byte("passkey of Ben")
	if err := s.keepKey(ben.ID, helpdesk.OwnKey{Key: b, Credential: passkey, Wrapped: []byte("w")}, now); !errors.Is(err, errNotTheirPasskey) {
		t.Errorf("a passkey that is nobody's: %v", err)
	}
	if _, err := s.exec(s.db, `INSERT INTO passkey (id, person, credential, created_at) VALUES (?, ?, '{}', ?)`, passkey, ben.ID, now); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice is once
		if err := errors.Join(s.keepKey(amina.ID, helpdesk.OwnKey{Key: a}, now), other.keepKey(ben.ID, helpdesk.OwnKey{Key: b, Credential: passkey, Wrapped: []byte("w")}, now)); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.keepKey(ben.ID, helpdesk.OwnKey{Key: point(), Credential: passkey, Wrapped: []byte("v")}, now); err != nil {
		t.Fatal(err)
	}
	told := func(p Person) (helpdesk.Team, *helpdesk.Keys) {
		t.Helper()
		k := must[*keyring](t)(other.keyring()).of(p)
		if len(k.Teams) != 1 {
			t.Fatalf("%+v", k)
		}
		return k.Teams[0], k
	}
	team, keys := told(ben)
	if !team.Renew || len(team.Lacking) != 2 || !bytes.Equal(team.Lacking[0], b) || len(keys.Mine) != 1 || string(keys.Mine[0].Wrapped) != "w" {
		t.Errorf("before there is a team: %+v", keys)
	}
	first, second := point(), point()
	all := []helpdesk.Copy{{Holder: a, Data: []byte("for a")}, {Holder: b, Data: []byte("for b")}}
	if err := s.keepTeam(ben, &helpdesk.KeepTeam{Language: "tr", Key: first, Copies: all[:1]}, now); !errors.Is(err, errNotInTeam) {
		t.Errorf("a key that its maker does not hold: %v", err)
	}
	if err := s.keepTeam(ben, &helpdesk.KeepTeam{Language: "fr", Key: first, Copies: all}, now); !errors.Is(err, errNotInTeam) {
		t.Errorf("a team of others: %v", err)
	}
	if err := errors.Join(s.keepTeam(ben, &helpdesk.KeepTeam{Language: "tr", Key: first, Copies: all[1:]}, now),
		other.keepTeam(amina, &helpdesk.KeepTeam{Language: "tr", Key: second, Copies: all}, now)); err != nil {
		t.Fatal(err)
	}
	if team, _ = told(ben); !bytes.Equal(team.Key, first) || team.Renew || len(team.Copies) != 1 || len(team.Lacking) != 1 || !bytes.Equal(team.Lacking[0], a) {
		t.Errorf("the first who makes a key has made it: %+v", team)
	}
	if err := other.keepTeam(amina, &helpdesk.KeepTeam{Language: "tr", Key: first, Copies: all}, now); !errors.Is(err, errNotInTeam) {
		t.Errorf("passed on by one who has it not: %v", err)
	}
	for range 2 {
		if err := s.keepTeam(ben, &helpdesk.KeepTeam{Language: "tr", Key: first, Copies: append(all, helpdesk.Copy{Holder: point(), Data: []byte("x")})}, now); err != nil {
			t.Fatal(err)
		}
	}
	if team, _ = told(amina); len(team.Copies) != 1 || string(team.Copies[0].Data) != "for a" || len(team.Lacking) != 0 {
		t.Errorf("passed on: %+v", team)
	}
	if got := must[*keyring](t)(s.keyring()).forTerminals(); !bytes.Equal(got["tr"], first) || len(got) != 1 {
		t.Errorf("terminals have %v", got)
	}
	// A passkey that is taken away takes its key with it, and the team's has to be made anew.
	if _, err := s.exec(s.db, `DELETE FROM passkey WHERE id = ?`, passkey); err != nil {
		t.Fatal(err)
	}
	if team, _ = told(amina); !team.Renew || len(team.Copies) != 0 || len(team.Lacking) != 1 {
		t.Errorf("after a passkey was lost: %+v", team)
	}
	if got := must[*keyring](t)(s.keyring()).forTerminals(); len(got) != 0 {
		t.Errorf("terminals still have %v", got)
	}
	if err := errors.Join(s.keepTeam(amina, &helpdesk.KeepTeam{Language: "tr", Key: point(), Before: second, Copies: all[:1]}, now),
		s.keepTeam(amina, &helpdesk.KeepTeam{Language: "tr", Key: second, Before: first, Copies: all}, now)); err != nil {
		t.Fatal(err)
	}
	if team, _ = told(amina); !bytes.Equal(team.Key, second) || team.Renew || len(team.Copies) != 1 {
		t.Errorf("made anew: %+v", team)
	}
	// Of browsers, the last few are remembered.
	for i := range maxBrowserKeys {
		if err := s.keepKey(amina.ID, helpdesk.OwnKey{Key: point()}, now+int64(i)+1); err != nil {
			t.Fatal(err)
		}
	}
	if team, keys = told(amina); len(keys.Mine) != maxBrowserKeys || !team.Renew {
		t.Errorf("%d browsers: %+v", len(keys.Mine), team)
	}

	// What is sealed to the team is kept with what waits, and goes with its end.
	r := asked(t, "tr")
	r.Team = &helpdesk.ForTeam{Key: second, Data: []byte("sealed")}
	if got := must[row](t)(s.insert("n1", "t8", r, now)); got.Request.Team == nil || string(got.Request.Team.Data) != "sealed" {
		t.Errorf("%+v", got.Request)
	}
	if got, ok, err := other.end(r.ID, "citizen", now); !ok || err != nil || got.Request.Team != nil {
		t.Errorf("over: %+v %v", got.Request.Team, err)
	}
	rings := asked(t, "tr")
	rings.Team = r.Team
	if got, ok, err := s.insertRinging("n1", "t8", rings, amina.ID, "tr", now+9, now); !ok || err != nil || got.Request.Team == nil {
		t.Errorf("rings: %+v %v", got, err)
	}
	bell := must[rung](t)(s.ringBell(Terminal{ID: "t8"}, &helpdesk.Bell{ID: helpdesk.NewID(), Language: "tr", Later: true, Number: "123456", Team: r.Team}, now))
	if bell.Team == nil {
		t.Error("a number without where they stood")
	}
	must[bool](t)(s.settle(bell.ID, now))
	if all := must[[]rung](t)(other.bellsWhere(`id = ?`, bell.ID)); len(all) != 1 || all[0].Team != nil {
		t.Errorf("settled: %+v", all)
	}
}

// A hub's file of before there were team keys is taken on as it is.
func TestStoreOfBefore(t *testing.T) {
	old := fstest.MapFS{}
	for i := range 5 {
		names, err := fs.Glob(migrations, fmt.Sprintf("migrations/%03d_*.sql", i+1))
		if err != nil || len(names) != 1 {
			t.Fatal(names, err)
		}
		text, err := migrations.ReadFile(names[0])
		if err != nil {
			t.Fatal(err)
		}
		old[filepath.Base(names[0])] = &fstest.MapFile{Data: text}
	}
	path := filepath.Join(t.TempDir(), "desk.db")
	db, err := database.Open(database.Options{File: path, Name: "desk", Quick: true, Migrations: old})
	if err != nil {
		t.Fatal(err)
	}
	r := asked(t, "ar")
	_, err = db.Change(db, `INSERT INTO help_request (id, terminal, language, body, state, rev, created_at) VALUES (?, 't1', 'ar', ?, 'open', 1, 5)`, r.ID,
		`{"id":"`+r.ID+`","languages":["ar"],"mode":"voice","guide":"new-address","step":"postcode","step_title":"Your postcode"}`)
	if err == nil {
		_, err = db.Change(db, `INSERT INTO bell (id, terminal, name, place, language, number, created_at) VALUES ('b', 't1', 'T', 'L', 'ar', '123456', 5)`)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s := opened(t, path, "")
	got := must[row](t)(s.get(r.ID))
	if got.Request.Team != nil || got.Request.Guide != "new-address" || got.State != open {
		t.Errorf("%+v", got)
	}
	if all := must[[]rung](t)(s.bells()); len(all) != 1 || all[0].Team != nil {
		t.Errorf("%+v", all)
	}
	if k := must[*keyring](t)(s.keyring()); len(k.teams) != 0 {
		t.Errorf("%+v", k)
	}
}
