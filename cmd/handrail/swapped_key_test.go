// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
	"handrail/kiosk/browser"
	"handrail/provisioning"
	"handrail/ui"
)

// lyingHub serves the volunteer's real page and speaks as a hub does; when it lies, it puts a key of its own in the place of the
// terminal's.
type lyingHub struct {
	t         *testing.T
	me        helpdesk.Me
	upgrader  websocket.Upgrader
	mu        sync.Mutex
	conn      *websocket.Conn
	accepted  map[string]bool
	hungUp    map[string]bool
	answering map[string]helpdesk.Request // what it says when somebody accepts
}

func (h *lyingHub) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /desk/", http.StripPrefix("/desk", ui.Handler("volunteer")))
	mux.HandleFunc("GET /api/desk/me", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(jsonOf(h.who())))
	})
	mux.HandleFunc("GET /desk/ws", func(w http.ResponseWriter, r *http.Request) {
		conn, err := h.upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		h.mu.Lock()
		h.conn = conn
		h.mu.Unlock()
		h.say(&helpdesk.Desk{Me: h.who(), Available: true, Waiting: map[string]int{}, Volunteers: helpdesk.Around{Here: 1, Free: 1, Languages: []string{"ar"}}, Calls: []helpdesk.PastCall{}})
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			m, err := helpdesk.Decode(helpdesk.VolunteerToHub, data)
			if err != nil {
				h.t.Error(err)
				return
			}
			switch m := m.(type) {
			case *helpdesk.Accept:
				h.mu.Lock()
				h.accepted[m.ID] = true
				r := h.answering[m.ID]
				h.mu.Unlock()
				h.say(&helpdesk.Accepted{ID: m.ID, Request: r, LineUp: true})
			case *helpdesk.Hangup:
				h.mu.Lock()
				h.hungUp[m.ID] = true
				h.mu.Unlock()
			}
		}
	})
	return mux
}

func (h *lyingHub) who() helpdesk.Me {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.me
}

func (h *lyingHub) say(m helpdesk.Message) {
	data, err := helpdesk.Encode(m)
	if err != nil {
		h.t.Error(err)
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.conn != nil {
		h.conn.WriteMessage(websocket.TextMessage, data)
	}
}

// ring rings for a request and answers Accept with another one.
func (h *lyingHub) ring(r, answer helpdesk.Request) {
	h.mu.Lock()
	h.answering[r.ID] = answer
	h.mu.Unlock()
	h.say(&helpdesk.Ring{Request: r, Language: "ar", Until: helpdesk.Now() + 600_000, Others: 1, Phrases: true})
}

func (h *lyingHub) did(set map[string]bool, id string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return set[id]
}

// A terminal of the office is helped; a hub that swaps its key is found out by the page: the call is refused, in words, and
// nothing is opened. Neither is one of an office that the page did not know when it was opened first.
func TestSwappedKeyIsRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath(browser.Binary); err != nil || !ui.Built() {
		t.Skip("Chromium or the pages are not here")
	}
	dir := t.TempDir()
	at := startTestHub(t, dir)
	terminal := enrolled(t, dir, at)
	stranger := t.TempDir()
	other := enrolled(t, stranger, startTestHub(t, stranger))

	h := &lyingHub{t: t, accepted: map[string]bool{}, hungUp: map[string]bool{}, answering: map[string]helpdesk.Request{},
		me: helpdesk.Me{ID: "a", Name: "Amina", Role: "volunteer", Office: "Linden", OfficeKey: terminal.CA.RawSubjectPublicKeyInfo, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}}}
	pages := httptest.NewServer(h.handler())
	t.Cleanup(pages.Close)
	person, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	p := page{t, person}
	p.open(strings.TrimSuffix(pages.URL, "/") + "/desk/")
	p.see(`document.querySelector("[data-screen=desk] [data-name=office-key]")`)
	if shown, want := strings.ReplaceAll(p.read(`document.querySelector("[data-name=office-key]").textContent`), "-", ""), provisioning.Fingerprint(terminal.CA); shown != want {
		t.Errorf("the page holds the key of office %s, want %s", shown, want)
	}

	honest := certified(t, terminal)
	h.ring(honest, honest)
	p.see(`document.querySelector("[data-screen=ringing] [data-name=phrases-only]")?.textContent.includes("Arabic")`)
	p.press("accept")
	p.see(`document.querySelector("[data-screen=call] [data-name=digits]")?.dataset.digits`)
	h.say(&helpdesk.Ended{ID: honest.ID, Why: "citizen"})
	p.press("skip")
	p.see(`document.querySelector("[data-screen=desk]")`)

	refused := func(what string, r, answer helpdesk.Request) {
		t.Helper()
		h.ring(r, answer)
		p.press("accept")
		p.see(`document.querySelector("[data-screen=desk]") && document.querySelector("[data-name=untrusted]")`)
		for deadline := time.Now().Add(patience); !h.did(h.hungUp, r.ID); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: the call goes on", what)
			}
		}
		p.press("untrusted-seen")
		p.see(`!document.querySelector("[data-name=untrusted]")`)
	}
	swapped := certified(t, terminal)
	answer := swapped
	hubs, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	answer.PublicKey = hubs.PublicKey().Bytes()
	refused("a swapped key", swapped, answer)
	bare := certified(t, terminal)
	bare.Certificate = nil
	refused("no certificate", bare, bare)
	foreign := certified(t, other)
	refused("another office's terminal", foreign, foreign)

	// The hub says another key for the office: it is told, and not believed.
	h.mu.Lock()
	h.me.OfficeKey = other.CA.RawSubjectPublicKeyInfo
	h.mu.Unlock()
	p.open(strings.TrimSuffix(pages.URL, "/") + "/desk/")
	p.see(`document.querySelector("[data-name=office-changed]")?.textContent.replaceAll("-", "").includes("` + provisioning.Fingerprint(other.CA) + `")`)
	foreign = certified(t, other)
	refused("another office's terminal, with its key", foreign, foreign)
	p.press("trust-office") // an admin has said so
	p.see(`!document.querySelector("[data-name=office-changed]")`)
	foreign = certified(t, other)
	h.ring(foreign, foreign)
	p.press("accept")
	p.see(`document.querySelector("[data-screen=call] [data-name=digits]")?.dataset.digits`)
}

// certified is a terminal's request as its agent signs it.
func certified(t *testing.T, id *provisioning.Identity) helpdesk.Request {
	t.Helper()
	r := signedRequest(t, id)
	r.Certificate = id.Certificate().Raw
	return r
}
