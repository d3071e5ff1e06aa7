// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"sync/atomic"
	"time"

	"handrail/database"
	"handrail/helpdesk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is what the desk must not forget: desk.db, or a PostgreSQL database that several hubs share. All changes of a
// request's state are one conditional UPDATE, so that two who want the same row cannot both have it, in this process or in
// another.
type store struct {
	db *database.DB
	// read is when the database's clock was read last. All hubs go by it, and count on by a clock that never jumps.
	read atomic.Pointer[reading]
	// clock is this machine's, in Unix milliseconds, for as long as the database's was not read.
	clock func() int64
}

// openStore opens the database that dsn names, "postgres://...", or the file at path when dsn is empty.
func openStore(path, dsn string) (*store, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db, err := database.Open(database.Options{File: path, Address: dsn, Name: "desk", Quick: true, Migrations: files})
	if err != nil {
		return nil, fmt.Errorf("desk's store: %w", err)
	}
	return &store{db: db, clock: helpdesk.Now}, nil
}

// reading is what a clock said, and when by this process's own.
type reading struct {
	said int64
	at   time.Time
}

// now is the present by the database's clock, in Unix milliseconds.
func (s *store) now() int64 {
	if r := s.read.Load(); r != nil {
		return r.said + time.Since(r.at).Milliseconds()
	}
	return s.clock()
}

// asker is a database or a transaction in it.
type asker = database.Asker

func (s *store) exec(on asker, query string, args ...any) (int64, error) {
	return s.db.Change(on, query, args...)
}

func (s *store) one(on asker, query string, args []any, into ...any) error {
	return s.db.One(on, query, args, into...)
}

func (s *store) all(query string, args []any, f func(scan func(...any) error) error) error {
	return s.db.All(query, args, f)
}

func (s *store) together(f func(tx *sql.Tx) error) error { return s.db.Together(f) }
