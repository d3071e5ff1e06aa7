// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

// ask opens the line if need be and asks the printer how it is. With an error, the
// state says why it could not be asked.
func (e *escpos) ask(ctx context.Context) (peripherals.State, error) {
	if _, err := e.connect(); err != nil {
		return e.remember(absentOr(err)), err
	}
	if !e.profile.Status {
		return e.remember(peripherals.PrinterUnknown), nil
	}
	state, err := e.sensors(ctx)
	if errors.Is(err, port.ErrGone) {
		// Perhaps the line is of a printer that was plugged out and in again.
		if _, err = e.connect(); err != nil {
			return e.remember(absentOr(err)), err
		}
		state, err = e.sensors(ctx)
	}
	return e.remember(state), err
}

// otherOr is the state of a printer that could not be met.
func otherOr(err error) peripherals.State {
	if errors.Is(err, errOther) {
		return peripherals.PrinterOther
	}
	return silent(err)
}

// absentOr is the state of a printer whose line cannot be opened.
func absentOr(err error) peripherals.State {
	switch {
	case errors.Is(err, port.ErrTaken):
		return peripherals.PrinterTaken
	case errors.Is(err, port.ErrGone):
		return peripherals.PrinterAbsent
	}
	return peripherals.PrinterUnknown
}

// connect gives the open line.
func (e *escpos) connect() (port.Line, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return nil, errClosed
	}
	if e.line != nil {
		return e.line, nil
	}
	line, err := e.open(port.Options{
		Path: e.config.Port,
		Baud: e.profile.Baud,
		// Ten bits on the line make a byte.
		Pace: port.Pace{BytesPerSecond: e.profile.Baud / 10, Buffer: e.profile.Buffer / 2},
	})
	if err != nil {
		return nil, err
	}
	e.line, e.in, e.ended, e.caughtUp = line, nil, nil, false
	e.said, e.beats, e.blinked, e.met = replies{}, 0, false, false
	e.auto = peripherals.PrinterReady
	return line, nil
}

// catchUp makes sure that no answer to an earlier question is still to come: a process
// that was killed, or a document that was broken off, may have left one in the
// printer's buffer, and it would be taken for the answer to this document's. Where a
// document may be torn, its end is sent first.
func (e *escpos) catchUp(ctx context.Context, torn bool) error {
	ask := []byte{gs, 'I', 1}
	for {
		e.named = false
		if torn {
			if err := e.write(ctx, tornEnd(e.profile)); err != nil {
				return err
			}
		}
		if !e.profile.Status || !e.profile.ModelID {
			return nil
		}
		if err := e.write(ctx, ask); err != nil {
			return err
		}
		limit := e.waits.done
		if !torn {
			limit = min(limit, 3*time.Second)
		}
		_, err := e.await(ctx, modelReply, limit)
		if err == nil {
			e.caughtUp = true
			return nil
		}
		if torn || !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		torn = true // perhaps the question was taken for part of a picture
	}
}

// hangUp lets go of a line that is of no more use.
func (e *escpos) hangUp() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.line != nil {
		e.line.Close()
		e.line = nil
	}
	e.in = nil
}

// sensors asks with DLE EOT, which is answered at once. A printer that does not
// answer is in a state of its own: unknown is neither ready nor out of paper.
func (e *escpos) sensors(ctx context.Context) (peripherals.State, error) {
	if err := e.settle(ctx); err != nil {
		return silent(err), err
	}
	e.drain()
	paper, err := e.realTime(ctx, 4)
	if err != nil {
		return silent(err), err
	}
	offline, err := e.realTime(ctx, 2)
	if err != nil {
		return silent(err), err
	}
	fault, err := e.realTime(ctx, 3)
	if err != nil {
		return silent(err), err
	}
	held := byte(0)
	if e.profile.Mouth != 0 {
		if held, err = e.realTime(ctx, e.profile.Mouth); err != nil {
			return silent(err), err
		}
	}
	switch {
	case offline&0x04 != 0:
		return peripherals.PrinterCoverOpen, nil
	case paper&0x60 != 0:
		return peripherals.PrinterPaperOut, nil
	case fault&0x6C != 0 || offline&0x40 != 0:
		return peripherals.PrinterFault, nil
	case held&0x04 != 0:
		return peripherals.PrinterHeld, nil
	case paper&0x0C != 0:
		return peripherals.PrinterPaperLow, nil
	}
	return peripherals.PrinterReady, nil
}

// silent is the state of a printer that gave no answer.
func silent(err error) peripherals.State {
	if errors.Is(err, port.ErrGone) {
		return peripherals.PrinterAbsent
	}
	return peripherals.PrinterUnknown
}

// realTime asks DLE EOT n, a second time if there is no answer to the first.
func (e *escpos) realTime(ctx context.Context, n byte) (byte, error) {
	var err error
	for range 2 {
		// In one piece: some printers take a DLE that stands alone for too long
		// as something else.
		if err = e.write(ctx, []byte{dle, 0x04, n}); err != nil {
			return 0, err
		}
		var b byte
		if b, err = e.await(ctx, statusReply, e.waits.answer); err == nil {
			return b, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, err
		}
	}
	return 0, fmt.Errorf("it does not say how it is: %w", err)
}

// sort looks at what was received, all of which passes through here. It stops after the
// answer to a question and gives it. What may come at any time is kept.
func (e *escpos) sort() (status byte, ok bool) {
	for len(e.in) > 0 {
		b := e.in[0]
		e.in = e.in[1:]
		switch e.said.take(b) {
		case autoStatus:
			e.auto = e.remember(autoState(e.said.auto))
		case statusReply:
			if e.beats > 0 { // they are answered in order
				e.beats--
				continue
			}
			return b, true
		case paperReply:
			e.ended = &b
		case modelReply:
			// Whatever was asked before has been answered.
			e.ended, e.named = nil, true
		case nameReply:
			name := string(e.said.name)
			e.calls = &name
		}
	}
	return 0, false
}

// await waits for a reply of the wanted kind.
func (e *escpos) await(ctx context.Context, want replyKind, limit time.Duration) (byte, error) {
	deadline := time.Now().Add(limit)
	for {
		for {
			b, ok := e.sort()
			if want == modelReply && e.named {
				e.named = false
				return 0, nil
			}
			if want == paperReply && e.ended != nil {
				b = *e.ended
				e.ended = nil
				return b, nil
			}
			if want == paperReply && stopped(e.auto) {
				return 0, os.ErrDeadlineExceeded // it comes to no end by itself
			}
			if want == nameReply && e.calls != nil {
				return 0, nil
			}
			if ok && want == statusReply {
				return b, nil
			}
			if !ok {
				break
			}
		}
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		now := time.Now()
		if now.After(deadline) {
			e.said.rest()
			return 0, os.ErrDeadlineExceeded
		}
		next := now.Add(slice)
		if next.After(deadline) {
			next = deadline
		}
		if err := e.read(next); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return 0, err
		}
	}
}

// read adds to in what has come by the deadline. A dead line is let go of.
func (e *escpos) read(deadline time.Time) error {
	line, err := e.connect()
	if err != nil {
		return err
	}
	line.SetReadDeadline(deadline)
	buf := make([]byte, 256)
	n, err := line.Read(buf)
	e.in = append(e.in, buf[:n]...)
	if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		e.hangUp()
	}
	return err
}

// drain takes in what the printer said before it was asked.
func (e *escpos) drain() {
	for range 1 << 8 { // a line that never falls silent has its say some time
		err := e.read(time.Now().Add(time.Millisecond))
		for {
			if _, ok := e.sort(); !ok {
				break
			}
		}
		if err != nil {
			break
		}
	}
	e.said.rest()
}

// write sends a short command, or what ends a torn document.
func (e *escpos) write(ctx context.Context, b []byte) error {
	line, err := e.connect()
	if err != nil {
		return err
	}
	onLine := time.Duration(len(b)) * 10 * time.Second / time.Duration(e.profile.Baud)
	line.SetWriteDeadline(time.Now().Add(e.waits.answer + 2*onLine))
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if _, err := line.Write(b); err != nil {
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			e.hangUp()
		}
		return err
	}
	return nil
}
