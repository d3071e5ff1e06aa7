// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"handrail/peripherals/port"
)

// What can be wrong between us and a card. Errors that are none of these are the
// line's.
var (
	errCardGone    = errors.New("the card was taken out")
	errCardMute    = errors.New("the card does not answer")
	errBadCard     = errors.New("the card cannot be read")
	errUnknownCard = errors.New("not a card that is known here")
	errNoAnswer    = errors.New("the reader does not answer")
	errRefused     = errors.New("the reader does not know the command")
)

// CCID message types (CCID 1.1, 6.1 and 6.2). Replies have the top bit set.
const (
	msgPowerOn    = 0x62
	msgPowerOff   = 0x63
	msgSlotStatus = 0x65
	msgEscape     = 0x6B
	msgSetParams  = 0x61
	msgXfrBlock   = 0x6F

	replyData   = 0x80
	replyStatus = 0x81
	replyParams = 0x82
	replyEscape = 0x83
)

// Slot status, the low bits of bStatus (CCID 6.2.6).
const (
	iccActive, iccInactive, iccAbsent = 0, 1, 2
)

// ccidTimes are how long an answer may take. A request for time starts the wait
// anew.
type ccidTimes struct {
	status, transfer time.Duration
	patience         time.Duration // and all such waits together
	quiet            time.Duration // a line on which nothing comes for so long is at rest
}

var normalTimes = ccidTimes{status: time.Second, transfer: 3 * time.Second, patience: 2 * time.Minute, quiet: 30 * time.Millisecond}

const (
	retries   = 2
	lineSlice = 100 * time.Millisecond // at most this late to notice a cancelled context
)

// ccidLink exchanges messages with the reader, one at a time.
type ccidLink struct {
	line  port.Line
	times ccidTimes
	in    framer
	seq   byte
	// waits is by how much the card wants longer than usual for the next block.
	waits byte
	// dubious says that something came behind a reply that was taken for good. The
	// sum of a frame is one byte, so of noise within a frame one in 256 is not
	// found by it; but then the end of the frame is left over.
	dubious bool
	// moved says that the reader has reported the card to be gone, since this
	// was last set to false.
	moved bool
}

// reply is what the reader said to a command.
type reply struct {
	icc  byte
	data []byte // ours
}

// exchange sends a command and waits for its reply. Only a command that may be
// carried out twice is sent again when its reply is lost or spoilt; one that the
// reader has refused as spoilt was not carried out, but who says that the refusal
// was not noise: so that holds for it too.
func (l *ccidLink) exchange(ctx context.Context, kind byte, param [3]byte, data []byte, limit time.Duration, again bool) (reply, error) {
	var err error
	for try := range 1 + retries {
		if try > 0 {
			if !again {
				break
			}
			if restErr := l.rest(ctx); restErr != nil {
				return reply{}, restErr
			}
		}
		var r reply
		if r, err = l.once(ctx, kind, param, data, limit); err == nil {
			return r, nil
		}
		if !errors.Is(err, errNoAnswer) {
			return reply{}, err
		}
	}
	return reply{}, err
}

// once sends a command once. It fails with errNoAnswer if there is no good reply
// in time.
func (l *ccidLink) once(ctx context.Context, kind byte, param [3]byte, data []byte, limit time.Duration) (reply, error) {
	if w, ok := l.line.(interface{ Waiting() int }); ok && w.Waiting() > 0 {
		if err := l.receive(ctx, time.Now().Add(l.times.quiet)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return reply{}, err
		}
		l.dubious = l.leftOver() || l.dubious
	}
	l.seq++
	frame := encodeFrame(kind, l.seq, param, data)
	if err := l.line.SetWriteDeadline(time.Now().Add(limit)); err != nil {
		return reply{}, err
	}
	if _, err := l.line.Write(frame); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return reply{}, fmt.Errorf("%w: it takes no more bytes", errNoAnswer)
		}
		return reply{}, err
	}
	deadline, patience := time.Now().Add(limit), time.Now().Add(l.times.patience)
	for {
		sig, msg := l.in.next()
		switch sig {
		case sigNone:
			if err := l.receive(ctx, deadline); err != nil {
				if errors.Is(err, os.ErrDeadlineExceeded) {
					l.in.reset()
					return reply{}, errNoAnswer
				}
				return reply{}, err
			}
		case sigTime:
			if deadline = time.Now().Add(limit); deadline.After(patience) {
				deadline = patience
			}
		case sigCame:
		case sigGone:
			l.moved = true
			// In the middle of talking to a card this ends the talk, unless it
			// was noise; asking the reader tells.
			if kind != msgSlotStatus {
				return reply{}, l.stillThere(ctx)
			}
		case sigNak, sigBad:
			return reply{}, fmt.Errorf("%w: the line is noisy", errNoAnswer)
		case sigFrame:
			// The echo of our own frames has a command's type, and a reply that
			// comes too late another number.
			if msg[0] < 0x80 || msg[6] != l.seq {
				continue
			}
			r, more, err := readReply(kind, msg)
			if more {
				deadline = time.Now().Add(limit)
				continue
			}
			if err == nil && l.leftOver() {
				clear(r.data)
				return reply{}, fmt.Errorf("%w: the line is noisy", errNoAnswer)
			}
			return r, err
		}
	}
}

// leftOver reports whether there is anything in what has arrived that has no business
// there, and drops it.
func (l *ccidLink) leftOver() bool {
	l.in.noise = 0
	odd := false
	for {
		switch sig, _ := l.in.next(); sig {
		case sigNone:
			odd = odd || l.in.noise > 0 || len(l.in.buf) > 0
			if odd {
				l.in.reset()
			}
			return odd
		case sigGone:
			l.moved = true
		case sigCame:
		default:
			odd = true
		}
	}
}

// settled waits until the line is quiet after a card was read, and reports whether all
// that was read came without anything left over.
func (l *ccidLink) settled(ctx context.Context) bool {
	if err := l.receive(ctx, time.Now().Add(l.times.quiet)); err == nil {
		l.dubious = l.leftOver() || l.dubious
	}
	return !l.dubious
}

// stillThere asks whether the card is where it was after a word that it moved.
func (l *ccidLink) stillThere(ctx context.Context) error {
	status, err := l.slotStatus(ctx)
	switch {
	case err != nil:
		return err
	case status == iccActive:
		return fmt.Errorf("%w: the line is noisy", errNoAnswer)
	}
	return errCardGone
}

// readReply takes a reply apart. more says that the reader only asks for time.
func readReply(kind byte, msg []byte) (r reply, more bool, err error) {
	want := byte(replyData)
	switch kind {
	case msgSlotStatus, msgPowerOff:
		want = replyStatus
	case msgEscape:
		want = replyEscape
	case msgSetParams:
		want = replyParams
	}
	status, code := msg[7], msg[8]
	r.icc = status & 3
	switch status >> 6 {
	case 0:
		if msg[0] != want {
			return r, false, fmt.Errorf("%w: reply %02x to command %02x", errRefused, msg[0], kind)
		}
		r.data = append([]byte(nil), msg[ccidHeader:]...)
		return r, false, nil
	case 2:
		return r, true, nil
	}
	// Failed: bError says why (CCID 6.2.6).
	if kind == msgSlotStatus {
		return r, false, nil // what matters is in r.icc
	}
	switch {
	case r.icc == iccAbsent:
		return r, false, errCardGone
	case code == 0:
		return r, false, errRefused
	}
	return r, false, fmt.Errorf("%w (reader's code %02x)", errCardMute, code)
}

// receive waits until deadline for some bytes and gives them to the framer.
func (l *ccidLink) receive(ctx context.Context, deadline time.Time) error {
	var buf [512]byte
	defer clear(buf[:]) // what cards say does not stay on our stack
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		now := time.Now()
		if !now.Before(deadline) {
			return os.ErrDeadlineExceeded
		}
		next := now.Add(lineSlice)
		if deadline.Before(next) {
			next = deadline
		}
		if err := l.line.SetReadDeadline(next); err != nil {
			return err
		}
		n, err := l.line.Read(buf[:])
		if n > 0 {
			l.in.feed(buf[:n])
			return nil
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
	}
}

// rest waits until the line is quiet, so that what follows is an answer to what
// follows.
func (l *ccidLink) rest(ctx context.Context) error {
	for range 50 { // a line that never falls silent is noise, and is used anyway
		err := l.receive(ctx, time.Now().Add(l.times.quiet))
		if errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		if err != nil {
			return err
		}
		for sig, _ := l.in.next(); sig != sigNone; sig, _ = l.in.next() {
			l.moved = l.moved || sig == sigGone
		}
	}
	l.in.reset()
	return nil
}

// listen waits until the reader says something by itself, at most d.
func (l *ccidLink) listen(ctx context.Context, d time.Duration) error {
	deadline := time.Now().Add(d)
	for {
		for sig, _ := l.in.next(); sig != sigNone; sig, _ = l.in.next() {
			if sig == sigGone || sig == sigCame {
				l.moved = l.moved || sig == sigGone
				return nil
			}
		}
		err := l.receive(ctx, deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			l.in.reset()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// probe finds out whether a reader is there, and how it names itself.
func (l *ccidLink) probe(ctx context.Context) (identity string, err error) {
	if _, err := l.slotStatus(ctx); err != nil {
		return "", err
	}
	// 02 asks for the firmware's name. Readers that do not know it are welcome.
	r, err := l.exchange(ctx, msgEscape, [3]byte{}, []byte{0x02}, l.times.status, true)
	if err != nil && !errors.Is(err, errRefused) && !errors.Is(err, errNoAnswer) && !errors.Is(err, errCardMute) && !errors.Is(err, errCardGone) {
		return "", err
	}
	return string(r.data), nil
}

// slotStatus asks whether there is a card and whether it has power.
func (l *ccidLink) slotStatus(ctx context.Context) (byte, error) {
	r, err := l.exchange(ctx, msgSlotStatus, [3]byte{}, nil, l.times.status, true)
	return r.icc, err
}

// powerOn gives the card power and returns its answer to reset.
func (l *ccidLink) powerOn(ctx context.Context) ([]byte, error) {
	// Off first, so that a card that is in a state of its own starts anew.
	if _, err := l.exchange(ctx, msgPowerOff, [3]byte{}, nil, l.times.status, true); err != nil {
		return nil, err
	}
	r, err := l.exchange(ctx, msgPowerOn, [3]byte{}, nil, l.times.transfer, true)
	return r.data, err
}

// blockTime is about how long a card of T=1 may think about a block (ISO 7816-3,
// 11.4.3, with the usual BWI); it may ask for so many times that.
const blockTime = 1600 * time.Millisecond

// transfer gives the card a block and returns its answer.
func (l *ccidLink) transfer(ctx context.Context, block []byte, again bool) ([]byte, error) {
	limit := min(l.times.transfer+time.Duration(l.waits)*blockTime, l.times.patience)
	r, err := l.exchange(ctx, msgXfrBlock, [3]byte{l.waits}, block, limit, again)
	l.waits = 0
	if errors.Is(err, errRefused) {
		err = fmt.Errorf("%w: %w", errBadCard, err)
	}
	return r.data, err
}

// fasterSpeeds are those that a card may be asked for (TA1, ISO 7816-3, 8.3): faster than at
// the start, and no faster than readers on a serial line can do.
var fasterSpeeds = map[byte]bool{0x12: true, 0x13: true, 0x18: true, 0x92: true, 0x93: true, 0x94: true, 0x95: true}

// agree asks the card for its own faster speed (PPS, ISO 7816-3, 9). It is not asked twice: a
// card that is silent must be given power anew.
func (l *ccidLink) agree(ctx context.Context, a atr) (bool, error) {
	ask := []byte{0xFF, 0x10 | byte(a.protocol), a.speed}
	ask = append(ask, xor(ask))
	answer, err := l.transfer(ctx, ask, false)
	switch {
	case err == nil && string(answer) == string(ask):
		if a.protocol == 0 {
			err = l.setSpeed(ctx, a)
		}
		return true, err
	case err == nil, errors.Is(err, errNoAnswer), errors.Is(err, errCardMute), errors.Is(err, errBadCard):
		return false, nil
	}
	return false, err
}

// setSpeed tells the reader the speed that a card of T=0 has agreed to.
func (l *ccidLink) setSpeed(ctx context.Context, a atr) error {
	_, err := l.exchange(ctx, msgSetParams, [3]byte{0}, []byte{a.speed, 0, 0, 0x0A, 0}, l.times.status, true)
	if errors.Is(err, errRefused) {
		return nil
	}
	return err
}

// setParameters tells the reader to speak T=1 on the card's terms (CCID 6.1.7).
func (l *ccidLink) setParameters(ctx context.Context, a atr) error {
	speed := byte(0x11) // the speed of the start, for we agree on no other
	if a.fixed {
		speed = a.speed
	}
	ifsc := byte(a.ifsc)
	if ifsc == 0 {
		ifsc = firstIFS
	}
	sum := byte(0x10)
	if a.crc {
		sum |= 1
	}
	data := []byte{speed, sum, 0, a.waiting, 0, ifsc, 0}
	_, err := l.exchange(ctx, msgSetParams, [3]byte{1}, data, l.times.status, true)
	if errors.Is(err, errRefused) {
		return nil // a reader that finds out by itself
	}
	return err
}
