// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"errors"
	"net/url"
	"strings"
)

// Relay tells either side of a call where its voice is relayed, and with which ticket. The hub sends it to both after a
// call was accepted, and again when the call is taken up again. Voice goes through the relay only, so that neither side
// learns the other's address.
type Relay struct {
	ID string `json:"id"`
	// URLs of the relay (RFC 7065), best first: "turn:desk.example:3478?transport=tcp".
	URLs []string `json:"urls"`
	// Username and Password hold until Until, ms since 1970.
	Username string `json:"username"`
	Password string `json:"password"`
	Until    int64  `json:"until"`
}

func (*Relay) Kind() string { return "relay" }

func (m *Relay) check() error {
	if len(m.URLs) == 0 || len(m.URLs) > 8 {
		return errors.New("urls: one to eight")
	}
	for _, s := range m.URLs {
		if _, _, err := RelayAddress(s); err != nil {
			return errors.New("urls: one is not like turn:host:port?transport=tcp")
		}
	}
	if m.Username == "" || len(m.Username) > 200 || m.Password == "" || len(m.Password) > 200 || m.Until <= 0 {
		return errors.New("username, password or until: missing or too long")
	}
	return checkID(m.ID)
}

// RelayAddress takes the address (host:port) out of a relay's URL, and how it is spoken to: "udp", "tcp" or "tls".
func RelayAddress(s string) (address, by string, err error) {
	u, err := url.Parse(s)
	if err != nil || u.Opaque == "" || len(s) > 300 {
		return "", "", errors.New("no address of a relay")
	}
	transport := u.Query().Get("transport")
	switch {
	case u.Scheme == "turns" && transport == "tcp":
		by = "tls"
	case u.Scheme == "turn" && transport == "tcp":
		by = "tcp"
	case u.Scheme == "turn" && (transport == "udp" || transport == ""):
		by = "udp"
	default:
		return "", "", errors.New("no address of a relay")
	}
	host, port, ok := strings.Cut(u.Opaque, ":")
	if i := strings.LastIndex(u.Opaque, "]:"); i >= 0 {
		host, port, ok = u.Opaque[1:i], u.Opaque[i+2:], u.Opaque[0] == '['
	}
	if !ok || host == "" || port == "" || strings.ContainsAny(port, ":/@") {
		return "", "", errors.New("no address of a relay")
	}
	return u.Opaque, by, nil
}
