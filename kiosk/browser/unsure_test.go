// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Somebody who answers in the service's place, with a certificate of their own making, is not taken for a service that is away for a
// while: whoever is at the terminal is told that nobody can be sure who it is.
func TestWhoCannotProveToBeTheService(t *testing.T) {
	if testing.Short() || !ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	site := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "your name?") }))
	site.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that the browser ends
	site.StartTLS()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	defer site.Close()
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	for address, unsure := range map[string]bool{site.URL: true, gone.URL: false} {
		down := make(chan bool, 8)
		o, err := v.OpenOnlooker(nil, 816, 688, func(s Seen) {
			if s.Kind == SeenDown {
				down <- s.Unsure
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		_ = o.Open(address) // it may say that the page was not to be had
		select {
		case got := <-down:
			if got != unsure {
				t.Errorf("%s: unsure is %v, want %v", address, got, unsure)
			}
		case <-time.After(30 * time.Second):
			t.Errorf("%s: nothing was told", address)
		}
		o.Close()
	}
}
