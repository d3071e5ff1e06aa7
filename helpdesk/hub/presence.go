// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Who is connected where. A hub beats; what was connected to one whose beat has stopped is gone. Terminals are thousands
// and only those that ask matter, so a terminal's place is kept with its requests.

const (
	beatEvery = 2000 // milliseconds
	// nodeLost is how long after its last beat a hub counts as gone.
	nodeLost = 3 * beatEvery
)

func newNodeID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// present is a volunteer with the desk open at a hub that runs.
type present struct {
	Person
	node  string
	ready bool
	rung  int64
}

// beat says that this hub runs, and reads the database's clock.
func (s *store) beat(node string) error {
	var now int64
	err := s.one(s.db.Later, `INSERT INTO node (id, seen_at) VALUES (?, `+s.db.Now()+`) ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at RETURNING seen_at`,
		[]any{node}, &now)
	if err == nil {
		s.read.Store(&reading{said: now, at: time.Now()})
	}
	return err
}

// arrive is called when this hub begins to serve. On a file there is no other.
func (s *store) arrive(node string) error {
	if err := s.beat(node); err != nil {
		return err
	}
	old := s.now() - 3600*1000
	if s.db.Alone() {
		old = s.now() + 1
	}
	if _, err := s.exec(s.db, `DELETE FROM node WHERE id <> ? AND seen_at < ?`, node, old); err != nil {
		return err
	}
	_, err := s.exec(s.db, `DELETE FROM seat WHERE node NOT IN (SELECT id FROM node)`)
	return err
}

// leave is called when this hub stops: everything at it is gone at once.
func (s *store) leave(node string) error {
	if _, err := s.exec(s.db, `DELETE FROM seat WHERE node = ?`, node); err != nil {
		return err
	}
	_, err := s.exec(s.db, `DELETE FROM node WHERE id = ?`, node)
	return err
}

// nodes lists the hubs that run.
func (s *store) nodes(now int64) (map[string]bool, error) {
	list := map[string]bool{}
	err := s.all(`SELECT id FROM node WHERE seen_at > ?`, []any{now - nodeLost}, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		list[id] = true
		return err
	})
	return list, err
}

// sit notes where a volunteer's desk is open.
func (s *store) sit(person, node string) error {
	_, err := s.exec(s.db, `INSERT INTO seat (person, node) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET node = excluded.node, ready = 0`, person, node)
	return err
}

// ready notes that their page can be rung, and the key of it: what rings there, or is talked about, is sealed to it from now on.
func (s *store) ready(person, node string, key []byte) error {
	if _, err := s.exec(s.db, `UPDATE seat SET ready = 1, page_key = ? WHERE person = ? AND node = ?`, key, person, node); err != nil {
		return err
	}
	if key == nil {
		return nil
	}
	_, err := s.exec(s.db, `UPDATE help_request SET page_key = ?, rev = rev + 1 WHERE lease_owner = ? AND state IN ('ringing', 'accepted')`, key, person)
	return err
}

// stand notes that a desk was closed, unless it was opened elsewhere meanwhile; gone tells whether it was the last.
func (s *store) stand(person, node string) (gone bool, err error) {
	n, err := s.exec(s.db, `DELETE FROM seat WHERE person = ? AND node = ?`, person, node)
	return n == 1, err
}

// seats lists the volunteers with the desk open at hubs that run.
func (s *store) seats(now int64) (list []present, err error) {
	err = s.all(`SELECT `+personColumns+`, s.node, s.ready, s.rung_at FROM seat s JOIN people p ON p.id = s.person JOIN node n ON n.id = s.node
		WHERE n.seen_at > ? AND p.gone_at = 0 ORDER BY p.id`, []any{now - nodeLost}, func(scan func(...any) error) error {
		var p present
		var err error
		p.Person, err = scanPerson(func(into ...any) error { return scan(append(into, &p.node, &p.ready, &p.rung)...) })
		list = append(list, p)
		return err
	})
	return list, err
}

// connect notes that a terminal's line is at this hub, disconnect that it was lost there. An accepted call is held until
// then, so that either side can come back.
func (s *store) connect(terminal, node string) error {
	_, err := s.exec(s.db, `UPDATE help_request SET node = ? WHERE terminal = ? AND state <> 'ended' AND node <> ?`, node, terminal, node)
	return err
}

func (s *store) disconnect(terminal, node string, until int64) error {
	_, err := s.exec(s.db, `UPDATE help_request SET node = '', lease_until = CASE WHEN state = 'accepted' AND lease_until < ? THEN ? ELSE lease_until END
		WHERE terminal = ? AND state <> 'ended' AND node = ?`, until, until, terminal, node)
	return err
}
