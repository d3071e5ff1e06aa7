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
	register("ccid-serial", func(c peripherals.Config) (peripherals.CardReader, error) {
		return newCCIDReader(c), nil
	})
}

// How the reader is looked after.
const (
	firstPause   = 250 * time.Millisecond // before a port is tried again
	longestPause = 5 * time.Second
	slotPoll     = time.Second // a reader that says nothing by itself is asked this often
)

// ccidReader is a smart-card reader that speaks CCID in the GemPC Twin's serial
// frames.
type ccidReader struct {
	config peripherals.Config
	open   func(port.Options) (port.Line, error)
	wait   func(ctx context.Context, path string) error
	poll   time.Duration
	times  ccidTimes
}

func newCCIDReader(c peripherals.Config) *ccidReader {
	return &ccidReader{
		config: c,
		open:   func(o port.Options) (port.Line, error) { return port.Open(o) },
		wait:   port.Wait,
		poll:   slotPoll,
		times:  normalTimes,
	}
}

// Run serves the reader whenever it is there.
func (r *ccidReader) Run(ctx context.Context, emit func(peripherals.CardEvent)) error {
	rep := &reporter{emit: emit}
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := r.serve(ctx, rep)
		if ctx.Err() != nil {
			break
		}
		rep.lost(stateOf(err))
		if time.Since(began) > longestPause {
			pause = firstPause // it had worked for a while
		}
		if errors.Is(err, port.ErrGone) {
			if r.wait(ctx, r.config.Port) != nil {
				break
			}
			// What is there again is another generation: no penalty for it,
			// except when the path is there and the device is not.
		}
		if errors.Is(err, port.ErrTaken) {
			pause = firstPause // whoever has it, such as a session that ends, lets go soon
		}
		if !sleep(ctx, pause) {
			break
		}
		pause = min(2*pause, longestPause)
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stateOf says what an error of the line means for the reader.
func stateOf(err error) peripherals.State {
	switch {
	case errors.Is(err, port.ErrTaken):
		return peripherals.ReaderTaken
	case errors.Is(err, port.ErrGone):
		return peripherals.ReaderAbsent
	}
	return peripherals.ReaderSilent
}

// serve opens the port, finds out who is there, and reads cards until the line or
// ctx ends.
func (r *ccidReader) serve(ctx context.Context, rep *reporter) error {
	line, err := r.open(port.Options{Path: r.config.Port, Baud: 115200, TwoStopBits: true, LowerRTS: true})
	if err != nil {
		return err
	}
	defer line.Close()
	l := &ccidLink{line: line, times: r.times}
	if err := l.probe(ctx); err != nil {
		return err
	}
	rep.reader(peripherals.ReaderReady)
	s := &slot{link: l, rep: rep}
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

// reporter emits events in an order that makes sense, each once.
type reporter struct {
	emit    func(peripherals.CardEvent)
	state   peripherals.State
	present bool
	settled bool // the card in the slot was read or failed
}

func (r *reporter) reader(s peripherals.State) {
	if r.state != s {
		r.state = s
		r.emit(peripherals.CardEvent{Kind: peripherals.ReaderState, State: s})
	}
}

func (r *reporter) inserted() {
	r.present, r.settled = true, false
	r.emit(peripherals.CardEvent{Kind: peripherals.CardInserted, State: peripherals.ReaderReading})
}

func (r *reporter) read(fields []peripherals.Field) {
	r.settled = true
	r.emit(peripherals.CardEvent{Kind: peripherals.CardRead, Fields: fields, State: peripherals.CardOK})
}

func (r *reporter) failed(s peripherals.State) {
	r.settled = true
	r.emit(peripherals.CardEvent{Kind: peripherals.CardFailed, State: s})
}

func (r *reporter) removed() {
	if r.present {
		r.present = false
		r.emit(peripherals.CardEvent{Kind: peripherals.CardRemoved, State: peripherals.CardGone})
	}
}

// lost reports that the reader is not there: for us that takes the card away too.
func (r *reporter) lost(s peripherals.State) {
	if r.present && !r.settled {
		r.failed(peripherals.CardUnreadable)
	}
	r.reader(s) // first, so that nobody takes it for a card that was pulled
	r.removed()
}
