// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// runKind runs a driver on the emulated reader of a kind.
func runKind(t *testing.T, driver string, o emulator.ReaderOptions, c peripherals.Config) (*emulator.Reader, *watch) {
	t.Helper()
	reader, link := newReader(t, o)
	c.Driver, c.Port = driver, link
	w := runConfig(t, c)
	w.want("reader reader.ready")
	return reader, w
}

func TestLineReaders(t *testing.T) {
	for _, c := range []struct{ driver, kind, read string }{
		{"barcode-line", "barcode", "read card.ok card_number=21234000000018"},
		{"magstripe-line", "magstripe", "read card.ok family_name=HADDAD-LINDQVIST given_names=AMINA NOOR card_number=21234000000018"},
		{"mrz-line", "mrz", "read card.ok family_name=HADDAD LINDQVIST given_names=AMINA NOOR date_of_birth=1988-03-14 nationality=UTO card_number=LN0000101"},
	} {
		for _, d := range []struct{ start, end, config string }{{"", "\r", ""}, {"\x02", "\x03", "STX,ETX"}, {"\x02", "\r\x03\r\n", ""}} {
			reader, w := runKind(t, c.driver, emulator.ReaderOptions{Kind: c.kind, Start: d.start, End: d.end}, peripherals.Config{Delimiters: d.config})
			reader.Insert(builtIn(t, "amina"))
			w.want("inserted reader.reading", c.read, "removed card.gone")
		}
	}
}

func TestScannerFaults(t *testing.T) {
	reader, w := runKind(t, "barcode-line", emulator.ReaderOptions{Kind: "barcode"}, peripherals.Config{})
	read := []string{"inserted reader.reading", "read card.ok card_number=21234000000018", "removed card.gone"}
	spoilt := []string{"inserted reader.reading", "failed card.unreadable", "removed card.gone"}
	unknown := []string{"inserted reader.reading", "failed card.unknown", "removed card.gone"}
	reader.Scan("21234000000018\r21234000000018") // two within one word
	w.want(append(read, read...)...)
	reader.Scan("2123400000001821234000000018")
	w.want(unknown...)
	reader.Scan("2123400\xff0000018")
	w.want(spoilt...)
	reader.Scan("21234000000017")
	w.want(spoilt...)
	reader.Scan("4111111111111111")
	w.want(unknown...)
	reader.Scan("21234000000018")
	w.want(read...)
	reader.Unplug()
	w.want("reader reader.absent")
	if err := reader.Plug(); err != nil {
		t.Fatal(err)
	}
	w.want("reader reader.ready")
	reader.Scan("21234000000018")
	w.want(read...)
}

func TestContactless(t *testing.T) {
	for _, c := range []struct{ driver, kind string }{{"pn532-hsu", "pn532"}, {"acr122s", "acr122s"}} {
		for name, spoil := range map[string]func(n int, b []byte) []byte{
			"clean":        nil,
			"stray byte":   func(_ int, b []byte) []byte { return append([]byte{0x00}, b...) },
			"stray behind": func(_ int, b []byte) []byte { return append(b, 0xFF) },
			"flipped": func(n int, b []byte) []byte {
				if n%4 == 3 {
					b[len(b)-4] ^= 0x10
				}
				return b
			},
		} {
			t.Run(c.kind+" "+name, func(t *testing.T) {
				t.Parallel()
				reader, w := runKind(t, c.driver, emulator.ReaderOptions{Kind: c.kind, OnReply: spoil}, peripherals.Config{})
				reader.Insert(builtIn(t, "liis"))
				w.want("inserted reader.reading", "read card.ok card_number=04A1B2C3D4E5F6")
				reader.Remove()
				w.want("removed card.gone")
				reader.Insert(builtIn(t, "amina"))
				w.want("inserted reader.reading", "read card.ok card_number=04112233445566")
			})
		}
	}
}

// A card that is in the slot already is the last person's: it is not read until the slot has been seen empty.
func TestCardLeftBehind(t *testing.T) {
	for _, c := range []struct{ driver, kind, card, read string }{
		{"ccid-serial", "", "amina", aminaRead}, {"pn532-hsu", "pn532", "liis", "read card.ok card_number=04A1B2C3D4E5F6"}, {"acr122s", "acr122s", "liis", "read card.ok card_number=04A1B2C3D4E5F6"},
	} {
		t.Run(c.driver, func(t *testing.T) {
			t.Parallel()
			link := filepath.Join(t.TempDir(), "reader")
			reader, err := emulator.NewReader(emulator.ReaderOptions{Kind: c.kind, Link: link})
			if err != nil {
				t.Fatal(err)
			}
			defer reader.Close()
			reader.Insert(builtIn(t, c.card))
			w := runConfig(t, peripherals.Config{Driver: c.driver, Port: link, IgnoreLeft: true})
			w.want("reader reader.ready", "left reader.ready")
			reader.Remove()
			w.want("removed card.gone")
			reader.Insert(builtIn(t, c.card))
			w.want("inserted reader.reading", c.read)
		})
	}
}

// What names itself otherwise is left alone, and a folder is searched for what does
// not.
func TestIdentity(t *testing.T) {
	folder := t.TempDir()
	for _, c := range []struct{ name, kind string }{{"a", "barcode"}, {"b", "gempc-twin"}} {
		r, err := emulator.NewReader(emulator.ReaderOptions{Kind: c.kind, Link: filepath.Join(folder, c.name)})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
	}
	w := runConfig(t, peripherals.Config{Driver: "ccid-serial", Port: filepath.Join(folder, "b"), Identity: "GemCore"})
	w.want("reader reader.other")
	w.cancel()
	w = runConfig(t, peripherals.Config{Driver: "ccid-serial", Port: folder, Identity: "GemTwin-V2"})
	w.want("reader reader.ready")
}

func TestDelimiters(t *testing.T) {
	for _, bad := range []string{"STX", "STX,", "a,b", "STX,ETX,CR"} {
		if _, err := Open(peripherals.Config{Driver: "barcode-line", Port: "/x", Delimiters: bad}); err == nil {
			t.Errorf("%q are delimiters", bad)
		}
	}
	if _, err := Open(peripherals.Config{Driver: "barcode-line", Port: "/x", Codes: []string{"x"}}); err == nil {
		t.Error("x is a pattern of codes")
	}
}

// Every split of every frame gives the same.
func TestAnySplit(t *testing.T) {
	acr := append([]byte{0x02, 0x00, 0x00, 0x03, 0x77}, encodeACR(replyData, 3, []byte{1, 2, 3})...)
	pn := append([]byte{0x00, 0x00, 0xFF, 0x00, 0xFF, 0x00, 0x55}, 0x00, 0x00, 0xFF, 0x03, 0xFD, 0xD5, 0x15, 0x01, 0x15, 0x00)
	for size := 1; size < len(acr); size++ {
		var in []byte
		var msgs, acks int
		for rest := acr; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			in = append(in, rest[:min(size, len(rest))]...)
			for {
				left, msg, ack := cutACR(in)
				in = left
				if msg == nil && ack < 0 {
					break
				}
				if msg != nil {
					msgs++
				} else {
					acks++
				}
			}
		}
		if msgs != 1 || acks != 1 {
			t.Errorf("acr122s in pieces of %d: %d messages, %d acks", size, msgs, acks)
		}
	}
	for size := 1; size < len(pn); size++ {
		var f pnFramer
		var got []pnSignal
		for rest := pn; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			f.buf = append(f.buf, rest[:min(size, len(rest))]...)
			for sig, _ := f.next(); sig != pnNone; sig, _ = f.next() {
				got = append(got, sig)
			}
		}
		if d := cmp.Diff([]pnSignal{pnAck, pnFrame}, got); d != "" {
			t.Errorf("pn532 in pieces of %d: %s", size, d)
		}
	}
}

func FuzzPN532(f *testing.F) {
	f.Add([]byte{0x00, 0x00, 0xFF, 0x03, 0xFD, 0xD5, 0x15, 0x01, 0x15, 0x00})
	f.Add([]byte{0x00, 0x00, 0xFF, 0xFF, 0xFF, 0x01, 0x00, 0xFF})
	f.Fuzz(func(t *testing.T, b []byte) {
		fr := pnFramer{buf: bytes.Clone(b)}
		for sig, data := fr.next(); sig != pnNone; sig, data = fr.next() {
			if sig == pnFrame {
				parseTag(data)
			}
		}
		if uid, err := parseTag(b); err != nil && uid != "" {
			t.Fatal("half a number")
		}
	})
}

func FuzzACR122S(f *testing.F) {
	f.Add(encodeACR(replyData, 3, []byte{1, 2, 3}))
	f.Fuzz(func(t *testing.T, b []byte) {
		for range len(b) + 1 {
			rest, msg, ack := cutACR(b)
			if msg != nil && (len(msg) < ccidHeader || xor(msg) != b[len(b)-len(rest)-2]) {
				t.Fatal("a spoilt message")
			}
			if msg == nil && ack < 0 {
				break
			}
			b = rest
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("\x02ab\x03cd\r\nef"), true, 3)
	f.Fuzz(func(t *testing.T, b []byte, several bool, size int) {
		size = max(1, min(size, 64))
		start, end, _ := parseDelimiters("")
		l := &lineFramer{start: start, end: end, several: several}
		for rest := b; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			l.feed(rest[:min(size, len(rest))])
		}
		l.rested()
		for code, ok, more := l.next(); more; code, ok, more = l.next() {
			if len(code) > longestCode || ok && len(code) == 0 {
				t.Fatalf("a code of %d bytes", len(code))
			}
		}
	})
}
