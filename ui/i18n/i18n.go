// SPDX-License-Identifier: Apache-2.0

// Package i18n holds the words of Handrail, one JSON catalogue a language, read by Go (speech, paper) and by the browser
// (i18n.ts, beside this file). Both sides follow the same rules and are proven equal over testdata/cases.json:
//
//   - a catalogue is i18next's JSON v4: flat keys, {{name}} for what is put in, CLDR plural suffixes (_zero, _one, _two,
//     _few, _many, _other) chosen by the argument "count";
//   - a sentence is looked for in the language itself, then in its base language ("ar-LB", "ar"), then in English;
//   - a key that exists nowhere gives the key itself, an argument that is missing gives nothing.
//
// Words of a volunteer's phrasebook are in phrases.json. Files named desk.*.json belong to the desks' own pages.
package i18n

import (
	"embed"
	"encoding/json"
	"fmt"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

//go:embed *.json
var files embed.FS

// Fallback is the language that has every key.
const Fallback = "en"

// Catalogue is every language's sentences. It does not change after Load and may be used by any goroutine.
type Catalogue struct {
	words   map[string]map[string]string // by language, by key
	phrases map[string]map[string]string // by id, by language
}

// Load reads the catalogues that are built into the program.
func Load() (*Catalogue, error) {
	entries, err := files.ReadDir(".")
	if err != nil {
		return nil, fmt.Errorf("catalogues: %w", err)
	}
	c := &Catalogue{words: map[string]map[string]string{}}
	for _, e := range entries {
		lang := strings.TrimSuffix(e.Name(), ".json")
		if strings.HasPrefix(lang, "desk.") {
			continue
		}
		data, err := files.ReadFile(e.Name())
		if err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", e.Name(), err)
		}
		var into any
		table := map[string]string{}
		if lang == "phrases" {
			into = &c.phrases
		} else {
			into = &table
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, fmt.Errorf("catalogue %s: %w", e.Name(), err)
		}
		if lang != "phrases" {
			c.words[lang] = table
		}
	}
	if c.words[Fallback] == nil {
		return nil, fmt.Errorf("catalogue %s.json: not in the program", Fallback)
	}
	return c, nil
}

// Languages lists the languages that have a catalogue, as tags in alphabetical order.
func (c *Catalogue) Languages() []string {
	all := make([]string, 0, len(c.words))
	for lang := range c.words {
		all = append(all, lang)
	}
	sort.Strings(all)
	return all
}

// Has reports whether a sentence exists in exactly this language; for a plural key its base is asked for.
func (c *Catalogue) Has(lang, key string) bool {
	table := c.words[lang]
	_, plain := table[key]
	_, other := table[key+"_other"]
	return plain || other
}

// T gives the sentence of a key in a language. args are what is put in; "count" also chooses the plural form and may be a
// number or a string of digits.
func (c *Catalogue) T(lang, key string, args map[string]any) string {
	for _, tag := range chain(lang) {
		table, ok := c.words[tag]
		if !ok {
			continue
		}
		if count, ok := args["count"]; ok {
			if n, ok := whole(count); ok {
				if s, ok := table[key+"_"+form(tag, n)]; ok {
					return fill(s, args)
				}
			}
			if s, ok := table[key+"_other"]; ok {
				return fill(s, args)
			}
		}
		if s, ok := table[key]; ok {
			return fill(s, args)
		}
	}
	return key
}

// Phrase gives a phrase of the phrasebook in a language, by its id; ok is false where there is no such phrase.
func (c *Catalogue) Phrase(lang, id string) (text string, ok bool) {
	for _, tag := range chain(lang) {
		if s, ok := c.phrases[id][tag]; ok {
			return s, true
		}
	}
	return "", false
}

// Phrases lists the ids of the phrasebook in alphabetical order.
func (c *Catalogue) Phrases() []string {
	ids := make([]string, 0, len(c.phrases))
	for id := range c.phrases {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// chain is where to look: the tag, its base language, English.
func chain(lang string) []string {
	tags := []string{lang}
	if base, _, ok := strings.Cut(lang, "-"); ok {
		tags = append(tags, base)
	}
	return append(tags, Fallback)
}

// form is the CLDR category of a whole number.
func form(lang string, n int) string {
	tag, err := language.Parse(lang)
	if err != nil {
		return "other"
	}
	switch plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

func whole(v any) (int, bool) {
	n, err := strconv.Atoi(show(v))
	if n < 0 {
		n = -n
	}
	return n, err == nil
}

func show(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// fill puts the arguments into {{name}}. An opened pair that is never closed stays as it is.
func fill(s string, args map[string]any) string {
	if !strings.Contains(s, "{{") {
		return s
	}
	var b strings.Builder
	for {
		before, rest, opened := strings.Cut(s, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !opened || !closed {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(before)
		b.WriteString(show(args[strings.TrimSpace(name)]))
		s = after
	}
}
