// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/peripherals/emulator"
)

// TestSerialBackendOfCUPS has the stock serial backend of CUPS send a ticket of ours to
// our printer of software: it must find a serial line there, and lose nothing.
func TestSerialBackendOfCUPS(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a program of CUPS")
	}
	const backend = "/usr/lib/cups/backend/serial"
	if _, err := os.Stat(backend); err != nil {
		t.Skip("no serial backend of CUPS on this machine")
	}
	link := filepath.Join(t.TempDir(), "printer")
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "epson-tm"})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	p, err := loadProfile("epson-tm")
	if err != nil {
		t.Fatal(err)
	}
	doc := readTicket(t, "uk")
	job, err := ticket(p, doc, newTypeset(fontFolders))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ticket.bin")
	if err := os.WriteFile(file, job.bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, backend, "1", "handrail", "ticket", "1", "", file)
	cmd.Env = append(os.Environ(), fmt.Sprintf("DEVICE_URI=serial:%s?baud=115200", device.Path()))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	waitFor(t, device, func() bool { return len(device.Slips()) == 1 })
	slip := device.Slips()[0]
	if got, want := slip.Text(), strings.Join(wanted(doc), "\n"); got != want || len(slip.Odd) > 0 {
		t.Errorf("paper says\n%s\nodd %q", got, slip.Odd)
	}
}
