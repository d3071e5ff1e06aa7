// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// codePages are the tables by their number in ESC t, as Epson counts them and most
// others have followed.
var codePages = map[byte]*charmap.Charmap{
	0:  charmap.CodePage437,
	2:  charmap.CodePage850,
	3:  charmap.CodePage860,
	4:  charmap.CodePage863,
	5:  charmap.CodePage865,
	16: charmap.Windows1252,
	17: charmap.CodePage866,
	18: charmap.CodePage852,
	19: charmap.CodePage858,
	36: charmap.CodePage862,
	45: charmap.Windows1250,
	46: charmap.Windows1251,
	47: charmap.Windows1253,
	48: charmap.Windows1254,
	49: charmap.Windows1255,
	50: charmap.Windows1256,
	51: charmap.Windows1257,
	52: charmap.Windows1258,
}

// decodeByte gives the character that stands at c on the page.
func decodeByte(page, c byte) (rune, bool) {
	if c < 0x80 {
		if page == 37 && c == '%' {
			return '\u066A', true // page 864 has the Arabic sign there
		}
		return rune(c), true
	}
	if upper, ok := morePages[page]; ok {
		n, err := strconv.ParseUint(strings.Fields(upper)[c-0x80], 16, 16)
		if err != nil || n == 0 {
			return utf8.RuneError, false
		}
		return rune(n), true
	}
	table, ok := codePages[page]
	if !ok {
		return utf8.RuneError, false
	}
	r := table.DecodeByte(c)
	return r, r != utf8.RuneError
}
