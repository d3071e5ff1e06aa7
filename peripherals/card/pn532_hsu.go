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

// Frames of the PN532 (user manual, 6.2.1): 00 00 FF, length and its complement,
// direction, data, and what makes the sum of direction and data zero, 00. Length FF
// FF stands before a length of two bytes. 00 FF is "got it", FF 00 "not got it".
const (
	toChip   = 0xD4
	fromChip = 0xD5

	longestPN = 264
)

type pnSignal int

const (
	pnNone  pnSignal = iota
	pnFrame          // a frame with good sums
	pnAck
	pnNack
	pnError // the chip does not know the command
	pnBad   // a frame with a bad sum
)

// pnFramer finds frames in a stream that may hold noise; what has a bad sum is never
// let through, and the search goes on behind its first byte.
type pnFramer struct{ buf []byte }

func (f *pnFramer) next() (pnSignal, []byte) {
	for len(f.buf) > 0 {
		b := f.buf
		switch {
		case b[0] != 0x00, len(b) > 1 && b[1] != 0xFF:
			f.buf = b[1:]
			continue
		case len(b) < 4:
			return pnNone, nil
		}
		// b starts with 00 FF, the end of the start code.
		if b[2] == 0x00 && b[3] == 0xFF {
			f.buf = b[4:]
			return pnAck, nil
		}
		if b[2] == 0xFF && b[3] == 0x00 {
			f.buf = b[4:]
			return pnNack, nil
		}
		n, at := int(b[2]), 4
		sum := b[2] + b[3]
		if b[2] == 0xFF && b[3] == 0xFF {
			if len(b) < 7 {
				return pnNone, nil
			}
			n, at = int(b[4])<<8|int(b[5]), 7
			sum = b[4] + b[5] + b[6]
		}
		if sum != 0 || n == 0 || n > longestPN {
			f.buf = b[1:]
			return pnBad, nil
		}
		if len(b) < at+n+1 {
			return pnNone, nil
		}
		var dcs byte
		for _, c := range b[at : at+n+1] {
			dcs += c
		}
		if dcs != 0 {
			f.buf = b[1:]
			return pnBad, nil
		}
		f.buf = b[at+n+1:]
		if n == 1 && b[at] == 0x7F {
			return pnError, nil
		}
		return pnFrame, b[at : at+n]
	}
	return pnNone, nil
}

func encodePN(data []byte) []byte {
	n := byte(len(data) + 1)
	b := append([]byte{0x00, 0x00, 0xFF, n, -n, toChip}, data...)
	var sum byte
	for _, c := range b[5:] {
		sum += c
	}
	return append(b, -sum, 0x00)
}

// hsu is a PN532 on a serial line.
type hsu struct {
	line port.Line
	in   pnFramer
}

// How long the chip may take. Looking for a card takes it about 30 ms a try.
const (
	pnAckTime   = 250 * time.Millisecond
	pnReplyTime = time.Second
)

// wake gets the chip out of its sleep and asks who it is.
func (h *hsu) wake(ctx context.Context) (string, error) {
	// The chip loses the first bytes while it wakes, so they mean nothing
	// (user manual, 7.2.11).
	if err := h.send(append([]byte{0x55, 0x55}, make([]byte, 14)...)); err != nil {
		return "", err
	}
	if _, err := h.command(ctx, pnSAM, []byte{0x01, 0x00, 0x01}); err != nil {
		return "", err
	}
	return firmware(ctx, h)
}

func (h *hsu) send(b []byte) error {
	if err := h.line.SetWriteDeadline(time.Now().Add(pnReplyTime)); err != nil {
		return err
	}
	if _, err := h.line.Write(b); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return fmt.Errorf("%w: it takes no more bytes", errNoAnswer)
		}
		return err
	}
	return nil
}

// command carries out a command. All that are sent here may be carried out twice, so
// what is lost or spoilt is sent again.
func (h *hsu) command(ctx context.Context, code byte, params []byte) ([]byte, error) {
	var err error
	for range 1 + retries {
		var data []byte
		if data, err = h.once(ctx, code, params); err == nil || !errors.Is(err, errNoAnswer) {
			return data, err
		}
		h.in.buf = nil
	}
	return nil, err
}

func (h *hsu) once(ctx context.Context, code byte, params []byte) ([]byte, error) {
	if err := h.send(encodePN(append([]byte{code}, params...))); err != nil {
		return nil, err
	}
	deadline, got := time.Now().Add(pnAckTime), false
	for {
		switch sig, data := h.in.next(); sig {
		case pnNone:
			b, err := readSome(ctx, h.line, deadline)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil, errNoAnswer
			}
			if err != nil {
				return nil, err
			}
			h.in.buf = append(h.in.buf, b...)
		case pnAck:
			deadline, got = time.Now().Add(pnReplyTime), true
		case pnNack:
			return nil, fmt.Errorf("%w: it did not get the command", errNoAnswer)
		case pnError:
			return nil, fmt.Errorf("%w: command %02x", errRefused, code)
		case pnFrame:
			// An acknowledgement that was lost is no harm: the answer says it too.
			if len(data) >= 2 && data[0] == fromChip && data[1] == code+1 {
				return append([]byte(nil), data[2:]...), nil
			}
		case pnBad:
			if got {
				// The rest of it may still be whole behind the noise; if not,
				// the deadline says so.
				continue
			}
		}
	}
}

// readSome waits until deadline for some bytes.
func readSome(ctx context.Context, line port.Line, deadline time.Time) ([]byte, error) {
	buf := make([]byte, 300)
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		now := time.Now()
		if !now.Before(deadline) {
			return nil, os.ErrDeadlineExceeded
		}
		next := now.Add(lineSlice)
		if deadline.Before(next) {
			next = deadline
		}
		if err := line.SetReadDeadline(next); err != nil {
			return nil, err
		}
		n, err := line.Read(buf)
		if n > 0 {
			return buf[:n], nil
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
}
