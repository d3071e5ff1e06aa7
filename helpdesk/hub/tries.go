// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// tries bounds how often one address may try to sign in: burst at once, then one every pause.
type tries struct {
	burst float64
	pause time.Duration
	mu    sync.Mutex
	of    map[string]try
}

type try struct {
	left float64
	at   time.Time
}

// maxTries bounds what is remembered; beyond it the oldest that have recovered are forgotten, and if none has, all wait.
const maxTries = 10_000

func newTries() *tries { return &tries{burst: 20, pause: 3 * time.Second, of: map[string]try{}} }

func (t *tries) allow(from string, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	have, known := t.of[from]
	if !known {
		if len(t.of) >= maxTries {
			for other, was := range t.of {
				if now.Sub(was.at) > time.Duration(t.burst)*t.pause {
					delete(t.of, other)
				}
			}
			if len(t.of) >= maxTries {
				return false
			}
		}
		have = try{left: t.burst, at: now}
	}
	have.left = min(t.burst, have.left+float64(now.Sub(have.at))/float64(t.pause))
	have.at = now
	ok := have.left >= 1
	if ok {
		have.left--
	}
	t.of[from] = have
	return ok
}

// from is the address of whoever asks. Behind a proxy of ours it is what the proxy added last.
func (h *Hub) from(r *http.Request) string {
	if h.o.Proxied {
		all := strings.Split(r.Header.Get("X-Forwarded-For"), ",")
		if last := strings.TrimSpace(all[len(all)-1]); last != "" {
			return last
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
