// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

func TestStatesSayWhatIsWrong(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm"})
	for _, c := range []struct {
		set  func(bool)
		want peripherals.State
	}{
		{device.PaperOut, peripherals.PrinterPaperOut},
		{device.CoverOpen, peripherals.PrinterCoverOpen},
		{device.Fault, peripherals.PrinterFault},
	} {
		c.set(true)
		if got := p.Status(ctx); got != c.want {
			t.Errorf("status %s, want %s", got, c.want)
		}
		state, err := p.Print(ctx, receipt())
		if state != c.want || !errors.Is(err, errNotReady) {
			t.Errorf("print: %s, %v, want %s", state, err, c.want)
		}
		if cur := device.Current(); len(device.Slips()) != 0 || !cur.Empty() {
			t.Errorf("%s: something is on paper: %s", c.want, cur.Text())
		}
		c.set(false)
	}
	device.PaperLow(true)
	if got := p.Status(ctx); got != peripherals.PrinterPaperLow {
		t.Errorf("status %s", got)
	}
	if state, err := p.Print(ctx, short("low")); err != nil || state != peripherals.PrinterPaperLow {
		t.Errorf("print: %s, %v", state, err)
	}
}

func short(words string) peripherals.Document {
	return peripherals.Document{Blocks: []peripherals.Block{{Kind: peripherals.Text, Text: words}}}
}

// waitFor waits until the paper satisfies ok.
func waitFor(t *testing.T, device *emulator.Printer, ok func() bool) {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		changed := device.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.Fatal("waited in vain for the paper")
		}
	}
}

// printing prints doc beside the test.
func printing(ctx context.Context, p peripherals.Printer, doc peripherals.Document) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		state, err := p.Print(ctx, doc)
		done <- outcome{state, err}
	}()
	return done
}

type outcome struct {
	state peripherals.State
	err   error
}

func TestPaperOutInTheMiddle(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm", Buffer: 1 << 16})
	done := printing(ctx, p, receipt())
	waitFor(t, device, func() bool { return strings.Contains(device.Current().Text(), "Open the form") })
	device.PaperOut(true)
	got := <-done
	if got.state != peripherals.PrinterPaperOut || !errors.Is(got.err, errStopped) {
		t.Fatalf("%s, %v", got.state, got.err)
	}
	device.PaperOut(false)
	// What was left must not come out now, and the next paper is a paper of its own.
	state, err := p.Print(ctx, short("next person"))
	if err != nil || state != peripherals.PrinterReady {
		t.Fatalf("%s, %v", state, err)
	}
	slips := device.Slips()
	if len(slips) != 2 || strings.Contains(slips[0].Text(), "no name and no number") || slips[1].Text() != "next person" {
		for _, s := range slips {
			t.Errorf("slip %d:\n%s", s.Number, s.Text())
		}
	}
}

func TestPortVanishesInTheMiddle(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm"})
	done := printing(ctx, p, receipt())
	waitFor(t, device, func() bool { return strings.Contains(device.Current().Text(), "Open the form") })
	device.Unplug()
	got := <-done
	if got.state != peripherals.PrinterUncertain || !errors.Is(got.err, port.ErrGone) {
		t.Fatalf("%s, %v", got.state, got.err)
	}
	if s := p.Status(ctx); s != peripherals.PrinterAbsent {
		t.Errorf("status %s", s)
	}
	if s, err := p.Print(ctx, short("x")); s != peripherals.PrinterAbsent || err == nil {
		t.Errorf("print: %s, %v", s, err)
	}
	if err := device.Plug(); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Print(ctx, short("after")); s != peripherals.PrinterReady || err != nil {
		t.Errorf("print: %s, %v", s, err)
	}
	slips := device.Slips()
	if last := slips[len(slips)-1]; last.Text() != "after" || slips[0].Cut {
		t.Errorf("%d slips, last %q", len(slips), last.Text())
	}
}

func TestMutePrinter(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm", Mute: true})
	p.waits.answer = 50 * time.Millisecond
	if s := p.Status(ctx); s != peripherals.PrinterUnknown {
		t.Errorf("status %s", s)
	}
	if s, err := p.Print(ctx, short("x")); s != peripherals.PrinterUnknown || !errors.Is(err, errNotReady) {
		t.Errorf("print: %s, %v", s, err)
	}
	if cur := device.Current(); !cur.Empty() {
		t.Errorf("printed %q", cur.Text())
	}
}

func TestCancelledPrint(t *testing.T) {
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "generic-58"})
	ctx, cancel := context.WithCancel(ctx)
	done := printing(ctx, p, receipt())
	waitFor(t, device, func() bool { return strings.Contains(device.Current().Text(), "You did today") })
	cancel()
	select {
	case got := <-done:
		if got.state != peripherals.PrinterUncertain || !errors.Is(got.err, context.Canceled) {
			t.Errorf("%s, %v", got.state, got.err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a cancelled print goes on")
	}
}

func TestStuckPrinter(t *testing.T) {
	if testing.Short() {
		t.Skip("waits for a printer that has stopped")
	}
	// A printer with a tiny buffer and no paper takes no more bytes at all.
	device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm", Buffer: 256})
	done := printing(ctx, p, receipt())
	waitFor(t, device, func() bool { return strings.Contains(device.Current().Text(), "Help with rent") })
	device.PaperOut(true)
	got := <-done
	if got.err == nil || got.state.CanPrint() {
		t.Fatalf("%s, %v", got.state, got.err)
	}
}

func TestNoPrinter(t *testing.T) {
	p, err := Open(peripherals.Config{Driver: "escpos", Port: filepath.Join(t.TempDir(), "none"), Profile: "epson-tm"})
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Status(t.Context()); s != peripherals.PrinterAbsent {
		t.Errorf("status %s", s)
	}
	if s, err := p.Print(t.Context(), receipt()); s != peripherals.PrinterAbsent || err == nil {
		t.Errorf("print: %s, %v", s, err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if _, err := p.Print(t.Context(), receipt()); !errors.Is(err, errClosed) {
		t.Errorf("a closed printer: %v", err)
	}
}

func TestOpenErrors(t *testing.T) {
	for _, c := range []peripherals.Config{{}, {Driver: "quill", Port: "/x"}, {Driver: "escpos"}, {Driver: "escpos", Port: "/x", Profile: "none"}} {
		if _, err := Open(c); err == nil {
			t.Errorf("%+v opens", c)
		}
	}
}
