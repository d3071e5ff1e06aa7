// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"slices"
	"strings"
	"unicode"
)

// inventedWords stand for names and the like of the second invented person.
var inventedWords = []string{"Probus", "Specimen", "Fictus", "Examplebury", "Muster", "Samplington"}

// inventOther is what another invented person answers: another choice, or an answer of the same form in which every longer
// word and the last digit differ. The author can write a better one. "" means that there is none.
func inventOther(a RecordedAct) string {
	if a.Kind == Choose {
		for _, c := range a.Choices {
			if c.Value != a.Value && c.Value != "" {
				return c.Value
			}
		}
		return ""
	}
	value := a.Value
	if name, host, ok := strings.Cut(value, "@"); ok && name != "" && strings.Contains(host, ".") {
		if host != "example.org" || name != "probus" {
			return "probus@example.org"
		}
		return "testina@example.com"
	}
	at := len(a.Target.CSS) + a.Target.Ordinal // so that two fields of a page get different words
	var out strings.Builder
	for _, word := range split(value) {
		first, _ := firstRune(word)
		switch {
		case !unicode.IsLetter(first) || len([]rune(word)) < 4:
			out.WriteString(word)
		default:
			other := inventedWords[at%len(inventedWords)]
			if strings.EqualFold(other, word) {
				other = inventedWords[(at+1)%len(inventedWords)]
			}
			if unicode.IsLower(first) {
				other = strings.ToLower(other)
			}
			out.WriteString(other)
			at++
		}
	}
	return otherDigit(out.String(), value)
}

// otherDigit changes the last digit so that dates and numbers stay likely; text without one that is still the same gets a letter
// more.
func otherDigit(s, was string) string {
	r := []rune(s)
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] < '0' || r[i] > '9' {
			continue
		}
		switch {
		case r[i] >= '2':
			r[i]--
		case r[i] == '1' && (i == 0 || !unicode.IsDigit(r[i-1])):
			r[i] = '2'
		case r[i] == '1':
			r[i] = '0'
		default:
			r[i] = '1'
		}
		return string(r)
	}
	if s == was {
		return s + "a"
	}
	return s
}

// split cuts a text into runs of letters and runs of anything else.
func split(s string) []string {
	var out []string
	for _, r := range s {
		if n := len(out); n > 0 {
			if last, _ := firstRune(out[n-1]); unicode.IsLetter(last) == unicode.IsLetter(r) {
				out[n-1] += string(r)
				continue
			}
		}
		out = append(out, string(r))
	}
	return out
}

func firstRune(s string) (rune, bool) {
	for _, r := range s {
		return r, true
	}
	return 0, false
}

// PublicWords are the words that were the same for two invented people: what each saw, by page, place and words. Words that
// hold one of the mistakes that both made are nobody's to show.
func PublicWords(guide string, a, b map[SeenWords]bool, mistakes []string) Words {
	mistakes = slices.DeleteFunc(slices.Clone(mistakes), func(s string) bool { return len([]rune(NormaliseWords(s))) < 2 })
	words := Words{}
	for seen := range a {
		if b[seen] && !holds(seen.Words, mistakes) {
			words[WordHash(guide, seen.Page, seen.Place, seen.Words)] = true
		}
	}
	return words
}

// SeenWords are words that somebody saw on a page.
type SeenWords struct{ Page, Place, Words string }
