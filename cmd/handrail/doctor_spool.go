// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"handrail/peripherals"
)

// spoolNotes tells whether the print server of this machine keeps what was printed. CUPS does, for a day, unless it is told not to.
func spoolNotes(devices map[string]peripherals.Config) []string {
	a4, ok := devices["a4"]
	if !ok {
		return nil
	}
	u, err := url.Parse(a4.Port)
	if err != nil {
		return nil
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return []string{"The print server " + u.Hostname() + " is another machine. See to it that it keeps no jobs (CUPS: PreserveJobFiles No, PreserveJobHistory No)."}
	}
	path := spoolConfig("/proc")
	settings, err := os.ReadFile(path)
	if err != nil {
		return []string{"Whether the print server keeps what was printed is not known: " + err.Error()}
	}
	kept := keepsJobs(string(settings))
	if len(kept) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("The print server keeps what people print: write into %s: %s. A terminal made by handrail image has that.", path, strings.Join(kept, ", "))}
}

// spoolConfig is the file that the running print server was started with (cupsd(8), -c), or the one that it has without being told.
func spoolConfig(proc string) string {
	commands, _ := filepath.Glob(proc + "/[0-9]*/cmdline")
	for _, file := range commands {
		data, _ := os.ReadFile(file)
		args := strings.Split(string(bytes.TrimRight(data, "\x00")), "\x00")
		if filepath.Base(args[0]) != "cupsd" {
			continue
		}
		if at := slices.Index(args, "-c"); at > 0 && at+1 < len(args) {
			return args[at+1]
		}
	}
	return "/etc/cups/cupsd.conf"
}

// keepsJobs lists the settings that a configuration of CUPS (cupsd.conf(5)) lacks so that nothing of a job is left.
func keepsJobs(settings string) (lacking []string) {
	for _, name := range []string{"PreserveJobFiles", "PreserveJobHistory"} {
		off := false
		for line := range strings.Lines(settings) {
			if f := strings.Fields(line); len(f) == 2 && strings.EqualFold(f[0], name) { // the last one holds
				off = slices.Contains([]string{"no", "off", "false", "0"}, strings.ToLower(f[1]))
			}
		}
		if !off {
			lacking = append(lacking, name+" No")
		}
	}
	return lacking
}
