// SPDX-License-Identifier: Apache-2.0

// Package printer prints documents. Each driver is one file that registers
// itself by name; what differs between models of one driver is a profile, which
// is a YAML file in profiles/.
package printer

import (
	"fmt"
	"slices"
	"strings"

	"handrail/peripherals"
)

var drivers = map[string]func(peripherals.Config) (peripherals.Printer, error){}

// register adds a driver. Two drivers of one name are a mistake in this
// package, found when any program starts.
func register(name string, open func(peripherals.Config) (peripherals.Printer, error)) {
	if _, dup := drivers[name]; dup {
		panic("printer: two drivers called " + name)
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

// Open makes the printer that c describes. It touches no port: Print and Status
// do, and wait for none.
func Open(c peripherals.Config) (peripherals.Printer, error) {
	open, ok := drivers[c.Driver]
	if !ok {
		return nil, fmt.Errorf("printer: no driver called %q; there is %s", c.Driver, strings.Join(Drivers(), ", "))
	}
	if c.Port == "" {
		return nil, fmt.Errorf("printer %s: no port given", c.Driver)
	}
	return open(c)
}

// Encode gives the bytes that print doc on a printer of that profile, from a fresh
// start to the cut.
func Encode(profileName string, doc peripherals.Document) ([]byte, error) {
	p, err := loadProfile(profileName)
	if err != nil {
		return nil, err
	}
	made, err := compose(p, doc, newTypeset(fontFolders))
	if err != nil {
		return nil, fmt.Errorf("printer: %w", err)
	}
	return made.bytes, nil
}

// compose makes what is sent for a document.
func compose(p profile, doc peripherals.Document, types *typeset) (job, error) {
	doc = numbered(doc)
	if doc.Plain {
		return ticket(p, doc, types)
	}
	pg, err := layOut(p, doc, types)
	if err != nil {
		return job{}, err
	}
	return encode(p, pg), nil
}

// numbered puts a document's id at its head and its foot, and marks a copy.
func numbered(doc peripherals.Document) peripherals.Document {
	if doc.ID == "" {
		return doc
	}
	blocks := doc.Blocks
	cut := len(blocks) > 0 && blocks[len(blocks)-1].Kind == peripherals.Cut
	if cut {
		blocks = blocks[:len(blocks)-1]
	}
	id := peripherals.Block{Kind: peripherals.Small, Text: doc.ID}
	var out []peripherals.Block
	if doc.Copy != "" {
		out = append(out, peripherals.Block{Kind: peripherals.Section, Text: doc.Copy})
	}
	out = append(append(append(out, id), blocks...), id)
	if cut {
		out = append(out, peripherals.Block{Kind: peripherals.Cut})
	}
	doc.Blocks = out
	return doc
}
