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
	"net/url"
	"os"
	"strings"

	_ "github.com/mattn/go-sqlite3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is fleet.db. One writer; every change is on disk (synchronous=FULL) before the call returns.
type store struct{ db *sql.DB }

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

func openStore(path string) (*store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("fleet's store: %w", err)
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate"}
	db, err := sql.Open("sqlite3", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("fleet's store: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := migrate(db); err != nil {
		db.Close()
		return nil, fmt.Errorf("fleet's store %s: %w", path, err)
	}
	return &store{db: db}, nil
}

// migrate applies the files of migrations/ that the database has not seen; PRAGMA user_version counts them.
func migrate(db *sql.DB) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	var version int
	if err := db.QueryRow("PRAGMA user_version").Scan(&version); err != nil {
		return err
	}
	if version > len(files) {
		return errors.New("it was written by a newer version of this program")
	}
	for i, name := range files[version:] {
		text, err := migrations.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := db.Exec(fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT;", text, version+i+1)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func (s *store) close() error { return s.db.Close() }

// log writes who did what, for the admins' log.
func (s *store) log(at int64, who, did, what string) error {
	_, err := s.db.Exec(`INSERT INTO log (at, who, did, what) VALUES (?, ?, ?, ?)`, at, who, did, what)
	return err
}

func (s *store) entries(limit int) ([]LogEntry, error) {
	rows, err := s.db.Query(`SELECT at, who, did, what FROM log ORDER BY seq DESC LIMIT ?`, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []LogEntry{}
	for rows.Next() {
		var e LogEntry
		if err := rows.Scan(&e.At, &e.Who, &e.Did, &e.What); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, rows.Err()
}

func (s *store) addCode(c codeRow) error {
	_, err := s.db.Exec(`INSERT INTO codes (id, secret, name, place, trusted, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.ID, c.Secret, c.Name, c.Place, c.Trusted, c.CreatedAt, c.ExpiresAt)
	return err
}

// codes lists those that could be used at or after since.
func (s *store) codes(since int64) ([]codeRow, error) {
	rows, err := s.db.Query(`SELECT id, secret, name, place, trusted, created_at, expires_at, used_at, terminal FROM codes
		WHERE expires_at >= ? ORDER BY created_at DESC`, since)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []codeRow
	for rows.Next() {
		var c codeRow
		if err := rows.Scan(&c.ID, &c.Secret, &c.Name, &c.Place, &c.Trusted, &c.CreatedAt, &c.ExpiresAt, &c.UsedAt, &c.Terminal); err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, rows.Err()
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
	tx, err := s.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	used, err := tx.Exec(`UPDATE codes SET used_at = ?, terminal = ? WHERE id = ? AND used_at = 0 AND expires_at >= ?`, now, t.ID, c.ID, now)
	if err != nil {
		return err
	}
	if n, err := used.RowsAffected(); err != nil || n != 1 {
		return errCode
	}
	// A key that was refused or revoked never comes back; one that is pending or trusted may be enrolled again.
	put, err := tx.Exec(`INSERT INTO terminals (id, code_id, name, place, state, words, enrolled_at, certificate_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET code_id = excluded.code_id, name = excluded.name, place = excluded.place, state = excluded.state,
		words = excluded.words, enrolled_at = excluded.enrolled_at, certificate_until = excluded.certificate_until
		WHERE terminals.state IN ('pending', 'trusted')`,
		t.ID, t.CodeID, t.Name, t.Place, t.State, t.Words, t.EnrolledAt, t.CertificateUntil)
	if err != nil {
		return err
	}
	if n, err := put.RowsAffected(); err != nil || n != 1 {
		return errRefusedKey
	}
	if _, err := tx.Exec(`INSERT INTO log (at, who, did, what) VALUES (?, ?, 'asked to join', ?)`, now, "terminal "+t.ID[:8], t.Name+", "+t.Place); err != nil {
		return err
	}
	return tx.Commit()
}

const terminalColumns = `id, code_id, name, place, state, words, enrolled_at, decided_at, decided_by, certificate_until, last_seen, health, changed_at`

func scanTerminal(row interface{ Scan(...any) error }) (terminal, error) {
	var t terminal
	err := row.Scan(&t.ID, &t.CodeID, &t.Name, &t.Place, &t.State, &t.Words, &t.EnrolledAt, &t.DecidedAt, &t.DecidedBy,
		&t.CertificateUntil, &t.LastSeen, &t.Health, &t.ChangedAt)
	return t, err
}

// terminal finds one; sql.ErrNoRows when there is none.
func (s *store) terminal(id string) (terminal, error) {
	return scanTerminal(s.db.QueryRow(`SELECT `+terminalColumns+` FROM terminals WHERE id = ?`, id))
}

// terminals lists those in one of the states, newest first.
func (s *store) terminals(states ...string) ([]terminal, error) {
	marks := strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")
	args := make([]any, len(states))
	for i, st := range states {
		args[i] = st
	}
	rows, err := s.db.Query(`SELECT `+terminalColumns+` FROM terminals WHERE state IN (`+marks+`) ORDER BY enrolled_at DESC, id`, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []terminal
	for rows.Next() {
		t, err := scanTerminal(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, rows.Err()
}

// decide moves a terminal from one state to another; false when it was not in it.
func (s *store) decide(id, from, to, who string, now int64) (bool, error) {
	done, err := s.db.Exec(`UPDATE terminals SET state = ?, decided_at = ?, decided_by = ? WHERE id = ? AND state = ?`, to, now, who, id, from)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// heard keeps a report; changed is since when the terminal works as it does now.
func (s *store) heard(id string, health any, changed, now int64) error {
	text, err := json.Marshal(health)
	if err != nil {
		return err
	}
	_, err = s.db.Exec(`UPDATE terminals SET last_seen = ?, changed_at = ?, health = ? WHERE id = ?`, now, changed, string(text), id)
	return err
}

func (s *store) seen(id string, now int64) error {
	_, err := s.db.Exec(`UPDATE terminals SET last_seen = ? WHERE id = ?`, now, id)
	return err
}

func (s *store) renewed(id string, until int64) error {
	_, err := s.db.Exec(`UPDATE terminals SET certificate_until = ? WHERE id = ?`, until, id)
	return err
}
