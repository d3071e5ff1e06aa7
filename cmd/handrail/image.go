// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"

	"handrail/provisioning/image"
)

const imageUsage = `usage: handrail image -root DIR
       handrail image firewall

With -root it writes what makes a Debian machine a terminal into the root of an image (on the terminal itself: -root /): the services that
load the firewall and start the terminal on the machine's own screen, and the settings by which no memory and no printed page reaches a
disk and no key leads to another console. It writes only files of its own. Debian packages of such a machine: those of tools/deps.sh, and
xserver-xorg-core, xserver-xorg-input-libinput, nftables and, for an office printer, cups-daemon. "firewall" prints the rules, for nft -f.

options:
`

// imageCommand is "handrail image".
func imageCommand(_ context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("root", "", "`folder` that is the root of the image")
	flags.Usage = func() { fmt.Fprint(flags.Output(), imageUsage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	fail := func(err error) int {
		fmt.Fprintln(stderr, "handrail image:", err)
		return 1
	}
	switch {
	case flags.NArg() == 1 && flags.Arg(0) == "firewall" && *root == "":
		rules, err := image.Firewall(image.FirewallOptions{})
		if err != nil {
			return fail(err)
		}
		_, _ = stdout.Write(rules)
		return 0
	case flags.NArg() > 0 || *root == "":
		flags.Usage()
		return 2
	}
	if err := image.Write(*root); err != nil {
		return fail(err)
	}
	files, err := image.Recipe()
	if err != nil {
		return fail(err)
	}
	for _, f := range files {
		fmt.Fprintln(stdout, f.Path)
	}
	return 0
}
