// SPDX-License-Identifier: Apache-2.0

package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/peripherals"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pretended sets up SANE's own device for tests, which is in memory, with lines of its configuration.
func pretended(t *testing.T, lines ...string) *Scanner {
	t.Helper()
	if _, err := exec.LookPath(Program); err != nil {
		t.Skipf("no %s on this machine (Debian's sane-utils)", Program)
	}
	dir := t.TempDir()
	config := "number_of_devices 1\nmode Color\ntest-picture \"Color pattern\"\n"
	for _, line := range lines {
		config += line + "\n"
	}
	for name, text := range map[string]string{"dll.conf": "test\n", "test.conf": config} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("SANE_CONFIG_DIR", dir)
	s, err := Open(peripherals.Config{Driver: "sane", Port: "test:0"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestScan(t *testing.T) {
	s := pretended(t)
	if state := s.Status(t.Context()); state != peripherals.ScannerReady {
		t.Errorf("before it: %s", state)
	}
	page, state, err := s.Scan(t.Context())
	if err != nil || state != peripherals.ScannerReady {
		t.Fatal(state, err)
	}
	picture, err := jpeg.Decode(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	// 80 x 100 mm at 200 points an inch.
	if b := picture.Bounds(); b.Dx() < 620 || b.Dx() > 640 || b.Dy() < 780 || b.Dy() > 800 {
		t.Errorf("the picture has %v", b)
	}
}

// What can be wrong with a scanner has words of its own.
func TestScannerThatDoesNotScan(t *testing.T) {
	for says, want := range map[string]peripherals.State{
		"SANE_STATUS_NO_DOCS": peripherals.ScannerEmpty, "SANE_STATUS_JAMMED": peripherals.ScannerJammed, "SANE_STATUS_COVER_OPEN": peripherals.ScannerJammed,
		"SANE_STATUS_DEVICE_BUSY": peripherals.ScannerTaken, "SANE_STATUS_ACCESS_DENIED": peripherals.ScannerTaken, "SANE_STATUS_IO_ERROR": peripherals.ScannerFault,
	} {
		s := pretended(t, fmt.Sprintf("read-status-code %q", says))
		page, state, err := s.Scan(t.Context())
		if len(page) > 0 || state != want || err == nil {
			t.Errorf("%s: %d bytes, %s, %v", says, len(page), state, err)
		}
		if state.Sentence() == "" || state.Advice() == "" {
			t.Errorf("%s: %s has no words", says, state)
		}
	}
	pretended(t)
	if _, state, err := (&Scanner{"test:7"}).Scan(t.Context()); state != peripherals.ScannerAbsent || err == nil {
		t.Errorf("unplugged: %s, %v", state, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, state, err := (&Scanner{"test:0"}).Scan(t.Context()); state != peripherals.ScannerAbsent || err == nil {
		t.Errorf("without the program: %s, %v", state, err)
	}
}

// A scan that nobody waits for any more ends.
func TestScanCalledBack(t *testing.T) {
	s := pretended(t, "read-delay true", "read-delay-duration 200000", "read-limit true", "read-limit-size 1")
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	page, state, err := s.Scan(ctx)
	if !errors.Is(err, context.DeadlineExceeded) || len(page) > 0 || state != peripherals.ScannerFault {
		t.Errorf("%d bytes, %s, %v", len(page), state, err)
	}
}

func TestScannerOfAConfiguration(t *testing.T) {
	for _, c := range []peripherals.Config{{}, {Driver: "twain", Port: "x"}, {Driver: "sane"}, {Driver: "sane", Port: "-h"}, {Driver: "sane", Port: "a\nb"}} {
		if _, err := Open(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}
