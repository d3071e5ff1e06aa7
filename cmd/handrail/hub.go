// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/provisioning"
	"handrail/provisioning/server"
)

const hubHelp = `usage: handrail hub [flags]
       handrail hub invite -dir DIR -role volunteer|admin -name NAME [-languages ar,en]
       handrail hub code -dir DIR -name NAME -place PLACE [-trusted] [-db ADDRESS]
       handrail hub journal -dir DIR [-number NUMBER] [-head HASH] [-json]

Runs the hub: the help desk that finds a volunteer for a citizen, and the office that enrols terminals and sees how they
are. It listens twice. On the people's address volunteers (/desk/) and admins (/admin/) open their pages. It speaks HTTPS with
-cert and -key, or with -acme, which gets its certificate by itself; without, it speaks plain HTTP and therefore only on this
machine: open it as http://localhost, where passkeys work, or put a proxy with HTTPS before it (-proxy). On the terminals'
address enrolled terminals come in over mutual TLS.

With -db several hubs share one PostgreSQL database, and with -bus they wake each other over NATS: any of them may hold a
terminal's connection and any other the volunteer's. Without -bus they find each other's changes within seconds. Every hub
has a folder of its own, and all have the same ca.pem and ca.key: put them into a new hub's folder before it starts, or, on one
machine, name the one folder that has them with -fleet.

Everything it must remember is in its folder (desk.db, fleet.db, ca.key, ca.pem) or, with -db, in the database and the two
files of the CA. Keep a copy of ca.key: without it every terminal has to be enrolled again. While it runs, hub.json in the
folder says where.

"invite" makes an account and prints a link that signs its person in once. "code" prints a one-time code for a terminal;
with -trusted the four words need not be compared. "journal" prints what volunteers did in the call with the number on a
citizen's slip, or in all calls, and checks that nobody has changed the journal. All work while the hub runs.

flags:
`

// hubConfig is hub.yaml. Flags win over it.
type hubConfig struct {
	Dir       string `yaml:"dir"`
	Office    string `yaml:"office"`
	People    string `yaml:"people"`
	Terminals string `yaml:"terminals"`
	// DB and Bus are what several hubs share; empty: a file in Dir, and nothing.
	DB  string `yaml:"db"`
	Bus string `yaml:"bus"`
	// Fleet is the folder with the office's CA, and without DB its terminals; Dir when empty.
	Fleet string   `yaml:"fleet"`
	HTTPS hubHTTPS `yaml:"https"`
	// Metrics is where figures for Prometheus are served, empty: nowhere.
	Metrics string   `yaml:"metrics"`
	Voice   hubVoice `yaml:"voice"`
}

// hubAddresses is hub.json: where a running hub is.
type hubAddresses struct {
	People        string `json:"people"`
	Terminals     string `json:"terminals"`
	CAFingerprint string `json:"ca_fingerprint"`
}

// hubCommand runs `handrail hub` until ctx ends.
func hubCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 {
		switch args[0] {
		case "invite":
			return hubInvite(args[1:], stdout, stderr)
		case "code":
			return hubCode(args[1:], stdout, stderr)
		case "journal":
			return hubJournal(args[1:], stdout, stderr)
		}
	}
	c := hubConfig{Dir: "hub", Office: "Office", People: "127.0.0.1:8440", Terminals: "127.0.0.1:8441", Voice: hubVoice{Address: "127.0.0.1:8442"}}
	var given hubConfig
	var file string
	fs := flag.NewFlagSet("handrail hub", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, hubHelp); fs.PrintDefaults() }
	fs.StringVar(&file, "config", "", "YAML `file` with dir, office, people and terminals")
	fs.StringVar(&given.Dir, "dir", "", "the hub's `folder` (default \"hub\")")
	fs.StringVar(&given.Office, "office", "", "`name` of the office")
	fs.StringVar(&given.People, "people", "", "loopback `address` for volunteers and admins (default \"127.0.0.1:8440\")")
	fs.StringVar(&given.Terminals, "terminals", "", "`address` for terminals (default \"127.0.0.1:8441\")")
	fs.StringVar(&given.DB, "db", "", "PostgreSQL `address` that several hubs share, postgres://user@host/name (default: a file in the folder)")
	fs.StringVar(&given.Bus, "bus", "", "NATS `address` by which hubs wake each other, nats://host:port[,nats://...]")
	fs.StringVar(&given.Fleet, "fleet", "", "`folder` with the office's ca.pem and ca.key (and fleet.db without -db), if several hubs on this machine share one (default: the hub's folder)")
	fs.StringVar(&given.Metrics, "metrics", "", "`address` for /metrics and /healthz (default: none)")
	given.Voice.flags(fs)
	given.HTTPS.flags(fs)
	if code, done := parse(fs, args, stderr); done {
		return code
	}
	if file != "" {
		if err := readHubConfig(file, &c); err != nil {
			fmt.Fprintf(stderr, "handrail hub: %v\n", err)
			return 2
		}
	}
	c.Dir, c.Office = cmp.Or(given.Dir, c.Dir), cmp.Or(given.Office, c.Office)
	c.People, c.Terminals = cmp.Or(given.People, c.People), cmp.Or(given.Terminals, c.Terminals)
	c.DB, c.Bus, c.Metrics = cmp.Or(given.DB, c.DB), cmp.Or(given.Bus, c.Bus), cmp.Or(given.Metrics, c.Metrics)
	c.Fleet = cmp.Or(given.Fleet, c.Fleet, c.Dir)
	c.Voice = given.Voice.over(c.Voice)
	c.HTTPS = given.HTTPS.over(c.HTTPS)
	if err := runHub(ctx, c, stdout, slog.New(slog.NewTextHandler(stderr, nil))); err != nil {
		fmt.Fprintf(stderr, "handrail hub: %v\n", err)
		return 1
	}
	return 0
}

// parse reads flags; done is true when the command is over, with its exit code.
func parse(fs *flag.FlagSet, args []string, stderr io.Writer) (code int, done bool) {
	switch err := fs.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0, true
	case err != nil:
		return 2, true
	case fs.NArg() > 0:
		fmt.Fprintf(stderr, "%s: %q is not understood here; -help explains\n", fs.Name(), fs.Arg(0))
		return 2, true
	}
	return 0, false
}

// readHubConfig reads hub.yaml strictly: an unknown key is an error with its line and column.
func readHubConfig(file string, c *hubConfig) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	if err := yaml.UnmarshalWithOptions(text, c, yaml.Strict()); err != nil {
		return fmt.Errorf("%s: %s", file, yaml.FormatError(err, false, true))
	}
	return nil
}

// hubGCPercent lets the collector run a little more often than usual: a hub's memory is mostly idle connections. More often still
// would be felt: with ten thousand of them a ring that comes while it runs waits for some milliseconds.
const hubGCPercent = 60

func runHub(ctx context.Context, c hubConfig, stdout io.Writer, log *slog.Logger) error {
	if !c.HTTPS.on() {
		if err := onlyLoopback(c.People); err != nil {
			return err
		}
	}
	debug.SetGCPercent(hubGCPercent)
	unlock, err := lockDir(c.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	addresses := filepath.Join(c.Dir, "hub.json")
	os.Remove(addresses) // of a hub that was killed

	peopleAt, err := net.Listen("tcp", c.People)
	if err != nil {
		return fmt.Errorf("people's address: %w", err)
	}
	defer peopleAt.Close()
	terminalsAt, err := net.Listen("tcp", c.Terminals)
	if err != nil {
		return fmt.Errorf("terminals' address: %w", err)
	}
	defer terminalsAt.Close()
	var figuresAt net.Listener
	if c.Metrics != "" {
		if figuresAt, err = net.Listen("tcp", c.Metrics); err != nil {
			return fmt.Errorf("address for figures: %w", err)
		}
		defer figuresAt.Close()
	}
	peopleTLS, err := c.HTTPS.open(ctx, peopleAt, c.Dir, log)
	if err != nil {
		return err
	}
	if peopleTLS != nil {
		peopleAt = tls.NewListener(peopleAt, peopleTLS)
	}
	at := hubAddresses{People: c.HTTPS.address(peopleAt), Terminals: "https://" + reachable(terminalsAt)}

	var desk *hub.Hub
	fleet, err := server.New(server.Options{Dir: c.Fleet, DB: c.DB, Office: c.Office, Log: log, Address: func() string { return at.Terminals },
		OnRevoked: func(id string) { desk.Disconnect(id, server.ErrRevoked.Error()) }})
	if err != nil {
		return err
	}
	defer fleet.Close()
	at.CAFingerprint = provisioning.Fingerprint(fleet.CA())
	voice, err := c.Voice.open()
	if err != nil {
		return err
	}
	if voice != nil {
		defer voice.Close()
	}
	bus, err := hub.OpenBus(c.Bus, log)
	if err != nil {
		return err
	}
	desk, err = hub.New(hub.Options{Dir: c.Dir, DB: c.DB, Bus: bus, Origin: c.HTTPS.origin(), Proxied: c.HTTPS.Proxy != "", Office: c.Office, OfficeKey: fleet.CA().RawSubjectPublicKeyInfo, Log: log, OnLine: fleet.Line, Relay: voice,
		Identify: func(r *http.Request) (hub.Terminal, error) {
			t, err := fleet.Identify(r)
			return hub.Terminal{ID: t.ID, Name: t.Name, Place: t.Place, Verify: func(message, signature []byte) bool {
				return provisioning.Verify(t.Certificate, message, signature)
			}}, err
		},
		OnHealth: func(id string, report []byte) {
			err := fleet.Heard(id, report)
			if errors.Is(err, server.ErrRevoked) {
				desk.Disconnect(id, server.ErrRevoked.Error())
			} else if err != nil {
				log.Warn("health report left out", "terminal", id, "why", err)
			}
		}})
	if err != nil {
		bus.Close()
		return err
	}
	defer desk.Close()

	people := &http.Server{Handler: peopleHandler(desk, fleet), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	mux := http.NewServeMux()
	mux.Handle("/", fleet.Terminals())
	mux.HandleFunc("GET /terminal/ws", desk.ServeTerminal)
	terminals := &http.Server{Handler: mux, TLSConfig: fleet.TLS(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}

	figures := &http.Server{Handler: desk.Figures(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10,
		ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}

	ctx, stop := context.WithCancel(ctx)
	defer stop()
	var running sync.WaitGroup
	var failed error
	var once sync.Once
	run := func(what string, f func() error) {
		running.Go(func() {
			defer stop()
			if err := f(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				once.Do(func() { failed = fmt.Errorf("%s: %w", what, err) })
			}
		})
	}
	run("people's address", func() error { return people.Serve(peopleAt) })
	run("terminals' address", func() error { return terminals.ServeTLS(terminalsAt, "", "") })
	if figuresAt != nil {
		run("address for figures", func() error { return figures.Serve(figuresAt) })
	}
	run("help desk", func() error { return desk.Run(ctx) })

	if err := writeAddresses(addresses, at); err != nil {
		log.Error("hub.json", "why", err)
	}
	defer os.Remove(addresses)
	fmt.Fprintf(stdout, "volunteers  %s/desk/\nadmins      %s/admin/\nterminals   %s  (office %s)\n", at.People, at.People, at.Terminals, at.CAFingerprint)

	<-ctx.Done()
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for _, s := range []*http.Server{people, terminals, figures} {
		if err := s.Shutdown(closing); err != nil {
			s.Close()
		}
	}
	running.Wait()
	return failed
}

// peopleHandler puts the two halves of the people's listener together. Requests that another site's page makes are refused.
func peopleHandler(desk *hub.Hub, fleet *server.Server) http.Handler {
	mux := http.NewServeMux()
	pages := desk.People()
	mux.Handle("/", pages)
	for _, own := range []string{"/api/admin/me", "/api/admin/sign-out", "/api/admin/desk", "/api/admin/bells/", "/api/admin/invitations", "/api/admin/people", "/api/admin/people/"} {
		mux.Handle(own, pages)
	}
	mux.Handle("/api/admin/", fleet.Admin(func(r *http.Request) (string, bool) {
		p, ok := desk.Person(r, hub.Admin)
		return p.Name, ok
	}))
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"error":"another site's page asked for this"}`+"\n")
	}))
	guarded := protection.Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if r.TLS != nil {
			w.Header().Set("Strict-Transport-Security", "max-age=31536000")
		}
		w.Header().Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'") // pages set their own
		guarded.ServeHTTP(w, r)
	})
}

// onlyLoopback refuses to speak plain HTTP to the world.
func onlyLoopback(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("people's address: %w", err)
	}
	if ip := net.ParseIP(host); host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("people's address %s: it speaks plain HTTP, so it has to be on this machine (127.0.0.1:PORT); put a proxy with HTTPS before it", address)
}

// reachable is the address of a listener as this machine can dial it.
func reachable(l net.Listener) string {
	host, port, err := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsUnspecified() {
		return l.Addr().String()
	}
	name, err := os.Hostname()
	if err != nil {
		name = "127.0.0.1"
	}
	return net.JoinHostPort(name, port)
}

// lockDir makes the hub's folder and keeps a second hub out of it.
func lockDir(dir string) (unlock func(), err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("hub's folder: %w", err)
	}
	f, err := os.OpenFile(filepath.Join(dir, "hub.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hub's folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("hub's folder %s: another hub is running in it", dir)
	}
	return func() { f.Close() }, nil
}

func writeAddresses(path string, at hubAddresses) error {
	text, err := json.MarshalIndent(at, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// readAddresses says where the hub of a folder runs now, or would by default.
func readAddresses(dir string) hubAddresses {
	at := hubAddresses{People: "http://localhost:8440", Terminals: "https://127.0.0.1:8441"}
	if text, err := os.ReadFile(filepath.Join(dir, "hub.json")); err == nil {
		json.Unmarshal(text, &at)
	}
	return at
}

func hubInvite(args []string, stdout, stderr io.Writer) int {
	var dir, db, role, name, languages, guides, places string
	fs := flag.NewFlagSet("handrail hub invite", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&dir, "dir", "hub", "the hub's `folder`")
	fs.StringVar(&role, "role", "volunteer", "volunteer or admin")
	fs.StringVar(&name, "name", "", "the person's `name`")
	fs.StringVar(&languages, "languages", "", "languages a volunteer speaks, reads and writes: `en,ar`")
	fs.StringVar(&guides, "guides", "", "guides that a volunteer knows well: `blue-badge,...`")
	fs.StringVar(&places, "places", "", "places that a volunteer helps first: `NAME,...`")
	fs.StringVar(&db, "db", "", "PostgreSQL `address`, if the hub has one")
	if code, done := parse(fs, args, stderr); done {
		return code
	}
	names := func(list string) []string {
		var all []string
		for name := range strings.SplitSeq(list, ",") {
			if name = strings.TrimSpace(name); name != "" {
				all = append(all, name)
			}
		}
		return all
	}
	p := hub.Person{Name: name, Role: hub.Role(role), Guides: names(guides), Places: names(places)}
	for _, l := range strings.FieldsFunc(languages, func(r rune) bool { return r == ',' || r == ' ' }) {
		p.Languages = append(p.Languages, helpdesk.Skill{Code: l, Speak: true, Read: true, Write: true})
	}
	path, expires, err := hub.Invite(dir, db, p)
	if err != nil {
		fmt.Fprintf(stderr, "handrail hub invite: %v\n", err)
		return 1
	}
	fmt.Fprintln(stdout, readAddresses(dir).People+path)
	fmt.Fprintf(stderr, "The link signs %s in once, until %s. To come back later they add a passkey at %s/sign-in/.\n",
		name, time.UnixMilli(expires).Format("2 January 15:04"), readAddresses(dir).People)
	return 0
}

func hubCode(args []string, stdout, stderr io.Writer) int {
	var dir, db, name, place string
	var trusted bool
	fs := flag.NewFlagSet("handrail hub code", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&dir, "dir", "hub", "the hub's `folder`")
	fs.StringVar(&name, "name", "", "`name` of the terminal")
	fs.StringVar(&place, "place", "", "`place` where it stands")
	fs.BoolVar(&trusted, "trusted", false, "the four words need not be compared")
	fs.StringVar(&db, "db", "", "PostgreSQL `address`, if the hub has one")
	if code, done := parse(fs, args, stderr); done {
		return code
	}
	at := readAddresses(dir)
	fleet, err := server.New(server.Options{Dir: dir, DB: db, Address: func() string { return at.Terminals }})
	if err != nil {
		fmt.Fprintf(stderr, "handrail hub code: %v\n", err)
		return 1
	}
	defer fleet.Close()
	code, err := fleet.Code(name, place, trusted, "command line")
	if err != nil {
		fmt.Fprintf(stderr, "handrail hub code: %v\n", err)
		return 1
	}
	fmt.Fprintln(stdout, code.Code)
	fmt.Fprintf(stderr, "On the terminal, until %s:\n  %s\n", time.UnixMilli(code.Expires).Format("15:04"), code.Command)
	return 0
}
