// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"errors"
	"sync"
)

// Bus wakes people up and carries what is only for now. It is a doorbell, not a store: truth is a row in the database,
// and a message that is lost is found by the next sweep. Messages of one publisher on one subject arrive in order.
type Bus interface {
	// Publish gives data to everybody who subscribed to the subject. Nobody there is no error.
	Publish(subject string, data []byte) error
	// Subscribe calls f for every message, until cancel. f must not block; what it returns answers Request.
	Subscribe(subject string, f func(data []byte) []byte) (cancel func(), err error)
	// Request gives data to one subscriber and returns its answer, or ErrNobody.
	Request(ctx context.Context, subject string, data []byte) ([]byte, error)
}

// ErrNobody is returned by Request when nobody subscribed to the subject or the one who did did not answer.
var ErrNobody = errors.New("nobody answers")

// bell is the Bus of one process.
type bell struct {
	mu   sync.RWMutex
	next int
	ears map[string]map[int]func([]byte) []byte
}

// NewBell makes a Bus inside this process.
func NewBell() Bus { return &bell{ears: map[string]map[int]func([]byte) []byte{}} }

func (b *bell) Publish(subject string, data []byte) error {
	for _, f := range b.listeners(subject) {
		f(data)
	}
	return nil
}

func (b *bell) Subscribe(subject string, f func([]byte) []byte) (func(), error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.next++
	n := b.next
	if b.ears[subject] == nil {
		b.ears[subject] = map[int]func([]byte) []byte{}
	}
	b.ears[subject][n] = f
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.ears[subject], n)
		if len(b.ears[subject]) == 0 {
			delete(b.ears, subject)
		}
	}, nil
}

func (b *bell) Request(ctx context.Context, subject string, data []byte) ([]byte, error) {
	for _, f := range b.listeners(subject) {
		if answer := f(data); answer != nil {
			return answer, ctx.Err()
		}
	}
	return nil, ErrNobody
}

// listeners are called without the lock, so that one may publish or leave.
func (b *bell) listeners(subject string) []func([]byte) []byte {
	b.mu.RLock()
	defer b.mu.RUnlock()
	all := make([]func([]byte) []byte, 0, len(b.ears[subject]))
	for _, f := range b.ears[subject] {
		all = append(all, f)
	}
	return all
}
