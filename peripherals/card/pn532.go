// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

func init() {
	register("pn532-hsu", func(c peripherals.Config) (*supervised, error) {
		return newPN532(c).supervised, nil
	})
}

// Commands of the PN532 (user manual 141520, chapter 7).
const (
	pnFirmware = 0x02
	pnSAM      = 0x14
	pnRF       = 0x32
	pnList     = 0x4A
)

// pn532Chip is the chip behind whatever line it is on: it carries out a command and
// gives what follows the answer's own code.
type pn532Chip interface {
	command(ctx context.Context, code byte, params []byte) ([]byte, error)
}

// pn532Reader is a contactless reader. Of a card it gives the number that the card
// tells everybody, and nothing else.
type pn532Reader struct {
	*supervised
	poll time.Duration
	dial func(line port.Line) (pn532Chip, func(context.Context) (string, error))
}

// tagPoll is how often a card is looked for: often enough that a card that is held
// there is noticed at once.
const tagPoll = 150 * time.Millisecond

func newPN532(c peripherals.Config) *pn532Reader {
	r := &pn532Reader{poll: tagPoll, dial: func(line port.Line) (pn532Chip, func(context.Context) (string, error)) {
		h := &hsu{line: line}
		return h, h.wake
	}}
	r.supervised = newSupervised(c, port.Options{Baud: 115200}, r.cards)
	return r
}

// cards finds out who is there and looks for cards until the line or ctx ends.
func (r *pn532Reader) cards(ctx context.Context, s *served) error {
	chip, wake := r.dial(s.line)
	identity, err := wake(ctx)
	if err != nil {
		return err
	}
	// Look for a card twice and then say that there is none, in place of waiting
	// for one (7.3.1, item 5).
	if _, err := chip.command(ctx, pnRF, []byte{0x05, 0xFF, 0x01, 0x02}); err != nil {
		return err
	}
	if err := s.met(identity); err != nil {
		return err
	}
	held, missed := "", 0
	for {
		uid, err := listTag(ctx, chip)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errBadCard):
			uid = held // spoilt: neither there nor gone
		case err != nil:
			return err
		}
		// A card that is moved about is missed now and then.
		if uid == "" && held != "" && missed < 2 {
			missed++
			uid = held
		} else if uid != "" {
			missed = 0
		}
		if s.rep.leftBehind(uid != "") {
			held = uid
		}
		if uid != held {
			s.rep.removed()
			if held = uid; uid != "" {
				s.rep.inserted()
				s.rep.read([]peripherals.Field{{Name: peripherals.CardNumber, Value: peripherals.NewSecret([]byte(uid))}})
			}
		}
		if !sleep(ctx, r.poll) {
			return ctx.Err()
		}
	}
}

// listTag looks for one card of ISO 14443 A and gives its number; none is "".
func listTag(ctx context.Context, chip pn532Chip) (string, error) {
	answer, err := chip.command(ctx, pnList, []byte{0x01, 0x00})
	if err != nil {
		return "", err
	}
	return parseTag(answer)
}

// parseTag takes the number out of the answer to InListPassiveTarget (7.3.5).
func parseTag(b []byte) (string, error) {
	if len(b) == 0 {
		return "", fmt.Errorf("%w: an empty answer", errBadCard)
	}
	if b[0] == 0 {
		return "", nil
	}
	// Count, number, SENS_RES (2), SEL_RES, length, UID.
	if len(b) < 6 || int(b[5]) > len(b)-6 {
		return "", fmt.Errorf("%w: half an answer", errBadCard)
	}
	switch n := int(b[5]); n {
	case 4, 7, 10:
		if n == 4 && b[6] == 0x08 {
			// Made up by the card anew each time, so it says nothing (ISO
			// 14443-3, 6.5.4).
			return "", fmt.Errorf("%w: a number by chance", errBadCard)
		}
		return strings.ToUpper(hex.EncodeToString(b[6 : 6+n])), nil
	}
	return "", fmt.Errorf("%w: a number of %d bytes", errBadCard, b[5])
}

// firmware is how the chip names itself: "PN532 1.6".
func firmware(ctx context.Context, chip pn532Chip) (string, error) {
	b, err := chip.command(ctx, pnFirmware, nil)
	if err != nil {
		return "", err
	}
	if len(b) != 4 {
		return "", fmt.Errorf("%w: its firmware has %d bytes", errNoAnswer, len(b))
	}
	return fmt.Sprintf("PN5%02X %d.%d", b[0], b[1], b[2]), nil
}
