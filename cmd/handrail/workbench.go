// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"handrail/peripherals/emulator"
	"handrail/ui"
)

// plug is one thing that a person can pull out of the demo: the network, the card reader, the hub, the site.
type plug struct {
	// Name is its stable name in the page and in journeys: network, reader, printer, hub, site, power.
	Name string
	// Pull and Plug change the real thing. They return when it is done, or say why it cannot be.
	Pull, Plug func() error
	// State tells whether it is in, and in one sentence what the terminal does now. It is called several times a second.
	State func() (in bool, says string)
}

// workbenchReader is what the workbench needs of the emulated card reader.
type workbenchReader interface {
	Insert(emulator.Card)
	Remove()
	PullAfter(apdus int)
	Inserted() (emulator.Card, bool)
}

// workbenchPrinter is what the workbench needs of the emulated printer.
type workbenchPrinter interface {
	Slips() []emulator.Slip
	Current() emulator.Slip
	Changed() <-chan struct{}
	Sensors() emulator.Sensors
	PaperOut(bool)
}

// workbenchLinks are the two other ends of the demo, opened in tabs of their own.
type workbenchLinks struct {
	Desk  string `json:"desk"`
	Admin string `json:"admin"`
}

// workbenchOptions say what is on the bench. A nil Reader or Printer is a bench without one; the page says so.
type workbenchOptions struct {
	// Token opens the page once; empty: a random one is made.
	Token string
	// RFB answers the path of the unix socket where the terminal's screen is served now, "" while there is none.
	RFB     func() string
	Reader  workbenchReader
	Printer workbenchPrinter
	// Cards to choose from; nil: those that come with the emulator.
	Cards []emulator.Card
	Plugs []plug
	// Preview makes it the bench of an author, who looks at a guide and at nothing else.
	Preview *workbenchPreview
	// Links is asked for every page state: the hub may start after the workbench.
	Links func() workbenchLinks
	Log   *slog.Logger
}

// workbenchPreview is what an author may choose of the guide that is shown on the screen.
type workbenchPreview struct {
	Name             string // of the guide
	Pages, Languages []string
	// Now is in which language and with which level it is shown.
	Now func() (language, level string)
	// Show shows a "page", or all in a "language" or with a "level", and returns when that is on the screen.
	Show func(what, value string) error
}

// workbench is the one page on which a person can play the whole product: the terminal's screen, cards, paper and plugs.
// It is for one person on one machine: it answers only to a loopback name, and only to who opened its link.
type workbench struct {
	o     workbenchOptions
	token string
	mux   *http.ServeMux

	mu   sync.Mutex
	torn int // number of the last slip torn off; it stays in "all slips"
}

func newWorkbench(o workbenchOptions) *workbench {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Cards == nil {
		o.Cards = emulator.Cards()
	}
	if o.Links == nil {
		o.Links = func() workbenchLinks { return workbenchLinks{} }
	}
	if o.RFB == nil {
		o.RFB = func() string { return "" }
	}
	w := &workbench{o: o, token: o.Token, mux: http.NewServeMux()}
	if w.token == "" {
		b := make([]byte, 16)
		rand.Read(b)
		w.token = hex.EncodeToString(b)
	}
	w.mux.HandleFunc("GET /state", w.serveState)
	w.mux.HandleFunc("GET /screen", w.serveScreen)
	w.mux.HandleFunc("GET /slip/{n}", w.serveSlip)
	w.mux.HandleFunc("POST /do", w.serveDo)
	w.mux.Handle("GET /", ui.Handler("workbench"))
	return w
}

// Path is the path and query of the link that opens the page: it carries the token.
func (w *workbench) Path() string { return "/?token=" + w.token }

// ServeHTTP refuses whoever is not on this machine or did not open the link, then serves the page and its actions.
func (w *workbench) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	if !loopbackHost(r.Host) {
		http.Error(rw, "The workbench answers only on this computer.", http.StatusForbidden)
		return
	}
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		http.Error(rw, "Another site asked for the workbench. It was refused.", http.StatusForbidden)
		return
	}
	if given := r.URL.Query().Get("token"); r.URL.Path == "/" && given != "" {
		if !w.same(given) {
			http.Error(rw, "This link is not the one that was printed. Start the demo again for a new one.", http.StatusForbidden)
			return
		}
		http.SetCookie(rw, &http.Cookie{
			Name: workbenchCookie(r.Host), Value: w.token, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode,
		})
		http.Redirect(rw, r, "/", http.StatusSeeOther)
		return
	}
	cookie, err := r.Cookie(workbenchCookie(r.Host))
	if err != nil || !w.same(cookie.Value) {
		http.Error(rw, "Open the workbench with the link that the demo printed.", http.StatusForbidden)
		return
	}
	w.mux.ServeHTTP(rw, r)
}

func (w *workbench) same(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(w.token)) == 1
}

// workbenchCookie has the port in its name, because cookies of one host are shared by all its ports.
func workbenchCookie(host string) string {
	_, port, _ := net.SplitHostPort(host)
	return "handrail-workbench-" + port
}

// loopbackHost tells whether a Host header names this machine itself. Without it a page elsewhere could reach the
// workbench through a name of its own that resolves to 127.0.0.1.
func loopbackHost(hostport string) bool {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return ip != nil && ip.IsLoopback()
}

// workbenchAction is one thing a person does on the bench.
type workbenchAction struct {
	Do   string `json:"do"`   // insert, remove, pull-early, pull, plug, tear, paper-out, paper-in; page, language, level
	Name string `json:"name"` // the card's ID, the plug's name, or what is to be shown
}

func (w *workbench) serveDo(rw http.ResponseWriter, r *http.Request) {
	if ct := r.Header.Get("Content-Type"); ct != "application/json" {
		http.Error(rw, "Send the action as application/json.", http.StatusUnsupportedMediaType)
		return
	}
	var a workbenchAction
	dec := json.NewDecoder(http.MaxBytesReader(rw, r.Body, 4096))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&a); err != nil {
		http.Error(rw, "That action could not be read.", http.StatusBadRequest)
		return
	}
	if err := w.do(a); err != nil {
		w.o.Log.Warn("workbench action", "do", a.Do, "name", a.Name, "err", err)
		http.Error(rw, sentence(err), http.StatusConflict)
		return
	}
	rw.WriteHeader(http.StatusNoContent)
}

// pullEarlyAfter is how many exchanges with a card happen before it is pulled too early: the applet has been selected and
// reading has begun, so that the terminal really is in the middle of it.
const pullEarlyAfter = 3

func (w *workbench) do(a workbenchAction) error {
	switch a.Do {
	case "insert", "pull-early", "remove":
		return w.doCard(a)
	case "pull", "plug":
		for _, p := range w.o.Plugs {
			if p.Name == a.Name {
				if a.Do == "pull" {
					return p.Pull()
				}
				return p.Plug()
			}
		}
		return fmt.Errorf("there is no plug called %q", a.Name)
	case "tear", "paper-out", "paper-in":
		return w.doPaper(a.Do)
	case "page", "language", "level":
		if w.o.Preview == nil {
			return errors.New("no guide is looked at on this bench")
		}
		return w.o.Preview.Show(a.Do, a.Name)
	}
	return fmt.Errorf("the workbench has no action called %q", a.Do)
}

func (w *workbench) doCard(a workbenchAction) error {
	if w.o.Reader == nil {
		return errors.New("there is no card reader on this bench")
	}
	if a.Do == "remove" {
		w.o.Reader.Remove()
		return nil
	}
	for _, c := range w.o.Cards {
		if c.ID != a.Name {
			continue
		}
		w.o.Reader.Remove()
		if a.Do == "pull-early" {
			w.o.Reader.PullAfter(pullEarlyAfter)
		}
		w.o.Reader.Insert(c)
		return nil
	}
	return fmt.Errorf("there is no card called %q", a.Name)
}

func (w *workbench) doPaper(do string) error {
	if w.o.Printer == nil {
		return errors.New("there is no printer on this bench")
	}
	if do != "tear" {
		w.o.Printer.PaperOut(do == "paper-out")
		return nil
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if slips := w.o.Printer.Slips(); len(slips) > 0 {
		w.torn = slips[len(slips)-1].Number
	}
	return nil
}

// serveSlip answers a slip as a picture, by its number, or "current" for the one still in the printer.
func (w *workbench) serveSlip(rw http.ResponseWriter, r *http.Request) {
	slip, ok := w.slip(r.PathValue("n"))
	if !ok {
		http.NotFound(rw, r)
		return
	}
	png, err := slip.PNG()
	if err != nil {
		http.Error(rw, "The slip could not be drawn.", http.StatusInternalServerError)
		return
	}
	rw.Header().Set("Content-Type", "image/png")
	rw.Header().Set("Cache-Control", "no-store")
	rw.Write(png)
}

func (w *workbench) slip(name string) (emulator.Slip, bool) {
	if w.o.Printer == nil {
		return emulator.Slip{}, false
	}
	if name == "current" {
		return w.o.Printer.Current(), true
	}
	for _, s := range w.o.Printer.Slips() {
		if strconv.Itoa(s.Number) == name {
			return s, true
		}
	}
	return emulator.Slip{}, false
}

// sentence makes an error readable for a person: a capital at its start and a full stop at its end.
func sentence(err error) string {
	s := err.Error()
	if s == "" {
		return "It did not work."
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
