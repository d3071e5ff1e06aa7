// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"unicode/utf8"

	"handrail/helpdesk"
)

// Role of a person who signs in.
type Role string

const (
	Volunteer Role = "volunteer"
	Admin     Role = "admin"
)

// Person is somebody with an account.
type Person struct {
	ID        string
	Name      string
	Role      Role
	Languages []helpdesk.Skill
	// Guides and Places are what a volunteer knows best: ids of guides, and names of places.
	Guides, Places []string
	Available      bool
	// Until is when availability changes by itself, 0: it does not.
	Until int64
}

// errPerson is returned for an account that cannot be made.
var errPerson = errors.New("an account needs a name of at most 80 characters, the role volunteer or admin, and, for a volunteer, the languages they help in")

const (
	inviteLife = 7 * 24 * 3600 * 1000
	signInLife = 7 * 24 * 3600 * 1000
)

// invite makes an account and the token of a link that opens it once.
func (s *store) invite(p Person, now int64) (token string, expires int64, err error) {
	p.Name = strings.TrimSpace(p.Name)
	if p.Name == "" || utf8.RuneCountInString(p.Name) > 80 || !utf8.ValidString(p.Name) || p.Role != Volunteer && p.Role != Admin ||
		p.Role == Volunteer && len(p.Languages) == 0 || len(p.Languages) > 64 || len(p.Guides) > 64 || len(p.Places) > 64 {
		return "", 0, errPerson
	}
	for _, l := range p.Languages {
		if !helpdesk.ValidLanguage(l.Code) {
			return "", 0, errPerson
		}
	}
	languages, err := json.Marshal(p.Languages)
	if err != nil {
		return "", 0, err
	}
	id, token, hash := newPersonID(), "", []byte(nil)
	token, hash = newToken()
	err = s.together(func(tx *sql.Tx) error {
		if _, err := s.exec(tx, `INSERT INTO people (id, name, role, languages, guides, places, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			id, p.Name, string(p.Role), string(languages), list(p.Guides), list(p.Places), now); err != nil {
			return err
		}
		_, err := s.exec(tx, `INSERT INTO invitations (token, person, expires_at) VALUES (?, ?, ?)`, hash, id, now+inviteLife)
		return err
	})
	return token, now + inviteLife, err
}

var errInvitation = errors.New("this invitation was used already or has run out. Ask for a new one")

// join uses an invitation up and signs its person in.
func (s *store) join(token string, now int64) (p Person, cookie string, err error) {
	err = s.together(func(tx *sql.Tx) error {
		var id string
		err := s.one(tx, `UPDATE invitations SET used_at = ? WHERE token = ? AND used_at = 0 AND expires_at >= ? RETURNING person`, []any{now, tokenHash(token), now}, &id)
		if errors.Is(err, sql.ErrNoRows) {
			return errInvitation
		}
		if err != nil {
			return err
		}
		if cookie, err = s.signIn(tx, id, now); err != nil {
			return err
		}
		p, err = s.personIn(tx, id)
		return err
	})
	return p, cookie, err
}

// signIn makes a cookie for a person.
func (s *store) signIn(on asker, person string, now int64) (cookie string, err error) {
	cookie, hash := newToken()
	_, err = s.exec(on, `INSERT INTO sign_ins (token, person, expires_at) VALUES (?, ?, ?)`, hash, person, now+signInLife)
	return cookie, err
}

// invited tells whether an invitation, used or not, was made for this person.
func (s *store) invited(token, person string) bool {
	var found string
	err := s.one(s.db, `SELECT person FROM invitations WHERE token = ?`, []any{tokenHash(token)}, &found)
	return err == nil && found == person
}

// signedIn finds the person of a cookie.
func (s *store) signedIn(cookie string, now int64) (Person, bool, error) {
	p, err := scanPerson(func(into ...any) error {
		return s.one(s.db, `SELECT `+personColumns+` FROM sign_ins s JOIN people p ON p.id = s.person WHERE s.token = ? AND s.expires_at >= ? AND p.gone_at = 0`,
			[]any{tokenHash(cookie), now}, into...)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

func (s *store) signOut(cookie string) error {
	_, err := s.exec(s.db, `DELETE FROM sign_ins WHERE token = ?`, tokenHash(cookie))
	return err
}

func (s *store) setAvailable(id string, on bool, until int64) error {
	_, err := s.exec(s.db, `UPDATE people SET available = ?, until = ? WHERE id = ?`, number(on), until, id)
	return err
}

// turn changes availability whose time has come.
func (s *store) turn(id string, until int64) (bool, error) {
	n, err := s.exec(s.db, `UPDATE people SET available = 1 - available, until = 0 WHERE id = ? AND until = ?`, id, until)
	return n == 1, err
}

func number(on bool) int {
	if on {
		return 1
	}
	return 0
}

func (s *store) volunteers() (all []Person, err error) {
	err = s.all(`SELECT `+personColumns+` FROM people p WHERE p.role = 'volunteer' AND p.gone_at = 0 ORDER BY p.name, p.id`, nil, func(scan func(...any) error) error {
		p, err := scanPerson(scan)
		all = append(all, p)
		return err
	})
	return all, err
}

// person finds somebody; sql.ErrNoRows when there is nobody.
func (s *store) person(id string) (Person, error) { return s.personIn(s.db, id) }

func (s *store) personIn(on asker, id string) (Person, error) {
	return scanPerson(func(into ...any) error {
		return s.one(on, `SELECT `+personColumns+` FROM people p WHERE p.id = ?`, []any{id}, into...)
	})
}

const personColumns = `p.id, p.name, p.role, p.languages, p.guides, p.places, p.available, p.until`

func scanPerson(scan func(...any) error) (Person, error) {
	var p Person
	var languages, guides, places string
	if err := scan(&p.ID, &p.Name, &p.Role, &languages, &guides, &places, &p.Available, &p.Until); err != nil {
		return Person{}, err
	}
	return p, errors.Join(json.Unmarshal([]byte(languages), &p.Languages), json.Unmarshal([]byte(guides), &p.Guides), json.Unmarshal([]byte(places), &p.Places))
}

func list(names []string) string {
	if names == nil {
		names = []string{}
	}
	text, _ := json.Marshal(names) // strings always can be
	return string(text)
}

// newToken makes 256 random bits for a link or cookie, and the hash that is kept of them.
func newToken() (token string, hash []byte) {
	var b [32]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, tokenHash(token)
}

func tokenHash(token string) []byte {
	sum := sha256.Sum256([]byte("handrail token\x00" + token))
	return sum[:]
}

func newPersonID() string {
	var b [8]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
