// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
)

// Bus wakes hubs up and carries what is only for now. It is a doorbell, not a store: truth is a row in the database, and
// a message that is lost is found by the next sweep. Messages of one publisher on one subject arrive in order.
type Bus interface {
	// Publish gives data to everybody who subscribed to the subject, this hub included. Nobody there is no error.
	Publish(subject string, data []byte) error
	// Subscribe calls f for every message, one at a time, until cancel. f must neither block nor keep data.
	Subscribe(subject string, f func(data []byte)) (cancel func(), err error)
	// Close ends everything.
	Close()
}

// OpenBus opens the bus at an address: empty for one inside this process, "nats://host:port[,...]" for NATS.
func OpenBus(address string, log *slog.Logger) (Bus, error) {
	if address == "" {
		return NewBell(), nil
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	lost := func(_ *nats.Conn, err error) {
		if err != nil {
			log.Warn("bus lost; looking for another of its servers", "why", err)
		}
	}
	conn, err := nats.Connect(address, nats.Name("handrail hub"), nats.MaxReconnects(-1), nats.ReconnectWait(200*time.Millisecond),
		nats.ReconnectBufSize(1<<20), nats.Timeout(5*time.Second), nats.PingInterval(5*time.Second), nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(lost), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { log.Warn("bus", "why", err) }))
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	return &wire{conn: conn}, nil
}

// wire is the Bus over NATS. Core NATS alone: what has to last is a row.
type wire struct{ conn *nats.Conn }

// prefix keeps our subjects apart from those of others on the same servers.
const prefix = "handrail."

func (w *wire) Publish(subject string, data []byte) error {
	if err := w.conn.Publish(prefix+subject, data); err != nil {
		return fmt.Errorf("bus: %w", err)
	}
	return nil
}

func (w *wire) Subscribe(subject string, f func([]byte)) (func(), error) {
	if strings.ContainsAny(subject, "*> ") {
		return nil, errors.New("bus: a subject is a plain name")
	}
	s, err := w.conn.Subscribe(prefix+subject, func(m *nats.Msg) { f(m.Data) })
	if err != nil {
		return nil, fmt.Errorf("bus: %w", err)
	}
	// Nothing published from now on is missed.
	if err := w.conn.FlushTimeout(5 * time.Second); err != nil && !errors.Is(err, nats.ErrConnectionReconnecting) {
		s.Unsubscribe()
		return nil, fmt.Errorf("bus: %w", err)
	}
	return func() { s.Unsubscribe() }, nil
}

func (w *wire) Close() { w.conn.Close() }

// bell is the Bus of one process.
type bell struct {
	mu   sync.RWMutex
	next int
	ears map[string]map[int]*ear
}

// ear is one subscription; its lock keeps messages in order and lets cancel wait for nobody.
type ear struct {
	mu sync.Mutex
	f  func([]byte)
}

// NewBell makes a Bus inside this process.
func NewBell() Bus { return &bell{ears: map[string]map[int]*ear{}} }

func (b *bell) Publish(subject string, data []byte) error {
	b.mu.RLock()
	all := make([]*ear, 0, len(b.ears[subject]))
	for _, e := range b.ears[subject] {
		all = append(all, e)
	}
	b.mu.RUnlock()
	for _, e := range all { // without the lock, so that one may leave
		e.mu.Lock()
		e.f(data)
		e.mu.Unlock()
	}
	return nil
}

func (b *bell) Subscribe(subject string, f func([]byte)) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	n := b.next
	if b.ears[subject] == nil {
		b.ears[subject] = map[int]*ear{}
	}
	b.ears[subject][n] = &ear{f: f}
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.ears[subject], n)
		if len(b.ears[subject]) == 0 {
			delete(b.ears, subject)
		}
	}, nil
}

func (b *bell) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	clear(b.ears)
}
