// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"crypto/rand"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v4"

	"handrail/helpdesk"
)

// RelayOptions say where voice is relayed.
type RelayOptions struct {
	// Addr is listened on with UDP and with TCP: "127.0.0.1:8442".
	Addr string
	// TLSAddr, with TLS, is listened on too, for offices that let nothing out but port 443.
	TLSAddr string
	TLS     *tls.Config
	// Public is the host name or address by which terminals and volunteers reach it, with a port where a router leads them here
	// from another; empty: those of Addr.
	Public string
	// PublicIP is the relay's address as the two sides see it; empty: found from Public.
	PublicIP net.IP
	// Lifetime of a ticket (1 h).
	Lifetime time.Duration
}

// Relay passes voice between the two sides of a call (TURN, RFC 8656). It relays only to itself: a ticket is of no use to
// reach anything else. It cannot listen: the keys of the sound are agreed inside the sealed call.
type Relay struct {
	o      RelayOptions
	secret string
	server *turn.Server
	urls   []string

	mu    sync.Mutex
	holds map[string]int // allocations by username
}

// maxHolds is what one ticket may have open: a call that finds its path anew has two for a moment.
const maxHolds = 4

// NewRelay listens.
func NewRelay(o RelayOptions) (*Relay, error) {
	host, _, err := net.SplitHostPort(o.Addr)
	if err != nil {
		return nil, fmt.Errorf("voice relay: %w", err)
	}
	o.Public = cmp.Or(o.Public, host)
	publicPort := ""
	if name, port, err := net.SplitHostPort(o.Public); err == nil {
		o.Public, publicPort = name, port
	}
	o.Lifetime = cmp.Or(o.Lifetime, time.Hour)
	if o.PublicIP == nil {
		found, err := net.LookupIP(o.Public)
		if err != nil || len(found) == 0 || found[0].IsUnspecified() {
			return nil, fmt.Errorf("voice relay: %q leads to no address; say by which name or address it is reached from outside", o.Public)
		}
		o.PublicIP = found[0]
	}
	r := &Relay{o: o, secret: rand.Text(), holds: map[string]int{}}
	tcp, err := net.Listen("tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("voice relay: %w", err)
	}
	port := tcp.Addr().(*net.TCPAddr).Port
	udp, err := net.ListenPacket("udp", net.JoinHostPort(host, fmt.Sprint(port)))
	if err != nil {
		tcp.Close()
		return nil, fmt.Errorf("voice relay: %w", err)
	}
	address := net.JoinHostPort(o.Public, cmp.Or(publicPort, fmt.Sprint(port)))
	r.urls = []string{"turn:" + address + "?transport=udp", "turn:" + address + "?transport=tcp"}
	listeners := []turn.ListenerConfig{{Listener: tcp}}
	if o.TLSAddr != "" {
		l, err := tls.Listen("tcp", o.TLSAddr, o.TLS)
		if err != nil {
			tcp.Close()
			udp.Close()
			return nil, fmt.Errorf("voice relay: %w", err)
		}
		r.urls = append(r.urls, "turns:"+net.JoinHostPort(o.Public, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))+"?transport=tcp")
		listeners = append(listeners, turn.ListenerConfig{Listener: l})
	}
	generator := &turn.RelayAddressGeneratorStatic{RelayAddress: o.PublicIP, Address: host}
	for i := range listeners {
		listeners[i].RelayAddressGenerator, listeners[i].PermissionHandler = generator, r.onlyItself
	}
	quiet := &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
	r.server, err = turn.NewServer(turn.ServerConfig{
		Realm: "handrail", LoggerFactory: quiet,
		AuthHandler:  turn.LongTermTURNRESTAuthHandler(r.secret, quiet.NewLogger("voice")),
		QuotaHandler: r.withinQuota,
		EventHandler: turn.EventHandler{
			OnAllocationCreated: func(_, _ net.Addr, _, username, _ string, _ net.Addr, _ int) { r.hold(username, 1) },
			OnAllocationDeleted: func(_, _ net.Addr, _, username, _ string) { r.hold(username, -1) },
		},
		PacketConnConfigs: []turn.PacketConnConfig{{PacketConn: udp, RelayAddressGenerator: generator, PermissionHandler: r.onlyItself}},
		ListenerConfigs:   listeners,
	})
	if err != nil {
		udp.Close()
		for _, l := range listeners {
			l.Listener.Close()
		}
		return nil, fmt.Errorf("voice relay: %w", err)
	}
	return r, nil
}

// onlyItself admits the relay's own address as the other end, and no other.
func (r *Relay) onlyItself(_ net.Addr, peer net.IP) bool { return peer.Equal(r.o.PublicIP) }

func (r *Relay) withinQuota(username, _ string, _ net.Addr) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.holds[username] < maxHolds
}

func (r *Relay) hold(username string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.holds[username] += n; r.holds[username] <= 0 {
		delete(r.holds, username)
	}
}

// Ticket lets one side of a call use the relay for a while.
func (r *Relay) Ticket(call string, side helpdesk.Side) (*helpdesk.Relay, error) {
	username, password, err := turn.GenerateLongTermTURNRESTCredentials(r.secret, fmt.Sprintf("%s-%d", call, side), r.o.Lifetime)
	if err != nil {
		return nil, fmt.Errorf("voice relay: %w", err)
	}
	return &helpdesk.Relay{ID: call, URLs: r.urls, Username: username, Password: password,
		Until: time.Now().Add(r.o.Lifetime).UnixMilli()}, nil
}

// Close ends every voice call that goes through it.
func (r *Relay) Close() error { return r.server.Close() }

// tellVoice gives both sides of a call their tickets.
func (h *Hub) tellVoice(r row) {
	if h.o.Relay == nil {
		return
	}
	for side, send := range map[helpdesk.Side]func(*helpdesk.Relay){
		helpdesk.TerminalSide:  func(t *helpdesk.Relay) { h.toTerminal(r.Terminal, t) },
		helpdesk.VolunteerSide: func(t *helpdesk.Relay) { h.toVolunteer(r.LeaseOwner, t) },
	} {
		ticket, err := h.o.Relay.Ticket(r.ID, side)
		if err != nil {
			h.log.Error("voice", "why", err)
			return
		}
		send(ticket)
	}
}
