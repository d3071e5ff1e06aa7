// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
)

const doctorUsage = `usage: handrail doctor lockdown [options]   tries every known way out of a terminal

Each tries for real what this machine promises, in a place of its own, and changes nothing on the machine. Each explains
itself with -help.
`

// doctorCommand is "handrail doctor": one subcommand a file.
func doctorCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, doctorUsage)
		return 2
	}
	switch args[0] {
	case "lockdown":
		return doctorLockdown(ctx, args[1:], stdout, stderr)
	case "-h", "-help", "--help", "help":
		fmt.Fprint(stdout, doctorUsage)
		return 0
	}
	fmt.Fprintf(stderr, "handrail doctor: there is no command %q\n\n%s", args[0], doctorUsage)
	return 2
}
