// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A thin line: what a mobile connection at the edge of the village carries, by way of a satellite.
const (
	thinBits  = 10_000                 // a second, each way
	thinDelay = 400 * time.Millisecond // each way
)

// thinLine stands between a terminal and its hub, for messages and for voice. It carries everything, or it is thin: all
// connections share what it carries, each way by itself, first come first served.
type thinLine struct {
	thin  atomic.Bool
	voice string // where the hub listens for voice
	out   net.Listener
	ways  [2]way
	all   sync.WaitGroup

	mu        sync.Mutex
	listeners []net.Listener
	conns     map[net.Conn]bool // nil: closed
}

// way is one direction; free is when the last byte that was taken up is through.
type way struct {
	mu   sync.Mutex
	free time.Time
}

// take has so many bytes take their turn, and tells when the last of them is through.
func (w *way) take(n int) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now := time.Now(); w.free.Before(now) {
		w.free = now
	}
	w.free = w.free.Add(time.Duration(n) * 8 * time.Second / thinBits)
	return w.free
}

// newThinLine finds a place for the hub's voice, and one outside of it.
func newThinLine() (*thinLine, error) {
	l := &thinLine{conns: map[net.Conn]bool{}}
	place, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l.voice = place.Addr().String()
	place.Close()
	l.out, err = l.carry(l.voice)
	return l, err
}

func (l *thinLine) voiceOutside() string { return l.out.Addr().String() }

// reach is the address by which a terminal reaches the hub over this line.
func (l *thinLine) reach(hub string) (string, error) {
	scheme, address, ok := strings.Cut(hub, "://")
	if !ok {
		return "", fmt.Errorf("%q is no address of a hub", hub)
	}
	outside, err := l.carry(address)
	if err != nil {
		return "", err
	}
	return scheme + "://" + outside.Addr().String(), nil
}

// carry takes connections in and leads them to an address.
func (l *thinLine) carry(to string) (net.Listener, error) {
	in, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	l.listeners = append(l.listeners, in)
	l.mu.Unlock()
	l.all.Go(func() {
		for {
			near, err := in.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", to)
			if err != nil {
				near.Close()
				continue
			}
			if !l.hold(near, far) {
				return
			}
			for _, c := range []net.Conn{near, far} { // what waits is to wait on this line, not in the system
				c.(*net.TCPConn).SetReadBuffer(4 << 10)
			}
			l.all.Go(func() { l.pass(&l.ways[0], far, near) })
			l.all.Go(func() { l.pass(&l.ways[1], near, far) })
		}
	})
	return in, nil
}

// hold keeps connections, to be closed with the line; false when it is closed already.
func (l *thinLine) hold(conns ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range conns {
		if l.conns == nil {
			c.Close()
		} else {
			l.conns[c] = true
		}
	}
	return l.conns != nil
}

// pass carries one direction of a connection until it ends.
func (l *thinLine) pass(w *way, to, from net.Conn) {
	type piece struct {
		data []byte
		due  time.Time
	}
	pieces := make(chan piece, 64)
	l.all.Go(func() {
		defer func() {
			to.Close()
			from.Close()
			for range pieces { // what was taken up is lost with the connection
			}
			l.mu.Lock()
			delete(l.conns, to)
			delete(l.conns, from)
			l.mu.Unlock()
		}()
		for p := range pieces {
			time.Sleep(time.Until(p.due))
			if _, err := to.Write(p.data); err != nil {
				return
			}
		}
	})
	defer close(pieces)
	for {
		data := make([]byte, 500)
		n, err := from.Read(data)
		if n > 0 {
			p := piece{data: data[:n]}
			if l.thin.Load() {
				through := w.take(n)
				time.Sleep(time.Until(through))
				p.due = through.Add(thinDelay)
			}
			pieces <- p
		}
		if err != nil {
			return
		}
	}
}

func (l *thinLine) close() {
	l.mu.Lock()
	for _, in := range l.listeners {
		in.Close()
	}
	for c := range l.conns {
		c.Close()
	}
	l.conns = nil
	l.mu.Unlock()
	l.all.Wait()
}

// takes is how long so many bytes take on this line from the terminal's side to the hub's.
func (l *thinLine) takes(ctx context.Context, bytes int64) (time.Duration, error) {
	hub, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer hub.Close()
	outside, err := l.carry(hub.Addr().String())
	if err != nil {
		return 0, err
	}
	near, err := (&net.Dialer{}).DialContext(ctx, "tcp", outside.Addr().String())
	if err != nil {
		return 0, err
	}
	defer near.Close()
	far, err := hub.Accept()
	if err != nil {
		return 0, err
	}
	defer far.Close()
	defer context.AfterFunc(ctx, func() { far.Close(); near.Close() })()
	began := time.Now()
	l.all.Go(func() { _, _ = near.Write(make([]byte, bytes)) }) // whoever reads tells what became of it
	if _, err := io.CopyN(io.Discard, far, bytes); err != nil {
		return 0, err
	}
	return time.Since(began), nil
}
