// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
)

// doctors are what "handrail doctor" can see for itself; each explains itself with -help.
var doctors = []command{
	{"lockdown", "try every known way out of this terminal", doctorLockdown},
	{"wipe", "rehearse sessions and search for what is left of them", doctorWipe},
	{"devices", "say of each card reader and printer how it is, and what to do", doctorDevices},
}

func doctorCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	usage := func(w io.Writer) {
		fmt.Fprint(w, "handrail doctor tries on this machine what a terminal promises. It never touches the machine's own policies, firewall,\ndisplay or printers.\n\nusage: handrail doctor WHAT [-json] [options]\n\n")
		for _, d := range doctors {
			fmt.Fprintf(w, "  %-9s %s\n", d.name, d.about)
		}
		fmt.Fprint(w, "\nEach explains itself: handrail doctor WHAT -help\n")
	}
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	for _, d := range doctors {
		if d.name == args[0] {
			return d.run(ctx, args[1:], stdout, stderr)
		}
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		usage(stdout)
		return 0
	}
	fmt.Fprintf(stderr, "handrail doctor: there is no %q\n\n", args[0])
	usage(stderr)
	return 2
}
