// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"handrail/helpdesk"
)

// Who may come in, and with what: a person sees to their own passkeys, an admin to everybody's access.

var (
	errKeyName = errors.New("a passkey's name has at most 40 characters")
	errLastKey = errors.New("this is your last passkey. Make recovery codes or add another one first")
	errYours   = errors.New("you cannot take away your own access. Another admin can")
	errNoOne   = errors.New("there is nobody with this account")
)

// PasskeyReport is a passkey as its person sees it. Times are Unix milliseconds, 0 for never.
type PasskeyReport struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Made int64  `json:"made"`
	Used int64  `json:"used"`
}

// keysOf lists a person's passkeys, oldest first.
func (s *store) keysOf(person string) ([]PasskeyReport, error) {
	list := []PasskeyReport{}
	err := s.all(`SELECT id, name, created_at, used_at FROM passkey WHERE person = ? ORDER BY created_at, id`, []any{person}, func(scan func(...any) error) error {
		var k PasskeyReport
		var id []byte
		err := scan(&id, &k.Name, &k.Made, &k.Used)
		k.ID = base64.RawURLEncoding.EncodeToString(id)
		list = append(list, k)
		return err
	})
	return list, err
}

// nameKey gives a passkey of a person's a name.
func (s *store) nameKey(person, key, name string) error {
	name = strings.Join(strings.Fields(name), " ")
	id, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return errPasskey
	}
	if !utf8.ValidString(name) || utf8.RuneCountInString(name) > 40 {
		return errKeyName
	}
	n, err := s.exec(s.db, `UPDATE passkey SET name = ? WHERE id = ? AND person = ?`, name, id, person)
	if err == nil && n == 0 {
		return errPasskey
	}
	return err
}

// removeKey takes a passkey away from its person, but never the last thing that they can come back with.
func (s *store) removeKey(person, key string) error {
	id, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil {
		return errPasskey
	}
	return s.together(func(tx *sql.Tx) error {
		// Of two who take away at the same moment one waits here.
		if _, err := s.exec(tx, `UPDATE people SET name = name WHERE id = ?`, person); err != nil {
			return err
		}
		n, err := s.exec(tx, `DELETE FROM passkey WHERE id = ? AND person = ?`, id, person)
		if err != nil {
			return err
		}
		if n == 0 {
			return errPasskey
		}
		var left int
		err = s.one(tx, `SELECT (SELECT COUNT(*) FROM passkey WHERE person = ?) + (SELECT COUNT(*) FROM recovery WHERE person = ?)`, []any{person, person}, &left)
		if err == nil && left == 0 {
			return errLastKey
		}
		return err
	})
}

// dismiss takes away everything that somebody could sign in with. False: there is nobody of that id any more.
func (s *store) dismiss(person string, now int64) (found bool, err error) {
	err = s.together(func(tx *sql.Tx) error {
		n, err := s.exec(tx, `UPDATE people SET gone_at = ?, available = 0, until = 0 WHERE id = ? AND gone_at = 0`, now, person)
		if found = n == 1; err != nil || !found {
			return err
		}
		for _, table := range []string{"sign_ins", "passkey", "recovery", "invitations", "ceremony", "member_key"} {
			if _, err := s.exec(tx, `DELETE FROM `+table+` WHERE person = ?`, person); err != nil {
				return err
			}
		}
		return nil
	})
	return found, err
}

// AccountReport is somebody with an account, as admins see them. Times are Unix milliseconds, 0 for never.
type AccountReport struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Role      Role             `json:"role"`
	Languages []helpdesk.Skill `json:"languages"`
	Places    []string         `json:"places"`
	Passkeys  int              `json:"passkeys"`
	CodesLeft int              `json:"codes_left"`
	// Used is when a passkey of theirs was used last, Invited until when their link can still be opened.
	Used    int64 `json:"used"`
	Invited int64 `json:"invited"`
	Here    bool  `json:"here"`
	// You is whoever asks.
	You bool `json:"you"`
}

func (h *Hub) accounts(asking Person) ([]AccountReport, error) {
	now := h.store.now()
	seats, err := h.store.seats(now)
	if err != nil {
		return nil, err
	}
	w, list := world{seats: seats}, []AccountReport{}
	err = h.store.all(`SELECT `+personColumns+`, (SELECT COUNT(*) FROM passkey k WHERE k.person = p.id), (SELECT COUNT(*) FROM recovery c WHERE c.person = p.id),
		COALESCE((SELECT MAX(used_at) FROM passkey k WHERE k.person = p.id), 0),
		COALESCE((SELECT MAX(expires_at) FROM invitations i WHERE i.person = p.id AND i.used_at = 0 AND i.expires_at >= ?), 0)
		FROM people p WHERE p.gone_at = 0 ORDER BY p.name, p.id`, []any{now}, func(scan func(...any) error) error {
		var a AccountReport
		p, err := scanPerson(func(into ...any) error {
			return scan(append(into, &a.Passkeys, &a.CodesLeft, &a.Used, &a.Invited)...)
		})
		a.ID, a.Name, a.Role = p.ID, p.Name, p.Role
		a.Languages, a.Places = append([]helpdesk.Skill{}, p.Languages...), append([]string{}, p.Places...)
		a.Here, a.You = w.seated(p.ID), p.ID == asking.ID
		list = append(list, a)
		return err
	})
	return list, err
}

// dismiss takes away somebody's access: they are signed out everywhere at once, and whoever they help is offered to others.
func (h *Hub) dismiss(id string) (bool, error) {
	now := h.store.now()
	found, err := h.store.dismiss(id, now)
	if err != nil || !found {
		return found, err
	}
	rows, err := h.store.live()
	if err != nil {
		return true, err
	}
	for _, r := range rows {
		if r.LeaseOwner != id {
			continue
		}
		if r.State == accepted {
			_, ok, err := h.store.reopen(r, true, now)
			if err != nil {
				return true, err
			}
			if ok {
				h.note(r, helpdesk.DidEnd, "")
			}
		} else if _, _, err := h.store.release(r, true, now); err != nil {
			return true, err
		}
	}
	h.outVolunteer(id, "your access was taken away")
	h.ring()
	h.keysChanged() // of their teams
	return true, nil
}

// outVolunteer closes a volunteer's desk wherever it is open.
func (h *Hub) outVolunteer(id, why string) {
	h.mu.Lock()
	st := h.seats[id]
	h.mu.Unlock()
	if st != nil {
		st.socket.shut(closeOut, why)
	}
	h.announce('V', id, why)
}

// accesses adds the handlers of this file.
func (h *Hub) accesses(mux *http.ServeMux, mine func(func(http.ResponseWriter, *http.Request, Person) (any, error)) http.HandlerFunc) {
	type ask struct {
		ID   string `json:"id"`
		Name string `json:"name"`
	}
	keys := func(change func(p Person, a ask) error) http.HandlerFunc {
		return mine(func(_ http.ResponseWriter, r *http.Request, p Person) (any, error) {
			var a ask
			if err := json.NewDecoder(r.Body).Decode(&a); err != nil {
				return nil, errPasskey
			}
			if err := change(p, a); err != nil {
				return nil, err
			}
			list, err := h.store.keysOf(p.ID)
			return map[string]any{"keys": list}, err
		})
	}
	mux.HandleFunc("POST /api/account/passkey/name", keys(func(p Person, a ask) error { return h.store.nameKey(p.ID, a.ID, a.Name) }))
	mux.HandleFunc("POST /api/account/passkey/remove", keys(func(p Person, a ask) error {
		err := h.store.removeKey(p.ID, a.ID)
		if err == nil {
			h.keysChanged()
		}
		return err
	}))
	mux.HandleFunc("GET /api/admin/people", h.admins(h.answers(func(_ http.ResponseWriter, r *http.Request) (any, error) {
		p, _ := h.Person(r, Admin)
		list, err := h.accounts(p)
		return map[string]any{"people": list}, err
	})))
	mux.HandleFunc("POST /api/admin/people/{id}/remove", h.admins(h.answers(func(_ http.ResponseWriter, r *http.Request) (any, error) {
		p, _ := h.Person(r, Admin)
		if p.ID == r.PathValue("id") {
			return nil, errYours
		}
		found, err := h.dismiss(r.PathValue("id"))
		if err == nil && !found {
			err = errNoOne
		}
		if err == nil {
			h.log.Info("access taken away", "person", r.PathValue("id"), "by", p.ID)
		}
		return struct{}{}, err
	})))
}
