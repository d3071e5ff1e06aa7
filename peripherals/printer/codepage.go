// SPDX-License-Identifier: Apache-2.0

package printer

import "strings"

// plain replaces marks that look the same on paper and that few tables have, and
// drops control characters, which a printer would obey.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '\u00A0', '\u202F', '\u2009', '\t':
			return ' '
		case '\u2010', '\u2011', '\u2012', '\u2212':
			return '-'
		case '\u200B', '\u2060', '\uFEFF', '\u00AD':
			return -1
		}
		if r < 0x20 || r >= 0x7F && r < 0xA0 {
			return -1
		}
		return r
	}, s)
}

// coded is text in a printer's own letters.
type coded struct {
	page  byte
	bytes []byte
}

// encodeText puts s on the first code page that has all its letters; prefer, the
// page of the line before, is tried first. It reports false if no page has them.
func (p profile) encodeText(s string, prefer byte) (coded, bool) {
	for _, cp := range p.CodePages {
		if cp.Number == prefer {
			if b, ok := encodeOn(cp, s); ok {
				return coded{cp.Number, b}, true
			}
		}
	}
	for _, cp := range p.CodePages {
		if b, ok := encodeOn(cp, s); ok {
			return coded{cp.Number, b}, true
		}
	}
	return coded{}, false
}

func encodeOn(cp codePage, s string) ([]byte, bool) {
	table := tables[cp.Table]
	out := make([]byte, 0, len(s))
	for _, r := range s {
		b, ok := table.EncodeRune(r)
		if !ok || b < 0x20 || b == 0x7F {
			return nil, false
		}
		out = append(out, b)
	}
	return out, true
}
