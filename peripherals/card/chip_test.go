// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"handrail/peripherals/emulator"
)

const liisRead = "read card.ok family_name=TAMMSAAR-KÖÖBI given_names=LIIS-ÕNNE date_of_birth=1990-06-24 place_of_birth=EST nationality=LIN card_number=AS0000104"
const martRead = "read card.ok family_name=VÄINÖLÄ given_names=MART date_of_birth=1947-02-11 place_of_birth=LINDENHAVEN nationality=LIN card_number=A0000105"

func TestEveryKindOfCard(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{})
	w := runReader(t, link)
	w.want("reader reader.ready")
	reader.Insert(builtIn(t, "liis"))
	w.want("inserted reader.reading", liisRead)
	reader.Remove()
	w.want("removed card.gone")
	reader.Insert(builtIn(t, "mart"))
	w.want("inserted reader.reading", martRead)
	reader.Remove()
	w.want("removed card.gone")
	// The Belgian layout by T=1 in small blocks: everything is chained.
	amina := builtIn(t, "amina")
	for _, size := range []int{16, 100, 254} {
		amina.Blocks = size
		amina.ATR = []byte{0x3B, 0x80, 0x81, 0x31, byte(size), 0x45, 0}
		amina.ATR[6] = xor(amina.ATR[1:6])
		reader.Insert(amina)
		w.want("inserted reader.reading", aminaRead)
		reader.Remove()
		w.want("removed card.gone")
	}
}

func TestT1InTheATR(t *testing.T) {
	b := []byte{0x3B, 0xDF, 0x18, 0x00, 0x81, 0x31, 0xFE, 0x58, 0x80, 0x31, 0xB0, 0x52, 0x00, 0x05, 0x00, 0x64, 0x05, 0xEC, 0x03, 0x24, 0x31, 0x80, 0x00, 0x90, 0x00}
	b = append(b[:len(b)-2], 0)
	b[len(b)-1] = xor(b[1 : len(b)-1])
	a, err := parseATR(b[:24])
	if err != nil || a.protocol != 1 || a.ifsc != 254 || a.waiting != 0x58 || a.speed != 0x18 || a.crc {
		t.Errorf("%+v, %v", a, err)
	}
}

// blockCard answers blocks from a list of functions, one a block.
type blockCard struct {
	steps []func(sent []byte) ([]byte, error)
	sent  [][]byte
}

func (b *blockCard) transfer(_ context.Context, block []byte, _ bool) ([]byte, error) {
	b.sent = append(b.sent, bytes.Clone(block))
	if len(b.steps) == 0 {
		return nil, errNoAnswer
	}
	step := b.steps[0]
	b.steps = b.steps[1:]
	return step(block)
}

func says(hex ...byte) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return append(append([]byte{0}, hex...), xor(hex)), nil }
}

func lost([]byte) ([]byte, error) { return nil, errNoAnswer }
func spoilt([]byte) ([]byte, error) {
	return []byte{0, 0, 2, 0x91, 0, 0x92}, nil // 90 00, with a bit turned
}

func TestT1Mends(t *testing.T) {
	apdu := []byte{0, 0xB0, 0, 0, 2}
	type steps = []func([]byte) ([]byte, error)
	ok := says(0x00, 2, 0x90, 0x00)
	for name, c := range map[string]struct {
		steps steps
		want  string
		err   error
	}{
		"well":           {steps{ok}, "\x90\x00", nil},
		"spoilt once":    {steps{spoilt, ok}, "\x90\x00", nil},
		"lost twice":     {steps{lost, lost, ok}, "\x90\x00", nil},
		"spoilt always":  {steps{spoilt, spoilt, spoilt, spoilt}, "", errBlock},
		"not got":        {steps{says(0x81, 0), ok}, "\x90\x00", nil},
		"never got":      {steps{says(0x81, 0), says(0x81, 0), says(0x81, 0), says(0x81, 0)}, "", errBlock},
		"time":           {steps{says(0xC3, 1, 5), says(0xC3, 1, 5), ok}, "\x90\x00", nil},
		"another size":   {steps{says(0xC1, 1, 20), ok}, "\x90\x00", nil},
		"size of none":   {steps{says(0xC1, 1, 0)}, "", errBadCard},
		"gives up":       {steps{says(0xC2, 0)}, "", errBadCard},
		"starts anew":    {steps{says(0xC0, 0)}, "", errBadCard},
		"chained":        {steps{says(0x20, 1, 'a'), says(0x60, 1, 'b'), says(0x00, 2, 0x90, 0x00)}, "ab\x90\x00", nil},
		"wrong number":   {steps{says(0x40, 2, 0x90, 0x00)}, "", errBadCard},
		"same twice":     {steps{says(0x20, 1, 'a'), says(0x20, 1, 'a')}, "", errBadCard},
		"chain, spoilt":  {steps{says(0x20, 1, 'a'), spoilt, says(0x40, 2, 0x90, 0x00)}, "a\x90\x00", nil},
		"answer to none": {steps{says(0xE3, 1, 1)}, "", errBadCard},
	} {
		b := &blockCard{steps: c.steps}
		p := &t1{t: b, ifsc: 32}
		got, err := p.transfer(t.Context(), apdu, true)
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: % x, %v", name, got, err)
		}
		// Nothing may carry out the command twice unless the card says that it
		// has not got it.
		sent := 0
		for _, block := range b.sent {
			if block[1]&0x80 == 0 {
				sent++
			}
		}
		if !strings.Contains(name, "got") && sent != 1 {
			t.Errorf("%s: the command went out %d times", name, sent)
		}
	}
}

func FuzzT1(f *testing.F) {
	f.Add([]byte{0, 0, 2, 0x90, 0, 0x92}, []byte{0, 0x20, 1, 'a', 'a' ^ 0x21})
	f.Fuzz(func(t *testing.T, one, two []byte) {
		b := &blockCard{}
		for range 50 {
			for _, answer := range [][]byte{one, two} {
				b.steps = append(b.steps, func([]byte) ([]byte, error) { return bytes.Clone(answer), nil })
			}
		}
		p := &t1{t: b, ifsc: 32}
		got, err := p.transfer(t.Context(), []byte{0, 0xB0, 0, 0, 2}, true)
		if err != nil && got != nil {
			t.Fatal("half an answer")
		}
	})
}

func FuzzEstonian(f *testing.F) {
	f.Add("02.08.1951", "NAME", "02 08 1951 EST")
	f.Fuzz(func(t *testing.T, birth, name, other string) {
		for _, b := range []string{birth, other} {
			fields, _ := estonianFields(map[string]string{"date_of_birth": b, "family_name": name})
			for _, field := range fields {
				if field.Value.Empty() {
					t.Fatal("an empty field")
				}
			}
		}
	})
}
