// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"handrail/peripherals/emulator"
)

// TestOtherSumsAndSpeeds reads cards whose blocks end in a CRC, and such as offer a speed: one
// that keeps its word and one that does not.
func TestOtherSumsAndSpeeds(t *testing.T) {
	var liar atomic.Bool
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(_ int, b []byte) []byte {
		if liar.Load() && len(b) == 17 && b[12] == 0xFF { // its agreement to a speed gets lost
			return nil
		}
		return b
	}})
	w := runReader(t, link)
	w.want("reader reader.ready")
	for _, text := range []string{"blocks: 40\ncrc: true\n", "blocks: 40\nspeed: 0x13\n", "blocks: 254\ncrc: true\nspeed: 0x95\n"} {
		for _, lies := range []bool{false, true} {
			liar.Store(lies)
			card, err := emulator.ParseCard("a.yaml", []byte("name: Amina\n"+text+"identity: {family_name: Haddad, given_names: Amina, card_number: \"1\"}\n"))
			if err != nil {
				t.Fatal(err)
			}
			reader.Insert(card)
			w.want("inserted reader.reading", "read card.ok family_name=Haddad given_names=Amina card_number=1")
			reader.Remove()
			w.want("removed card.gone")
		}
	}
}

// The sum over "123456789", from ISO/IEC 13239 without the last turning over.
func TestCRC(t *testing.T) {
	if got := crcOf([]byte("123456789")); got != 0x6F91 {
		t.Errorf("%04x", got)
	}
}

// TestStartsAnew loses so many blocks that only starting from the beginning helps.
func TestStartsAnew(t *testing.T) {
	apdu := []byte{0, 0xB0, 0, 0, 2}
	ok := says(0x00, 2, 0x90, 0x00)
	began := says(0xE0, 0)
	type steps = []func([]byte) ([]byte, error)
	for name, c := range map[string]struct {
		steps steps
		again bool
		want  string
		sent  int // times that the command went out
	}{
		"lost thrice":         {steps{lost, lost, lost, began, ok}, true, "\x90\x00", 2},
		"out of step":         {steps{says(0x40, 2, 0x90, 0x00), began, ok}, true, "\x90\x00", 2},
		"not to be repeated":  {steps{lost, lost, lost, began, ok}, false, "", 1},
		"does not begin anew": {steps{lost, lost, lost, lost, lost, lost}, true, "", 1},
	} {
		b := &blockCard{steps: c.steps}
		p := &t1{t: b, ifsc: 32, ours: 1, cards: 1}
		if name == "out of step" {
			p.cards = 0
		}
		got, err := p.transfer(t.Context(), apdu, c.again)
		if string(got) != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: % x, %v", name, got, err)
		}
		sent := 0
		for _, block := range b.sent {
			if block[1]&0x80 == 0 {
				sent++
			}
		}
		if sent != c.sent {
			t.Errorf("%s: the command went out %d times", name, sent)
		}
	}
}

// TestPhotographIsTheSigned reads a card with a photograph, and one whose photograph is another's.
func TestPhotographIsTheSigned(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{})
	w := runReader(t, link)
	w.want("reader reader.ready")
	jozef := builtIn(t, "jozef")
	reader.Insert(jozef)
	w.want("inserted reader.reading")
	w.want("read card.ok family_name=Brzęczyński-O'Malley given_names=Józef date_of_birth=1951-08-02 place_of_birth=Zielona Łąka nationality=Lindish card_number=000-0000102-02 street=3 Miller's Lane postcode=ZZ9 2CD town=Linden")
	reader.Remove()
	w.want("removed card.gone")
	other := bytes.Clone(jozef.Files["3F00DF014035"])
	other[2000] ^= 1
	jozef.Files["3F00DF014035"] = other
	reader.Insert(jozef)
	w.want("inserted reader.reading", "failed card.unreadable")
}

// TestAMinuteOfPatience has a reader ask for time for a minute, and then a person lose patience.
// Time is pretended.
func TestAMinuteOfPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			defer theirs.Close()
			buf := make([]byte, 64)
			for waits := 60; ; waits = 1 << 20 {
				if _, err := theirs.Read(buf); err != nil {
					return
				}
				seq := buf[8]
				for range waits {
					time.Sleep(time.Second)
					if _, err := theirs.Write([]byte{0x80}); err != nil {
						return
					}
				}
				reply := encodeFrame(replyData, seq, [3]byte{}, []byte{0x90, 0x00})
				if _, err := theirs.Write(reply); err != nil {
					return
				}
			}
		}()
		l := &ccidLink{line: ours, times: normalTimes}
		began := time.Now()
		got, err := l.transfer(ctx, []byte{0, 0xB0, 0, 0, 0}, true)
		waited := time.Since(began)
		if err != nil || string(got) != "\x90\x00" || waited < time.Minute {
			t.Errorf("% x, %v after %v", got, err, waited)
		}
		var cancelled time.Time
		time.AfterFunc(17*time.Second+333*time.Millisecond, func() { cancelled = time.Now(); cancel() })
		_, err = l.transfer(ctx, []byte{0, 0xB0, 0, 0, 0}, true)
		took := time.Since(cancelled)
		t.Logf("fault row 9: waited %v for an answer; cancelled within %v", waited, took)
		if !errors.Is(err, context.Canceled) || took > 200*time.Millisecond {
			t.Errorf("%v after %v", err, took)
		}
		ours.Close()
		time.Sleep(2 * time.Second) // the other side notices
	})
}
