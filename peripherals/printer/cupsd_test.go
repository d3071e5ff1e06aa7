// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"handrail/peripherals"
)

// privateCUPS starts a print server that has nothing to do with the machine's own: its files are
// in the test's folder, and it listens on loopback only. It gives the server's address for lp, and the folder of its spool.
func privateCUPS(t *testing.T) (server, spool string) {
	t.Helper()
	for _, program := range []string{"cupsd", "lpadmin", "lp", "lpstat"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine", program)
		}
	}
	if os.Geteuid() != 0 {
		t.Skip("cupsd runs its filters as a user of their own, which needs root")
	}
	dir, err := os.MkdirTemp("", "cups")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"etc", "spool", "spool/tmp", "cache", "run", "log"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.Command("chown", "-R", "lp:lp", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	files := fmt.Sprintf(`ServerRoot %[1]s/etc
RequestRoot %[1]s/spool
TempDir %[1]s/spool/tmp
CacheDir %[1]s/cache
StateDir %[1]s/run
AccessLog %[1]s/log/access
ErrorLog stderr
PageLog %[1]s/log/page
ServerBin /usr/lib/cups
DataDir /usr/share/cups
User lp
Group lp
SystemGroup root
FatalErrors config
`, dir)
	if err := os.WriteFile(filepath.Join(dir, "etc/cups-files.conf"), []byte(files), 0o644); err != nil {
		t.Fatal(err)
	}
	port := runAt(t, func(port int) <-chan struct{} {
		config := filepath.Join(dir, "etc/cupsd.conf")
		if err := os.WriteFile(config, fmt.Appendf(nil, serverConfig, port), 0o644); err != nil {
			t.Fatal(err)
		}
		return run(t, nil, "cupsd", "-f", "-c", config, "-s", filepath.Join(dir, "etc/cups-files.conf"))
	})
	return fmt.Sprintf("127.0.0.1:%d", port), filepath.Join(dir, "spool")
}

// serverConfig lets everybody on this machine do everything.
const serverConfig = `LogLevel info
Listen 127.0.0.1:%d
Browsing Off
WebInterface No
DefaultAuthType None
DefaultPolicy open
PreserveJobHistory Yes
<Location />
  Order allow,deny
  Allow from 127.0.0.1
</Location>
<Policy open>
  <Limit All>
    Order allow,deny
    Allow from 127.0.0.1
  </Limit>
</Policy>
`

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
	server, spool := privateCUPS(t)
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
	p, err := OpenIPP("ipp://" + strings.Replace(server, "127.0.0.1", "localhost", 1) + "/printers/A4")
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
