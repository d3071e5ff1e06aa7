// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"encoding/json"
	"errors"
	"maps"

	"handrail/database"
	"handrail/helpdesk"
)

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
	// PageKey is of the page of whoever holds the lease, if it has one.
	PageKey []byte
	// Node is the hub that holds the terminal's line, empty: none does.
	Node string
}

const columns = `id, terminal, language, body, state, rev, lease_owner, lease_until, tried, volunteer, public_key,
	created_at, accepted_at, ended_at, ended_why, codes, node, page_key, team`

func scanRow(scan func(...any) error) (row, error) {
	var r row
	var body, tried, codes, team string
	err := scan(&r.ID, &r.Terminal, &r.Language, &body, &r.State, &r.Rev, &r.LeaseOwner, &r.LeaseUntil, &tried, &r.Volunteer,
		&r.PublicKey, &r.CreatedAt, &r.AcceptedAt, &r.EndedAt, &r.EndedWhy, &codes, &r.Node, &r.PageKey, &team)
	if err != nil {
		return row{}, err
	}
	if body != "" {
		err = json.Unmarshal([]byte(body), &r.Request)
	}
	if err == nil {
		r.Request.Team, err = readTeam(team)
	}
	return r, errors.Join(err, json.Unmarshal([]byte(tried), &r.Tried), json.Unmarshal([]byte(codes), &r.Codes))
}

// bodyOf is a request as it is kept: what is sealed to the team stands apart, for it goes when the request is over.
func bodyOf(r helpdesk.Request) (body, team string, err error) {
	if team, err = writeTeam(r.Team); err != nil {
		return "", "", err
	}
	r.Team = nil
	text, err := json.Marshal(r)
	return string(text), team, err
}

func writeTeam(f *helpdesk.ForTeam) (string, error) {
	if f == nil {
		return "", nil
	}
	text, err := json.Marshal(f)
	return string(text), err
}

func readTeam(text string) (*helpdesk.ForTeam, error) {
	if text == "" {
		return nil, nil
	}
	f := new(helpdesk.ForTeam)
	return f, json.Unmarshal([]byte(text), f)
}

func (s *store) rows(where string, args ...any) (list []row, err error) {
	err = s.all(`SELECT `+columns+` FROM help_request WHERE `+where, args, func(scan func(...any) error) error {
		r, err := scanRow(scan)
		list = append(list, r)
		return err
	})
	return list, err
}

// get finds one row; sql.ErrNoRows when there is none.
func (s *store) get(id string) (row, error) {
	return scanRow(func(into ...any) error {
		return s.one(s.db.Look(), `SELECT `+columns+` FROM help_request WHERE id = ?`, []any{id}, into...)
	})
}

// live lists everything that is not over, longest wait first.
func (s *store) live() ([]row, error) { return s.rows(`state <> 'ended' ORDER BY created_at, id`) }

// insert puts a request on disk, at the hub whose line it came by. The second time it changes nothing but where the
// terminal is; the row as it is comes back.
func (s *store) insert(node, terminal string, r helpdesk.Request, now int64) (row, error) {
	return s.insertIn(s.db, node, terminal, r, now)
}

// insertRinging puts a new request on disk together with the ring of a volunteer. ok is false, and nothing is done, if it was known
// or they have another ring or call by now.
func (s *store) insertRinging(node, terminal string, r helpdesk.Request, volunteer, language string, until, now int64) (have row, ok bool, err error) {
	body, team, err := bodyOf(r)
	if err != nil {
		return row{}, false, err
	}
	have, ok, err = s.change(`INSERT INTO help_request (id, terminal, language, body, state, rev, lease_owner, lease_until, created_at, node, team, page_key)
		VALUES (?, ?, ?, ?, 'ringing', 2, ?, ?, ?, ?, ?, (SELECT page_key FROM seat WHERE person = ?)) ON CONFLICT (id) DO NOTHING`,
		r.ID, terminal, language, body, volunteer, until, now, node, team, volunteer)
	if database.Taken(err) {
		return row{}, false, nil
	}
	return have, ok, err
}

// rung notes when a volunteer was rung last, for who is rung next.
func (s *store) rung(volunteer string, now int64) error {
	_, err := s.exec(s.db.Later, `UPDATE seat SET rung_at = ? WHERE person = ?`, now, volunteer)
	return err
}

func (s *store) insertIn(on asker, node, terminal string, r helpdesk.Request, now int64) (row, error) {
	body, team, err := bodyOf(r)
	if err != nil {
		return row{}, err
	}
	have, ok, err := s.changeIn(on, `INSERT INTO help_request (id, terminal, language, body, state, rev, created_at, node, team) VALUES (?, ?, ?, ?, 'open', 1, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET node = CASE WHEN help_request.terminal = excluded.terminal THEN excluded.node ELSE help_request.node END`,
		r.ID, terminal, r.Languages[0], body, now, node, team)
	if err == nil && !ok {
		err = sql.ErrNoRows
	}
	return have, err
}

// bury marks an id as over that was never seen, so that the request, if it comes late, is not taken up.
func (s *store) bury(terminal, id string, now int64) error {
	_, err := s.exec(s.db, `INSERT INTO help_request (id, terminal, language, body, state, rev, created_at, ended_at, ended_why)
		VALUES (?, ?, '', '', 'ended', 1, ?, ?, 'citizen') ON CONFLICT (id) DO NOTHING`, id, terminal, now, now)
	return err
}

// change runs a statement that changes one row; ok is false when its condition did not hold.
func (s *store) change(query string, args ...any) (row, bool, error) {
	return s.changeIn(s.db, query, args...)
}

func (s *store) changeIn(on asker, query string, args ...any) (row, bool, error) {
	r, err := scanRow(func(into ...any) error { return s.one(on, query+` RETURNING `+columns, args, into...) })
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// claim leases an open request to a volunteer who is to be rung. It fails for one who has another ring or call.
func (s *store) claim(id, volunteer, language string, until, now int64) (r row, ok bool, err error) {
	err = s.together(func(tx *sql.Tx) error {
		r, ok, err = s.claimIn(tx, id, volunteer, language, until, now)
		return err
	})
	if database.Taken(err) {
		return row{}, false, nil
	}
	return r, ok && err == nil, err
}

func (s *store) claimIn(tx asker, id, volunteer, language string, until, now int64) (row, bool, error) {
	r, ok, err := s.changeIn(tx, `UPDATE help_request SET state = 'ringing', lease_owner = ?, lease_until = ?, language = ?, rev = rev + 1,
		page_key = (SELECT page_key FROM seat WHERE person = ?)
		WHERE id = ? AND state = 'open'`, volunteer, until, language, volunteer, id)
	if err == nil && ok {
		_, err = s.exec(tx, `UPDATE seat SET rung_at = ? WHERE person = ?`, now, volunteer)
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

// hold moves the end of an accepted call's lease, further away only.
func (s *store) hold(id string, until int64) error {
	_, err := s.exec(s.db, `UPDATE help_request SET lease_until = ? WHERE id = ? AND state = 'accepted' AND lease_until < ?`, until, id, until)
	return err
}

// reopen offers an accepted call again, with others to others first.
func (s *store) reopen(r row, others bool, now int64) (row, bool, error) {
	tried := maps.Clone(r.Tried)
	if others {
		tried[r.LeaseOwner] = now
	}
	text, err := json.Marshal(tried)
	if err != nil {
		return row{}, false, err
	}
	return s.change(`UPDATE help_request SET state = 'open', lease_owner = '', lease_until = 0, public_key = NULL, tried = ?, rev = rev + 1
		WHERE id = ? AND state = 'accepted' AND rev = ?`, string(text), r.ID, r.Rev)
}

// end ends what is not over yet, and forgets what was sealed to the team. The row comes back with its lease, to tell who had it.
func (s *store) end(id, why string, now int64) (row, bool, error) {
	return s.change(`UPDATE help_request SET state = 'ended', team = '', ended_at = ?, ended_why = ?, rev = rev + 1 WHERE id = ? AND state <> 'ended'`, now, why, id)
}

// after keeps issue codes with a call that is over.
func (s *store) after(id, volunteer string, codes []string) (bool, error) {
	text, err := json.Marshal(codes)
	if err != nil {
		return false, err
	}
	n, err := s.exec(s.db, `UPDATE help_request SET codes = ? WHERE id = ? AND volunteer = ? AND state = 'ended'`, string(text), id, volunteer)
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

func (s *store) numbers(query string, args ...any) (list []int64, err error) {
	err = s.all(query, args, func(scan func(...any) error) error {
		var n int64
		err := scan(&n)
		list = append(list, n)
		return err
	})
	return list, err
}
