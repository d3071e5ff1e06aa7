// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"handrail/helpdesk"
	"handrail/ui"
)

// cookies by role: one person may be volunteer and admin in the same browser.
var cookies = map[Role]string{Volunteer: "handrail_volunteer", Admin: "handrail_admin"}

// homes are where a role's pages are.
var homes = map[Role]string{Volunteer: "/desk/", Admin: "/admin/"}

// Person says who is signed in as role. The cookie is HttpOnly and SameSite=Strict.
func (h *Hub) Person(r *http.Request, role Role) (Person, bool) {
	c, err := r.Cookie(cookies[role])
	if err != nil {
		return Person{}, false
	}
	p, ok, err := h.store.signedIn(c.Value, h.store.now())
	if err != nil {
		h.log.Error("desk's store", "why", err)
	}
	return p, ok && p.Role == role
}

// Invite makes an account and returns the path of the link that opens it, once, within seven days.
func (h *Hub) Invite(p Person) (path string, expires int64, err error) {
	token, expires, err := h.store.invite(p, h.store.now())
	return "/join/" + token, expires, err
}

// Invite makes an account in the desk of dir, or of db if that is not empty, also while a hub runs on it.
func Invite(dir, db string, p Person) (path string, expires int64, err error) {
	h, err := New(Options{Dir: dir, DB: db})
	if err != nil {
		return "", 0, err
	}
	defer h.Close()
	return h.Invite(p)
}

// People is the handler of the people's listener, but for what admins ask of the fleet:
//
//	GET  /join/{token}            signs in and goes to the person's page
//	GET  /desk/, /admin/          pages of package ui
//	     /desk/ws                 the volunteer's websocket
//	GET  /api/desk/me             helpdesk.Me; 401
//	POST /api/desk/sign-out       204
//	GET  /api/desk/guides         {id: {language: name}}; 401
//	GET  /api/admin/me            helpdesk.Me; 401
//	POST /api/admin/sign-out      204
//	GET  /api/admin/desk          DeskReport; 401
//	POST /api/admin/bells/{id}/come, .../settled   204; 401, 409 when it is over
//	POST /api/admin/invitations   Invitation -> InvitationAnswer; 400, 401
//	GET  /api/admin/people        {people: []AccountReport}; 401
//	POST /api/admin/people/{id}/remove   takes their access away; 401, 404, 409 for one's own
//	GET  /sign-in/                the page for passkeys and codes; its calls are in passkeys.go
//	GET  /healthz                 "ok" while the database answers
func (h *Hub) People() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/desk/", http.StatusSeeOther) })
	mux.HandleFunc("GET /join/{token}", h.join)
	mux.Handle("GET /desk/", http.StripPrefix("/desk", ui.Handler("volunteer")))
	mux.Handle("GET /admin/", http.StripPrefix("/admin", ui.Handler("admin")))
	mux.HandleFunc("GET /desk/ws", h.serveVolunteer)
	mux.HandleFunc("GET /healthz", h.healthz)
	mux.HandleFunc("GET /sign-in/{file...}", serveSignIn)
	mux.HandleFunc("GET /api/desk/guides", h.serveGuides)
	h.signIns(mux)
	for _, role := range []Role{Volunteer, Admin} {
		prefix := map[Role]string{Volunteer: "/api/desk/", Admin: "/api/admin/"}[role]
		mux.HandleFunc("GET "+prefix+"me", func(w http.ResponseWriter, r *http.Request) {
			p, ok := h.Person(r, role)
			if !ok {
				sayError(w, http.StatusUnauthorized, "nobody is signed in here")
				return
			}
			sayJSON(w, http.StatusOK, h.me(p))
		})
		mux.HandleFunc("POST "+prefix+"sign-out", func(w http.ResponseWriter, r *http.Request) { h.signOut(w, r, role) })
	}
	mux.HandleFunc("GET /api/admin/desk", h.admins(func(w http.ResponseWriter, r *http.Request) {
		report, err := h.report()
		if err != nil {
			h.log.Error("desk's store", "why", err)
			sayError(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
			return
		}
		sayJSON(w, http.StatusOK, report)
	}))
	mux.HandleFunc("POST /api/admin/bells/{id}/{what}", h.admins(h.serveBell))
	mux.HandleFunc("POST /api/admin/invitations", h.admins(h.serveInvite))
	return mux
}

func (h *Hub) admins(f http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if _, ok := h.Person(r, Admin); !ok {
			sayError(w, http.StatusUnauthorized, "sign in as an admin")
			return
		}
		f(w, r)
	}
}

func (h *Hub) join(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if !h.tries.allow(h.from(r), time.Now()) {
		http.Error(w, "Too many tries. Wait a minute.", http.StatusTooManyRequests)
		return
	}
	p, cookie, err := h.store.join(r.PathValue("token"), h.store.now())
	if errors.Is(err, errInvitation) {
		// The same browser may open its link again: the person is signed in there already.
		for _, role := range []Role{Volunteer, Admin} {
			if p, ok := h.Person(r, role); ok && h.store.invited(r.PathValue("token"), p.ID) {
				http.Redirect(w, r, homes[role], http.StatusSeeOther)
				return
			}
		}
	}
	if err != nil {
		status, words := http.StatusForbidden, "This invitation was used already or has run out. Ask for a new one."
		if !errors.Is(err, errInvitation) {
			h.log.Error("desk's store", "why", err)
			status, words = http.StatusInternalServerError, "The hub could not do this now. Its log says why."
		}
		http.Error(w, words, status)
		return
	}
	h.setCookie(w, r, p, cookie)
	http.Redirect(w, r, homes[p.Role], http.StatusSeeOther)
}

// setCookie signs a person in, in this browser.
func (h *Hub) setCookie(w http.ResponseWriter, r *http.Request, p Person, cookie string) {
	http.SetCookie(w, &http.Cookie{Name: cookies[p.Role], Value: cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: strings.HasPrefix(h.origin(r), "https://"), MaxAge: signInLife / 1000})
}

func (h *Hub) signOut(w http.ResponseWriter, r *http.Request, role Role) {
	if p, ok := h.Person(r, role); ok && role == Volunteer {
		h.outVolunteer(p.ID, "signed out")
	}
	if c, err := r.Cookie(cookies[role]); err == nil {
		if err := h.store.signOut(c.Value); err != nil {
			h.log.Error("desk's store", "why", err)
		}
	}
	http.SetCookie(w, &http.Cookie{Name: cookies[role], Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, MaxAge: -1})
	w.WriteHeader(http.StatusNoContent)
}

// Invitation is the body of POST /api/admin/invitations.
type Invitation struct {
	Role      Role             `json:"role"`
	Name      string           `json:"name"`
	Languages []helpdesk.Skill `json:"languages"`
	// Guides and Places are what a volunteer knows best; may be left out.
	Guides []string `json:"guides,omitempty"`
	Places []string `json:"places,omitempty"`
}

// InvitationAnswer is a link to give to the person.
type InvitationAnswer struct {
	Link    string `json:"link"`
	Expires int64  `json:"expires"`
}

func (h *Hub) serveInvite(w http.ResponseWriter, r *http.Request) {
	var ask Invitation
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, 16<<10))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&ask); err != nil {
		sayError(w, http.StatusBadRequest, "the request is malformed or too large")
		return
	}
	path, expires, err := h.Invite(Person{Name: ask.Name, Role: ask.Role, Languages: ask.Languages, Guides: ask.Guides, Places: ask.Places})
	if errors.Is(err, errPerson) {
		sayError(w, http.StatusBadRequest, err.Error())
		return
	}
	if err != nil {
		h.log.Error("desk's store", "why", err)
		sayError(w, http.StatusInternalServerError, "the hub could not do this now; its log says why")
		return
	}
	sayJSON(w, http.StatusCreated, InvitationAnswer{Link: h.origin(r) + path, Expires: expires})
}

// DeskReport is the help desk as an admin sees it. No call's content, no word of anybody's.
type DeskReport struct {
	Now        int64             `json:"now"`
	Waiting    []WaitingReport   `json:"waiting"`
	Volunteers []VolunteerReport `json:"volunteers"`
	Today      TodayReport       `json:"today"`
	Bells      []helpdesk.Rung   `json:"bells"`
}

// WaitingReport is a request that is not over.
type WaitingReport struct {
	ID        string   `json:"id"`
	Terminal  string   `json:"terminal"`
	Place     string   `json:"place"`
	Languages []string `json:"languages"`
	State     string   `json:"state"`
	CreatedAt int64    `json:"created_at"`
	Volunteer string   `json:"volunteer,omitempty"`
}

// VolunteerReport is a volunteer now.
type VolunteerReport struct {
	ID        string           `json:"id"`
	Name      string           `json:"name"`
	Languages []helpdesk.Skill `json:"languages"`
	Here      bool             `json:"here"`
	Available bool             `json:"available"`
	Busy      bool             `json:"busy"`
}

// TodayReport counts; MedianWait in seconds, absent below three answered requests.
type TodayReport struct {
	Requests   int    `json:"requests"`
	Answered   int    `json:"answered"`
	MedianWait *int64 `json:"median_wait,omitempty"`
}

func (h *Hub) report() (DeskReport, error) {
	now := h.store.now()
	d := DeskReport{Now: now, Waiting: []WaitingReport{}, Volunteers: []VolunteerReport{}, Bells: []helpdesk.Rung{}}
	bells, err := h.store.bells()
	if err != nil {
		return d, err
	}
	d.Bells = append(d.Bells, bellsFor(Person{Role: Admin}, bells)...)
	rows, err := h.store.live()
	if err != nil {
		return d, err
	}
	people, err := h.store.volunteers()
	if err != nil {
		return d, err
	}
	seats, err := h.store.seats(now)
	if err != nil {
		return d, err
	}
	w := world{seats: seats}
	names, busy := map[string]string{}, map[string]bool{}
	for _, p := range people {
		names[p.ID] = p.Name
	}
	for _, r := range rows {
		d.Waiting = append(d.Waiting, WaitingReport{ID: r.ID, Terminal: r.Request.Terminal, Place: r.Request.Place, Languages: r.Request.Languages,
			State: r.State, CreatedAt: r.CreatedAt, Volunteer: names[r.LeaseOwner]})
		if r.LeaseOwner != "" {
			busy[r.LeaseOwner] = true
		}
	}
	for _, p := range people {
		here := w.seated(p.ID)
		d.Volunteers = append(d.Volunteers, VolunteerReport{ID: p.ID, Name: p.Name, Languages: p.Languages, Here: here, Available: here && p.Available, Busy: busy[p.ID]})
	}
	since := midnight(now)
	if err := h.store.one(h.store.db, `SELECT COUNT(*), COUNT(CASE WHEN accepted_at > 0 THEN 1 END) FROM help_request WHERE created_at >= ? AND body <> ''`,
		[]any{since}, &d.Today.Requests, &d.Today.Answered); err != nil {
		return d, err
	}
	waits, err := h.store.numbers(`SELECT accepted_at - created_at FROM help_request WHERE accepted_at > 0 AND created_at >= ?`, since)
	if err != nil {
		return d, err
	}
	if len(waits) >= estimateFrom {
		slices.Sort(waits)
		median := waits[len(waits)/2] / 1000
		d.Today.MedianWait = &median
	}
	return d, nil
}

func sayJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v)
}

func sayError(w http.ResponseWriter, status int, why string) {
	sayJSON(w, status, map[string]string{"error": why})
}
