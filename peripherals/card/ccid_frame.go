// SPDX-License-Identifier: Apache-2.0

package card

import "encoding/binary"

// A frame on the serial line is sync, control, a CCID message, and the xor of all
// that. Beside frames there are single bytes of 80 and more, by which the reader
// asks for time, and two bytes 50 02 or 50 03 when a card goes or comes.
const (
	frameSync = 0x03
	frameAck  = 0x06
	frameNak  = 0x15
	slotMoved = 0x50

	ccidHeader = 10
	// longestData is what a message may carry: the reader's buffer is 271.
	longestData = 271 - ccidHeader
)

// signal is what the framer found.
type signal int

const (
	sigNone  signal = iota // nothing complete yet
	sigFrame               // a message with a good checksum
	sigNak                 // our frame was refused
	sigTime                // more time is wanted
	sigCame                // a card was put in
	sigGone                // the card was taken out
	sigBad                 // a frame with a bad checksum
)

// framer finds frames in a stream that may hold noise. What has a bad checksum is
// never let through; the search goes on behind its first byte.
type framer struct {
	whole []byte // all that buf is a part of
	buf   []byte
	noise int // bytes that were skipped
}

// feed adds bytes, and wipes those that have been used up.
func (f *framer) feed(b []byte) {
	fresh := make([]byte, 0, len(f.buf)+len(b))
	fresh = append(append(fresh, f.buf...), b...)
	clear(f.whole)
	f.whole, f.buf = fresh, fresh
}

// reset forgets half a frame, whose other half is not coming.
func (f *framer) reset() {
	clear(f.whole)
	f.whole, f.buf = nil, nil
}

// next gives the next signal, and the message for sigFrame, which is valid until
// the next feed.
func (f *framer) next() (signal, []byte) {
	for len(f.buf) > 0 {
		switch b := f.buf; {
		case b[0] == frameSync:
			if sig, msg, wait := f.frame(); wait {
				return sigNone, nil
			} else if sig != sigNone {
				return sig, msg
			}
		case b[0] == slotMoved:
			if len(b) < 2 {
				return sigNone, nil
			}
			f.buf = b[1:]
			f.noise++
			switch b[1] {
			case 0x02:
				f.buf = b[2:]
				f.noise--
				return sigGone, nil
			case 0x03:
				f.buf = b[2:]
				f.noise--
				return sigCame, nil
			}
		case b[0] >= 0x80:
			f.buf = b[1:]
			return sigTime, nil
		default:
			f.buf = b[1:]
			f.noise++
		}
	}
	return sigNone, nil
}

// frame takes a frame from the front of buf. wait says that there is more to come;
// sigNone without it, that this was no frame and one byte has been dropped.
func (f *framer) frame() (sig signal, msg []byte, wait bool) {
	b := f.buf
	if len(b) < 3 {
		return sigNone, nil, true
	}
	if b[1] == frameNak && b[2] == frameSync^frameNak {
		f.buf = b[3:]
		return sigNak, nil, false
	}
	if b[1] != frameAck {
		f.buf = b[1:]
		f.noise++
		return sigNone, nil, false
	}
	if len(b) < 2+ccidHeader {
		return sigNone, nil, true
	}
	n := binary.LittleEndian.Uint32(b[3:7])
	if n > longestData {
		f.buf = b[1:]
		return sigBad, nil, false
	}
	end := 2 + ccidHeader + int(n) + 1
	if len(b) < end {
		return sigNone, nil, true
	}
	if xor(b[:end]) != 0 {
		f.buf = b[1:]
		return sigBad, nil, false
	}
	f.buf = b[end:]
	return sigFrame, b[2 : end-1], false
}

func xor(b []byte) byte {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return x
}

// encodeFrame makes the frame of a message.
func encodeFrame(kind, seq byte, param [3]byte, data []byte) []byte {
	b := make([]byte, 2+ccidHeader, 2+ccidHeader+len(data)+1)
	b[0], b[1], b[2] = frameSync, frameAck, kind
	binary.LittleEndian.PutUint32(b[3:7], uint32(len(data)))
	b[8] = seq // b[7] is the slot, always 0
	copy(b[9:12], param[:])
	b = append(b, data...)
	return append(b, xor(b))
}
