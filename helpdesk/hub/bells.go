// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"errors"
	"net/http"
	"slices"
	"time"

	"handrail/helpdesk"
)

// A bell fetches somebody of the office in which the terminal stands. Admins see every bell, volunteers those of the places
// they help first: whoever sits far away is not rung for a room. Truth is a row, as with requests, and the look at the rows
// tells terminals and desks what changed.

const (
	// maxBells bounds what one terminal can have open: one person who waits, and the tickets of some weeks.
	maxBells = 200
	// ticketLife is how long a number is kept that nobody came back with.
	ticketLife = 30 * 24 * time.Hour
)

// rung is a row of the table bell.
type rung struct {
	helpdesk.Rung
	terminal string
	endedAt  int64
}

const bellColumns = `id, terminal, name, place, language, number, by_name, created_at, ended_at, team`

func scanBell(scan func(...any) error) (rung, error) {
	var b rung
	var team string
	err := scan(&b.ID, &b.terminal, &b.Terminal, &b.Place, &b.Language, &b.Number, &b.By, &b.At, &b.endedAt, &team)
	b.Later = b.Number != ""
	if err == nil {
		b.Team, err = readTeam(team)
	}
	return b, err
}

// bells lists those that are not over, oldest first.
func (s *store) bells() ([]rung, error) { return s.bellsWhere(`ended_at = 0 ORDER BY created_at, id`) }

func (s *store) bellsWhere(where string, args ...any) (list []rung, err error) {
	err = s.all(`SELECT `+bellColumns+` FROM bell WHERE `+where, args, func(scan func(...any) error) error {
		b, err := scanBell(scan)
		list = append(list, b)
		return err
	})
	return list, err
}

// ringBell puts a bell on disk, once; it answers with the row that is there.
func (s *store) ringBell(terminal Terminal, m *helpdesk.Bell, now int64) (rung, error) {
	team, err := writeTeam(m.Team)
	if err != nil {
		return rung{}, err
	}
	return scanBell(func(into ...any) error {
		return s.one(s.db, `INSERT INTO bell (id, terminal, name, place, language, number, created_at, team) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (id) DO UPDATE SET id = excluded.id RETURNING `+bellColumns,
			[]any{m.ID, terminal.ID, terminal.Name, terminal.Place, m.Language, m.Number, now, team}, into...)
	})
}

// come notes who comes; the first is the one. settle ends a bell. Both tell whether that changed anything.
func (s *store) come(id, name string) (bool, error) {
	n, err := s.exec(s.db, `UPDATE bell SET by_name = ? WHERE id = ? AND ended_at = 0 AND by_name = ''`, name, id)
	return n == 1, err
}

func (s *store) settle(id string, now int64) (bool, error) {
	n, err := s.exec(s.db, `UPDATE bell SET team = '', ended_at = ? WHERE id = ? AND ended_at = 0`, now, id)
	return n == 1, err
}

// forgetBells ends numbers that nobody came back with, and forgets bells a day after they are over.
func (s *store) forgetBells(now int64) error {
	_, err := s.exec(s.db, `DELETE FROM bell WHERE ended_at > 0 AND ended_at < ? OR created_at < ?`,
		now-(24*time.Hour).Milliseconds(), now-ticketLife.Milliseconds())
	return err
}

// onBell puts a terminal's bell on disk and only then confirms it.
func (h *Hub) onBell(l *line, m *helpdesk.Bell) error {
	open, err := h.store.bellsWhere(`terminal = ? AND ended_at = 0 ORDER BY created_at, id`, l.ID)
	if err != nil {
		return h.internal(err)
	}
	waits := 0
	for _, b := range open {
		if !b.Later && b.ID != m.ID {
			waits++
		}
	}
	if len(open) >= maxBells || !m.Later && waits >= maxLive {
		l.socket.tell(&helpdesk.Refused{ID: m.ID, Why: "this terminal has too many bells open"})
		return nil
	}
	b, err := h.store.ringBell(l.Terminal, m, h.store.now())
	if err != nil {
		return h.internal(err)
	}
	if b.terminal != l.ID {
		l.socket.tell(&helpdesk.Refused{ID: m.ID, Why: "this bell belongs to another terminal"})
		return nil
	}
	l.socket.tell(b.now())
	h.count.bells.Inc()
	h.log.Info("a bell rings", "bell", b.ID, "terminal", l.ID, "later", b.Later)
	h.ring()
	return nil
}

// bellBack ends a bell for the citizen; known tells whether there is one of this id.
func (h *Hub) bellBack(l *line, id string) (known bool, err error) {
	found, err := h.store.bellsWhere(`id = ? AND terminal = ?`, id, l.ID)
	if err != nil || len(found) == 0 {
		return false, err
	}
	changed, err := h.store.settle(id, h.store.now())
	if err != nil {
		return true, err
	}
	l.socket.tell(&helpdesk.BellNow{ID: id, State: helpdesk.BellOver, Later: found[0].Later})
	if changed {
		h.ring()
	}
	return true, nil
}

// now is how a bell stands.
func (b rung) now() *helpdesk.BellNow {
	m := &helpdesk.BellNow{ID: b.ID, State: helpdesk.BellRung, Later: b.Later, By: b.By}
	if b.By != "" {
		m.State = helpdesk.BellComing
	}
	if b.endedAt > 0 {
		m.State = helpdesk.BellOver
	}
	return m
}

// mine tells whether a bell is for somebody: an admin, or a volunteer of the place.
func (b rung) mine(p Person) bool { return p.Role == Admin || slices.Contains(p.Places, b.Place) }

// bellsFor are the bells that somebody sees.
func bellsFor(p Person, all []rung) (list []helpdesk.Rung) {
	for _, b := range all {
		if b.mine(p) {
			list = append(list, b.Rung)
		}
	}
	return list
}

// lookAtBells reads the bells and lets those run out at which nobody can be waiting any more.
func (h *Hub) lookAtBells(now int64) []rung {
	all, err := h.store.bells()
	if err != nil {
		h.trouble(err)
		return nil
	}
	return slices.DeleteFunc(all, func(b rung) bool {
		if b.Later || now-b.At < h.o.Expire.Milliseconds() {
			return false
		}
		if _, err := h.store.settle(b.ID, now); err != nil {
			h.trouble(err)
		}
		return true
	})
}

// toldBell is what a line was told of a bell last.
type toldBell struct {
	line *line
	now  helpdesk.BellNow
}

// tellBells tells the terminals here how their bells stand, once for each change.
func (h *Hub) tellBells(all []rung) {
	live := map[string]bool{}
	for _, b := range all {
		live[b.ID] = true
		h.mu.Lock()
		l := h.lines[b.terminal]
		h.mu.Unlock()
		if is := (toldBell{l, *b.now()}); l != nil && h.told[b.ID] != is && l.socket.tell(b.now()) {
			h.told[b.ID] = is
		}
	}
	for id, was := range h.told {
		if live[id] {
			continue
		}
		was.line.socket.tell(&helpdesk.BellNow{ID: id, State: helpdesk.BellOver, Later: was.now.Later})
		delete(h.told, id)
	}
}

// greetBells tells a terminal that came back of bells that were settled meanwhile.
func (h *Hub) greetBells(l *line) {
	over, err := h.store.bellsWhere(`terminal = ? AND ended_at > ?`, l.ID, h.store.now()-justEnded)
	if err != nil {
		h.trouble(err)
	}
	for _, b := range over {
		l.socket.tell(b.now())
	}
}

// answerBell is a person's answer to a bell: they come, or it is settled.
func (h *Hub) answerBell(p Person, id string, settled bool) error {
	found, err := h.store.bellsWhere(`id = ? AND ended_at = 0`, id)
	if err != nil {
		return err
	}
	if len(found) == 0 || !found[0].mine(p) {
		return errNoBell
	}
	var changed bool
	if settled {
		changed, err = h.store.settle(id, h.store.now())
	} else {
		changed, err = h.store.come(id, p.Name)
	}
	if err == nil && changed {
		h.log.Info("a bell is answered", "bell", id, "person", p.ID, "settled", settled)
		h.ring()
	}
	return err
}

var errNoBell = errors.New("this bell is over")

// bellOf answers a volunteer's word on a bell.
func (h *Hub) bellOf(st *seat, id string, settled bool) error {
	p, err := h.store.person(st.id)
	if err == nil {
		err = h.answerBell(p, id, settled)
	}
	if errors.Is(err, errNoBell) || errors.Is(err, sql.ErrNoRows) {
		st.socket.tell(&helpdesk.Refused{ID: id, Why: errNoBell.Error()})
		return nil
	}
	if err != nil {
		return h.internal(err)
	}
	return nil
}

// serveBell is POST /api/admin/bells/{id}/{what}: come or settled.
func (h *Hub) serveBell(w http.ResponseWriter, r *http.Request) {
	p, ok := h.Person(r, Admin)
	what := r.PathValue("what")
	if !ok || what != "come" && what != "settled" {
		sayError(w, http.StatusNotFound, "there is nothing like this here")
		return
	}
	switch err := h.answerBell(p, r.PathValue("id"), what == "settled"); {
	case errors.Is(err, errNoBell):
		sayError(w, http.StatusConflict, "this bell is over")
	case err != nil:
		h.trouble(err)
		sayError(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}
