// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"

	"handrail/peripherals"
)

// contents are the chip cards that are known, in the order in which they are tried.
// Each reads a card whole or not at all, and says errUnknownCard of one that is
// another: that costs one SELECT. A new one is one file and one line here.
var contents = []struct {
	name string
	read func(context.Context, transceiver) ([]peripherals.Field, error)
}{
	{"belgian eID", readBelgian},
	{"estonian ID, from 2018", readEstonian2018},
	{"estonian ID, to 2018", readEstonian2002},
}

// readCard gives the card power, agrees on a protocol and reads it. It returns all
// of it or nothing.
func (l *ccidLink) readCard(ctx context.Context) ([]peripherals.Field, error) {
	t, err := l.start(ctx)
	if err != nil {
		return nil, err
	}
	defer l.in.feed(nil) // wipes what has been read of the card
	l.dubious = false
	fields, err := readContents(ctx, t)
	if err == nil && !l.settled(ctx) {
		peripherals.WipeFields(fields)
		return nil, fmt.Errorf("%w: the line is noisy", errBadCard)
	}
	return fields, err
}

// start gives the card power and agrees on the protocol that it offers first.
func (l *ccidLink) start(ctx context.Context) (transceiver, error) {
	a, err := l.reset(ctx)
	if err != nil {
		return nil, err
	}
	if !a.fixed && fasterSpeeds[a.speed] {
		if agreed, err := l.agree(ctx, a); err != nil {
			return nil, err
		} else if agreed {
			a.fixed = true
		} else if a, err = l.reset(ctx); err != nil { // at the speed of the start, then
			return nil, err
		}
	}
	switch a.protocol {
	case 0:
		return l, nil
	case 1:
		if err := l.setParameters(ctx, a); err != nil {
			return nil, err
		}
		t, err := startT1(ctx, l, a)
		if err != nil {
			return nil, err
		}
		t.extend = func(times byte) { l.waits = times }
		return t, nil
	}
	return nil, fmt.Errorf("%w: it speaks T=%d", errUnknownCard, a.protocol)
}

// reset gives the card power and reads what it says to that.
func (l *ccidLink) reset(ctx context.Context) (atr, error) {
	answer, err := l.powerOn(ctx)
	if err != nil {
		return atr{}, err
	}
	a, err := parseATR(answer)
	if err != nil {
		return atr{}, fmt.Errorf("%w: %w", errCardMute, err)
	}
	return a, nil
}

// readContents finds out which card it is and reads it.
func readContents(ctx context.Context, t transceiver) ([]peripherals.Field, error) {
	for _, c := range contents {
		fields, err := c.read(ctx, t)
		switch {
		case err == nil:
			return fields, nil
		case errors.Is(err, errUnknownCard):
			continue
		case errors.Is(err, errBlock):
			return nil, fmt.Errorf("%w: %w", errBadCard, err)
		}
		return nil, err
	}
	return nil, fmt.Errorf("%w: it is none of those that are known", errUnknownCard)
}
