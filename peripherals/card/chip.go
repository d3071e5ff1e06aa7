// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

// Chip is a chip card in a reader, with power and ready for commands. It is what a
// library that speaks APDUs needs, such as one for passports; readers in service use
// Open.
type Chip struct {
	line port.Line
	t    transceiver
}

// Connect opens the reader that c describes, which must be a ccid-serial, and gives
// the card in it power.
func Connect(ctx context.Context, c peripherals.Config) (*Chip, error) {
	r := newCCIDReader(c)
	line, err := r.open(r.options)
	if err != nil {
		return nil, err
	}
	l := &ccidLink{line: line, times: r.times}
	identity, err := l.probe(ctx)
	if err == nil {
		err = (&served{rep: &reporter{emit: func(peripherals.CardEvent) {}}, want: c.Identity}).met(identity)
	}
	var t transceiver
	if err == nil {
		t, err = l.start(ctx)
	}
	if err != nil {
		line.Close()
		return nil, fmt.Errorf("card reader %s: %w", c.Port, err)
	}
	return &Chip{line: line, t: t}, nil
}

// Transmit sends a short command APDU (ISO 7816-4, 5.1) and gives the answer with its
// two status bytes. What T=0 leaves to the terminal, 61xx and 6Cxx, is done. Only
// SELECT and READ are sent again when the line has spoilt them.
func (c *Chip) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if len(apdu) < 4 || len(apdu) > 261 {
		return nil, fmt.Errorf("command of %d bytes", len(apdu))
	}
	block := apdu
	if _, plain := c.t.(*ccidLink); plain { // T=0
		switch n := len(apdu); {
		case n == 4:
			block = append(append([]byte{}, apdu...), 0)
		case n > 5 && n == 6+int(apdu[4]):
			block = apdu[:n-1] // the wanted length is asked for afterwards
		case n > 5 && n != 5+int(apdu[4]):
			return nil, errors.New("command whose length does not fit its data")
		}
	}
	body, sw, err := command(ctx, c.t, block)
	if err != nil {
		return nil, err
	}
	return append(body, byte(sw>>8), byte(sw)), nil
}

// Close lets go of the reader. The card loses its power when the reader is next
// used.
func (c *Chip) Close() error { return c.line.Close() }
