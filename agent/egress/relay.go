// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"context"
	"net"
)

// relay is the way to the voice relay of a help call.
type relay struct {
	to   string // host:port under which the browser asks for it
	dial func(context.Context) (net.Conn, error)
}

// SetRelay opens a way to the voice relay for CONNECT, under host:port. The name leads nowhere else and is to be one that
// only our own page knows (a random one): then no page of a service can use it. An empty host:port closes it, and cuts
// what goes through it.
func (p *Proxy) SetRelay(hostport string, dial func(context.Context) (net.Conn, error)) {
	to, _ := normal(hostport, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	before := p.relay.to
	p.relay = relay{to: to, dial: dial}
	for a := range p.active {
		if before != "" && a.to == before && before != to {
			a.cancel()
		}
	}
}

// relayed gives the way to the voice relay, if that is what is asked for.
func (p *Proxy) relayed(to string) (func(context.Context) (net.Conn, error), bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.relay.dial, to != "" && to == p.relay.to && p.relay.dial != nil
}
