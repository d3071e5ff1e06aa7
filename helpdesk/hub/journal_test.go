// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"path/filepath"
	"sync"
	"testing"

	"handrail/helpdesk"
)

// What helpers did is in the journal under the number of the slip; nothing can be changed in it unseen, on either database.
func TestJournal(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { journalHolds(t, opened(t, filepath.Join(t.TempDir(), "desk.db"), "")) })
	t.Run("postgres", func(t *testing.T) { journalHolds(t, opened(t, "", ownDatabase(t))) })
}

func journalHolds(t *testing.T, s *store) {
	const year = 365 * 24 * 3600 * 1000
	check := func(head string) Checked {
		t.Helper()
		return must[Checked](t)(s.verify(head))
	}
	if c := check(""); c.Entries != 0 || c.Broken != 0 {
		t.Errorf("an empty journal: %+v", c)
	}
	verbs := []helpdesk.Verb{helpdesk.DidLook, helpdesk.DidPoint, helpdesk.DidSpeak, helpdesk.DidSay, helpdesk.DidEnd}
	var writing sync.WaitGroup
	for i, verb := range verbs { // at the same moment, as several hubs would
		writing.Go(func() {
			if err := s.note(Entry{At: int64(1000 + i), Number: "123-456-789", Volunteer: "v1", Terminal: "t1", Guide: "badge", Step: "address", Verb: verb}); err != nil {
				t.Error(err)
			}
		})
	}
	writing.Wait()
	if err := s.note(Entry{At: year, Number: "000-000-001", Volunteer: "v2", Terminal: "t2", Verb: helpdesk.DidLook}); err != nil {
		t.Fatal(err)
	}
	whole := check("")
	if whole.Entries != 6 || whole.Broken != 0 || whole.Head == "" {
		t.Fatalf("%+v", whole)
	}
	n := 0
	if err := s.journal("123-456-789", func(e Entry, _ []byte) error { n++; return nil }); err != nil || n != len(verbs) {
		t.Errorf("%d entries of the number: %v", n, err)
	}
	// Whatever is changed is seen, and where.
	for name, c := range map[string]struct {
		do, undo string
		at       int64
	}{
		"another verb":     {`UPDATE journal SET verb = 'looked2' WHERE seq = 3`, `UPDATE journal SET verb = 'VERB' WHERE seq = 3`, 3},
		"another time":     {`UPDATE journal SET at = at + 1 WHERE seq = 2`, `UPDATE journal SET at = at - 1 WHERE seq = 2`, 2},
		"words moved over": {`UPDATE journal SET guide = 'badgea', step = 'ddress' WHERE seq = 1`, `UPDATE journal SET guide = 'badge', step = 'address' WHERE seq = 1`, 1},
		"taken out":        {`UPDATE journal SET seq = 60 WHERE seq = 4`, `UPDATE journal SET seq = 4 WHERE seq = 60`, 4},
	} {
		var verb string
		if err := s.one(s.db, `SELECT verb FROM journal WHERE seq = 3`, nil, &verb); err != nil {
			t.Fatal(err)
		}
		if _, err := s.exec(s.db, c.do); err != nil {
			t.Fatal(err)
		}
		if got := check(""); got.Broken != c.at || got.Why == "" {
			t.Errorf("%s: %+v", name, got)
		}
		if name == "another verb" {
			if _, err := s.exec(s.db, `UPDATE journal SET verb = ? WHERE seq = 3`, verb); err != nil {
				t.Fatal(err)
			}
		} else if _, err := s.exec(s.db, c.undo); err != nil {
			t.Fatal(err)
		}
		if got := check(whole.Head); got.Broken != 0 {
			t.Fatalf("%s, put back: %+v", name, got)
		}
	}
	// After twelve months the old ones are gone and the rest still holds; so does a head noted then.
	if err := s.forgetJournal(year + 500_000); err != nil {
		t.Fatal(err)
	}
	if c := check(whole.Head); c.Entries != 1 || c.Broken != 0 || c.Head != whole.Head {
		t.Errorf("after a year: %+v", c)
	}
	if err := s.note(Entry{At: year + 9, Number: "000-000-002", Verb: helpdesk.DidLook}); err != nil {
		t.Fatal(err)
	}
	later := check(whole.Head)
	if later.Entries != 2 || later.Broken != 0 {
		t.Errorf("after a year, and one more: %+v", later)
	}
	if _, err := s.exec(s.db, `DELETE FROM journal WHERE seq = 7`); err != nil {
		t.Fatal(err)
	}
	if c := check(later.Head); c.Broken != 7 {
		t.Errorf("taken off the end: %+v", c)
	}
	if err := s.forgetJournal(3 * year); err != nil {
		t.Fatal(err)
	}
	if c := check(""); c.Entries != 0 || c.Broken != 0 {
		t.Errorf("all forgotten: %+v", c)
	}
}

// A call leaves its lines: what the terminal saw, and the end. Nobody else can write into it.
func TestJournalOfACall(t *testing.T) {
	r := newRig(t, Options{})
	d := r.volunteer("Amina", "ar")
	c, other := r.terminal("t1"), r.terminal("t2")
	req, _ := c.ask("ar")
	d.ring(req.ID)
	d.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	wait[*helpdesk.Presence](other.box, "who is free", nil)
	for _, link := range []*helpdesk.Link{other.link, c.link} {
		if err := link.Send(&helpdesk.Did{ID: req.ID, Verb: helpdesk.DidPoint, Step: "address"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.link.Send(&helpdesk.Hangup{ID: req.ID}); err != nil {
		t.Fatal(err)
	}
	c.state(req.ID, helpdesk.Over)
	entries, checked, err := Journal(r.o.Dir, "", helpdesk.Number(req.ID), "")
	if err != nil || checked.Broken != 0 || len(entries) != 2 {
		t.Fatalf("%+v %+v %v", entries, checked, err)
	}
	for i, want := range []Entry{{Verb: helpdesk.DidPoint, Step: "address"}, {Verb: helpdesk.DidEnd}} {
		e := entries[i]
		if e.Verb != want.Verb || e.Step != want.Step || e.Terminal != "t1" || e.Volunteer == "" || e.Number != helpdesk.Number(req.ID) {
			t.Errorf("entry %d: %+v", i, e)
		}
	}
}
