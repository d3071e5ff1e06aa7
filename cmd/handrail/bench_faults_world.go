// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/helpdesk/hub/lab"
	"handrail/provisioning"
	"handrail/provisioning/server"
)

// scale is how much faster time goes for the kinds whose faults last minutes.
const scale = 100

// faultWorld is an office with its hubs, terminals and volunteers. Terminals and volunteers come in through a gate each,
// which finds a hub that answers, as a load balancer does.
type faultWorld struct {
	kind       string
	dir        string
	pg         *lab.Postgres
	nats       *lab.NATS
	hubs       []*faultHub
	lines      *gate // terminals
	desks      *gate // volunteers
	terminals  []*faultTerminal
	volunteers []*faultVolunteer
}

// faultHub is one hub: a process of its own, or inside this one.
type faultHub struct {
	address string // people and terminals alike
	start   func() error
	// kill ends it at once; stop in order.
	kill func()
	skew atomic.Int64 // milliseconds that its clock is wrong
}

func openFaultWorld(ctx context.Context, kind string) (w *faultWorld, err error) {
	w = &faultWorld{kind: kind}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.dir, err = os.MkdirTemp("", "handrail-faults-"); err != nil {
		return w, err
	}
	o := hub.Options{Dir: filepath.Join(w.dir, "hub"), Sweep: 500 * time.Millisecond}
	n, shared := 1, slices.Contains([]string{"node", "nats", "postgres", "duplicates", "clock"}, kind)
	if kind == "line" || kind == "browser" {
		o.RingFor, o.Grace, o.RingAgain, o.Expire = 20*time.Second/scale, 60*time.Second/scale, 15*time.Second/scale, 30*time.Minute/scale
		o.Sweep = 5 * time.Second / scale
	}
	if shared {
		n = 3
		if w.pg, err = lab.StartPostgres(ctx); err != nil {
			return w, err
		}
		if w.nats, err = lab.StartNATS(3); err != nil {
			return w, err
		}
		o.DB = w.pg.DSN()
	}
	own := kind == "hub" || kind == "node"
	var addresses []string
	for i := range n {
		h, err := w.addHub(o, i, own)
		if err != nil {
			return w, err
		}
		if err := h.start(); err != nil {
			return w, err
		}
		w.hubs = append(w.hubs, h)
		addresses = append(addresses, h.address)
	}
	if w.lines, err = openGate(addresses); err != nil {
		return w, err
	}
	if w.desks, err = openGate(addresses); err != nil {
		return w, err
	}
	for i := range 3 {
		t := newFaultTerminal(fmt.Sprintf("t%d", i), w.lines.address())
		w.terminals = append(w.terminals, t)
	}
	for _, name := range []string{"Amina", "Ben", "Cleo"} {
		path, _, err := hub.Invite(o.Dir, o.DB, hub.Person{Name: name, Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "en", Speak: true, Read: true, Write: true}}})
		if err != nil {
			return w, err
		}
		v, err := newFaultVolunteer(ctx, name, w, path)
		if err != nil {
			return w, err
		}
		w.volunteers = append(w.volunteers, v)
	}
	return w, nil
}

func (w *faultWorld) close() {
	for _, t := range w.terminals {
		t.stop()
	}
	for _, v := range w.volunteers {
		v.stop()
	}
	for _, g := range []*gate{w.lines, w.desks} {
		if g != nil {
			g.close()
		}
	}
	for _, h := range w.hubs {
		h.kill()
	}
	if w.nats != nil {
		w.nats.Close()
	}
	if w.pg != nil {
		w.pg.Close()
	}
	os.RemoveAll(w.dir)
}

// benchHubEnv, when set, makes the program the bare help desk of a bench: no office, terminals named in the address.
const benchHubEnv = "HANDRAIL_BENCH_HUB"

// addHub prepares a hub on an address of its own.
func (w *faultWorld) addHub(o hub.Options, i int, own bool) (*faultHub, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	h := &faultHub{address: l.Addr().String()}
	l.Close()
	bus := ""
	if w.nats != nil {
		bus = w.nats.URL(i)
	}
	if own {
		w.ownProcess(h, o, bus)
		return h, nil
	}
	var stop func()
	h.kill = func() {
		if stop != nil {
			stop()
			stop = nil
		}
	}
	h.start = func() (err error) {
		o.Clock = func() int64 { return helpdesk.Now() + h.skew.Load() }
		stop, err = serveBenchHub(o, h.address, bus, nil)
		return err
	}
	return h, nil
}

// ownProcess makes the hub a process, to be killed with kill -9.
func (w *faultWorld) ownProcess(h *faultHub, o hub.Options, bus string) {
	var cmd *exec.Cmd
	h.kill = func() {
		if cmd != nil {
			cmd.Process.Kill()
			cmd.Wait()
			cmd = nil
		}
	}
	h.start = func() error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		cmd = exec.Command(self, "bench", "hub-process", o.Dir, o.DB, h.address, bus)
		cmd.Env = append(os.Environ(), benchHubEnv+"=1")
		cmd.Stdin = nil
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			return err
		}
		return waitFor(h.address)
	}
}

// waitFor waits until a hub answers.
func waitFor(address string) error {
	tr := &http.Transport{DisableKeepAlives: true}
	client := &http.Client{Transport: tr, Timeout: 3 * time.Second}
	for limit := time.Now().Add(settle); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if resp, err := client.Get("http://" + address + "/healthz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
	}
	return errors.New("a hub does not answer")
}

// benchHubProcess is the process of ownProcess and of bench hub: arguments are folder, database, address, bus, and, for one that
// terminals reach over mutual TLS, the address for that.
func benchHubProcess(ctx context.Context, args []string) int {
	if len(args) != 4 && len(args) != 5 {
		return 2
	}
	raiseFiles()
	debug.SetGCPercent(hubGCPercent)
	var lines net.Listener
	if len(args) == 5 {
		office, err := server.New(server.Options{Dir: filepath.Join(args[0], "office")})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer office.Close()
		if lines, err = tls.Listen("tcp", args[4], office.TLS()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	stop, err := serveBenchHub(hub.Options{Dir: args[0], DB: args[1], Sweep: 500 * time.Millisecond}, args[2], args[3], lines)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	<-ctx.Done()
	stop()
	return 0
}

// serveBenchHub serves a help desk without an office: a terminal says in its address who it is, and the desk believes it. On lines, if
// there are any, terminals have certificates, and what they sign is looked at with them.
func serveBenchHub(o hub.Options, address, bus string, lines net.Listener) (stop func(), err error) {
	o.Identify = func(r *http.Request) (hub.Terminal, error) {
		id := r.URL.Query().Get("id")
		t := hub.Terminal{ID: id, Name: "Terminal " + id, Place: "Library"}
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			certificate := r.TLS.PeerCertificates[0]
			t.Verify = func(message, signature []byte) bool { return provisioning.Verify(certificate, message, signature) }
		}
		return t, nil
	}
	if o.Bus, err = hub.OpenBus(bus, slog.New(slog.DiscardHandler)); err != nil {
		return nil, err
	}
	h, err := hub.New(o)
	if err != nil {
		o.Bus.Close()
		return nil, err
	}
	l, err := net.Listen("tcp", address)
	for limit := time.Now().Add(10 * time.Second); err != nil && time.Now().Before(limit); l, err = net.Listen("tcp", address) {
		time.Sleep(20 * time.Millisecond) // the one that was killed may still hold it
	}
	if err != nil {
		h.Close()
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("/", h.People())
	mux.HandleFunc("GET /terminal/ws", h.ServeTerminal)
	srv := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug)}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { h.Run(ctx) })
	running.Go(func() { srv.Serve(l) })
	if lines != nil {
		running.Go(func() { srv.Serve(lines) })
	}
	return func() {
		cancel()
		srv.Close()
		running.Wait()
		h.Close()
	}, nil
}

// until waits for something that must happen in the end.
func (w *faultWorld) until(ctx context.Context, what string, f func() bool) error {
	for limit := time.Now().Add(settle); !f(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(limit) {
			return fmt.Errorf("never came true: %s", what)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// fault is what is broken in a round, and how it is mended.
func (w *faultWorld) fault(r *round) (break1, mend func() error) {
	nothing := func() error { return nil }
	i := r.draw.IntN(max(1, len(w.hubs)))
	pause := time.Duration(r.draw.Int64N(int64(200 * time.Millisecond)))
	switch w.kind {
	case "hub", "node":
		return func() error { w.hubs[i].kill(); return nil }, func() error { time.Sleep(pause); return w.hubs[i].start() }
	case "nats":
		i = r.draw.IntN(3)
		return func() error { w.nats.Kill(i); return nil }, func() error { time.Sleep(pause); return w.nats.Start(i) }
	case "postgres":
		return func() error { w.pg.Crash(); return nil }, func() error { time.Sleep(pause); return w.pg.Start() }
	case "line":
		cut := time.Duration(r.draw.Int64N(int64(300 * time.Second / scale)))
		return func() error { w.lines.cut(); return nil }, func() error { time.Sleep(cut); w.lines.mend(); return nil }
	case "browser":
		again := r.draw.IntN(2) == 0
		var closed *faultVolunteer
		return func() error {
				for _, v := range w.volunteers {
					if v.busy() {
						closed = v
					}
				}
				closed = cmp.Or(closed, w.volunteers[r.n%len(w.volunteers)])
				closed.away(true)
				return nil
			}, func() error {
				if again {
					time.Sleep(pause)
					closed.away(false)
					return nil
				}
				go func() { // opened again when somebody else had to answer
					time.Sleep(2 * time.Second)
					closed.away(false)
				}()
				return nil
			}
	case "duplicates":
		return nothing, nothing
	case "clock":
		jump := func() error {
			for _, h := range w.hubs {
				h.skew.Store(r.draw.Int64N(2*3600*1000) - 3600*1000)
			}
			return nil
		}
		return jump, func() error { time.Sleep(pause); return jump() }
	}
	return nothing, nothing
}

// holder is the volunteer who has a request, as far as they know.
func (w *faultWorld) holder(id string) *faultVolunteer {
	for _, v := range w.volunteers {
		if v.has(id) {
			return v
		}
	}
	return nil
}

// here counts the volunteers who are at their desks and have nothing to do.
func (w *faultWorld) here() (n int) {
	for _, v := range w.volunteers {
		if v.idle() {
			n++
		}
	}
	return n
}

// twice tells whether more than one answered, and nobody was told that the first was lost.
func (w *faultWorld) twice(id string, t *faultTerminal) bool {
	n, now := 0, 0
	for _, v := range w.volunteers {
		if v.answered(id) {
			n++
		}
		if v.has(id) {
			now++
		}
	}
	return now > 1 || n > 1 && !t.reoffered(id)
}

// gate passes connections on to a hub that answers.
type gate struct {
	l       net.Listener
	targets []string
	mu      sync.Mutex
	next    int
	shut    bool
	conns   map[net.Conn]struct{}
	all     sync.WaitGroup
}

func openGate(targets []string) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	g := &gate{l: l, targets: targets, conns: map[net.Conn]struct{}{}}
	g.all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.all.Go(func() { g.pass(c) })
		}
	})
	return g, nil
}

func (g *gate) address() string { return g.l.Addr().String() }

func (g *gate) keep(c net.Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		c.Close()
		return false
	}
	g.conns[c] = struct{}{}
	return true
}

func (g *gate) drop(c net.Conn) {
	c.Close()
	g.mu.Lock()
	delete(g.conns, c)
	g.mu.Unlock()
}

func (g *gate) pass(c net.Conn) {
	defer g.drop(c)
	if !g.keep(c) {
		return
	}
	for range g.targets {
		g.mu.Lock()
		target := g.targets[g.next%len(g.targets)]
		g.next++
		g.mu.Unlock()
		d, err := net.DialTimeout("tcp", target, time.Second)
		if err != nil {
			continue
		}
		defer g.drop(d)
		if !g.keep(d) {
			return
		}
		var back sync.WaitGroup
		back.Go(func() { io.Copy(c, d); c.Close() })
		io.Copy(d, c)
		d.Close()
		back.Wait()
		return
	}
}

func (g *gate) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	for c := range g.conns {
		c.Close()
	}
}

func (g *gate) mend() {
	g.mu.Lock()
	g.shut = false
	g.mu.Unlock()
}

func (g *gate) close() {
	g.l.Close()
	g.cut()
	g.all.Wait()
}
