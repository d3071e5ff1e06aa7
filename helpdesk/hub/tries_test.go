// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestTries(t *testing.T) {
	now := time.Now()
	tr := newTries()
	for i := range int(tr.burst) {
		if !tr.allow("a", now) {
			t.Fatalf("refused at %d", i)
		}
	}
	if tr.allow("a", now) {
		t.Error("more than a burst")
	}
	if !tr.allow("b", now) {
		t.Error("one keeps another out")
	}
	if now = now.Add(tr.pause); !tr.allow("a", now) || tr.allow("a", now) {
		t.Error("one after a pause")
	}
	for i := range 2 * maxTries { // however many there are, memory is bounded, and those who come later have their turn
		tr.allow(fmt.Sprint(i), now)
	}
	if len(tr.of) > maxTries {
		t.Errorf("%d are remembered", len(tr.of))
	}
	if tr.allow("late", now) {
		t.Error("somebody new while all places are taken")
	}
	if !tr.allow("late", now.Add(time.Duration(tr.burst+1)*tr.pause)) {
		t.Error("nobody is forgotten")
	}
}

// Only what the office's own proxy says of an address is believed, and only when there is one.
func TestFrom(t *testing.T) {
	r := &http.Request{RemoteAddr: "192.0.2.1:5000", Header: http.Header{"X-Forwarded-For": {"203.0.113.9, 198.51.100.7"}}}
	if got := (&Hub{}).from(r); got != "192.0.2.1" {
		t.Errorf("without a proxy: %s", got)
	}
	if got := (&Hub{o: Options{Proxied: true}}).from(r); got != "198.51.100.7" {
		t.Errorf("behind a proxy: %s", got)
	}
}

func TestPlainCode(t *testing.T) {
	for _, typed := range []string{"m5sx-ft7e-xwzk-fkju", " M5SX FT7E XWZK FKJU ", "M5SXFT7EXWZKFKJU"} {
		if got := plainCode(typed); got != "M5SXFT7EXWZKFKJU" {
			t.Errorf("%q is read as %s", typed, got)
		}
	}
	if plainCode("0O1I8B") != "OOIIBB" {
		t.Error("letters that are taken for figures")
	}
}

// Whatever comes over the bus is taken apart or refused, and what was put in comes out.
func FuzzEnvelope(f *testing.F) {
	f.Add(envelope(toTerminal, "t1", []byte("rest")))
	f.Add([]byte{})
	f.Add([]byte{'t', 255, 1})
	f.Fuzz(func(t *testing.T, data []byte) {
		side, id, rest, err := openEnvelope(data)
		if err != nil {
			return
		}
		if !bytes.Equal(envelope(side, id, rest), data) {
			t.Errorf("%q came back otherwise", data)
		}
	})
}
