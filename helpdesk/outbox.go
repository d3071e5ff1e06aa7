// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"slices"
	"sync"
)

// Kept is one message that waits in an outbox until the hub confirms it.
type Kept struct {
	// ID is the request's.
	ID string
	// Body is the encoded message: AskHelp or Bell, or the Cancel or Hangup that replaced it.
	Body []byte
}

// Outbox keeps what must reach the hub, across restarts of the terminal. It holds at most one message a request: a
// Cancel replaces the request it takes back. agent/store.Store is the one on disk.
type Outbox interface {
	// Put keeps a message as not confirmed, replacing what was there for the same id. It returns when it is on disk.
	Put(id string, body []byte) error
	// Pending lists what is not confirmed, oldest first.
	Pending() ([]Kept, error)
	// Confirm marks a message as being on the hub's disk: Pending no longer lists it. An unknown id is no error.
	Confirm(id string) error
	// Drop forgets a message. An unknown id is no error.
	Drop(id string) error
}

// memory is an Outbox for a Link that was given none: kept until the process ends.
type memory struct {
	mu   sync.Mutex
	rows []Kept
}

func (m *memory) Put(id string, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.rows {
		if m.rows[i].ID == id {
			m.rows[i].Body = body
			return nil
		}
	}
	m.rows = append(m.rows, Kept{ID: id, Body: body})
	return nil
}

func (m *memory) Pending() ([]Kept, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.rows), nil
}

func (m *memory) Confirm(id string) error { return m.Drop(id) }

func (m *memory) Drop(id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rows = slices.DeleteFunc(m.rows, func(k Kept) bool { return k.ID == id })
	return nil
}
