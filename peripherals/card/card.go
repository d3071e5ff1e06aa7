// SPDX-License-Identifier: Apache-2.0

// Package card reads cards. Each driver is one file that registers itself by
// name; each kind of card content is one pure, fuzzed parser.
//
// A driver publishes a card whole or not at all, lets out only the fields that
// peripherals.AllowedField allows, and wipes what it read as soon as it is
// parsed.
package card

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

var drivers = map[string]func(peripherals.Config) (*supervised, error){}

// register adds a driver. Two drivers of one name are a mistake in this
// package, found when any program starts.
func register(name string, open func(peripherals.Config) (*supervised, error)) {
	if _, dup := drivers[name]; dup {
		panic("card: two drivers called " + name)
	}
	drivers[name] = open
}

// Drivers lists the names that Open knows.
func Drivers() []string {
	var names []string
	for name := range drivers {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Open makes the reader that c describes. It touches no port: that is for Run.
func Open(c peripherals.Config) (peripherals.CardReader, error) {
	r, err := open(c)
	if err != nil {
		return nil, err
	}
	return r, nil
}

// Record is Open for a reader whose traffic is written to w as a transcript. Without
// bytes it says only who sent how many; with them it holds what is on the cards, so
// let it see only cards that nobody owns.
func Record(c peripherals.Config, w io.Writer, bytes bool) (peripherals.CardReader, error) {
	r, err := open(c)
	if err != nil {
		return nil, err
	}
	plain := r.open
	r.open = func(o port.Options) (port.Line, error) {
		line, err := plain(o)
		if err != nil {
			return nil, err
		}
		if bytes {
			return port.Record(line, w), nil
		}
		return port.RecordSizes(line, w), nil
	}
	return r, nil
}

// Probe asks once who is at the port, and waits for nothing: how the reader names itself, and
// how it is.
func Probe(ctx context.Context, c peripherals.Config) (identity string, state peripherals.State, err error) {
	r, err := open(c)
	if err != nil {
		return "", peripherals.ReaderAbsent, err
	}
	r.met = func(name string) error {
		identity = name
		return errProbed
	}
	err = r.serveAny(ctx, &reporter{emit: func(peripherals.CardEvent) {}})
	if errors.Is(err, errProbed) {
		return identity, peripherals.ReaderReady, nil
	}
	return identity, stateOf(err), nil
}

var errProbed = errors.New("it has been asked")

func open(c peripherals.Config) (*supervised, error) {
	make, ok := drivers[c.Driver]
	if !ok {
		return nil, fmt.Errorf("card reader: no driver called %q; there is %s", c.Driver, strings.Join(Drivers(), ", "))
	}
	if c.Port == "" {
		return nil, fmt.Errorf("card reader %s: no port given", c.Driver)
	}
	return make(c)
}
