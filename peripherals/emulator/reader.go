// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"errors"
	"os"
	"sync"
)

// ReaderOptions say what reader to make.
type ReaderOptions struct {
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
}

// Reader is a smart-card reader of software: a GemPC Twin, which speaks CCID over
// a serial line.
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
	r.card = &insertedCard{card: c, failing: c.Wear.fails(n)}
	r.mu.Unlock()
	r.sock.send([]byte{slotChange, slotPresent})
}

// Remove takes the card out.
func (r *Reader) Remove() {
	r.mu.Lock()
	was := r.card
	r.card = nil
	r.mu.Unlock()
	if was != nil {
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
	r.wg.Go(func() { r.serve(line) })
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
