// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"handrail/helpdesk"
)

// The keys of volunteers and teams, as the hub keeps them: public halves, and ciphertext that it cannot open. What is missing, and
// which key is to be made anew, it works out of the rows; the pages do the rest (ui/volunteer/own-keys.ts).

// maxBrowserKeys is how many browsers of one volunteer are remembered that keep a key without a passkey.
const maxBrowserKeys = 4

// memberKey is a key of a volunteer's.
type memberKey struct {
	helpdesk.OwnKey
	person string
}

// keyring is what the rows say of keys at one moment.
type keyring struct {
	people   []Person            // volunteers
	passkeys map[string][][]byte // by person
	keys     []memberKey         // oldest first
	teams    map[string][]byte
	copies   map[string]map[string][]byte // by language, by holder
}

func (s *store) keyring() (*keyring, error) {
	k := &keyring{passkeys: map[string][][]byte{}, teams: map[string][]byte{}, copies: map[string]map[string][]byte{}}
	var err error
	if k.people, err = s.volunteers(); err != nil {
		return nil, err
	}
	err = s.all(`SELECT person, id FROM passkey ORDER BY created_at, id`, nil, func(scan func(...any) error) error {
		var person string
		var id []byte
		err := scan(&person, &id)
		k.passkeys[person] = append(k.passkeys[person], id)
		return err
	})
	if err != nil {
		return nil, err
	}
	// The key of a passkey that was taken away is nobody's any more.
	err = s.all(`SELECT k.key, k.person, k.credential, k.wrapped FROM member_key k
		WHERE k.credential IS NULL OR EXISTS (SELECT 1 FROM passkey p WHERE p.id = k.credential AND p.person = k.person) ORDER BY k.made_at, k.key`, nil,
		func(scan func(...any) error) error {
			var m memberKey
			err := scan(&m.Key, &m.person, &m.Credential, &m.Wrapped)
			k.keys = append(k.keys, m)
			return err
		})
	if err != nil {
		return nil, err
	}
	err = s.all(`SELECT language, key FROM team_key`, nil, func(scan func(...any) error) error {
		var language string
		var key []byte
		err := scan(&language, &key)
		k.teams[language], k.copies[language] = key, map[string][]byte{}
		return err
	})
	if err != nil {
		return nil, err
	}
	return k, s.all(`SELECT language, holder, data FROM team_copy`, nil, func(scan func(...any) error) error {
		var language string
		var holder, data []byte
		err := scan(&language, &holder, &data)
		if of := k.copies[language]; of != nil {
			of[string(holder)] = data
		}
		return err
	})
}

func inTeam(p Person, language string) bool {
	return slices.ContainsFunc(p.Languages, func(s helpdesk.Skill) bool { return s.Code == language && (s.Speak || s.Read && s.Write) })
}

// members lists the keys of a language's team.
func (k *keyring) members(language string) (all []memberKey) {
	for _, m := range k.keys {
		if slices.ContainsFunc(k.people, func(p Person) bool { return p.ID == m.person && inTeam(p, language) }) {
			all = append(all, m)
		}
	}
	return all
}

// renew tells that a team has no key which every holder of is a member, and somebody is.
func (k *keyring) renew(language string) bool {
	members := k.members(language)
	for holder := range k.copies[language] {
		if !slices.ContainsFunc(members, func(m memberKey) bool { return string(m.Key) == holder }) {
			return true
		}
	}
	return len(k.copies[language]) == 0
}

// of is what a volunteer's page is told.
func (k *keyring) of(p Person) *helpdesk.Keys {
	told := &helpdesk.Keys{Person: p.ID, Passkeys: k.passkeys[p.ID]}
	for _, m := range k.keys {
		if m.person == p.ID {
			told.Mine = append(told.Mine, m.OwnKey)
		}
	}
	for _, s := range p.Languages {
		if !inTeam(p, s.Code) {
			continue
		}
		t := helpdesk.Team{Language: s.Code, Key: k.teams[s.Code], Renew: k.renew(s.Code)}
		for _, m := range k.members(s.Code) {
			data, has := k.copies[s.Code][string(m.Key)]
			if has && m.person == p.ID && !t.Renew {
				t.Copies = append(t.Copies, helpdesk.Copy{Holder: m.Key, Data: data})
			}
			if !has || t.Renew {
				t.Lacking = append(t.Lacking, m.Key)
			}
		}
		// Who makes a new key has to be among those that it is for.
		slices.SortStableFunc(t.Lacking, func(a, b []byte) int { return number(k.owner(b) == p.ID) - number(k.owner(a) == p.ID) })
		t.Lacking = t.Lacking[:min(len(t.Lacking), helpdesk.MaxLacking)]
		told.Teams = append(told.Teams, t)
	}
	return told
}

func (k *keyring) owner(key []byte) string {
	for _, m := range k.keys {
		if bytes.Equal(m.Key, key) {
			return m.person
		}
	}
	return ""
}

// forTerminals are the keys to seal to: not those that somebody holds who is no member any more.
func (k *keyring) forTerminals() map[string][]byte {
	good := map[string][]byte{}
	for language, key := range k.teams {
		if !k.renew(language) {
			good[language] = key
		}
	}
	return good
}

var (
	errNotTheirPasskey = errors.New("this key is not of a passkey of yours")
	errNotInTeam       = errors.New("this is not for you to keep")
)

// keepKey keeps a volunteer's key: one for each passkey, and those of their last browsers.
func (s *store) keepKey(person string, m helpdesk.OwnKey, now int64) error {
	return s.together(func(tx *sql.Tx) error {
		var credential, wrapped any // NULL, not an empty one
		if len(m.Credential) > 0 {
			credential, wrapped = m.Credential, m.Wrapped
			var n int
			if err := s.one(tx, `SELECT COUNT(*) FROM passkey WHERE id = ? AND person = ?`, []any{m.Credential, person}, &n); err != nil {
				return err
			}
			if n == 0 {
				return errNotTheirPasskey
			}
		}
		if _, err := s.exec(tx, `INSERT INTO member_key (key, person, credential, wrapped, made_at) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			m.Key, person, credential, wrapped, now); err != nil {
			return err
		}
		const newest = `SELECT key FROM member_key WHERE person = ? AND credential IS NULL ORDER BY made_at DESC, key LIMIT ?`
		if _, err := s.exec(tx, `DELETE FROM team_copy WHERE holder IN (SELECT key FROM member_key WHERE person = ? AND credential IS NULL) AND holder NOT IN (`+newest+`)`,
			person, person, maxBrowserKeys); err != nil {
			return err
		}
		_, err := s.exec(tx, `DELETE FROM member_key WHERE person = ? AND credential IS NULL AND key NOT IN (`+newest+`)`, person, person, maxBrowserKeys)
		return err
	})
}

// keepTeam keeps copies of a team's key for members that lack it, or a new key with them if one is due. It does nothing if somebody
// else was first.
func (s *store) keepTeam(p Person, m *helpdesk.KeepTeam, now int64) error {
	k, err := s.keyring()
	if err != nil {
		return err
	}
	current, members := k.teams[m.Language], k.members(m.Language)
	has := func(key []byte) bool { return k.copies[m.Language][string(key)] != nil }
	fresh := !bytes.Equal(current, m.Key)
	if fresh {
		if !k.renew(m.Language) || !bytes.Equal(current, m.Before) {
			return nil
		}
		has = func(key []byte) bool {
			return slices.ContainsFunc(m.Copies, func(c helpdesk.Copy) bool { return bytes.Equal(c.Holder, key) })
		}
	}
	if !slices.ContainsFunc(members, func(own memberKey) bool { return own.person == p.ID && has(own.Key) }) {
		return errNotInTeam
	}
	return s.together(func(tx *sql.Tx) error {
		if fresh {
			n, err := s.exec(tx, `INSERT INTO team_key (language, key, made_at) VALUES (?, ?, ?)
				ON CONFLICT (language) DO UPDATE SET key = excluded.key, made_at = excluded.made_at WHERE team_key.key = ?`, m.Language, m.Key, now, m.Before)
			if err != nil || n == 0 {
				return err
			}
			if _, err := s.exec(tx, `DELETE FROM team_copy WHERE language = ?`, m.Language); err != nil {
				return err
			}
		}
		for _, c := range m.Copies {
			if !slices.ContainsFunc(members, func(own memberKey) bool { return bytes.Equal(own.Key, c.Holder) }) {
				continue
			}
			if _, err := s.exec(tx, `INSERT INTO team_copy (language, holder, data) SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM team_key WHERE language = ? AND key = ?)
				ON CONFLICT (language, holder) DO NOTHING`, m.Language, c.Holder, c.Data, m.Language, m.Key); err != nil {
				return err
			}
		}
		return nil
	})
}

// kept answers a volunteer's KeepKey or KeepTeam.
func (h *Hub) kept(st *seat, err error) error {
	if errors.Is(err, errNotTheirPasskey) || errors.Is(err, errNotInTeam) {
		st.socket.tell(&helpdesk.Refused{Why: err.Error()})
		return nil
	}
	if err != nil {
		return h.internal(err)
	}
	h.keysChanged()
	return nil
}

// keysChanged makes every hub look at the keys.
func (h *Hub) keysChanged() {
	h.keysCame()
	if err := h.bus.Publish("desk.keys", nil); err != nil {
		h.log.Warn("bus", "why", err) // the sweep will find it
	}
}

func (h *Hub) keysCame() {
	h.lookAtKeys.Store(true)
	h.wake()
}

// tellKeys tells the pages here what they do not know yet of keys; terminals are told with who is free.
func (h *Hub) tellKeys() {
	k, err := h.store.keyring()
	if err != nil {
		h.trouble(err)
		return
	}
	teams, text := k.forTerminals(), ""
	if len(teams) > 0 {
		data, _ := json.Marshal(teams) // keys of maps are sorted
		text = string(data)
	}
	h.mu.Lock()
	h.teams, h.teamsText = teams, text
	seats := make([]*seat, 0, len(h.seats))
	for _, st := range h.seats {
		if st.ready.Load() {
			seats = append(seats, st)
		}
	}
	h.mu.Unlock()
	for _, st := range seats {
		i := slices.IndexFunc(k.people, func(p Person) bool { return p.ID == st.id })
		if i < 0 {
			continue
		}
		m := k.of(k.people[i])
		data, _ := json.Marshal(m)
		st.mu.Lock()
		if st.keys != string(data) && st.socket.tell(m) {
			st.keys = string(data)
		}
		st.mu.Unlock()
	}
}
