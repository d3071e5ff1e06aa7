// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// small is a whole guide with one of each thing.
const small = `format: 1
id: small
version: 3
icon: form
service:
  name: {en: A form, ar: استمارة}
  term: {en: Form 7}
  languages: [en]
  origin: https://forms.example.org
  start: /form/name
  hosts: ["cdn.example.org:443"]
  licence: CC-BY-4.0
  checked: 2026-03-31
pages:
  - id: name
    title: {en: Name, ar: الاسم}
    path: /form/name
    heading: {en: Your name}
    steps:
      - id: family
        kind: fill
        target: {role: textbox, name: {en: Surname}, tokens: [last, name], ordinal: 1}
        say:
          title: {en: Write your family name, ar: اكتب اسم عائلتك}
          how: {en: As in your passport., ar: كما في جواز سفرك.}
          why: {en: To know you., ar: لمعرفتك.}
          missing: {en: Ask at the desk., ar: اسأل في المكتب.}
        done: valid
        card: family_name
        errors:
          - id: empty
            match: [Enter your surname]
            title: {en: It is missing, ar: ناقص}
            how: {en: Write it., ar: اكتبه.}
        try: {a: One, b: Two, wrong: "1"}
      - id: send
        kind: press
        target: {role: button, name: {en: Send}}
        say:
          title: {en: Touch Send, ar: المس Send}
          how: {en: The green key., ar: الزر الأخضر.}
        done: page
  - id: end
    title: {en: Sent, ar: أُرسلت}
    path: /form/end
    heading: {en: Thank you}
    state: done
    steps: []
receipt:
  title: {en: Form, ar: استمارة}
  done: [{en: You sent it., ar: أرسلتها.}]
  next: [{en: Wait., ar: انتظر.}]
`

func TestParseGuide(t *testing.T) {
	g, problems := CheckGuide("guide.yaml", []byte(small))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	if g.Format != 1 || g.ID != "small" || g.Version != 3 || g.Service.Term["en"] != "Form 7" || g.Service.Hosts[0] != "cdn.example.org:443" {
		t.Errorf("head: %+v", g)
	}
	want := Step{
		ID: "family", Kind: FillIn, Done: DoneValid, Card: "family_name",
		Target: &Target{Role: "textbox", Name: Text{"en": "Surname"}, Tokens: []string{"last", "name"}, Ordinal: 1},
		Say: Say{
			Title: Text{"en": "Write your family name", "ar": "اكتب اسم عائلتك"}, How: Text{"en": "As in your passport.", "ar": "كما في جواز سفرك."},
			Why: Text{"en": "To know you.", "ar": "لمعرفتك."}, Missing: Text{"en": "Ask at the desk.", "ar": "اسأل في المكتب."},
		},
		Errors: []Explanation{{ID: "empty", Match: []string{"Enter your surname"}, Title: Text{"en": "It is missing", "ar": "ناقص"}, How: Text{"en": "Write it.", "ar": "اكتبه."}}},
		Try:    &Try{A: "One", B: "Two", Wrong: "1"},
	}
	if diff := cmp.Diff(want, g.Pages[0].Steps[0]); diff != "" {
		t.Error(diff)
	}
	if g.Pages[1].State != "done" || g.Pages[1].MatchesPath("/form/name") || !g.Pages[1].MatchesPath("/form/end") {
		t.Errorf("last page: %+v", g.Pages[1])
	}
}

// TestGuideErrors changes one thing in a good guide at a time.
func TestGuideErrors(t *testing.T) {
	tests := []struct {
		name, old, new string
		want           string // line:column: message; fix
	}{
		{"unknown key", "  term: {en: Form 7}", "  trem: {en: Form 7}", `7:3: unknown key "trem"; did you mean term?`},
		{"unknown key, nothing like it", "        done: page", "        done: page\n        colour: red",
			`43:9: unknown key "colour"; known here: appears, card, done, errors, hosts, id, kind, optional, say, target, then, timeout, try, when`},
		{"twice", "version: 3", "version: 3\nversion: 4", `guide.yaml:4:1: "version" is here a second time`},
		{"wrong kind of value", "version: 3", "version: three", `3:10: here should be a whole number, not "three"`},
		{"list for text", "id: small", "id: [small]", `2:5: here should be one text, not a list or keys`},
		{"text for list", "languages: [en]", "languages: en", `8:14: here should be a list; begin each item with a dash`},
		{"text for texts", "name: {en: A form, ar: استمارة}", "name: A form", `6:9: here should be texts by language`},
		{"nothing", "id: small", "id:", `2:1: there is nothing after this key`},
		{"anchor", "name: {en: A form, ar: استمارة}", "name: &n {en: A form, ar: استمارة}", `6:9: anchors and aliases (& * <<) are not used in guides; write the text out where it is needed`},
		{"alias", "version: 3", "version: *n", `3:10: anchors and aliases`},
		{"tag", "version: 3", "version: !!int 3", `3:10: tags (!) are not used`},
		{"second document", "receipt:", "---\nreceipt:", `a second document begins here`},
		{"not yaml", "format: 1", "format: 1: 2", `this is not YAML`},
		{"tab", "  origin:", "\torigin:", `this is not YAML`},
		{"deep", "term: {en: Form 7}", "term: " + strings.Repeat("[", 50) + strings.Repeat("]", 50), `nested too deeply`},
		{"format", "format: 1", "format: 2", `1:1: the format is 2, and this program reads 1; write format: 1`},
		{"id", "id: small", "id: Small", `2:1: "Small" is not a name`},
		{"language missing", "title: {en: Touch Send, ar: المس Send}", "title: {en: Touch Send}", `40:11: the title is missing in ar; write it`},
		{"one language too many", "how: {en: Write it., ar: اكتبه.}", "how: {en: Write it., ar: اكتبه., fr: Écrivez.}", `how is in fr, which the guide does not speak`},
		{"arabic is needed", "name: {en: A form, ar: استمارة}", "name: {en: A form}", `the service's name is missing in ar`},
		{"no language", "name: {en: A form, ar: استمارة}", "name: {en: A form, ar: استمارة, English: x}", `"English" is not a language`},
		{"site text in another language", "heading: {en: Thank you}", "heading: {ar: شكرا}", `the heading is missing in en, a language of the site`},
		{"origin with a path", "https://forms.example.org", "https://forms.example.org/", `is not an origin; write only scheme and host`},
		{"origin in clear", "https://forms.example.org", "http://forms.example.org", `is not encrypted; write https`},
		{"start", "start: /form/name", "start: /elsewhere", `no page has the path /elsewhere`},
		{"host", "cdn.example.org:443", "cdn.example.org", `is not a host with its port`},
		{"day", "2026-03-31", "2026-02-30", `13:3: "2026-02-30" is not a day`},
		{"path", "path: /form/end", "path: /form/e*d", `45:5: * stands for a whole segment`},
		{"pages alike", "path: /form/end\n    heading: {en: Thank you}", "path: /form/name\n    heading: {en: Your  name}", `page "end" cannot be told from page "name"`},
		{"two pages of one id", "id: end", "id: name", `there is another page "name" before`},
		{"two steps of one id", "id: send", "id: family", `there is another step "family" before`},
		{"state", "state: done", "state: finished", `unknown state "finished"; known: done, expired`},
		{"no end", "    state: done\n", "", `no page has the state done`},
		{"kind", "kind: press", "kind: klick", `unknown kind "klick"; known: read, fill`},
		{"done", "done: page", "done: valid", `a step of the kind press cannot be done by "valid"; use page, appears or person`},
		{"no target", "        target: {role: button, name: {en: Send}}\n", "", `step "send" points at nothing`},
		{"role", "role: button", "role: buton", `unknown role "buton"`},
		{"role of another kind", "role: button", "role: textbox", `a step of the kind press cannot have a textbox for its target`},
		{"too vague", "{role: button, name: {en: Send}}", "{role: button}", `only its role is known of this element, which would fit any button`},
		{"token", "[last, name]", "[last-name]", `"last-name" is not a token`},
		{"card", "card: family_name", "card: iban", `cards have no field "iban"; known: family_name`},
		{"card on a button", "        done: page\n", "        done: page\n        card: family_name\n", `a step of the kind press is never filled from a card`},
		{"declaration with an answer", "kind: press", "kind: declare\n        try: {a: x, b: y}", `a step of the kind declare has no answer to try`},
		{"tries alike", "b: Two", "b: One", `both answers to try are the same`},
		{"match", "match: [Enter your surname]", "match: [e]", `"e" would match far too much`},
		{"no match", "match: [Enter your surname]", "match: []", `the explanation "empty" matches nothing`},
		{"shadowed match", "        try: {a: One", "          - {id: format, match: [enter your surname in latin], title: {en: a, ar: b}, how: {en: a, ar: b}}\n        try: {a: One",
			`"enter your surname in latin" is never reached: the explanation "empty" before it matches it too`},
		{"line break", "en: Wait.", `en: "Wa\nit."`, `has a line break or a control character`},
		{"reordering", "en: Wait.", "en: \"a\u202eb\"", `invisible character`},
		{"letters apart", "en: Wait.", "en: Cafe\u0301", `letters and accents written apart`},
		{"spaces", "en: Wait.", `en: "Wait. "`, `has spaces at its ends`},
		{"receipt", "  next: [{en: Wait., ar: انتظر.}]\n", "", `the receipt does not say what happens next`},
		{"not utf-8", "Form 7", "Form \xff", `the file is not UTF-8 text`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if !strings.Contains(small, test.old) {
				t.Fatalf("the good guide has no %q", test.old)
			}
			g, err := ParseGuide("guide.yaml", []byte(strings.Replace(small, test.old, test.new, 1)))
			if g != nil || err == nil {
				t.Fatal("it was accepted")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("got\n%v\nwant it to contain\n%s", err, test.want)
			}
			var first *GuideError
			if !errors.As(err, &first) || first.File != "guide.yaml" || first.Line < 1 || first.Column < 1 {
				t.Errorf("no place: %#v", first)
			}
		})
	}
}

func TestSeveralErrorsAtOnce(t *testing.T) {
	broken := strings.NewReplacer("kind: press", "kind: klick", "done: valid", "done: page", "id: small", "id: Small").Replace(small)
	_, err := ParseGuide("g", []byte(broken))
	var list GuideErrors
	if !errors.As(err, &list) || len(list) != 3 {
		t.Fatalf("got %v", err)
	}
	for i := 1; i < len(list); i++ {
		if list[i].Line < list[i-1].Line {
			t.Errorf("line %d after line %d", list[i].Line, list[i-1].Line)
		}
	}
}

func TestWarnings(t *testing.T) {
	tests := []struct{ old, new, want string }{
		{"en: Write your family name", "en: " + strings.Repeat("long ", 9) + "title", "the title has 50 characters, more than the 45 that fit"},
		{"          why: {en: To know you., ar: لمعرفتك.}\n", "", "why is missing"},
		{"en: Touch Send", "en: Just click Send!", `the word "just"`},
		{"en: Touch Send", "en: Click Send", "say touch"},
		{"ar: المس Send", "ar: المس Send!", "exclamation mark"},
		{"        try: {a: One, b: Two, wrong: \"1\"}\n", "", "cannot be walked unattended"},
		{"    heading: {en: Thank you}\n", "", `page "end" is known by its path alone`},
		{"done: page", "done: person", `no step of page "name" leads on`},
	}
	for _, test := range tests {
		g, problems := CheckGuide("g", []byte(strings.Replace(small, test.old, test.new, 1)))
		if g == nil || !strings.Contains(problems.Error(), test.want) {
			t.Errorf("%q: guide %v, got %v", test.new, g != nil, problems)
		}
		for _, p := range problems {
			if !p.Warning || !strings.Contains(p.Error(), ": warning: ") {
				t.Errorf("not a warning: %v", p)
			}
		}
	}
}

func TestLoadGuide(t *testing.T) {
	hash := WordHash("small", "name", "h1", "Your name")
	folder := fstest.MapFS{
		"small/guide.yaml": {Data: []byte(small)},
		"small/words":      {Data: []byte("# one\n" + hash + "\n")},
		"other/guide.yaml": {Data: []byte(small)},
		"bad/guide.yaml":   {Data: []byte(strings.Replace(small, "id: small", "id: bad", 1))},
		"bad/words":        {Data: []byte("Your name\n")},
		"none/words":       {Data: nil},
	}
	g, err := LoadGuide(folder, "small")
	if err != nil || !g.Words.Public("small", "name", "h1", " Your\n name ") || g.Words.Public("small", "name", "h2", "Your name") {
		t.Fatalf("%v %v", g, err)
	}
	for dir, want := range map[string]string{
		"other": `other/guide.yaml:1:1: the folder is called "other" and the guide "small"; give both the same name`,
		"bad":   "bad/words:1:1: here should be a hash",
	} {
		if g, err := LoadGuide(folder, dir); g != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", dir, err)
		}
	}
	if _, err := LoadGuide(folder, "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestBigAndHostile(t *testing.T) {
	for name, data := range map[string]string{
		"10 MB string":  "id: " + strings.Repeat("a", 10<<20),
		"brackets":      strings.Repeat("[", 250_000),
		"braces":        strings.Repeat("{a: ", 60_000),
		"dashes":        strings.Repeat("- ", 120_000),
		"questions":     strings.Repeat("? ", 120_000),
		"indents":       stairs(600),
		"quotes":        strings.Repeat(`"`, 250_000),
		"colons":        strings.Repeat(":", 250_000),
		"comments":      strings.Repeat("#\n", 120_000),
		"keys":          strings.Repeat("a:\n", 80_000),
		"some keys":     strings.Repeat("a:\n", 9_000),
		"nested items":  strings.Repeat("- a:\n  - b:\n    - c: [d, {e: f}]\n", 2_000),
		"one line":      "{" + strings.Repeat("a: b,", 9_000) + "}",
		"exclamations":  strings.Repeat("!", 250_000),
		"stars":         strings.Repeat("* ", 120_000),
		"blocks":        strings.Repeat("a: |\n", 50_000),
		"many pages":    small + strings.Repeat("  - id: x\n", 20_000),
		"empty":         "",
		"only comments": "# nothing\n---\n# here\n",
		"bomb":          "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: [*b,*b,*b]\n",
	} {
		if g, err := ParseGuide("g", []byte(data)); g != nil || err == nil {
			t.Errorf("%s was accepted", name)
		} else if len(err.Error()) > 20_000 {
			t.Errorf("%s: the message has %d bytes", name, len(err.Error()))
		}
	}
}

func stairs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%sa:\n", strings.Repeat(" ", i))
	}
	return b.String()
}

func FuzzParseGuide(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte("a: &a\nb: *a"))
	f.Add([]byte("- |\n  x\n- >-\n y\n? z"))
	f.Add([]byte("{a: [1, 'x', \"\\x00\"]}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := ParseGuide("g", data)
		switch {
		case (g == nil) == (err == nil):
			t.Fatalf("guide %v and error %v", g, err)
		case err != nil:
			for _, e := range err.(GuideErrors) {
				if e.Line < 1 || e.Column < 1 || e.Message == "" || e.Warning {
					t.Fatalf("%+v", e)
				}
			}
		default: // what is accepted can be used
			for _, p := range g.Pages {
				p.MatchesPath(g.Service.Start)
				if p.Title.In("ar") == "" {
					t.Fatal("a page without a title")
				}
			}
		}
	})
}
