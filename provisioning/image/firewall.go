// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
	"strings"
)

// What the firewall goes by. A citizen's browser runs as a unix user of its own from FirstUser to LastUser; the egress proxy of its session
// listens on this machine on a port from FirstProxyPort to LastProxyPort.
const (
	FirstUser, LastUser           = 61000, 61999
	FirstProxyPort, LastProxyPort = 31280, 31343
)

// FirewallTable is the name of our own nftables table; no other is touched.
const FirewallTable = "handrail"

// FirewallOptions says whom the rules are for. Zero values mean the ranges above.
type FirewallOptions struct {
	FirstUser, LastUser int
	FirstPort, LastPort int
}

// Firewall writes the rules (for nft -f) by which browsers reach the egress proxy on this machine and nothing else: no other port of
// the machine, no address of the office's network or beyond, no name server, neither by IPv4 nor IPv6. What they try is counted and
// refused at once. It is the wall behind the browser's private network: it stands also where a browser has broken out of that.
// The rules replace those that were loaded before, in one step, so there is no moment without.
func Firewall(o FirewallOptions) ([]byte, error) {
	if o.FirstUser == 0 && o.LastUser == 0 {
		o.FirstUser, o.LastUser = FirstUser, LastUser
	}
	if o.FirstPort == 0 && o.LastPort == 0 {
		o.FirstPort, o.LastPort = FirstProxyPort, LastProxyPort
	}
	switch {
	case o.FirstUser < 1000 || o.LastUser < o.FirstUser:
		return nil, errors.New("firewall: the browsers' users are a range of ordinary users, from 1000; rules for root would cut the machine off")
	case o.FirstPort < 1024 || o.LastPort < o.FirstPort || o.LastPort > 65535:
		return nil, errors.New("firewall: the egress proxy's ports are a range from 1024 to 65535")
	}
	var b strings.Builder
	fmt.Fprintf(&b, `#!/usr/sbin/nft -f
# SPDX-License-Identifier: Apache-2.0
# Browsers of citizens reach the egress proxy and nothing else.
table inet %[1]s
delete table inet %[1]s
table inet %[1]s {
	chain output {
		type filter hook output priority filter; policy accept;
		meta skuid %[2]d-%[3]d goto browser
	}
	chain browser {
		oif lo ip saddr 127.0.0.1 ip daddr 127.0.0.1 tcp dport %[4]d-%[5]d accept
		counter reject with icmpx type admin-prohibited
	}
}
`, FirewallTable, o.FirstUser, o.LastUser, o.FirstPort, o.LastPort)
	return []byte(b.String()), nil
}
