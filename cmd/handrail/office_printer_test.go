// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"handrail/peripherals/emulator"
)

// officePrinter starts a print server of CUPS for one script, and has the terminal's configuration name it, with a price for a page.
func (p *play) officePrinter(args []string) error {
	o, err := emulator.StartOffice("")
	if err != nil {
		return err
	}
	p.office = o
	p.config = fmt.Sprintf("  a4: {driver: ipp, port: %q}\nprinting: {price_per_page: %q}\n", o.Address(), args[0])
	return nil
}

// officePaper waits until another paper lies in the printer's tray; what of it is kept after that is nothing. With a name, what
// was typed by that name stands on it.
func (p *play) officePaper(args []string) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		paper, err := p.office.Take()
		switch {
		case paper != nil && err == nil && len(args) > 0 && !bytes.Contains(bytes.ToLower(paper), []byte(letters(canary(p.j.seed, args[0])))):
			return fmt.Errorf("%s is not on the paper", args[0])
		case paper != nil:
			if err != nil {
				return err
			}
			return emptySpool(p.office)
		case time.Now().After(deadline):
			return fmt.Errorf("no paper lies in the tray: %v", err)
		}
	}
}

// letters are what a document of the site has of a value: what stands before anything but letters.
func letters(value string) string {
	value = strings.ToLower(value)
	if at := strings.IndexFunc(value, func(r rune) bool { return r < 'a' || r > 'z' }); at > 0 {
		value = value[:at]
	}
	return value
}
