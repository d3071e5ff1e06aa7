// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// noRealTime fails if a real-time command stands anywhere in out.
func noRealTime(t *testing.T, out []byte) {
	t.Helper()
	for i := range len(out) - 1 {
		if out[i] == dle && (out[i+1] == 0x04 || out[i+1] == 0x05 || out[i+1] == 0x14) {
			t.Fatalf("real-time command % x at byte %d", out[i:i+2], i)
		}
	}
}

// TestDotsNeverCommand encodes random and hostile pictures.
func TestDotsNeverCommand(t *testing.T) {
	p, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	runs := 10000
	if testing.Short() {
		runs = 40
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for run := range runs {
		pg := page{canvas: canvas{dots: p.Dots}, high: 60}
		wide := 16 + rng.IntN(p.Dots-16)
		for y := range 60 {
			for x := 0; x < wide; x += 8 {
				b := byte(rng.Uint32())
				if run%2 == 0 { // nothing but the bytes that are dangerous
					b = []byte{0x10, 0x04, 0x05, 0x14, 0x01}[rng.IntN(5)]
				}
				for bit := range 8 {
					if b>>(7-bit)&1 != 0 {
						// Across for rows, down for columns.
						if run%4 < 2 {
							pg.set(x+bit, y, true)
						} else {
							pg.set(y*8%p.Dots, x/8%8*8+bit, true)
						}
					}
				}
			}
		}
		if run%3 == 0 {
			pg.texts = append(pg.texts, text{x: 300, y: 20, coded: coded{{16, []byte("words")}}})
		}
		out := encode(p, pg).bytes
		noRealTime(t, out)
		if run >= 300 {
			continue // looked at closely often enough
		}
		slips, err := emulator.View(out, p.Dots)
		if err != nil || len(slips) != 1 || len(slips[0].Odd) > 0 {
			t.Fatalf("%d slips, %v", len(slips), err)
		}
		// Nothing is lost, and what is added is a dot here and there.
		added := 0
		for y := range 70 {
			for x := range p.Dots {
				was, is := pg.at(x, y), slips[0].Dot(x, y)
				if was && !is {
					t.Fatalf("run %d: the dot at %d,%d is lost", run, x, y)
				}
				if is && !was {
					added++
				}
			}
		}
		if run%2 == 1 && added > 200 {
			t.Errorf("run %d: %d dots added", run, added)
		}
	}
	t.Logf("fault row 16: seed %d: %d pictures, 0 real-time commands in them", seed, runs)
}

// onPaper lays out, encodes and decodes.
func onPaper(t *testing.T, profileName string, doc peripherals.Document) (emulator.Slip, []byte) {
	t.Helper()
	p, err := loadProfile(profileName)
	if err != nil {
		t.Fatal(err)
	}
	pg, err := layOut(p, doc, newTypeset(fontFolders))
	if err != nil {
		t.Fatal(err)
	}
	out := encode(p, pg).bytes
	noRealTime(t, out)
	slips, err := emulator.View(out, p.Dots)
	if err != nil || len(slips) != 1 {
		t.Fatalf("%d slips, %v", len(slips), err)
	}
	if len(slips[0].Odd) > 0 {
		t.Errorf("odd: %q", slips[0].Odd)
	}
	return slips[0], out
}

func TestLettersBeyondASCII(t *testing.T) {
	for _, profileName := range Profiles() {
		for _, words := range []string{
			"Café Müller – «œuvre»", "Zażółć gęślą jaźń", "Съешь ещё этих булок", "naïve señor Åse", "plain",
		} {
			s, _ := onPaper(t, profileName, short(words))
			if got := s.Text(); got != words && got != "" {
				t.Errorf("%s: %q became %q", profileName, words, got)
			} else if got == "" && !hasDots(s, 100) {
				t.Errorf("%s: nothing of %q is on paper", profileName, words)
			}
		}
	}
}

// hasDots reports whether there is ink from column x on.
func hasDots(s emulator.Slip, x int) bool {
	for y := range s.Height() {
		for c := x; c < 480; c++ {
			if s.Dot(c, y) {
				return true
			}
		}
	}
	return false
}

func TestArabicIsShapedAndMirrored(t *testing.T) {
	types := newTypeset(fontFolders)
	joined, err := types.lines("بيت", "ar", true, false, 28, 44, 400)
	if errors.Is(err, errNoFont) {
		t.Skip("no Arabic type face on this machine")
	}
	if err != nil || len(joined) != 1 {
		t.Fatalf("%d lines, %v", len(joined), err)
	}
	apart := 0
	for _, letter := range []string{"ب", "ي", "ت"} {
		l, err := types.lines(letter, "ar", true, false, 28, 44, 400)
		if err != nil {
			t.Fatal(err)
		}
		apart += l[0].wide
	}
	// Joined letters take less room than the same letters standing alone.
	if joined[0].wide >= apart*3/4 {
		t.Errorf("joined %d dots, apart %d", joined[0].wide, apart)
	}
	s, _ := onPaper(t, "epson-tm", arabicReceipt())
	// The rail is at the right: ink in its column without a gap, from under the title to above the code at the foot.
	rail, first, last := 0, -1, 0
	for y := range s.Height() {
		if s.Dot(576-48, y) {
			if rail++; first < 0 {
				first = y
			}
			last = y
		}
	}
	if span := last - first + 1; rail < span*9/10 || span < s.Height()*4/10 {
		t.Errorf("the rail has %d dots from %d to %d on a paper of %d", rail, first, last, s.Height())
	}
}

func TestLongTextIsWrapped(t *testing.T) {
	types := newTypeset(fontFolders)
	lines, err := types.lines(strings.Repeat("مرحبا بكم ", 20), "ar", true, false, 28, 44, 400)
	if errors.Is(err, errNoFont) {
		t.Skip("no Arabic type face on this machine")
	}
	if err != nil || len(lines) < 4 {
		t.Fatalf("%d lines, %v", len(lines), err)
	}
	for _, l := range lines {
		if l.wide > 400 {
			t.Errorf("a line of %d dots", l.wide)
		}
	}
}

func TestNoTypeFace(t *testing.T) {
	p, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	_, err = layOut(p, short("नमस्ते"), newTypeset([]string{t.TempDir()}))
	if !errors.Is(err, errNoFont) || !strings.Contains(err.Error(), "fonts-noto-core") {
		t.Errorf("%v", err)
	}
	if _, err := layOut(p, short("hello"), newTypeset(nil)); err != nil {
		t.Errorf("plain words need no type face: %v", err)
	}
}

func TestControlCharactersStayAway(t *testing.T) {
	s, out := onPaper(t, "epson-tm", short("a\x1bp\x00\x10\x10\x04\x01b\u009bc\u200b"))
	if s.Text() != "apbc" {
		t.Errorf("%q", s.Text())
	}
	if bytes.Contains(out, []byte("\x1bp")) {
		t.Error("a document opened the cash drawer")
	}
}

func TestBreakLines(t *testing.T) {
	for _, c := range []struct {
		in   string
		n    int
		want string
	}{
		{"one two three", 7, "one two|three"}, {"extraordinary", 5, "extra|ordin|ary"}, {"", 5, ""},
		{"a extraordinary b", 5, "a|extra|ordin|ary b"}, {"é é é", 3, "é é|é"}, {"x", 0, "x"},
	} {
		if got := strings.Join(breakLines(c.in, c.n), "|"); got != c.want {
			t.Errorf("%q in %d: %q", c.in, c.n, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	p, err := loadProfile("")
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []peripherals.Block{
		{Kind: 99, Text: "x"},
		{Kind: peripherals.QR, QR: strings.Repeat("x", 5000)},
		{Kind: peripherals.Text, Text: strings.Repeat("x\n", 5000)},
	} {
		if _, err := layOut(p, peripherals.Document{Blocks: []peripherals.Block{b}}, newTypeset(fontFolders)); err == nil {
			t.Errorf("%v with %d bytes is laid out", b.Kind, len(b.Text)+len(b.QR))
		}
	}
	if _, err := layOut(p, peripherals.Document{}, newTypeset(nil)); err != nil {
		t.Errorf("an empty document: %v", err)
	}
}

func FuzzDocument(f *testing.F) {
	f.Add("Help with rent", "Open the form\nnow", true, false)
	f.Add("مساعدة في (IBAN) 12", "\x10\x04\x01", false, true)
	f.Add("שלום", "日本語", true, true)
	p, err := loadProfile("generic-58")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, title, words string, done, rtl bool) {
		if !utf8.ValidString(title+words) || len(title)+len(words) > 500 {
			t.Skip()
		}
		doc := peripherals.Document{RTL: rtl, Blocks: []peripherals.Block{
			{Kind: peripherals.Title, Text: title}, {Kind: peripherals.StepLine, Text: words, Done: done},
			{Kind: peripherals.Words, Rows: [][2]string{{title, words}}}, {Kind: peripherals.Boxed, Text: words},
		}}
		pg, err := layOut(p, doc, newTypeset(fontFolders))
		if err != nil {
			return // letters that nobody has
		}
		out := encode(p, pg).bytes
		noRealTime(t, out)
		slips, err := emulator.View(out, p.Dots)
		if err != nil || len(slips) != 1 || len(slips[0].Odd) > 0 {
			t.Fatalf("%d slips, %v", len(slips), err)
		}
	})
}
