// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/OpenPrinting/goipp"

	"handrail/peripherals"
)

// onePage is the smallest PDF file with a page: judges open it.
func onePage() []byte {
	var b bytes.Buffer
	var at []int
	object := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>")
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.Bytes()
}

// run starts a program that ends with the test, and gives a channel that is closed when it ends
// before.
func run(t *testing.T, env []string, name string, args ...string) <-chan struct{} {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		cmd.Wait()
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		log.Close()
		if said, _ := os.ReadFile(log.Name()); t.Failed() {
			t.Logf("%s said:\n%s", name, said)
		}
	})
	return ended
}

// runAt starts a server at a free port of loopback: at another one if somebody was faster.
func runAt(t *testing.T, start func(port int) <-chan struct{}) (port int) {
	t.Helper()
	for range 5 {
		port = freePort(t)
		ended := start(port)
		for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
			select {
			case <-ended:
			default:
				c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
				if err != nil {
					continue
				}
				c.Close()
				return port
			}
			break
		}
	}
	t.Fatal("waited in vain for a server")
	return 0
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("waited in vain for %s", what)
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// virtualPrinter starts CUPS' own printer of software, with the message bus and the name
// service that it insists on; both are private and know no network but this machine's.
func virtualPrinter(t *testing.T) (address, folder string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts programs of CUPS")
	}
	path := os.Getenv("PATH") + ":/usr/sbin:/sbin"
	t.Setenv("PATH", path)
	for _, program := range []string{"ippeveprinter", "dbus-daemon", "avahi-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("no %s on this machine", program)
		}
	}
	dir, err := os.MkdirTemp("", "ipp")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	bus := filepath.Join(dir, "bus")
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	busConfig := write("bus.conf", `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=`+bus+`</listen><auth>EXTERNAL</auth><policy context="default"><allow user="*"/><allow own="*"/>
<allow send_type="method_call"/><allow send_destination="*"/><allow receive_type="*"/></policy></busconfig>`)
	avahiConfig := write("avahi.conf", "[server]\nallow-interfaces=lo\nuse-ipv6=no\nhost-name=handrail-test\n")
	env := []string{"DBUS_SYSTEM_BUS_ADDRESS=unix:path=" + bus}
	run(t, env, "dbus-daemon", "--config-file="+busConfig, "--nofork", "--nopidfile")
	eventually(t, "the message bus", func() bool { _, err := os.Stat(bus); return err == nil })
	run(t, env, "avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "--no-proc-title", "-f", avahiConfig)
	if _, err := exec.LookPath("dbus-send"); err == nil {
		eventually(t, "the name service", func() bool {
			cmd := exec.Command("dbus-send", "--system", "--print-reply", "--dest=org.freedesktop.Avahi", "/", "org.freedesktop.Avahi.Server.GetState")
			cmd.Env = append(os.Environ(), env...)
			out, err := cmd.Output()
			return err == nil && strings.Contains(string(out), "int32 2")
		})
	}
	folder = filepath.Join(dir, "paper")
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	port := runAt(t, func(port int) <-chan struct{} {
		return run(t, env, "ippeveprinter", "-p", fmt.Sprint(port), "-d", folder, "-k", "-f", "application/pdf", "Kiosk")
	})
	return fmt.Sprintf("ipp://localhost:%d/ipp/print", port), folder
}

// TestPDFOnSomebodyElsesPrinter prints on the printer of software that comes with CUPS,
// and looks for the very bytes.
func TestPDFOnSomebodyElsesPrinter(t *testing.T) {
	address, folder := virtualPrinter(t)
	p, err := OpenIPP(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	if s := p.Status(ctx); !s.CanPrint() {
		t.Fatalf("status %s", s)
	}
	pdf := onePage()
	job, err := p.PrintPDF(ctx, pdf)
	if err != nil || job.State != peripherals.PrinterReady || job.ID == 0 {
		t.Fatalf("%+v, %v", job, err)
	}
	files, err := filepath.Glob(filepath.Join(folder, "*.pdf"))
	if err != nil || len(files) != 1 {
		all, _ := filepath.Glob(filepath.Join(folder, "*"))
		t.Fatalf("files %q, %v", all, err)
	}
	if got, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(got, pdf) {
		t.Errorf("%d bytes arrived of %d, %v", len(got), len(pdf), err)
	}
	t.Logf("job %d: %d pages, %q", job.ID, job.Pages, job.Reasons)
}

func TestReasons(t *testing.T) {
	for _, c := range []struct {
		reasons string
		state   int
		want    peripherals.State
	}{
		{"none", 3, peripherals.PrinterReady}, {"", 4, peripherals.PrinterReady},
		{"media-low-report", 3, peripherals.PrinterPaperLow}, {"media-empty-error", 5, peripherals.PrinterPaperOut},
		{"media-empty", 4, peripherals.PrinterPaperOut}, {"media-empty-warning", 3, peripherals.PrinterPaperLow},
		{"media-jam-error", 5, peripherals.PrinterFault}, {"cover-open", 5, peripherals.PrinterCoverOpen},
		{"door-open-report media-low", 3, peripherals.PrinterPaperLow}, {"offline-report", 3, peripherals.PrinterReady},
		{"offline-error", 5, peripherals.PrinterAbsent}, {"toner-low", 3, peripherals.PrinterReady},
		{"media-empty cover-open", 5, peripherals.PrinterCoverOpen}, {"", 5, peripherals.PrinterFault},
		{"something-new-error", 4, peripherals.PrinterFault}, {"something-new", 3, peripherals.PrinterReady},
	} {
		if got := reasonState(strings.Fields(c.reasons), c.state); got != c.want {
			t.Errorf("%q: %s, want %s", c.reasons, got, c.want)
		}
	}
}

// answering is a printer that answers each request with what f makes of it.
func answering(t *testing.T, f func(op goipp.Op, answer *goipp.Message)) *IPP {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var ask goipp.Message
		if err := ask.Decode(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, ask.RequestID)
		f(goipp.Op(ask.Code), answer)
		w.Header().Set("Content-Type", goipp.ContentType)
		answer.Encode(w)
	}))
	t.Cleanup(server.Close)
	p, err := OpenIPP("ipp" + strings.TrimPrefix(server.URL, "http") + "/ipp/print")
	if err != nil {
		t.Fatal(err)
	}
	p.every = time.Millisecond
	return p
}

// TestJobBrokenOff has a printer run out of paper, and the person go.
func TestJobBrokenOff(t *testing.T) {
	called := make(chan struct{})
	asked := 0
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	p := answering(t, func(op goipp.Op, answer *goipp.Message) {
		switch op {
		case goipp.OpGetPrinterAttributes:
			reason := "none"
			if asked > 2 {
				reason = "media-empty-error"
			}
			answer.Printer.Add(goipp.MakeAttribute("printer-state-reasons", goipp.TagKeyword, goipp.String(reason)))
		case goipp.OpPrintJob:
			answer.Job.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(7)))
		case goipp.OpGetJobAttributes:
			if asked++; asked > 6 {
				cancel()
			}
			answer.Job.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(5)))
			answer.Job.Add(goipp.MakeAttribute("job-impressions-completed", goipp.TagInteger, goipp.Integer(1)))
		case goipp.OpCancelJob:
			close(called)
		}
	})
	job, err := p.PrintPDF(ctx, onePage())
	if !errors.Is(err, context.Canceled) || job.State != peripherals.PrinterPaperOut || job.Pages != 1 {
		t.Errorf("%+v, %v", job, err)
	}
	select {
	case <-called:
	default:
		t.Error("the job was not called back")
	}
}

func TestIPPMistakes(t *testing.T) {
	for _, address := range []string{"", "/dev/usb/lp0", "http://x/", "ipp://", "ipp:///x"} {
		if _, err := OpenIPP(address); err == nil {
			t.Errorf("%q is an address", address)
		}
	}
	p, err := OpenIPP(fmt.Sprintf("ipp://127.0.0.1:%d/x", freePort(t)))
	if err != nil {
		t.Fatal(err)
	}
	if s := p.Status(t.Context()); s != peripherals.PrinterAbsent {
		t.Errorf("status %s", s)
	}
	if job, err := p.PrintPDF(t.Context(), onePage()); err == nil || job.State != peripherals.PrinterAbsent {
		t.Errorf("%+v, %v", job, err)
	}
	if _, err := p.PrintPDF(t.Context(), []byte("hello")); err == nil {
		t.Error("a text is a PDF file")
	}
	garbage := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("hello")) }))
	defer garbage.Close()
	if p, err = OpenIPP("ipp" + strings.TrimPrefix(garbage.URL, "http")); err != nil {
		t.Fatal(err)
	}
	if s := p.Status(t.Context()); s.CanPrint() {
		t.Errorf("status %s", s)
	}
	refusing := answering(t, func(_ goipp.Op, answer *goipp.Message) { answer.Code = goipp.Code(goipp.StatusErrorNotAcceptingJobs) })
	if job, err := refusing.PrintPDF(t.Context(), onePage()); err == nil || job.State.CanPrint() {
		t.Errorf("%+v, %v", job, err)
	}
}
