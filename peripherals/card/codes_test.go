// SPDX-License-Identifier: Apache-2.0

package card

import (
	"errors"
	"strings"
	"testing"

	"handrail/peripherals"
)

func TestTracks(t *testing.T) {
	for name, c := range map[string]struct {
		swipe, want string
		err         error
	}{
		"library":          {";21234000000018=991200?\r", "card_number=21234000000018", nil},
		"name and number":  {"%B1234567^LINDEN/AMINA NOOR.MS^991200?;1234567=991200?\r\n", "family_name=LINDEN given_names=AMINA NOOR card_number=1234567", nil},
		"checksum":         {";123=9?" + string(rune(trackSum(";123=9?"))), "card_number=123", nil},
		"track 1 bad":      {"%E?;1234567=99?", "card_number=1234567", nil},
		"all bad":          {"%E?;E?", "", errBadCard},
		"bank card":        {"%B4111111111111111^DOE/J^2512101?;4111111111111111=2512101?", "", errUnknownCard},
		"bank on track 1":  {"%B5500 0000 0000 0004^DOE/J^2512101?;1234567=1?", "", errUnknownCard},
		"bank on track 2":  {"%B1234567^DOE/J^25?;371449635398431=2512?", "", errUnknownCard},
		"not the same":     {"%B1234567^A/B^?;7654321=?", "", errBadCard},
		"half":             {";1234567", "", errBadCard},
		"two at once":      {";1234567=?;1234568=?", "", errBadCard},
		"noise":            {";12\x0134567=?", "", errBadCard},
		"noise before":     {"x;1234567=?", "", errBadCard},
		"checksum wrong":   {";123=9?9", "", errBadCard},
		"empty":            {";?", "", errUnknownCard},
		"nothing":          {"", "", errUnknownCard},
		"bank, split":      {";4111-1111 1111 1111=2512101?", "", errBadCard},
		"bank in the rest": {"%B1234567^A/B^4111111111111111?", "", errUnknownCard},
	} {
		fields, err := ParseTracks([]byte(c.swipe))
		var words []string
		for _, f := range fields {
			words = append(words, f.Name+"="+f.Value.Reveal())
		}
		if got := strings.Join(words, " "); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

// trackSum is the checksum of track 2, written apart from the parser.
func trackSum(s string) byte {
	var x byte
	for i := range len(s) {
		x ^= s[i] & 0x0F
	}
	return x | 0x30
}

func FuzzTracks(f *testing.F) {
	f.Add([]byte("%B1234567^LINDEN/AMINA^99?;1234567=99?"))
	f.Add([]byte(";4111111111111111=25?"))
	f.Fuzz(func(t *testing.T, swipe []byte) {
		fields, err := ParseTracks(swipe)
		if err != nil && fields != nil {
			t.Fatal("half a swipe")
		}
		for _, field := range fields {
			if !peripherals.AllowedField(field.Name) || hidesPAN(field.Value.Reveal()) {
				t.Fatalf("%s comes out", field.Name)
			}
		}
	})
}

func TestLibraryCodes(t *testing.T) {
	own := []string{"codabar:2*************", "code39:LIB****", "code39-43:?????????", "text:X-***"}
	for code, c := range map[string]struct {
		want string
		err  error
	}{
		"21234000000018":               {"21234000000018", nil},
		"A21234000000018B":             {"21234000000018", nil},
		"21234000000017":               {"", errBadCard},
		"31234000000015":               {"", errUnknownCard},
		"LIB0042":                      {"LIB0042", nil},
		"*LIB0042*":                    {"LIB0042", nil},
		"CODE 39CC":                    {"", errBadCard},
		"WIKIPEDIT":                    {"WIKIPEDI", nil},
		"X-123":                        {"X-123", nil},
		"X-12a":                        {"", errUnknownCard},
		"2123400000001821234000000018": {"", errUnknownCard},
		"4111111111111111":             {"", errUnknownCard},
		"":                             {"", errUnknownCard},
	} {
		patterns, err := parsePatterns(own)
		if err != nil {
			t.Fatal(err)
		}
		fields, err := parseCode(code, patterns)
		got := fieldMap(fields)[peripherals.CardNumber]
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: %q, %v", code, got, err)
		}
	}
	for _, bad := range []string{"codabar", "runes:***", "code39:", ":x"} {
		if _, err := parsePatterns([]string{bad}); err == nil {
			t.Errorf("%q is a pattern", bad)
		}
	}
}

func FuzzCode(f *testing.F) {
	f.Add("21234000000018")
	f.Add("*A-1*")
	f.Fuzz(func(t *testing.T, code string) {
		fields, err := parseCode(code, usualCodes)
		if (err == nil) != (len(fields) == 1) {
			t.Fatalf("%d fields, %v", len(fields), err)
		}
	})
}
