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
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/mattn/go-sqlite3"
)

// DB is an open database. Safe for use by several goroutines.
type DB struct {
	*sql.DB
	speech speech
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

// patience bounds one statement: a database that does not answer must not keep anybody's connection.
const patience = 10 * time.Second

// Options say which database is meant.
type Options struct {
	// File is the path of a SQLite file, readable by its owner only, made if it is not there. What is deleted is overwritten.
	File string
	// Address, "postgres://user@host/name", is used in place of the file.
	Address string
	// Name counts the migrations of one part of the product apart from another's in the same PostgreSQL database.
	Name string
	// Migrations are files *.sql in the order of their names; BLOB and INTEGER PRIMARY KEY are said as the database wants them.
	Migrations fs.FS
}

// Open opens a database and applies the migrations that it has not seen. Errors never hold the address, which may hold a password.
func Open(o Options) (*DB, error) {
	d := &DB{speech: sqlite}
	var err error
	if o.Address == "" {
		d.DB, err = openFile(o.File)
	} else {
		d.speech = server
		d.DB, err = OpenPostgres(o.Address)
	}
	if err != nil {
		return nil, err
	}
	if err := d.migrate(o.Name, o.Migrations); err != nil {
		d.DB.Close()
		if o.Address != "" {
			return nil, fmt.Errorf("in PostgreSQL: %w", err)
		}
		return nil, fmt.Errorf("%s: %w", o.File, err)
	}
	return d, nil
}

func openFile(path string) (*sql.DB, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate&_secure_delete=on"}
	db, err := sql.Open("sqlite3", dsn.String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

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

// Change runs a statement and counts the rows it changed. on is this database or a transaction in it.
func (d *DB) Change(on Asker, query string, args ...any) (int64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	done, err := on.ExecContext(ctx, d.say(query), args...)
	if err != nil {
		return 0, err
	}
	return done.RowsAffected()
}

// One reads one row; sql.ErrNoRows when there is none.
func (d *DB) One(on Asker, query string, args []any, into ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return on.QueryRowContext(ctx, d.say(query), args...).Scan(into...)
}

// All reads every row with f.
func (d *DB) All(query string, args []any, f func(scan func(...any) error) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := d.DB.QueryContext(ctx, d.say(query), args...)
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
	ctx, cancel := context.WithTimeout(context.Background(), patience)
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
