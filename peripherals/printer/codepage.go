// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"strings"

	"golang.org/x/text/encoding/charmap"
)

// table is a code page: the byte of every letter that it has.
type table map[rune]byte

// tables are the tables that a profile may name.
var tables = map[string]table{
	"cp437": ofCharmap(charmap.CodePage437), "cp850": ofCharmap(charmap.CodePage850),
	"cp852": ofCharmap(charmap.CodePage852), "cp858": ofCharmap(charmap.CodePage858),
	"cp862": ofCharmap(charmap.CodePage862), "cp866": ofCharmap(charmap.CodePage866),
	"windows-1250": ofCharmap(charmap.Windows1250), "windows-1251": ofCharmap(charmap.Windows1251),
	"windows-1252": ofCharmap(charmap.Windows1252), "windows-1253": ofCharmap(charmap.Windows1253),
	"windows-1254": ofCharmap(charmap.Windows1254), "windows-1257": ofCharmap(charmap.Windows1257),
	"cp737": ofLetters(cp737), "cp857": ofLetters(cp857), "cp864": ofLetters(cp864),
	"cp720": ofLetters(cp720), "cp775": ofLetters(cp775), "cp1125": ofLetters(cp1125),
}

func ofCharmap(m *charmap.Charmap) table {
	t := table{}
	for b := 0x20; b < 0x100; b++ {
		if r := m.DecodeByte(byte(b)); b != 0x7F && r != '\uFFFD' && (b < 0x7F || r >= 0xA0) {
			t[r] = byte(b)
		}
	}
	return t
}

// ofLetters makes a table of the letters from 0x80 on; below they are ASCII. On page
// 864 there is an Arabic percent sign in place of the Latin one.
func ofLetters(upper string) table {
	t := table{}
	for b := byte(0x20); b < 0x7F; b++ {
		t[rune(b)] = b
	}
	b := 0x80
	for _, r := range upper {
		if _, twice := t[r]; r != '\uFFFD' && !twice {
			t[r] = byte(b)
		}
		b++
	}
	if upper == cp864 {
		delete(t, '%')
		t['\u066A'] = '%'
	}
	return t
}

// plain replaces marks that look the same on paper and that few tables have, and
// drops control characters, which a printer would obey, and marks of direction,
// which have done their work when words are put in order.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u00A0', '\u202F', '\u2009', '\t':
			return ' '
		case '\u2010', '\u2011', '\u2012', '\u2212':
			return '-'
		case '\u200B', '\u2060', '\uFEFF', '\u00AD', '\u200E', '\u200F', '\u061C':
			return -1
		}
		if r < 0x20 || r >= 0x7F && r < 0xA0 || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 {
			return -1
		}
		return r
	}, s)
}

// substitutes name what stands in for a mark that no page of a printer has. They say
// the same; letters have none.
var substitutes = strings.NewReplacer("\u2018", "'", "\u2019", "'", "\u201A", ",", "\u201C", `"`, "\u201D", `"`, "\u201E", `"`,
	"\u2013", "-", "\u2014", "-", "\u2026", "...", "\u2022", "*", "\u2190", "<-", "\u2192", "->", "\u20AC", "EUR", "\u066A", "%",
	"\u2039", "<", "\u203A", ">")

// glyphPage is the page of letters that are sent to the printer before the text
// (ESC & and ESC %). Numbers below it are those of ESC t.
const glyphPage = 256

// noPage is before a page has been chosen: a printer may have been told to begin with
// any, so only what is the same on all may be sent.
const noPage = -1

// seg is a piece of a line on one page.
type seg struct {
	page  int
	bytes []byte
}

// coded is a line in a printer's own letters, from left to right.
type coded []seg

// cells is how many letters wide it is.
func (c coded) cells() int {
	n := 0
	for _, s := range c {
		n += len(s.bytes)
	}
	return n
}

// alphabet is every letter that a printer has for one document: its pages in the
// order in which they are tried, and the letters that are sent to it.
type alphabet struct {
	pages  []codePage
	glyphs *glyphs // nil where the printer takes none
}

func (p profile) alphabet(types *typeset) *alphabet {
	a := &alphabet{pages: p.CodePages}
	if p.Glyphs {
		a.glyphs = &glyphs{types: types, slots: map[rune]byte{}}
	}
	return a
}

// onPage reports whether some page of the printer has r.
func (a *alphabet) onPage(r rune) bool {
	for _, cp := range a.pages {
		if _, ok := tables[cp.Table][r]; ok {
			return true
		}
	}
	return false
}

// has reports whether r can be printed as a letter: from a page, or sent first.
func (a *alphabet) has(r rune) bool { return a.onPage(r) || a.glyphs.has(r) }

// fit gives s in letters that the printer has, with substitutes where there are some.
// It reports false if it lacks one.
func (a *alphabet) fit(s []rune) ([]rune, bool) {
	var out []rune
	for _, r := range s {
		if a.onPage(r) {
			out = append(out, r)
			continue
		}
		if near, ok := a.nearForm(r); ok {
			out = append(out, near)
			continue
		}
		if a.glyphs.has(r) {
			out = append(out, r)
			continue
		}
		if simpler, ok := simplerForm(r); ok && a.onPage(simpler) {
			out = append(out, simpler)
			continue
		}
		instead := substitutes.Replace(string(r))
		for _, other := range instead {
			if !a.has(other) {
				return nil, false
			}
			out = append(out, other)
		}
	}
	return out, true
}

// nearForm finds another shape of an Arabic letter, where a page has two for four.
func (a *alphabet) nearForm(r rune) (rune, bool) {
	for _, near := range nearForms(r) {
		if a.onPage(near) {
			return near, true
		}
	}
	return 0, false
}

// encode puts a line on pages, with the fewest switches from the page that the
// printer is on, and gives the page that it is left on. All letters must be had.
//
// Each switch goes to the page that lasts longest. No other choice needs fewer: any
// page that another choice is on at that point must be left no later.
func (a *alphabet) encode(line []rune, page int) (coded, int) {
	var out coded
	for len(line) > 0 {
		n := a.lasts(page, line)
		if n == 0 {
			page, n = a.longest(line)
			if n == 0 {
				return out, page // a letter that nobody has: fit was not asked
			}
		}
		bytes := make([]byte, n)
		for i, r := range line[:n] {
			bytes[i], _ = a.byteOf(page, r)
		}
		out = append(out, seg{page, bytes})
		line = line[n:]
	}
	return out, page
}

func (a *alphabet) longest(line []rune) (page, n int) {
	for _, cp := range a.pages {
		if l := a.lasts(int(cp.Number), line); l > n {
			page, n = int(cp.Number), l
		}
	}
	if a.glyphs != nil && n == 0 {
		// Letters that must be sent first are taken where there are no others.
		if l := a.lasts(glyphPage, line); l > 0 {
			return glyphPage, l
		}
	}
	return page, n
}

// lasts is for how many letters a page is enough.
func (a *alphabet) lasts(page int, line []rune) int {
	for i, r := range line {
		if _, ok := a.byteOf(page, r); !ok {
			return i
		}
	}
	return len(line)
}

func (a *alphabet) byteOf(page int, r rune) (byte, bool) {
	if page == glyphPage {
		return a.glyphs.byteOf(r)
	}
	for _, cp := range a.pages {
		if int(cp.Number) == page {
			b, ok := tables[cp.Table][r]
			return b, ok
		}
	}
	return byte(r), r >= 0x20 && r < 0x7F // no page chosen yet: what all have, but for 864
}
