// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"fmt"
	"time"
)

// view is a decoder of ESC/POS: it reads what is sent to a printer and keeps what
// would be on paper. Bytes come in pieces of any size.
type view struct {
	dots int // printable width
	now  func() time.Time

	buf   []byte // a command that is not complete yet
	paper *paper
	line  lineBuffer
	style style
	page  byte // code page, as in ESC t
	align byte // ESC a: 0 left, 1 middle, 2 right
	own   bool // ESC %: letters that were sent are used where there are some
	sent  map[byte][]uint32
	code  qrCode
	gap   int // line spacing in dots

	// answer is called for GS r and GS I, in order with the printing.
	answer func(cmd byte, n byte)
	// cut is called with the finished paper.
	cut func(*paper)
	// present is called for GS e n: 3 holds the paper out, 2 throws it out, 5 takes it back.
	present func(n byte)
}

// style is how the next characters look.
type style struct {
	bold, underline, inverse, small bool
	wide, high                      int // 1 to 8
}

const (
	plainGap   = 30  // line spacing after ESC @, in dots
	maxCommand = 1e6 // bytes that one command may have
	maxRows    = 1e5 // dots of paper without a cut
	maxItems   = 5e4 // pieces of text on one paper
	maxOddity  = 100 // strange bytes that are remembered
	cellWide   = 12  // font A
	cellHigh   = 24  // font A
	smallWide  = 9   // font B
	smallHigh  = 17  // font B
)

func newView(dots int) *view {
	v := &view{dots: dots, now: time.Now, answer: func(byte, byte) {}, cut: func(*paper) {}, present: func(byte) {}}
	v.reset()
	v.paper = newPaper(dots)
	return v
}

// reset is ESC @: everything but the paper starts anew.
func (v *view) reset() {
	v.line = lineBuffer{}
	v.style = style{wide: 1, high: 1}
	v.page, v.gap = 0, plainGap
	v.align, v.own, v.sent, v.code = 0, false, nil, qrCode{dot: 3}
}

// write decodes b.
func (v *view) write(b []byte) {
	for _, c := range b {
		v.buf = append(v.buf, c)
		if v.step() || len(v.buf) > maxCommand {
			v.buf = v.buf[:0]
		}
	}
}

// step carries out what is in buf, and reports false while it is not complete.
func (v *view) step() (done bool) {
	b := v.buf
	switch c := b[0]; {
	case c == 0x1B:
		return v.esc(b)
	case c == 0x1D:
		return v.gs(b)
	case c == 0x1C: // FS: Chinese and Japanese; skip the command byte
		return len(b) >= 2
	case c == 0x10: // DLE: real-time, dealt with where bytes arrive
		if len(b) < 2 {
			return false
		}
		switch b[1] {
		case 0x04, 0x05:
			return len(b) >= 3
		case 0x14:
			return len(b) >= 5
		}
		v.odd("DLE %02x", b[1])
		return true
	case c == '\n':
		v.feedLine()
	case c == '\r', c == 0x00:
	case c == '\t':
		v.line.x = (v.line.x/(8*cellWide) + 1) * 8 * cellWide
	case c < 0x20 || c == 0x7F:
		v.odd("control %02x", c)
	default:
		v.char(c)
	}
	return true
}

// esc carries out an ESC command.
func (v *view) esc(b []byte) (done bool) {
	if len(b) < 2 {
		return false
	}
	arg := func(n int) bool { return len(b) >= 2+n }
	switch b[1] {
	case '@':
		v.reset()
		v.answer('@', 0)
		return true
	case '2':
		v.gap = plainGap
		return true
	case '3':
		if !arg(1) {
			return false
		}
		v.gap = int(b[2])
	case '!':
		if !arg(1) {
			return false
		}
		m := b[2]
		v.style = style{small: m&1 != 0, bold: m&8 != 0, underline: m&0x80 != 0, wide: 1 + int(m>>5&1), high: 1 + int(m>>4&1)}
	case 'E', 'G':
		if !arg(1) {
			return false
		}
		v.style.bold = b[2]&1 != 0
	case '-':
		if !arg(1) {
			return false
		}
		v.style.underline = b[2]&3 != 0
	case 'M':
		if !arg(1) {
			return false
		}
		v.style.small = b[2]&1 != 0
	case 't':
		if !arg(1) {
			return false
		}
		v.page = b[2]
	case 'J':
		if !arg(1) {
			return false
		}
		v.flush()
		v.advance(int(b[2]))
	case 'd':
		if !arg(1) {
			return false
		}
		v.flush()
		v.advance(int(b[2]) * v.gap)
	case '$':
		if !arg(2) {
			return false
		}
		v.line.x = min(int(b[2])|int(b[3])<<8, v.dots)
	case '\\':
		if !arg(2) {
			return false
		}
		v.line.x = min(max(v.line.x+int(int16(uint16(b[2])|uint16(b[3])<<8)), 0), v.dots)
	case 'a', 'R', '{', 'V', ' ', 'c', 'U', '%', '=':
		n := 1
		if b[1] == 'c' {
			n = 2
		}
		if !arg(n) {
			return false
		}
		switch b[1] {
		case 'a':
			v.align = b[2] & 3
		case '%':
			v.own = b[2]&1 != 0
		}
	case 'p':
		if !arg(3) {
			return false
		}
		v.odd("ESC p: somebody wants to open a cash drawer")
	case '*':
		return v.bitImage(b)
	case '&':
		return v.define(b)
	default:
		v.odd("ESC %02x", b[1])
	}
	return true
}

// gs carries out a GS command.
func (v *view) gs(b []byte) (done bool) {
	if len(b) < 2 {
		return false
	}
	switch b[1] {
	case '!':
		if len(b) < 3 {
			return false
		}
		v.style.wide, v.style.high = 1+int(b[2]>>4&7), 1+int(b[2]&7)
	case 'B':
		if len(b) < 3 {
			return false
		}
		v.style.inverse = b[2]&1 != 0
	case 'V':
		if len(b) < 3 {
			return false
		}
		if b[2] >= 65 {
			if len(b) < 4 {
				return false
			}
			v.flush()
			v.advance(int(b[3]))
		}
		v.flush()
		v.finish()
	case 'r', 'I', 'a':
		if len(b) < 3 {
			return false
		}
		v.answer(b[1], b[2])
	case 'L', 'W', 'P':
		if len(b) < 4 {
			return false
		}
		v.odd("GS %c: not drawn", b[1])
	case 'h', 'w', 'H', 'f':
		return len(b) >= 3
	case 'v':
		return v.raster(b)
	case '(':
		if len(b) < 5 {
			return false
		}
		if len(b) < 5+int(b[3])+int(b[4])<<8 {
			return false
		}
		if b[2] != 'k' {
			v.odd("GS ( %c: not drawn", b[2])
			break
		}
		v.symbol(b[5:])
	case 'e':
		if len(b) < 3 || len(b) < 4 && b[2] == 3 {
			return false
		}
		v.present(b[2])
	default:
		v.odd("GS %02x", b[1])
	}
	return true
}

// bitImage is ESC *: columns of 8 or 24 dots, which join the line like a
// character.
func (v *view) bitImage(b []byte) (done bool) {
	if len(b) < 5 {
		return false
	}
	mode, cols := b[2], int(b[3])|int(b[4])<<8
	rows, stretch := 1, 1
	switch mode {
	case 0, 1:
		stretch = 3
	case 32, 33:
		rows = 3
	default:
		v.odd("ESC * %02x", mode)
		return true
	}
	if len(b) < 5+cols*rows {
		return false
	}
	wide := 1
	if mode == 0 || mode == 32 {
		wide = 2
	}
	v.line.image(v.dots, b[5:5+cols*rows], rows, wide, stretch)
	return true
}

// raster is GS v 0: rows of dots, printed at once.
func (v *view) raster(b []byte) (done bool) {
	if len(b) < 8 {
		return false
	}
	if b[2] != '0' {
		v.odd("GS v %02x", b[2])
		return true
	}
	wide, high := int(b[4])|int(b[5])<<8, int(b[6])|int(b[7])<<8
	if wide*high > maxCommand-8 {
		v.odd("GS v 0 of %d x %d: more than a printer takes", wide*8, high)
		return true
	}
	if len(b) < 8+wide*high {
		return false
	}
	v.flush()
	mx, my := 1+int(b[3]&1), 1+int(b[3]>>1&1)
	for y := range high {
		for x := range wide * 8 {
			if b[8+y*wide+x/8]>>(7-x%8)&1 == 0 {
				continue
			}
			for d := range mx * my {
				v.paper.set(x*mx+d%mx, v.paper.y+y*my+d/mx)
			}
		}
	}
	v.advance(high * my)
	return true
}

// odd remembers something that a printer would ignore, and a person may want to
// know.
func (v *view) odd(format string, args ...any) {
	if len(v.paper.odd) < maxOddity {
		v.paper.odd = append(v.paper.odd, fmt.Sprintf(format, args...))
	}
}
