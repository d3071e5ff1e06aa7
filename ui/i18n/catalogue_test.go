// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

var placeholder = regexp.MustCompile(`\{\{\s*([^}]*?)\s*\}\}`)

var suffixes = []string{"_zero", "_one", "_two", "_few", "_many", "_other"}

func base(key string) (string, string) {
	for _, s := range suffixes {
		if b, ok := strings.CutSuffix(key, s); ok {
			return b, s
		}
	}
	return key, ""
}

// placeholders of a key: of a plural, the union over its forms, because "one minute" needs no number.
func placeholders(table map[string]string) map[string][]string {
	found := map[string][]string{}
	for key, s := range table {
		b, _ := base(key)
		if found[b] == nil {
			found[b] = []string{}
		}
		for _, m := range placeholder.FindAllStringSubmatch(s, -1) {
			if !slices.Contains(found[b], m[1]) {
				found[b] = append(found[b], m[1])
			}
		}
		slices.Sort(found[b])
	}
	return found
}

func load(t *testing.T) *Catalogue {
	t.Helper()
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEveryLanguageHasTheSameKeys(t *testing.T) {
	c := load(t)
	want := placeholders(c.words[Fallback])
	for _, lang := range c.Languages() {
		got := placeholders(c.words[lang])
		for key, names := range want {
			have, ok := got[key]
			if !ok {
				t.Errorf("%s: %s is missing", lang, key)
			} else if !slices.Equal(have, names) {
				t.Errorf("%s: %s has %v, English has %v", lang, key, have, names)
			}
		}
		for key := range got {
			if _, ok := want[key]; !ok {
				t.Errorf("%s: %s is not in English", lang, key)
			}
		}
	}
}

// A plural has exactly the forms that its language has for whole numbers.
func TestPluralForms(t *testing.T) {
	c := load(t)
	for _, lang := range c.Languages() {
		tag := language.MustParse(lang)
		need := map[string]bool{}
		for n := range 1000 {
			need["_"+form(lang, n)] = true
		}
		if plural.Cardinal.MatchPlural(tag, 1, 0, 0, 0, 0) == plural.Other {
			t.Logf("%s has no form for one", lang)
		}
		forms := map[string][]string{}
		for key := range c.words[lang] {
			if b, s := base(key); s != "" {
				forms[b] = append(forms[b], s)
			}
		}
		for b, have := range forms {
			for s := range need {
				if !slices.Contains(have, s) {
					t.Errorf("%s: %s%s is missing", lang, b, s)
				}
			}
			for _, s := range have {
				if !need[s] && s != "_other" {
					t.Errorf("%s: %s%s is never used", lang, b, s)
				}
			}
		}
	}
}

// The words of the design: what we say and what we do not. "Field", "error" and their like are for engineers.
func TestPlainWords(t *testing.T) {
	c := load(t)
	never := regexp.MustCompile(`(?i)\b(click|tap|log out|logout|portal|platform|input|invalid|enter|please wait|simply|easy|easily|just|volunteer|purge|submit|soon|shortly)\b|!`)
	check := func(where, s string) {
		if m := never.FindString(s); m != "" {
			t.Errorf("%s: %q is not a word of ours: %s", where, m, s)
		}
		for _, sentence := range strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(".?:؟", r) }) {
			if n := len(strings.Fields(sentence)); n > 15 {
				t.Errorf("%s: a sentence of %d words: %s", where, n, sentence)
			}
		}
	}
	for _, lang := range c.Languages() {
		for key, s := range c.words[lang] {
			if strings.TrimSpace(s) != s || s == "" {
				t.Errorf("%s %s: %q has blanks around it, or is empty", lang, key, s)
			}
			check(lang+" "+key, s)
		}
	}
	for id, in := range c.phrases {
		for _, lang := range c.Languages() {
			if in[lang] == "" {
				t.Errorf("phrase %s is missing in %s", id, lang)
			}
			check("phrase "+id, in[lang])
		}
	}
}

// Arabic sentences are in Arabic letters, digits are western, and no mark of another script was left in.
func TestArabicLetters(t *testing.T) {
	c := load(t)
	check := func(where, s string) {
		s = placeholder.ReplaceAllString(s, "")
		for _, r := range s {
			if unicode.Is(unicode.Latin, r) || r >= '٠' && r <= '٩' || strings.ContainsRune(",;?\"“”", r) {
				t.Errorf("%s has %q in it: %s", where, r, s)
				return
			}
		}
	}
	for key, s := range c.words["ar"] {
		check(key, s)
	}
	for id, in := range c.phrases {
		check("phrase "+id, in["ar"])
	}
}

// made are the beginnings of keys that are put together where they are used, so that no search finds them whole.
var made = []string{"state.", "truth.", "failure.", "field.", "end.face.", "help.", "speech.", "receipt.", "bar.", "tool.", "start.hear", "level.", "propose.", "page.", "weekday.", "ticket.", "waiting.bell."}

func TestNoKeyIsUnused(t *testing.T) {
	c := load(t)
	var source strings.Builder
	root := "../.."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "dist" || d.Name() == "bin" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		if ext := filepath.Ext(path); ext != ".ts" && ext != ".tsx" && (ext != ".go" || strings.HasSuffix(path, "_test.go")) {
			return nil
		}
		data, err := os.ReadFile(path)
		if err == nil {
			source.Write(data)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all := source.String()
	for key := range placeholders(c.words[Fallback]) {
		if slices.ContainsFunc(made, func(m string) bool { return strings.HasPrefix(key, m) }) {
			continue
		}
		if !strings.Contains(all, `"`+key+`"`) {
			t.Errorf("%s is used nowhere", key)
		}
	}
	// The other way round: every key that is named somewhere exists.
	for _, m := range regexp.MustCompile(`\bw\("([^"]+)"|\bwords="([a-z.-]+)"|\bKey: "([a-z-]+\.[a-z.-]*[a-z])"[,}]`).FindAllStringSubmatch(all, -1) {
		if key := m[1] + m[2] + m[3]; !c.Has(Fallback, key) {
			t.Errorf("%s is used and does not exist", key)
		}
	}
}

// Every plain-language state that a device can be in has words.
func TestDeviceStates(t *testing.T) {
	c := load(t)
	source, err := os.ReadFile("../../peripherals/state.go")
	if err != nil {
		t.Skip("no peripherals beside us")
	}
	states := regexp.MustCompile(`State = "([a-z_.]+)"`).FindAllStringSubmatch(string(source), -1)
	if len(states) == 0 {
		t.Fatal("no state found in peripherals/state.go")
	}
	for _, m := range states {
		if !c.Has(Fallback, "state."+m[1]) {
			t.Errorf("state.%s has no words", m[1])
		}
	}
}
