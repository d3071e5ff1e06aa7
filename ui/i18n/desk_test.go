// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// deskWords are the consoles' words. They are bundled into the consoles' pages and have no reader in Go but this test.
func deskWords(t *testing.T, lang string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("desk." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatalf("desk.%s.json: %v", lang, err)
	}
	return words
}

var (
	deskPlural = regexp.MustCompile(`_(zero|one|two|few|many|other)$`)
	deskHole   = regexp.MustCompile(`\{\{\w+\}\}`)
)

// meanings gathers the sentences of each key, all plural forms together.
func meanings(words map[string]string) map[string][]string {
	all := map[string][]string{}
	for key, text := range words {
		base := deskPlural.ReplaceAllString(key, "")
		all[base] = append(all[base], text)
	}
	return all
}

func holes(texts []string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, deskHole.FindAllString(text, -1)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func TestDeskWordsAreTheSameInEveryLanguage(t *testing.T) {
	english, arabic := deskWords(t, "en"), deskWords(t, "ar")
	en, ar := meanings(english), meanings(arabic)
	for key, texts := range en {
		if _, ok := ar[key]; !ok {
			t.Errorf("%s: not in Arabic", key)
			continue
		}
		// A plural form may say the number in a word ("two people"), so only {{count}} may be missing.
		want, got := holes(texts), holes(ar[key])
		without := func(s []string) []string {
			return slices.DeleteFunc(slices.Clone(s), func(h string) bool { return h == "{{count}}" })
		}
		if !slices.Equal(without(want), without(got)) {
			t.Errorf("%s: English fills %v, Arabic %v", key, want, got)
		}
	}
	for key := range ar {
		if _, ok := en[key]; !ok {
			t.Errorf("%s: not in English", key)
		}
	}
	for _, words := range []map[string]string{english, arabic} {
		for key := range words {
			if base := deskPlural.ReplaceAllString(key, ""); base != key {
				if _, ok := words[base+"_other"]; !ok {
					t.Errorf("%s: has no _other form", base)
				}
			}
		}
	}
}

// TestDeskWordsKeepTheTone holds the words to what the consoles promise: people, not users; no blame, no jargon, no shouting.
func TestDeskWordsKeepTheTone(t *testing.T) {
	never := regexp.MustCompile(`(?i)\b(users?|clients?|beneficiar\w+|offline|unreachable|success\w*|oops|click\w*|invalid|masked|redacted|rollback|degraded|transfer\w*|escalat\w+|anonymi\w+)\b|!`)
	for key, text := range deskWords(t, "en") {
		// "A user of the browser's own" is the unix user, not a person.
		if found := never.FindString(text); found != "" && !strings.HasPrefix(key, "protection.") {
			t.Errorf("%s: %q has %q", key, text, found)
		}
	}
	for key, text := range deskWords(t, "ar") {
		if strings.ContainsAny(text, "!٪") {
			t.Errorf("%s: %q", key, text)
		}
	}
}

// TestDeskWordsAreAllSaid finds each key in the consoles' sources, whole or as the start of one made at run time.
func TestDeskWordsAreAllSaid(t *testing.T) {
	var source strings.Builder
	for _, dir := range []string{"../volunteer", "../admin", "../workbench", "../parts"} {
		files, err := filepath.Glob(filepath.Join(dir, "*.ts*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(data)
		}
	}
	said := source.String()
	made := regexp.MustCompile("`([a-z.]+\\.)\\$\\{").FindAllStringSubmatch(said, -1)
	for key := range meanings(deskWords(t, "en")) {
		if strings.Contains(said, `"`+key+`"`) {
			continue
		}
		if !slices.ContainsFunc(made, func(m []string) bool { return strings.HasPrefix(key, m[1]) }) {
			t.Errorf("%s: nobody says it", key)
		}
	}
}

// The phrasebook speaks every language of the screens, and each phrase is in one group of the volunteer's desk.
func TestPhrasebook(t *testing.T) {
	data, err := os.ReadFile("phrases.json")
	if err != nil {
		t.Fatal(err)
	}
	var book map[string]map[string]string
	if err := json.Unmarshal(data, &book); err != nil {
		t.Fatal(err)
	}
	if len(book) < 60 {
		t.Errorf("%d phrases", len(book))
	}
	source, err := os.ReadFile("../volunteer/phrase-groups.ts")
	if err != nil {
		t.Fatal(err)
	}
	grouped := map[string]int{}
	for _, list := range regexp.MustCompile(`phrases: \[([^\]]+)\]`).FindAllStringSubmatch(string(source), -1) {
		for _, id := range regexp.MustCompile(`"([a-z-]+)"`).FindAllStringSubmatch(list[1], -1) {
			grouped[id[1]]++
		}
	}
	for id, texts := range book {
		if grouped[id] != 1 {
			t.Errorf("%s is in %d groups", id, grouped[id])
		}
		for _, lang := range []string{"en", "ar", "fr", "de", "uk", "pt"} {
			if strings.TrimSpace(texts[lang]) == "" {
				t.Errorf("%s has no words in %s", id, lang)
			}
		}
	}
	if len(grouped) != len(book) {
		t.Errorf("%d phrases are grouped, the book has %d", len(grouped), len(book))
	}
}
