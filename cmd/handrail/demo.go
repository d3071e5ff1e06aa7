// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"handrail/peripherals/emulator"
	"handrail/ui"
)

const demoUsage = `usage: handrail demo [options]

Runs the whole product on this computer, on loopback only: the hub, a terminal that enrols with a one-time code, a real
e-service that somebody else wrote, a card reader and a receipt printer made of software, and the workbench, one page on
which the terminal can be seen and touched, cards put in, paper looked at and plugs pulled. Everything it writes is in one
folder. With -smoke it performs the whole journey by itself and tells what it saw; the exit status is 0 only if it saw all.

options:
`

type demoOptions struct {
	dir, service, listen, lang string
	smoke, json, verbose, keep bool
	shots                      string
	display, authority         string
	config                     string                               // lines added to the terminal's configuration
	services                   string                               // and to its services
	printer                    string                               // the printer's profile; empty: generic-80
	hub                        []string                             // options of the hub, besides the demo's
	reach                      func(address string) (string, error) // by which the terminal reaches the hub; nil: as it is
}

// demoCommand is "handrail demo".
func demoCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o demoOptions
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.dir, "dir", "demo", "`folder` for everything it writes; emptied at the start")
	flags.StringVar(&o.service, "e-service", "e-service", "`folder` of the e-service's starter, with its packages installed")
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8420", "loopback `address` of the workbench")
	flags.StringVar(&o.lang, "lang", "en", "language of the unattended journey: en, ar, fr, de, uk or pt")
	flags.BoolVar(&o.smoke, "smoke", false, "perform the whole journey unattended, tell what was seen, and end")
	flags.BoolVar(&o.json, "json", false, "with -smoke: print one JSON object")
	flags.StringVar(&o.shots, "shots", "", "with -smoke: put a picture of each screen into this `folder`")
	flags.StringVar(&o.display, "display", "", "be on this X `display` (one without a window manager) instead of one of its own")
	flags.StringVar(&o.authority, "xauthority", "", "with -display: the `file` with its cookie")
	flags.BoolVar(&o.keep, "keep", false, "with -smoke: leave the folder as it is at the end")
	flags.BoolVar(&o.verbose, "v", false, "log more")
	flags.Usage = func() { fmt.Fprint(flags.Output(), demoUsage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	if !ui.Built() {
		fmt.Fprintln(stderr, "handrail demo: the screens were not built into this program. Build it with: make build")
		return 1
	}
	if o.display != "" {
		o.config += fmt.Sprintf("display: {use: %q, authority: %q}\n", o.display, o.authority)
	}
	if o.smoke {
		return smoke(ctx, o, stdout, stderr)
	}
	d, err := openDemo(ctx, o, stderr)
	if err == nil {
		defer d.close()
		err = d.serveWorkbench()
	}
	if err != nil {
		fmt.Fprintln(stderr, "handrail demo:", err)
		return 1
	}
	d.tell(stdout)
	<-ctx.Done()
	fmt.Fprintln(stdout, "\nputting everything away ...")
	return 0
}

// demo is the product on one computer.
type demo struct {
	o       demoOptions
	log     *slog.Logger
	dir     string
	service *part
	hub     *part
	agent   *part
	reader  *emulator.Reader
	printer *emulator.Printer
	origin  string // of the e-service
	office  office
	bench   *workbench
	address string
	server  *http.Server
	pulled  sync.Map // plugs that are out
}

// openDemo starts everything up to the terminal's first screen.
func openDemo(ctx context.Context, o demoOptions, stderr io.Writer) (d *demo, err error) {
	dir, err := emptied(o.dir)
	if err != nil {
		return nil, err
	}
	started := &demo{o: o, dir: dir, log: logger(stderr, o.verbose)}
	defer func() {
		if err != nil {
			started.close()
		}
	}()
	d = started
	if err := d.startService(ctx); err != nil {
		return nil, err
	}
	if err := d.startDevices(); err != nil {
		return nil, err
	}
	if err := d.startHub(ctx); err != nil {
		return nil, err
	}
	if err := d.enrol(ctx); err != nil {
		return nil, err
	}
	return d, d.startAgent(ctx)
}

// marker is the file by which a folder is known as one of ours, which may be emptied.
const marker = "this-folder-is-emptied-by-handrail-demo"

func emptied(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
			return "", fmt.Errorf("%s has files that this program did not make; give another folder with -dir", dir)
		}
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	for _, sub := range []string{"", "log", "dev", "hub", "terminal"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return "", err
		}
	}
	return dir, os.WriteFile(filepath.Join(dir, marker), nil, 0o600)
}

func (d *demo) path(name ...string) string { return filepath.Join(append([]string{d.dir}, name...)...) }

// startService starts the third party's e-service on a port of its own, which it keeps when it is pulled and plugged.
func (d *demo) startService(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(d.o.service, "node_modules")); err != nil {
		return fmt.Errorf("the e-service's packages are not installed in %s; run: make deps", d.o.service)
	}
	port := "0"
	d.service = &part{name: "e-service", logs: d.path("log"),
		command: func() *exec.Cmd {
			cmd := exec.Command("node", "start.mjs", "-port", port)
			cmd.Dir = d.o.service // its packages are looked for from there
			return cmd
		},
		ready: func(line string) bool {
			address, ok := strings.CutPrefix(line, "ready http://127.0.0.1:")
			if ok {
				port, _, _ = strings.Cut(address, "/")
			}
			return ok
		}}
	if err := d.service.start(ctx); err != nil {
		return err
	}
	// The browser knows it by a name, as it would on the net; the egress proxy resolves it.
	d.origin = "http://forms.localhost:" + port
	return nil
}

func (d *demo) startDevices() (err error) {
	if d.reader, err = emulator.NewReader(emulator.ReaderOptions{Link: d.path("dev", "reader")}); err != nil {
		return err
	}
	d.printer, err = emulator.NewPrinter(emulator.PrinterOptions{Link: d.path("dev", "printer"), Profile: d.printerProfile()})
	return err
}

func (d *demo) printerProfile() string { return cmp.Or(d.o.printer, "generic-80") }

// startAgent writes the terminal's configuration and starts it.
func (d *demo) startAgent(ctx context.Context) error {
	config := fmt.Sprintf(`office: Linden Town Hall
dir: terminal
languages: [en, ar, fr, de, uk, pt]
desk: {hours: ["mon-fri 09:00-17:00", "sat 10:00-13:00"]}
services:
  - guide: defra-forms
    origin: %s
  - guide: defra-components
    origin: %s
%sdevices:
  reader: {driver: ccid-serial, port: %q}
  printer: {driver: escpos, profile: %s, port: %q}
`, d.origin, d.origin, d.o.services, d.path("dev", "reader"), d.printerProfile(), d.path("dev", "printer")) + d.o.config
	if !strings.Contains(d.o.config, "browser:") {
		config += "browser: {microphone: emulated}\n"
	}
	if err := os.WriteFile(d.path("agent.yaml"), []byte(config), 0o600); err != nil {
		return err
	}
	d.agent = &part{name: "terminal", logs: d.path("log"),
		command: func() *exec.Cmd {
			return ownCommand("agent", "-config", d.path("agent.yaml"), "-control", d.path("control.sock"))
		},
		ready: func(line string) bool { return strings.HasPrefix(line, "terminal ready") }}
	return d.agent.start(ctx)
}

func ownCommand(args ...string) *exec.Cmd {
	command := self()
	return exec.Command(command[0], append(command[1:], args...)...)
}

// serveWorkbench starts the workbench's page.
func (d *demo) serveWorkbench() error {
	d.bench = newWorkbench(workbenchOptions{
		RFB:    func() string { return newest(d.path("terminal", "display")) },
		Reader: d.reader, Printer: d.printer, Plugs: d.plugs(), Log: d.log,
		Links: func() workbenchLinks { return workbenchLinks{Desk: d.office.desk, Admin: d.office.admin} },
	})
	listener, err := net.Listen("tcp", d.o.listen)
	if err != nil {
		return fmt.Errorf("workbench: %w (another address: -listen 127.0.0.1:0)", err)
	}
	d.address = named(listener.Addr().String())
	d.server = &http.Server{Handler: d.bench, ReadHeaderTimeout: 10 * time.Second}
	go d.server.Serve(listener)
	return nil
}

// newest is the viewer's socket of the terminal's display, "" while there is none.
func newest(dir string) string {
	found := ""
	var at time.Time
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode()&os.ModeSocket != 0 && info.ModTime().After(at) {
			found, at = filepath.Join(dir, e.Name()), info.ModTime()
		}
	}
	return found
}

func (d *demo) tell(w io.Writer) {
	fmt.Fprintf(w, `
Handrail is running on this computer. Nothing of it can be reached from elsewhere.

  the workbench (start here)   http://%s%s
  the volunteer's desk         %s
  the admin's console          %s
  the e-service itself         %s/test/start

Each link opens in one browser only. Ctrl-C ends everything. Logs are in %s.
`, d.address, d.bench.Path(), d.office.desk, d.office.admin, d.origin, d.path("log"))
	if log, err := os.ReadFile(d.path("log", "terminal.log")); err == nil {
		if _, after, ok := strings.Cut(string(log), "terminal ready"); ok {
			fmt.Fprintf(w, "\nProtections of the terminal's browser:\n")
			for _, line := range strings.Split(after, "\n")[1:] {
				if strings.HasPrefix(line, "  ") && !strings.Contains(line, "viewer") {
					fmt.Fprintln(w, line)
				}
			}
		}
	}
}

// close ends everything that the demo started, last started first.
func (d *demo) close() {
	if d.server != nil {
		d.server.Close()
	}
	for _, p := range []*part{d.agent, d.hub, d.service} {
		if p != nil {
			if err := p.stop(); err != nil {
				d.log.Error("demo", "why", err)
			}
		}
	}
	if d.reader != nil {
		d.reader.Close()
	}
	if d.printer != nil {
		d.printer.Close()
	}
}
