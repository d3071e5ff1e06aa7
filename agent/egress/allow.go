// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

// SetAllowed replaces the allow-list at once. An entry is host:port and is meant
// exactly: it admits neither subdomains nor other ports. A name must lead to
// public addresses; an address of the office's own network or of this machine
// is reached only by listing the address itself. Names under ".localhost" are
// this machine. Tunnels and requests to hosts that are no longer listed are cut.
// Entries that cannot be understood are left out and logged.
func (p *Proxy) SetAllowed(hosts []string) {
	allowed := make(map[string]bool, len(hosts))
	for _, entry := range hosts {
		to, ok := normal(entry, "")
		if !ok {
			p.log.Warn("an entry of the allow-list is not host:port", "entry", entry)
			continue
		}
		allowed[to] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.allowed = allowed
	for a := range p.active {
		if !allowed[a.to] && a.to != p.relay.to {
			a.cancel()
		}
	}
}

// Allowed tells whether host:port is on the list now.
func (p *Proxy) Allowed(hostport string) bool {
	to, ok := normal(hostport, "")
	p.mu.Lock()
	defer p.mu.Unlock()
	return ok && p.allowed[to]
}

// Denied counts refused requests by host, without ports and without addresses of
// pages.
func (p *Proxy) Denied() map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.denied)
}

func (p *Proxy) count(to string) {
	host, _, _ := net.SplitHostPort(to)
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.denied[host]; !known && len(p.denied) >= maxDenied {
		host = OtherHosts
	}
	p.denied[host]++
}

// normal brings host:port into the one form in which it is compared: lower case,
// no final dot, addresses in their shortest form. Names are ASCII, as a browser
// sends them.
func normal(hostport, defaultPort string) (string, bool) {
	host, port, err := net.SplitHostPort(hostport)
	if err != nil && defaultPort != "" {
		host, port, err = net.SplitHostPort(net.JoinHostPort(strings.Trim(hostport, "[]"), defaultPort))
	}
	if err != nil {
		return "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || n == 0 {
		return "", false
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		if ip.Zone() != "" {
			return "", false
		}
		return netip.AddrPortFrom(ip.Unmap(), uint16(n)).String(), true
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if !validName(host) {
		return "", false
	}
	return net.JoinHostPort(host, strconv.FormatUint(n, 10)), true
}

// validName accepts host names (RFC 1123) with underscores, which occur. Names
// that end in a number are refused: systems read some of them as addresses, such
// as 0x7f.1 or 127.1.
func validName(host string) bool {
	if host == "" || len(host) > 253 {
		return false
	}
	var last string
	for label := range strings.SplitSeq(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_') {
				return false
			}
		}
		last = label
	}
	return last[0] < '0' || last[0] > '9'
}

var errPrivate = errors.New("the name leads into a private network")

// addresses finds where to connect for a listed host:port.
func (p *Proxy) addresses(ctx context.Context, to string) ([]string, error) {
	host, port, err := net.SplitHostPort(to)
	if err != nil {
		return nil, err
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return []string{to}, nil // listed as an address: meant so
	}
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return []string{net.JoinHostPort("127.0.0.1", port)}, nil // RFC 6761, 6.3
	}
	found, err := p.o.Lookup(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("looking up the host: %w", err)
	}
	var out []string
	for _, ip := range found {
		if public(ip) {
			out = append(out, net.JoinHostPort(ip.Unmap().String(), port))
		}
	}
	switch {
	case len(found) == 0:
		return nil, errors.New("looking up the host: it has no address")
	case len(out) == 0:
		return nil, errPrivate
	}
	return out, nil
}

// notPublic lists what netip's own tests leave out (IANA special-purpose address
// registries): nothing there is a host on the public network, and some of it
// wraps an IPv4 address that would escape the test.
var notPublic = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15", "198.51.100.0/24",
	"203.0.113.0/24", "240.0.0.0/4",
	"::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fec0::/10",
)

func prefixes(texts ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		out[i] = netip.MustParsePrefix(t)
	}
	return out
}

// public reports whether an address is one of the public network.
func public(ip netip.Addr) bool {
	ip = ip.Unmap()
	if !ip.IsGlobalUnicast() || ip.IsPrivate() || ip.Zone() != "" {
		return false
	}
	for _, prefix := range notPublic {
		if prefix.Contains(ip) {
			return false
		}
	}
	return true
}
