// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

func init() {
	register("acr122s", func(c peripherals.Config) (*supervised, error) {
		r := newPN532(c)
		r.options = port.Options{Path: c.Port, Baud: 9600}
		r.dial = func(line port.Line) (pn532Chip, func(context.Context) (string, error)) {
			a := &acr122s{line: line}
			return a, a.wake
		}
		return r.supervised, nil
	})
}

// acr122s is a PN532 behind a reader of its own: STX, a CCID message, the xor of it,
// ETX (ACR122S communication protocol, 3 and 4). The reader first says whether it
// got that: 02 00 00 03.
type acr122s struct {
	line port.Line
	in   []byte
	seq  byte
}

const (
	acrSTX, acrETX = 0x02, 0x03
	acrTime        = 2 * time.Second
)

// encodeACR makes the frame of a message.
func encodeACR(kind, seq byte, data []byte) []byte {
	b := make([]byte, 1+ccidHeader, 1+ccidHeader+len(data)+2)
	b[0], b[1] = acrSTX, kind
	binary.LittleEndian.PutUint32(b[2:6], uint32(len(data)))
	b[7] = seq
	b = append(b, data...)
	return append(b, xor(b[1:]), acrETX)
}

// cutACR takes the first message off in, and skips what is none. ack is what the
// reader says to our own: 0 for got, anything else for what was wrong; -1 for no
// such word.
func cutACR(in []byte) (rest, msg []byte, ack int) {
	for len(in) > 0 {
		if in[0] != acrSTX {
			in = in[1:]
			continue
		}
		if len(in) < 4 {
			return in, nil, -1
		}
		if in[3] == acrETX && in[1] == in[2] {
			return in[4:], nil, int(in[1])
		}
		if len(in) < 1+ccidHeader {
			return in, nil, -1
		}
		n := binary.LittleEndian.Uint32(in[2:6])
		if n > longestData || in[1]&0x80 == 0 {
			in = in[1:]
			continue
		}
		end := 1 + ccidHeader + int(n) + 2
		if len(in) < end {
			return in, nil, -1
		}
		if xor(in[1:end-1]) != 0 || in[end-1] != acrETX {
			in = in[1:]
			continue
		}
		return in[end:], in[1 : end-2], -1
	}
	return nil, nil, -1
}

// wake gives the chip power and asks who is there.
func (a *acr122s) wake(ctx context.Context) (string, error) {
	if _, err := a.exchange(ctx, msgPowerOn, nil); err != nil {
		return "", err
	}
	name, err := a.exchange(ctx, msgXfrBlock, []byte{0xFF, 0x00, 0x48, 0x00, 0x00})
	if err != nil {
		return "", err
	}
	if chip, err := firmware(ctx, a); err != nil {
		return "", err
	} else if len(name) == 0 {
		return chip, nil
	}
	return string(name), nil
}

// command passes a command through to the chip.
func (a *acr122s) command(ctx context.Context, code byte, params []byte) ([]byte, error) {
	inner := append([]byte{toChip, code}, params...)
	b, err := a.exchange(ctx, msgXfrBlock, append([]byte{0xFF, 0, 0, 0, byte(len(inner))}, inner...))
	if err != nil {
		return nil, err
	}
	if n := len(b); n < 4 || b[n-2] != 0x90 || b[0] != fromChip || b[1] != code+1 {
		return nil, fmt.Errorf("%w: an answer to something else", errBadCard)
	}
	return b[2 : len(b)-2], nil
}

// exchange sends a message, and again if it or its answer is lost or spoilt: none of
// ours does harm when carried out twice.
func (a *acr122s) exchange(ctx context.Context, kind byte, data []byte) ([]byte, error) {
	var err error
	for range 1 + retries {
		var got []byte
		if got, err = a.once(ctx, kind, data); err == nil || !errors.Is(err, errNoAnswer) {
			return got, err
		}
		a.in = nil
	}
	return nil, err
}

func (a *acr122s) once(ctx context.Context, kind byte, data []byte) ([]byte, error) {
	a.seq++
	deadline := time.Now().Add(acrTime)
	if err := a.line.SetWriteDeadline(deadline); err != nil {
		return nil, err
	}
	if _, err := a.line.Write(encodeACR(kind, a.seq, data)); err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, fmt.Errorf("%w: it takes no more bytes", errNoAnswer)
		}
		return nil, err
	}
	for {
		rest, msg, ack := cutACR(a.in)
		a.in = rest
		switch {
		case ack > 0:
			return nil, fmt.Errorf("%w: it did not get the message (%02x)", errNoAnswer, ack)
		case ack == 0:
		case msg == nil:
			b, err := readSome(ctx, a.line, deadline)
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return nil, errNoAnswer
			}
			if err != nil {
				return nil, err
			}
			a.in = append(a.in, b...)
		case msg[6] == a.seq && msg[0] == replyData:
			if msg[7]>>6 != 0 {
				return nil, fmt.Errorf("%w: the reader says %02x", errNoAnswer, msg[8])
			}
			return append([]byte(nil), msg[ccidHeader:]...), nil
		}
	}
}
