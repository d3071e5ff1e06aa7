// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"strings"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBuiltInCards(t *testing.T) {
	kinds := map[bool]int{}
	for _, c := range Cards() {
		if c.ID == "" || c.Name == "" || c.Kind == "" || c.Note == "" || len(c.ATR) == 0 {
			t.Errorf("card %q is not complete: %+v", c.ID, c)
		}
		kinds[c.Wear.Of > 0]++
	}
	if kinds[false] < 3 || kinds[true] < 1 {
		t.Errorf("cards: %v", kinds)
	}
}

func TestCardMistakesSayWhere(t *testing.T) {
	for text, want := range map[string]string{
		"name: A\nkind: x\ncolour: red\n":                                "x.yaml:3:1:",
		"name: A\nwear: {fail: 3, of: 2}\n":                              "x.yaml:2:1:",
		"name: A\nidentity:\n  shoe_size: 4\n":                           "x.yaml:3:3:",
		"name: A\nidentity:\n  date_of_birth: \"14.3.1988\"\n":           "x.yaml:3:3:",
		"name: A\nfiles:\n  3F0: \"00\"\n":                               "x.yaml:3:3:",
		"name: A\nfiles:\n  3F002F01: \"0\"\n":                           "x.yaml:3:3:",
		"name: A\natr: \"3\"\n":                                          "x.yaml:2:1:",
		"name: [\n":                                                      "x.yaml:",
		"kind: x\n":                                                      "x.yaml:1:1: name is missing",
		"name: A\nidentity:\n  family_name: " + strings.Repeat("a", 201): "x.yaml:3:3:",
	} {
		if _, err := ParseCard("x.yaml", []byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestIdentityLongName(t *testing.T) {
	long := strings.Repeat("n", 300)
	c := Identity("x", map[string]string{"family_name": long})
	if f := string(c.Files[identityFile]); !strings.Contains(f, "\x07\xff\x2d"+long) {
		t.Errorf("% x", f[:10])
	}
}

func FuzzParseCard(f *testing.F) {
	f.Add([]byte("name: A\nidentity: {family_name: B}\nwear: {fail: 1, of: 2}\natr: 3B 00\nfiles: {3F00: 00}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ParseCard("f.yaml", data)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f.yaml:") {
				t.Errorf("error without a place: %v", err)
			}
			return
		}
		in := insertedCard{card: c}
		in.power(true)
		in.exchange(data)
	})
}

func FuzzReader(f *testing.F) {
	frame := append([]byte{0x03, 0x06, 0x6F, 5, 0, 0, 0, 0, 1, 0, 0, 0}, 0x00, 0xB0, 0x00, 0x00, 0x00)
	f.Add(append(frame, xorAll(frame)))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := &Reader{sock: &socket{}, seen: map[string]int{}, pullAfter: -1}
		r.Insert(Cards()[0])
		r.card.power(true)
		for range len(in) + 1 {
			rest, frame, _ := cutFrame(in)
			if frame != nil {
				r.answer(frame[2 : len(frame)-1])
			}
			if len(rest) == len(in) {
				break
			}
			in = rest
		}
	})
}
