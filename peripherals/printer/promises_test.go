// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

// TestStopsAtEveryByte has a printer read no more after each byte of a ticket, and wants an
// error in time, a quick Close, and nobody left behind. Time is pretended: it takes none.
func TestStopsAtEveryByte(t *testing.T) {
	doc := readTicket(t, "en")
	step := 1
	if testing.Short() {
		step = 50
	}
	model, err := loadProfile("generic-80") // which says nothing by itself
	if err != nil {
		t.Fatal(err)
	}
	whole, err := compose(model, doc, newTypeset(fontFolders))
	if err != nil {
		t.Fatal(err)
	}
	var latest, latestClose time.Duration
	offsets := 0
	for at := 0; at < len(whole.bytes); at += step {
		offsets++
		synctest.Test(t, func(t *testing.T) {
			ours, theirs := net.Pipe()
			go func() { // it answers DLE EOT as one that is ready, and then reads only so far
				defer theirs.Close()
				one := make([]byte, 1)
				var tail []byte
				for taken := 0; taken < at; {
					if _, err := theirs.Read(one); err != nil {
						return
					}
					tail = append(tail, one[0])
					if n := len(tail); n >= 3 && tail[n-3] == dle && tail[n-2] == 4 {
						tail = nil
						theirs.Write([]byte{0x12})
						continue
					}
					if len(tail) > 2 || one[0] != dle && one[0] != 4 {
						taken++
					}
				}
				time.Sleep(time.Minute)
			}()
			p := newEscpos(peripherals.Config{Port: "pretended"}, model)
			p.types = newTypeset(fontFolders)
			p.open = func(port.Options) (port.Line, error) { return ours, nil }
			began := time.Now()
			state, err := p.Print(t.Context(), doc)
			took := time.Since(began)
			if err == nil || state.CanPrint() {
				t.Fatalf("byte %d: %s, %v", at, state, err)
			}
			latest = max(latest, took)
			began = time.Now()
			p.Close()
			latestClose = max(latestClose, time.Since(began))
			time.Sleep(2 * time.Minute) // the bubble ends only when every goroutine has
		})
	}
	limit := normalWaits.stall + 50*time.Millisecond
	t.Logf("fault row 11: %d offsets: an error after %v at most, closed within %v, 0 goroutines stuck", offsets, latest, latestClose)
	if latest > limit || latestClose > 100*time.Millisecond {
		t.Errorf("an error after %v, closed after %v", latest, latestClose)
	}
}

// TestSwappedPrinters exchanges two printers of one model between papers, at random, and wants
// no paper on the one that is not ours, and none lost on the one that is.
func TestSwappedPrinters(t *testing.T) {
	const seed = 19
	rng := rand.New(rand.NewPCG(seed, 0))
	folder := t.TempDir()
	link := filepath.Join(folder, "printer")
	device := map[bool]*emulator.Printer{}
	for _, own := range []bool{true, false} {
		name := filepath.Join(folder, "other")
		number := "8071-2"
		if own {
			name, number = filepath.Join(folder, "own"), "8071-1"
		}
		d, err := emulator.NewPrinter(emulator.PrinterOptions{Link: name, Profile: "epson-tm", Number: number})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		device[own] = d
	}
	put := func(own bool) {
		os.Remove(link)
		if err := os.Symlink(device[own].Path(), link); err != nil {
			t.Fatal(err)
		}
	}
	model, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	jobs := 60
	if testing.Short() {
		jobs = 6
	}
	printed, refused := 0, 0
	for range jobs {
		own := rng.IntN(2) == 0
		put(own)
		// Each paper opens the port anew, as in a session.
		p := newEscpos(peripherals.Config{Driver: "escpos", Port: link, Profile: "epson-tm", Identity: "HANDRAIL-TM 8071-1"}, model)
		if s := p.Status(t.Context()); own != (s == peripherals.PrinterReady) || !own != (s == peripherals.PrinterOther) {
			t.Fatalf("own %v: status %s", own, s)
		}
		state, err := p.Print(t.Context(), short("a paper"))
		p.Close()
		switch {
		case own && err == nil:
			printed++
		case !own && state == peripherals.PrinterOther && errors.Is(err, errOther) && errors.Is(err, errNotReady):
			refused++
		default:
			t.Fatalf("own %v: %s, %v", own, state, err)
		}
	}
	wrong := len(device[false].Slips())
	t.Logf("fault row 19: seed %d: %d papers, %d printed, %d refused, %d on the wrong printer", seed, jobs, printed, refused, wrong)
	if current := device[false].Current(); wrong > 0 || !current.Empty() || len(device[true].Slips()) != printed {
		t.Errorf("%d papers on the other, %d on our own of %d", wrong, len(device[true].Slips()), printed)
	}
	if _, err := Open(peripherals.Config{Driver: "escpos", Port: link, Profile: "generic-58", Identity: "x"}); err == nil {
		t.Error("a printer without a name is to have one")
	}
}

// TestPresenter prints on a printer that holds its paper out.
func TestPresenter(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "kiosk-80"})
	state, err := p.Print(ctx, short("take me"))
	if err != nil || state != peripherals.PrinterHeld || !device.Sensors().Held {
		t.Fatalf("%s, %v, %+v", state, err, device.Sensors())
	}
	if s := p.Status(ctx); s != peripherals.PrinterHeld {
		t.Errorf("status %s", s)
	}
	// Nobody takes it: the next person does not get it with their own.
	if state, err = p.Print(ctx, short("mine")); err != nil || state != peripherals.PrinterHeld {
		t.Errorf("%s, %v", state, err)
	}
	slips := device.Slips()
	if len(slips) != 2 || !slips[0].Retracted || slips[1].Retracted {
		t.Errorf("slips %+v", slips)
	}
	device.Take()
	if s := p.Status(ctx); s != peripherals.PrinterReady {
		t.Errorf("status %s", s)
	}
}

// TestWordsInBetween has a status that was not asked for cut in two by answers, at every
// place, and noise in between.
func TestWordsInBetween(t *testing.T) {
	unasked := []byte{0x18, 0x00, 0x0C, 0x0F} // out of paper
	for at := range len(unasked) + 1 {
		for _, answer := range [][]byte{{0x12}, {0x16}, {0xFF, 0x11, 0x13, 0x12}} {
			e := &escpos{in: append(append(bytes.Clone(unasked[:at]), answer...), unasked[at:]...)}
			status, ok := e.sort()
			if !ok || status != answer[len(answer)-1] {
				t.Errorf("at %d: the answer is %x, %v", at, status, ok)
			}
			e.sort()
			if e.auto != peripherals.PrinterPaperOut || e.ended != nil || e.named {
				t.Errorf("at %d: %s, %v, %v", at, e.auto, e.ended, e.named)
			}
		}
	}
	e := &escpos{in: append([]byte("_TM-T88V\x00"), 0x00, 0x20, 0x12)}
	if _, ok := e.sort(); !ok || e.calls == nil || *e.calls != "TM-T88V" || !e.named {
		t.Errorf("%+v", e)
	}
}

// Whatever a printer says, every byte is sorted, and no more than one whole answer comes of it.
func FuzzReplies(f *testing.F) {
	f.Add([]byte{0x18, 0, 0x0C, 0x0F, 0x12, '_', 'T', 'M', 0, 0, 0x20, 0xFF})
	f.Fuzz(func(t *testing.T, in []byte) {
		var r replies
		counts := map[replyKind]int{}
		for _, b := range in {
			k := r.take(b)
			counts[k]++
			if k == statusReply && b&0x93 != 0x12 || k == paperReply && b&0xF0 != 0 || len(r.name) > longestName {
				t.Fatalf("%02x is %v", b, k)
			}
		}
		if 4*counts[autoStatus]+2*counts[nameReply]+counts[statusReply]+counts[paperReply]+counts[modelReply] > len(in) {
			t.Errorf("%v of %d bytes", counts, len(in))
		}
	})
}

// TestManyPapers prints for as long as a terminal does in years; HANDRAIL_TEST_PAPERS says how
// many.
func TestManyPapers(t *testing.T) {
	many := soak(t, "HANDRAIL_TEST_PAPERS", 400, 40)
	link := filepath.Join(t.TempDir(), "printer")
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "epson-tm", KeepSlips: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	doc := readTicket(t, "uk")
	model, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Minute)
	defer cancel()
	var memory, files [2]int
	for n := range many {
		p := newEscpos(peripherals.Config{Driver: "escpos", Port: link, Profile: "epson-tm"}, model)
		if state, err := p.Print(ctx, doc); err != nil {
			t.Fatalf("paper %d: %s, %v", n, state, err)
		}
		p.Close()
		if n == many/10 || n == many-1 {
			runtime.GC()
			memory[n/(many-1)], files[n/(many-1)] = resident(t), descriptors(t)
		}
	}
	slips := device.Slips()
	if last := slips[len(slips)-1]; last.Number != many || last.Text() != strings.Join(wanted(doc), "\n") {
		t.Errorf("the last of %d is number %d:\n%s", many, last.Number, last.Text())
	}
	t.Logf("fault row 22: %d papers; from %d to %d KiB resident, from %d to %d descriptors", many, memory[0]>>10, memory[1]>>10, files[0], files[1])
	if files[1] > files[0] || memory[1] > memory[0]+5<<20 && !underRace {
		t.Errorf("%d bytes and %d descriptors more", memory[1]-memory[0], files[1]-files[0])
	}
}
