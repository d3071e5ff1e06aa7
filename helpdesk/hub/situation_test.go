// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/ecdh"
	"testing"
	"time"

	"handrail/helpdesk"
)

// keyed is a volunteer whose page has a key of its own.
func (r *rig) keyed(name, language string) (*desk, *ecdh.PrivateKey) {
	r.t.Helper()
	p := Person{Name: name, Role: Volunteer, Languages: []helpdesk.Skill{{Code: language, Speak: true, Read: true, Write: true}}}
	d := &desk{box: newBox(r.t, name), person: p, cookie: r.join(p), rig: r}
	key := d.openKeyed()
	r.t.Cleanup(func() { d.close() })
	return d, key
}

func (d *desk) openKeyed() *ecdh.PrivateKey {
	d.t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		d.t.Fatal(err)
	}
	d.open(&helpdesk.Hello{Key: key.PublicKey().Bytes()})
	return key
}

// pageKey waits until the terminal is told the key of whoever is rung or accepted.
func (c *caller) pageKey(id string, want helpdesk.State, not []byte) []byte {
	c.t.Helper()
	return wait(c.box, "the key of a page", func(m *helpdesk.CallState) bool {
		return m.ID == id && m.State == want && len(m.PageKey) > 0 && string(m.PageKey) != string(not)
	}).PageKey
}

func (c *caller) tellWhere(id string, page []byte, s helpdesk.Situation) {
	c.t.Helper()
	sealed, err := helpdesk.SealSituation(page, id, s)
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.link.Send(&helpdesk.Sealed{ID: id, Data: sealed}); err != nil {
		c.t.Fatal(err)
	}
}

// Where somebody stands goes to whoever is rung for them, then to whoever is rung next, and to a page that was loaded again;
// to nobody else, and not from another terminal.
func TestSituationGoesToWhoIsRung(t *testing.T) {
	r := newRig(t, quick(Options{RingAgain: time.Hour}))
	one, oneKey := r.keyed("One", "ar")
	c := r.terminal("t1")
	req, _ := c.ask("ar")
	firstKey := c.pageKey(req.ID, helpdesk.Ringing, nil)
	one.ring(req.ID)
	c.tellWhere(req.ID, firstKey, helpdesk.Situation{Step: "postcode"})
	got := wait(one.box, "where they stand", func(m *helpdesk.Sealed) bool { return m.ID == req.ID })
	if s, err := helpdesk.OpenSituation(oneKey, req.ID, got.Data); err != nil || s.Step != "postcode" {
		t.Fatalf("%+v, %v", s, err)
	}
	// It is passed on: the next page gets it sealed anew, and the first one nothing more.
	two, twoKey := r.keyed("Two", "ar")
	one.send(&helpdesk.Decline{ID: req.ID})
	two.ring(req.ID)
	second := c.pageKey(req.ID, helpdesk.Ringing, firstKey)
	other := r.terminal("t2")
	first[*helpdesk.Presence](other.box) // its line is up
	other.tellWhere(req.ID, second, helpdesk.Situation{Step: "forged"})
	c.tellWhere(req.ID, second, helpdesk.Situation{Step: "name"})
	got = wait(two.box, "where they stand", func(m *helpdesk.Sealed) bool { return m.ID == req.ID })
	if s, err := helpdesk.OpenSituation(twoKey, req.ID, got.Data); err != nil || s.Step != "name" {
		t.Fatalf("%+v, %v", s, err)
	}
	two.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	// The page is loaded again, with a new key.
	two.close()
	twoKey = two.openKeyed()
	third := c.pageKey(req.ID, helpdesk.InCall, second)
	c.tellWhere(req.ID, third, helpdesk.Situation{Step: "again"})
	got = wait(two.box, "where they stand", func(m *helpdesk.Sealed) bool { return m.ID == req.ID })
	if s, err := helpdesk.OpenSituation(twoKey, req.ID, got.Data); err != nil || s.Step != "again" {
		t.Fatalf("%+v, %v", s, err)
	}
	if has[*helpdesk.Sealed](one.box) {
		t.Error("whoever declined is told more")
	}
}
