// SPDX-License-Identifier: Apache-2.0

// Package database is where what must not be forgotten is kept: a SQLite file, or a PostgreSQL database that several hubs
// share. The statements are the same. Every change is on disk (synchronous=FULL, synchronous_commit=on) before the call
// returns.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
)

// DB is an open database. Safe for use by several goroutines.
type DB struct {
	*sql.DB
	// Later is for changes that need not be on disk at once: the next that has to be takes them along.
	Later  *sql.DB
	look   *sql.DB // only reads
	speech speech
	quick  bool
	ready  sync.Map // of the file: what was asked before, taken to pieces already
}

// speech is where the two databases differ.
type speech struct {
	// now is the expression for the database's clock in Unix milliseconds.
	now string
	// numbered: placeholders are $1, $2, ... instead of question marks.
	numbered bool
	// bytes is the type of a column of bytes, counted that of one that numbers its rows.
	bytes, counted string
	// alone: no other process writes while this one runs, but for commands at its side.
	alone bool
}

var (
	sqlite = speech{now: `CAST(unixepoch('subsec') * 1000 AS INTEGER)`, bytes: "BLOB", counted: "INTEGER PRIMARY KEY", alone: true}
	server = speech{now: `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)`, numbered: true, bytes: "BYTEA",
		counted: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"}
)

// patience bounds one statement of PostgreSQL: a database that does not answer must not keep anybody's connection.
const patience = 10 * time.Second

// Options say which database is meant.
type Options struct {
	// File is the path of a SQLite file, readable by its owner only, made if it is not there. What is deleted is overwritten.
	File string
	// Address, "postgres://user@host/name", is used in place of the file.
	Address string
	// Name counts the migrations of one part of the product apart from another's in the same PostgreSQL database.
	Name string
	// Quick lets nobody who changes a file wait for somebody who reads it, nor for the log's being put into the file: that is
	// done by whoever uses Later, which has to happen every few seconds.
	Quick bool
	// Migrations are files *.sql in the order of their names; BLOB and INTEGER PRIMARY KEY are said as the database wants them.
	Migrations fs.FS
}

// Open opens a database and applies the migrations that it has not seen. Errors never hold the address, which may hold a password.
func Open(o Options) (*DB, error) {
	d := &DB{speech: sqlite}
	var err error
	if o.Address == "" {
		d.DB, err = openFile(o.File, "_synchronous=FULL&_txlock=immediate&_secure_delete=on", 1)
	} else {
		d.speech = server
		d.DB, err = OpenPostgres(o.Address)
	}
	if err != nil {
		return nil, err
	}
	d.Later, d.look = d.DB, d.DB
	if o.Quick && d.Alone() {
		err = d.quicken(o.File)
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	err = d.migrate(o.Name, o.Migrations)
	d.quick = o.Quick && d.Alone() // a statement taken to pieces before would be of the tables as they were
	if err != nil {
		d.Close()
		if o.Address != "" {
			return nil, fmt.Errorf("in PostgreSQL: %w", err)
		}
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	return d, nil
}

func openFile(path, how string, connections int) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: "_journal_mode=WAL&_busy_timeout=10000&" + how}
	db, err := sql.Open("sqlite3", dsn.String())
	if err == nil {
		db.SetMaxOpenConns(connections)
		db.SetMaxIdleConns(connections)
	}
	return db, err
}

// quicken gives the file connections for reading and for what has time. SQLite puts its log into the file at the end of the change
// that made it long (wal_autocheckpoint), which takes many times as long as the change.
func (d *DB) quicken(path string) (err error) {
	if _, err = d.Change(d, `PRAGMA wal_autocheckpoint = 0`); err != nil {
		return err
	}
	if d.Later, err = openFile(path, "_synchronous=NORMAL&_txlock=immediate&_secure_delete=on&_cache_size=-256", 1); err != nil {
		d.Later = d.DB
		return err
	}
	if d.look, err = openFile(path, "_query_only=on&_cache_size=-256", 2); err != nil {
		d.look = d.DB
	}
	return err
}

// Close closes the database.
func (d *DB) Close() error {
	var all []error
	for _, db := range []*sql.DB{d.look, d.Later} {
		if db != nil && db != d.DB {
			all = append(all, db.Close())
		}
	}
	return errors.Join(append(all, d.DB.Close())...)
}

// Look is where a query that changes nothing waits for no change.
func (d *DB) Look() Asker { return d.look }

// OpenPostgres opens a PostgreSQL database as it is.
func OpenPostgres(address string) (*sql.DB, error) {
	c, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database's address is not understood; it has the form postgres://user@host/name") // may hold a password
	}
	c.ConnectTimeout = 5 * time.Second
	c.RuntimeParams["synchronous_commit"] = "on"
	c.RuntimeParams["statement_timeout"] = strconv.FormatInt(patience.Milliseconds(), 10)
	db := stdlib.OpenDB(*c)
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(8)
	return db, nil
}

// Alone tells that no other process shares this database.
func (d *DB) Alone() bool { return d.speech.alone }

// Now is the expression for the database's clock in Unix milliseconds.
func (d *DB) Now() string { return d.speech.now }

// migrate applies the files that the database has not seen.
func (d *DB) migrate(name string, migrations fs.FS) error {
	files, err := fs.Glob(migrations, "*.sql")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c, err := d.DB.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	// Several hubs may open a new database at the same moment: one migrates, the others wait.
	begin := "BEGIN IMMEDIATE"
	if !d.speech.alone {
		begin = "BEGIN; SELECT pg_advisory_xact_lock(7208)"
	}
	if _, err := c.ExecContext(ctx, begin); err != nil {
		return err
	}
	if err := d.migrateIn(ctx, c, name, migrations, files); err != nil {
		c.ExecContext(ctx, "ROLLBACK")
		return err
	}
	_, err = c.ExecContext(ctx, "COMMIT")
	return err
}

func (d *DB) migrateIn(ctx context.Context, c *sql.Conn, name string, migrations fs.FS, files []string) error {
	var version int
	read, write := "PRAGMA user_version", "PRAGMA user_version = %d"
	if !d.speech.alone {
		table := name + "_version"
		if _, err := c.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+table+` (version INTEGER NOT NULL)`); err != nil {
			return err
		}
		read, write = `SELECT COALESCE(MAX(version), 0) FROM `+table, `INSERT INTO `+table+` (version) VALUES (%d)`
	}
	if err := c.QueryRowContext(ctx, read).Scan(&version); err != nil {
		return err
	}
	if version > len(files) {
		return errors.New("it was written by a newer version of this program")
	}
	said := strings.NewReplacer("BLOB", d.speech.bytes, "INTEGER PRIMARY KEY", d.speech.counted)
	for i, file := range files[version:] {
		text, err := fs.ReadFile(migrations, file)
		if err != nil {
			return err
		}
		if _, err := c.ExecContext(ctx, said.Replace(string(text))+";"+fmt.Sprintf(write, version+i+1)); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

// say writes a statement the way this database wants it. No statement of ours has a question mark of another meaning.
func (d *DB) say(query string) string {
	if !d.speech.numbered {
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

// Asker is a database or a transaction in it.
type Asker interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// asked is a query on a connection of a file.
type asked struct {
	db    *sql.DB
	query string
}

// statement is a query outside of a transaction that the file's library has taken to pieces once for all; nil: it is asked as it is.
// PostgreSQL's library does that by itself. What is asked is written down in the program, so these are few.
func (d *DB) statement(ctx context.Context, on Asker, query string) (*sql.Stmt, error) {
	db, ok := on.(*sql.DB)
	if own, is := on.(*DB); is {
		db, ok = own.DB, true
	}
	if !ok || !d.quick {
		return nil, nil
	}
	key := asked{db, query}
	if st, ok := d.ready.Load(key); ok {
		return st.(*sql.Stmt), nil
	}
	st, err := db.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if first, was := d.ready.LoadOrStore(key, st); was {
		st.Close()
		return first.(*sql.Stmt), nil
	}
	return st, nil
}

// patient bounds a statement. One in a file has its bound from SQLite (busy_timeout): to be able to break it off, SQLite's package would
// start a goroutine for every row, and each is a thread more to wake up.
func (d *DB) patient() (context.Context, context.CancelFunc) {
	if d.Alone() {
		return context.Background(), func() {}
	}
	return context.WithTimeout(context.Background(), patience)
}

// Change runs a statement and counts the rows it changed. on is this database or a transaction in it.
func (d *DB) Change(on Asker, query string, args ...any) (int64, error) {
	ctx, cancel := d.patient()
	defer cancel()
	var done sql.Result
	st, err := d.statement(ctx, on, query)
	switch {
	case err != nil:
	case st != nil:
		done, err = st.ExecContext(ctx, args...)
	default:
		done, err = on.ExecContext(ctx, d.say(query), args...)
	}
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// One reads one row; sql.ErrNoRows when there is none.
func (d *DB) One(on Asker, query string, args []any, into ...any) error {
	ctx, cancel := d.patient()
	defer cancel()
	st, err := d.statement(ctx, on, query)
	if err != nil {
		return err
	}
	if st != nil {
		return st.QueryRowContext(ctx, args...).Scan(into...)
	}
	return on.QueryRowContext(ctx, d.say(query), args...).Scan(into...)
}

// All reads every row with f. The query changes nothing.
func (d *DB) All(query string, args []any, f func(scan func(...any) error) error) error {
	ctx, cancel := d.patient()
	defer cancel()
	var found *sql.Rows
	st, err := d.statement(ctx, d.look, query)
	switch {
	case err != nil:
	case st != nil:
		found, err = st.QueryContext(ctx, args...)
	default:
		found, err = d.look.QueryContext(ctx, d.say(query), args...)
	}
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

// Together runs f in one transaction.
func (d *DB) Together(f func(tx *sql.Tx) error) error {
	ctx, cancel := d.patient()
	defer cancel()
	tx, err := d.DB.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Taken tells whether a unique index refused a change.
func Taken(err error) bool {
	var file sqlite3.Error
	var server *pgconn.PgError
	return errors.As(err, &file) && (file.ExtendedCode == sqlite3.ErrConstraintUnique || file.ExtendedCode == sqlite3.ErrConstraintPrimaryKey) ||
		errors.As(err, &server) && server.Code == "23505" // unique_violation
}
