// SPDX-License-Identifier: Apache-2.0

// Package card reads cards. Each driver is one file that registers itself by
// name; each kind of card content is one pure, fuzzed parser.
//
// A driver publishes a card whole or not at all, lets out only the fields that
// peripherals.AllowedField allows, and wipes what it read as soon as it is
// parsed.
package card

import (
	"fmt"
	"slices"
	"strings"

	"handrail/peripherals"
)

var drivers = map[string]func(peripherals.Config) (peripherals.CardReader, error){}

// register adds a driver. Two drivers of one name are a mistake in this
// package, found when any program starts.
func register(name string, open func(peripherals.Config) (peripherals.CardReader, error)) {
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
	open, ok := drivers[c.Driver]
	if !ok {
		return nil, fmt.Errorf("card reader: no driver called %q; there is %s", c.Driver, strings.Join(Drivers(), ", "))
	}
	if c.Port == "" {
		return nil, fmt.Errorf("card reader %s: no port given", c.Driver)
	}
	return open(c)
}
