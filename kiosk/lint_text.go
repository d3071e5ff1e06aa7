// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"maps"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// How long texts may be, in characters, to fit the companion without scrolling. More is a warning; far more is an error.
const (
	titleLength     = 45
	howLength       = 90
	missingLength   = 120
	pageTitleLength = 28
	receiptLength   = 160
	needLength      = 30
	glossLength     = 40
	lineLength      = 400
)

// text wants a sentence in each of the guide's languages and in no other.
func (c *checker) text(path string, t Text, length int, what string) {
	for _, lang := range c.langs {
		if t[lang] == "" {
			c.fail(path+"."+lang, "write it: a guide speaks the same languages everywhere, those of service.name and of its files of texts, and at least en and ar",
				"%s is missing in %s", what, lang)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		at := path + "." + lang
		if !c.language(at, lang) {
			continue
		}
		if !slices.Contains(c.langs, lang) {
			c.fail(at, "add the language to service.name and to every other text, or take it out here", "%s is in %s, which the guide does not speak", what, lang)
		}
		if t[lang] == "" || !c.line(at, t[lang], what) {
			continue
		}
		if n := len([]rune(t[lang])); n > length {
			c.warn(at, "say it shorter, or in two steps", "%s has %d characters, more than the %d that fit", what, n, length)
		}
		c.plainWords(at, lang, t[lang])
	}
}

// optional is text for what may be left out, but had better not.
func (c *checker) optional(path string, t Text, length int, what string, better bool) {
	if len(t) > 0 {
		c.text(path, t, length, what)
	} else if better {
		c.warn(path, "every step says what to do, why they ask, and what if I do not have it", "%s is missing", what)
	}
}

// siteText wants words of the site in each language that the site has, when there are any.
func (c *checker) siteText(path string, t Text, what string) {
	if len(t) == 0 {
		return
	}
	for _, lang := range c.site {
		if t[lang] == "" {
			c.fail(path+"."+lang, "copy it from the page in that language", "%s is missing in %s, a language of the site", what, lang)
		}
	}
	for _, lang := range slices.Sorted(maps.Keys(t)) {
		at := path + "." + lang
		if !slices.Contains(c.site, lang) {
			c.fail(at, "take it out, or add the language to service.languages", "%s is in %s, which is no language of the site", what, lang)
		}
		if t[lang] != "" {
			c.line(at, t[lang], what)
		}
	}
}

// line wants one line of visible text. The result tells whether it is one.
func (c *checker) line(path, s, what string) bool {
	switch {
	case strings.TrimSpace(s) == "":
		c.fail(path, "write it, or take the key out", "%s is empty", what)
	case strings.TrimSpace(s) != s:
		c.fail(path, "take them out", "%s has spaces at its ends", what)
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }):
		c.fail(path, "write it on one line", "%s has a line break or a control character in it", what)
	case strings.ContainsFunc(s, hidden):
		c.fail(path, "take it out, for example by typing the text again", "%s has an invisible character in it that changes what is shown", what)
	case !norm.NFC.IsNormalString(s):
		c.fail(path, "type the text again, or save it in the form NFC", "%s has letters and accents written apart", what)
	case len([]rune(s)) > lineLength:
		c.fail(path, "say it shorter", "%s has %d characters, and no text may have more than %d", what, len([]rune(s)), lineLength)
	default:
		return true
	}
	return false
}

// hidden tells the characters that reorder or hide text.
func hidden(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' || r == '\u200b' || r == '\ufeff' || r == unicode.ReplacementChar
}

// language wants a tag such as en, pt-BR or zh-Hant.
func (c *checker) language(path, tag string) bool {
	for i, part := range strings.Split(tag, "-") {
		low := strings.ToLower(part)
		if len(part) < 2 || len(part) > 8 || (i == 0 && (part != low || len(part) > 3)) || strings.ContainsFunc(low, func(r rune) bool { return !wordRune(r) }) {
			c.fail(path, "write it as en, ar, pt-BR", "%q is not a language", shorten(tag))
			return false
		}
	}
	return true
}

// unkind are words that make a person feel slow when it does not work.
var unkind = []string{"just", "simply", "easy", "easily", "obviously", "click", "tap"}

// plainWords warns of what does not belong in plain, calm language.
func (c *checker) plainWords(path, lang, s string) {
	if strings.ContainsAny(s, "!！") {
		c.warn(path, "end with a full stop", "there is an exclamation mark")
	}
	if lang != "en" {
		return
	}
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) })
	for _, word := range unkind {
		if slices.Contains(words, word) {
			fix := "leave it out"
			if word == "click" || word == "tap" {
				fix = "say touch"
			}
			c.warn(path, fix, "the word %q does not belong in a guide", word)
		}
	}
}
