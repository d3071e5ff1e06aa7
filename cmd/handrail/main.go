// SPDX-License-Identifier: Apache-2.0

// Command handrail is the whole product in one binary: the terminal (agent), the hub, and the tools round them. It is the
// only place that wires the packages together; one file a subcommand.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"handrail/kiosk/browser"
)

// command is one subcommand. run returns the exit status: 0 done, 1 it did not work, 2 it was asked wrongly.
type command struct {
	name, about string
	run         func(ctx context.Context, args []string, stdout, stderr io.Writer) int
}

var commands = []command{
	{"agent", "be a terminal: the screen, its browser, its devices", agentCommand},
	{"hub", "be the hub: help desk for volunteers, consoles, enrolment", hubCommand},
	{"enrol", "make this machine a terminal of a hub, with a one-time code", enrolCommand},
	{"demo", "the whole product on this computer, with pretend cards and paper", demoCommand},
	{"guide", "record, check and look at guides", guideCommand},
	{"device", "try and pretend card readers and printers", deviceCommand},
	{"doctor", "see for yourself whether a machine keeps what a terminal promises", doctorCommand},
	{"image", "write the files that make a Debian machine a terminal", imageCommand},
	{"bench", "measure against peers in the same run", benchCommand},
	{"version", "say which version this is", versionCommand},
}

const usageHead = `handrail helps people through e-services at a public terminal.

usage: handrail COMMAND [options]

`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run finds the subcommand. Two more, which our own processes start and no person does, are not listed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	switch args[0] {
	case "worker":
		return workerCommand(ctx, args[1:], stdout, stderr)
	case "hand":
		return handCommand(ctx, args[1:], stdout, stderr)
	case privateCommandName:
		return privateCommand(ctx, args[1:], stdout, stderr)
	case "search":
		return searchCommand(ctx, args[1:], stdout, stderr)
	case browser.LauncherCommand:
		return browser.EnterConfinement(args[1:])
	case "-h", "-help", "--help", "help":
		usage(stdout)
		return 0
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(ctx, args[1:], stdout, stderr)
		}
	}
	fmt.Fprintf(stderr, "handrail: there is no command %q\n\n", args[0])
	usage(stderr)
	return 2
}

func usage(w io.Writer) {
	fmt.Fprint(w, usageHead)
	for _, c := range commands {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.about)
	}
	fmt.Fprint(w, "\nEach explains itself: handrail COMMAND -help\n")
}

func versionCommand(_ context.Context, _ []string, stdout, _ io.Writer) int {
	fmt.Fprintln(stdout, "handrail", version())
	return 0
}
