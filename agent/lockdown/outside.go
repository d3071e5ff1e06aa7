// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// Origin is where the hostile service is: a name of this machine, so that a browser counts it as a secure place.
const Origin = "http://form.localhost"

// The forbidden hosts: names under evil.test, each with a public address of its own, so that whatever reaches an address
// tells by which way it came. They exist in the trial's own network only.
const (
	evil      = ".evil.test"
	network   = "11.0.1.0/24"
	outNumber = 200 // of out.evil.test
)

// Outside is all that there is beyond the terminal in the trial's network: the hostile service, the forbidden hosts, and
// the resolver that everybody is told to ask. It must only be opened in a network of its own.
type Outside struct {
	page    *conductor
	servers []*http.Server
	closers []interface{ Close() error }
	tasks   sync.WaitGroup

	mu      sync.Mutex
	hits    map[int]int // connections and datagrams by the last number of the forbidden address; 0: a port of this machine
	lookups int         // questions for forbidden names
}

// OpenOutside makes the outside. It gives the loopback interface of this network the forbidden addresses.
func OpenOutside() (*Outside, error) {
	o := &Outside{page: newConductor(), hits: map[int]int{}}
	for _, args := range [][]string{{"link", "set", "lo", "up"}, {"route", "replace", "local", network, "dev", "lo"}} {
		if out, err := exec.Command("ip", args...).CombinedOutput(); err != nil {
			return nil, fmt.Errorf("the trial's network: ip %s: %w: %s", strings.Join(args, " "), err, out)
		}
	}
	// Without an interface besides loopback a browser does not try to make calls. This one leads nowhere. Where the kernel has none, it is
	// told that the trial could not hear.
	for _, args := range [][]string{
		{"link", "add", "trial", "type", "veth", "peer", "name", "trial-end"}, {"addr", "add", "11.0.2.1/24", "dev", "trial"},
		{"link", "set", "trial", "up"}, {"link", "set", "trial-end", "up"}, {"route", "add", "default", "dev", "trial"},
	} {
		if exec.Command("ip", args...).Run() != nil {
			break
		}
	}
	err := errors.Join(
		o.listen("0.0.0.0:80", true), o.listen("0.0.0.0:443", false), o.listen("127.0.0.1:3128", false), o.listen("0.0.0.0:3478", false),
		o.hear(fmt.Sprintf("11.0.1.%d:3478", stunChannel), stunChannel), o.hear(fmt.Sprintf("11.0.1.%d:3478", outNumber), outNumber),
		o.hear(fmt.Sprintf("11.0.1.%d:443", transportChannel), transportChannel),
		o.resolve(),
	)
	if err != nil {
		o.Close()
		return nil, err
	}
	return o, nil
}

// Close ends it.
func (o *Outside) Close() {
	for _, s := range o.servers {
		s.Close()
	}
	for _, c := range o.closers {
		c.Close()
	}
	o.tasks.Wait()
}

// listen hears connections. What comes to a forbidden address counts as soon as it is there; a page of another colour
// answers it.
func (o *Outside) listen(address string, service bool) error {
	l, err := net.Listen("tcp4", address)
	if err != nil {
		return fmt.Errorf("the trial's network: %w", err)
	}
	if service {
		if l, err = eitherWay(l); err != nil {
			return err
		}
	}
	s := &http.Server{ReadHeaderTimeout: 10 * time.Second}
	s.ConnState = func(c net.Conn, state http.ConnState) {
		if number, out := forbidden(c.LocalAddr()); state == http.StateNew && (out || !service) {
			o.hit(number)
		}
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		local, _ := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
		if _, out := forbidden(local); !out {
			o.page.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Access-Control-Allow-Origin", "*")
		fmt.Fprint(w, `<!doctype html><title>Elsewhere</title><body style="background:#b00020;color:#fff;font:4rem sans-serif">Elsewhere`)
	})
	o.servers = append(o.servers, s)
	o.tasks.Go(func() { _ = s.Serve(l) })
	return nil
}

// forbidden tells the last number of an address of the forbidden hosts.
func forbidden(a net.Addr) (int, bool) {
	if a == nil {
		return 0, false
	}
	at, err := netip.ParseAddrPort(a.String())
	if err != nil || !netip.MustParsePrefix(network).Contains(at.Addr().Unmap()) {
		return 0, false
	}
	return int(at.Addr().Unmap().As4()[3]), true
}

// hear counts datagrams.
func (o *Outside) hear(address string, number int) error {
	c, err := net.ListenPacket("udp4", address)
	if err != nil {
		return fmt.Errorf("the trial's network: %w", err)
	}
	o.closers = append(o.closers, c)
	o.tasks.Go(func() {
		buf := make([]byte, 2048)
		for {
			if _, _, err := c.ReadFrom(buf); err != nil {
				return
			}
			o.hit(number)
		}
	})
	return nil
}

func (o *Outside) hit(number int) {
	o.mu.Lock()
	o.hits[number]++
	o.mu.Unlock()
}

// Hits are how often forbidden places were reached since the last call, by their numbers.
func (o *Outside) Hits() map[int]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	hits := o.hits
	o.hits = map[int]int{}
	return hits
}

// Lookups is how often forbidden names were asked for since the last call.
func (o *Outside) Lookups() int {
	o.mu.Lock()
	defer o.mu.Unlock()
	n := o.lookups
	o.lookups = 0
	return n
}

// resolve answers questions for names (RFC 1035) at the address that the trial's resolv.conf names.
func (o *Outside) resolve() error {
	c, err := net.ListenPacket("udp4", "127.0.0.1:53")
	if err != nil {
		return fmt.Errorf("the trial's resolver: %w", err)
	}
	o.closers = append(o.closers, c)
	o.tasks.Go(func() {
		buf := make([]byte, 2048)
		for {
			n, from, err := c.ReadFrom(buf)
			if err != nil {
				return
			}
			if answer, asked := reply(buf[:n]); answer != nil {
				if strings.HasSuffix(asked, evil) {
					o.mu.Lock()
					o.lookups++
					if number, _ := numberOf(asked); number == prefetchChannel {
						o.hits[number]++ // to be asked for is all that it does
					}
					o.mu.Unlock()
				}
				_, _ = c.WriteTo(answer, from)
			}
		}
	})
	return nil
}

// reply answers one question, and tells which name was asked for.
func reply(question []byte) (answer []byte, asked string) {
	var m dnsmessage.Message
	if m.Unpack(question) != nil || len(m.Questions) != 1 || m.Response {
		return nil, ""
	}
	q := m.Questions[0]
	asked = strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	m.Response, m.RecursionAvailable, m.Additionals, m.Authorities, m.Answers = true, true, nil, nil, nil
	number, known := numberOf(asked)
	switch {
	case !known:
		m.RCode = dnsmessage.RCodeNameError
	case q.Type == dnsmessage.TypeA:
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1},
			Body: &dnsmessage.AResource{A: [4]byte{11, 0, 1, byte(number)}}}}
	}
	answer, err := m.Pack()
	if err != nil {
		return nil, ""
	}
	return answer, asked
}

// numberOf is the last number of a forbidden name's address: c7.evil.test has 11.0.1.7, all others are out.evil.test's.
func numberOf(name string) (int, bool) {
	first, ok := strings.CutSuffix(name, evil)
	if !ok {
		return 0, false
	}
	var n int
	if _, err := fmt.Sscanf(first, "c%d", &n); err == nil && n > 0 && n < outNumber {
		return n, true
	}
	return outNumber, true
}

// present waits until a page of the hostile service is there and answers.
func (o *Outside) present(ctx context.Context, limit time.Duration) (presence, error) {
	deadline := time.Now().Add(limit)
	for {
		if p, ok := o.page.alive(ctx, time.Second); ok {
			return p, nil
		}
		if ctx.Err() != nil {
			return presence{}, ctx.Err()
		}
		if time.Now().After(deadline) {
			return presence{}, errors.New("the page of the trial does not answer")
		}
	}
}
