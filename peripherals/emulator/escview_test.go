// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"image/png"
	"slices"
	"strings"
	"testing"
)

// one decodes bytes to one slip.
func one(t *testing.T, parts ...string) Slip {
	t.Helper()
	slips, err := View([]byte(strings.Join(parts, "")), 576)
	if err != nil {
		t.Fatal(err)
	}
	if len(slips) != 1 {
		t.Fatalf("%d slips", len(slips))
	}
	return slips[0]
}

func TestViewText(t *testing.T) {
	s := one(t,
		"\x1b@plain \x1bE\x01bold\x1bE\x00\n",
		"\x1bt\x10caf\xe9 \x80\n", // Windows-1252
		"\x1bt\x00caf\x82\n",      // 437
		"\x1bt\x11\x8f\x90\n",     // 866
		"left\x1b$\xf0\x00right\n",
		"\x1d!\x11BIG\x1d!\x00\n",
		strings.Repeat("x", 50), "\n", // wider than the paper
		"\n\x1bd\x02\x1bJ\x10end\n\x1dV\x00",
	)
	want := []string{"plain bold", "café €", "café", "ПР", "left                right", "BIG", strings.Repeat("x", 48), "xx", "end"}
	if got := strings.Split(s.Text(), "\n"); !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if !s.Cut || s.Lines != len(want) || len(s.Odd) > 0 {
		t.Errorf("%+v", s)
	}
}

func TestViewDots(t *testing.T) {
	// Two rows of 16 dots, then a column of 24 on the line of a letter.
	s := one(t, "\x1dv0\x00\x02\x00\x02\x00\x80\x01\xff\x00", "A\x1b*\x21\x01\x00\x80\x00\x01\n")
	for _, d := range []struct {
		x, y  int
		black bool
	}{{0, 0, true}, {1, 0, false}, {15, 0, true}, {0, 1, true}, {7, 1, true}, {8, 1, false}, {12, 2, true}, {12, 3, false}, {12, 25, true}} {
		if s.Dot(d.x, d.y) != d.black {
			t.Errorf("dot %d,%d is %v", d.x, d.y, !d.black)
		}
	}
	if s.Text() != "A" {
		t.Errorf("%q", s.Text())
	}
}

func TestViewLargeLettersShareTheGround(t *testing.T) {
	s := one(t, "\x1d!\x11B\x1d!\x00\x1b*\x21\x01\x00\xff\xff\xff\n")
	if s.Dot(24, 23) || !s.Dot(24, 24) || !s.Dot(24, 47) {
		t.Error("a small image beside large letters does not stand on the same ground")
	}
}

func TestViewOdd(t *testing.T) {
	s := one(t, "\x1bp\x00\x10\x10x\x1b\xeey\x1bt\xfa\x90\n")
	if s.Text() != "xy\uFFFD" || len(s.Odd) != 3 {
		t.Errorf("%q, odd %q", s.Text(), s.Odd)
	}
}

func TestPNG(t *testing.T) {
	s := one(t, "\x1bE\x01Help\x1bE\x00 with \x1b-\x01rent\n\x1dB\x01inverse\n")
	b, err := s.PNG()
	if err != nil {
		t.Fatal(err)
	}
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	black := 0
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			if r, _, _, _ := img.At(x, y).RGBA(); r == 0 {
				black++
			}
		}
	}
	if img.Bounds().Dx() != 576 || black < 500 || black > 10000 {
		t.Errorf("%v with %d black dots", img.Bounds(), black)
	}
	if _, err := (Slip{}).PNG(); err == nil {
		t.Error("a picture of no paper")
	}
}

// FuzzView decodes anything, in pieces and in one, and wants the same paper.
func FuzzView(f *testing.F) {
	f.Add([]byte("\x1b@text\n\x1b*\x21\x02\x00abcdef\x1dv0\x00\x01\x00\x02\x00ab\n\x1dV\x41\x10more"), 3)
	f.Add([]byte("\x1d(k\x03\x00abc\x10\x04\x01\x1dr\x01\x1b\\\xff\xff\x1b$\xff\x00Z"), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		whole, err := View(data, 384)
		if err != nil {
			t.Fatal(err)
		}
		var split []Slip
		v := newView(384)
		v.cut = func(p *paper) { split = append(split, Slip{paper: p}) }
		size = max(1, min(size, 100))
		for rest := data; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			v.write(rest[:min(size, len(rest))])
		}
		for i, s := range split {
			if s.Text() != whole[i].Text() || s.Height() != whole[i].Height() {
				t.Fatalf("slip %d differs", i)
			}
		}
		for _, s := range whole {
			if s.Height() > maxRows+cellHigh*8 {
				t.Fatalf("%d dots of paper", s.Height())
			}
		}
	})
}
