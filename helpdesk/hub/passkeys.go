// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/rand"
	"database/sql"
	"encoding/base32"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// People sign in with a passkey (Web Authentication, level 3). An invitation opens an account once; after that there are
// passkeys, and recovery codes for whoever has lost theirs. There are no passwords.

const (
	ceremonyLife  = 5 * 60 * 1000 // milliseconds
	recoveryCodes = 8
	maxPasskeys   = 16
)

// holder is a person with their passkeys, the way the library wants them.
type holder struct {
	Person
	keys []webauthn.Credential
}

func (h holder) WebAuthnID() []byte                         { return []byte(h.ID) }
func (h holder) WebAuthnName() string                       { return h.Name }
func (h holder) WebAuthnDisplayName() string                { return h.Name }
func (h holder) WebAuthnCredentials() []webauthn.Credential { return h.keys }

var (
	errNoPasskeys = errors.New("passkeys work over HTTPS, or on this computer under the name localhost")
	errPasskey    = errors.New("this passkey is not known here")
	errCeremony   = errors.New("that took too long. Try again")
	errCode       = errors.New("this code is not known here, or was used already")
	errTooMany    = errors.New("you have too many passkeys; remove one first")
)

// relying is this hub as the browser knows it: a passkey belongs to a name, and the browser sees to it that no other site
// can ask for it.
func (h *Hub) relying(r *http.Request) (*webauthn.WebAuthn, error) {
	origin := h.origin(r)
	host, secure := strings.CutPrefix(origin, "https://")
	if !secure {
		host = strings.TrimPrefix(origin, "http://")
	}
	name := host
	if n, _, err := net.SplitHostPort(host); err == nil {
		name = n
	}
	if net.ParseIP(strings.Trim(name, "[]")) != nil || !secure && name != "localhost" {
		return nil, errNoPasskeys
	}
	return webauthn.New(&webauthn.Config{RPID: name, RPDisplayName: h.o.Office, RPOrigins: []string{origin},
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationPreferred}})
}

// origin is the address of our pages as the browser has it.
func (h *Hub) origin(r *http.Request) string {
	switch {
	case h.o.Origin != "":
		return h.o.Origin
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

// beginCeremony keeps what the browser was asked for, and gives the name under which it is found again.
func (s *store) beginCeremony(person string, session *webauthn.SessionData, now int64) (string, error) {
	text, err := json.Marshal(session)
	if err != nil {
		return "", err
	}
	if _, err := s.exec(s.db, `DELETE FROM ceremony WHERE expires_at < ?`, now); err != nil {
		return "", err
	}
	id, hash := newToken()
	_, err = s.exec(s.db, `INSERT INTO ceremony (id, person, session, expires_at) VALUES (?, ?, ?, ?)`, hash, person, string(text), now+ceremonyLife)
	return id, err
}

// endCeremony takes it back, once.
func (s *store) endCeremony(id, person string, now int64) (session webauthn.SessionData, err error) {
	var text string
	err = s.one(s.db, `DELETE FROM ceremony WHERE id = ? AND person = ? AND expires_at >= ? RETURNING session`, []any{tokenHash(id), person, now}, &text)
	if errors.Is(err, sql.ErrNoRows) {
		return session, errCeremony
	}
	if err == nil {
		err = json.Unmarshal([]byte(text), &session)
	}
	return session, err
}

// holder finds a person with their passkeys.
func (s *store) holder(id string) (holder, error) {
	p, err := s.person(id)
	if err != nil {
		return holder{}, err
	}
	h := holder{Person: p}
	err = s.all(`SELECT credential FROM passkey WHERE person = ? ORDER BY created_at`, []any{id}, func(scan func(...any) error) error {
		var text string
		if err := scan(&text); err != nil {
			return err
		}
		var c webauthn.Credential
		err := json.Unmarshal([]byte(text), &c)
		h.keys = append(h.keys, c)
		return err
	})
	return h, err
}

func (s *store) addPasskey(person string, c *webauthn.Credential, now int64) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = s.exec(s.db, `INSERT INTO passkey (id, person, credential, created_at) VALUES (?, ?, ?, ?)`, c.ID, person, string(text), now)
	return err
}

// usedPasskey keeps the authenticator's counter.
func (s *store) usedPasskey(c *webauthn.Credential, now int64) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	_, err = s.exec(s.db, `UPDATE passkey SET credential = ?, used_at = ? WHERE id = ?`, string(text), now, c.ID)
	return err
}

// codes makes new recovery codes; the ones before are no longer good.
func (s *store) codes(person string) (all []string, err error) {
	err = s.together(func(tx *sql.Tx) error {
		if _, err := s.exec(tx, `DELETE FROM recovery WHERE person = ?`, person); err != nil {
			return err
		}
		all = nil
		for range recoveryCodes {
			var b [10]byte
			rand.Read(b[:])
			code := base32.StdEncoding.EncodeToString(b[:]) // 80 bits in 16 letters
			code = code[:4] + "-" + code[4:8] + "-" + code[8:12] + "-" + code[12:]
			if _, err := s.exec(tx, `INSERT INTO recovery (code, person) VALUES (?, ?)`, tokenHash(plainCode(code)), person); err != nil {
				return err
			}
			all = append(all, code)
		}
		return nil
	})
	return all, err
}

// plainCode is a code as typed, without what people put between and with the letters they mistake put right.
func plainCode(code string) string {
	return strings.NewReplacer("-", "", " ", "", "0", "O", "1", "I", "8", "B").Replace(strings.ToUpper(strings.TrimSpace(code)))
}

// recover uses a code up and signs its person in.
func (s *store) recover(code string, now int64) (p Person, cookie string, err error) {
	err = s.together(func(tx *sql.Tx) error {
		var id string
		err := s.one(tx, `DELETE FROM recovery WHERE code = ? RETURNING person`, []any{tokenHash(plainCode(code))}, &id)
		if errors.Is(err, sql.ErrNoRows) {
			return errCode
		}
		if err != nil {
			return err
		}
		if cookie, err = s.signIn(tx, id, now); err == nil {
			p, err = s.personIn(tx, id)
		}
		return err
	})
	return p, cookie, err
}

func (s *store) codesLeft(person string) (n int, err error) {
	err = s.one(s.db, `SELECT COUNT(*) FROM recovery WHERE person = ?`, []any{person}, &n)
	return n, err
}

// someone is whoever is signed in, in whatever role.
func (h *Hub) someone(r *http.Request) (Person, bool) {
	for _, role := range []Role{Volunteer, Admin} {
		if p, ok := h.Person(r, role); ok {
			return p, true
		}
	}
	return Person{}, false
}

// Account is the answer to GET /api/account.
type Account struct {
	Name      string          `json:"name"`
	Home      string          `json:"home"`
	Passkeys  int             `json:"passkeys"`
	CodesLeft int             `json:"codes_left"`
	Keys      []PasskeyReport `json:"keys"`
}

// asked is what the browser is to be asked for, and the ceremony to name afterwards.
type ceremony struct {
	Ceremony string `json:"ceremony"`
	Options  any    `json:"options"`
}

// signIns adds the handlers for passkeys and codes.
func (h *Hub) signIns(mux *http.ServeMux) {
	mine := func(f func(w http.ResponseWriter, r *http.Request, p Person) (any, error)) http.HandlerFunc {
		return h.answers(func(w http.ResponseWriter, r *http.Request) (any, error) {
			p, ok := h.someone(r)
			if !ok {
				return nil, errNobody
			}
			return f(w, r, p)
		})
	}
	mux.HandleFunc("POST /api/sign-in/begin", h.answers(h.beginSignIn))
	mux.HandleFunc("POST /api/sign-in/finish", h.answers(h.finishSignIn))
	mux.HandleFunc("POST /api/sign-in/code", h.answers(h.codeSignIn))
	mux.HandleFunc("GET /api/account", mine(func(_ http.ResponseWriter, _ *http.Request, p Person) (any, error) {
		keys, err := h.store.keysOf(p.ID)
		if err != nil {
			return nil, err
		}
		left, err := h.store.codesLeft(p.ID)
		return Account{Name: p.Name, Home: homes[p.Role], Passkeys: len(keys), CodesLeft: left, Keys: keys}, err
	}))
	mux.HandleFunc("POST /api/account/passkey/begin", mine(h.beginPasskey))
	mux.HandleFunc("POST /api/account/passkey/finish", mine(h.finishPasskey))
	mux.HandleFunc("POST /api/account/codes", mine(func(_ http.ResponseWriter, _ *http.Request, p Person) (any, error) {
		codes, err := h.store.codes(p.ID)
		return map[string][]string{"codes": codes}, err
	}))
	h.accesses(mux, mine)
}

var (
	errNobody = errors.New("nobody is signed in here")
	errRush   = errors.New("too many tries; wait a minute")
)

// answers turns a handler's value or error into JSON. What is tried here is counted, so that nobody can guess.
func (h *Hub) answers(f func(w http.ResponseWriter, r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && !h.tries.allow(h.from(r), time.Now()) {
			sayError(w, http.StatusTooManyRequests, errRush.Error())
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
		v, err := f(w, r)
		var refused *protocol.Error
		switch {
		case err == nil:
			sayJSON(w, http.StatusOK, v)
		case errors.Is(err, errNobody), errors.Is(err, errPasskey), errors.Is(err, errCode):
			sayError(w, http.StatusUnauthorized, err.Error())
		case errors.Is(err, errNoPasskeys), errors.Is(err, errCeremony), errors.Is(err, errTooMany), errors.Is(err, errKeyName):
			sayError(w, http.StatusBadRequest, err.Error())
		case errors.Is(err, errLastKey), errors.Is(err, errYours):
			sayError(w, http.StatusConflict, err.Error())
		case errors.Is(err, errNoOne):
			sayError(w, http.StatusNotFound, err.Error())
		case errors.As(err, &refused):
			h.log.Info("passkey refused", "why", refused.Details)
			sayError(w, http.StatusUnauthorized, errPasskey.Error())
		default:
			h.trouble(err)
			sayError(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
		}
	}
}

func (h *Hub) beginSignIn(_ http.ResponseWriter, r *http.Request) (any, error) {
	rp, err := h.relying(r)
	if err != nil {
		return nil, err
	}
	options, session, err := rp.BeginDiscoverableLogin()
	if err != nil {
		return nil, err
	}
	id, err := h.store.beginCeremony("", session, h.store.now())
	return ceremony{id, options}, err
}

func (h *Hub) finishSignIn(w http.ResponseWriter, r *http.Request) (any, error) {
	rp, err := h.relying(r)
	if err != nil {
		return nil, err
	}
	now := h.store.now()
	session, err := h.store.endCeremony(r.URL.Query().Get("ceremony"), "", now)
	if err != nil {
		return nil, err
	}
	var who holder
	find := func(_, person []byte) (webauthn.User, error) {
		var err error
		if who, err = h.store.holder(string(person)); errors.Is(err, sql.ErrNoRows) {
			return nil, errPasskey
		}
		return who, err
	}
	used, err := rp.FinishDiscoverableLogin(find, session, r)
	if err != nil {
		return nil, err
	}
	if used.Authenticator.CloneWarning {
		h.log.Warn("a passkey may have been copied", "person", who.ID)
		return nil, errPasskey
	}
	if err := h.store.usedPasskey(used, now); err != nil {
		return nil, err
	}
	cookie, err := h.store.signIn(h.store.db, who.ID, now)
	if err != nil {
		return nil, err
	}
	h.setCookie(w, r, who.Person, cookie)
	return map[string]string{"home": homes[who.Role]}, nil
}

func (h *Hub) codeSignIn(w http.ResponseWriter, r *http.Request) (any, error) {
	var ask struct {
		Code string `json:"code"`
	}
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		return nil, errCode
	}
	p, cookie, err := h.store.recover(ask.Code, h.store.now())
	if err != nil {
		return nil, err
	}
	h.setCookie(w, r, p, cookie)
	return map[string]string{"home": homes[p.Role]}, nil
}

func (h *Hub) beginPasskey(_ http.ResponseWriter, r *http.Request, p Person) (any, error) {
	rp, err := h.relying(r)
	if err != nil {
		return nil, err
	}
	who, err := h.store.holder(p.ID)
	if err != nil {
		return nil, err
	}
	if len(who.keys) >= maxPasskeys {
		return nil, errTooMany
	}
	options, session, err := rp.BeginRegistration(who, webauthn.WithExclusions(webauthn.Credentials(who.keys).CredentialDescriptors()))
	if err != nil {
		return nil, err
	}
	id, err := h.store.beginCeremony(p.ID, session, h.store.now())
	return ceremony{id, options}, err
}

func (h *Hub) finishPasskey(_ http.ResponseWriter, r *http.Request, p Person) (any, error) {
	rp, err := h.relying(r)
	if err != nil {
		return nil, err
	}
	now := h.store.now()
	session, err := h.store.endCeremony(r.URL.Query().Get("ceremony"), p.ID, now)
	if err != nil {
		return nil, err
	}
	who, err := h.store.holder(p.ID)
	if err != nil {
		return nil, err
	}
	made, err := rp.FinishRegistration(who, session, r)
	if err != nil {
		return nil, err
	}
	if err := h.store.addPasskey(p.ID, made, now); err != nil {
		return nil, err
	}
	return map[string]int{"passkeys": len(who.keys) + 1}, nil
}
