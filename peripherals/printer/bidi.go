// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"slices"

	"golang.org/x/text/unicode/bidi"
)

// visual puts the letters of one line in the order in which they stand on paper, by
// UAX #9 without explicit marks of direction, which documents do not have. Brackets
// among letters that go left are mirrored.
func visual(line []rune, rtl bool) []rune {
	base := 0
	if rtl {
		base = 1
	}
	levels := levelsOf(line, base)
	highest := slices.Max(append(levels, 0))
	out := slices.Clone(line)
	for i, r := range out {
		if m, ok := mirrored[r]; ok && levels[i]%2 == 1 {
			out[i] = m
		}
	}
	// L2: from the highest level down, turn round every stretch that is at least so high.
	for level := highest; level >= 1; level-- {
		for i := 0; i < len(out); {
			if levels[i] < level {
				i++
				continue
			}
			j := i
			for j < len(out) && levels[j] >= level {
				j++
			}
			slices.Reverse(out[i:j])
			slices.Reverse(levels[i:j])
			i = j
		}
	}
	return out
}

var mirrored = map[rune]rune{
	'(': ')', ')': '(', '[': ']', ']': '[', '{': '}', '}': '{', '<': '>', '>': '<', '«': '»', '»': '«', '‹': '›', '›': '‹',
}

// turned reports whether the order of s on paper is not that in which it is read.
func turned(s []rune, rtl bool) bool {
	for _, r := range s {
		switch class(r) {
		case bidi.R, bidi.AL, bidi.AN:
			return true
		}
	}
	return rtl
}

func class(r rune) bidi.Class {
	p, _ := bidi.LookupRune(r)
	return p.Class()
}

// levelsOf gives the level of each letter of a line (rules W1 to L1).
func levelsOf(line []rune, base int) []int {
	n := len(line)
	own := make([]bidi.Class, n)
	for i, r := range line {
		own[i] = class(r)
	}
	side := bidi.L
	if base == 1 {
		side = bidi.R
	}
	t := slices.Clone(own)
	weak(t, side)
	brackets(line, t, side)
	// N1, N2: what has no direction takes that of both its neighbours, or the line's.
	for i := 0; i < n; {
		if strong(t[i]) != neutral {
			i++
			continue
		}
		j := i
		for j < n && strong(t[j]) == neutral {
			j++
		}
		before, after := side, side
		if i > 0 {
			before = strong(t[i-1])
		}
		if j < n {
			after = strong(t[j])
		}
		for k := i; k < j; k++ {
			if t[k] = side; before == after {
				t[k] = before
			}
		}
		i = j
	}
	levels := make([]int, n)
	for i, c := range t {
		switch {
		case base == 0 && c == bidi.R, base == 1 && (c == bidi.L || c == bidi.EN || c == bidi.AN):
			levels[i] = base + 1
		case c == bidi.EN || c == bidi.AN:
			levels[i] = base + 2
		default:
			levels[i] = base
		}
	}
	// L1: spaces at the end stay at the end.
	for i := n - 1; i >= 0 && (own[i] == bidi.WS || own[i] == bidi.BN || own[i] == bidi.S); i-- {
		levels[i] = base
	}
	return levels
}

// neutral is what has no direction of its own.
const neutral = bidi.ON

// strong gives the direction in which neighbours see a class: numbers count as going
// left (N1).
func strong(c bidi.Class) bidi.Class {
	switch c {
	case bidi.L:
		return bidi.L
	case bidi.R, bidi.EN, bidi.AN:
		return bidi.R
	}
	return neutral
}

// weak settles numbers and their signs (W1 to W7).
func weak(t []bidi.Class, side bidi.Class) {
	before := side // W1: marks belong to what they stand on
	for i, c := range t {
		if c == bidi.NSM {
			t[i] = before
		}
		before = t[i]
	}
	last := side // W2, W3
	for i, c := range t {
		switch c {
		case bidi.L, bidi.R, bidi.AL:
			last = c
		case bidi.EN:
			if last == bidi.AL {
				t[i] = bidi.AN
			}
		}
	}
	for i, c := range t {
		if c == bidi.AL {
			t[i] = bidi.R
		}
	}
	for i := 1; i+1 < len(t); i++ { // W4
		if t[i-1] != t[i+1] {
			continue
		}
		if t[i] == bidi.ES && t[i-1] == bidi.EN || t[i] == bidi.CS && (t[i-1] == bidi.EN || t[i-1] == bidi.AN) {
			t[i] = t[i-1]
		}
	}
	for i := 0; i < len(t); { // W5
		if t[i] != bidi.ET {
			i++
			continue
		}
		j := i
		for j < len(t) && t[j] == bidi.ET {
			j++
		}
		if i > 0 && t[i-1] == bidi.EN || j < len(t) && t[j] == bidi.EN {
			for k := i; k < j; k++ {
				t[k] = bidi.EN
			}
		}
		i = j
	}
	last = side // W6, W7
	for i, c := range t {
		switch c {
		case bidi.ES, bidi.ET, bidi.CS, bidi.WS, bidi.S, bidi.B, bidi.BN:
			t[i] = neutral
		case bidi.L, bidi.R:
			last = c
		case bidi.EN:
			if last == bidi.L {
				t[i] = bidi.L
			}
		case bidi.AN:
		default:
			t[i] = neutral
		}
	}
}

// brackets gives pairs of brackets one direction (N0).
func brackets(line []rune, t []bidi.Class, side bidi.Class) {
	type pair struct{ open, shut int }
	var pairs []pair
	var stack []int
	for i, r := range line {
		p, _ := bidi.LookupRune(r)
		if t[i] != neutral || !p.IsBracket() {
			continue
		}
		if p.IsOpeningBracket() {
			stack = append(stack, i)
			continue
		}
		for k := len(stack) - 1; k >= 0; k-- {
			if mirrored[line[stack[k]]] == r {
				pairs = append(pairs, pair{stack[k], i})
				stack = stack[:k]
				break
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return a.open - b.open })
	for _, p := range pairs {
		found, same := false, false
		for _, c := range t[p.open+1 : p.shut] {
			if s := strong(c); s != neutral {
				found = true
				same = same || s == side
			}
		}
		if !found {
			continue
		}
		to := side
		if !same {
			before := side
			for i := p.open - 1; i >= 0; i-- {
				if s := strong(t[i]); s != neutral {
					before = s
					break
				}
			}
			if before != side {
				to = before
			}
		}
		t[p.open], t[p.shut] = to, to
	}
}
