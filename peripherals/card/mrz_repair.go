// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
)

// What readers take for one another. One of each pair is a digit and the other a
// letter, so where only one sort may stand there is nothing to guess.
var (
	letterFor = map[byte]byte{'0': 'O', '1': 'I', '8': 'B', '5': 'S', '2': 'Z', '6': 'G'}
	digitFor  = map[byte]byte{'O': '0', 'I': '1', 'B': '8', 'S': '5', 'Z': '2', 'G': '6', 'Q': '0', 'D': '0', 'L': '1'}
)

// read puts right what can be put right, and reads the fields; with exact, only where no more
// than one sort of characters may stand.
func (l layout) read(zone [][]byte, now time.Time, exact bool) (MRZ, error) {
	m := MRZ{Choices: map[string][]peripherals.Secret{}}
	// Where only digits or only letters may stand.
	for _, s := range []span{l.birth, l.birthCheck, l.expiry, l.expiryCheck, l.optionalCheck, l.compositeCheck} {
		m.Repaired = toDigits(s.of(zone)) || m.Repaired
	}
	long := l.overflow.to > 0 && l.numberCheck.of(zone)[0] == '<'
	if !long {
		m.Repaired = toDigits(l.numberCheck.of(zone)) || m.Repaired
	}
	lettersOK := true
	for _, s := range []span{l.nationality, l.names, {l.first.line, l.first.from, l.first.from + 1}, {l.first.line, l.first.from + 2, l.first.to}} {
		fixed, ok := toLetters(s.of(zone))
		m.Repaired = fixed || m.Repaired
		lettersOK = lettersOK && ok
	}
	if !checks(l.birth.of(zone), l.birthCheck.of(zone)[0]) || !checks(l.expiry.of(zone), l.expiryCheck.of(zone)[0]) ||
		!realDate(l.birth.of(zone)) || !realDate(l.expiry.of(zone)) {
		return MRZ{}, errMRZ
	}
	numbers := l.numbers(zone, long, exact)
	if len(numbers) == 0 {
		return MRZ{}, errMRZ
	}
	found := map[string]peripherals.Secret{}
	offer := func(name string, values ...string) {
		var secrets []peripherals.Secret
		for _, v := range values {
			secrets = append(secrets, peripherals.NewSecret([]byte(v)))
		}
		switch len(secrets) {
		case 0:
		case 1:
			found[name] = secrets[0]
		default:
			m.Choices[name] = secrets
		}
	}
	if numbers[0].swaps > 0 {
		m.Repaired = true
	}
	var texts []string
	for _, n := range numbers {
		texts = append(texts, n.text)
	}
	offer(peripherals.CardNumber, texts...)
	offer(peripherals.DateOfBirth, birthDates(l.birth.of(zone), now)...)
	if lettersOK {
		family, given := nameOf(l.names.of(zone))
		if family == "" { // a person with one name
			family, given = given, ""
		}
		for name, v := range map[string]string{peripherals.FamilyName: family, peripherals.GivenNames: given,
			peripherals.Nationality: strings.Trim(string(l.nationality.of(zone)), "<")} {
			if v != "" {
				offer(name, v)
			}
		}
	}
	m.Fields = orderFields(found, true)
	for i, f := range m.Fields {
		m.Fields[i].Check = f.Name != peripherals.DateOfBirth
	}
	return m, nil
}

// toDigits puts digits where letters that look like them stand.
func toDigits(b []byte) (fixed bool) {
	for i, c := range b {
		if d, ok := digitFor[c]; ok {
			b[i], fixed = d, true
		}
	}
	return fixed
}

// toLetters puts letters where digits that look like them stand; ok says that only
// letters and fillers are left.
func toLetters(b []byte) (fixed, ok bool) {
	ok = true
	for i, c := range b {
		if letter, is := letterFor[c]; is {
			b[i], fixed = letter, true
		}
		ok = ok && (b[i] == '<' || b[i] >= 'A' && b[i] <= 'Z')
	}
	return fixed, ok
}

// candidate is a document number as it may be, and how many characters differ from
// what was read.
type candidate struct {
	text  string
	swaps int
}

// numbers are the ways in which the document number and the optional data can be
// read so that every check digit is right. What was read comes first if it can be
// right. Ways with more repairs count only if there are none with fewer.
func (l layout) numbers(zone [][]byte, long, exact bool) []candidate {
	// The characters in which both sorts may stand: the number, and the optional
	// data, which the composite digit covers.
	places := []span{l.number}
	switch {
	case l.optional.to > 0:
		places = append(places, l.optional)
	case l.overflow.to > 0:
		places = append(places, l.overflow)
	}
	if l.lines == 3 {
		places = append(places, span{1, 18, 29})
	}
	var open []*byte // each that can be mistaken
	for _, s := range places {
		b := s.of(zone)
		for i := range b {
			if other(b[i]) != 0 {
				open = append(open, &b[i])
			}
		}
	}
	var all []candidate
	try := func(swaps int) {
		if text, ok := l.number9(zone, long); ok && l.adds(zone) && !slices.ContainsFunc(all, func(c candidate) bool { return c.text == text }) {
			all = append(all, candidate{text, swaps})
		}
	}
	flip := func(p *byte) { *p = other(*p) }
	try(0)
	if exact {
		return all
	}
	if len(all) == 0 {
		for _, p := range open {
			flip(p)
			try(1)
			flip(p)
		}
	}
	if len(all) == 0 {
		for i, p := range open {
			for _, q := range open[i+1:] {
				flip(p)
				flip(q)
				try(2)
				flip(q)
				flip(p)
			}
		}
	}
	return all
}

// other is what c may be mistaken for, where both may stand; 0 if nothing. Only
// what goes both ways counts: O and 0, not Q and 0.
func other(c byte) byte {
	if letter, ok := letterFor[c]; ok {
		return letter
	}
	if d, ok := digitFor[c]; ok && letterFor[d] == c {
		return d
	}
	return 0
}

// number9 gives the document number if its own check digit is right. A number of
// more than nine characters goes on in the optional data, and its check digit is
// the last before the filler (ICAO 9303-5, 4.2.4).
func (l layout) number9(zone [][]byte, long bool) (string, bool) {
	number := l.number.of(zone)
	if !long {
		if !checks(number, l.numberCheck.of(zone)[0]) {
			return "", false
		}
		text := strings.TrimRight(string(number), "<")
		return text, text != ""
	}
	rest, _, _ := bytes.Cut(l.overflow.of(zone), []byte("<"))
	if len(rest) == 0 {
		// No number longer than nine: an empty check digit.
		return "", false
	}
	digit := rest[len(rest)-1]
	if d, ok := digitFor[digit]; ok {
		digit = d
	}
	whole := append(bytes.Clone(number), rest[:len(rest)-1]...)
	defer clear(whole)
	want, ok := mrzDigit(whole)
	return string(whole), ok && digit == want
}

// adds reports whether the optional data's and the composite check digit are right.
func (l layout) adds(zone [][]byte) bool {
	if l.optionalCheck.to > 0 && !checks(l.optional.of(zone), l.optionalCheck.of(zone)[0]) {
		return false
	}
	var parts [][]byte
	for _, s := range l.composite {
		parts = append(parts, s.of(zone))
	}
	want, ok := mrzDigit(parts...)
	return ok && l.compositeCheck.of(zone)[0] == want
}
