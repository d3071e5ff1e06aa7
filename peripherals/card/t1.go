// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// The block protocol T=1 (ISO 7816-3, clause 11), of which the reader leaves all to
// us. A block is NAD, PCB, LEN, up to 254 bytes, and their xor.
const (
	pcbMore   = 0x20 // in an I-block: more of this message follows
	pcbSeq    = 0x40 // in an I-block: its number
	pcbR      = 0x80
	pcbRSeq   = 0x10 // in an R-block: the number that is expected
	pcbS      = 0xC0
	pcbAnswer = 0x20 // in an S-block: a response
	sIFS      = 1    // 0 would start anew, and only we may ask that
	sAbort    = 2
	sWTX      = 3

	ourIFS    = 254
	firstIFS  = 32  // until told otherwise (11.4.2)
	longAPDU  = 300 // header, length, data, wanted length
	longReply = 64 << 10
)

// t1 speaks T=1 with a card. An error in a block is mended by asking for it again,
// which carries out no command twice.
type t1 struct {
	t     transceiver
	ifsc  int  // what the card takes in a block
	ours  byte // number of our next I-block
	cards byte // number of the card's next one
	waits int  // requests for time in a row
	crc   bool // blocks end in a CRC, and not in the xor
	// extend, if set, is told how many times the usual time the card wants.
	extend func(times byte)
}

// startT1 agrees on T=1 with a card that has just got power.
func startT1(ctx context.Context, t transceiver, a atr) (*t1, error) {
	c := &t1{t: t, ifsc: a.ifsc, crc: a.crc}
	if c.ifsc == 0 {
		c.ifsc = firstIFS
	}
	// Longer blocks from the card mean fewer of them. A card that refuses is fine.
	_, _, err := c.swap(ctx, block(pcbS|sIFS, []byte{ourIFS}))
	if err != nil && !errors.Is(err, errBlock) {
		return nil, err
	}
	return c, nil
}

var errBlock = errors.New("no good block")

func block(pcb byte, data []byte) []byte {
	b := make([]byte, 0, 4+len(data))
	b = append(b, 0, pcb, byte(len(data)))
	b = append(b, data...)
	return append(b, xor(b))
}

// crcOf is the sum of ISO/IEC 13239 as a block ends in it, where a card wants that (11.4.4).
func crcOf(b []byte) uint16 {
	sum := uint16(0xFFFF)
	for _, c := range b {
		sum ^= uint16(c)
		for range 8 {
			if sum&1 != 0 {
				sum = sum>>1 ^ 0x8408
			} else {
				sum >>= 1
			}
		}
	}
	return sum
}

// seal gives a block the sum that the card wants.
func (c *t1) seal(b []byte) []byte {
	if !c.crc {
		return b
	}
	b = slices.Clone(b[:len(b)-1])
	sum := crcOf(b)
	return append(b, byte(sum>>8), byte(sum))
}

// open takes a block apart, whichever sum it has.
func (c *t1) open(b []byte) (pcb byte, data []byte, err error) {
	n := len(b) - 2
	if !c.crc {
		return parseBlock(b)
	}
	if n < 3 || crcOf(b[:n]) != uint16(b[n])<<8|uint16(b[n+1]) {
		return 0, nil, fmt.Errorf("%w: spoilt on its way from the card", errBlock)
	}
	b[n] = xor(b[:n])
	return parseBlock(b[:n+1])
}

// parseBlock takes a block apart.
func parseBlock(b []byte) (pcb byte, data []byte, err error) {
	if len(b) < 4 || int(b[2]) != len(b)-4 || xor(b) != 0 || b[2] == 255 {
		return 0, nil, fmt.Errorf("%w: spoilt on its way from the card", errBlock)
	}
	return b[1], b[3 : len(b)-1], nil
}

// transfer sends a command and gives the whole answer. When the two sides cannot agree on a
// block any more, both start from the beginning (11.6.3.2), and a command that may be carried
// out twice is sent again.
func (c *t1) transfer(ctx context.Context, apdu []byte, again bool) ([]byte, error) {
	if len(apdu) > longAPDU {
		return nil, fmt.Errorf("command of %d bytes", len(apdu))
	}
	answer, err := c.whole(ctx, apdu)
	if err == nil || !errors.Is(err, errBlock) && !errors.Is(err, errNoAnswer) && !errors.Is(err, errThread) {
		return answer, err
	}
	if resync := c.resync(ctx); resync != nil || !again {
		return nil, err
	}
	return c.whole(ctx, apdu)
}

var errThread = fmt.Errorf("%w: it lost the thread", errBadCard)

// resync has both sides start anew, with block numbers from zero.
func (c *t1) resync(ctx context.Context) error {
	pcb, _, err := c.swap(ctx, block(pcbS, nil))
	if err != nil {
		return err
	}
	if pcb != pcbS|pcbAnswer {
		return errThread
	}
	c.ours, c.cards = 0, 0
	return nil
}

// whole sends a command in as many blocks as it takes, and gives the whole answer.
func (c *t1) whole(ctx context.Context, apdu []byte) ([]byte, error) {
	c.waits = 0
	// Our command, in as many blocks as it takes.
	rest := apdu
	for {
		n := min(len(rest), c.ifsc)
		pcb := c.ours * pcbSeq
		if n < len(rest) {
			pcb |= pcbMore
		}
		sent := block(pcb, rest[:n])
		rest = rest[n:]
		c.ours ^= 1
		got, data, err := c.swap(ctx, sent)
		if err != nil {
			return nil, err
		}
		if pcb&pcbMore == 0 {
			return c.answer(ctx, got, data)
		}
		if got&pcbS != pcbR || got>>4&1 != c.ours {
			clear(data)
			return nil, errThread
		}
	}
}

// answer collects the card's blocks; the first is there already.
func (c *t1) answer(ctx context.Context, pcb byte, data []byte) ([]byte, error) {
	var whole []byte
	for {
		if pcb&pcbR != 0 || pcb>>6&1 != c.cards {
			clear(whole)
			return nil, errThread
		}
		c.cards ^= 1
		if len(whole)+len(data) > longReply {
			clear(whole)
			return nil, fmt.Errorf("%w: it never comes to an end", errBadCard)
		}
		grown := append(make([]byte, 0, 2*(len(whole)+len(data))), whole...)
		grown = append(grown, data...)
		clear(whole)
		clear(data)
		whole = grown
		if pcb&pcbMore == 0 {
			return whole, nil
		}
		var err error
		if pcb, data, err = c.swap(ctx, block(pcbR|c.cards*pcbRSeq, nil)); err != nil {
			clear(whole)
			return nil, err
		}
	}
}

// mostWaits bounds the requests for time within one command. Each starts the
// reader's time anew, so that a slow card has minutes; the person can cancel.
const mostWaits = 600

// swap sends a block and gives the card's next one that is not about the protocol
// itself. What is lost or spoilt is asked for again, twice (11.6.3).
func (c *t1) swap(ctx context.Context, send []byte) (byte, []byte, error) {
	first := send
	tries := 0
	for {
		raw, err := c.t.transfer(ctx, c.seal(send), false)
		var pcb byte
		var data []byte
		if err == nil {
			pcb, data, err = c.open(raw)
		} else if !errors.Is(err, errNoAnswer) {
			return 0, nil, err
		}
		again := false
		switch {
		case err != nil:
			if tries++; tries > retries {
				return 0, nil, err
			}
			send = block(pcbR|c.cards*pcbRSeq|1, nil) // 1: a wrong sum
			if first[1]&pcbS == pcbS {
				send = first
			}
			continue
		case pcb&pcbS == pcbS:
			send, again, err = c.manage(first, pcb, data)
		case pcb&pcbS == pcbR && first[1]&pcbS == pcbS:
			err = errBlock
		case pcb&pcbS == pcbR && c.wants(first, pcb):
			// It did not get our block.
			send, again = first, true
			tries++
			if tries > retries {
				err = fmt.Errorf("%w: it does not take the block", errBlock)
			}
		}
		if err != nil {
			return 0, nil, err
		}
		if !again {
			return pcb, data, nil
		}
	}
}

// wants reports whether an R-block asks for the block that was sent.
func (c *t1) wants(sent []byte, pcb byte) bool {
	switch {
	case sent[1]&0x80 == 0: // an I-block: the card waits for its number still
		return pcb>>4&1 == sent[1]>>6&1
	case sent[1]&pcbS == pcbR:
		return true // an R-block is answered by an I-block
	}
	return false
}

// manage answers what the card has to say about the protocol.
func (c *t1) manage(first []byte, pcb byte, data []byte) (send []byte, again bool, err error) {
	if pcb&pcbAnswer != 0 {
		if first[1]&pcbS == pcbS && pcb == first[1]|pcbAnswer {
			return nil, false, nil // to what we asked
		}
		return nil, false, fmt.Errorf("%w: an answer to nothing", errBadCard)
	}
	switch pcb &^ pcbS {
	case sWTX:
		if c.waits++; c.waits > mostWaits || len(data) != 1 {
			return nil, false, fmt.Errorf("%w: it never comes to an end", errCardMute)
		}
		if c.extend != nil {
			c.extend(data[0])
		}
	case sIFS:
		if len(data) != 1 || data[0] == 0 || data[0] == 255 {
			return nil, false, fmt.Errorf("%w: a block size of its own", errBadCard)
		}
		c.ifsc = int(data[0])
	case sAbort:
		return nil, false, fmt.Errorf("%w: it gave up", errBadCard)
	default:
		return nil, false, fmt.Errorf("%w: what only we may ask", errBadCard)
	}
	return block(pcb|pcbAnswer, data), true, nil
}
