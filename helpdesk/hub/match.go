// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"cmp"
	"slices"

	"handrail/helpdesk"
)

// Matching is a pure function of who waits and who is free: assign. Everything that may change the world is in pass.go.

// fit says how well a volunteer can help somebody; less is better.
type fit int

// A language counts by how it can be used, then by the person's order of languages; without a common one there is still
// the phrasebook, which everybody hears in their own.
const (
	fitUsual     fit = iota // first language, the way they asked for: spoken for a call, written for text
	fitOther                // first language, the other way
	fitSecond               // another language of theirs, the way they asked for
	fitSecondOwn            // another language of theirs, the other way
	fitPhrases              // no language in common
)

// want is a request that waits.
type want struct {
	id        string
	languages []string // the person's, spoken one first
	mode      helpdesk.Mode
	guide     string
	place     string
	since     int64
	tried     map[string]int64 // volunteer -> when their ring ended
}

// helper is a volunteer who is free.
type helper struct {
	id     string
	skills []helpdesk.Skill
	guides []string
	places []string
	rung   int64
}

// pair is a volunteer to be rung for a request.
type pair struct {
	want, helper int // indexes
	language     string
	fit          fit
}

// matching are the times of assign, in milliseconds.
type matching struct {
	// ringAgain is the pause before the same volunteer is rung again for the same request.
	ringAgain int64
	// phrasesAfter is how long somebody waits for a common language before they are offered one who has none with them.
	phrasesAfter int64
	// onlyOne is the waiting time that a request gains over others when only one free volunteer has its language: they are
	// not spent on somebody whom others understand as well.
	onlyOne int64
}

// fits says how well a volunteer can help, and in which of the person's languages.
func fits(w want, skills []helpdesk.Skill) (fit, string) {
	best, in := fitPhrases, w.languages[0]
	for i, language := range w.languages {
		for _, s := range skills {
			if s.Code != language {
				continue
			}
			usual, other := s.Speak, s.Read && s.Write
			switch w.mode {
			case helpdesk.Text:
				usual, other = other, usual
			case helpdesk.Show:
				usual = usual || other
			}
			f := fitPhrases
			switch {
			case usual && i == 0:
				f = fitUsual
			case other && i == 0:
				f = fitOther
			case usual:
				f = fitSecond
			case other:
				f = fitSecondOwn
			}
			if f < best {
				best, in = f, language
			}
		}
	}
	return best, in
}

// may says whether a volunteer may be rung for a request now.
func (m matching) may(w want, h helper, f fit, now int64) bool {
	if f == fitPhrases && now-w.since < m.phrasesAfter {
		return false
	}
	tried := w.tried[h.id]
	return tried == 0 || now-tried >= m.ringAgain
}

// assign says whom to ring for what: nobody twice, nothing twice, and nobody stays free who may be rung for something that
// waits. Who waited longest comes first, but for onlyOne. The outcome does not depend on the order of its arguments.
func assign(wants []want, helpers []helper, m matching, now int64) []pair {
	options := make([][]pair, len(wants))
	only := make([]int, len(helpers)) // for how many requests this is the only one with a language
	rank := make([]int64, len(wants))
	for i, w := range wants {
		common, last := 0, 0
		for j, h := range helpers {
			f, language := fits(w, h.skills)
			if !m.may(w, h, f, now) {
				continue
			}
			options[i] = append(options[i], pair{want: i, helper: j, language: language, fit: f})
			if f != fitPhrases {
				common++
				last = j
			}
		}
		rank[i] = w.since
		if common == 1 {
			only[last]++
			rank[i] -= m.onlyOne
		}
	}
	order := make([]int, len(wants))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank[a], rank[b]), cmp.Compare(wants[a].id, wants[b].id))
	})
	busy := make([]bool, len(helpers))
	var chosen []pair
	for _, i := range order {
		w := wants[i]
		better := func(a, b pair) int {
			x, y := helpers[a.helper], helpers[b.helper]
			return cmp.Or(
				cmp.Compare(a.fit, b.fit),
				cmp.Compare(w.tried[x.id], w.tried[y.id]),
				cmp.Compare(only[a.helper], only[b.helper]),
				-cmp.Compare(knows(x, w), knows(y, w)),
				cmp.Compare(x.rung, y.rung),
				cmp.Compare(x.id, y.id))
		}
		left := slices.DeleteFunc(options[i], func(p pair) bool { return busy[p.helper] })
		if len(left) == 0 {
			continue
		}
		p := slices.MinFunc(left, better)
		busy[p.helper] = true
		chosen = append(chosen, p)
	}
	return chosen
}

// knows counts what a volunteer knows of where somebody is: the form, the place.
func knows(h helper, w want) int {
	n := 0
	if w.guide != "" && slices.Contains(h.guides, w.guide) {
		n += 2
	}
	if w.place != "" && slices.Contains(h.places, w.place) {
		n++
	}
	return n
}
