// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pion/logging"
	"github.com/pion/turn/v4"

	"handrail/helpdesk"
)

func newRelay(t *testing.T, o RelayOptions) *Relay {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	r, err := NewRelay(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// use takes a ticket to the relay by TCP, the way a terminal does.
func use(t *testing.T, r *Relay, ticket *helpdesk.Relay) (*turn.Client, net.PacketConn, error) {
	t.Helper()
	var address string
	for _, u := range ticket.URLs {
		if a, by, err := helpdesk.RelayAddress(u); err == nil && by == "tcp" {
			address = a
		}
	}
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := turn.NewClient(&turn.ClientConfig{STUNServerAddr: address, TURNServerAddr: address, Conn: turn.NewSTUNConn(conn),
		Username: ticket.Username, Password: ticket.Password, Realm: "handrail", RTO: 200 * time.Millisecond,
		LoggerFactory: &logging.DefaultLoggerFactory{DefaultLogLevel: logging.LogLevelDisabled}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); conn.Close() })
	if err := c.Listen(); err != nil {
		t.Fatal(err)
	}
	relayed, err := c.Allocate()
	if err == nil {
		t.Cleanup(func() { relayed.Close() })
	}
	return c, relayed, err
}

// What one side sends arrives at the other, through the relay and from its address.
func TestRelayCarriesVoice(t *testing.T) {
	r := newRelay(t, RelayOptions{})
	var sides [2]net.PacketConn
	for i, side := range []helpdesk.Side{helpdesk.TerminalSide, helpdesk.VolunteerSide} {
		ticket, err := r.Ticket("7QK2", side)
		if err != nil {
			t.Fatal(err)
		}
		_, sides[i], err = use(t, r, ticket)
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, from := range sides {
		to := sides[1-i]
		// The other side has to be let in first, as ICE does.
		if _, err := to.WriteTo([]byte("x"), from.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		if _, err := from.WriteTo([]byte("sound"), to.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		to.SetReadDeadline(time.Now().Add(20 * time.Second))
		for {
			n, sender, err := to.ReadFrom(buf)
			if err != nil {
				t.Fatal(err)
			}
			if string(buf[:n]) == "sound" {
				if sender.String() != from.LocalAddr().String() {
					t.Errorf("it came from %s, not from the relay's %s", sender, from.LocalAddr())
				}
				break
			}
		}
	}
}

// A ticket is good for the relay alone: any other address is refused.
func TestRelayLeadsNowhereElse(t *testing.T) {
	r := newRelay(t, RelayOptions{})
	ticket, err := r.Ticket("7QK2", helpdesk.TerminalSide)
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := use(t, r, ticket)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CreatePermission(&net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}); err != nil {
		t.Errorf("the relay itself is refused: %v", err)
	}
	for _, ip := range []net.IP{net.IPv4(127, 0, 0, 2), net.IPv4(10, 0, 0, 1), net.IPv4(192, 0, 2, 1)} {
		if err := c.CreatePermission(&net.UDPAddr{IP: ip, Port: 9}); err == nil {
			t.Errorf("the relay would send to %s", ip)
		}
	}
}

// Without a ticket, with one that ran out, and with one that is used too often, nobody gets in.
func TestRelayTickets(t *testing.T) {
	r := newRelay(t, RelayOptions{})
	good, err := r.Ticket("7QK2", helpdesk.TerminalSide)
	if err != nil {
		t.Fatal(err)
	}
	forged := *good
	forged.Password = strings.Repeat("A", len(good.Password))
	if _, _, err := use(t, r, &forged); err == nil {
		t.Error("a forged ticket got in")
	}
	later := *good
	_, rest, _ := strings.Cut(good.Username, ":")
	later.Username = "9999999999:" + rest
	if _, _, err := use(t, r, &later); err == nil {
		t.Error("a ticket whose time was changed got in")
	}
	old := newRelay(t, RelayOptions{Lifetime: -time.Minute})
	past, err := old.Ticket("7QK2", helpdesk.TerminalSide)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := use(t, old, past); err == nil {
		t.Error("a ticket that ran out got in")
	}
	for i := range maxHolds + 1 {
		_, _, err := use(t, r, good)
		if within := i < maxHolds; within != (err == nil) {
			t.Errorf("use %d of one ticket: %v", i+1, err)
		}
	}
}

func TestRelayNeedsAnAddress(t *testing.T) {
	for _, o := range []RelayOptions{{Addr: "nothing"}, {Addr: "0.0.0.0:0"}, {Addr: "127.0.0.1:0", Public: "no such name."}} {
		if r, err := NewRelay(o); err == nil {
			r.Close()
			t.Errorf("%+v was taken", o)
		}
	}
}
