// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// inventedWords stand for names and the like of two invented people, who share none.
var inventedWords = [2][]string{{"Testina", "Fictus", "Specimen", "Placeholm", "Modello"}, {"Probus", "Muster", "Samplington", "Examplebury", "Paragona"}}

// otherChoice is another choice of a group or list than the one that was made; "" when there is none.
func otherChoice(a RecordedAct) string {
	for _, c := range a.Choices {
		if c.Value != a.Value && c.Value != "" {
			return c.Value
		}
	}
	return ""
}

// invent is what an invented person answers in the place of an answer: of the same form, and with no word, no long number
// and no date of it. People of different numbers, from 1, answer differently.
func invent(value string, person int) string {
	if value == "" {
		return ""
	}
	if name, host, ok := strings.Cut(value, "@"); ok && name != "" && strings.Contains(host, ".") && !strings.Contains(host, " ") {
		addresses := slices.DeleteFunc([]string{"probus@example.org", "testina@example.com", "fictus@example.net"}, func(s string) bool { return strings.EqualFold(s, value) })
		return addresses[(person-1)%2]
	}
	if day, err := time.Parse(time.DateOnly, value); err == nil {
		return day.AddDate(-person, 0, -37*person).Format(time.DateOnly)
	}
	if number, err := strconv.Atoi(value); err == nil && number > 0 && len(value) <= 4 {
		return otherNumber(number, len(value), person)
	}
	var out strings.Builder
	at, long := 0, false
	for _, part := range split(value) {
		r := []rune(part)
		switch {
		case unicode.IsLetter(r[0]) && nameLike(r):
			out.WriteString(inventedWord(part, value, person, &at))
		case digitsIn(r) > 5:
			long = true
			out.WriteString(otherDigits(r, person))
		default:
			out.WriteString(part)
		}
	}
	if long {
		return out.String()
	}
	return otherEnd(out.String(), value, person)
}

// otherNumber is a number near another, of as many digits, that can still be a month, a day or a year when the other can.
func otherNumber(n, digits, person int) string {
	switch {
	case n <= 12:
		n = (n-1+person)%12 + 1
	case n <= 28:
		n = 13 + (n-13+person)%16
	default:
		n -= person
	}
	if digits > 1 {
		return fmt.Sprintf("%0*d", digits, n)
	}
	return strconv.Itoa(n)
}

func digitsIn(r []rune) (n int) {
	for _, c := range r {
		if unicode.IsDigit(c) {
			n++
		}
	}
	return n
}

// nameLike tells words from the letters of a number: names and streets from a postcode's or a document's.
func nameLike(r []rune) bool {
	upper := true
	for _, c := range r {
		upper = upper && unicode.IsUpper(c)
	}
	return len(r) > 3 || (len(r) > 1 && !upper)
}

// inventedWord is an invented word in the case of another, which the answer does not have.
func inventedWord(word, value string, person int, at *int) string {
	words := inventedWords[(person-1)%2]
	for range words {
		other := words[*at%len(words)]
		if *at++; strings.Contains(strings.ToLower(value), strings.ToLower(other)) {
			continue
		}
		switch r := []rune(word); {
		case unicode.IsLower(r[0]):
			return strings.ToLower(other)
		case unicode.IsUpper(r[len(r)-1]):
			return strings.ToUpper(other)
		}
		return other
	}
	return "Somebody"
}

// otherDigits changes the last four digits of a long number: what stands before them often has a form that is checked.
func otherDigits(r []rune, person int) string {
	left := 4
	for i := len(r) - 1; i >= 0 && left > 0; i-- {
		if unicode.IsDigit(r[i]) && r[i] < 128 {
			r[i], left = '0'+(r[i]-'0'+rune(2+person))%10, left-1
		}
	}
	return string(r)
}

// otherEnd changes the last digit, so that house numbers and codes stay likely; a text that is still the same gets letters more.
func otherEnd(s, was string, person int) string {
	r := []rune(s)
	for i := len(r) - 1; i >= 0; i-- {
		if r[i] >= '0' && r[i] <= '9' {
			r[i] = '0' + (r[i]-'0'+rune(10-person))%10
			return string(r)
		}
	}
	if s != was {
		return s
	}
	return s + strings.Repeat("a", person)
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
