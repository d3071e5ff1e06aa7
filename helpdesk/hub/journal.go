// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"handrail/database"
	"handrail/helpdesk"
)

// The helpers' journal says what volunteers did: who, when, at which terminal, guide and step, and one verb. There is no
// citizen in it. Every entry carries the hash of all before it, so that none can be changed, taken out or put in between
// without Verify seeing it; that none was taken off the end is seen by whoever noted the last hash. Entries are kept for
// twelve months.

// Entry is one line of the journal.
type Entry struct {
	Seq int64 `json:"seq"`
	At  int64 `json:"at"`
	// Number is the call's, as on the citizen's slip.
	Number    string        `json:"number"`
	Volunteer string        `json:"volunteer"`
	Terminal  string        `json:"terminal"`
	Guide     string        `json:"guide"`
	Step      string        `json:"step"`
	Verb      helpdesk.Verb `json:"verb"`
	Hash      string        `json:"hash"`
}

const (
	journalLife = 365 * 24 * time.Hour
	// journalTries bounds how often a hub begins again when another wrote an entry at the same moment.
	journalTries = 50
)

// link is the hash of an entry that follows another.
func (e Entry) link(before []byte) []byte {
	h := sha256.New()
	h.Write([]byte("handrail journal v1\x00"))
	h.Write(before)
	binary.Write(h, binary.BigEndian, []int64{e.Seq, e.At})
	for _, field := range []string{e.Number, e.Volunteer, e.Terminal, e.Guide, e.Step, string(e.Verb)} {
		binary.Write(h, binary.BigEndian, uint32(len(field)))
		h.Write([]byte(field))
	}
	return h.Sum(nil)
}

// note writes an entry behind the last.
func (s *store) note(e Entry) error {
	var err error
	for range journalTries {
		err = s.together(func(tx *sql.Tx) error {
			seq, hash, err := s.journalEnd(tx)
			if err != nil {
				return err
			}
			e.Seq = seq + 1
			_, err = s.exec(tx, `INSERT INTO journal (seq, at, number, person, terminal, guide, step, verb, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				e.Seq, e.At, e.Number, e.Volunteer, e.Terminal, e.Guide, e.Step, string(e.Verb), e.link(hash))
			return err
		})
		if !database.Taken(err) {
			break
		}
	}
	return err
}

// journalEnd is the last entry's place and hash, or what the journal begins behind.
func (s *store) journalEnd(on asker) (seq int64, hash []byte, err error) {
	err = s.one(on, `SELECT seq, hash FROM journal ORDER BY seq DESC LIMIT 1`, nil, &seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return s.journalBase(on)
	}
	return seq, hash, err
}

func (s *store) journalBase(on asker) (seq int64, hash []byte, err error) {
	err = s.one(on, `SELECT seq, hash FROM journal_base ORDER BY seq DESC LIMIT 1`, nil, &seq, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil, nil
	}
	return seq, hash, err
}

// forgetJournal takes out what is older than twelve months, and keeps the hash that the rest hangs on.
func (s *store) forgetJournal(now int64) error {
	return s.together(func(tx *sql.Tx) error {
		var seq int64
		var hash []byte
		err := s.one(tx, `SELECT seq, hash FROM journal WHERE at < ? ORDER BY seq DESC LIMIT 1`, []any{now - journalLife.Milliseconds()}, &seq, &hash)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, err := s.exec(tx, `INSERT INTO journal_base (seq, hash) VALUES (?, ?) ON CONFLICT (seq) DO NOTHING`, seq, hash); err != nil {
			return err
		}
		if _, err := s.exec(tx, `DELETE FROM journal_base WHERE seq < ?`, seq); err != nil {
			return err
		}
		_, err = s.exec(tx, `DELETE FROM journal WHERE seq <= ?`, seq)
		return err
	})
}

// journal lists entries in order, all or those of one number.
func (s *store) journal(number string, f func(e Entry, hash []byte) error) error {
	query, args := `SELECT seq, at, number, person, terminal, guide, step, verb, hash FROM journal`, []any(nil)
	if number != "" {
		query, args = query+` WHERE number = ?`, []any{number}
	}
	return s.all(query+` ORDER BY seq`, args, func(scan func(...any) error) error {
		var e Entry
		var hash []byte
		if err := scan(&e.Seq, &e.At, &e.Number, &e.Volunteer, &e.Terminal, &e.Guide, &e.Step, &e.Verb, &hash); err != nil {
			return err
		}
		e.Hash = hex.EncodeToString(hash)
		return f(e, hash)
	})
}

// Checked is what Verify found.
type Checked struct {
	Entries int64 `json:"entries"`
	// Head is the hash of the last entry: noted elsewhere, it shows later that none was taken off the end.
	Head string `json:"head"`
	// Broken is the first place where the chain does not hold, 0: it holds.
	Broken int64  `json:"broken,omitempty"`
	Why    string `json:"why,omitempty"`
}

// verify goes along the whole chain. head, if not empty, is a hash noted earlier: it must be among them.
func (s *store) verify(head string) (c Checked, err error) {
	seq, hash, err := s.journalBase(s.db)
	if err != nil {
		return c, err
	}
	noted := head == "" || head == hex.EncodeToString(hash)
	broken := errors.New("broken")
	err = s.journal("", func(e Entry, said []byte) error {
		c.Entries++
		switch {
		case e.Seq != seq+1:
			c.Broken, c.Why = seq+1, "an entry is missing"
			return broken
		case !bytes.Equal(e.link(hash), said):
			c.Broken, c.Why = e.Seq, "this entry or the one before was changed"
			return broken
		}
		seq, hash = e.Seq, said
		noted = noted || head == e.Hash
		return nil
	})
	if errors.Is(err, broken) {
		return c, nil
	}
	c.Head = hex.EncodeToString(hash)
	if err == nil && !noted {
		c.Broken, c.Why = seq+1, "the hash noted earlier is not among them: entries were taken off the end, or all were written anew"
	}
	return c, err
}

// Journal reads and checks the journal of the desk in dir, or in db if that is not empty, also while a hub runs on it.
func Journal(dir, db, number, head string) (entries []Entry, c Checked, err error) {
	h, err := New(Options{Dir: dir, DB: db})
	if err != nil {
		return nil, c, err
	}
	defer h.Close()
	entries = []Entry{}
	if err := h.store.journal(number, func(e Entry, _ []byte) error { entries = append(entries, e); return nil }); err != nil {
		return nil, c, fmt.Errorf("journal: %w", err)
	}
	if c, err = h.store.verify(head); err != nil {
		return nil, c, fmt.Errorf("journal: %w", err)
	}
	return entries, c, nil
}

// did journals what the terminal says its volunteer did.
func (h *Hub) did(l *line, m *helpdesk.Did) {
	r, err := h.store.get(m.ID)
	if err != nil || r.State != accepted || r.Terminal != l.ID {
		return // the call has just ended
	}
	h.note(r, m.Verb, m.Step)
}

// note journals something of a call.
func (h *Hub) note(r row, verb helpdesk.Verb, step string) {
	if step == "" {
		step = r.Request.Step
	}
	e := Entry{At: h.store.now(), Number: helpdesk.Number(r.ID), Volunteer: r.LeaseOwner, Terminal: r.Terminal, Guide: r.Request.Guide, Step: step, Verb: verb}
	if err := h.store.note(e); err != nil {
		h.trouble(err)
	}
}

// forget drops what was kept long enough, once a day.
func (h *Hub) forgetOld(ctx context.Context) {
	day := time.NewTicker(24 * time.Hour)
	defer day.Stop()
	for {
		if err := errors.Join(h.store.forgetJournal(h.store.now()), h.store.forgetBells(h.store.now())); err != nil {
			h.trouble(err)
		}
		select {
		case <-ctx.Done():
			return
		case <-day.C:
		}
	}
}
