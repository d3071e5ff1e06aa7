// SPDX-License-Identifier: Apache-2.0

package residue

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"net/url"
	"strings"
	"unicode/utf16"
)

// patterns are many byte strings that are looked for in one pass, by the method of Wu and Manber ("A fast algorithm for
// multi-pattern searching", TR 94-17, University of Arizona, 1994) with blocks of two bytes.
type patterns struct {
	all      []pattern
	shortest int
	longest  int
	shift    []uint8          // by block: how far the window may move
	end      map[uint16][]int // patterns whose first shortest bytes end with this block
}

type pattern struct {
	name  string
	bytes []byte
}

// add takes a value in every form in which programs keep it: as it is, in capitals and in small letters, each also in
// UTF-16, in hexadecimal, in an address and in Base64 at any place of a longer text.
func (p *patterns) add(name, value string) {
	seen := map[string]bool{}
	one := func(form []byte) {
		if len(form) >= shortest && !seen[string(form)] {
			seen[string(form)] = true
			p.all = append(p.all, pattern{name, form})
		}
	}
	for _, v := range []string{value, strings.ToUpper(value), strings.ToLower(value)} {
		one([]byte(v))
		one([]byte(url.QueryEscape(v)))
		wide := wide(v)
		one(wide)
		for _, raw := range [][]byte{[]byte(v), wide} {
			one([]byte(hex.EncodeToString(raw)))
			for _, form := range inBase64(raw) {
				one(form)
			}
		}
	}
}

// wide is a text in UTF-16, little-endian, as JavaScript's engines keep it.
func wide(s string) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

// inBase64 gives what any Base64 of a text that contains these bytes contains: one form for each of the three places at
// which they can begin, without the letters that also depend on what is beside them.
func inBase64(raw []byte) [][]byte {
	var out [][]byte
	for before := range 3 {
		text := base64.StdEncoding.EncodeToString(append(make([]byte, before), raw...))
		from := (before*8 + 5) / 6
		to := (before + len(raw)) * 8 / 6
		if from < to {
			out = append(out, []byte(text[from:to]))
		}
	}
	return out
}

func (p *patterns) prepare() {
	for _, one := range p.all {
		if p.shortest == 0 || len(one.bytes) < p.shortest {
			p.shortest = len(one.bytes)
		}
		p.longest = max(p.longest, len(one.bytes))
	}
	p.shift, p.end = make([]uint8, 1<<16), map[uint16][]int{}
	if len(p.all) == 0 {
		return
	}
	far := uint8(min(p.shortest-1, 255))
	for i := range p.shift {
		p.shift[i] = far
	}
	for n, one := range p.all {
		for i := 0; i+2 <= p.shortest; i++ {
			at := block(one.bytes[i:])
			p.shift[at] = uint8(min(int(p.shift[at]), p.shortest-2-i))
		}
		last := block(one.bytes[p.shortest-2:])
		p.end[last] = append(p.end[last], n)
	}
}

func block(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }

// find tells the name of each pattern that is in the data, as often as it is.
func (p *patterns) find(data []byte, tell func(name string)) {
	if len(p.all) == 0 {
		return
	}
	for i := p.shortest - 2; i+2 <= len(data); {
		at := block(data[i:])
		if by := p.shift[at]; by > 0 {
			i += int(by)
			continue
		}
		rest := data[i-(p.shortest-2):]
		for _, n := range p.end[at] {
			if bytes.HasPrefix(rest, p.all[n].bytes) {
				tell(p.all[n].name)
			}
		}
		i++
	}
}
