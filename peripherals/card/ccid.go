// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

func init() {
	register("ccid-serial", func(c peripherals.Config) (*supervised, error) {
		return newCCIDReader(c).supervised, nil
	})
}

// slotPoll is how often a reader that says nothing by itself is asked.
const slotPoll = time.Second

// ccidReader is a smart-card reader that speaks CCID in the GemPC Twin's serial
// frames.
type ccidReader struct {
	*supervised
	poll  time.Duration
	times ccidTimes
}

func newCCIDReader(c peripherals.Config) *ccidReader {
	r := &ccidReader{poll: slotPoll, times: normalTimes}
	r.supervised = newSupervised(c, port.Options{Baud: 115200, TwoStopBits: true, LowerRTS: true}, r.cards)
	return r
}

// cards finds out who is there, and reads cards until the line or ctx ends.
func (r *ccidReader) cards(ctx context.Context, d *served) error {
	l := &ccidLink{line: d.line, times: r.times}
	identity, err := l.probe(ctx)
	if err != nil {
		return err
	}
	if err := d.met(identity); err != nil {
		return err
	}
	s := &slot{link: l, rep: d.rep}
	for {
		if err := s.look(ctx); err != nil {
			return err
		}
		if err := l.listen(ctx, r.poll); err != nil {
			return err
		}
	}
}

// slot is what we know of the reader's one slot.
type slot struct {
	link *ccidLink
	rep  *reporter
	// powered says that the card in the slot has been given power by us; if it
	// has none any more, it is another card, or was out and in again.
	powered bool
}

// look finds out whether there is a card and does what is to be done about it.
func (s *slot) look(ctx context.Context) error {
	status, err := s.link.slotStatus(ctx)
	if err != nil {
		return err
	}
	moved := s.link.moved // the reader said so since we looked last
	s.link.moved = false
	if s.rep.leftBehind(status != iccAbsent) {
		return nil
	}
	switch {
	case status == iccAbsent:
		s.powered = false
		s.rep.removed()
		return nil
	case s.rep.present && status == iccActive:
		return nil // the same card; a word about its removal was noise
	case s.rep.present && !moved && !s.powered:
		return nil // a card that does not answer, still there
	}
	s.rep.removed()
	return s.read(ctx)
}

// read reads the card that has just been put in. Its error is the line's; what is
// wrong with a card is reported and not an error.
func (s *slot) read(ctx context.Context) error {
	s.rep.inserted()
	fields, err := s.tryTwice(ctx)
	s.powered = true
	switch {
	case err == nil:
		s.rep.read(fields)
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errCardGone):
		s.powered = false
		s.rep.failed(peripherals.CardPulled)
		s.rep.removed()
		return nil
	case errors.Is(err, errUnknownCard):
		s.rep.failed(peripherals.CardUnknown)
		return nil
	case errors.Is(err, errCardMute):
		s.powered = false
		s.rep.failed(peripherals.CardUnreadable)
		return nil
	case errors.Is(err, errBadCard):
		s.rep.failed(peripherals.CardUnreadable)
		return nil
	}
	return err
}

// tryTwice reads the card, and once more from its power-on if that did not work.
func (s *slot) tryTwice(ctx context.Context) ([]peripherals.Field, error) {
	var err error
	for range 2 {
		var fields []peripherals.Field
		if fields, err = s.link.readCard(ctx); err == nil {
			return fields, nil
		}
		if ctx.Err() != nil || errors.Is(err, errCardGone) || errors.Is(err, errUnknownCard) || errors.Is(err, port.ErrGone) {
			return nil, err
		}
	}
	return nil, err
}
