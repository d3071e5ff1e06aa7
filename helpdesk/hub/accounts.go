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
	Available bool
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
		p.Role == Volunteer && len(p.Languages) == 0 || len(p.Languages) > 64 {
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
	tx, err := s.db.Begin()
	if err != nil {
		return "", 0, err
	}
	defer tx.Rollback()
	if _, err := tx.Exec(`INSERT INTO people (id, name, role, languages, created_at) VALUES (?, ?, ?, ?, ?)`, id, p.Name, string(p.Role), string(languages), now); err != nil {
		return "", 0, err
	}
	if _, err := tx.Exec(`INSERT INTO invitations (token, person, expires_at) VALUES (?, ?, ?)`, hash, id, now+inviteLife); err != nil {
		return "", 0, err
	}
	return token, now + inviteLife, tx.Commit()
}

var errInvitation = errors.New("this invitation was used already or has run out. Ask for a new one")

// join uses an invitation up and signs its person in.
func (s *store) join(token string, now int64) (Person, string, error) {
	tx, err := s.db.Begin()
	if err != nil {
		return Person{}, "", err
	}
	defer tx.Rollback()
	var id string
	err = tx.QueryRow(`UPDATE invitations SET used_at = ? WHERE token = ? AND used_at = 0 AND expires_at >= ? RETURNING person`, now, tokenHash(token), now).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, "", errInvitation
	}
	if err != nil {
		return Person{}, "", err
	}
	cookie, hash := newToken()
	if _, err := tx.Exec(`INSERT INTO sign_ins (token, person, expires_at) VALUES (?, ?, ?)`, hash, id, now+signInLife); err != nil {
		return Person{}, "", err
	}
	p, err := scanPerson(tx.QueryRow(`SELECT id, name, role, languages, available, until FROM people WHERE id = ?`, id))
	if err != nil {
		return Person{}, "", err
	}
	return p, cookie, tx.Commit()
}

// invited tells whether an invitation, used or not, was made for this person.
func (s *store) invited(token, person string) bool {
	var found string
	err := s.db.QueryRow(`SELECT person FROM invitations WHERE token = ?`, tokenHash(token)).Scan(&found)
	return err == nil && found == person
}

// signedIn finds the person of a cookie.
func (s *store) signedIn(cookie string, now int64) (Person, bool, error) {
	p, err := scanPerson(s.db.QueryRow(`SELECT p.id, p.name, p.role, p.languages, p.available, p.until FROM sign_ins s JOIN people p ON p.id = s.person
		WHERE s.token = ? AND s.expires_at >= ?`, tokenHash(cookie), now))
	if errors.Is(err, sql.ErrNoRows) {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

func (s *store) signOut(cookie string) error {
	_, err := s.db.Exec(`DELETE FROM sign_ins WHERE token = ?`, tokenHash(cookie))
	return err
}

func (s *store) setAvailable(id string, on bool, until int64) error {
	_, err := s.db.Exec(`UPDATE people SET available = ?, until = ? WHERE id = ?`, on, until, id)
	return err
}

func (s *store) volunteers() ([]Person, error) {
	rows, err := s.db.Query(`SELECT id, name, role, languages, available, until FROM people WHERE role = 'volunteer' ORDER BY name, id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Person
	for rows.Next() {
		p, err := scanPerson(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, rows.Err()
}

func scanPerson(row interface{ Scan(...any) error }) (Person, error) {
	var p Person
	var languages string
	if err := row.Scan(&p.ID, &p.Name, &p.Role, &languages, &p.Available, &p.Until); err != nil {
		return Person{}, err
	}
	return p, json.Unmarshal([]byte(languages), &p.Languages)
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
