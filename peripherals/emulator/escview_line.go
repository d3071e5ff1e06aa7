// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"slices"
	"strings"
)

// lineBuffer is the line being put together: text and images, which are printed
// together when it is fed.
type lineBuffer struct {
	x     int
	items []item
	cols  []column
	spots []spot // of letters that were sent
	used  bool
}

// spot is one dot, up from the ground of the line.
type spot struct{ x, up int }

// move shifts a line that does not begin at the left.
func (l *lineBuffer) move(align byte, dots int) {
	by := 0
	switch align {
	case 1:
		by = (dots - l.x) / 2
	case 2:
		by = dots - l.x
	}
	if by <= 0 {
		return
	}
	for i := range l.items {
		l.items[i].x += by
	}
	for i := range l.cols {
		l.cols[i].x += by
	}
	for i := range l.spots {
		l.spots[i].x += by
	}
}

// item is a run of text of one style. y and high are known once it is printed.
type item struct {
	x, y, wide, high int
	text             []rune
	style            style
	drawn            bool // its dots are in the line's spots
}

// column is one column of an image, up to 24 dots, the top one in bit 23.
type column struct {
	x    int
	dots uint32
}

// char puts one character of the current code page into the line.
func (v *view) char(c byte) {
	w, h := cellWide*v.style.wide, cellHigh*v.style.high
	if v.style.small {
		w, h = smallWide*v.style.wide, smallHigh*v.style.high
	}
	if v.line.x+w > v.dots {
		v.feedLine() // a full line prints itself
	}
	r, ok := decodeByte(v.page, c)
	if dots, sent := v.sent[c]; v.own && sent {
		v.ownChar(c, dots, w, h)
		return
	}
	if !ok {
		v.odd("character %02x is not on code page %d", c, v.page)
	}
	l := &v.line
	l.used = true
	if n := len(l.items); n > 0 {
		last := &l.items[n-1]
		if last.style == v.style && !last.drawn && last.x+last.wide == l.x {
			last.text = append(last.text, r)
			last.wide += w
			l.x += w
			return
		}
	}
	l.items = append(l.items, item{x: l.x, wide: w, high: h, text: []rune{r}, style: v.style})
	l.x += w
}

// image puts an image into the line: columns of rows bytes, each drawn wide dots
// wide and its dots stretch high.
func (l *lineBuffer) image(dots int, data []byte, rows, wide, stretch int) {
	l.used = true
	for i := 0; i+rows <= len(data); i += rows {
		var bits uint32
		for _, b := range data[i : i+rows] {
			bits = bits<<8 | uint32(b)
		}
		if stretch == 3 {
			var tall uint32
			for bit := range 8 {
				if bits>>bit&1 != 0 {
					tall |= 7 << (3 * bit)
				}
			}
			bits = tall
		}
		for range wide {
			if l.x < dots {
				l.cols = append(l.cols, column{l.x, bits})
				l.x++
			}
		}
	}
}

// flush prints the line without feeding further than it is high.
func (v *view) flush() {
	if v.line.used {
		v.print(0)
	}
	v.line = lineBuffer{}
}

// feedLine is LF: prints the line and feeds the line spacing, or more if the line
// is higher.
func (v *view) feedLine() {
	if v.line.used {
		v.print(v.gap)
	} else {
		v.advance(v.gap)
	}
	v.line = lineBuffer{}
}

// print puts the line on the paper. Whatever is on one line stands on the same
// ground, so lower things start lower.
func (v *view) print(gap int) {
	l := &v.line
	l.move(v.align, v.dots)
	high := 0
	if len(l.cols) > 0 {
		high = cellHigh
	}
	for _, it := range l.items {
		high = max(high, it.high)
	}
	for _, c := range l.cols {
		for bit := range cellHigh {
			if c.dots>>(cellHigh-1-bit)&1 != 0 {
				v.paper.set(c.x, v.paper.y+high-cellHigh+bit)
			}
		}
	}
	for _, s := range l.spots {
		v.paper.set(s.x, v.paper.y+high-s.up)
	}
	if text := l.text(); strings.TrimSpace(text) != "" {
		v.paper.lines = append(v.paper.lines, text)
	}
	for _, it := range l.items {
		if !it.drawn && len(v.paper.items) < maxItems {
			it.y = v.paper.y + high - it.high
			v.paper.items = append(v.paper.items, it)
		}
	}
	v.advance(max(high, gap))
}

// text is the line as it is read from left to right: a gap between two pieces is
// as many spaces as fit, at least one.
func (l *lineBuffer) text() string {
	items := slices.Clone(l.items)
	slices.SortStableFunc(items, func(a, b item) int { return a.x - b.x })
	var b strings.Builder
	end := 0
	for i, it := range items {
		if i > 0 && it.x > end {
			b.WriteString(strings.Repeat(" ", max(1, (it.x-end)/cellWide)))
		}
		b.WriteString(string(it.text))
		end = it.x + it.wide
	}
	return strings.TrimRight(b.String(), " ")
}

func (v *view) advance(dots int) {
	v.paper.y = min(v.paper.y+dots, maxRows)
	v.paper.used = v.paper.used || dots > 0
}

// finish is a cut: the paper falls.
func (v *view) finish() {
	done := v.paper
	v.paper = newPaper(v.dots)
	v.line = lineBuffer{}
	done.cut = true
	v.cut(done)
}
