// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/emulator"
	"handrail/peripherals/printer"
)

const deviceUsage = `handrail device tries out card readers and printers, real or pretended.

usage:
  handrail device emulate reader [-kind KIND] [-link PATH] [-card FILE or NAME] [-fault SCRIPT]
  handrail device emulate printer [-link PATH] [-profile P] [-paper DIR] [-baud N] [-number N] [-fault SCRIPT]
      makes a device of software until interrupted; its port is at PATH
  handrail device list [-json] [FOLDER ...]
      lists the serial ports, by the names to write into a configuration
  handrail device record -port PORT [-driver D] [-cards N] [-bytes] [-out FILE]
      reads cards and writes the traffic down; without -bytes only who sent how many
  handrail device read -port PORT [-driver D] [-identity NAME] [-delimiters D] [-codes C] [-reveal] [-json]
      waits for one card and says what was read; values only with -reveal
  handrail device print -port PORT [-profile P] [-driver D] [-identity NAME] [-baud N] [-json] FILE.yaml
      prints a document: lang, rtl, plain, id, copy, and blocks with kind, text, done, rows, qr, picture (a PNG file)
  handrail device print -port ipp://HOST/PATH [-json] FILE.pdf
      prints a PDF file on an office printer, and waits for its end
  handrail device encode [-profile P] FILE.yaml >FILE.bin
      writes the bytes that would be sent to a receipt printer
  handrail device view FILE.bin [-dots N] [-png OUT.png] [-text] [-json]
      shows what was sent to a receipt printer

How the devices of this terminal are: handrail doctor devices.

readers:  %s
drivers:  %s
cards:    %s
profiles: %s
faults of readers:  %s
faults of printers: %s
`

func deviceCommand(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	verbs := map[string]func(context.Context, *flag.FlagSet, []string, io.Writer) error{
		"emulate": deviceEmulate, "read": deviceRead, "print": devicePrint, "encode": deviceEncode, "view": deviceView,
		"list": deviceList, "record": deviceRecord,
	}
	usage := func(w io.Writer) {
		var cards []string
		for _, c := range emulator.Cards() {
			cards = append(cards, c.ID)
		}
		fmt.Fprintf(w, deviceUsage, strings.Join(emulator.ReaderKinds, ", "), strings.Join(card.Drivers(), ", "),
			strings.Join(cards, ", "), strings.Join(printer.Profiles(), ", "), emulator.FaultWords, emulator.PrinterFaultWords)
	}
	if len(args) == 0 {
		usage(stderr)
		return 2
	}
	if h := strings.TrimLeft(args[0], "-"); h == "help" || h == "h" {
		usage(stdout)
		return 0
	}
	verb, ok := verbs[args[0]]
	if !ok {
		fmt.Fprintf(stderr, "handrail device: there is no %q\n\n", args[0])
		usage(stderr)
		return 2
	}
	fs := flag.NewFlagSet("handrail device "+args[0], flag.ContinueOnError)
	fs.SetOutput(stderr)
	err := verb(ctx, fs, args[1:], stdout)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errDeviceUsage):
		fmt.Fprintln(stderr, "handrail device:", err)
		return 2
	}
	fmt.Fprintln(stderr, "handrail device:", err)
	return 1
}

var errDeviceUsage = errors.New("asked wrongly")

// deviceArgs parses flags before and after one name, which may be missing.
func deviceArgs(fs *flag.FlagSet, args []string) (name string, err error) {
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return "", err
		}
		return "", errDeviceUsage // the flag set has said why
	}
	if fs.NArg() == 0 {
		return "", nil
	}
	name = fs.Arg(0)
	if err := fs.Parse(fs.Args()[1:]); err != nil || fs.NArg() > 0 {
		return "", fmt.Errorf("%w: one name is enough", errDeviceUsage)
	}
	return name, nil
}

func deviceEmulate(ctx context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	link := fs.String("link", "", "symlink to make to the port")
	readerKind := fs.String("kind", emulator.ReaderKinds[0], "reader: "+strings.Join(emulator.ReaderKinds, ", "))
	faults := fs.String("fault", "", "what goes wrong, such as \"3 flip; 5 noise 4; 9 unplug 2s\", or at a printer \"line 5 cover 3s; line 9 power\"")
	baud := fs.Int("baud", 0, "speed of a printer's line; 0 is as fast as it comes")
	number := fs.String("number", "1", "serial number of a printer")
	cardName := fs.String("card", "", "card to put in: a name, or a YAML file")
	profile := fs.String("profile", "epson-tm", "printer model")
	paper := fs.String("paper", "", "folder for pictures and text of the paper")
	kind, err := deviceArgs(fs, args)
	if err != nil {
		return err
	}
	if slices.Contains(emulator.ReaderKinds, kind) {
		*readerKind, kind = kind, "reader"
	}
	switch kind {
	case "reader":
		r, err := emulateReader(*readerKind, *link, *faults)
		if err != nil {
			return err
		}
		defer r.Close()
		if *cardName != "" {
			c, err := findCard(*cardName)
			if err != nil {
				return err
			}
			r.Insert(c)
		}
		fmt.Fprintf(stdout, "card reader (%s, for the driver %s) at %s\n", *readerKind, driverFor[*readerKind], r.Path())
		<-ctx.Done()
		return nil
	case "printer":
		script, err := emulator.ParsePrinterFaults(*faults)
		if err != nil {
			return fmt.Errorf("%w: %w", errDeviceUsage, err)
		}
		p, err := emulator.NewPrinter(emulator.PrinterOptions{Link: *link, Profile: *profile, Baud: *baud, Number: *number, Faults: script})
		if err != nil {
			return err
		}
		defer p.Close()
		fmt.Fprintf(stdout, "printer (escpos, %s) at %s\n", *profile, p.Path())
		return keepPaper(ctx, p, *paper, stdout)
	}
	return fmt.Errorf("%w: emulate reader, or printer", errDeviceUsage)
}

func findCard(name string) (emulator.Card, error) {
	for _, c := range emulator.Cards() {
		if c.ID == name {
			return c, nil
		}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return emulator.Card{}, fmt.Errorf("card: %w", err)
	}
	return emulator.ParseCard(name, data)
}

// keepPaper writes every slip to a folder as it is cut, or its text to w.
func keepPaper(ctx context.Context, p *emulator.Printer, folder string, w io.Writer) error {
	seen := 0
	for {
		changed := p.Changed()
		for _, s := range p.Slips() {
			if s.Number <= seen {
				continue
			}
			seen = s.Number
			if folder == "" {
				fmt.Fprintf(w, "--- slip %d\n%s\n", s.Number, s.Text())
				continue
			}
			picture, err := s.PNG()
			if err != nil {
				return err
			}
			base := filepath.Join(folder, fmt.Sprintf("slip-%03d", s.Number))
			if err := os.WriteFile(base+".png", picture, 0o644); err != nil {
				return err
			}
			if err := os.WriteFile(base+".txt", []byte(s.Text()+"\n"), 0o644); err != nil {
				return err
			}
			fmt.Fprintln(w, base+".png")
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// deviceReport is what commands print with -json.
type deviceReport struct {
	OK      bool                `json:"ok"`
	Figures map[string]float64  `json:"figures"`
	Rows    []map[string]string `json:"rows"`
	Notes   []string            `json:"notes"`
}

func deviceRead(ctx context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	driver := fs.String("driver", "ccid-serial", "driver: "+strings.Join(card.Drivers(), ", "))
	path := fs.String("port", "", "serial device, or a symlink to it")
	config := readerFlags(fs)
	reveal := fs.Bool("reveal", false, "show what is on the card, not only that it could be read")
	asJSON := fs.Bool("json", false, "print one JSON object")
	wait := fs.Duration("wait", time.Minute, "how long to wait for a card")
	if _, err := deviceArgs(fs, args); err != nil {
		return err
	}
	config.Driver, config.Port = *driver, *path
	reader, err := card.Open(*config)
	if err != nil {
		return fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	ctx, cancel := context.WithTimeout(ctx, *wait)
	defer cancel()
	report := deviceReport{Figures: map[string]float64{}, Rows: []map[string]string{}, Notes: []string{}}
	began := time.Now()
	err = reader.Run(ctx, func(e peripherals.CardEvent) {
		if ctx.Err() != nil {
			return // it is over; what comes now is of no interest
		}
		report.Notes = append(report.Notes, e.State.Sentence())
		if !*asJSON {
			fmt.Fprintln(stdout, e.State.Sentence())
		}
		switch e.Kind {
		case peripherals.CardInserted:
			began = time.Now()
		case peripherals.CardRead:
			report.OK = true
			report.Figures["fields"] = float64(len(e.Fields))
			report.Figures["seconds"] = time.Since(began).Seconds()
			for _, f := range e.Fields {
				value := f.Value.String()
				if *reveal {
					value = f.Value.Reveal()
				}
				report.Rows = append(report.Rows, map[string]string{"field": f.Name, "value": value})
				if !*asJSON {
					fmt.Fprintf(stdout, "  %-14s %s\n", f.Name, value)
				}
			}
			peripherals.WipeFields(e.Fields)
			cancel()
		case peripherals.CardFailed:
			cancel()
		}
	})
	if err != nil {
		return err
	}
	if *asJSON {
		if err := json.NewEncoder(stdout).Encode(report); err != nil {
			return err
		}
	}
	if !report.OK {
		return errors.New("no card was read")
	}
	return nil
}

func deviceView(_ context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	dots := fs.Int("dots", 576, "printable width of the paper")
	out := fs.String("png", "", "picture to write; of several slips, the last has this name and the others a number")
	text := fs.Bool("text", false, "print the text")
	asJSON := fs.Bool("json", false, "print one JSON object: each slip with its text, codes, height, and what was odd")
	file, err := deviceArgs(fs, args)
	if err != nil {
		return err
	}
	if file == "" {
		return fmt.Errorf("%w: which file?", errDeviceUsage)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	slips, err := emulator.View(data, *dots)
	if err != nil {
		return err
	}
	report := deviceReport{OK: true, Figures: map[string]float64{"slips": float64(len(slips)), "bytes": float64(len(data))}, Rows: []map[string]string{}, Notes: []string{}}
	for i, s := range slips {
		report.Figures["real_time"] += float64(s.RealTime)
		report.Figures["odd"] += float64(len(s.Odd))
		report.Notes = append(report.Notes, s.Odd...)
		report.Rows = append(report.Rows, map[string]string{
			"slip": fmt.Sprint(s.Number), "text": s.Text(), "codes": strings.Join(s.Codes(), "\n"), "dots": fmt.Sprint(s.Height()), "cut": fmt.Sprint(s.Cut)})
		if !*asJSON && (*text || *out == "") {
			fmt.Fprintln(stdout, s.Text())
		}
		for _, odd := range s.Odd {
			if !*asJSON {
				fmt.Fprintln(stdout, "odd:", odd)
			}
		}
		if *out == "" {
			continue
		}
		picture, err := s.PNG()
		if err != nil {
			return err
		}
		name := *out
		if i < len(slips)-1 {
			name = strings.TrimSuffix(name, ".png") + fmt.Sprintf("-%d.png", s.Number)
		}
		if err := os.WriteFile(name, picture, 0o644); err != nil {
			return err
		}
	}
	if *asJSON {
		return json.NewEncoder(stdout).Encode(report)
	}
	return nil
}
