// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"
)

func TestWireRefusesGarbage(t *testing.T) {
	w := NewWire(strings.NewReader("{\"t\":\"line\",\"up\":true}\n\x00\xff\n"), io.Discard)
	if l, err := w.Receive(); err != nil || l.T != "line" || !l.Up {
		t.Fatalf("%+v, %v", l, err)
	}
	if _, err := w.Receive(); err == nil || errors.Is(err, io.EOF) {
		t.Fatalf("garbage: %v", err)
	}
	if _, err := w.Receive(); !errors.Is(err, io.EOF) {
		t.Fatalf("the end: %v", err)
	}
}

// The other side has stopped reading: sending gives up instead of stopping for ever.
func TestWireDoesNotWaitForEver(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for the wire's own limit of 5 s")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	wire := NewWire(strings.NewReader(""), w)
	failed := make(chan error, 1)
	go func() {
		for {
			if err := wire.Send(Line{T: "hub", Message: []byte(`"` + strings.Repeat("x", 4096) + `"`)}); err != nil {
				failed <- err
				return
			}
		}
	}()
	select {
	case err := <-failed:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it still waits for a side that does not read")
	}
}
