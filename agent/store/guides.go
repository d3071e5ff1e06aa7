// SPDX-License-Identifier: Apache-2.0

package store

import (
	"fmt"
	"regexp"

	"handrail/kiosk"
)

// Counted is how often one thing happened at one place of a guide; score and time are means.
type Counted struct {
	kiosk.Noted
	N int `json:"n"`
}

// shortName is a name in a guide. Whoever calls has seen that the guide has it; this is the second lock of the door.
var shortName = regexp.MustCompile(`^[a-z0-9-]{0,60}$`)

// Note counts one line of the guide journal.
func (s *Store) Note(n kiosk.Noted) error {
	for _, name := range []string{n.Guide, n.Page, n.Step, string(n.Level), string(n.Outcome)} {
		if !shortName.MatchString(name) {
			return fmt.Errorf("guide journal: not a name in a guide")
		}
	}
	_, err := s.db.Exec(`INSERT INTO guide_journal (guide, version, page, step, level, outcome, n, score, ms) VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
		ON CONFLICT (guide, version, page, step, level, outcome) DO UPDATE SET n = n + 1, score = score + excluded.score, ms = ms + excluded.ms`,
		n.Guide, n.Version, n.Page, n.Step, n.Level, n.Outcome, n.Score, n.MS)
	return wrap("guide journal", err)
}

// Journal gives all that was counted, by place.
func (s *Store) Journal() ([]Counted, error) {
	rows, err := s.db.Query(`SELECT guide, version, page, step, level, outcome, n, score / n, ms / n FROM guide_journal
		ORDER BY guide, version, page, step, level, outcome`)
	if err != nil {
		return nil, wrap("guide journal", err)
	}
	defer rows.Close()
	var all []Counted
	for rows.Next() {
		var c Counted
		if err := rows.Scan(&c.Guide, &c.Version, &c.Page, &c.Step, &c.Level, &c.Outcome, &c.N, &c.Score, &c.MS); err != nil {
			return nil, wrap("guide journal", err)
		}
		all = append(all, c)
	}
	return all, wrap("guide journal", rows.Err())
}
