// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"handrail/helpdesk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(all{m}) }

// all runs the tests and then stops what they shared, before leaks are looked for.
type all struct{ *testing.M }

func (a all) Run() int {
	defer closeShared()
	return a.M.Run()
}

// patience is how long a test waits for something that must happen; only a broken program makes it wait that long.
const patience = 30 * time.Second

// rig is a hub on real listeners: TLS for terminals, HTTP for people.
type rig struct {
	t         *testing.T
	o         Options
	bus       func() Bus // nil: inside the process
	hub       *Hub
	people    *httptest.Server
	terminals *httptest.Server
	stop      func()
}

// quick are options for tests that wait for things to run out.
func quick(o Options) Options {
	o.Sweep = 50 * time.Millisecond
	return o
}

func newRig(t *testing.T, o Options) *rig {
	t.Helper()
	return newRigOn(t, o, nil)
}

func newRigOn(t *testing.T, o Options, bus func() Bus) *rig {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	r := &rig{t: t, o: o, bus: bus}
	r.start()
	t.Cleanup(func() { r.stop() })
	return r
}

// start opens the hub on the rig's folder, on new ports.
func (r *rig) start() {
	r.t.Helper()
	o := r.o
	o.Identify = func(req *http.Request) (Terminal, error) {
		if len(req.TLS.PeerCertificates) == 0 {
			return Terminal{}, errors.New("no certificate")
		}
		c := req.TLS.PeerCertificates[0]
		return Terminal{ID: c.Subject.CommonName, Name: "Terminal " + c.Subject.CommonName, Place: "Library", Verify: func(message, signature []byte) bool {
			sum := sha256.Sum256(message)
			return ecdsa.VerifyASN1(c.PublicKey.(*ecdsa.PublicKey), sum[:], signature)
		}}, nil
	}
	if r.bus != nil {
		o.Bus = r.bus()
	}
	h, err := New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.hub = h
	r.people = httptest.NewServer(h.People())
	r.terminals = httptest.NewUnstartedServer(http.HandlerFunc(h.ServeTerminal))
	r.terminals.TLS = &tls.Config{ClientAuth: tls.RequestClientCert}
	r.terminals.StartTLS()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.Run(ctx) }()
	r.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Errorf("hub: %v", err)
		}
		r.people.Close()
		r.terminals.Close()
		h.Close()
	})
}

// box collects messages and lets a test wait for one.
type box struct {
	t    *testing.T
	name string
	mu   sync.Mutex
	all  []helpdesk.Message
	more chan struct{}
}

func newBox(t *testing.T, name string) *box {
	return &box{t: t, name: name, more: make(chan struct{}, 1)}
}

func (b *box) put(m helpdesk.Message) {
	b.mu.Lock()
	b.all = append(b.all, m)
	b.mu.Unlock()
	select {
	case b.more <- struct{}{}:
	default:
	}
}

// wait takes messages out until one of type M fits, and returns it.
func wait[M helpdesk.Message](b *box, what string, fits func(M) bool) M {
	b.t.Helper()
	limit := time.After(patience)
	var passed []string
	for {
		b.mu.Lock()
		for len(b.all) > 0 {
			first := b.all[0]
			b.all = b.all[1:]
			if m, ok := first.(M); ok && (fits == nil || fits(m)) {
				b.mu.Unlock()
				return m
			}
			passed = append(passed, fmt.Sprintf("%s %+v", first.Kind(), first))
		}
		b.mu.Unlock()
		select {
		case <-b.more:
		case <-limit:
			b.t.Fatalf("%s never got: %s. It got:\n%s", b.name, what, strings.Join(passed, "\n"))
		}
	}
}

// first waits for the first message of type M and leaves everything else in the box.
func first[M helpdesk.Message](b *box) M {
	b.t.Helper()
	limit := time.Now().Add(patience)
	for time.Now().Before(limit) {
		b.mu.Lock()
		for i, m := range b.all {
			if m, ok := m.(M); ok {
				b.all = slices.Delete(b.all, i, i+1)
				b.mu.Unlock()
				return m
			}
		}
		b.mu.Unlock()
		time.Sleep(2 * time.Millisecond)
	}
	b.t.Fatalf("%s waited in vain", b.name)
	panic("not reached")
}

// has tells whether a message of type M lies in the box.
func has[M helpdesk.Message](b *box) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range b.all {
		if _, ok := m.(M); ok {
			return true
		}
	}
	return false
}

// caller is a terminal with its Link.
type caller struct {
	*box
	link *helpdesk.Link
	key  *ecdsa.PrivateKey
	cut  func()
	o    helpdesk.LinkOptions
}

// terminal connects a terminal. It comes back by itself until the test ends or cut is called.
func (r *rig) terminal(id string) *caller {
	r.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		r.t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: id}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		r.t.Fatal(err)
	}
	c := &caller{box: newBox(r.t, "terminal "+id), key: key}
	roots := x509.NewCertPool()
	roots.AddCert(r.terminals.Certificate())
	c.o = helpdesk.LinkOptions{URL: "wss" + strings.TrimPrefix(r.terminals.URL, "https") + "/terminal/ws",
		TLS:       &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		OnMessage: c.put}
	c.dial()
	r.t.Cleanup(func() { c.cut() })
	return c
}

func (c *caller) dial() {
	c.link = helpdesk.NewLink(c.o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- c.link.Run(ctx) }()
	c.cut = sync.OnceFunc(func() { cancel(); <-done })
}

// ask sends a request in these languages.
func (c *caller) ask(languages ...string) (helpdesk.Request, *ecdh.PrivateKey) {
	c.t.Helper()
	r, key := c.request(languages...)
	if err := c.link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
		c.t.Fatal(err)
	}
	return r, key
}

func (c *caller) request(languages ...string) (helpdesk.Request, *ecdh.PrivateKey) {
	c.t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		c.t.Fatal(err)
	}
	r := helpdesk.Request{ID: helpdesk.NewID(), Languages: languages, Mode: helpdesk.Voice, Guide: "new-address", PublicKey: key.PublicKey().Bytes(), CreatedAt: helpdesk.Now()}
	sum := sha256.Sum256(r.SignedBytes())
	if r.Signature, err = ecdsa.SignASN1(rand.Reader, c.key, sum[:]); err != nil {
		c.t.Fatal(err)
	}
	return r, key
}

func (c *caller) state(id string, want helpdesk.State) *helpdesk.CallState {
	c.t.Helper()
	return wait(c.box, "state "+string(want), func(m *helpdesk.CallState) bool { return m.ID == id && m.State == want })
}

// desk is a volunteer's page, as far as the hub can see it.
type desk struct {
	*box
	person Person
	cookie []*http.Cookie
	rig    *rig
	conn   *websocket.Conn
	ended  chan int // close code
	write  sync.Mutex
}

// volunteer invites somebody, signs in by the link and opens the desk.
func (r *rig) volunteer(name string, languages ...string) *desk {
	r.t.Helper()
	p := Person{Name: name, Role: Volunteer}
	for _, l := range languages {
		p.Languages = append(p.Languages, helpdesk.Skill{Code: l, Speak: true, Read: true, Write: true})
	}
	d := &desk{box: newBox(r.t, name), person: p, cookie: r.join(p), rig: r}
	d.open(nil)
	r.t.Cleanup(func() { d.close() })
	return d
}

// join opens an invitation link the way a browser does and returns the cookie it got.
func (r *rig) join(p Person) []*http.Cookie {
	r.t.Helper()
	path, _, err := r.hub.Invite(p)
	if err != nil {
		r.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		r.t.Fatal(err)
	}
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(r.people.URL + path)
	if err != nil {
		r.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusSeeOther || resp.Header.Get("Location") != homes[p.Role] || len(resp.Cookies()) != 1 {
		r.t.Fatalf("join: %s to %s with %v", resp.Status, resp.Header.Get("Location"), resp.Cookies())
	}
	return resp.Cookies()
}

// open opens the page, or opens it again, and returns the desk it is told first.
func (d *desk) open(hello *helpdesk.Hello) *helpdesk.Desk {
	d.t.Helper()
	h := http.Header{"Origin": {d.rig.people.URL}}
	for _, c := range d.cookie {
		h.Add("Cookie", c.Name+"="+c.Value)
	}
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(d.rig.people.URL, "http")+"/desk/ws", h)
	if err != nil {
		d.t.Fatalf("%s: %v (%v)", d.name, err, resp)
	}
	ended := make(chan int, 1)
	d.conn, d.ended = conn, ended
	go func() {
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				var c *websocket.CloseError
				code := 0
				if errors.As(err, &c) {
					code = c.Code
				}
				ended <- code
				return
			}
			m, err := helpdesk.Decode(helpdesk.HubToVolunteer, data)
			if err != nil {
				d.t.Errorf("%s: %v: %s", d.name, err, data)
				continue
			}
			d.put(m)
		}
	}()
	if hello == nil {
		hello = &helpdesk.Hello{}
	}
	d.send(hello)
	return first[*helpdesk.Desk](d.box)
}

func (d *desk) close() {
	d.conn.Close()
	<-d.ended
	d.ended <- 0 // closing again is fine
}

func (d *desk) send(m helpdesk.Message) {
	d.t.Helper()
	data, err := helpdesk.Encode(m)
	if err != nil {
		d.t.Fatal(err)
	}
	d.write.Lock()
	defer d.write.Unlock()
	if err := d.conn.WriteMessage(websocket.TextMessage, data); err != nil {
		d.t.Fatalf("%s: %v", d.name, err)
	}
}

func (d *desk) ring(id string) *helpdesk.Ring {
	d.t.Helper()
	return wait(d.box, "a ring", func(m *helpdesk.Ring) bool { return m.Request.ID == id })
}

// accept takes a request and returns the volunteer's key.
func (d *desk) accept(id string) (*helpdesk.Accepted, *ecdh.PrivateKey) {
	d.t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		d.t.Fatal(err)
	}
	d.send(&helpdesk.Accept{ID: id, PublicKey: key.PublicKey().Bytes()})
	return wait(d.box, "accepted", func(m *helpdesk.Accepted) bool { return m.ID == id }), key
}
