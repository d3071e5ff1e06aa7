// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A terminal whose clock is far off takes the hub's certificate for not yet valid, or for expired. The request for help waits, the line is
// said to be down, and both mend themselves when the clock is right again. A line that is up does not mind a clock that jumps.
func TestLinkWithAWrongClock(t *testing.T) {
	var up websocket.Upgrader
	var hellos atomic.Int32
	var refusals atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := up.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		hellos.Add(1)
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			m, err := Decode(TerminalToHub, data)
			if err != nil {
				t.Errorf("%v: %s", err, data)
				return
			}
			ask, ok := m.(*AskHelp)
			if !ok {
				continue
			}
			answer, err := Encode(&Queued{ID: ask.Request.ID, Rev: 1})
			if err != nil {
				t.Error(err)
				return
			}
			conn.WriteMessage(websocket.TextMessage, answer)
		}
	}))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of each refusal
	s.StartTLS()
	defer s.Close()
	certificate := s.Certificate()
	pool := x509.NewCertPool()
	pool.AddCert(certificate)
	var clock atomic.Int64 // what the terminal takes for the time
	now := func() time.Time {
		at := time.Unix(clock.Load(), 0)
		if at.Before(certificate.NotBefore) || at.After(certificate.NotAfter) {
			refusals.Add(1)
		}
		return at
	}
	right := certificate.NotBefore.Add(time.Hour).Unix()
	clock.Store(certificate.NotBefore.Add(-24 * time.Hour).Unix())
	box := &memory{}
	r := request(t)
	var isUp atomic.Bool
	l := run(t, LinkOptions{URL: "wss" + strings.TrimPrefix(s.URL, "https"), Outbox: box, OnState: func(up bool) { isUp.Store(up) },
		TLS: &tls.Config{RootCAs: pool, ServerName: "example.com", Time: now, MinVersion: tls.VersionTLS13}})
	if err := l.Send(&AskHelp{r}); err != nil {
		t.Fatal(err)
	}
	until(t, "the certificate is refused as not yet valid, twice", func() bool { return refusals.Load() >= 2 })
	clock.Store(certificate.NotAfter.Add(24 * time.Hour).Unix())
	before := refusals.Load()
	until(t, "it is refused as expired", func() bool { return refusals.Load() > before })
	if rows, err := box.Pending(); err != nil || len(rows) != 1 || isUp.Load() || hellos.Load() != 0 {
		t.Fatalf("with a wrong clock: %d requests wait, the line is up: %v, the hub was reached %d times: %v", len(rows), isUp.Load(), hellos.Load(), err)
	}
	clock.Store(right)
	until(t, "the hub has the request", func() bool { rows, _ := box.Pending(); return len(rows) == 0 && isUp.Load() })
	// The line stays, a day forth and a day back.
	for _, jump := range []int64{24 * 3600, -24 * 3600} {
		clock.Store(right + jump)
		other := request(t)
		if err := l.Send(&AskHelp{other}); err != nil {
			t.Fatal(err)
		}
		until(t, "the hub has another request", func() bool { rows, _ := box.Pending(); return len(rows) == 0 })
	}
	if n := hellos.Load(); n != 1 || !isUp.Load() {
		t.Errorf("the hub was reached %d times for one line", n)
	}
}
