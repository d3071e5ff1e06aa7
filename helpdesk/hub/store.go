// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"

	"github.com/mattn/go-sqlite3"

	"handrail/helpdesk"
)

//go:embed migrations/*.sql
var migrations embed.FS

// store is desk.db: what the desk must not forget. One writer; every change is on disk (synchronous=FULL) before the call
// returns. All changes of a request's state are one conditional UPDATE, so that two who want the same row cannot both
// have it, in this process or in another.
type store struct{ db *sql.DB }

// States of a row.
const (
	open     = "open"
	ringing  = "ringing"
	accepted = "accepted"
	ended    = "ended"
)

// row is one help request.
type row struct {
	ID, Terminal, Language string
	Request                helpdesk.Request
	State                  string
	Rev                    int64
	LeaseOwner             string
	LeaseUntil             int64
	Tried                  map[string]int64
	Volunteer              string
	PublicKey              []byte
	CreatedAt, AcceptedAt  int64
	EndedAt                int64
	EndedWhy               string
	Codes                  []string
}

func openStore(path string) (*store, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("desk's store: %w", err)
	}
	f.Close()
	dsn := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(),
		RawQuery: "_journal_mode=WAL&_synchronous=FULL&_busy_timeout=10000&_txlock=immediate"}
	db, err := sql.Open("sqlite3", dsn.String())
	if err != nil {
		return nil, fmt.Errorf("desk's store: %w", err)
	}
	db.SetMaxOpenConns(1)
	if err := migrate(db); err != nil {
		db.Close()
		return nil, fmt.Errorf("desk's store %s: %w", path, err)
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

const columns = `id, terminal, language, body, state, rev, lease_owner, lease_until, tried, volunteer, public_key,
	created_at, accepted_at, ended_at, ended_why, codes`

func scanRow(from interface{ Scan(...any) error }) (row, error) {
	var r row
	var body, tried, codes string
	err := from.Scan(&r.ID, &r.Terminal, &r.Language, &body, &r.State, &r.Rev, &r.LeaseOwner, &r.LeaseUntil, &tried, &r.Volunteer,
		&r.PublicKey, &r.CreatedAt, &r.AcceptedAt, &r.EndedAt, &r.EndedWhy, &codes)
	if err != nil {
		return row{}, err
	}
	if body != "" {
		err = json.Unmarshal([]byte(body), &r.Request)
	}
	return r, errors.Join(err, json.Unmarshal([]byte(tried), &r.Tried), json.Unmarshal([]byte(codes), &r.Codes))
}

func (s *store) rows(where string, args ...any) ([]row, error) {
	found, err := s.db.Query(`SELECT `+columns+` FROM help_request WHERE `+where, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []row
	for found.Next() {
		r, err := scanRow(found)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, found.Err()
}

// get finds one row; sql.ErrNoRows when there is none.
func (s *store) get(id string) (row, error) {
	return scanRow(s.db.QueryRow(`SELECT `+columns+` FROM help_request WHERE id = ?`, id))
}

// live lists everything that is not over, longest wait first.
func (s *store) live() ([]row, error) { return s.rows(`state <> 'ended' ORDER BY created_at, id`) }

// liveOf lists what a terminal has open.
func (s *store) liveOf(terminal string) ([]row, error) {
	return s.rows(`state <> 'ended' AND terminal = ? ORDER BY created_at, id`, terminal)
}

// insert puts a request on disk. The second time it changes nothing; the row as it is comes back.
func (s *store) insert(terminal string, r helpdesk.Request, now int64) (row, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return row{}, err
	}
	if _, err := s.db.Exec(`INSERT INTO help_request (id, terminal, language, body, state, rev, created_at) VALUES (?, ?, ?, ?, 'open', 1, ?)
		ON CONFLICT (id) DO NOTHING`, r.ID, terminal, r.Languages[0], string(body), now); err != nil {
		return row{}, err
	}
	return s.get(r.ID)
}

// bury marks an id as over that was never seen, so that the request, if it comes late, is not taken up.
func (s *store) bury(terminal, id string, now int64) error {
	_, err := s.db.Exec(`INSERT INTO help_request (id, terminal, language, body, state, rev, created_at, ended_at, ended_why)
		VALUES (?, ?, '', '', 'ended', 1, ?, ?, 'citizen') ON CONFLICT (id) DO NOTHING`, id, terminal, now, now)
	return err
}

// change runs an UPDATE ... RETURNING of one row; ok is false when its condition did not hold.
func (s *store) change(query string, args ...any) (row, bool, error) {
	r, err := scanRow(s.db.QueryRow(query+` RETURNING `+columns, args...))
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// claim leases an open request to a volunteer who is to be rung. It fails for one who has another ring or call.
func (s *store) claim(id, volunteer, language string, until int64) (row, bool, error) {
	r, ok, err := s.change(`UPDATE help_request SET state = 'ringing', lease_owner = ?, lease_until = ?, language = ?, rev = rev + 1
		WHERE id = ? AND state = 'open'`, volunteer, until, language, id)
	var refused sqlite3.Error
	if errors.As(err, &refused) && refused.ExtendedCode == sqlite3.ErrConstraintUnique {
		return row{}, false, nil
	}
	return r, ok, err
}

// release ends a ring that was not answered. rung says whether it came through at all: only then was the volunteer tried.
func (s *store) release(r row, rung bool, now int64) (row, bool, error) {
	tried := maps.Clone(r.Tried)
	if rung {
		tried[r.LeaseOwner] = now
	}
	text, err := json.Marshal(tried)
	if err != nil {
		return row{}, false, err
	}
	return s.change(`UPDATE help_request SET state = 'open', lease_owner = '', lease_until = 0, tried = ?, rev = rev + 1
		WHERE id = ? AND state = 'ringing' AND lease_owner = ? AND rev = ?`, string(text), r.ID, r.LeaseOwner, r.Rev)
}

// accept turns a ring into a call while its lease holds, or gives an open call of the same volunteer a new key.
func (s *store) accept(id, volunteer string, key []byte, until, now int64) (row, bool, error) {
	return s.change(`UPDATE help_request SET state = 'accepted', volunteer = lease_owner, public_key = ?, lease_until = ?, rev = rev + 1,
		accepted_at = CASE WHEN state = 'accepted' THEN accepted_at ELSE ? END
		WHERE id = ? AND lease_owner = ? AND (state = 'ringing' AND lease_until >= ? OR state = 'accepted')`,
		key, until, now, id, volunteer, now)
}

// hold moves the end of an accepted call's lease.
func (s *store) hold(id string, until int64) error {
	_, err := s.db.Exec(`UPDATE help_request SET lease_until = ? WHERE id = ? AND state = 'accepted'`, until, id)
	return err
}

// reopen offers an accepted call again whose volunteer was lost.
func (s *store) reopen(r row) (row, bool, error) {
	return s.change(`UPDATE help_request SET state = 'open', lease_owner = '', lease_until = 0, public_key = NULL, rev = rev + 1
		WHERE id = ? AND state = 'accepted' AND rev = ?`, r.ID, r.Rev)
}

// end ends what is not over yet. The row comes back with its lease, to tell who had it.
func (s *store) end(id, why string, now int64) (row, bool, error) {
	return s.change(`UPDATE help_request SET state = 'ended', ended_at = ?, ended_why = ?, rev = rev + 1 WHERE id = ? AND state <> 'ended'`, now, why, id)
}

// after keeps issue codes with a call that is over.
func (s *store) after(id, volunteer string, codes []string) (bool, error) {
	text, err := json.Marshal(codes)
	if err != nil {
		return false, err
	}
	done, err := s.db.Exec(`UPDATE help_request SET codes = ? WHERE id = ? AND volunteer = ? AND state = 'ended'`, string(text), id, volunteer)
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 1, err
}

// calls lists a volunteer's finished calls since a time, oldest first.
func (s *store) calls(volunteer string, since int64) ([]row, error) {
	return s.rows(`volunteer = ? AND accepted_at >= ? AND state = 'ended' ORDER BY accepted_at, id`, volunteer, since)
}

// waits lists how long the last requests in a language waited until they were accepted, in milliseconds.
func (s *store) waits(language string, since int64) ([]int64, error) {
	return s.numbers(`SELECT accepted_at - created_at FROM help_request WHERE language = ? AND accepted_at >= ? ORDER BY accepted_at DESC LIMIT 20`, language, since)
}

func (s *store) numbers(query string, args ...any) ([]int64, error) {
	found, err := s.db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	var all []int64
	for found.Next() {
		var n int64
		if err := found.Scan(&n); err != nil {
			return nil, err
		}
		all = append(all, n)
	}
	return all, found.Err()
}
