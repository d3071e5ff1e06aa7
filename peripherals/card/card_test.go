// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// watch runs a reader and collects what it reports, as words.
type watch struct {
	t      *testing.T
	events chan peripherals.CardEvent
	done   chan error
	cancel context.CancelFunc
}

func runReader(t *testing.T, link string) *watch {
	t.Helper()
	return runConfig(t, peripherals.Config{Driver: "ccid-serial", Port: link})
}

func runConfig(t *testing.T, c peripherals.Config) *watch {
	t.Helper()
	r, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w := &watch{t: t, events: make(chan peripherals.CardEvent, 100), done: make(chan error, 1), cancel: cancel}
	go func() { w.done <- r.Run(ctx, func(e peripherals.CardEvent) { w.events <- e }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-w.done; err != nil {
			t.Errorf("run: %v", err)
		}
	})
	return w
}

// next is the next event in words, such as "read card.ok family_name=..".
func (w *watch) next() string {
	w.t.Helper()
	select {
	case e := <-w.events:
		if !e.State.Valid() {
			w.t.Errorf("event %v has the state %q, which is none", e.Kind, e.State)
		}
		words := []string{e.Kind.String(), string(e.State)}
		for _, f := range e.Fields {
			words = append(words, f.Name+"="+f.Value.Reveal())
		}
		return strings.Join(words, " ")
	case <-time.After(20 * time.Second):
		w.t.Fatal("nothing reported")
		return ""
	}
}

func (w *watch) want(events ...string) {
	w.t.Helper()
	for _, want := range events {
		if got := w.next(); got != want {
			w.t.Fatalf("reported %q, want %q", got, want)
		}
	}
}

func newReader(t *testing.T, o emulator.ReaderOptions) (*emulator.Reader, string) {
	t.Helper()
	o.Link = filepath.Join(t.TempDir(), "reader")
	r, err := emulator.NewReader(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, o.Link
}

func builtIn(t *testing.T, id string) emulator.Card {
	t.Helper()
	for _, c := range emulator.Cards() {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no card %s", id)
	return emulator.Card{}
}

const aminaRead = "read card.ok family_name=Haddad-Lindqvist given_names=Amina Noor date_of_birth=1988-03-14 " +
	"place_of_birth=Lindenhaven nationality=Lindish card_number=000-0000101-01 street=12 Harbour Steps postcode=ZZ9 1AB town=Linden"

const jozefRead = "read card.ok family_name=Brzęczyński-O'Malley given_names=Józef date_of_birth=1951-08-02 " +
	"place_of_birth=Zielona Łąka nationality=Lindish card_number=000-0000102-02 street=3 Miller's Lane postcode=ZZ9 2CD town=Linden"

func TestCardsComeAndGo(t *testing.T) {
	for _, noEcho := range []bool{false, true} {
		reader, link := newReader(t, emulator.ReaderOptions{NoEcho: noEcho})
		w := runReader(t, link)
		w.want("reader reader.ready")
		reader.Insert(builtIn(t, "amina"))
		w.want("inserted reader.reading", aminaRead)
		reader.Remove()
		w.want("removed card.gone")
		reader.Insert(builtIn(t, "jozef"))
		w.want("inserted reader.reading", jozefRead)
		// Another card so fast that the slot is never seen empty.
		reader.Insert(builtIn(t, "amina"))
		w.want("removed card.gone", "inserted reader.reading", aminaRead)
		reader.Insert(builtIn(t, "unknown"))
		w.want("removed card.gone", "inserted reader.reading", "failed card.unknown")
		reader.Remove()
		w.want("removed card.gone")
	}
}

func TestWornCard(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{})
	w := runReader(t, link)
	w.want("reader reader.ready")
	worn := builtIn(t, "worn")
	for range 2 {
		reader.Insert(worn)
		w.want("inserted reader.reading", "failed card.unreadable")
		reader.Remove()
		w.want("removed card.gone")
	}
	reader.Insert(worn)
	w.want("inserted reader.reading")
	if got := w.next(); !strings.HasPrefix(got, "read card.ok family_name=Okonkwo-Verhaeghe ") {
		t.Errorf("the third time it says %q", got)
	}
}

func TestPulledInTheMiddle(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{})
	w := runReader(t, link)
	w.want("reader reader.ready")
	for n := range 5 {
		reader.PullAfter(n)
		reader.Insert(builtIn(t, "amina"))
		began := time.Now()
		w.want("inserted reader.reading", "failed card.pulled", "removed card.gone")
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("noticed after %v", took)
		}
	}
	t.Log("fault row 8: pulled in the middle of 5 exchanges: 0 partial records")
	reader.Insert(builtIn(t, "amina"))
	w.want("inserted reader.reading", aminaRead)
}

func TestReaderUnpluggedAndBack(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{})
	reader.Insert(builtIn(t, "amina"))
	w := runReader(t, link)
	w.want("reader reader.ready", "inserted reader.reading", aminaRead)
	for range 3 {
		reader.Unplug()
		w.want("reader reader.absent", "removed card.gone")
		if err := reader.Plug(); err != nil {
			t.Fatal(err)
		}
		w.want("reader reader.ready", "inserted reader.reading", aminaRead)
	}
}

func TestReaderComesLater(t *testing.T) {
	link := filepath.Join(t.TempDir(), "reader")
	w := runReader(t, link)
	w.want("reader reader.absent")
	reader, err := emulator.NewReader(emulator.ReaderOptions{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	w.want("reader reader.ready")
}

func TestUnpluggedInMidAnswer(t *testing.T) {
	unplug := make(chan struct{}, 1)
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(n int, reply []byte) []byte {
		// Half of an answer with data, and then nothing more.
		if reply[2] == 0x80 && len(reply) > 60 {
			select {
			case unplug <- struct{}{}:
				return reply[:20]
			default:
			}
		}
		return reply
	}})
	// One token is taken by the first long answer.
	reader.Insert(builtIn(t, "amina"))
	w := runReader(t, link)
	w.want("reader reader.ready", "inserted reader.reading")
	deadline := time.After(20 * time.Second)
	for len(unplug) == 0 {
		select {
		case <-deadline:
			t.Fatal("no long answer")
		case <-time.After(time.Millisecond):
		}
	}
	reader.Unplug()
	w.want("failed card.unreadable", "reader reader.absent", "removed card.gone")
	if err := reader.Plug(); err != nil {
		t.Fatal(err)
	}
	w.want("reader reader.ready", "inserted reader.reading", aminaRead)
}

// TestSpoiltReplies spoils some replies in each way that a line has, and wants the
// card read as if nothing had been.
func TestSpoiltReplies(t *testing.T) {
	spoil := map[string]func([]byte) []byte{
		"bad checksum":        func(b []byte) []byte { b[len(b)-1] ^= 1; return b },
		"flipped bit in data": func(b []byte) []byte { b[len(b)-2] ^= 4; return b },
		"refused":             func([]byte) []byte { return []byte{0x03, 0x15, 0x16} },
		"noise before":        func(b []byte) []byte { return append([]byte{0x00, 0x41, 0x03, 0x7F}, b...) },
		"noise after":         func(b []byte) []byte { return append(b, 0x11, 0x03, 0x06) },
		"noise inside":        func(b []byte) []byte { return append(append(append([]byte{}, b[:7]...), 0x55), b[7:]...) },
		"time wanted":         func(b []byte) []byte { return append([]byte{0x80, 0xFF, 0x90}, b...) },
		"false removal":       func(b []byte) []byte { return append([]byte{0x50, 0x02}, b...) },
		"removal inside":      func(b []byte) []byte { return append(append(append([]byte{}, b[:9]...), 0x50, 0x02), b[9:]...) },
	}
	for name, f := range spoil {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(n int, reply []byte) []byte {
				if n%5 == 4 {
					return f(append([]byte{}, reply...))
				}
				return reply
			}})
			reader.Insert(builtIn(t, "amina"))
			w := runReader(t, link)
			w.want("reader reader.ready", "inserted reader.reading", aminaRead)
		})
	}
}

func TestSilentReader(t *testing.T) {
	_, link := newReader(t, emulator.ReaderOptions{OnReply: func(int, []byte) []byte { return nil }})
	w := runReader(t, link)
	w.want("reader reader.silent")
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []peripherals.Config{{}, {Driver: "telepathy", Port: "/x"}, {Driver: "ccid-serial"}} {
		if _, err := Open(c); err == nil {
			t.Errorf("%+v opens", c)
		}
	}
	if d := cmp.Diff([]string{"acr122s", "barcode-line", "ccid-serial", "magstripe-line", "mrz-line", "pn532-hsu"}, Drivers()); d != "" {
		t.Error(d)
	}
}
