// SPDX-License-Identifier: Apache-2.0

// Package server is the office's side of provisioning: its CA, its list of terminals, their enrolment, what they report,
// and what the admin's console is told (api.go). A terminal is let in if its certificate is the office's and its id is on
// the list as trusted: revoking one takes it off the list and closes its connections at once, no revocation lists needed.
package server

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"handrail/provisioning"
)

// Options of a Server; only Dir is needed.
type Options struct {
	// Dir holds fleet.db, ca.pem and ca.key.
	Dir string
	// DB is a PostgreSQL database, "postgres://...", that takes the place of fleet.db. Hubs that share it have the same ca.pem and ca.key.
	DB string
	// Office is the office's name.
	Office string
	Log    *slog.Logger
	// Address tells the https address of the terminals' listener, for the command that an admin copies.
	Address func() string
	// OnRevoked is called when a terminal is no longer let in: close what it has open.
	OnRevoked func(id string)
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// CodeLife, CertLife and SilentAfter: 15 minutes, 90 days and 90 seconds unless set.
	CodeLife, CertLife, SilentAfter time.Duration
}

// renewGrace is how long after its end a certificate can still be renewed: a machine may lie on a shelf for months.
const renewGrace = 180 * 24 * time.Hour

// Server is the office's fleet.
type Server struct {
	o     Options
	ca    *authority
	store *store
	tries limiter

	mu        sync.Mutex
	connected map[string]int
}

// New opens or makes the office in o.Dir.
func New(o Options) (*Server, error) {
	o.Office = cmp.Or(o.Office, "Office")
	o.CodeLife = cmp.Or(o.CodeLife, 15*time.Minute)
	o.CertLife = cmp.Or(o.CertLife, 90*24*time.Hour)
	o.SilentAfter = cmp.Or(o.SilentAfter, 90*time.Second)
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("office: %w", err)
	}
	ca, err := openAuthority(o.Dir, o.Office, o.Now)
	if err != nil {
		return nil, err
	}
	st, err := openStore(filepath.Join(o.Dir, "fleet.db"), o.DB)
	if err != nil {
		return nil, err
	}
	if err := st.belong(provisioning.Fingerprint(ca.certificate)); err != nil {
		st.close()
		return nil, fmt.Errorf("office: %w", err)
	}
	return &Server{o: o, ca: ca, store: st, connected: map[string]int{}}, nil
}

// Close closes the database. Nothing may be served after it.
func (s *Server) Close() error { return s.store.close() }

// CA is the office's certificate.
func (s *Server) CA() *x509.Certificate { return s.ca.certificate }

// TLS is for the terminals' listener. A client's certificate is asked for and its key proven, but judged later, by
// Identify: one that is unknown or out of date then gets an answer in words instead of a broken handshake.
func (s *Server) TLS() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS13,
		GetCertificate: s.ca.hubCertificate,
		ClientAuth:     tls.RequestClientCert,
		NextProtos:     []string{"http/1.1"}, // websockets
	}
}

func (s *Server) now() int64 { return s.o.Now().UnixMilli() }

// Terminal is an enrolled terminal as the office knows it.
type Terminal struct {
	ID, Name, Place string
	Certificate     *x509.Certificate
}

// Errors of Identify, in words for the log of the terminal that is turned away.
var (
	ErrNoCertificate = errors.New("this address is for enrolled terminals only")
	ErrUnknown       = errors.New("this terminal does not belong to this office")
	ErrPending       = errors.New("the office has not yet said that the four words are the same")
	ErrRevoked       = errors.New("the office no longer lets this terminal in")
	ErrOutOfDate     = errors.New("this terminal's certificate has run out: it has to be renewed")
)

// Identify says which trusted terminal a request on the terminals' listener comes from.
func (s *Server) Identify(r *http.Request) (Terminal, error) {
	t, certificate, err := s.recognise(r)
	if err != nil {
		return Terminal{}, err
	}
	if now := s.o.Now(); now.After(certificate.NotAfter) || now.Before(certificate.NotBefore) {
		return Terminal{}, ErrOutOfDate
	}
	if err := standing(t.State); err != nil {
		return Terminal{}, err
	}
	return Terminal{ID: t.ID, Name: t.Name, Place: t.Place, Certificate: certificate}, nil
}

func standing(state string) error {
	switch state {
	case "trusted":
		return nil
	case "pending":
		return ErrPending
	default:
		return ErrRevoked
	}
}

// recognise finds the row of a certificate, whatever its dates and state. The signature is checked apart from the dates:
// a certificate that has run out must still be recognised by a CA that is younger than it.
func (s *Server) recognise(r *http.Request) (terminal, *x509.Certificate, error) {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return terminal{}, nil, ErrNoCertificate
	}
	certificate := r.TLS.PeerCertificates[0]
	if certificate.IsCA || !slices.Contains(certificate.ExtKeyUsage, x509.ExtKeyUsageClientAuth) || certificate.CheckSignatureFrom(s.ca.certificate) != nil {
		return terminal{}, nil, ErrUnknown
	}
	t, err := s.store.terminal(provisioning.ID(certificate.RawSubjectPublicKeyInfo))
	if errors.Is(err, sql.ErrNoRows) {
		return terminal{}, nil, ErrUnknown
	}
	return t, certificate, err
}

// Line is told when a trusted terminal's line comes up or is lost.
func (s *Server) Line(id string, up bool) {
	s.mu.Lock()
	if up {
		s.connected[id]++
	} else if s.connected[id]--; s.connected[id] <= 0 {
		delete(s.connected, id)
	}
	s.mu.Unlock()
	if err := s.store.seen(id, s.now()); err != nil {
		s.o.Log.Error("fleet's store", "why", err)
	}
}

// Heard is told a terminal's health report as it came over the line. ErrRevoked: it was taken off the list meanwhile, perhaps at another hub,
// and its line is to be closed.
func (s *Server) Heard(id string, report []byte) error {
	h, err := provisioning.DecodeHealth(report)
	if err != nil {
		return err
	}
	t, err := s.store.terminal(id)
	if err != nil {
		return fmt.Errorf("fleet's store: %w", err)
	}
	if err := standing(t.State); err != nil {
		return err
	}
	changed := t.ChangedAt
	if before, err := provisioning.DecodeHealth([]byte(t.Health)); err != nil || wholly(before) != wholly(h) {
		changed = s.now()
	}
	return s.store.heard(id, h, changed, s.now())
}

// Code makes a one-time code for a terminal of this name and place. With trusted, the words need not be compared: for
// whoever has the hub's own folder in their hands.
func (s *Server) Code(name, place string, trusted bool, who string) (NewCodeAnswer, error) {
	name, place = strings.TrimSpace(name), strings.TrimSpace(place)
	if name == "" || !fits(name) || !fits(place) {
		return NewCodeAnswer{}, errors.New("a terminal needs a name of at most 80 characters, and a place")
	}
	code := provisioning.NewCode(s.ca.certificate)
	now := s.o.Now()
	row := codeRow{ID: newID(), Secret: hashed(code.Secret), Name: name, Place: place, Trusted: trusted,
		CreatedAt: now.UnixMilli(), ExpiresAt: now.Add(s.o.CodeLife).UnixMilli()}
	if err := s.store.addCode(row); err != nil {
		return NewCodeAnswer{}, fmt.Errorf("enrolment code: %w", err)
	}
	if err := s.store.log(now.UnixMilli(), who, "made an enrolment code", name+", "+place); err != nil {
		return NewCodeAnswer{}, fmt.Errorf("enrolment code: %w", err)
	}
	address := "https://HUB"
	if s.o.Address != nil {
		address = s.o.Address()
	}
	return NewCodeAnswer{Code: code.String(), ID: row.ID, Name: name, Place: place, Expires: row.ExpiresAt,
		Command: fmt.Sprintf("handrail enrol -hub %s -code %s", address, code)}, nil
}

// Confirm says that the words were the same. False: it was not waiting for that.
func (s *Server) Confirm(id, who string) (bool, error) {
	return s.decide(id, "pending", "trusted", who, "trusted")
}

// Refuse says that the words differ: this key is never let in.
func (s *Server) Refuse(id, who string) (bool, error) {
	return s.decide(id, "pending", "refused", who, "refused")
}

// Revoke takes a trusted terminal off the list and closes its connections.
func (s *Server) Revoke(id, who string) (bool, error) {
	done, err := s.decide(id, "trusted", "revoked", who, "revoked")
	if done && s.o.OnRevoked != nil {
		s.o.OnRevoked(id)
	}
	return done, err
}

func (s *Server) decide(id, from, to, who, did string) (bool, error) {
	done, err := s.store.decide(id, from, to, who, s.now())
	if err != nil || !done {
		return false, err
	}
	t, err := s.store.terminal(id)
	if err != nil {
		return true, err
	}
	return true, s.store.log(s.now(), who, did, t.Name+", "+t.Place)
}

func hashed(secret string) []byte {
	sum := sha256.Sum256([]byte("handrail enrolment code\x00" + secret))
	return sum[:]
}

func newID() string {
	return strings.ToLower(serial().Text(36))[:12]
}

func fits(s string) bool { return utf8.ValidString(s) && utf8.RuneCountInString(s) <= 80 }
