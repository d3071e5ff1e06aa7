// SPDX-License-Identifier: Apache-2.0

// Package egress is the one way out of a terminal's browser: a forward proxy on
// the loopback interface that lets through exactly the hosts of the allow-list.
// It resolves names itself, so that a name on the list cannot be turned against
// the office's own network, and it keeps no addresses of pages: what was denied
// is counted by host.
package egress

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"
)

// Header marks the proxy's own answers: Denied for a host that is not on the
// list, Down for one that did not answer.
const (
	Header = "X-Handrail-Egress"
	Denied = "denied"
	Down   = "down"
)

// Options says where the proxy listens and how patient it is. Zero values are
// good for a terminal.
type Options struct {
	Addr    string   // to listen on; default 127.0.0.1:0
	Allowed []string // host:port, exact; see SetAllowed
	Log     *slog.Logger

	HeaderTimeout time.Duration // for a request's header; default 10 s
	DialTimeout   time.Duration // for finding and reaching a host; default 15 s
	IdleTimeout   time.Duration // for a connection without a byte; default 10 min
	MaxBody       int64         // bytes of an unencrypted upload; default 64 MiB

	// Learn, when set, is told every host:port that is asked for, and all of them are let through: for rehearsals of a guide's
	// author, never for a citizen.
	Learn func(hostport string)

	// Lookup finds the addresses of a name; default is the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
}

// Proxy is the forward proxy. Its methods may be called from any goroutine.
type Proxy struct {
	o       Options
	log     *slog.Logger
	forward http.Handler
	places  chan struct{} // one for each request that may be under way

	mu       sync.Mutex
	listener net.Listener
	allowed  map[string]bool
	denied   map[string]int
	active   map[*passage]struct{}
	relay    relay
}

// passage is a request or tunnel under way.
type passage struct {
	to     string // host:port
	cancel context.CancelFunc
}

const (
	// maxPassages is the number of requests and tunnels at the same time.
	maxPassages = 512
	// maxDenied is the number of hosts that are counted by name; a page that
	// invents names must not fill the memory.
	maxDenied = 1000
	// OtherHosts is the name under which all further ones are counted.
	OtherHosts = "(other hosts)"
)

// New makes a proxy. Nothing listens before Listen.
func New(o Options) *Proxy {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.HeaderTimeout == 0 {
		o.HeaderTimeout = 10 * time.Second
	}
	if o.DialTimeout == 0 {
		o.DialTimeout = 15 * time.Second
	}
	if o.IdleTimeout == 0 {
		o.IdleTimeout = 10 * time.Minute
	}
	if o.MaxBody == 0 {
		o.MaxBody = 64 << 20
	}
	if o.Lookup == nil {
		o.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	p := &Proxy{
		o: o, log: o.Log,
		places: make(chan struct{}, maxPassages),
		denied: map[string]int{},
		active: map[*passage]struct{}{},
	}
	p.forward = p.forwarder()
	p.SetAllowed(o.Allowed)
	return p
}

// Listen opens the port, which must be on the loopback interface, and returns
// its address as host:port. Requests are answered once Run runs.
func (p *Proxy) Listen() (addr string, err error) {
	host, _, err := net.SplitHostPort(p.o.Addr)
	if err != nil {
		return "", fmt.Errorf("egress address %q: %w", p.o.Addr, err)
	}
	if ip, err := netip.ParseAddr(host); err != nil || !ip.IsLoopback() {
		return "", fmt.Errorf("egress address %q: the proxy listens on the loopback interface only, such as 127.0.0.1:0", p.o.Addr)
	}
	l, err := net.Listen("tcp", p.o.Addr)
	if err != nil {
		return "", fmt.Errorf("egress: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		l.Close()
		return "", errors.New("egress: listening already")
	}
	p.listener = l
	return l.Addr().String(), nil
}

// Run answers requests until ctx ends, and returns when every connection is
// closed.
func (p *Proxy) Run(ctx context.Context) error {
	p.mu.Lock()
	l := p.listener
	p.mu.Unlock()
	if l == nil {
		return errors.New("egress: Listen comes before Run")
	}
	life, end := context.WithCancel(ctx)
	defer end()
	var handlers sync.WaitGroup
	var closing bool // guarded by p.mu; no handler begins after it is set
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			late := closing
			if !late {
				handlers.Add(1)
			}
			p.mu.Unlock()
			if late {
				return
			}
			defer handlers.Done()
			p.serve(w, r)
		}),
		BaseContext:       func(net.Listener) context.Context { return life },
		ReadHeaderTimeout: p.o.HeaderTimeout,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
	}
	served := make(chan error, 1)
	go func() { served <- server.Serve(l) }()
	var err error
	select {
	case <-ctx.Done():
		server.Close()
		<-served
	case err = <-served:
		err = fmt.Errorf("egress: %w", err)
		server.Close()
	}
	end()
	// Tunnels have left the server; their handlers close them.
	p.mu.Lock()
	closing = true
	p.mu.Unlock()
	handlers.Wait()
	p.closeIdle()
	return err
}

// serve lets one request through or says why not.
func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	var to string
	var ok bool
	switch {
	case r.Method == http.MethodConnect:
		to, ok = normal(r.Host, "")
	case r.URL.Scheme == "http":
		to, ok = normal(r.URL.Host, "80")
	}
	if !ok {
		p.answer(w, http.StatusBadRequest, Denied, "This is not a page", "This address answers only to the terminal's own browser.")
		return
	}
	select {
	case p.places <- struct{}{}:
		defer func() { <-p.places }()
	default:
		p.answer(w, http.StatusServiceUnavailable, Down, "Too much at once", "The page asked for too many things at the same time. Please try again in a moment.")
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	if _, relayed := p.relayed(to); relayed && r.Method != http.MethodConnect {
		p.deny(w, to)
		return
	}
	leave, allowed := p.enter(&passage{to, cancel})
	if !allowed {
		p.deny(w, to)
		return
	}
	defer leave()
	r = r.WithContext(ctx)
	if r.Method == http.MethodConnect {
		p.tunnel(w, r, to)
		return
	}
	r.URL.Host = to
	r.Body = http.MaxBytesReader(w, r.Body, p.o.MaxBody)
	p.forward.ServeHTTP(w, r)
}

// enter admits a passage if its host is on the list, and reports how it ends.
func (p *Proxy) enter(a *passage) (leave func(), allowed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Learn != nil {
		p.o.Learn(a.to)
	} else if !p.allowed[a.to] && (p.relay.to == "" || a.to != p.relay.to) {
		return nil, false
	}
	p.active[a] = struct{}{}
	return func() {
		p.mu.Lock()
		delete(p.active, a)
		p.mu.Unlock()
	}, true
}
