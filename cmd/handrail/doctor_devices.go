// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"handrail/agent"
	"handrail/agent/store"
	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/port"
	"handrail/peripherals/printer"
	"handrail/peripherals/scanner"
)

const doctorDevicesUsage = `usage: handrail doctor devices [-config agent.yaml] [-json] [FOLDER ...]

Says of each card reader and printer of this terminal's configuration where it is, who answers there, how it is, what was
last wrong with it, and what to do; then which serial ports nothing is set up for. Asks each once and prints nothing. A port
that the running terminal holds is not disturbed: then it says what the terminal knows. FOLDER is where links to ports
are, if not where the system has them.

Exit status: 0 if every device that is set up is well, 1 if one needs somebody or none is set up, 2 if asked wrongly.

options:
`

// doctorDevices is "handrail doctor devices".
func doctorDevices(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("handrail doctor devices", flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("config", "agent.yaml", "the terminal's configuration `file`")
	asJSON := flags.Bool("json", false, "print one JSON object")
	flags.Usage = func() { fmt.Fprint(flags.Output(), doctorDevicesUsage); flags.PrintDefaults() }
	folders, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	report := deviceReport{Figures: map[string]float64{}, Rows: []map[string]string{}, Notes: []string{}}
	config, err := agent.ReadConfig(*file)
	if err != nil {
		fmt.Fprintln(stderr, "handrail doctor devices:", err)
		if !errors.Is(err, fs.ErrNotExist) {
			return 1
		}
		report.Notes = append(report.Notes, "There is no configuration; only ports are listed.")
	}
	var known []store.Device
	if path := filepath.Join(config.Dir, "terminal.db"); err == nil {
		if _, statErr := os.Stat(path); statErr == nil {
			if known, err = lastKnown(path); err != nil {
				report.Notes = append(report.Notes, "What the terminal remembers cannot be read: "+err.Error())
			}
		}
	}
	well := 0
	for _, name := range sortedKeys(config.Devices) {
		row := askDevice(ctx, name, config.Devices[name], known)
		if row["do"] == "" || row["state"] == string(peripherals.PrinterPaperLow) {
			well++
		}
		report.Rows = append(report.Rows, row)
	}
	spare := 0
	for _, p := range port.List(folders...) {
		if slices.ContainsFunc(report.Rows, func(r map[string]string) bool { return r["leads_to"] == p.Device }) {
			continue
		}
		spare++
		report.Rows = append(report.Rows, map[string]string{"device": "", "port": p.Path, "leads_to": p.Device, "says": "Nothing is set up for this port. " + p.Product})
	}
	report.Figures["devices"], report.Figures["well"], report.Figures["spare_ports"] = float64(len(config.Devices)), float64(well), float64(spare)
	report.OK = len(config.Devices) > 0 && well == len(config.Devices)
	if len(config.Devices) == 0 {
		report.Notes = append(report.Notes, "No device is set up. Write devices into the configuration: handrail agent -help shows how.")
	}
	report.Notes = append(report.Notes, soundNotes("/dev/snd")...)
	report.Notes = append(report.Notes, spoolNotes(config.Devices)...)
	if *asJSON {
		if err := json.NewEncoder(stdout).Encode(report); err != nil {
			fmt.Fprintln(stderr, "handrail doctor devices:", err)
			return 1
		}
	} else {
		sayDevices(stdout, report)
	}
	if !report.OK {
		return 1
	}
	return 0
}

func lastKnown(path string) ([]store.Device, error) {
	s, err := store.Open(path)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Devices()
}

// askDevice asks one device how it is.
func askDevice(ctx context.Context, name string, c peripherals.Config, known []store.Device) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	row := map[string]string{"device": name, "port": c.Port, "driver": c.Driver}
	if c.Profile != "" {
		row["profile"] = c.Profile
	}
	if to, err := filepath.EvalSymlinks(c.Port); err == nil {
		row["leads_to"] = to
	}
	var state peripherals.State
	var err error
	if name == "a4" {
		var p *printer.IPP
		if p, err = printer.OpenIPP(c.Port); err == nil {
			state = p.Status(ctx)
		}
	} else if name == "scanner" {
		var s *scanner.Scanner
		if s, err = scanner.Open(c); err == nil {
			state = s.Status(ctx)
		}
	} else if name == "printer" {
		var p peripherals.Printer
		if p, err = printer.Open(c); err == nil {
			state = p.Status(ctx)
			if named, ok := p.(interface{ Identity() string }); ok {
				row["identity"] = named.Identity()
			}
			p.Close()
		}
	} else {
		row["identity"], state, err = card.Probe(ctx, c)
	}
	if err != nil {
		row["says"], row["do"] = err.Error(), "Correct the configuration."
		return row
	}
	row["state"], row["says"], row["do"] = string(state), state.Sentence(), state.Advice()
	at := slices.IndexFunc(known, func(d store.Device) bool { return d.Name == name })
	if at < 0 {
		return row
	}
	if taken := state == peripherals.ReaderTaken || state == peripherals.PrinterTaken; taken && known[at].State != state {
		// The terminal itself, in all likelihood.
		row["state"], row["do"] = string(known[at].State), known[at].State.Advice()
		row["says"] = fmt.Sprintf("In use, and when the terminal last looked, %s: %s", known[at].Since.Format(time.DateTime), known[at].State.Sentence())
	}
	if known[at].Fault != "" {
		row["last_fault"], row["last_fault_at"] = known[at].Fault.Sentence(), known[at].FaultAt.Format(time.DateTime)
	}
	return row
}

func sayDevices(w io.Writer, report deviceReport) {
	for _, row := range report.Rows {
		name := row["device"]
		if name == "" {
			name = "port"
		}
		fmt.Fprintf(w, "%-8s %s\n", name, row["says"])
		line := func(what string, keys ...string) {
			text := ""
			for _, k := range keys {
				if row[k] != "" && row[k] != text {
					text += "  " + row[k]
				}
			}
			if text != "" {
				fmt.Fprintf(w, "  %-11s%s\n", what, text)
			}
		}
		line("port", "port", "leads_to")
		line("driver", "driver", "profile")
		line("calls itself", "identity")
		line("last fault", "last_fault_at", "last_fault")
		line("do", "do")
	}
	for _, note := range report.Notes {
		fmt.Fprintln(w, note)
	}
}
