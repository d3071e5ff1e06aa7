// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

// driverFor is the driver that speaks with each kind of reader.
var driverFor = map[string]string{
	"gempc-twin": "ccid-serial", "pn532": "pn532-hsu", "acr122s": "acr122s",
	"barcode": "barcode-line", "magstripe": "magstripe-line", "mrz": "mrz-line",
}

// emulateReader makes a reader with scripted faults.
func emulateReader(kind, link, script string) (*emulator.Reader, error) {
	o := emulator.ReaderOptions{Kind: kind, Link: link}
	if script == "" {
		return emulator.NewReader(o)
	}
	faults, err := emulator.ParseFaults(script)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	o.OnReply = faults.Reply
	r, err := emulator.NewReader(o)
	if err != nil {
		return nil, err
	}
	faults.Attach(r)
	return r, nil
}

// readerFlags are what a configuration may say of a reader beside driver and port.
func readerFlags(fs *flag.FlagSet) *peripherals.Config {
	c := &peripherals.Config{}
	fs.StringVar(&c.Identity, "identity", "", "how the reader must name itself, or the start of that")
	fs.StringVar(&c.Delimiters, "delimiters", "", "what stands round a code: start and end, such as STX,ETX or ,CR")
	fs.Func("codes", "library numbers that count, as kind:pattern with a comma between, such as codabar:2*************", func(s string) error {
		c.Codes = append(c.Codes, strings.Split(s, ",")...)
		return nil
	})
	return c
}

// deviceList lists ports.
func deviceList(_ context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	asJSON := fs.Bool("json", false, "print one JSON object")
	folders, err := parseMixed(fs, args)
	if err != nil {
		return err
	}
	list := port.List(folders...)
	if *asJSON {
		report := deviceReport{OK: true, Figures: map[string]float64{"ports": float64(len(list))}, Rows: []map[string]string{}, Notes: []string{}}
		for _, p := range list {
			report.Rows = append(report.Rows, map[string]string{"port": p.Path, "device": p.Device, "product": p.Product, "serial": p.Serial})
		}
		return json.NewEncoder(stdout).Encode(report)
	}
	for _, p := range list {
		fmt.Fprintln(stdout, strings.TrimSpace(fmt.Sprintf("%s  %s  %s %s", p.Path, p.Device, p.Product, p.Serial)))
	}
	if len(list) == 0 {
		fmt.Fprintln(stdout, "No serial port is plugged in.")
	}
	return nil
}

// deviceRecord reads cards and writes a transcript of the line.
func deviceRecord(ctx context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	driver := fs.String("driver", "ccid-serial", "driver: "+strings.Join(card.Drivers(), ", "))
	path := fs.String("port", "", "serial device, or a symlink to it")
	config := readerFlags(fs)
	bytes := fs.Bool("bytes", false, "write the bytes too, and so all that is on the card: only for cards that nobody owns")
	out := fs.String("out", "", "file to write; the screen if empty")
	cards := fs.Int("cards", 1, "how many cards to read")
	wait := fs.Duration("wait", time.Minute, "how long to wait for them")
	if _, err := deviceArgs(fs, args); err != nil {
		return err
	}
	w := stdout
	if *out != "" {
		f, err := os.OpenFile(*out, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		defer f.Close()
		w = f
	}
	fmt.Fprintf(w, "# %s\n", *driver)
	config.Driver, config.Port = *driver, *path
	reader, err := card.Record(*config, w, *bytes)
	if err != nil {
		return fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	ctx, cancel := context.WithTimeout(ctx, *wait)
	defer cancel()
	left := *cards
	err = reader.Run(ctx, func(e peripherals.CardEvent) {
		if ctx.Err() != nil {
			return
		}
		peripherals.WipeFields(e.Fields)
		if *out != "" {
			fmt.Fprintln(stdout, e.State.Sentence())
		}
		if e.Kind == peripherals.CardRead || e.Kind == peripherals.CardFailed {
			if left--; left <= 0 {
				cancel()
			}
		}
	})
	if err == nil && left > 0 {
		err = fmt.Errorf("%d of %d cards came", *cards-left, *cards)
	}
	return err
}
