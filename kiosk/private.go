// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"bytes"
	"fmt"
	"log/slog"
	"sort"
)

const redacted = "[redacted]"

// Private is a text that may hold something of a person: a value from a card, or words of a page that may echo what was
// written. It cannot be printed, logged or marshalled by accident; whoever needs it says so with Reveal. The bytes are
// behind a function because fmt prints unexported fields without asking their methods.
type Private struct{ bytes func() []byte }

// NewPrivate keeps a copy of s.
func NewPrivate(s string) Private {
	b := []byte(s)
	return Private{func() []byte { return b }}
}

// Reveal gives the text. The caller may show it to the citizen or compare it, and keeps no copy.
func (p Private) Reveal() string { return string(p.raw()) }

// Empty tells whether there is nothing in it.
func (p Private) Empty() bool { return len(p.raw()) == 0 }

// Equal compares two texts.
func (p Private) Equal(q Private) bool { return bytes.Equal(p.raw(), q.raw()) }

func (p Private) raw() []byte {
	if p.bytes == nil {
		return nil
	}
	return p.bytes()
}

// wipe overwrites the bytes in place; every copy of this Private reads as zeroes afterwards.
func (p Private) wipe() { clear(p.raw()) }

// The ways in which a value could leave by accident, each answered with a placeholder.

// String implements fmt.Stringer.
func (Private) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (Private) GoString() string { return redacted }

// Format implements fmt.Formatter, so that %x and %q say nothing either.
func (Private) Format(f fmt.State, _ rune) { fmt.Fprint(f, redacted) }

// LogValue implements slog.LogValuer.
func (Private) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler, which JSON, YAML and XML use.
func (Private) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalBinary implements encoding.BinaryMarshaler, which gob uses.
func (Private) MarshalBinary() ([]byte, error) { return []byte(redacted), nil }

// Fields are personal values by name (see CardFields). The zero value is empty and ready.
type Fields struct {
	values map[string]Private
	doubts map[string][]Private // of what may be read in several ways
	look   map[string]bool      // of what is to be looked at closely
}

// Set keeps a value. A name outside CardFields is ignored: what has no use here is not kept.
func (f *Fields) Set(name string, value Private) {
	if !CardField(name) || value.Empty() {
		return
	}
	if f.values == nil {
		f.values = map[string]Private{}
	}
	f.values[name] = value
}

// Get gives one value; it is empty when there is none.
func (f Fields) Get(name string) Private { return f.values[name] }

// Names lists what there is, also what is still in doubt, in the order of CardFields.
func (f Fields) Names() []string {
	names := make([]string, 0, len(f.values))
	for name := range f.values {
		names = append(names, name)
	}
	for name := range f.doubts {
		if _, chosen := f.values[name]; !chosen {
			names = append(names, name)
		}
	}
	sort.Slice(names, func(i, j int) bool { return cardOrder(names[i]) < cardOrder(names[j]) })
	return names
}

// Len is how many values there are.
func (f Fields) Len() int { return len(f.values) }

// Wipe overwrites every value and forgets the names.
func (f *Fields) Wipe() {
	for name, value := range f.values {
		value.wipe()
		delete(f.values, name)
	}
	f.values = nil
	f.wipeDoubts()
}

// String implements fmt.Stringer and says nothing of the values.
func (f Fields) String() string { return redacted }

// GoString implements fmt.GoStringer.
func (f Fields) GoString() string { return redacted }

// Format implements fmt.Formatter.
func (f Fields) Format(s fmt.State, _ rune) { fmt.Fprint(s, redacted) }

// LogValue implements slog.LogValuer.
func (f Fields) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements encoding.TextMarshaler.
func (f Fields) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// CardFields are the values that may be taken from a card, in the order in which they are offered. Everything else that a
// card holds is dropped by its reader.
var cardFields = []string{"family_name", "given_names", "date_of_birth", "card_number", "place_of_birth", "nationality", "street", "postcode", "town"}

// CardFields lists the names of values that may be taken from a card, in the order in which they are offered.
func CardFields() []string { return append([]string(nil), cardFields...) }

// CardField tells whether a value of that name may be taken from a card.
func CardField(name string) bool { return cardOrder(name) < len(cardFields) }

func cardOrder(name string) int {
	for i, known := range cardFields {
		if known == name {
			return i
		}
	}
	return len(cardFields)
}
