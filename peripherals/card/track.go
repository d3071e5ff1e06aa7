// SPDX-License-Identifier: Apache-2.0

package card

import (
	"fmt"
	"strings"

	"handrail/peripherals"
)

// ParseTracks reads what a magnetic stripe reader sends for one swipe: tracks 1 to
// 3 between sentinels (ISO 7811-2, ISO 7813), "E" for one that could not be read.
// A bank card is never read: whatever looks like the number of one makes the whole
// swipe unknown, and nothing of it is kept.
func ParseTracks(swipe []byte) ([]peripherals.Field, error) {
	var one, two string
	bad := false
	for rest := string(swipe); rest != ""; {
		end := strings.IndexByte(rest, '?')
		start := strings.IndexAny(rest, "%;+")
		if start < 0 {
			if strings.Trim(rest, "\r\n") != "" {
				return nil, fmt.Errorf("%w: there is something beside the tracks", errBadCard)
			}
			break
		}
		if strings.Trim(rest[:start], "\r\n") != "" {
			return nil, fmt.Errorf("%w: there is something beside the tracks", errBadCard)
		}
		if end < start {
			return nil, fmt.Errorf("%w: a track without an end", errBadCard)
		}
		kind, text := rest[start], rest[start+1:end]
		rest = rest[end+1:]
		// The checksum after the end, if the reader sends it.
		if rest != "" && !strings.ContainsRune("%;+\r\n", rune(rest[0])) {
			if !trackLRC(kind, text, rest[0]) {
				return nil, fmt.Errorf("%w: the swipe is spoilt", errBadCard)
			}
			rest = rest[1:]
		}
		if text == "E" || text == "e" {
			bad = true
			continue
		}
		if !trackChars(kind, text) {
			return nil, fmt.Errorf("%w: the swipe is spoilt", errBadCard)
		}
		switch {
		case kind == '%' && one == "":
			one = text
		case kind == ';' && two == "":
			two = text
		case kind == '+': // track 3 is for banks
		default:
			return nil, fmt.Errorf("%w: two swipes at once", errBadCard)
		}
	}
	return trackFields(one, two, bad)
}

// trackFields takes what may be kept: the number of the stripe's own system, and
// the name on track 1.
func trackFields(one, two string, bad bool) ([]peripherals.Field, error) {
	number, _, _ := strings.Cut(two, "=")
	found := map[string]peripherals.Secret{}
	var oneNumber, name string
	if strings.HasPrefix(one, "B") { // format B: number, name, more (ISO 7813, 5.1)
		parts := strings.SplitN(one[1:], "^", 3)
		oneNumber = parts[0]
		if len(parts) == 3 {
			name = parts[1]
		}
	} else if one != "" && !strings.Contains(one, "^") {
		oneNumber = one
	}
	if hidesPAN(one) || hidesPAN(two) {
		return nil, fmt.Errorf("%w: a bank card is not read here", errUnknownCard)
	}
	oneNumber = strings.TrimSpace(oneNumber)
	switch {
	case number == "":
		number = oneNumber
	case oneNumber != "" && oneNumber != number:
		return nil, fmt.Errorf("%w: its tracks do not agree", errBadCard)
	}
	if number != "" {
		found[peripherals.CardNumber] = peripherals.NewSecret([]byte(number))
	}
	if family, given, ok := strings.Cut(name, "/"); ok {
		given, _, _ = strings.Cut(given, ".") // a title
		for field, v := range map[string]string{peripherals.FamilyName: family, peripherals.GivenNames: given} {
			if v = strings.TrimSpace(v); v != "" {
				found[field] = peripherals.NewSecret([]byte(v))
			}
		}
	}
	if len(found) == 0 {
		if bad {
			return nil, fmt.Errorf("%w: no track could be read", errBadCard)
		}
		return nil, fmt.Errorf("%w: there is nothing on its stripe", errUnknownCard)
	}
	return orderFields(found, false), nil
}

// orderFields gives fields in the order in which they are offered.
func orderFields(found map[string]peripherals.Secret, check bool) []peripherals.Field {
	var fields []peripherals.Field
	for _, name := range peripherals.FieldNames() {
		if s, ok := found[name]; ok {
			fields = append(fields, peripherals.Field{Name: name, Value: s, Check: check})
		}
	}
	return fields
}

// trackChars reports whether text has only the characters of its track: 64 of them
// on track 1, and 16 on the others.
func trackChars(kind byte, text string) bool {
	from, to := byte('0'), byte('?')
	if kind == '%' {
		from, to = ' ', '_'
	}
	for i := range len(text) {
		if c := text[i]; c < from || c > to || strings.IndexByte("%;?", c) >= 0 {
			return false
		}
	}
	return len(text) <= 107
}

// trackLRC checks the sum over a track with its sentinels, in the track's own code.
func trackLRC(kind byte, text string, lrc byte) bool {
	base, mask := byte('0'), byte(0x0F)
	if kind == '%' {
		base, mask = ' ', 0x3F
	}
	sum := (kind - base) ^ ('?' - base)
	for i := range len(text) {
		sum ^= text[i] - base
	}
	return (sum^(lrc-base))&mask == 0
}

// hidesPAN reports whether there is what looks like a payment card's number in s:
// 12 to 19 digits in a row, spaces aside, of an issuer that banks use, and with the
// right check digit. It would rather be wrong than let one through: so any run of 16
// digits with the right check digit counts, whoever its issuer.
func hidesPAN(s string) bool {
	var run []byte
	flush := func() bool {
		is := len(run) >= 12 && len(run) <= 19 && luhn(run) && (len(run) == 16 || run[0] >= '3' && run[0] <= '6')
		run = run[:0]
		return is
	}
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' {
			run = append(run, c)
			continue
		}
		if c == ' ' || c == '-' {
			continue
		}
		if flush() {
			return true
		}
		// After the B of format B and the = of track 2 a number starts anew.
	}
	return flush()
}

// luhn checks digits by ISO 7812-1, annex B.
func luhn(digits []byte) bool {
	sum := 0
	for i := range digits {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0 && len(digits) > 0
}
