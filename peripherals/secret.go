// SPDX-License-Identifier: Apache-2.0

package peripherals

import (
	"fmt"
	"io"
	"log/slog"
	"sync"
)

const redacted = "[redacted]"

// Secret is a value read from somebody's card. Whatever prints, logs or
// marshals it gets "[redacted]"; only Reveal gives the value. Copies of a Secret
// share the value, so wiping one wipes all.
type Secret struct {
	// A function, because nothing that prints by reflection can look behind one:
	// fmt prints what an unexported pointer points at when the verb is wrong.
	v func() *secretValue
}

type secretValue struct {
	mu sync.Mutex
	b  []byte
}

// NewSecret keeps a copy of b. The caller wipes its own.
func NewSecret(b []byte) Secret {
	v := &secretValue{b: append(make([]byte, 0, len(b)), b...)}
	return Secret{func() *secretValue { return v }}
}

// Reveal gives the value, and "" once it is wiped. The string cannot be wiped:
// hand it to where it is used and keep no copy.
func (s Secret) Reveal() string {
	if s.v == nil {
		return ""
	}
	v := s.v()
	v.mu.Lock()
	defer v.mu.Unlock()
	return string(v.b)
}

// Wipe overwrites the value with zeroes and forgets it.
func (s Secret) Wipe() {
	if s.v == nil {
		return
	}
	v := s.v()
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.b)
	v.b = nil
}

// Empty reports whether there is nothing to reveal.
func (s Secret) Empty() bool {
	if s.v == nil {
		return true
	}
	v := s.v()
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.b) == 0
}

func (Secret) String() string   { return redacted }
func (Secret) GoString() string { return redacted }

// Format writes "[redacted]" for every verb.
func (Secret) Format(f fmt.State, _ rune) { io.WriteString(f, redacted) }

// LogValue keeps the value out of slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalJSON keeps the value out of JSON.
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// MarshalText keeps the value out of every text encoding.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalYAML keeps the value out of YAML.
func (Secret) MarshalYAML() (any, error) { return redacted, nil }

// GobEncode keeps the value out of gob.
func (Secret) GobEncode() ([]byte, error) { return []byte(redacted), nil }
