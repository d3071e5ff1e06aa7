// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

// talk opens the emulated reader and gives its card power, with waits that suit an
// emulator.
func talk(t *testing.T, link string, times ccidTimes) (*ccidLink, transceiver) {
	t.Helper()
	line, err := port.Open(port.Options{Path: link, Baud: 115200, TwoStopBits: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { line.Close() })
	l := &ccidLink{line: line, times: times}
	chip, err := l.start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return l, chip
}

var fastTimes = ccidTimes{status: 250 * time.Millisecond, transfer: 250 * time.Millisecond, patience: time.Minute, quiet: 2 * time.Millisecond}

// exchanges are three commands and their right answers.
func exchanges(t *testing.T, card emulator.Card) (commands, answers [][]byte) {
	identity := card.Files["3F00DF014031"]
	return [][]byte{
			append([]byte{0, 0xA4, 8, 12, 6}, belgianIdentity...), {0, 0xB0, 0, 0, 16}, {0, 0xB0, 0, 16, 8},
		}, [][]byte{
			{0x90, 0}, append(bytes.Clone(identity[:16]), 0x90, 0), append(bytes.Clone(identity[16:24]), 0x90, 0),
		}
}

// typed reports whether err is one of those that a driver knows what to do about.
func typed(err error) bool {
	for _, known := range []error{errCardGone, errCardMute, errBadCard, errUnknownCard, errNoAnswer, errRefused, errBlock, port.ErrGone} {
		if errors.Is(err, known) {
			return true
		}
	}
	return false
}

// TestEveryFlippedBit turns every bit of every reply of three exchanges, one at a
// time. A wrong answer must never be given.
func TestEveryFlippedBit(t *testing.T) {
	var bit, armed atomic.Int64
	armed.Store(-1)
	var length atomic.Int64
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(_ int, b []byte) []byte {
		length.Store(int64(len(b)))
		if armed.CompareAndSwap(0, -1) {
			at := int(bit.Load())
			b = bytes.Clone(b)
			b[at/8] ^= 1 << (at % 8)
		} else if armed.Load() > 0 {
			armed.Add(-1)
		}
		return b
	}})
	amina := builtIn(t, "amina")
	reader.Insert(amina)
	times := fastTimes
	times.transfer, times.status = 60*time.Millisecond, 60*time.Millisecond
	l, chip := talk(t, link, times)
	commands, answers := exchanges(t, amina)
	var flips, recovered, refused, corrupt int
	for i := range commands {
		// The other commands first, so that the right file is selected.
		send := func(arm bool) ([]byte, error) {
			for j := range i {
				if j == 0 {
					chip.transfer(t.Context(), commands[j], true)
				}
			}
			if arm {
				armed.Store(0)
			}
			return chip.transfer(t.Context(), commands[i], true)
		}
		if got, err := send(false); err != nil || !bytes.Equal(got, answers[i]) {
			t.Fatalf("% x, %v", got, err)
		}
		step := int64(1)
		if testing.Short() {
			step = 7
		}
		for at := int64(0); at < 8*length.Load(); at += step {
			bit.Store(at)
			got, err := send(true)
			armed.Store(-1)
			flips++
			switch {
			case err != nil && !typed(err):
				t.Errorf("command %d, bit %d: %v", i, at, err)
			case err != nil:
				refused++
				l.rest(t.Context())
			case bytes.Equal(got, answers[i]):
				recovered++
			default:
				corrupt++
				t.Errorf("command %d, bit %d: % x", i, at, got)
			}
		}
	}
	t.Logf("fault row 1: all %d bits: %d recovered, %d refused, %d corrupt", flips, recovered, refused, corrupt)
}

// TestNoise puts 1 to 16 random bytes before, inside or behind replies.
func TestNoise(t *testing.T) {
	const seed = 5
	runs := 10000
	if testing.Short() {
		runs = 300
	}
	r := rand.New(rand.NewPCG(seed, 0))
	type spot struct {
		where int
		noise []byte
		at    float64
	}
	var next atomic.Pointer[spot]
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(_ int, b []byte) []byte {
		s := next.Swap(nil)
		if s == nil {
			return b
		}
		at := []int{0, int(s.at * float64(len(b))), len(b)}[s.where]
		return append(append(bytes.Clone(b[:at]), s.noise...), b[at:]...)
	}})
	amina := builtIn(t, "amina")
	reader.Insert(amina)
	times := fastTimes
	times.transfer, times.status = 80*time.Millisecond, 80*time.Millisecond
	l, chip := talk(t, link, times)
	commands, answers := exchanges(t, amina)
	right, failed := 0, 0
	for run := range runs {
		noise := make([]byte, 1+r.IntN(16))
		for i := range noise {
			noise[i] = byte(r.Uint32())
		}
		s := &spot{where: r.IntN(3), noise: noise, at: r.Float64()}
		i := run % len(commands)
		next.Store(s)
		got, err := whole(t.Context(), chip, commands[i])
		switch {
		case err == nil && bytes.Equal(got, answers[i]):
			right++
		case err == nil:
			t.Fatalf("seed %d, run %d: % x", seed, run, got)
		case typed(err):
			failed++
			next.Store(nil)
			l.rest(t.Context())
			// Begin anew, as the driver does.
			if chip, err = l.start(t.Context()); err != nil {
				t.Fatalf("seed %d, run %d: %v", seed, run, err)
			}
			chip.transfer(t.Context(), commands[0], true)
		default:
			t.Fatalf("seed %d, run %d: %v", seed, run, err)
		}
		if i == len(commands)-1 && err != nil {
			chip.transfer(t.Context(), commands[0], true)
		}
	}
	rate := float64(right) / float64(runs)
	t.Logf("fault row 2: seed %d: %d runs, %.2f %% right within two retries, %d typed errors, 0 wrong", seed, runs, 100*rate, failed)
	if rate < 0.99 {
		t.Errorf("only %.4f recover", rate)
	}
}

// whole carries out a command and gives its answer with the status.
func whole(ctx context.Context, chip transceiver, block []byte) ([]byte, error) {
	body, sw, err := command(ctx, chip, block)
	if err != nil {
		return nil, err
	}
	return append(body, byte(sw>>8), byte(sw)), nil
}

// TestByteByByte sends every reply a byte a millisecond.
func TestByteByByte(t *testing.T) {
	reader, link := newReader(t, emulator.ReaderOptions{Trickle: time.Millisecond})
	reader.Insert(builtIn(t, "amina"))
	began := time.Now()
	w := runReader(t, link)
	w.want("reader reader.ready", "inserted reader.reading", aminaRead)
	t.Logf("fault row 3: every frame a byte a millisecond: read in %v", time.Since(began))
}

// TestRefusals has the reader refuse a command once, twice, and for ever.
func TestRefusals(t *testing.T) {
	var left atomic.Int64
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(_ int, b []byte) []byte {
		if left.Add(-1) >= 0 {
			return []byte{0x03, 0x15, 0x16}
		}
		return b
	}})
	amina := builtIn(t, "amina")
	reader.Insert(amina)
	_, chip := talk(t, link, normalTimes)
	commands, answers := exchanges(t, amina)
	for _, times := range []int64{1, 2} {
		left.Store(times)
		if got, err := chip.transfer(t.Context(), commands[0], true); err != nil || !bytes.Equal(got, answers[0]) {
			t.Errorf("refused %d times: % x, %v", times, got, err)
		}
	}
	left.Store(1 << 30)
	began := time.Now()
	_, err := chip.transfer(t.Context(), commands[0], true)
	if took := time.Since(began); !errors.Is(err, errNoAnswer) || took > 3*time.Second {
		t.Errorf("refused for ever: %v after %v", err, took)
	} else {
		t.Logf("fault row 6: refused once and twice: read; for ever: an error after %v", took)
	}
	// What may have a counter behind it goes out once.
	left.Store(1)
	if _, err := chip.transfer(t.Context(), []byte{0, 0x20, 0, 1, 0}, idempotent([]byte{0, 0x20, 0, 1, 0})); !errors.Is(err, errNoAnswer) {
		t.Errorf("a PIN that was refused: %v", err)
	}
}

func TestEchoTwice(t *testing.T) {
	for _, o := range []emulator.ReaderOptions{{DoubleEcho: true}, {NoEcho: true}} {
		reader, link := newReader(t, o)
		reader.Insert(builtIn(t, "amina"))
		began := time.Now()
		w := runReader(t, link)
		w.want("reader reader.ready", "inserted reader.reading", aminaRead)
		t.Logf("fault row 7: echo twice %v, no echo %v: read in %v", o.DoubleEcho, o.NoEcho, time.Since(began))
		w.cancel()
	}
}

// TestGoneAtEveryByte ends the line at every byte of a reply, a thousand times, and
// wants nothing left over: no goroutine, no descriptor, no work.
func TestGoneAtEveryByte(t *testing.T) {
	cycles := 1000
	if testing.Short() {
		cycles = 60
	}
	var cut atomic.Int64
	short := make(chan struct{}, 1)
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(n int, b []byte) []byte {
		if at := int(cut.Load()); b[2] == replyData && len(b) > 60 && at < len(b) {
			select {
			case short <- struct{}{}:
			default:
			}
			return b[:at]
		}
		return b
	}})
	reader.Insert(builtIn(t, "amina"))
	r := newCCIDReader(peripherals.Config{Driver: "ccid-serial", Port: link})
	descriptors := func() int {
		all, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(all)
	}
	var slowest time.Duration
	before, goroutines := 0, 0
	for i := range cycles {
		if i == 10 { // what starts once has started
			before, goroutines = descriptors(), runtime.NumGoroutine()
		}
		cut.Store(int64(i % 60))
		done := make(chan error, 1)
		var fields int
		rep := &reporter{emit: func(e peripherals.CardEvent) { fields += len(e.Fields) }}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		go func() { done <- r.serveAny(ctx, rep) }()
		select {
		case <-short:
		case <-ctx.Done():
			t.Fatal("no long answer")
		}
		began := time.Now()
		reader.Unplug()
		err := <-done
		slowest = max(slowest, time.Since(began))
		cancel()
		if !errors.Is(err, port.ErrGone) || fields > 0 {
			t.Fatalf("cycle %d: %v, %d fields", i, err, fields)
		}
		select {
		case <-short:
		default:
		}
		if err := reader.Plug(); err != nil {
			t.Fatal(err)
		}
	}
	if n := descriptors(); n > before {
		t.Errorf("%d descriptors, and %d at first", n, before)
	}
	n := runtime.NumGoroutine()
	for late := time.Now().Add(10 * time.Second); n > goroutines && time.Now().Before(late); n = runtime.NumGoroutine() {
		time.Sleep(5 * time.Millisecond) // the last one is on its way out
	}
	if n > goroutines {
		t.Errorf("%d goroutines, and %d at first", n, goroutines)
	}
	t.Logf("fault row 4: %d cycles, 0 goroutines and descriptors left, noticed after %v at most", cycles, slowest)
	if slowest > time.Second {
		t.Errorf("noticed after %v", slowest)
	}
	reader.Unplug()
	w := runReader(t, link)
	w.want("reader reader.absent")
	used, began := cpu(t), time.Now()
	time.Sleep(2 * time.Second) // what is measured is what waiting costs
	share := float64(cpu(t)-used) / float64(time.Since(began))
	t.Logf("fault row 4: waiting for a reader takes %.2f %% of a core", 100*share)
	if share > 0.01 {
		t.Errorf("waiting takes %.3f of a core", share)
	}
}

func cpu(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestBackUnderAnotherName unplugs the reader and plugs it in as another device with
// another link in the same folder.
func TestBackUnderAnotherName(t *testing.T) {
	folder := t.TempDir()
	one, err := emulator.NewReader(emulator.ReaderOptions{Link: filepath.Join(folder, "usb-1")})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	one.Insert(builtIn(t, "amina"))
	w := runReader(t, folder)
	w.want("reader reader.ready", "inserted reader.reading", aminaRead)
	one.Close()
	w.want("reader reader.absent", "removed card.gone")
	two, err := emulator.NewReader(emulator.ReaderOptions{Link: filepath.Join(folder, "usb-2")})
	if err != nil {
		t.Fatal(err)
	}
	defer two.Close()
	began := time.Now()
	w.want("reader reader.ready")
	took := time.Since(began)
	t.Logf("fault row 5: in service again after %v", took)
	if took > 2*time.Second {
		t.Errorf("in service again after %v", took)
	}
}

// TestPatience has the reader ask for time for twenty times as long as it may be
// silent, and then a person lose patience.
func TestPatience(t *testing.T) {
	var beats atomic.Int64
	var reader *emulator.Reader
	reader, link := newReader(t, emulator.ReaderOptions{OnReply: func(_ int, b []byte) []byte {
		n := beats.Swap(0)
		if n == 0 {
			return b
		}
		reader.Beat(int(n), 50*time.Millisecond)
		return b
	}})
	amina := builtIn(t, "amina")
	reader.Insert(amina)
	times := normalTimes
	times.transfer = 500 * time.Millisecond
	_, chip := talk(t, link, times)
	commands, answers := exchanges(t, amina)
	n := int64(200)
	if testing.Short() {
		n = 30
	}
	beats.Store(n)
	if got, err := chip.transfer(t.Context(), commands[0], true); err != nil || !bytes.Equal(got, answers[0]) {
		t.Errorf("% x, %v", got, err)
	}
	beats.Store(1000)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { _, err := chip.transfer(ctx, commands[0], true); done <- err }()
	time.Sleep(200 * time.Millisecond) // somewhere in the middle
	began := time.Now()
	cancel()
	err := <-done
	took := time.Since(began)
	t.Logf("cancelled within %v", took)
	if !errors.Is(err, context.Canceled) || took > 2*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	// The card's own requests, by T=1.
	slow, link := newReader(t, emulator.ReaderOptions{Waits: 20})
	slow.Insert(builtIn(t, "liis"))
	w := runReader(t, link)
	w.want("reader reader.ready", "inserted reader.reading", liisRead)
}

// TestManyCards reads cards for as long as a terminal does in a year or so.
func TestManyCards(t *testing.T) {
	if testing.Short() {
		t.Skip("ten thousand cards")
	}
	reader, link := newReader(t, emulator.ReaderOptions{NoEcho: true})
	reader.Insert(builtIn(t, "amina"))
	times := normalTimes
	times.quiet = time.Millisecond // which is waited for after each card
	l, _ := talk(t, link, times)
	var memory [2]uint64
	for i := range 10000 {
		fields, err := l.readCard(t.Context())
		if err != nil || len(fields) != 9 {
			t.Fatalf("card %d: %d fields, %v", i, len(fields), err)
		}
		peripherals.WipeFields(fields)
		if i == 1000 || i == 9999 {
			runtime.GC()
			memory[i/9999] = resident(t)
		}
	}
	t.Logf("fault row 22: 10,000 cards; from %d to %d KiB resident", memory[0]>>10, memory[1]>>10)
	if memory[1] > memory[0]+5<<20 && !underRace { // the detector has memory of its own
		t.Errorf("%d bytes more after 9,000 cards", memory[1]-memory[0])
	}
}

func resident(t *testing.T) uint64 {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	var pages uint64
	for _, c := range strings.Fields(string(data))[1] {
		pages = pages*10 + uint64(c-'0')
	}
	return pages * uint64(os.Getpagesize())
}

func TestTransmit(t *testing.T) {
	for _, id := range []string{"amina", "liis"} {
		reader, link := newReader(t, emulator.ReaderOptions{})
		reader.Insert(builtIn(t, id))
		chip, err := Connect(t.Context(), peripherals.Config{Driver: "ccid-serial", Port: link})
		if err != nil {
			t.Fatal(err)
		}
		got, err := chip.Transmit(t.Context(), []byte{0, 0x84, 0, 0, 8})
		if err != nil || len(got) != 10 || got[8] != 0x90 {
			t.Errorf("%s: % x, %v", id, got, err)
		}
		for _, bad := range [][]byte{nil, {0, 1, 2}, make([]byte, 300)} {
			if _, err := chip.Transmit(t.Context(), bad); err == nil {
				t.Errorf("%s: % x goes out", id, bad)
			}
		}
		chip.Close()
	}
	if _, err := Connect(t.Context(), peripherals.Config{Port: filepath.Join(t.TempDir(), "none")}); !errors.Is(err, port.ErrGone) {
		t.Error(err)
	}
}
