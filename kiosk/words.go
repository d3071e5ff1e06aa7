// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// maxWords is the size of a words file in bytes: about 40,000 sentences.
const maxWords = 1 << 20

// wordHashBytes is how much of the SHA-256 is kept: enough that nobody finds a second text by trying.
const wordHashBytes = 12

// NormaliseWords brings words of a page into the form in which they are compared: Unicode NFC, each run of white space one
// space, none at the ends. Case and punctuation stay.
//
// White space is what Unicode calls White_Space: U+0009 to U+000D, U+0020, U+0085, U+00A0, U+1680, U+2000 to U+200A, U+2028,
// U+2029, U+202F, U+205F, U+3000. In JavaScript the same is
//
//	s.normalize('NFC').replace(/[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g, ' ')
//
// with one space taken off each end (\s is not the same set: it has U+FEFF and lacks U+0085).
func NormaliseWords(s string) string {
	return strings.Join(strings.Fields(norm.NFC.String(strings.ToValidUTF8(s, "\uFFFD"))), " ")
}

// WordHash names one text at one place of one page of a guide: 24 lower-case hex digits, the first 12 bytes of a SHA-256.
//
// What is hashed, byte for byte: five parts, each as its length in bytes of UTF-8 (unsigned, 32 bits, big endian) and then
// those bytes. The parts are "words 1", the guide's id, the page's id, the place, and the words as NormaliseWords leaves
// them (WordHash normalises them itself). place is opaque here: whoever draws the outline says where in the page's structure
// the text stands, and must say the same for everyone.
//
// The same in a browser: TextEncoder for each part, DataView.setUint32(0, length) before it, crypto.subtle.digest('SHA-256', ...).
func WordHash(guide, page, place, words string) string {
	h := sha256.New()
	for _, part := range []string{"words 1", guide, page, place, NormaliseWords(words)} {
		part = strings.ToValidUTF8(part, "\uFFFD")
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil)[:wordHashBytes])
}

// Public tells whether words may be shown to a helper: they stand in the guide's words for that page and place.
func (w Words) Public(guide, page, place, words string) bool {
	return w[WordHash(guide, page, place, words)]
}

// ParseWords reads a words file: one hash a line in lower case, each greater than the one before; lines that begin with # and
// empty lines are skipped. Anything else is a *GuideError with its line.
func ParseWords(name string, data []byte) (Words, error) {
	wrong := func(line, column int, message, fix string) (Words, error) {
		return nil, &GuideError{File: name, Line: line, Column: column, Message: message, Fix: fix}
	}
	const again = "record the guide's public words again"
	if len(data) > maxWords {
		return wrong(1, 1, fmt.Sprintf("the file has %d bytes, words may have %d", len(data), maxWords), again)
	}
	words, last, number := Words{}, "", 0
	for line := range bytes.Lines(data) {
		number++
		text := strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r")
		if text == "" || text[0] == '#' {
			continue
		}
		if i := strings.IndexFunc(text, func(r rune) bool { return !strings.ContainsRune("0123456789abcdef", r) }); i >= 0 {
			return wrong(number, i+1, "here should be a hash of digits and the letters a to f", again)
		}
		switch {
		case len(text) != 2*wordHashBytes:
			return wrong(number, 1, fmt.Sprintf("this hash has %d digits instead of %d", len(text), 2*wordHashBytes), again)
		case text == last:
			return wrong(number, 1, "this hash is here a second time", "take one out")
		case text < last:
			return wrong(number, 1, "the hashes are not in order", "sort the lines")
		}
		words[text], last = true, text
	}
	return words, nil
}

// FormatWords writes a words file, the same for the same words. Each line of the comment gets its #.
func FormatWords(w Words, comment string) []byte {
	var out bytes.Buffer
	for line := range strings.Lines(comment) {
		fmt.Fprintf(&out, "# %s\n", strings.TrimSpace(line))
	}
	hashes := make([]string, 0, len(w))
	for hash, public := range w {
		if public {
			hashes = append(hashes, hash)
		}
	}
	slices.Sort(hashes)
	for _, hash := range hashes {
		out.WriteString(hash + "\n")
	}
	return out.Bytes()
}
