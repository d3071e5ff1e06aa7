// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"os"
)

// Frames of the PN532: 00 00 FF, length and its complement, direction, data, and what
// makes the sum of these zero, 00.
var (
	pnAck  = []byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00}
	pnFail = []byte{0x00, 0x00, 0xFF, 0x01, 0xFF, 0x7F, 0x81, 0x00}
)

// servePN532 answers commands on line until it hangs up.
func (r *Reader) servePN532(line *os.File) {
	var in []byte
	buf := make([]byte, 512)
	for {
		n, err := line.Read(buf)
		if err != nil {
			return
		}
		in = append(in, buf[:n]...)
		for {
			rest, command := cutPN(in)
			in = rest
			if command == nil {
				break
			}
			r.sock.send(pnAck)
			answer := r.chip(command)
			if answer == nil {
				r.emit(bytes.Clone(pnFail))
				continue
			}
			r.emit(framePN(append([]byte{0xD5}, answer...)))
		}
	}
}

func framePN(data []byte) []byte {
	head := []byte{0x00, 0x00, 0xFF, byte(len(data)), byte(-len(data))}
	if len(data) > 254 {
		h, l := byte(len(data)>>8), byte(len(data))
		head = []byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, h, l, -(h + l)}
	}
	var sum byte
	for _, c := range data {
		sum += c
	}
	return append(append(head, data...), -sum, 0x00)
}

// cutPN takes the first command off in, and skips what is none: the bytes that wake
// the chip, acknowledgements, and whatever has a wrong sum.
func cutPN(in []byte) (rest, command []byte) {
	for {
		at := bytes.Index(in, []byte{0x00, 0xFF})
		if at < 0 {
			if len(in) > 0 && in[len(in)-1] == 0x00 {
				return in[len(in)-1:], nil
			}
			return nil, nil
		}
		in = in[at:]
		if len(in) < 4 {
			return in, nil
		}
		n := int(in[2])
		if in[2]+in[3] != 0 || n < 2 {
			in = in[1:]
			continue
		}
		if len(in) < 4+n+1 {
			return in, nil
		}
		var sum byte
		for _, c := range in[4 : 4+n+1] {
			sum += c
		}
		if sum != 0 || in[4] != 0xD4 {
			in = in[1:]
			continue
		}
		return in[4+n+1:], in[5 : 4+n]
	}
}

// chip carries out a command of the PN532 and gives the answer, with its code; nil
// for a command that it does not know.
func (r *Reader) chip(c []byte) []byte {
	code, params := c[0], c[1:]
	answer := func(data ...byte) []byte { return append([]byte{code + 1}, data...) }
	switch code {
	case 0x00: // diagnose: the same back
		return answer(params...)
	case 0x02: // firmware: PN532, version 1.6, all that it supports
		return answer(0x32, 0x01, 0x06, 0x07)
	case 0x04: // general status: nothing wrong, no field, no target
		return answer(0x00, 0x00, 0x00, 0x80)
	case 0x06: // registers: as after power-on
		return answer(make([]byte, len(params)/2)...)
	case 0x08, 0x12, 0x14, 0x32: // set registers, parameters, SAM, field
		return answer()
	case 0x4A:
		return answer(r.list(params)...)
	case 0x44, 0x52: // deselect, release
		return answer(0x00)
	}
	return nil
}

// list looks for a card of ISO 14443 A.
func (r *Reader) list(params []byte) []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(params) < 2 || params[1] != 0x00 || r.card == nil || len(r.card.card.UID) == 0 {
		return []byte{0x00}
	}
	uid := r.card.card.UID
	atqa := byte(0x04)
	if len(uid) == 7 {
		atqa = 0x44
	}
	return append([]byte{0x01, 0x01, 0x00, atqa, 0x00, byte(len(uid))}, uid...)
}
