// SPDX-License-Identifier: Apache-2.0

package printer

import "handrail/peripherals"

// replyKind is what a byte from the printer belongs to. Kinds are told apart by their
// fixed bits.
type replyKind int

const (
	noise       replyKind = iota
	statusReply           // to DLE EOT, at once
	paperReply            // to GS r, in its turn
	modelReply            // to GS I 1, in its turn
	autoStatus            // four bytes that come unasked (GS a); whole with the last of them
	nameReply             // to GS I 67 and 68: "_", a text, and a zero; whole with the zero
	partReply             // a byte of one of these two that is not the last
)

// replies sorts what a printer says, byte by byte: answers come whenever they please, and a
// status that was asked for may stand in the middle of one that was not.
type replies struct {
	auto   [4]byte
	autoAt int // bytes of auto that are there
	name   []byte
	naming bool
}

// longestName is more than any printer's name has.
const longestName = 80

// take sorts one byte. For autoStatus and nameReply, what was said is in auto and name.
func (r *replies) take(b byte) replyKind {
	if r.naming {
		switch {
		case b == 0:
			r.naming = false
			return nameReply
		case b >= ' ' && b <= '~' && len(r.name) < longestName:
			r.name = append(r.name, b)
			return partReply
		}
		r.naming = false // no name has that in it
	}
	switch {
	case b&0x93 == 0x12:
		return statusReply
	case b == '_':
		r.naming, r.name = true, r.name[:0]
		return partReply
	case b&0x93 == 0x10:
		r.auto[0], r.autoAt = b, 1
		return partReply
	case b&0x90 != 0:
		return noise
	case r.autoAt > 0:
		r.auto[r.autoAt] = b
		if r.autoAt++; r.autoAt == len(r.auto) {
			r.autoAt = 0
			return autoStatus
		}
		return partReply
	case b&0x60 != 0:
		return modelReply
	}
	return paperReply
}

// rest says that nothing has come for a while: half an answer was noise.
func (r *replies) rest() { r.autoAt, r.naming = 0, false }

// autoState is what an automatic status says.
func autoState(b [4]byte) peripherals.State {
	switch {
	case b[0]&0x20 != 0:
		return peripherals.PrinterCoverOpen
	case b[2]&0x0C != 0:
		return peripherals.PrinterPaperOut
	case b[1]&0x6C != 0:
		return peripherals.PrinterFault
	case b[2]&0x03 != 0:
		return peripherals.PrinterPaperLow
	}
	return peripherals.PrinterReady
}
