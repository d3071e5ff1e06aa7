// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"

	"handrail/helpdesk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is what the desk must not forget: desk.db, or a PostgreSQL database that several hubs share. The statements are
// the same. Every change is on disk (synchronous=FULL, synchronous_commit=on) before the call returns. All changes of a
// request's state are one conditional UPDATE, so that two who want the same row cannot both have it, in this process or in
// another.
type store struct {
	db     *sql.DB
	speech speech
	// read is when the database's clock was read last. All hubs go by it, and count on by a clock that never jumps.
	read atomic.Pointer[reading]
	// clock is this machine's, in Unix milliseconds, for as long as the database's was not read.
	clock func() int64
}

// speech is where the two databases differ.
type speech struct {
	name string
	// now is the expression for the database's clock in Unix milliseconds.
	now string
	// numbered: placeholders are $1, $2, ... instead of question marks.
	numbered bool
	// bytes is the type of a column of bytes.
	bytes string
	// alone: no other process writes while this hub runs, but for commands at its side.
	alone bool
}

var (
	sqlite   = speech{name: "sqlite", now: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`, bytes: "BLOB", alone: true}
	postgres = speech{name: "postgres", now: `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`, numbered: true, bytes: "BYTEA"}
)

// storeTime bounds one statement: a database that does not answer must not keep anybody's connection.
const storeTime = 10 * time.Second

// openStore opens the database that dsn names, "postgres://...", or the file at path when dsn is empty.
func openStore(path, dsn string) (*store, error) {
	s := &store{speech: sqlite, clock: helpdesk.Now}
	var err error
	if dsn == "" {
		s.db, err = openFile(path)
	} else {
		s.speech = postgres
		s.db, err = openPostgres(dsn)
		path = "in PostgreSQL"
	}
	if err != nil {
		return nil, fmt.Errorf("desk's store: %w", err)
	}
	if err := s.migrate(); err != nil {
		s.db.Close()
		return nil, fmt.Errorf("desk's store %s: %w", path, err)
	}
	return s, nil
}

func openFile(path string) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate"}
	db, err := sql.Open("sqlite3", dsn.String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func openPostgres(dsn string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the database's address is not understood; it has the form postgres://user@host/name") // may hold a password
	}
	c.ConnectTimeout = 5 * time.Second
	c.RuntimeParams["synchronous_commit"] = "on"
	c.RuntimeParams["statement_timeout"] = strconv.FormatInt(storeTime.Milliseconds(), 10)
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db, nil
}

// migrate applies the files of migrations/ that the database has not seen.
func (s *store) migrate() error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := s.db.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	// Several hubs may open a new database at the same moment: one migrates, the others wait.
	begin := map[bool]string{true: "BEGIN IMMEDIATE", false: "BEGIN; SELECT pg_advisory_xact_lock(7208)"}[s.speech.alone]
	if _, err := c.ExecContext(ctx, begin); err != nil {
		return err
	}
	if err := s.migrateIn(ctx, c, files); err != nil {
		c.ExecContext(ctx, "ROLLBACK")
		return err
	}
	_, err = c.ExecContext(ctx, "COMMIT")
	return err
}

func (s *store) migrateIn(ctx context.Context, c *sql.Conn, files []string) error {
	var version int
	read, write := "PRAGMA user_version", "PRAGMA user_version = %d"
	if !s.speech.alone {
		if _, err := c.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS desk_version (version INTEGER NOT NULL)`); err != nil {
			return err
		}
		read, write = `SELECT COALESCE(MAX(version), 0) FROM desk_version`, `INSERT INTO desk_version (version) VALUES (%d)`
	}
	if err := c.QueryRowContext(ctx, read).Scan(&version); err != nil {
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
		statements := strings.ReplaceAll(string(text), "BLOB", s.speech.bytes)
		if _, err := c.ExecContext(ctx, statements+";"+fmt.Sprintf(write, version+i+1)); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
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

// say writes a statement the way this database wants it. No statement of ours has a question mark of another meaning.
func (s *store) say(query string) string {
	if !s.speech.numbered {
		return query
	}
	var b strings.Builder
	n := 0
	for _, r := range query {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteByte('$')
		b.WriteString(strconv.Itoa(n))
	}
	return b.String()
}

// asker is a database or a transaction in it.
type asker interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// exec runs a statement and counts the rows it changed.
func (s *store) exec(on asker, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	done, err := on.ExecContext(ctx, s.say(query), args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// one reads one row; sql.ErrNoRows when there is none.
func (s *store) one(on asker, query string, args []any, into ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return on.QueryRowContext(ctx, s.say(query), args...).Scan(into...)
}

// all reads every row with f.
func (s *store) all(query string, args []any, f func(scan func(...any) error) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	found, err := s.db.QueryContext(ctx, s.say(query), args...)
	if err != nil {
		return err
	}
	defer found.Close()
	for found.Next() {
		if err := f(found.Scan); err != nil {
			return err
		}
	}
	return found.Err()
}

// together runs f in one transaction.
func (s *store) together(f func(tx *sql.Tx) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// taken tells whether a unique index refused a change.
func taken(err error) bool {
	var file sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &file) && (file.ExtendedCode == sqlite3.ErrConstraintUnique || file.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) ||
		errors.As(err, &server) && server.Code == "23505" // unique_violation
}
