// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/text/unicode/norm"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

var ticketLangs = []string{"en", "fr", "pl", "el", "uk", "ar"}

func readTicket(t *testing.T, lang string) peripherals.Document {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../peers/tickets", "ticket-"+lang+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc peripherals.Document
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// viewTicket encodes for a profile and decodes with the emulator's own decoder. Letters
// that were sent to the printer are given their names back.
func viewTicket(t *testing.T, profileName string, doc peripherals.Document) (slip emulator.Slip, text string, out []byte) {
	t.Helper()
	p, err := loadProfile(profileName)
	if err != nil {
		t.Fatal(err)
	}
	types := newTypeset(fontFolders)
	made, err := ticket(p, doc, types)
	if err != nil {
		t.Fatal(err)
	}
	out = made.bytes
	noRealTime(t, out)
	slips, err := emulator.View(out, p.Dots)
	if err != nil || len(slips) != 1 || !slips[0].Cut || len(slips[0].Odd) > 0 {
		t.Fatalf("%s: %d slips, %v, odd %q", profileName, len(slips), err, slips[0].Odd)
	}
	// The same letters in the same order get the same slots.
	letters := p.alphabet(types)
	for _, b := range doc.Blocks {
		letters.fit(shape([]rune(strings.TrimSpace(plain(b.Text)))))
	}
	text = slips[0].Text()
	if letters.glyphs != nil {
		for r, slot := range letters.glyphs.slots {
			text = strings.ReplaceAll(text, string(rune(0xE000)+rune(slot)), string(r))
		}
	}
	return slips[0], text, out
}

// wanted is what must be read on the paper, made without the encoder: for Arabic the
// words in reading order, for others the lines as they are.
func wanted(doc peripherals.Document) []string {
	var lines []string
	for _, b := range doc.Blocks {
		if b.Text != "" {
			lines = append(lines, b.Text)
		}
	}
	return lines
}

// TestTicketBytes holds the same ticket in six languages against the bytes that the
// shortest of other encoders needs, and every letter against what was to be printed.
func TestTicketBytes(t *testing.T) {
	for _, c := range []struct {
		lang, profile string
		most          int
	}{
		{"en", "epson-tm", 584}, {"fr", "epson-tm", 642}, {"pl", "epson-tm", 582},
		{"el", "epson-tm", 560}, {"uk", "epson-tm", 570},
		{"ar", "epson-tm", 560}, {"ar", "citizen-ct", 3300},
	} {
		doc := readTicket(t, c.lang)
		slip, text, out := viewTicket(t, c.profile, doc)
		keepPicture(t, slip, "ticket-"+c.lang+"-"+c.profile)
		t.Logf("ticket-%s on %s: %d bytes (at most %d)", c.lang, c.profile, len(out), c.most)
		if len(out) > c.most {
			t.Errorf("ticket-%s on %s: %d bytes, more than %d", c.lang, c.profile, len(out), c.most)
		}
		got, want := strings.Split(text, "\n"), wanted(doc)
		if len(got) != len(want) {
			t.Fatalf("ticket-%s on %s: %d lines of text, want %d:\n%s", c.lang, c.profile, len(got), len(want), text)
		}
		for i := range want {
			if c.lang == "ar" {
				got[i] = spoken(got[i])
			}
			if got[i] != want[i] {
				t.Errorf("ticket-%s on %s: line %d is %q, want %q", c.lang, c.profile, i+1, got[i], want[i])
			}
		}
	}
}

// spoken undoes what paper needs: order and shapes. NFKC turns shapes into letters.
func spoken(line string) string {
	r := visual([]rune(line), true) // its own inverse for letters with numbers and one other script
	return norm.NFKC.String(string(r))
}

func TestTicketCode(t *testing.T) {
	doc := readTicket(t, "en")
	_, _, without := viewTicket(t, "epson-tm", doc)
	const link = "https://linden.example/queue/K7-0117/2026"
	cut := len(doc.Blocks)
	doc.Blocks = append(doc.Blocks[:cut:cut], peripherals.Block{Kind: peripherals.QR, QR: link[:40]})
	slip, _, with := viewTicket(t, "epson-tm", doc)
	t.Logf("ticket-qr: %d bytes more", len(with)-len(without))
	if len(with)-len(without) > 81 {
		t.Errorf("a code of 40 letters costs %d bytes, more than 81", len(with)-len(without))
	}
	if codes := slip.Codes(); !slices.Equal(codes, []string{link[:40]}) {
		t.Errorf("codes %q", codes)
	}
	// A printer that cannot draw codes gets the dots.
	slip, _, out := viewTicket(t, "generic-58", doc)
	if len(slip.Codes()) != 0 || !hasDots(slip, 10) {
		t.Errorf("%d bytes, codes %q", len(out), slip.Codes())
	}
}

// TestEveryLanguageOnEveryPrinter looks for letters that went missing: what is not
// there as text must be there as dots, and never as a question mark.
func TestEveryLanguageOnEveryPrinter(t *testing.T) {
	for _, name := range Profiles() {
		for _, lang := range ticketLangs {
			doc := readTicket(t, lang)
			slip, text, out := viewTicket(t, name, doc)
			want := wanted(doc)
			p, _ := loadProfile(name)
			if p.Dots < 500 {
				want = want[:1]
			}
			as := "text"
			lines := strings.Split(text, "\n")
			if lang == "ar" {
				for i := range lines {
					lines[i] = spoken(lines[i])
				}
			}
			asText := 0
			for _, w := range want {
				if slices.Contains(lines, w) {
					asText++
				} else if !hasDots(slip, 0) && p.Dots >= 500 {
					t.Errorf("%s on %s: %q is nowhere", lang, name, w)
				}
			}
			if asText < len(want) {
				as = "partly dots"
			}
			if strings.Count(text, "?") > strings.Count(strings.Join(wanted(doc), ""), "?") || strings.Contains(text, "\uFFFD") {
				t.Errorf("%s on %s has question marks:\n%s", lang, name, text)
			}
			t.Logf("fault row 21: %s on %s: %d bytes, %s", lang, name, len(out), as)
		}
	}
}

func TestMixedScriptsInOneLine(t *testing.T) {
	doc := peripherals.Document{Plain: true, Blocks: []peripherals.Block{
		{Kind: peripherals.Text, Text: "Łódź Ελλάδα Київ ґанок naïve"},
		{Kind: peripherals.Text, Text: "رقم IBAN (12) هنا"},
		{Kind: peripherals.Text, Text: "100% नमस्ते"},
	}}
	slip, text, out := viewTicket(t, "epson-tm", doc)
	lines := strings.Split(text, "\n")
	if len(lines) != 2 || lines[0] != "Łódź Ελλάδα Київ ґанок naïve" || !hasDots(slip, 0) {
		t.Errorf("%q", lines)
	}
	if got, want := norm.NFKC.String(lines[1]), string(visual([]rune("رقم IBAN (12) هنا"), false)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if n := bytes.Count(out, []byte{esc, 't'}); n > 7 {
		t.Errorf("%d switches of page", n)
	}
}

// TestFewestSwitches compares the planner with trying everything.
func TestFewestSwitches(t *testing.T) {
	p, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	pool := []rune("aé łóäΩщіґ %ş€")
	a := p.alphabet(nil)
	a.glyphs = nil
	for range 300 {
		line := make([]rune, 1+rng.IntN(14))
		for i := range line {
			line[i] = pool[rng.IntN(len(pool))]
		}
		c, _ := a.encode(line, noPage)
		switches := 0
		for _, s := range c {
			if s.page != noPage {
				switches++
			}
		}
		// best[page]: fewest switches with that page on, letter by letter.
		best := map[int]int{noPage: 0}
		for _, r := range line {
			next := map[int]int{}
			for _, page := range append([]int{noPage}, pagesOf(p)...) {
				if _, ok := a.byteOf(page, r); !ok {
					continue
				}
				least := 1 << 20
				for from, n := range best {
					if from != page {
						n++
					}
					if page != noPage || from == noPage {
						least = min(least, n)
					}
				}
				next[page] = least
			}
			best = next
		}
		least := 1 << 20
		for _, n := range best {
			least = min(least, n)
		}
		if switches != least {
			t.Fatalf("%q: %d switches, %d are enough", string(line), switches, least)
		}
	}
}

func pagesOf(p profile) []int {
	var all []int
	for _, cp := range p.CodePages {
		all = append(all, int(cp.Number))
	}
	return all
}

func TestShapes(t *testing.T) {
	for in, want := range map[string]string{
		"بيت":   "\uFE91\uFEF4\uFE96",       // beginning, middle, end
		"دار":   "\uFEA9\uFE8D\uFEAD",       // none of these joins the next
		"سلام":  "\uFEB3\uFEFC\uFEE1",       // lam and alef in one
		"لا":    "\uFEFB",                   // alone
		"أحضِر": "\uFE83\uFEA3\uFEC0\uFEAE", // without the mark
		"IBAN":  "IBAN",
		"ش.":    "\uFEB5.",
	} {
		if got := string(shape([]rune(in))); got != want {
			t.Errorf("%q: %+q, want %+q", in, got, want)
		}
	}
	for letter, f := range letterForms {
		for i := range f.n {
			if got := norm.NFKC.String(string(f.first + rune(i))); got != string(letter) {
				t.Errorf("%U is a shape of %q, not of %q", f.first+rune(i), got, letter)
			}
		}
	}
}

func TestOrder(t *testing.T) {
	for _, c := range []struct {
		in   string
		rtl  bool
		want string
	}{
		{"abc", false, "abc"}, {"abc", true, "abc"},
		{"אבג", true, "גבא"}, {"אבג", false, "גבא"},
		{"אב 12 גד", true, "דג 12 בא"},
		{"he said אבג דהו.", false, "he said והד גבא."},
		{"אבג (abc) ד", true, "ד (abc) גבא"},
		{"אב: 8:00-17:00", true, "8:00-17:00 :בא"},
		{"a(א)b", false, "a(א)b"},
		{"אב 10%", true, "10% בא"},
		{"رقم 12", true, "12 مقر"},
	} {
		if got := string(visual([]rune(c.in), c.rtl)); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

// TestTablesAgainstPython asks somebody else's tables.
func TestTablesAgainstPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, python, "-c", `
import json
pages = {}
for n in "cp437 cp850 cp852 cp858 cp862 cp866 cp737 cp857 cp864 cp720 cp775 cp1125 cp1250 cp1251 cp1252 cp1253 cp1254 cp1257".split():
    p = {}
    for b in range(0x20, 0x100):
        if b != 0x7f:
            try:
                p[b] = bytes([b]).decode(n)
            except UnicodeDecodeError:
                pass
    pages[n] = p
print(json.dumps(pages))`).Output()
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]map[byte]string{}
	if err := json.Unmarshal(out, &pages); err != nil {
		t.Fatal(err)
	}
	checked := 0
	for name, ours := range tables {
		theirs := pages[strings.Replace(name, "windows-", "cp", 1)]
		if len(theirs) < 200 {
			t.Fatalf("%s: Python gives %d letters", name, len(theirs))
		}
		for r, b := range ours {
			if theirs[b] != string(r) {
				t.Errorf("%s: byte %02x is %q, and %q in Python", name, b, r, theirs[b])
			}
			checked++
		}
		for b, letter := range theirs {
			if r := []rune(letter)[0]; r >= 0xA0 && ours[r] == 0 {
				t.Errorf("%s: byte %02x is %q in Python, and missing", name, b, letter)
			}
		}
	}
	t.Logf("%d letters on %d pages", checked, len(tables))
}

func FuzzTicket(f *testing.F) {
	f.Add("Help ґ % رقم (12) שלום", "https://x.example/\x10\x04", true)
	f.Add("\u202e\x10\x04\x01€…", "", false)
	f.Fuzz(func(t *testing.T, words, link string, rtl bool) {
		if len(words)+len(link) > 600 {
			t.Skip()
		}
		doc := peripherals.Document{Plain: true, RTL: rtl, Blocks: []peripherals.Block{
			{Kind: peripherals.Title, Text: words}, {Kind: peripherals.Words, Rows: [][2]string{{words, link}}}, {Kind: peripherals.QR, QR: link, Text: words},
		}}
		for _, name := range []string{"epson-tm", "citizen-ct", "generic-58"} {
			p, err := loadProfile(name)
			if err != nil {
				t.Fatal(err)
			}
			made, err := ticket(p, doc, newTypeset(fontFolders))
			if err != nil {
				continue
			}
			noRealTime(t, made.bytes)
			slips, err := emulator.View(made.bytes, p.Dots)
			if err != nil || len(slips) != 1 || len(slips[0].Odd) > 0 {
				t.Fatalf("%s: %d slips, %v, %q", name, len(slips), err, slips[0].Odd)
			}
		}
	})
}
