// SPDX-License-Identifier: Apache-2.0

package card

import (
	"fmt"
	"strings"

	"handrail/peripherals"
)

// codePattern is what numbers a library's cards have.
type codePattern struct {
	kind  string // codabar, code39, code39-43 or text
	shape string // * is any digit, ? any character of the code, all else itself
}

// usualCodes are the commonest: fourteen digits that start with 2 for a person (3
// is a book), the last of them a check digit; and short Code 39 numbers with it.
var usualCodes = []codePattern{{"codabar", "2*************"}, {"code39-43", "???????"}, {"code39-43", "????????"}}

const code39Chars = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"

// parsePatterns reads Config.Codes.
func parsePatterns(codes []string) ([]codePattern, error) {
	if len(codes) == 0 {
		return usualCodes, nil
	}
	var all []codePattern
	for _, c := range codes {
		kind, shape, ok := strings.Cut(c, ":")
		switch kind {
		case "codabar", "code39", "code39-43", "text":
		default:
			ok = false
		}
		if !ok || shape == "" || len(shape) > 60 {
			return nil, fmt.Errorf("code %q: want codabar, code39, code39-43 or text, a colon, and a pattern such as 2*************", c)
		}
		all = append(all, codePattern{kind, shape})
	}
	return all, nil
}

// parseCode reads a library card's number, as a scanner sends it.
func parseCode(code string, patterns []codePattern) ([]peripherals.Field, error) {
	if hidesPAN(code) {
		return nil, fmt.Errorf("%w: a bank card is not read here", errUnknownCard)
	}
	spoilt := false
	for _, p := range patterns {
		number, fits, ok := p.match(code)
		if fits && ok {
			s := peripherals.NewSecret([]byte(number))
			return []peripherals.Field{{Name: peripherals.CardNumber, Value: s}}, nil
		}
		spoilt = spoilt || fits
	}
	if spoilt {
		return nil, fmt.Errorf("%w: its check digit is wrong", errBadCard)
	}
	return nil, fmt.Errorf("%w: not a library's number", errUnknownCard)
}

// match reports whether code has the shape, and whether its check digit is right.
func (p codePattern) match(code string) (number string, fits, ok bool) {
	switch p.kind {
	case "codabar":
		// Start and stop are A to D, or the four letters of older scanners; most
		// scanners leave them out.
		if n := len(code); n > 2 && strings.ContainsRune("ABCDTNE*abcdtne", rune(code[0])) && strings.ContainsRune("ABCDTNE*abcdtne", rune(code[n-1])) {
			code = code[1 : n-1]
		}
		return code, fitsShape(code, p.shape, "0123456789-$:/.+"), allDigits(code) && luhn([]byte(code))
	case "code39", "code39-43":
		code = strings.ToUpper(code)
		if n := len(code); n > 2 && code[0] == '*' && code[n-1] == '*' {
			code = code[1 : n-1]
		}
		fits = fitsShape(code, p.shape, code39Chars)
		if p.kind == "code39" {
			return code, fits, true
		}
		if !fits || len(code) < 2 {
			return "", fits, false
		}
		sum := 0
		for i := range len(code) - 1 {
			sum += strings.IndexByte(code39Chars, code[i])
		}
		return code[:len(code)-1], fits, code39Chars[sum%43] == code[len(code)-1]
	}
	return code, fitsShape(code, p.shape, ""), true
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// fitsShape compares character by character; chars is what ? stands for, any
// printable one if empty.
func fitsShape(s, shape, chars string) bool {
	if len(s) != len(shape) {
		return false
	}
	for i := range len(s) {
		switch shape[i] {
		case '*':
			if s[i] < '0' || s[i] > '9' {
				return false
			}
		case '?':
			if chars != "" && strings.IndexByte(chars, s[i]) < 0 || s[i] < ' ' || s[i] > '~' {
				return false
			}
		default:
			if s[i] != shape[i] {
				return false
			}
		}
	}
	return true
}
