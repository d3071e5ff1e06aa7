// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNormaliseWords(t *testing.T) {
	for in, want := range map[string]string{
		"":                              "",
		"  Your \n\t name ":             "Your name",
		"a\u00a0b\u2009c\u3000d\u0085e": "a b c d e",
		"Cafe\u0301":                    "Café",
		"NAME":                          "NAME",
		"a\ufeffb":                      "a\ufeffb", // not white space, though JavaScript's \s says so
		"\u1100\u1161":                  "가",
		"a\xffb":                        "a\ufffdb",
	} {
		if got := NormaliseWords(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestNormaliseTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := NormaliseWords(rapid.String().Draw(t, "s"))
		if twice := NormaliseWords(once); once != twice {
			t.Fatalf("%q, then %q", once, twice)
		}
	})
}

// TestWordHashLayout writes the bytes out by hand: a page script has to do the same.
func TestWordHashLayout(t *testing.T) {
	bytes := "\x00\x00\x00\x07words 1" + "\x00\x00\x00\x01g" + "\x00\x00\x00\x01p" + "\x00\x00\x00\x05h1[1]" + "\x00\x00\x00\x05Caf\xc3\xa9"
	sum := sha256.Sum256([]byte(bytes))
	want := hex.EncodeToString(sum[:12])
	if got := WordHash("g", "p", "h1[1]", " Cafe\u0301 "); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if want != "ebc45eefd4f69f5d1ebe548f" {
		t.Errorf("the layout changed: %s", want)
	}
}

func TestWordHashSeparates(t *testing.T) {
	seen := map[string]string{}
	for _, parts := range [][4]string{
		{"ab", "c", "d", "e"}, {"a", "bc", "d", "e"}, {"a", "b", "cd", "e"}, {"a", "b", "c", "de"}, {"ab", "c", "d", "E"}, {"", "abc", "d", "e"},
	} {
		hash := WordHash(parts[0], parts[1], parts[2], parts[3])
		if other, ok := seen[hash]; ok {
			t.Errorf("%v and %s are the same", parts, other)
		}
		seen[hash] = strings.Join(parts[:], "/")
	}
}

func TestWordsFile(t *testing.T) {
	words := Words{WordHash("g", "p", "h1", "One"): true, WordHash("g", "p", "h1", "Two"): true, strings.Repeat("0", 24): false}
	file := FormatWords(words, "Public words\nof the guide g")
	if !strings.HasPrefix(string(file), "# Public words\n# of the guide g\n") {
		t.Errorf("%s", file)
	}
	got, err := ParseWords("words", file)
	delete(words, strings.Repeat("0", 24))
	if err != nil || !maps.Equal(got, words) {
		t.Errorf("%v %v", got, err)
	}

	a, b := strings.Repeat("a", 24), strings.Repeat("b", 24)
	for in, want := range map[string]string{
		b + "\n" + a + "\n":       "words:2:1: the hashes are not in order; sort the lines",
		a + "\n#\n" + a + "\n":    "words:3:1: this hash is here a second time",
		a + "a\n":                 "words:1:1: this hash has 25 digits instead of 24",
		strings.ToUpper(a) + "\n": "words:1:1: here should be a hash",
		"\n " + a + "\n":          "words:2:1: here should be a hash",
		a + " Your name\n":        "words:1:25: here should be a hash",
	} {
		if _, err := ParseWords("words", []byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v", in, err)
		}
	}
	if w, err := ParseWords("words", []byte("# none\r\n\r\n"+a)); err != nil || !w[a] {
		t.Error(w, err)
	}
}

func FuzzParseWords(f *testing.F) {
	f.Add([]byte("# c\n" + strings.Repeat("a", 24) + "\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		words, err := ParseWords("words", data)
		if err != nil {
			return
		}
		again, err := ParseWords("words", FormatWords(words, "c"))
		if err != nil || !maps.Equal(words, again) {
			t.Fatal(err)
		}
	})
}
