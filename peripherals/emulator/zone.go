// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Zone writes the machine-readable zone of somebody invented: kind 0 is an identity
// card's of three lines, 1 one of two, and 2 a passport's (ICAO 9303, parts 5, 6 and
// 4). birth is YYMMDD, any if empty.
func Zone(r *rand.Rand, kind int, birth string) []string {
	pick := func(chars string, n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = chars[r.IntN(len(chars))]
		}
		return string(b)
	}
	const letters, digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
	digit := func(s string) string {
		sum := 0
		for i, c := range s {
			v := 0
			switch {
			case c >= '0' && c <= '9':
				v = int(c - '0')
			case c >= 'A' && c <= 'Z':
				v = int(c - 'A' + 10)
			}
			sum += v * []int{7, 3, 1}[i%3]
		}
		return fmt.Sprint(sum % 10)
	}
	fill := func(s string, n int) string { return (s + strings.Repeat("<", n))[:n] }
	number := pick(letters+digits, 9)
	if birth == "" {
		birth = time.Date(1930+r.IntN(75), 1, 1+r.IntN(360), 0, 0, 0, 0, time.UTC).Format("060102")
	}
	expiry := time.Date(2027+r.IntN(9), 1, 1+r.IntN(360), 0, 0, 0, 0, time.UTC).Format("060102")
	name := pick(letters, 3+r.IntN(9)) + "<<" + pick(letters, 3+r.IntN(8))
	nation := []string{"BEL", "EST", "LVA", "PRT", "UKR", "SYR"}[r.IntN(6)]
	n, b, e := number+digit(number), birth+digit(birth), expiry+digit(expiry)
	switch kind {
	case 0:
		opt := fill(pick(letters+digits, r.IntN(8)), 15)
		opt2 := fill("", 11)
		return []string{"I<" + nation + n + opt, b + "F" + e + nation + opt2 + digit(n+opt+b+e+opt2), fill(name, 30)}
	case 1:
		return []string{"I<" + nation + fill(name, 31), n + nation + b + "M" + e + "<<<<<<<" + digit(n+b+e+"<<<<<<<")}
	}
	opt := fill(pick(letters+digits, r.IntN(14)), 14)
	o := opt + digit(opt)
	return []string{"P<" + nation + fill(name, 39), n + nation + b + "F" + e + o + digit(n+b+e+o)}
}
