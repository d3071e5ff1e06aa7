// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"handrail/helpdesk"
)

var times = matching{ringAgain: 15_000, phrasesAfter: 45_000, onlyOne: 60_000}

func speaks(codes ...string) (all []helpdesk.Skill) {
	for _, c := range codes {
		all = append(all, helpdesk.Skill{Code: c, Speak: true})
	}
	return all
}

func writes(codes ...string) (all []helpdesk.Skill) {
	for _, c := range codes {
		all = append(all, helpdesk.Skill{Code: c, Read: true, Write: true})
	}
	return all
}

// Spoken language first, then written, then the second choice, then the phrasebook alone.
func TestFits(t *testing.T) {
	w := want{languages: []string{"ti", "ar"}, mode: helpdesk.Voice}
	text := w
	text.mode = helpdesk.Text
	show := w
	show.mode = helpdesk.Show
	for name, c := range map[string]struct {
		want     want
		skills   []helpdesk.Skill
		fit      fit
		language string
	}{
		"speaks":           {w, speaks("ti", "ar"), fitUsual, "ti"},
		"writes":           {w, writes("ti"), fitOther, "ti"},
		"second":           {w, speaks("ar"), fitSecond, "ar"},
		"second, written":  {w, writes("ar"), fitSecondOwn, "ar"},
		"written or other": {w, append(writes("ti"), speaks("ar")...), fitOther, "ti"},
		"none":             {w, speaks("en"), fitPhrases, "ti"},
		"text":             {text, writes("ti"), fitUsual, "ti"},
		"text, spoken":     {text, speaks("ti"), fitOther, "ti"},
		"show":             {show, writes("ti"), fitUsual, "ti"},
		"show, spoken":     {show, speaks("ti"), fitUsual, "ti"},
		"reads only":       {w, []helpdesk.Skill{{Code: "ti", Read: true}}, fitPhrases, "ti"},
	} {
		if f, l := fits(c.want, c.skills); f != c.fit || l != c.language {
			t.Errorf("%s: %d in %s", name, f, l)
		}
	}
}

func TestAssign(t *testing.T) {
	const now = 1_000_000
	ask := func(id string, waited int64, languages ...string) want {
		return want{id: id, languages: languages, mode: helpdesk.Voice, since: now - waited}
	}
	for name, c := range map[string]struct {
		wants   []want
		helpers []helper
		rings   map[string]string
	}{
		"longest wait":      {[]want{ask("new", 1000, "ar"), ask("old", 2000, "ar")}, []helper{{id: "a", skills: speaks("ar")}}, map[string]string{"old": "a"}},
		"the best language": {[]want{ask("r", 1000, "ar", "en")}, []helper{{id: "a", skills: speaks("en")}, {id: "b", skills: speaks("ar")}}, map[string]string{"r": "b"}},
		"who knows the form": {[]want{{id: "r", languages: []string{"ar"}, mode: helpdesk.Voice, guide: "badge", since: now}},
			[]helper{{id: "a", skills: speaks("ar")}, {id: "b", skills: speaks("ar"), guides: []string{"badge"}, rung: 5}}, map[string]string{"r": "b"}},
		"who knows the place": {[]want{{id: "r", languages: []string{"ar"}, mode: helpdesk.Voice, place: "Library", since: now}},
			[]helper{{id: "a", skills: speaks("ar")}, {id: "b", skills: speaks("ar"), places: []string{"Library"}}}, map[string]string{"r": "b"}},
		"in turn": {[]want{ask("r", 0, "ar")}, []helper{{id: "a", skills: speaks("ar"), rung: 9}, {id: "b", skills: speaks("ar"), rung: 8}}, map[string]string{"r": "b"}},
		"nobody else speaks it": {[]want{ask("en", 30_000, "en"), ask("ti", 1000, "ti")},
			[]helper{{id: "a", skills: speaks("en", "ti")}, {id: "b", skills: speaks("en"), rung: 99}}, map[string]string{"en": "b", "ti": "a"}},
		"nobody else speaks it, but the other waited too long": {[]want{ask("en", 90_000, "ti", "en"), ask("ti", 1000, "ti")},
			[]helper{{id: "a", skills: speaks("ti")}}, map[string]string{"en": "a"}},
		"phrases, too early": {[]want{ask("r", 44_000, "ti")}, []helper{{id: "a", skills: speaks("en")}}, map[string]string{}},
		"phrases":            {[]want{ask("r", 45_000, "ti")}, []helper{{id: "a", skills: speaks("en")}}, map[string]string{"r": "a"}},
		"just declined": {[]want{{id: "r", languages: []string{"ar"}, mode: helpdesk.Voice, since: now - 9000, tried: map[string]int64{"a": now - 1000}}},
			[]helper{{id: "a", skills: speaks("ar")}}, map[string]string{}},
		"others first": {[]want{{id: "r", languages: []string{"ar"}, mode: helpdesk.Voice, since: now - 90_000, tried: map[string]int64{"a": now - 16_000}}},
			[]helper{{id: "a", skills: speaks("ar")}, {id: "b", skills: speaks("ar"), rung: 99}}, map[string]string{"r": "b"}},
	} {
		got := map[string]string{}
		for _, p := range assign(c.wants, c.helpers, times, now) {
			got[c.wants[p.want].id] = c.helpers[p.helper].id
		}
		if diff := cmp.Diff(c.rings, got); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// Whatever waits and whoever is free: nobody is rung twice, nothing is offered twice, nobody is left free who may be rung
// for something that is left waiting; the best fit that is left is taken; nobody waits behind somebody who came later by
// more than onlyOne; and the order of the rows does not matter.
func TestAssignProperties(t *testing.T) {
	codes := []string{"ar", "en", "fr", "ti", "uk"}
	rapid.Check(t, func(t *rapid.T) {
		const now = 10_000_000
		pick := rapid.SampledFrom(codes)
		wants := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) want {
			w := want{id: rapid.StringMatching(`[a-z]{8}`).Draw(t, "id"), languages: rapid.SliceOfNDistinct(pick, 1, 3, rapid.ID).Draw(t, "languages"),
				mode: rapid.SampledFrom([]helpdesk.Mode{helpdesk.Voice, helpdesk.Text, helpdesk.Show}).Draw(t, "mode"), since: now - rapid.Int64Range(0, 200_000).Draw(t, "waited"), tried: map[string]int64{}}
			for i := range 3 {
				if rapid.Bool().Draw(t, "tried") {
					w.tried[string(rune('a'+i))] = now - rapid.Int64Range(0, 30_000).Draw(t, "ago")
				}
			}
			return w
		}), 0, 8).Draw(t, "wants")
		n := rapid.IntRange(0, 6).Draw(t, "helpers")
		var helpers []helper
		for i := range n {
			h := helper{id: string(rune('a' + i)), rung: rapid.Int64Range(0, 3).Draw(t, "rung")}
			for _, c := range codes {
				k := rapid.IntRange(0, 5).Draw(t, "skill")
				if k > 0 && k < 4 {
					h.skills = append(h.skills, helpdesk.Skill{Code: c, Speak: k&1 != 0, Read: k&2 != 0, Write: k&2 != 0})
				}
			}
			helpers = append(helpers, h)
		}
		pairs := assign(wants, helpers, times, now)
		of := map[int]pair{}
		busy := map[int]bool{}
		for _, p := range pairs {
			if _, twice := of[p.want]; twice || busy[p.helper] {
				t.Fatalf("twice: %+v", pairs)
			}
			f, language := fits(wants[p.want], helpers[p.helper].skills)
			if f != p.fit || language != p.language || !times.may(wants[p.want], helpers[p.helper], f, now) {
				t.Fatalf("may not be rung: %+v", p)
			}
			of[p.want], busy[p.helper] = p, true
		}
		for i, w := range wants {
			p, rung := of[i]
			for j, h := range helpers {
				f, _ := fits(w, h.skills)
				if !times.may(w, h, f, now) {
					continue
				}
				if !busy[j] && (!rung || f < p.fit) {
					t.Fatalf("%s is free and better for %s than what was chosen", h.id, w.id)
				}
				if rung || !busy[j] {
					continue
				}
				for k, q := range of {
					if q.helper == j && wants[k].since > w.since+times.onlyOne {
						t.Fatalf("%s waits since %d behind %s of %d", w.id, w.since, wants[k].id, wants[k].since)
					}
				}
			}
		}
		if distinct(wants) {
			shuffled, others := slices.Clone(wants), slices.Clone(helpers)
			rand.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			rand.Shuffle(len(others), func(i, j int) { others[i], others[j] = others[j], others[i] })
			again := map[string]string{}
			for _, p := range assign(shuffled, others, times, now) {
				again[shuffled[p.want].id] = others[p.helper].id
			}
			first := map[string]string{}
			for _, p := range pairs {
				first[wants[p.want].id] = helpers[p.helper].id
			}
			if diff := cmp.Diff(first, again); diff != "" {
				t.Fatalf("in another order:\n%s", diff)
			}
		}
	})
}

func distinct(wants []want) bool {
	seen := map[string]bool{}
	for _, w := range wants {
		if seen[w.id] {
			return false
		}
		seen[w.id] = true
	}
	return true
}
