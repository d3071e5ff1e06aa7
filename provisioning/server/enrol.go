// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"handrail/provisioning"
)

// Terminals is the handler of everything under /enrol and /terminal/ that is not the websocket.
//
//	POST /enrol              provisioning.Ask  -> provisioning.Answer; 400, 403, 429
//	GET  /terminal/standing                    -> provisioning.Standing; needs the terminal's certificate
//	POST /terminal/renew     provisioning.Ask  -> provisioning.Answer; needs a certificate at most 180 days out of date
func (s *Server) Terminals() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /enrol", s.serveEnrol)
	mux.HandleFunc("GET /terminal/standing", s.serveStanding)
	mux.HandleFunc("POST /terminal/renew", s.serveRenew)
	return mux
}

func (s *Server) serveEnrol(w http.ResponseWriter, r *http.Request) {
	from, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		from = r.RemoteAddr
	}
	if !s.tries.allowed(from, s.o.Now()) {
		refuse(w, http.StatusTooManyRequests, "too many codes that do not open anything came from there: wait a minute")
		return
	}
	var ask provisioning.Ask
	if !readJSON(w, r, &ask) {
		return
	}
	if !fits(ask.Name) {
		refuse(w, http.StatusBadRequest, "the name is too long")
		return
	}
	code, err := s.store.findCode(hashed(ask.Secret), s.now())
	if err != nil {
		s.tries.failed(from, s.o.Now())
		s.answerError(w, err)
		return
	}
	certificate, err := s.ca.issue(ask.Request, s.o.CertLife)
	if err != nil {
		s.tries.failed(from, s.o.Now())
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	words := provisioning.CheckWords(certificate.RawSubjectPublicKeyInfo, s.ca.certificate, ask.Secret)
	t := terminal{ID: provisioning.ID(certificate.RawSubjectPublicKeyInfo), CodeID: code.ID, Name: cmp.Or(code.Name, ask.Name), Place: code.Place,
		State: "pending", Words: strings.Join(words[:], " "), EnrolledAt: s.now(), CertificateUntil: certificate.NotAfter.UnixMilli()}
	if code.Trusted {
		t.State = "trusted"
	}
	if err := s.store.enrol(code, t, s.now()); err != nil {
		s.tries.failed(from, s.o.Now())
		s.answerError(w, err)
		return
	}
	s.o.Log.Info("a terminal asked to join", "terminal", t.ID, "name", t.Name, "place", t.Place, "state", t.State)
	writeJSON(w, http.StatusOK, provisioning.Answer{Certificate: certificate.Raw, Name: t.Name, Place: t.Place, Office: s.o.Office})
}

func (s *Server) serveStanding(w http.ResponseWriter, r *http.Request) {
	t, _, err := s.recognise(r)
	if err != nil {
		s.answerError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, provisioning.Standing{State: t.State})
}

func (s *Server) serveRenew(w http.ResponseWriter, r *http.Request) {
	t, old, err := s.recognise(r)
	if err == nil {
		err = standing(t.State)
	}
	if err == nil && s.o.Now().After(old.NotAfter.Add(renewGrace)) {
		err = errors.New("this terminal's certificate ran out too long ago: enrol it again")
	}
	if err != nil {
		refuse(w, http.StatusForbidden, err.Error())
		return
	}
	var ask provisioning.Ask
	if !readJSON(w, r, &ask) {
		return
	}
	certificate, err := s.ca.issue(ask.Request, s.o.CertLife)
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	if provisioning.ID(certificate.RawSubjectPublicKeyInfo) != t.ID {
		refuse(w, http.StatusForbidden, "a certificate is renewed for the same key only")
		return
	}
	if err := s.store.renewed(t.ID, certificate.NotAfter.UnixMilli()); err != nil {
		s.answerError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, provisioning.Answer{Certificate: certificate.Raw, Name: t.Name, Place: t.Place, Office: s.o.Office})
}

// answerError tells refusals in their own words and keeps what went wrong inside to the log.
func (s *Server) answerError(w http.ResponseWriter, err error) {
	for _, refusal := range []error{errCode, errRefusedKey, ErrNoCertificate, ErrUnknown, ErrPending, ErrRevoked, ErrOutOfDate} {
		if errors.Is(err, refusal) {
			refuse(w, http.StatusForbidden, err.Error())
			return
		}
	}
	s.o.Log.Error("fleet", "why", err)
	refuse(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
}

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		refuse(w, http.StatusBadRequest, "the request is malformed or too large")
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func refuse(w http.ResponseWriter, status int, why string) {
	writeJSON(w, status, map[string]string{"error": why})
}

// limiter counts codes that opened nothing, by address and in all.
type limiter struct {
	mu    sync.Mutex
	fails map[string][]time.Time
}

const (
	failsFromOne = 10 // in a minute
	failsFromAll = 100
)

func (l *limiter) allowed(from string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := 0
	for address, times := range l.fails {
		times = slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) > time.Minute })
		if len(times) == 0 {
			delete(l.fails, address)
			continue
		}
		l.fails[address] = times
		all += len(times)
	}
	return len(l.fails[from]) < failsFromOne && all < failsFromAll
}

func (l *limiter) failed(from string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fails == nil {
		l.fails = map[string][]time.Time{}
	}
	l.fails[from] = append(l.fails[from], now)
}
