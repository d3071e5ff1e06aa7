// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// steps takes down what a printer tells.
type steps struct {
	began   int
	flushed bool
}

func (s *steps) Sending(int) error { s.began++; return nil }
func (s *steps) Flushed() error    { s.flushed = true; return nil }

// TestTroubleAtEachLine has paper run out, or the cover opened, or the power fail, after
// each line of a ticket. Whatever happens, nothing torn is said to be printed, and the
// copy that follows is whole, marked and on paper of its own.
func TestTroubleAtEachLine(t *testing.T) {
	doc := readTicket(t, "en")
	doc.ID = "K7-0117"
	want := wanted(doc)
	lines := 20
	kinds := []string{"paper", "cover", "power"}
	if testing.Short() {
		lines = 2
	}
	torn, done := 0, 0
	for _, kind := range kinds {
		for line := 1; line <= lines; line++ {
			device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm", Buffer: 64, Baud: 115200})
			p.waits.stall, p.waits.done = 300*time.Millisecond, 2*time.Second
			told := &steps{}
			end := make(chan outcome, 1)
			go func() {
				state, err := p.PrintTold(ctx, doc, told)
				end <- outcome{state, err}
			}()
			waitFor(t, device, func() bool { return device.Current().Lines >= line || len(device.Slips()) > 0 })
			switch kind {
			case "paper":
				device.PaperOut(true)
			case "cover":
				device.CoverOpen(true)
			case "power":
				device.Unplug()
			}
			got := <-end
			whole := false
			for _, s := range device.Slips() {
				whole = whole || strings.Count(s.Text(), "K7-0117") == 3 // head, foot and the number itself
			}
			switch {
			case got.err == nil && !whole:
				t.Fatalf("%s at line %d: said to be printed, and is not whole", kind, line)
			case got.err == nil:
				done++
			case got.state.CanPrint():
				t.Fatalf("%s at line %d: %s, %v", kind, line, got.state, got.err)
			case kind == "power" && got.state != peripherals.PrinterUncertain:
				t.Fatalf("%s at line %d: %s, %v", kind, line, got.state, got.err)
			default:
				torn++
			}
			if told.began == 0 {
				t.Errorf("%s at line %d: nothing was told", kind, line)
			}
			device.PaperOut(false)
			device.CoverOpen(false)
			if kind == "power" {
				if err := device.Plug(); err != nil {
					t.Fatal(err)
				}
			}
			again := doc
			again.Copy = "COPY 2"
			if state, err := p.Print(ctx, again); err != nil {
				t.Fatalf("%s at line %d: the copy: %s, %v", kind, line, state, err)
			}
			slips := device.Slips()
			text := strings.Split(slips[len(slips)-1].Text(), "\n")
			if len(text) != len(want)+3 || text[0] != "COPY 2" || text[1] != "K7-0117" || text[len(text)-1] != "K7-0117" {
				t.Fatalf("%s at line %d: the copy is\n%s", kind, line, strings.Join(text, "\n"))
			}
			p.Close()
			device.Close()
		}
	}
	t.Logf("%d times broken off, %d times done before; each copy whole and marked", torn, done)
}

// TestNothingIsDropped prints on a printer whose buffer is small, at each usual speed.
func TestNothingIsDropped(t *testing.T) {
	doc := readTicket(t, "ar")
	bauds := []int{9600, 19200, 115200}
	if testing.Short() {
		bauds = bauds[2:]
	}
	for _, baud := range bauds {
		link := filepath.Join(t.TempDir(), "printer")
		device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "citizen-ct", Baud: baud, Buffer: 1024})
		if err != nil {
			t.Fatal(err)
		}
		p, err := Open(peripherals.Config{Driver: "escpos", Port: link, Profile: "citizen-ct", Baud: baud})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if state, err := p.Print(t.Context(), doc); err != nil {
			t.Fatalf("%d baud: %s, %v", baud, state, err)
		}
		slips := device.Slips()
		if len(slips) != 1 || slips[0].Lines != len(wanted(doc)) || len(slips[0].Odd) > 0 {
			t.Errorf("%d baud: %d slips, %+v", baud, len(slips), slips)
		}
		t.Logf("%d baud: %v", baud, time.Since(began).Round(time.Millisecond))
		p.Close()
		device.Close()
	}
}
