// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"encoding/binary"
	"os"
)

// The serial frame around a CCID message: sync, control, message, and the xor of
// all that.
const (
	frameSync   = 0x03
	frameAck    = 0x06
	frameNak    = 0x15
	slotChange  = 0x50
	slotAbsent  = 0x02
	slotPresent = 0x03

	longestMessage = 271 // the reader's buffer
	ccidHeader     = 10
)

// CCID message types (CCID 1.1, 6.1 and 6.2).
const (
	pcPowerOn    = 0x62
	pcPowerOff   = 0x63
	pcSlotStatus = 0x65
	pcGetParams  = 0x6C
	pcResetPar   = 0x6D
	pcSetParams  = 0x61
	pcEscape     = 0x6B
	pcXfrBlock   = 0x6F

	rdrDataBlock  = 0x80
	rdrSlotStatus = 0x81
	rdrParameters = 0x82
	rdrEscape     = 0x83
)

const (
	iccActive, iccInactive, iccAbsent = 0, 1, 2

	statusFailed = 0x40
	errMute      = 0xFE // ICC_MUTE
	errNotKnown  = 0x00 // CMD_NOT_SUPPORTED
)

// serve answers commands on line until it hangs up.
func (r *Reader) serve(line *os.File) {
	var in []byte
	buf := make([]byte, 512)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		in = append(in, buf[:n]...)
		for {
			rest, frame, nak := cutFrame(in)
			in = rest
			if nak {
				r.sock.send([]byte{frameSync, frameNak, frameSync ^ frameNak})
				continue
			}
			if frame == nil {
				break
			}
			if !r.o.NoEcho {
				r.sock.send(frame)
			}
			if r.o.DoubleEcho {
				r.sock.send(frame)
			}
			r.answer(frame[2 : len(frame)-1])
		}
	}
}

// cutFrame takes the first frame off in. It skips what cannot start one, and says
// nak for a frame with a wrong checksum.
func cutFrame(in []byte) (rest, frame []byte, nak bool) {
	for len(in) > 0 && in[0] != frameSync {
		in = in[1:]
	}
	if len(in) < 2+ccidHeader {
		return in, nil, false
	}
	length := binary.LittleEndian.Uint32(in[3:7])
	if in[1] != frameAck || length > longestMessage-ccidHeader {
		return in[1:], nil, true
	}
	end := 2 + ccidHeader + int(length) + 1
	if len(in) < end {
		return in, nil, false
	}
	if xorAll(in[:end]) != 0 {
		return in[end:], nil, true
	}
	return in[end:], in[:end:end], false
}

func xorAll(b []byte) byte {
	var x byte
	for _, c := range b {
		x ^= c
	}
	return x
}

// answer carries out one command and sends the reply.
func (r *Reader) answer(msg []byte) {
	r.mu.Lock()
	reply, pulled := r.reply(msg)
	r.mu.Unlock()
	wire := append([]byte{frameSync, frameAck}, reply...)
	wire = append(wire, xorAll(wire))
	if pulled {
		r.sock.send([]byte{slotChange, slotAbsent})
	}
	r.emit(wire)
}

// reply works out the reply to one command; r.mu is held. pulled says that the
// card was taken out meanwhile.
func (r *Reader) reply(msg []byte) (reply []byte, pulled bool) {
	data := msg[ccidHeader:]
	switch kind := msg[0]; kind {
	case pcSlotStatus:
		return r.message(rdrSlotStatus, msg, nil, 0, 0), false
	case pcPowerOff:
		if r.card != nil {
			r.card.power(false)
		}
		return r.message(rdrSlotStatus, msg, nil, 0, 0), false
	case pcPowerOn:
		if r.card == nil {
			return r.message(rdrDataBlock, msg, nil, statusFailed, errMute), false
		}
		atr := r.card.power(true)
		if len(atr) == 0 {
			return r.message(rdrDataBlock, msg, nil, statusFailed, errMute), false
		}
		return r.message(rdrDataBlock, msg, atr, 0, 0), false
	case pcGetParams, pcResetPar, pcSetParams:
		if r.card == nil {
			return r.message(rdrParameters, msg, nil, statusFailed, errMute), false
		}
		params := []byte{0x11, 0x00, 0x00, 0x0A, 0x00} // the defaults of T=0
		if r.card.card.Blocks > 0 {
			params = []byte{0x11, 0x10, 0x00, 0x45, 0x00, byte(r.card.card.Blocks), 0x00}
		}
		if kind == pcSetParams && len(data) >= 5 {
			params = data
		}
		return r.message(rdrParameters, msg, params, 0, 0), false
	case pcEscape:
		return r.message(rdrEscape, msg, escape(data), 0, 0), false
	case pcXfrBlock:
		if r.card != nil && r.pullAfter == 0 {
			r.card, r.pullAfter, pulled = nil, -1, true
		}
		if r.card == nil || !r.card.powered {
			return r.message(rdrDataBlock, msg, nil, statusFailed, errMute), pulled
		}
		if r.pullAfter > 0 {
			r.pullAfter--
		}
		if len(data) > 0 && data[0] == 0xFF {
			answer := r.card.agree(data)
			if answer == nil {
				return r.message(rdrDataBlock, msg, nil, statusFailed, errMute), false
			}
			return r.message(rdrDataBlock, msg, answer, 0, 0), false
		}
		if r.card.blocks != nil {
			take := r.card.blocks.take
			if r.card.blocks.crc {
				take = r.card.blocks.takeCRC
			}
			answer := take(data)
			if answer == nil {
				return r.message(rdrDataBlock, msg, nil, statusFailed, errMute), false
			}
			return r.message(rdrDataBlock, msg, answer, 0, 0), false
		}
		return r.message(rdrDataBlock, msg, r.card.exchange(data), 0, 0), false
	}
	return r.message(rdrSlotStatus, msg, nil, statusFailed, errNotKnown), false
}

// escape answers the vendor's own commands; 02 asks for the firmware's name.
func escape(data []byte) []byte {
	if len(data) > 0 && data[0] == 0x02 {
		return []byte("GemTwin-V2.00-HANDRAIL")
	}
	return nil
}

// message makes a reply of the given type to msg.
func (r *Reader) message(kind byte, msg, data []byte, status, code byte) []byte {
	icc := byte(iccAbsent)
	if r.card != nil {
		icc = iccInactive
		if r.card.powered {
			icc = iccActive
		}
	}
	b := []byte{kind, 0, 0, 0, 0, msg[5], msg[6], status | icc, code, 0}
	binary.LittleEndian.PutUint32(b[1:5], uint32(len(data)))
	return append(b, data...)
}
