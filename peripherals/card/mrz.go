// SPDX-License-Identifier: Apache-2.0

package card

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"handrail/peripherals"
)

// MRZ is what the machine-readable zone of a passport or identity card says
// (ICAO 9303, parts 3 to 6).
type MRZ struct {
	// Fields are what is certain enough to be offered. Those with Check set
	// are not proven by a check digit: names and nationality never are, and a
	// document number only in part, because the digits of ICAO 9303 do not
	// tell 6 from G, or 0 from A.
	Fields []peripherals.Field
	// Choices are fields that could be read in more than one way, with all
	// ways. None of them is in Fields.
	Choices map[string][]peripherals.Secret
	// Repaired says that a character was not what stood there.
	Repaired bool
}

// Wipe wipes all of it.
func (m MRZ) Wipe() {
	peripherals.WipeFields(m.Fields)
	for _, all := range m.Choices {
		for _, s := range all {
			s.Wipe()
		}
	}
}

var errMRZ = errors.New("not a machine-readable zone that adds up")

// span is some characters of the zone's lines.
type span struct{ line, from, to int }

// layout says where things are in one of the three sizes.
type layout struct {
	lines, width              int
	number, numberCheck       span
	birth, birthCheck         span
	expiry, expiryCheck       span
	optional, optionalCheck   span // the check digit of the optional data: TD3 only
	nationality, names, first span // first: kind of document and issuer
	overflow                  span // where a longer number goes on
	composite                 []span
	compositeCheck            span
}

var layouts = []layout{
	{ // TD1, ICAO 9303-5, 4.2
		lines: 3, width: 30, first: span{0, 0, 5},
		number: span{0, 5, 14}, numberCheck: span{0, 14, 15}, overflow: span{0, 15, 30},
		birth: span{1, 0, 6}, birthCheck: span{1, 6, 7},
		expiry: span{1, 8, 14}, expiryCheck: span{1, 14, 15},
		nationality: span{1, 15, 18}, names: span{2, 0, 30},
		composite:      []span{{0, 5, 30}, {1, 0, 7}, {1, 8, 15}, {1, 18, 29}},
		compositeCheck: span{1, 29, 30},
	},
	{ // TD2, ICAO 9303-6, 4.2
		lines: 2, width: 36, first: span{0, 0, 5},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 10}, overflow: span{1, 28, 35},
		birth: span{1, 13, 19}, birthCheck: span{1, 19, 20},
		expiry: span{1, 21, 27}, expiryCheck: span{1, 27, 28},
		nationality: span{1, 10, 13}, names: span{0, 5, 36},
		composite:      []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 35}},
		compositeCheck: span{1, 35, 36},
	},
	{ // TD3, ICAO 9303-4, 4.2
		lines: 2, width: 44, first: span{0, 0, 5},
		number: span{1, 0, 9}, numberCheck: span{1, 9, 10},
		birth: span{1, 13, 19}, birthCheck: span{1, 19, 20},
		expiry: span{1, 21, 27}, expiryCheck: span{1, 27, 28},
		optional: span{1, 28, 42}, optionalCheck: span{1, 42, 43},
		nationality: span{1, 10, 13}, names: span{0, 5, 44},
		composite:      []span{{1, 0, 10}, {1, 13, 20}, {1, 21, 43}},
		compositeCheck: span{1, 43, 44},
	},
}

// ParseMRZ reads a zone of two or three lines. What a reader commonly mistakes (O
// for 0, B for 8) is put right where the place allows only one of the two, or where
// the check digits leave only one way to read it. now decides on centuries.
func ParseMRZ(lines []string, now time.Time) (MRZ, error) {
	zone := make([][]byte, 0, 3)
	defer func() {
		for _, l := range zone {
			clear(l)
		}
	}()
	for _, text := range lines {
		line := []byte(strings.ToUpper(strings.TrimSpace(text)))
		for i, c := range line {
			if c == ' ' {
				line[i] = '<'
			}
		}
		if len(line) > 0 {
			zone = append(zone, line)
		}
	}
	for _, l := range layouts {
		if len(zone) == l.lines && allOf(zone, l.width) {
			if holes := l.holes(zone); len(holes) > 0 {
				return l.fill(zone, holes, now)
			}
			return l.read(zone, now, false)
		}
	}
	return MRZ{}, fmt.Errorf("%w: it has %d lines of unusual length", errMRZ, len(zone))
}

func allOf(zone [][]byte, width int) bool {
	for _, line := range zone {
		if len(line) != width {
			return false
		}
	}
	return true
}

func (s span) of(zone [][]byte) []byte {
	if s.to == 0 {
		return nil
	}
	return zone[s.line][s.from:s.to]
}

// value is what a character counts in a sum (ICAO 9303-3, 4.9); -1 for one that
// cannot be there.
func mrzValue(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'A' && c <= 'Z':
		return int(c-'A') + 10
	case c == '<':
		return 0
	}
	return -1
}

// mrzDigit is the check digit of some characters, and false if one of them cannot
// be there.
func mrzDigit(parts ...[]byte) (byte, bool) {
	weights := [3]int{7, 3, 1}
	sum, n := 0, 0
	for _, part := range parts {
		for _, c := range part {
			v := mrzValue(c)
			if v < 0 {
				return 0, false
			}
			sum += v * weights[n%3]
			n++
		}
	}
	return byte('0' + sum%10), true
}

// checks reports whether digit is the check digit of b. An empty field may have no
// digit at all.
func checks(b []byte, digit byte) bool {
	want, ok := mrzDigit(b)
	return ok && (digit == want || digit == '<' && strings.Trim(string(b), "<") == "")
}

// nameOf turns "ERIKSSON<<ANNA<MARIA" into family and given names.
func nameOf(b []byte) (family, given string) {
	family, given, _ = strings.Cut(strings.TrimRight(string(b), "<"), "<<")
	join := func(s string) string {
		return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '<' }), " ")
	}
	return join(family), join(given)
}

// oldest is the age up to which somebody may be taken for alive.
const oldest = 115

// birthDates are the days that YYMMDD can be, as seen from now.
func birthDates(b []byte, now time.Time) []string {
	var days []string
	for century := now.Year() / 100 * 100; century >= now.Year()-200; century -= 100 {
		d, err := time.Parse("20060102", fmt.Sprintf("%02d%s", century/100, b))
		if err == nil && !d.After(now) && now.Year()-d.Year() <= oldest {
			days = append(days, d.Format(time.DateOnly))
		}
	}
	return days
}

// realDate reports whether YYMMDD is a day of some century, or is not known to
// the day.
func realDate(b []byte) bool {
	_, err := time.Parse("20060102", "20"+string(b))
	return err == nil || strings.Contains(string(b), "<")
}
