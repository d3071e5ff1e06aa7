// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"encoding/binary"
	"os"
)

// serveACR122S answers messages on line until it hangs up. Each is STX, a CCID
// message, the xor of it, and ETX; first comes whether it was got.
func (r *Reader) serveACR122S(line *os.File) {
	var in []byte
	buf := make([]byte, 512)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		in = append(in, buf[:n]...)
		for {
			rest, msg, spoilt := cutACRCommand(in)
			in = rest
			if spoilt {
				r.sock.send([]byte{0x02, 0xFF, 0xFF, 0x03})
				continue
			}
			if msg == nil {
				break
			}
			r.sock.send([]byte{0x02, 0x00, 0x00, 0x03})
			r.emit(r.acrReply(msg))
		}
	}
}

// cutACRCommand takes the first message off in.
func cutACRCommand(in []byte) (rest, msg []byte, spoilt bool) {
	for len(in) > 0 && in[0] != 0x02 {
		in = in[1:]
	}
	if len(in) < 1+ccidHeader {
		return in, nil, false
	}
	n := binary.LittleEndian.Uint32(in[2:6])
	if n > longestMessage {
		return in[1:], nil, true
	}
	end := 1 + ccidHeader + int(n) + 2
	if len(in) < end {
		return in, nil, false
	}
	if xorAll(in[1:end-1]) != 0 || in[end-1] != 0x03 {
		return in[end:], nil, true
	}
	return in[end:], in[1 : end-2], false
}

func (r *Reader) acrReply(msg []byte) []byte {
	kind, data := byte(rdrDataBlock), []byte(nil)
	switch msg[0] {
	case pcPowerOn:
		data = []byte{0x3B, 0x00}
	case pcPowerOff, pcSlotStatus:
		kind = rdrSlotStatus
	case pcXfrBlock:
		data = r.acrAPDU(msg[ccidHeader:])
	}
	b := make([]byte, 1+ccidHeader, 64)
	b[0], b[1] = 0x02, kind
	binary.LittleEndian.PutUint32(b[2:6], uint32(len(data)))
	b[7] = msg[6]
	b = append(b, data...)
	return append(b, xorAll(b[1:]), 0x03)
}

// acrAPDU answers the reader's own commands: FF 00 48 asks its name, FF 00 00 passes
// something on to the chip.
func (r *Reader) acrAPDU(apdu []byte) []byte {
	if len(apdu) >= 5 && apdu[0] == 0xFF && apdu[2] == 0x48 {
		return []byte("ACR122S-HANDRAIL")
	}
	if len(apdu) >= 7 && apdu[0] == 0xFF && apdu[1] == 0 && apdu[2] == 0 && int(apdu[4]) == len(apdu)-5 && apdu[5] == 0xD4 {
		if answer := r.chip(apdu[6:]); answer != nil {
			return append(append([]byte{0xD5}, answer...), swOK...)
		}
	}
	return []byte{0x63, 0x00}
}
