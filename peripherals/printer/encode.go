// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"cmp"
	"slices"
)

const (
	esc = 0x1B
	gs  = 0x1D
	dle = 0x10

	// joinGap is how many empty columns are sent as part of an image, rather
	// than beginning a new one.
	joinGap = 4
)

// job is what is sent to print a document, from a fresh start to the cut.
type job struct {
	bytes []byte
	// ends are the offsets at which a command has just ended: there, and nowhere else, a
	// real-time command may be put in.
	ends []int
}

// encode turns a page into the bytes that print it.
//
// Text goes out as text. Dots beside text join its line as 24-dot images (ESC *);
// dots between lines go as rows (GS v 0); nothing but empty paper is fed. So a
// page is as short on the wire as its text allows.
func encode(p profile, pg page) job {
	e := &encoder{page: pg, codePage: noPage}
	e.out = append(e.out, esc, '@', esc, 'a', 0)
	pg.glyphs.define(e)
	e.ended()
	texts := slices.Clone(pg.texts)
	slices.SortStableFunc(texts, func(a, b text) int {
		return cmp.Or(a.y-b.y, a.x-b.x)
	})
	y := 0
	codes := pg.codes
	ownCodes := func(until int) {
		for ; len(codes) > 0 && codes[0].y < until; codes = codes[1:] {
			e.between(y, codes[0].y)
			y = codes[0].y
			e.out = append(e.out, esc, 'a', 1)
			y += e.code(codes[0].link)
			e.out = append(e.out, esc, 'a', 0)
			e.ended()
		}
	}
	for len(texts) > 0 {
		ownCodes(texts[0].y)
		// Texts on one line share their top; layout makes lines that do not
		// overlap.
		n := 1
		for n < len(texts) && texts[n].y == texts[0].y {
			n++
		}
		e.between(y, texts[0].y)
		y = e.line(texts[:n])
		e.ended()
		texts = texts[n:]
	}
	ownCodes(pg.high)
	e.between(y, max(pg.high, len(pg.rows)))
	e.cut(p)
	return e.job()
}

// ended takes down that a command ends here.
func (e *encoder) ended() { e.ends = append(e.ends, len(e.out)) }

func (e *encoder) job() job {
	e.ended()
	return job{e.out, e.ends}
}

// cut feeds the paper to the knife, cuts, and presents it where there is a presenter.
func (e *encoder) cut(p profile) {
	if p.Cut >= 65 {
		e.out = append(e.out, gs, 'V', p.Cut, p.Feed)
	} else {
		e.feed(int(p.Feed))
		e.out = append(e.out, gs, 'V', p.Cut)
	}
	e.out = append(e.out, p.Present...)
}

type encoder struct {
	page     page
	out      []byte
	ends     []int
	codePage int  // of ESC t; noPage before the first
	own      bool // ESC % 1: letters that were sent
	bold     bool
	large    bool
}

// between prints the rows of dots from one line to the next.
func (e *encoder) between(y, end int) {
	for y < end {
		if wide := e.rowBytes(y); wide == 0 {
			blank := y
			for blank < end && e.rowBytes(blank) == 0 {
				blank++
			}
			e.feed(blank - y)
			e.ended()
			y = blank
			continue
		}
		if end-y >= letterHigh && e.bandCost(y) < e.rowsCost(y, letterHigh) {
			e.out = append(e.out, esc, '3', letterHigh)
			e.images(y)
			e.out = append(e.out, '\n')
			e.ended()
			y += letterHigh
			continue
		}
		// Rows of like width go together; a new command costs 8 bytes.
		n, wide := 1, e.rowBytes(y)
		for y+n < end && n < letterHigh {
			next := e.rowBytes(y + n)
			if next == 0 || (n+1)*max(wide, next)-n*wide-next > 8 {
				break
			}
			wide = max(wide, next)
			n++
		}
		e.rows(y, n)
		e.ended()
		y += n
	}
}

// rows prints n rows of dots, as wide as the widest of them.
func (e *encoder) rows(y, n int) {
	wide := 0
	for row := range n {
		wide = max(wide, e.rowBytes(y+row))
	}
	e.out = append(e.out, gs, 'v', '0', 0, byte(wide), byte(wide>>8), byte(n), 0)
	for row := range n {
		for x := range wide {
			var b byte
			for bit := range 8 {
				if e.page.at(x*8+bit, y+row) {
					b |= 0x80 >> bit
				}
			}
			e.data(b)
		}
	}
}

// rowsCost is how many bytes rows would be.
func (e *encoder) rowsCost(y, n int) int {
	wide := 0
	for row := range n {
		wide = max(wide, e.rowBytes(y+row))
	}
	return 8 + n*wide
}

// bandCost is how many bytes the same 24 rows would be as images in a line, which
// leave out empty columns.
func (e *encoder) bandCost(y int) int {
	cost := 4
	for _, s := range e.spans(y) {
		cost += 9 + 3*(s.end-s.x)
	}
	return cost
}

// rowBytes is how many bytes of row y there are up to the last black dot.
func (e *encoder) rowBytes(y int) int {
	if y < 0 || y >= len(e.page.rows) || e.page.rows[y] == nil {
		return 0
	}
	for x := len(e.page.rows[y]) - 1; x >= 0; x-- {
		if e.page.rows[y][x] {
			return x/8 + 1
		}
	}
	return 0
}

// line prints texts that stand side by side, and the dots beside them, and gives
// the row below.
func (e *encoder) line(texts []text) int {
	top, high := texts[0].y, texts[0].high()
	e.out = append(e.out, esc, '3', byte(high))
	e.images(top + high - letterHigh)
	for _, t := range texts {
		e.style(t.bold, t.large)
		e.at(t.x)
		e.write(t.coded)
	}
	e.out = append(e.out, '\n')
	return top + high
}

// span is some columns of dots.
type span struct{ x, end int }

// column gives the 24 dots of a column, the top one first.
func (e *encoder) column(x, y int) (bits uint32) {
	for row := range letterHigh {
		bits <<= 1
		if e.page.at(x, y+row) {
			bits |= 1
		}
	}
	return bits
}

// spans finds the columns of 24 rows that have dots, leaving out gaps that are
// worth it.
func (e *encoder) spans(y int) []span {
	var all []span
	for x := range e.page.dots {
		if e.column(x, y) == 0 {
			continue
		}
		if n := len(all); n > 0 && x-all[n-1].end < joinGap {
			all[n-1].end = x + 1
		} else {
			all = append(all, span{x, x + 1})
		}
	}
	return all
}

// images puts the dots of 24 rows into the line.
func (e *encoder) images(y int) {
	for _, s := range e.spans(y) {
		e.at(s.x)
		n := s.end - s.x
		e.out = append(e.out, esc, '*', 33, byte(n), byte(n>>8))
		for x := s.x; x < s.end; x++ {
			bits := e.column(x, y)
			e.data(byte(bits >> 16))
			e.data(byte(bits >> 8))
			e.data(byte(bits))
		}
	}
}

// data appends one byte of dots. DLE EOT, DLE ENQ and DLE DC4 are obeyed even in
// the middle of dots, so where a picture would say one of them, a dot is added to
// it.
func (e *encoder) data(b byte) {
	if n := len(e.out); n > 0 && e.out[n-1] == dle && (b == 0x04 || b == 0x05 || b == 0x14) {
		b |= 0x08
	}
	e.out = append(e.out, b)
}

func (e *encoder) at(x int) { e.out = append(e.out, esc, '$', byte(x), byte(x>>8)) }

func (e *encoder) feed(n int) {
	for ; n > 0; n -= 255 {
		e.out = append(e.out, esc, 'J', byte(min(n, 255)))
	}
}

// write sends letters, switching to the page of each piece.
func (e *encoder) write(c coded) {
	for _, s := range c {
		if own := s.page == glyphPage; own != e.own {
			e.own = own
			e.out = append(e.out, esc, '%', flag(own))
		}
		if s.page != glyphPage && s.page != noPage && s.page != e.codePage {
			e.codePage = s.page
			e.out = append(e.out, esc, 't', byte(s.page))
		}
		e.out = append(e.out, s.bytes...)
	}
}

// style switches to a style, sending only what changes.
func (e *encoder) style(bold, large bool) {
	if bold != e.bold {
		e.bold = bold
		e.out = append(e.out, esc, 'E', flag(bold))
	}
	if large != e.large {
		e.large = large
		e.out = append(e.out, gs, '!', 0x11*flag(large))
	}
}

func flag(on bool) byte {
	if on {
		return 1
	}
	return 0
}
