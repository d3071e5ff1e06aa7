// SPDX-License-Identifier: Apache-2.0

package server

import (
	"database/sql"
	"errors"
	"net/http"
	"strings"
	"time"

	"handrail/provisioning"
)

// The shapes below are those of ui/admin/protocol.ts. Times are Unix milliseconds.

// NewCodeAsk is the body of POST /api/admin/codes.
type NewCodeAsk struct {
	Name  string `json:"name"`
	Place string `json:"place"`
}

// NewCodeAnswer is a code, shown once.
type NewCodeAnswer struct {
	Code    string `json:"code"`
	ID      string `json:"id"`
	Name    string `json:"name"`
	Place   string `json:"place"`
	Expires int64  `json:"expires"`
	Command string `json:"command"`
}

// Enrolment is a terminal that asked to join.
type Enrolment struct {
	ID         string   `json:"id"`
	CodeID     string   `json:"code_id"`
	Name       string   `json:"name"`
	Place      string   `json:"place"`
	State      string   `json:"state"`
	Words      []string `json:"words"`
	EnrolledAt int64    `json:"enrolled_at"`
	DecidedAt  int64    `json:"decided_at,omitempty"`
	DecidedBy  string   `json:"decided_by,omitempty"`
}

// CodeState says what became of a code. The code itself is not kept.
type CodeState struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Place    string `json:"place"`
	Expires  int64  `json:"expires"`
	State    string `json:"state"`
	UsedAt   int64  `json:"used_at,omitempty"`
	Terminal string `json:"terminal,omitempty"`
}

// Enrolments is the answer of GET /api/admin/enrolments.
type Enrolments struct {
	Now        int64       `json:"now"`
	Enrolments []Enrolment `json:"enrolments"`
	Codes      []CodeState `json:"codes"`
}

// LogEntry is one line of the admins' log.
type LogEntry struct {
	At   int64  `json:"at"`
	Who  string `json:"who"`
	Did  string `json:"did"`
	What string `json:"what"`
}

// Admin is the JSON interface of the admin's console; ui/admin/protocol.ts lists it. admin says who asks; where it says
// nobody, the answer is 401. Requests that another site's page makes are refused by the caller
// (http.CrossOriginProtection), which also owns the cookie.
func (s *Server) Admin(admin func(*http.Request) (name string, ok bool)) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/admin/overview", func(w http.ResponseWriter, r *http.Request) {
		o, err := s.Overview()
		s.give(w, o, err)
	})
	mux.HandleFunc("GET /api/admin/terminals/{id}", func(w http.ResponseWriter, r *http.Request) {
		t, err := s.store.terminal(r.PathValue("id"))
		if errors.Is(err, sql.ErrNoRows) || err == nil && t.State != "trusted" {
			refuse(w, http.StatusNotFound, "there is no such terminal")
			return
		}
		s.give(w, s.describe(t), err)
	})
	mux.HandleFunc("POST /api/admin/codes", func(w http.ResponseWriter, r *http.Request) {
		var ask NewCodeAsk
		if !readJSON(w, r, &ask) {
			return
		}
		name, _ := admin(r)
		code, err := s.Code(ask.Name, ask.Place, false, name)
		if err != nil {
			refuse(w, http.StatusBadRequest, err.Error())
			return
		}
		writeJSON(w, http.StatusCreated, code)
	})
	mux.HandleFunc("GET /api/admin/enrolments", func(w http.ResponseWriter, r *http.Request) {
		e, err := s.Enrolments()
		s.give(w, e, err)
	})
	mux.HandleFunc("GET /api/admin/log", func(w http.ResponseWriter, r *http.Request) {
		entries, err := s.store.entries(200)
		s.give(w, map[string]any{"entries": entries}, err)
	})
	for path, decide := range map[string]func(id, who string) (bool, error){
		"POST /api/admin/enrolments/{id}/confirm": s.Confirm,
		"POST /api/admin/enrolments/{id}/refuse":  s.Refuse,
		"POST /api/admin/terminals/{id}/revoke":   s.Revoke,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			name, _ := admin(r)
			done, err := decide(r.PathValue("id"), name)
			switch {
			case err != nil:
				s.answerError(w, err)
			case !done:
				refuse(w, http.StatusConflict, "somebody has decided this already, or there is no such terminal")
			default:
				w.WriteHeader(http.StatusNoContent)
			}
		})
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, ok := admin(r); !ok {
			refuse(w, http.StatusUnauthorized, "sign in as an admin")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *Server) give(w http.ResponseWriter, v any, err error) {
	if err != nil {
		s.answerError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, v)
}

// Enrolments lists who asked to join, newest first, and the codes of the last hour.
func (s *Server) Enrolments() (Enrolments, error) {
	now := s.now()
	e := Enrolments{Now: now, Enrolments: []Enrolment{}, Codes: []CodeState{}}
	all, err := s.store.terminals("pending", "trusted", "refused", "revoked")
	if err != nil {
		return e, err
	}
	for _, t := range all {
		e.Enrolments = append(e.Enrolments, Enrolment{ID: t.ID, CodeID: t.CodeID, Name: t.Name, Place: t.Place, State: t.State,
			Words: strings.Fields(t.Words), EnrolledAt: t.EnrolledAt, DecidedAt: t.DecidedAt, DecidedBy: t.DecidedBy})
	}
	codes, err := s.store.codes(now - time.Hour.Milliseconds())
	if err != nil {
		return e, err
	}
	for _, c := range codes {
		state := "open"
		if c.UsedAt > 0 {
			state = "used"
		} else if c.ExpiresAt < now {
			state = "expired"
		}
		e.Codes = append(e.Codes, CodeState{ID: c.ID, Name: c.Name, Place: c.Place, Expires: c.ExpiresAt, State: state, UsedAt: c.UsedAt, Terminal: c.Terminal})
	}
	return e, nil
}

// wholly tells whether everything on a terminal does its work.
func wholly(h provisioning.Health) bool {
	for _, d := range h.Devices {
		if !d.OK {
			return false
		}
	}
	return true
}
