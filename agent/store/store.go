// SPDX-License-Identifier: Apache-2.0

// Package store is what a terminal remembers on disk: requests for help that the hub has not confirmed yet, and counts.
// Neither holds a word of a citizen's. It is SQLite with a write-ahead log, and every change is on disk (synchronous=FULL)
// before the call returns.
package store

import (
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"handrail/database"
	"handrail/helpdesk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the terminal's database. Safe for use by several goroutines.
type Store struct {
	db  *sql.DB
	now func() time.Time
}

var _ helpdesk.Outbox = (*Store)(nil)

// Open opens or makes the database at path, readable by its owner only.
func Open(path string) (*Store, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("terminal's store: %w", err)
	}
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	d, err := database.Open(database.Options{File: path, Migrations: files})
	if err != nil {
		return nil, fmt.Errorf("terminal's store: %w", err)
	}
	return &Store{db: d.DB, now: time.Now}, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Put keeps a message for the hub, not confirmed, in place of what was kept under the id.
func (s *Store) Put(id string, body []byte) error {
	_, err := s.db.Exec(`INSERT INTO outbox (id, body, created_at, confirmed_at) VALUES (?, ?, ?, 0)
		ON CONFLICT (id) DO UPDATE SET body = excluded.body, confirmed_at = 0`, id, body, s.now().UnixMilli())
	return wrap("outbox", err)
}

// Pending lists what the hub has not confirmed, oldest first: in the order in which it was put, whatever the clock said then.
func (s *Store) Pending() ([]helpdesk.Kept, error) {
	return s.kept(`SELECT id, body FROM outbox WHERE confirmed_at = 0 ORDER BY rowid`)
}

// Kept lists everything that is not over, confirmed or not. After a restart these are requests of sessions that are
// gone, to be taken back.
func (s *Store) Kept() ([]helpdesk.Kept, error) {
	return s.kept(`SELECT id, body FROM outbox ORDER BY rowid`)
}

func (s *Store) kept(query string) ([]helpdesk.Kept, error) {
	rows, err := s.db.Query(query)
	if err != nil {
		return nil, wrap("outbox", err)
	}
	defer rows.Close()
	var all []helpdesk.Kept
	for rows.Next() {
		var k helpdesk.Kept
		if err := rows.Scan(&k.ID, &k.Body); err != nil {
			return nil, wrap("outbox", err)
		}
		all = append(all, k)
	}
	return all, wrap("outbox", rows.Err())
}

// Confirm marks a message as being on the hub's disk.
func (s *Store) Confirm(id string) error {
	_, err := s.db.Exec(`UPDATE outbox SET confirmed_at = ? WHERE id = ?`, s.now().UnixMilli(), id)
	return wrap("outbox", err)
}

// Drop forgets a message.
func (s *Store) Drop(id string) error {
	_, err := s.db.Exec(`DELETE FROM outbox WHERE id = ?`, id)
	return wrap("outbox", err)
}

// counterName keeps counters from becoming a place to write things down.
var counterName = regexp.MustCompile(`^[a-z][a-z0-9._-]{0,63}$`)

// Count adds one to a counter. Names are short lower-case names of ours.
func (s *Store) Count(name string) error {
	if !counterName.MatchString(name) {
		return fmt.Errorf("counter: not a name of a counter")
	}
	_, err := s.db.Exec(`INSERT INTO counters (name, n) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET n = n + 1`, name)
	return wrap("counter", err)
}

// Counts gives all counters.
func (s *Store) Counts() (map[string]int, error) {
	rows, err := s.db.Query(`SELECT name, n FROM counters`)
	if err != nil {
		return nil, wrap("counters", err)
	}
	defer rows.Close()
	all := map[string]int{}
	for rows.Next() {
		var name string
		var n int
		if err := rows.Scan(&name, &n); err != nil {
			return nil, wrap("counters", err)
		}
		all[name] = n
	}
	return all, wrap("counters", rows.Err())
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("terminal's store: %s: %w", what, err)
}
