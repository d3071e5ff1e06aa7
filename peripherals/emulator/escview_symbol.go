// SPDX-License-Identifier: Apache-2.0

package emulator

import "rsc.io/qr"

// qrCode is what a printer has been told about a QR code before it draws it.
type qrCode struct {
	dot   int
	level qr.Level
	holds []byte
}

// maxCode is how many bytes a printer keeps for a code.
const maxCode = 3000

// symbol is GS ( k, from its cn on: QR codes are cn 49.
func (v *view) symbol(b []byte) {
	if len(b) < 3 || b[0] != '1' {
		v.odd("GS ( k % x: not drawn", b[:min(len(b), 3)])
		return
	}
	switch b[1] {
	case 'A': // the model: they are all model 2 here
	case 'C':
		v.code.dot = min(max(int(b[2]), 1), 16)
	case 'E':
		v.code.level = qr.Level(b[2]-'0') & 3
	case 'P':
		v.code.holds = append([]byte(nil), b[3:min(len(b), 3+maxCode)]...)
	case 'Q':
		v.flush()
		c, err := qr.Encode(string(v.code.holds), v.code.level)
		if err != nil || len(v.code.holds) == 0 {
			v.odd("a QR code of %d bytes: nothing is drawn", len(v.code.holds))
			return
		}
		side := c.Size * v.code.dot
		left := map[byte]int{1: (v.dots - side) / 2, 2: v.dots - side}[v.align]
		for y := range side {
			for x := range side {
				if c.Black(x/v.code.dot, y/v.code.dot) {
					v.paper.set(left+x, v.paper.y+y)
				}
			}
		}
		v.paper.codes = append(v.paper.codes, string(v.code.holds))
		v.advance(side)
	default:
		v.odd("GS ( k 1 %02x", b[1])
	}
}

// define is ESC &: letters of somebody's own, from c1 to c2, each as wide as it says.
func (v *view) define(b []byte) (done bool) {
	if len(b) < 5 {
		return false
	}
	rows, first, last := int(b[2]), b[3], b[4]
	if rows != 3 || first < 0x20 || last > 0x7E || last < first {
		v.odd("ESC & %02x %02x %02x", b[2], first, last)
		return true
	}
	at := 5
	for c := first; c <= last; c++ {
		if len(b) <= at {
			return false
		}
		wide := int(b[at])
		if wide > cellWide {
			v.odd("ESC &: a letter of %d columns", wide)
			return true
		}
		at++
		at += wide * rows
	}
	if len(b) < at {
		return false
	}
	if v.sent == nil {
		v.sent = map[byte][]uint32{}
	}
	at = 5
	for c := first; c <= last; c++ {
		wide := int(b[at])
		at++
		cols := make([]uint32, 0, wide)
		for range wide {
			cols = append(cols, uint32(b[at])<<16|uint32(b[at+1])<<8|uint32(b[at+2]))
			at += 3
		}
		v.sent[c] = cols
	}
	return true
}

// ownLetters is where the letters that were sent stand in text: letter c is the
// private character ownLetters+c. A space of ours is a space.
const ownLetters = 0xE000

// ownChar puts a letter that was sent into the line, as dots that have a name.
func (v *view) ownChar(c byte, dots []uint32, w, h int) {
	l := &v.line
	l.used = true
	sx, sy := w/cellWide, h/cellHigh
	name, black := rune(ownLetters)+rune(c), false
	for i, bits := range dots {
		black = black || bits != 0
		for y := range h {
			if sy == 0 || bits>>(cellHigh-1-y/sy)&1 == 0 {
				continue
			}
			for k := range max(sx, 1) {
				l.spots = append(l.spots, spot{l.x + i*max(sx, 1) + k, h - y})
			}
		}
	}
	if !black {
		name = ' '
	}
	l.items = append(l.items, item{x: l.x, wide: w, high: h, text: []rune{name}, style: v.style, drawn: true})
	l.x += w
}
