// SPDX-License-Identifier: Apache-2.0

package main

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

//go:embed wipe_site.html
var wipePage string

//go:embed wipe_worker.js
var wipeWorker []byte

var wipeTemplate = template.Must(template.New("page").Parse(wipePage))

// rehearsalSite is the third party of a rehearsal: one page that keeps a value wherever a browser lets a page keep one. What
// this process knows of values it knows as a site would.
type rehearsalSite struct {
	server *http.Server
	origin string

	mu   sync.Mutex
	seed string
	told *told
}

// told is what the page says once it has planted what it can by itself.
type told struct {
	Done  []string          `json:"done"`
	Boxes map[string][2]int `json:"boxes"` // middle of each field to type into, in the page
}

func startRehearsalSite() (*rehearsalSite, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		return nil, err
	}
	s := &rehearsalSite{origin: "http://forms.localhost:" + port}
	mux := http.NewServeMux()
	mux.Handle("GET /test/start", http.RedirectHandler("/test/applicant-one", http.StatusFound))
	mux.HandleFunc("GET /test/applicant-one", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = wipeTemplate.Execute(w, map[string]string{"Seed": s.now()})
	})
	mux.HandleFunc("GET /worker.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write(wipeWorker)
	})
	mux.HandleFunc("GET /cached", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "max-age=86400")
		_, _ = io.WriteString(w, canary(s.now(), "http-cache"))
	})
	mux.HandleFunc("POST /upload", func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) })
	mux.HandleFunc("POST /told", func(_ http.ResponseWriter, r *http.Request) {
		var t told
		if json.NewDecoder(io.LimitReader(r.Body, 1<<16)).Decode(&t) == nil {
			s.mu.Lock()
			s.told = &t
			s.mu.Unlock()
		}
	})
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go s.server.Serve(listener)
	return s, nil
}

// expect names the seed of the next visitor.
func (s *rehearsalSite) expect(seed string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seed, s.told = seed, nil
}

func (s *rehearsalSite) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seed
}

// heard is what the page of this visitor said; nil: nothing yet.
func (s *rehearsalSite) heard() *told {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told
}

func (s *rehearsalSite) close() { s.server.Close() }
