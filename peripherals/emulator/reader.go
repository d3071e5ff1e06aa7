// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

// ReaderKinds are the readers that there are: the first is made when none is asked
// for.
var ReaderKinds = []string{"gempc-twin", "pn532", "acr122s", "barcode", "magstripe", "mrz"}

// ReaderOptions say what reader to make.
type ReaderOptions struct {
	// Kind is one of ReaderKinds.
	Kind string
	// Start and End are what a reader of lines puts around a code; CR at the end
	// if both are empty.
	Start, End string
	// Waits is how often a card of T=1 asks for time before each answer.
	Waits int
	// Link is the symlink to make to the reader's port.
	Link string
	// Mode is the permission of the port; 0600 if zero.
	Mode os.FileMode
	// NoEcho makes a reader that does not send every command back first.
	NoEcho bool
	// OnReply, if set, gets every reply before it is sent, with its number from
	// 0, and gives what goes on the wire instead: noise, a bad checksum, a
	// request for time, nothing.
	OnReply func(n int, reply []byte) []byte
	// Trickle, if set, sends every reply byte by byte, so far apart.
	Trickle time.Duration
	// DoubleEcho sends every command back twice.
	DoubleEcho bool
}

// Reader is a card reader of software. A GemPC Twin speaks CCID over a serial line;
// a PN532 and an ACR122S hold a contactless chip; the others send text by themselves.
type Reader struct {
	o    ReaderOptions
	sock *socket
	wg   sync.WaitGroup

	mu        sync.Mutex
	card      *insertedCard
	seen      map[string]int // how often a card has been put in, by its name
	pullAfter int            // APDUs left until the card is pulled; -1 for never
	replies   int
	closed    bool
}

// NewReader makes a reader and plugs it in.
func NewReader(o ReaderOptions) (*Reader, error) {
	if o.Kind == "" {
		o.Kind = ReaderKinds[0]
	}
	if !slices.Contains(ReaderKinds, o.Kind) {
		return nil, fmt.Errorf("card reader emulator: no reader called %q; there are %s", o.Kind, strings.Join(ReaderKinds, ", "))
	}
	r := &Reader{o: o, sock: &socket{link: o.Link, mode: o.Mode}, seen: map[string]int{}, pullAfter: -1}
	if err := r.Plug(); err != nil {
		return nil, err
	}
	return r, nil
}

// Path is the port's own name, which changes with every Plug; "" while unplugged.
func (r *Reader) Path() string { return r.sock.path() }

// Insert puts a card in, in place of one that is there.
func (r *Reader) Insert(c Card) {
	r.Remove()
	r.mu.Lock()
	n := r.seen[c.Name]
	r.seen[c.Name]++
	r.card = &insertedCard{card: c, failing: c.Wear.fails(n), waits: r.o.Waits}
	r.mu.Unlock()
	switch r.o.Kind {
	case "gempc-twin":
		r.sock.send([]byte{slotChange, slotPresent})
	case "barcode":
		r.Scan(c.Code)
	case "magstripe":
		r.Scan(c.Swipe)
	case "mrz":
		r.Scan(strings.ReplaceAll(strings.TrimSpace(c.Zone), "\n", "\r"))
	}
}

// Scan sends a code, as a reader of lines does when something is shown to it. The
// empty code is not sent.
func (r *Reader) Scan(code string) {
	if code == "" {
		return
	}
	start, end := r.o.Start, r.o.End
	if start == "" && end == "" {
		end = "\r"
	}
	r.emit([]byte(start + code + end))
}

// emit sends a reply of the reader, or what is made of it.
func (r *Reader) emit(wire []byte) {
	r.mu.Lock()
	n := r.replies
	r.replies++
	r.mu.Unlock()
	if r.o.OnReply != nil {
		wire = r.o.OnReply(n, wire)
	}
	if r.o.Trickle == 0 {
		r.sock.send(wire)
		return
	}
	for i := range wire {
		r.sock.send(wire[i : i+1])
		time.Sleep(r.o.Trickle)
	}
}

// Remove takes the card out.
func (r *Reader) Remove() {
	r.mu.Lock()
	was := r.card
	r.card = nil
	r.mu.Unlock()
	if was != nil && r.o.Kind == "gempc-twin" {
		r.sock.send([]byte{slotChange, slotAbsent})
	}
}

// PullAfter takes the card out in the middle of being read: the one that is in, or
// the next to be put in, after it has answered so many APDUs. It happens once.
func (r *Reader) PullAfter(apdus int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.pullAfter = max(apdus, 0)
}

// Inserted gives the card that is in.
func (r *Reader) Inserted() (Card, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.card == nil {
		return Card{}, false
	}
	return r.card.card, true
}

// Unplug pulls the reader's cable; a card stays in its slot. It returns when
// nothing of the reader runs any more.
func (r *Reader) Unplug() {
	r.sock.unplug()
	r.wg.Wait()
}

// Plug puts the cable back in, as another pseudo-terminal behind the same link.
func (r *Reader) Plug() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return errors.New("card reader emulator: closed")
	}
	line, err := r.sock.plug()
	if err != nil {
		return errors.Join(errors.New("card reader emulator: plug"), err)
	}
	if r.card != nil {
		r.card.power(false)
	}
	serve := r.serveText
	switch r.o.Kind {
	case "gempc-twin":
		serve = r.serve
	case "pn532":
		serve = r.servePN532
	case "acr122s":
		serve = r.serveACR122S
	}
	r.wg.Go(func() { serve(line) })
	return nil
}

// Close unplugs the reader for good.
func (r *Reader) Close() error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.Unplug()
	return nil
}

// serveText is what a reader of lines does with what it is told: nothing.
func (r *Reader) serveText(line *os.File) {
	buf := make([]byte, 512)
	for {
		if _, err := line.Read(buf); err != nil {
			return
		}
	}
}

// Beat has the reader ask for time, so many times and so far apart; from within
// OnReply, before the reply.
func (r *Reader) Beat(times int, apart time.Duration) {
	for range times {
		if r.sock.path() == "" {
			return
		}
		r.sock.send([]byte{0x80})
		time.Sleep(apart)
	}
}
