// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"
)

// transceiver sends a command to a card, as T=0 has it: header and data, or header
// and wanted length, which by T=1 is the same. Or a block of T=1. again says that the
// command may be carried out twice without harm.
type transceiver interface {
	transfer(ctx context.Context, block []byte, again bool) ([]byte, error)
}

// atr is an answer to reset (ISO 7816-3, 8.2), as far as we need it.
type atr struct {
	protocol   int // the protocol that is spoken unless another is negotiated
	historical []byte
	speed      byte // TA1; 0x11 if absent
	fixed      bool // TA2 is there: speed holds from the start
	ifsc       int  // of T=1: what the card takes in a block; 0 if it does not say
	waiting    byte // of T=1: TB, how long characters and blocks may take
	crc        bool // of T=1: blocks end in a CRC
}

// parseATR reads an answer to reset and checks its checksum.
func parseATR(b []byte) (atr, error) {
	bad := func(what string) (atr, error) { return atr{}, fmt.Errorf("answer to reset: %s", what) }
	if len(b) < 2 || len(b) > 33 {
		return bad("wrong length")
	}
	if b[0] != 0x3B && b[0] != 0x3F {
		return bad("neither direct nor inverse convention")
	}
	a := atr{speed: 0x11, waiting: 0x4D}
	historical := int(b[1] & 0x0F)
	y, at, first, check := b[1]>>4, 2, true, false
	told := false // about T=1
	for group, of := 1, -1; ; group++ {
		for bit := range 3 { // TA, TB, TC
			if y>>bit&1 == 0 {
				continue
			}
			if at >= len(b) {
				return bad("cut short")
			}
			switch {
			case bit == 0 && group == 1:
				a.speed = b[at]
			case bit == 0 && group == 2:
				a.fixed = true
			case group > 2 && of == 1 && !told:
				switch bit { // ISO 7816-3, 11.4
				case 0:
					a.ifsc = int(b[at])
				case 1:
					a.waiting = b[at]
				case 2:
					a.crc = b[at]&1 != 0
				}
			}
			at++
		}
		told = told || group > 2 && of == 1
		if y&8 == 0 {
			break
		}
		if at >= len(b) {
			return bad("cut short")
		}
		td := b[at]
		at++
		if first {
			a.protocol = int(td & 0x0F)
			first = false
		}
		// Anything but T=0 alone has a checksum.
		check = check || td&0x0F != 0
		y, of = td>>4, int(td&0x0F)
	}
	end := at + historical
	if check {
		end++
	}
	if len(b) < end {
		return bad("cut short")
	}
	if check && xor(b[1:end]) != 0 {
		return bad("wrong checksum")
	}
	a.historical = b[at : at+historical]
	return a, nil
}

// statusWord is what a card says about a command (ISO 7816-4, 5.6).
type statusWord uint16

const (
	swOK       statusWord = 0x9000
	swEnd      statusWord = 0x6282 // end of file before all was read
	swNoFile   statusWord = 0x6A82
	swOffset   statusWord = 0x6B00
	swNoEF     statusWord = 0x6986
	swNoFunc   statusWord = 0x6A81
	swSecurity statusWord = 0x6982
	swNoINS    statusWord = 0x6D00
	swNoCLA    statusWord = 0x6E00
)

// unknown reports whether a card that answers so is simply another kind of card.
func (sw statusWord) unknown() bool {
	switch sw {
	case swNoFile, swNoEF, swNoFunc, swSecurity, swNoINS, swNoCLA:
		return true
	}
	return false
}

func (sw statusWord) err(what string) error {
	if sw.unknown() {
		return fmt.Errorf("%w: %s: %04x", errUnknownCard, what, uint16(sw))
	}
	return fmt.Errorf("%w: %s: %04x", errBadCard, what, uint16(sw))
}

// command sends one command: header and data, or header and wanted length.
// It does what T=0 leaves to us: 61xx means that so much is waiting, 6Cxx
// that so much should have been asked for.
func command(ctx context.Context, t transceiver, block []byte) ([]byte, statusWord, error) {
	body, sw, err := send(ctx, t, block, idempotent(block))
	for range 8 {
		if err != nil {
			return nil, 0, err
		}
		switch sw >> 8 {
		case 0x6C:
			block = append(append([]byte{}, block[:4]...), byte(sw))
			body, sw, err = send(ctx, t, block, idempotent(block))
		case 0x61:
			var more []byte
			// What a card has handed out it may not hand out twice.
			more, sw, err = send(ctx, t, []byte{block[0], 0xC0, 0, 0, byte(sw)}, false)
			body = append(body, more...)
			clear(more)
		default:
			return body, sw, nil
		}
	}
	if err != nil {
		return nil, 0, err
	}
	return nil, 0, fmt.Errorf("%w: it never comes to an end", errBadCard)
}

// idempotent reports whether a command may be carried out twice: selecting and
// reading may, and whatever could have a counter behind it, such as a PIN, may not.
func idempotent(block []byte) bool {
	if len(block) < 4 || block[0]&0x80 != 0 {
		return false
	}
	return block[1] == 0xA4 || block[1] == 0xB0 || block[1] == 0xB2
}

// send sends a block. An answer that ends in what is no status at all is noise (ISO
// 7816-4, 5.6: the first byte is 61 to 6F or 90 to 9F).
func send(ctx context.Context, t transceiver, block []byte, again bool) ([]byte, statusWord, error) {
	for try := 0; ; try++ {
		r, err := t.transfer(ctx, block, again)
		if err != nil {
			return nil, 0, err
		}
		if n := len(r) - 2; n >= 0 && (r[n] > 0x60 && r[n] < 0x70 || r[n]&0xF0 == 0x90) {
			return r[:n], statusWord(r[n])<<8 | statusWord(r[n+1]), nil
		}
		clear(r)
		if !again || try == retries {
			return nil, 0, fmt.Errorf("%w: an answer of %d bytes without a status", errBadCard, len(r))
		}
	}
}

const longestFile = 4096 // of those that we read; a photograph is none of them

// readFile selects a file by its path from the master file and reads all of it.
// The caller wipes it.
func readFile(ctx context.Context, t transceiver, path []byte) ([]byte, error) {
	sel := append([]byte{0x00, 0xA4, 0x08, 0x0C, byte(len(path))}, path...)
	_, sw, err := command(ctx, t, sel)
	if err != nil {
		return nil, err
	}
	if sw != swOK {
		return nil, sw.err("select")
	}
	file := make([]byte, 0, longestFile)
	tries := 0
	for len(file) < longestFile {
		at := len(file)
		part, sw, err := command(ctx, t, []byte{0x00, 0xB0, byte(at >> 8), byte(at), 0xF0})
		if err != nil {
			clear(file)
			return nil, err
		}
		switch {
		case sw == swOffset && at > 0, (sw == swOK || sw == swEnd) && len(part) == 0:
			return file, nil
		case sw == swOK || sw == swEnd:
			if at+len(part) > longestFile {
				part = part[:longestFile-at]
			}
			file = append(file, part...)
			clear(part)
			if sw == swEnd || len(part) < 0xF0 {
				return file, nil
			}
		case !sw.unknown() && tries < retries:
			tries++ // reading changes nothing on a card
		default:
			clear(file)
			return nil, sw.err("read")
		}
	}
	return file, nil
}

// cardError makes err one about the card, unless it already says whose it is.
func cardError(err error) error {
	for _, known := range []error{errCardGone, errCardMute, errBadCard, errUnknownCard, errNoAnswer} {
		if errors.Is(err, known) {
			return err
		}
	}
	return fmt.Errorf("%w: %w", errBadCard, err)
}
