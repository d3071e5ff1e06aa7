// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

func TestFramerRefusesEveryFlippedBit(t *testing.T) {
	good := encodeFrame(replyData, 7, [3]byte{}, []byte{0x01, 0x02, 0x03, 0x06, 0x90, 0x00})
	var f framer
	f.feed(good)
	if sig, msg := f.next(); sig != sigFrame || !bytes.Equal(msg, good[2:len(good)-1]) {
		t.Fatalf("a good frame: %v % x", sig, msg)
	}
	for bit := range len(good) * 8 {
		bad := bytes.Clone(good)
		bad[bit/8] ^= 1 << (bit % 8)
		var f framer
		f.feed(bad)
		for sig, msg := f.next(); sig != sigNone; sig, msg = f.next() {
			if sig == sigFrame {
				t.Errorf("bit %d: delivered % x", bit, msg)
			}
		}
		// The other half of a frame with a wrong length never comes; after that
		// all is well.
		f.reset()
		f.feed(good)
		if sig, _ := f.next(); sig != sigFrame {
			t.Errorf("bit %d: the next frame is lost", bit)
		}
	}
}

func TestFramerAnySplit(t *testing.T) {
	stream := append([]byte{0x80, 0x50, 0x02, 0x41}, encodeFrame(replyStatus, 1, [3]byte{}, nil)...)
	stream = append(stream, 0x50, 0x03, 0x03, 0x15, 0x16)
	want := []signal{sigTime, sigGone, sigFrame, sigCame, sigNak}
	for size := 1; size <= len(stream); size++ {
		var f framer
		var got []signal
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			f.feed(rest[:min(size, len(rest))])
			for sig, _ := f.next(); sig != sigNone; sig, _ = f.next() {
				got = append(got, sig)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("in pieces of %d: %s", size, d)
		}
	}
}

func FuzzFramer(f *testing.F) {
	f.Add(encodeFrame(replyData, 1, [3]byte{}, []byte("abc")), 3)
	f.Add([]byte{0x03, 0x15, 0x16, 0x50, 0x02, 0x80, 0x03, 0x06, 0x80, 0xFF, 0xFF, 0, 0}, 1)
	f.Fuzz(func(t *testing.T, stream []byte, size int) {
		size = max(1, min(size, 64))
		var fr framer
		for rest := stream; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			fr.feed(rest[:min(size, len(rest))])
			for sig, msg := fr.next(); sig != sigNone; sig, msg = fr.next() {
				if sig == sigFrame && (len(msg) < ccidHeader || len(msg) > ccidHeader+longestData) {
					t.Fatalf("message of %d bytes", len(msg))
				}
			}
			if len(fr.buf) > 2+ccidHeader+longestData+1 {
				t.Fatalf("holds %d bytes", len(fr.buf))
			}
		}
		// Whatever came, a good frame after a rest is found.
		fr.reset()
		fr.feed(encodeFrame(replyStatus, 9, [3]byte{}, nil))
		if sig, _ := fr.next(); sig != sigFrame {
			t.Fatal("a good frame is not found")
		}
	})
}

func TestATR(t *testing.T) {
	for _, c := range []struct {
		hex      string
		protocol int
		err      string
	}{
		{"3B 02 14 50", 0, ""},
		{"3B 98 13 40 0A A5 03 01 01 01 AD 13 11", 0, ""},
		{"3B 80 01 81", 1, ""},
		{"3B 80 01 82", 0, "checksum"},
		{"3B 9F", 0, "cut short"},
		{"3B", 0, "length"},
		{"42 00", 0, "convention"},
	} {
		b, _ := hex.DecodeString(strings.ReplaceAll(c.hex, " ", ""))
		a, err := parseATR(b)
		if (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v", c.hex, err)
		}
		if err == nil && a.protocol != c.protocol {
			t.Errorf("%s: T=%d", c.hex, a.protocol)
		}
	}
}

func FuzzATR(f *testing.F) {
	f.Add([]byte{0x3B, 0x98, 0x13, 0x40, 0x0A, 0xA5, 0x03, 0x01, 0x01, 0x01, 0xAD, 0x13, 0x11})
	f.Add([]byte{0x3B, 0xFF, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		if a, err := parseATR(b); err == nil && len(a.historical) > 15 {
			t.Fatal("more than 15 historical bytes")
		}
	})
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"14 MARS 1988": "1988-03-14", "02 AOUT 1951": "1951-08-02", "02.DEZ.1951": "1951-12-02",
		"01 MÄR 2001": "2001-03-01", "9 mei 1999": "1999-05-09", "29 FEV 2000": "2000-02-29",
		"29 FEB 2001": "", "1951": "", "MEI 1951": "", "00 JAN 1951": "", "12 XYZ 1951": "", "12 JAN 51": "",
	} {
		if got, ok := belgianDate(in); got != want || ok != (want != "") {
			t.Errorf("%s: %q", in, got)
		}
	}
}

func TestOnlyAllowedFieldsComeOut(t *testing.T) {
	c := emulator.Identity("x", map[string]string{
		"family_name": "Ångström", "national_number": "00.00.00-999.99", "sex": "F", "date_of_birth": "1990-02-30",
		"given_names": "bad\x07bell",
	})
	fields, err := parseTLV(c.Files["3F00DF014031"], identityNames)
	if err != nil {
		t.Fatal(err)
	}
	if len(fields) != 1 || fields[0].Name != peripherals.FamilyName || fields[0].Value.Reveal() != "Ångström" {
		for _, f := range fields {
			t.Errorf("%s = %q", f.Name, f.Value.Reveal())
		}
	}
}

func TestLongValue(t *testing.T) {
	// 255 + 45 bytes: too long for a field, and the next one must still be found.
	file := append([]byte{7, 255, 45}, bytes.Repeat([]byte("x"), 300)...)
	file = append(file, 8, 2, 'a', 'b')
	fields, err := parseTLV(file, identityNames)
	if err != nil || len(fields) != 1 || fields[0].Value.Reveal() != "ab" {
		t.Errorf("%v, %v", fields, err)
	}
	for _, cut := range [][]byte{{7}, {7, 255}, {7, 255, 1}, {7, 3, 'a'}} {
		if _, err := parseTLV(cut, identityNames); err == nil {
			t.Errorf("% x is a whole file", cut)
		}
	}
	for _, filling := range [][]byte{nil, {0}, {0, 0}, {0, 0, 0, 0, 0}} {
		if _, err := parseTLV(append([]byte{8, 1, 'a'}, filling...), identityNames); err != nil {
			t.Errorf("filled with % x: %v", filling, err)
		}
	}
}

func FuzzIdentity(f *testing.F) {
	for _, c := range emulator.Cards() {
		for _, file := range c.Files {
			f.Add(file)
		}
	}
	f.Add([]byte{7, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, names := range []map[byte]string{identityNames, addressNames} {
			fields, err := parseTLV(file, names)
			if err != nil && fields != nil {
				t.Fatal("half a card")
			}
			for _, field := range fields {
				if !peripherals.AllowedField(field.Name) || field.Value.Empty() {
					t.Fatalf("field %q", field.Name)
				}
			}
		}
	})
}

// scripted answers commands from a list.
type scripted struct {
	answers [][]byte
	sent    [][]byte
	again   []bool
}

func (s *scripted) transfer(_ context.Context, block []byte, again bool) ([]byte, error) {
	s.sent = append(s.sent, bytes.Clone(block))
	s.again = append(s.again, again)
	if len(s.answers) == 0 {
		return nil, errCardMute
	}
	a := s.answers[0]
	s.answers = s.answers[1:]
	return bytes.Clone(a), nil
}

func TestT0AsksForWhatIsWaiting(t *testing.T) {
	s := &scripted{answers: [][]byte{{0x61, 0x03}, {'a', 'b', 'c', 0x90, 0x00}}}
	body, sw, err := command(t.Context(), s, []byte{0, 0xA4, 4, 0, 1, 9})
	if string(body) != "abc" || sw != swOK || err != nil {
		t.Errorf("%q %04x %v", body, sw, err)
	}
	if d := cmp.Diff([][]byte{{0, 0xA4, 4, 0, 1, 9}, {0, 0xC0, 0, 0, 3}}, s.sent); d != "" {
		t.Error(d)
	}
	if s.again[1] {
		t.Error("a waiting answer would be asked for twice")
	}
	forever := &scripted{}
	for range 100 {
		forever.answers = append(forever.answers, []byte{0x6C, 0x10})
	}
	if _, _, err := command(t.Context(), forever, []byte{0, 0xB0, 0, 0, 0}); !errors.Is(err, errBadCard) {
		t.Errorf("a card that never comes to an end: %v", err)
	}
	if _, _, err := command(t.Context(), &scripted{answers: [][]byte{{0x90}, {0x90}, {0x90}}}, []byte{0, 0xB0, 0, 0, 0}); !errors.Is(err, errBadCard) {
		t.Errorf("half a status: %v", err)
	}
}

func TestReadFileRetriesReading(t *testing.T) {
	s := &scripted{answers: [][]byte{{0x90, 0}, {0x65, 0x81}, {0x65, 0x81}, {0x6C, 2}, {'o', 'k', 0x90, 0}}}
	file, err := readFile(t.Context(), s, belgianAddress)
	if string(file) != "ok" || err != nil {
		t.Errorf("%q, %v", file, err)
	}
	s = &scripted{answers: [][]byte{{0x6A, 0x82}}}
	if _, err := readFile(t.Context(), s, belgianAddress); !errors.Is(err, errUnknownCard) {
		t.Errorf("no such file: %v", err)
	}
}
