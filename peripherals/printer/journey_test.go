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

// TestTroubleAtEachLine has paper run out, the cover opened and closed or left open, the knife
// jam and come free, the cable pulled, or the power fail while the cable stays in, after each
// line of a ticket. Whatever happens, nothing torn is said to be printed, and the copy that
// follows is whole, marked and on paper of its own. Closed and freed, it is one whole ticket.
func TestTroubleAtEachLine(t *testing.T) {
	doc := readTicket(t, "en")
	doc.ID = "K7-0117"
	want := append(append([]string{"K7-0117"}, wanted(doc)...), "K7-0117")
	for _, kind := range []string{"paper", "cover", "cover closed", "knife freed", "cable", "power"} {
		t.Run(kind, func(t *testing.T) {
			lines, step, baud, buffer := 25, 1, 115200, 4096
			switch kind {
			case "paper", "cable":
				buffer = 64 // so that it is stopped while there is more to send
			case "knife freed":
				step = 3
			case "power":
				step, baud = 6, 9600 // slow enough to be hit in the middle
			}
			if testing.Short() {
				if step = 10; kind != "cover closed" {
					t.Skip("waits for printers that are broken")
				}
			}
			broken, whole, resumed := 0, 0, 0
			for line := 1; line <= lines; line += step {
				device, p, ctx := setUp(t, emulator.PrinterOptions{Profile: "epson-tm", Buffer: buffer, Baud: baud})
				p.profile.Baud = baud
				p.waits = waits{answer: 150 * time.Millisecond, stall: 150 * time.Millisecond, done: time.Second, hold: 100 * time.Millisecond}
				if kind == "power" {
					p.waits.done = 4 * time.Second // it is slow to come to the end of what was torn
				}
				if kind == "cover closed" || kind == "knife freed" {
					p.waits.hold = 20 * time.Second
				}
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
				case "cover closed", "knife freed":
					put := device.CoverOpen
					if kind == "knife freed" {
						put = device.Fault
					}
					put(true)
					time.AfterFunc(150*time.Millisecond, func() { put(false) })
				case "cable":
					device.Unplug()
				case "power":
					device.Power(false)
					time.AfterFunc(beatEvery+200*time.Millisecond, func() { device.Power(true) })
				}
				got := <-end
				complete := false
				for _, s := range device.Slips() {
					complete = complete || s.Text() == strings.Join(want, "\n")
				}
				switch {
				case got.err == nil && !complete:
					t.Fatalf("line %d: said to be printed, and is not whole", line)
				case got.err == nil && (kind == "cover closed" || kind == "knife freed"):
					resumed++
				case kind == "cover closed" || kind == "knife freed":
					t.Fatalf("line %d: it did not go on: %s, %v", line, got.state, got.err)
				case got.err == nil:
					whole++
				case got.state.CanPrint():
					t.Fatalf("line %d: %s, %v", line, got.state, got.err)
				case (kind == "cable" || kind == "power") && got.state != peripherals.PrinterUncertain:
					t.Fatalf("line %d: %s, %v", line, got.state, got.err)
				default:
					broken++
				}
				if told.began == 0 {
					t.Errorf("line %d: nothing was told", line)
				}
				device.PaperOut(false)
				device.CoverOpen(false)
				device.Fault(false)
				switch kind {
				case "cable":
					if err := device.Plug(); err != nil {
						t.Fatal(err)
					}
				case "power":
					waitFor(t, device, func() bool { device.Power(true); return true })
				}
				again := doc
				again.Copy = "COPY 2"
				if state, err := p.Print(ctx, again); err != nil {
					t.Fatalf("line %d: the copy: %s, %v", line, state, err)
				}
				slips := device.Slips()
				if text := slips[len(slips)-1].Text(); text != "COPY 2\n"+strings.Join(want, "\n") {
					t.Fatalf("line %d: the copy is\n%s", line, text)
				}
				p.Close()
				device.Close()
			}
			t.Logf("fault rows 13, 14: %s: %d times broken off and printed again whole and marked, %d times done before, %d times gone on and whole",
				kind, broken, whole, resumed)
		})
	}
}

// TestNothingIsDropped prints on a printer that drops what its 4096 bytes cannot hold, at each
// usual speed.
func TestNothingIsDropped(t *testing.T) {
	doc := readTicket(t, "ar")
	bauds := []int{9600, 19200, 115200}
	if testing.Short() {
		bauds = bauds[2:]
	}
	for _, baud := range bauds {
		link := filepath.Join(t.TempDir(), "printer")
		device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "citizen-ct", Baud: baud, Buffer: 4096, Drops: true})
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
		t.Logf("fault row 15: %d baud: %d bytes dropped, %v", baud, device.Dropped(), time.Since(began).Round(time.Millisecond))
		if n := device.Dropped(); n > 0 {
			t.Errorf("%d baud: %d bytes are lost", baud, n)
		}
		p.Close()
		device.Close()
	}
}
