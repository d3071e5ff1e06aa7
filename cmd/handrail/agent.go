// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"handrail/agent"
	"handrail/agent/session"
	"handrail/kiosk/browser"
	"handrail/provisioning"
	"handrail/ui"
)

const agentUsage = `usage: handrail agent -config agent.yaml

Runs this machine as a terminal: a screen on which people are walked through e-services. The machine must be enrolled
first (handrail enrol). Without a display it starts one of its own, which can be seen with a VNC viewer on a unix socket.

As root each citizen's browser runs as a unix user of its own, in private mounts with an empty home. As an ordinary user
some of these protections are off; which, and why, is said at the start.

agent.yaml, for example:

  office: Linden Town Hall
  dir: state                      # identity, outbox, counters; beside this file
  languages: [en, ar]
  services:
    - guide: defra-forms
      origin: https://forms.example.org
  devices:
    reader:  {driver: ccid-serial, port: /dev/serial/by-id/usb-reader}
    printer: {driver: escpos, profile: generic-80, port: /dev/serial/by-id/usb-printer}
    a4:      {driver: ipp, port: "ipp://localhost:631/printers/A4"}   # the office's printer, for whole pages
  printing: {price_per_page: 0.10 EUR}                                  # shown before anything is printed; left out: free
  browser: {camera: own}          # for pictures of papers that a site asks for; left out: there is none
  display: {server: xorg, rotate: left}   # the machine's own screen, and how it hangs: left, right, inverted; left out: seen by viewers
  idle: {after: 90s, warning: 50s}
  keyboard: touch                 # on the screen: when a finger touches a box; or always, or never

options:
`

// agentCommand is "handrail agent".
func agentCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("agent", flag.ContinueOnError)
	flags.SetOutput(stderr)
	config := flags.String("config", "agent.yaml", "configuration `file`")
	control := flags.String("control", "", "unix `socket` that tells unattended runs what is on the screen; never in public")
	verbose := flags.Bool("v", false, "log more")
	flags.Usage = func() { fmt.Fprint(flags.Output(), agentUsage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	if !ui.Built() || !browser.ScriptBuilt() {
		fmt.Fprintln(stderr, "handrail agent: the screens were not built into this program. Build it with: make build")
		return 1
	}
	noCores()
	c, err := agent.ReadConfig(*config)
	if err != nil {
		fmt.Fprintln(stderr, "handrail agent:", err)
		return 1
	}
	if c.Browser.NoSandbox {
		fmt.Fprintln(stderr, "WARNING: browser.no_sandbox is set. A page that takes over the browser takes over its user on this machine. Never do this in public.")
	}
	agent.Version = version()
	o := agent.Options{
		Config: c, Self: self(), Control: *control, Log: logger(stderr, *verbose), WorkerLog: stderr,
		OnBeat: func() { notify("WATCHDOG=1") },
		OnReady: func(r agent.Ready) {
			notify("READY=1")
			fmt.Fprintf(stdout, "terminal ready on display %s\n", r.Display)
			if r.RFB != "" {
				fmt.Fprintf(stdout, "  its screen for a viewer: %s\n", r.RFB)
			}
			for _, p := range r.Protections {
				state := "on"
				if !p.On {
					state = "OFF"
				}
				fmt.Fprintf(stdout, "  %-22s %-3s  %s\n", p.Name, state, p.Why)
			}
		},
	}
	if err := keepRunning(ctx, o); err != nil {
		if errors.Is(err, provisioning.ErrNotEnrolled) {
			fmt.Fprintln(stderr, "handrail agent: this machine is not enrolled yet. Ask the admin for a code, then: handrail enrol -help")
			return 1
		}
		fmt.Fprintln(stderr, "handrail agent:", err)
		return 1
	}
	return 0
}

// A terminal that lost what it stands on, such as its display, begins anew by itself; one that does not even get to its first
// screen says why and ends.
const (
	mostRestarts = 5 // within restartSpan
	restartSpan  = 5 * time.Minute
)

// keepRunning is the terminal until ctx ends.
func keepRunning(ctx context.Context, o agent.Options) error {
	tell := o.OnReady
	var starts []time.Time
	for {
		ready := false
		o.OnReady = func(r agent.Ready) {
			ready = true
			tell(r)
		}
		began := time.Now()
		err := agent.New(o).Run(ctx)
		starts = slices.DeleteFunc(append(starts, began), func(at time.Time) bool { return time.Since(at) > restartSpan })
		if err == nil || ctx.Err() != nil || !ready || len(starts) > mostRestarts {
			return err
		}
		o.Log.Error("the terminal begins anew", "why", err)
	}
}

// workerCommand is the process of one session; the agent starts it.
func workerCommand(ctx context.Context, _ []string, stdout, stderr io.Writer) int {
	noCores()
	w := session.New(os.Stdin, stdout, logger(stderr, false))
	if err := w.Run(ctx); err != nil {
		fmt.Fprintln(stderr, "handrail worker:", err)
		return 1
	}
	return 0
}

// noCores keeps this process, and what it starts, from leaving its memory in a file when it dies. It is done by the worker too, which may be
// started by somebody else. (PR_SET_DUMPABLE would close /proc/self to an ordinary user's own launcher, and to the search that proves that
// nothing is left.)
func noCores() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }

func parseStatus(err error) int {
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	return 2
}

func logger(w io.Writer, verbose bool) *slog.Logger {
	level := slog.LevelInfo
	if verbose {
		level = slog.LevelDebug
	}
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// self is the command that starts this program again. Tests put a binary of their own in its place.
var self = func() []string {
	path, err := os.Executable()
	if err != nil {
		path = os.Args[0]
	}
	return []string{path}
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "dev"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) > 12 {
			return s.Value[:12]
		}
	}
	return "dev"
}
