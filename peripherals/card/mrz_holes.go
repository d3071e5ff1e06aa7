// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"slices"
	"time"

	"handrail/peripherals"
)

// Some readers put a character of their own where they could not read one, and send the zone
// all the same. The check digits tell what stood there, or at least what may have.

// mostHoles is how many unread characters a zone may have: with each, the check digits prove
// less.
const mostHoles = 2

// hole is a place whose character was not read, and what may stand there.
type hole struct {
	line, at int
	may      string
}

const (
	mrzDigits  = "0123456789"
	mrzLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

// holes are the places, under a check digit or of one, whose character was not read. Of the
// others, names and nationality are then left out by read, and the sex is nobody's business.
func (l layout) holes(zone [][]byte) []hole {
	may := func(line, at int) string {
		in := func(s span) bool { return s.to > 0 && s.line == line && at >= s.from && at < s.to }
		for _, s := range []span{l.birth, l.birthCheck, l.expiry, l.expiryCheck, l.compositeCheck} {
			if in(s) {
				return mrzDigits
			}
		}
		if in(l.numberCheck) || in(l.optionalCheck) {
			return mrzDigits + "<"
		}
		for _, s := range append([]span{l.number, l.optional, l.overflow}, l.composite...) {
			if in(s) {
				return mrzDigits + mrzLetters + "<"
			}
		}
		return ""
	}
	var all []hole
	for line, text := range zone {
		for at, c := range text {
			if mrzValue(c) >= 0 {
				continue
			}
			if m := may(line, at); m != "" {
				all = append(all, hole{line, at, m})
			}
		}
	}
	return all
}

// fill tries everything that may stand in the holes, and keeps what every check digit agrees
// with. What can be only one thing is a field to look at; what can be several is a choice.
func (l layout) fill(zone [][]byte, holes []hole, now time.Time) (MRZ, error) {
	if len(holes) > mostHoles {
		return MRZ{}, errMRZ
	}
	ways := map[string][]peripherals.Secret{}
	found := 0
	keep := func(name string, s peripherals.Secret) {
		if slices.ContainsFunc(ways[name], func(o peripherals.Secret) bool { return o.Reveal() == s.Reveal() }) {
			s.Wipe()
			return
		}
		ways[name] = append(ways[name], s)
	}
	var try func(left []hole)
	try = func(left []hole) {
		if len(left) > 0 {
			place := &zone[left[0].line][left[0].at]
			was := *place
			for i := range len(left[0].may) {
				*place = left[0].may[i]
				try(left[1:])
			}
			*place = was
			return
		}
		copied := make([][]byte, len(zone))
		for i, line := range zone {
			copied[i] = bytes.Clone(line)
			defer clear(copied[i])
		}
		m, err := l.read(copied, now, true)
		if err != nil {
			return
		}
		found++
		for _, f := range m.Fields {
			keep(f.Name, f.Value)
		}
		for name, all := range m.Choices {
			for _, s := range all {
				keep(name, s)
			}
		}
	}
	try(holes)
	if found == 0 {
		return MRZ{}, errMRZ
	}
	out := MRZ{Choices: map[string][]peripherals.Secret{}, Repaired: true}
	certain := map[string]peripherals.Secret{}
	for name, all := range ways {
		if len(all) == 1 {
			certain[name] = all[0]
		} else {
			out.Choices[name] = all
		}
	}
	out.Fields = orderFields(certain, true)
	return out, nil
}
