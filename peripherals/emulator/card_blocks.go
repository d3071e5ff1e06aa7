// SPDX-License-Identifier: Apache-2.0

package emulator

import "bytes"

// cardBlocks is the card's side of T=1 (ISO 7816-3, clause 11): blocks of NAD, PCB,
// length, data and the xor of it all, numbered 0 and 1 in turn.
type cardBlocks struct {
	crc   bool                // blocks end in a CRC in place of the xor
	carry func([]byte) []byte // carries out a command
	size  int                 // what we take in a block
	peer  int                 // what the other side takes
	mine  byte                // number of our next I-block
	other byte                // number of the other side's next one

	command []byte // as far as it has come
	reply   []byte // as far as it has not gone
	last    []byte // the block that was sent last
	// held is what is sent once the other side has agreed to wait.
	held []byte
	// waits is how many times time is asked for before an answer, and left how
	// often that is still to be done before this one.
	waits, left int
}

func newCardBlocks(waits, size int, carry func([]byte) []byte) *cardBlocks {
	return &cardBlocks{carry: carry, size: size, peer: 32, waits: waits}
}

func makeBlock(nad, pcb byte, data []byte) []byte {
	b := append([]byte{nad, pcb, byte(len(data))}, data...)
	return append(b, xorAll(b))
}

// crcOf is the sum of ISO/IEC 13239 over b, as it stands at the end of a block: computed bit
// by bit, the lowest first.
func crcOf(b []byte) (high, low byte) {
	sum := uint16(0xFFFF)
	for _, c := range b {
		for i := range 8 {
			out := byte(sum&1) ^ c>>i&1
			sum >>= 1
			if out != 0 {
				sum ^= 0x8408
			}
		}
	}
	return byte(sum >> 8), byte(sum)
}

// takeCRC is take for blocks that end in a CRC.
func (c *cardBlocks) takeCRC(b []byte) []byte {
	n := len(b) - 2
	if n < 3 {
		return c.takeCRC(append(b, 0, 0, 0, 0, 0))
	}
	plain := append(bytes.Clone(b[:n]), xorAll(b[:n]))
	if high, low := crcOf(b[:n]); b[n] != high || b[n+1] != low {
		plain[n] ^= 1 // so that it is refused
	}
	out := c.take(plain)
	if out == nil {
		return nil
	}
	out = bytes.Clone(out[:len(out)-1])
	high, low := crcOf(out)
	return append(out, high, low)
}

// take gets a block and gives the next one of ours; nil for silence.
func (c *cardBlocks) take(b []byte) []byte {
	out := c.next(b)
	if out != nil {
		c.last = bytes.Clone(out)
	}
	return out
}

func (c *cardBlocks) next(b []byte) []byte {
	if len(b) < 4 || int(b[2]) != len(b)-4 || xorAll(b) != 0 {
		return makeBlock(0, 0x80|c.other<<4|1, nil) // once more, please
	}
	pcb, data := b[1], b[3:len(b)-1]
	switch {
	case pcb&0x80 == 0: // a part of a command
		if pcb>>6&1 != c.other || len(data) > c.size {
			return makeBlock(0, 0x80|c.other<<4|2, nil)
		}
		c.other ^= 1
		c.command = append(c.command, data...)
		if pcb&0x20 != 0 {
			return makeBlock(0, 0x80|c.other<<4, nil)
		}
		c.reply = bytes.Clone(c.carry(c.command))
		c.command, c.left = nil, c.waits
		return c.wait(c.part())
	case pcb&0xC0 == 0x80: // ready for, or wanting again, block n
		if pcb>>4&1 == c.mine && len(c.reply) > 0 {
			return c.part()
		}
		if c.last == nil {
			return makeBlock(0, 0x80|c.other<<4, nil)
		}
		return c.last
	}
	switch pcb & 0x3F {
	case 0x00: // both start from the beginning
		c.mine, c.other, c.command, c.reply, c.held = 0, 0, nil, nil, nil
		return makeBlock(0, 0xE0, nil)
	case 0x01:
		if len(data) == 1 && data[0] > 0 && data[0] < 255 {
			c.peer = int(data[0])
		}
		return makeBlock(0, 0xE1, data)
	case 0x23: // they wait
		if c.held == nil {
			return nil
		}
		held := c.held
		c.held = nil
		return c.wait(held)
	}
	return makeBlock(0, 0x80|c.other<<4|2, nil)
}

// part is the next block of the reply.
func (c *cardBlocks) part() []byte {
	n, pcb := len(c.reply), c.mine<<6
	if n > c.peer {
		n, pcb = c.peer, pcb|0x20
	}
	out := makeBlock(0, pcb, c.reply[:n])
	c.reply = c.reply[n:]
	c.mine ^= 1
	return out
}

// wait asks for time before out, if some is wanted.
func (c *cardBlocks) wait(out []byte) []byte {
	if c.left == 0 {
		return out
	}
	c.left--
	c.held = out
	return makeBlock(0, 0xC3, []byte{1})
}
