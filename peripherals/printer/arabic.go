// SPDX-License-Identifier: Apache-2.0

package printer

// Arabic letters take a shape by their neighbours: alone, at the end, at the
// beginning or in the middle of what is joined. Unicode's Presentation Forms-B has a
// character for each shape, which is what page 864 and letters sent to a printer are
// made of.

// letterForms are the first of a letter's shapes and how many it has: 1 (joins
// nobody), 2 (joins the letter before) or 4.
var letterForms = map[rune]struct {
	first rune
	n     int
}{
	0x621: {0xFE80, 1}, 0x622: {0xFE81, 2}, 0x623: {0xFE83, 2}, 0x624: {0xFE85, 2}, 0x625: {0xFE87, 2},
	0x626: {0xFE89, 4}, 0x627: {0xFE8D, 2}, 0x628: {0xFE8F, 4}, 0x629: {0xFE93, 2}, 0x62A: {0xFE95, 4},
	0x62B: {0xFE99, 4}, 0x62C: {0xFE9D, 4}, 0x62D: {0xFEA1, 4}, 0x62E: {0xFEA5, 4}, 0x62F: {0xFEA9, 2},
	0x630: {0xFEAB, 2}, 0x631: {0xFEAD, 2}, 0x632: {0xFEAF, 2}, 0x633: {0xFEB1, 4}, 0x634: {0xFEB5, 4},
	0x635: {0xFEB9, 4}, 0x636: {0xFEBD, 4}, 0x637: {0xFEC1, 4}, 0x638: {0xFEC5, 4}, 0x639: {0xFEC9, 4},
	0x63A: {0xFECD, 4}, 0x641: {0xFED1, 4}, 0x642: {0xFED5, 4}, 0x643: {0xFED9, 4}, 0x644: {0xFEDD, 4},
	0x645: {0xFEE1, 4}, 0x646: {0xFEE5, 4}, 0x647: {0xFEE9, 4}, 0x648: {0xFEED, 2}, 0x649: {0xFEEF, 2},
	0x64A: {0xFEF1, 4},
	// Persian and Urdu, of Presentation Forms-A.
	0x67E: {0xFB56, 4}, 0x686: {0xFB7A, 4}, 0x698: {0xFB8A, 2}, 0x6A9: {0xFB8E, 4}, 0x6AF: {0xFB92, 4},
	0x6CC: {0xFBFC, 4},
}

// lamAlef are the first shapes of lam and an alef, which are written as one.
var lamAlef = map[rune]rune{0x622: 0xFEF5, 0x623: 0xFEF7, 0x625: 0xFEF9, 0x627: 0xFEFB}

const (
	lam     = 0x644
	tatweel = 0x640
)

// isForm reports whether r is a shape of a letter, or lam and alef in one.
func isForm(r rune) bool {
	return r >= 0xFB56 && r <= 0xFBFF || r >= 0xFE80 && r <= 0xFEFC || r == tatweel
}

// isVowel reports whether r is a mark above or below a letter. Printers have no room
// for them, and words are read without.
func isVowel(r rune) bool { return r >= 0x64B && r <= 0x65F || r == 0x670 }

func joinsNext(r rune) bool { return r == tatweel || letterForms[r].n == 4 }

func joinsBefore(r rune) bool { return r == tatweel || letterForms[r].n >= 2 }

// shape gives each Arabic letter of s its shape, in the order in which it is read.
func shape(s []rune) []rune {
	var letters []rune
	for _, r := range s {
		if !isVowel(r) {
			letters = append(letters, r)
		}
	}
	var out []rune
	for i := 0; i < len(letters); i++ {
		r := letters[i]
		f, ok := letterForms[r]
		if !ok {
			if r != '\u200C' && r != '\u200D' { // these say only what joins
				out = append(out, r)
			}
			continue
		}
		before := i > 0 && (joinsNext(letters[i-1]) || letters[i-1] == '\u200D') && f.n >= 2
		if r == lam && i+1 < len(letters) {
			if both, ok := lamAlef[letters[i+1]]; ok {
				if before {
					both++
				}
				out = append(out, both)
				i++
				continue
			}
		}
		next := f.n == 4 && i+1 < len(letters) && (joinsBefore(letters[i+1]) || letters[i+1] == '\u200D')
		switch {
		case before && next:
			r = f.first + 3
		case next:
			r = f.first + 2
		case before:
			r = f.first + 1
		default:
			r = f.first
		}
		out = append(out, r)
	}
	return out
}

// nearForms are the shapes that may stand in for r: that at the end for that which
// stands alone, that in the middle for that at the beginning, and the other way round.
func nearForms(r rune) []rune {
	for _, f := range letterForms {
		if r < f.first || r >= f.first+rune(f.n) {
			continue
		}
		i := r - f.first
		var near []rune
		switch i {
		case 0, 1:
			near = []rune{f.first + 1 - i}
		case 2, 3:
			near = []rune{f.first + 5 - i, f.first}
		}
		return near
	}
	for _, first := range lamAlef {
		if r == first+1 {
			return []rune{first}
		}
	}
	return nil
}

// simplerForm leaves out a hamza below an alef, which page 864 does not have and
// everyday writing often leaves out. It is for printers that take no letters.
func simplerForm(r rune) (rune, bool) {
	switch r {
	case 0xFE87, 0xFE88:
		return 0xFE8D + r - 0xFE87, true
	case 0xFEF9, 0xFEFA:
		return 0xFEFB + r - 0xFEF9, true
	}
	return 0, false
}
