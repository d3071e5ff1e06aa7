// SPDX-License-Identifier: Apache-2.0

package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"handrail/agent/journal"
)

var _ journal.Journal = (*Store)(nil)

// ErrStalePaper says that a step does not follow from what the journal has: it belongs to another generation, or comes
// after a paper was over.
var ErrStalePaper = errors.New("the journal is past this")

// mayFollow are the states from which a paper comes to another.
var mayFollow = map[journal.State]string{
	journal.Sending:   `'accepted', 'reprint', 'sending'`,
	journal.Flushed:   `'sending'`,
	journal.Confirmed: `'sending', 'flushed'`,
	journal.Uncertain: `'sending', 'flushed'`,
	journal.Abandoned: `'accepted', 'reprint', 'uncertain'`,
	journal.Reprint:   `'uncertain'`,
}

// keepPapers is how many papers that are over are remembered, without what stood on them.
const keepPapers = 1000

// AcceptPaper puts a paper into the journal. One that names somebody is refused.
func (s *Store) AcceptPaper(p journal.Paper) error {
	if p.Kind == journal.Personal {
		return errors.New("print journal: papers that name somebody are not kept on disk")
	}
	document, err := json.Marshal(p.Document)
	if err != nil {
		return wrap("print journal", err)
	}
	now := s.now().UnixMilli()
	_, err = s.db.Exec(`INSERT INTO papers (id, kind, document, state, generation, accepted_at, changed_at) VALUES (?, ?, ?, 'accepted', 1, ?, ?)`,
		p.ID, string(p.Kind), document, now, now)
	return wrap("print journal", err)
}

// MarkPaper takes down a step of a paper. What stands on a paper goes when it is over.
func (s *Store) MarkPaper(m journal.Mark) error {
	from, ok := mayFollow[m.State]
	if !ok {
		return fmt.Errorf("print journal: nothing is marked as %s", m.State)
	}
	result, err := s.db.Exec(`UPDATE papers SET state = ?1, generation = generation + (?1 = 'reprint'), sent = ?2, reason = ?3, changed_at = ?4,
		document = CASE WHEN ?1 IN ('confirmed', 'abandoned') THEN x'' ELSE document END
		WHERE id = ?5 AND generation = ?6 AND state IN (`+from+`)`,
		string(m.State), m.Offset, m.Reason, s.now().UnixMilli(), m.ID, m.Generation)
	if err != nil {
		return wrap("print journal", err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(wrap("print journal", fmt.Errorf("paper %s, generation %d, %s: %w", m.ID, m.Generation, m.State, ErrStalePaper)), err)
	}
	if m.State.Over() {
		_, err = s.db.Exec(`DELETE FROM papers WHERE state IN ('confirmed', 'abandoned') AND id NOT IN
			(SELECT id FROM papers WHERE state IN ('confirmed', 'abandoned') ORDER BY rowid DESC LIMIT ?)`, keepPapers)
	}
	return wrap("print journal", err)
}

// BreakOff says that whoever was printing these papers, or all without ids, is gone: what was being sent is uncertain.
func (s *Store) BreakOff(reason string, ids ...string) error {
	which, args := "", []any{reason, s.now().UnixMilli()}
	if len(ids) > 0 {
		which = " AND id IN (?" + strings.Repeat(", ?", len(ids)-1) + ")"
		for _, id := range ids {
			args = append(args, id)
		}
	}
	_, err := s.db.Exec(`UPDATE papers SET state = 'uncertain', reason = ?, changed_at = ? WHERE state IN ('sending', 'flushed')`+which, args...)
	return wrap("print journal", err)
}

// Unfinished decides what becomes of papers that nobody is printing, by their kind, and gives those that are to be printed
// now, oldest first:
//
//   - of which nothing was sent: printed, as the first;
//   - a leaflet that is uncertain: printed again as a copy;
//   - a ticket that is uncertain: void. Whoever issued it issues another.
//
// What was accepted more than keep ago is abandoned: nobody waits for it any more.
func (s *Store) Unfinished(keep time.Duration) ([]journal.Paper, error) {
	now := s.now().UnixMilli()
	for _, step := range []struct {
		query string
		args  []any
	}{
		{`UPDATE papers SET state = 'abandoned', document = x'', reason = 'nobody waits for it any more', changed_at = ?
			WHERE state IN ('accepted', 'reprint', 'uncertain') AND accepted_at < ?`, []any{now, now - keep.Milliseconds()}},
		{`UPDATE papers SET state = 'abandoned', document = x'', reason = 'void: it may be on paper, and there must be one', changed_at = ?
			WHERE state = 'uncertain' AND kind = 'ticket'`, []any{now}},
		{`UPDATE papers SET state = 'reprint', generation = generation + 1, sent = 0, changed_at = ? WHERE state = 'uncertain' AND kind = 'leaflet'`, []any{now}},
	} {
		if _, err := s.db.Exec(step.query, step.args...); err != nil {
			return nil, wrap("print journal", err)
		}
	}
	return s.Papers(journal.Accepted, journal.Reprint)
}

// Papers lists the papers in some states, or all, oldest first.
func (s *Store) Papers(states ...journal.State) ([]journal.Paper, error) {
	rows, err := s.db.Query(`SELECT id, kind, document, state, generation, sent, reason FROM papers ORDER BY rowid`)
	if err != nil {
		return nil, wrap("print journal", err)
	}
	defer rows.Close()
	var all []journal.Paper
	for rows.Next() {
		var p journal.Paper
		var kind, state string
		var document []byte
		if err := rows.Scan(&p.ID, &kind, &document, &state, &p.Generation, &p.Offset, &p.Reason); err != nil {
			return nil, wrap("print journal", err)
		}
		p.Kind, p.State = journal.Kind(kind), journal.State(state)
		if len(document) > 0 {
			if err := json.Unmarshal(document, &p.Document); err != nil {
				return nil, wrap("print journal", err)
			}
		}
		wanted := len(states) == 0
		for _, s := range states {
			wanted = wanted || s == p.State
		}
		if wanted {
			all = append(all, p)
		}
	}
	return all, wrap("print journal", rows.Err())
}
