// SPDX-License-Identifier: Apache-2.0

package server

import (
	"crypto/subtle"
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"handrail/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is the fleet: fleet.db, or the part of it that several hubs share in PostgreSQL.
type store struct{ db *database.DB }

// terminal is a row of the allow-list.
type terminal struct {
	ID, CodeID, Name, Place, State string
	Words                          string
	EnrolledAt, DecidedAt          int64
	DecidedBy                      string
	CertificateUntil, LastSeen     int64
	Health                         string
	ChangedAt                      int64
}

type codeRow struct {
	ID, Name, Place, Terminal    string
	Secret                       []byte
	Trusted                      bool
	CreatedAt, ExpiresAt, UsedAt int64
}

// openStore opens the fleet at address, "postgres://...", or in the file at path when that is empty.
func openStore(path, address string) (*store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := database.Open(database.Options{File: path, Address: address, Name: "fleet", Migrations: files})
	if err != nil {
		return nil, fmt.Errorf("fleet's store: %w", err)
	}
	return &store{db: db}, nil
}

func (s *store) close() error { return s.db.Close() }

// errOtherOffice is told to a hub that has the database of one office and the CA of another.
var errOtherOffice = errors.New("this database belongs to an office with another CA: stop this hub and put that office's ca.pem and ca.key in its folder")

// belong notes whose terminals these are, and refuses those of another office.
func (s *store) belong(ca string) error {
	if _, err := s.db.Change(s.db, `INSERT INTO office (one, ca) VALUES (1, ?) ON CONFLICT (one) DO NOTHING`, ca); err != nil {
		return err
	}
	var is string
	if err := s.db.One(s.db, `SELECT ca FROM office`, nil, &is); err != nil {
		return err
	}
	if is != ca {
		return errOtherOffice
	}
	return nil
}

// log writes who did what, for the admins' log.
func (s *store) log(at int64, who, did, what string) error {
	_, err := s.db.Change(s.db, `INSERT INTO log (at, who, did, what) VALUES (?, ?, ?, ?)`, at, who, did, what)
	return err
}

func (s *store) entries(limit int) ([]LogEntry, error) {
	all := []LogEntry{}
	err := s.db.All(`SELECT at, who, did, what FROM log ORDER BY seq DESC LIMIT ?`, []any{limit}, func(scan func(...any) error) error {
		var e LogEntry
		err := scan(&e.At, &e.Who, &e.Did, &e.What)
		all = append(all, e)
		return err
	})
	return all, err
}

func (s *store) addCode(c codeRow) error {
	_, err := s.db.Change(s.db, `INSERT INTO codes (id, secret, name, place, trusted, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.Secret, c.Name, c.Place, map[bool]int{true: 1}[c.Trusted], c.CreatedAt, c.ExpiresAt)
	return err
}

// codes lists those that could be used at or after since.
func (s *store) codes(since int64) (all []codeRow, err error) {
	err = s.db.All(`SELECT id, secret, name, place, trusted, created_at, expires_at, used_at, terminal FROM codes
		WHERE expires_at >= ? ORDER BY created_at DESC`, []any{since}, func(scan func(...any) error) error {
		var c codeRow
		err := scan(&c.ID, &c.Secret, &c.Name, &c.Place, &c.Trusted, &c.CreatedAt, &c.ExpiresAt, &c.UsedAt, &c.Terminal)
		all = append(all, c)
		return err
	})
	return all, err
}

// errCode is the one answer to every code that does not open, so that nothing can be learned from it.
var errCode = errors.New("this code does not open anything: it may be mistyped, used already, or more than its fifteen minutes old. Ask for a new one")

// errRefusedKey is told to a machine that was turned away before.
var errRefusedKey = errors.New("this machine's key was refused or revoked before: remove its identity and enrol it with a new one")

// findCode looks for an open code by the hash of its secret, comparing with all of them in the same time.
func (s *store) findCode(secret []byte, now int64) (codeRow, error) {
	open, err := s.codes(now)
	if err != nil {
		return codeRow{}, err
	}
	found, ok := codeRow{}, false
	for _, c := range open {
		if subtle.ConstantTimeCompare(c.Secret, secret) == 1 && c.UsedAt == 0 {
			found, ok = c, true
		}
	}
	if !ok {
		return codeRow{}, errCode
	}
	return found, nil
}

// enrol uses a code up and puts the terminal on the list, both or neither.
func (s *store) enrol(c codeRow, t terminal, now int64) error {
	return s.db.Together(func(tx *sql.Tx) error {
		used, err := s.db.Change(tx, `UPDATE codes SET used_at = ?, terminal = ? WHERE id = ? AND used_at = 0 AND expires_at >= ?`, now, t.ID, c.ID, now)
		if err != nil {
			return err
		}
		if used != 1 {
			return errCode
		}
		// A key that was refused or revoked never comes back; one that is pending or trusted may be enrolled again.
		put, err := s.db.Change(tx, `INSERT INTO terminals (id, code_id, name, place, state, words, enrolled_at, certificate_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET code_id = excluded.code_id, name = excluded.name, place = excluded.place, state = excluded.state,
			words = excluded.words, enrolled_at = excluded.enrolled_at, certificate_until = excluded.certificate_until
			WHERE terminals.state IN ('pending', 'trusted')`,
			t.ID, t.CodeID, t.Name, t.Place, t.State, t.Words, t.EnrolledAt, t.CertificateUntil)
		if err != nil {
			return err
		}
		if put != 1 {
			return errRefusedKey
		}
		_, err = s.db.Change(tx, `INSERT INTO log (at, who, did, what) VALUES (?, ?, 'asked to join', ?)`, now, "terminal "+t.ID[:8], t.Name+", "+t.Place)
		return err
	})
}

const terminalColumns = `id, code_id, name, place, state, words, enrolled_at, decided_at, decided_by, certificate_until, last_seen, health, changed_at`

func (t *terminal) columns() []any {
	return []any{&t.ID, &t.CodeID, &t.Name, &t.Place, &t.State, &t.Words, &t.EnrolledAt, &t.DecidedAt, &t.DecidedBy,
		&t.CertificateUntil, &t.LastSeen, &t.Health, &t.ChangedAt}
}

// terminal finds one; sql.ErrNoRows when there is none.
func (s *store) terminal(id string) (t terminal, err error) {
	err = s.db.One(s.db, `SELECT `+terminalColumns+` FROM terminals WHERE id = ?`, []any{id}, t.columns()...)
	return t, err
}

// terminals lists those in one of the states, newest first.
func (s *store) terminals(states ...string) (all []terminal, err error) {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")
	args := make([]any, len(states))
	for i, st := range states {
		args[i] = st
	}
	err = s.db.All(`SELECT `+terminalColumns+` FROM terminals WHERE state IN (`+marks+`) ORDER BY enrolled_at DESC, id`, args,
		func(scan func(...any) error) error {
			var t terminal
			err := scan(t.columns()...)
			all = append(all, t)
			return err
		})
	return all, err
}

// decide moves a terminal from one state to another; false when it was not in it.
func (s *store) decide(id, from, to, who string, now int64) (bool, error) {
	n, err := s.db.Change(s.db, `UPDATE terminals SET state = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = ?`, to, now, who, id, from)
	return n == 1, err
}

// heard keeps a report; changed is since when the terminal works as it does now.
func (s *store) heard(id string, health any, changed, now int64) error {
	text, err := json.Marshal(health)
	if err != nil {
		return err
	}
	_, err = s.db.Change(s.db, `UPDATE terminals SET last_seen = ?, changed_at = ?, health = ? WHERE id = ?`, now, changed, string(text), id)
	return err
}

func (s *store) seen(id string, now int64) error {
	_, err := s.db.Change(s.db, `UPDATE terminals SET last_seen = ? WHERE id = ?`, now, id)
	return err
}

func (s *store) renewed(id string, until int64) error {
	_, err := s.db.Change(s.db, `UPDATE terminals SET certificate_until = ? WHERE id = ?`, until, id)
	return err
}
