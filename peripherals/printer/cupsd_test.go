// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// say runs a client of CUPS against a server.
func say(t *testing.T, server, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, append([]string{"-h", server}, args...)...)
	cmd.Env = append(os.Environ(), "CUPS_SERVER="+server, "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
	return string(out)
}

// TestThroughCUPS prints through a print server of its own to the printer of software that comes
// with CUPS: by lp, and by our own IPP. Both get a PDF of one page there, and what is said of
// job, pages and state agrees.
func TestThroughCUPS(t *testing.T) {
	printerAddress, folder := virtualPrinter(t)
	if err := emulator.NoOffice(); err != nil {
		t.Skip(err)
	}
	office, err := emulator.StartOffice("")
	if err != nil {
		t.Fatal(err)
	}
	defer office.Close()
	server, spool := office.Server(), office.Spool()
	say(t, server, "lpadmin", "-p", "A4", "-E", "-v", printerAddress+"?waitjob=no", "-m", "everywhere")
	file := filepath.Join(t.TempDir(), "paper.pdf")
	if err := os.WriteFile(file, onePage(), 0o600); err != nil {
		t.Fatal(err)
	}
	arrived := func(n int) {
		t.Helper()
		eventually(t, "the paper", func() bool {
			files, _ := filepath.Glob(filepath.Join(folder, "*.pdf"))
			if len(files) < n {
				return false
			}
			for _, f := range files {
				got, err := os.ReadFile(f)
				if err != nil || !bytes.HasPrefix(got, []byte("%PDF-")) || !bytes.Contains(got, []byte("%%EOF")) {
					return false // it is still being written
				}
				if pages := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(got, -1)); pages > 1 {
					t.Fatalf("%d pages arrived", pages)
				}
			}
			return len(files) == n
		})
	}
	said := say(t, server, "lp", "-d", "A4", file)
	if !strings.Contains(said, "request id is A4-1") {
		t.Errorf("lp says %q", said)
	}
	arrived(1)
	p, err := OpenIPP(office.Address())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	if s := p.Status(ctx); !s.CanPrint() {
		t.Errorf("status %s", s)
	}
	job, err := p.PrintPDF(ctx, onePage())
	if err != nil || job.State != peripherals.PrinterReady || job.ID != 2 || job.Pages != 1 {
		t.Errorf("%+v, %v", job, err)
	}
	arrived(2)
	// The server has the job that lp sent, and its file; of ours it keeps neither.
	if done := say(t, server, "lpstat", "-W", "completed", "-o"); !strings.Contains(done, "A4-1") || strings.Contains(done, "A4-2") {
		t.Errorf("lpstat has %q", done)
	}
	if theirs, _ := filepath.Glob(filepath.Join(spool, "[cd]0000[1]*")); len(theirs) == 0 {
		t.Error("nothing of the job that lp sent is in the spool: what is looked for is not found")
	}
	if ours, _ := filepath.Glob(filepath.Join(spool, "[cd]0000[2-9]*")); len(ours) > 0 {
		t.Errorf("of our job the spool keeps %q", ours)
	}
	t.Logf("job %d: %d page, %q", job.ID, job.Pages, job.Reasons)
	// A queue that somebody has stopped is a printer that does not print: nothing is sent.
	if path, err := exec.LookPath("cupsdisable"); err == nil {
		say(t, server, path, "A4")
		if s := p.Status(ctx); s != peripherals.PrinterFault {
			t.Errorf("stopped: status %s", s)
		}
		if job, err := p.PrintPDF(ctx, onePage()); err == nil || job.ID != 0 {
			t.Errorf("stopped: %+v, %v", job, err)
		}
	}
}
