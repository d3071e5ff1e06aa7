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
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/peripherals"
	"handrail/peripherals/printer"
)

// readDocument reads a document to print.
func readDocument(file string) (doc peripherals.Document, err error) {
	if file == "" {
		return doc, fmt.Errorf("%w: which document?", errDeviceUsage)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return doc, err
	}
	// A picture is the name of a file beside the document.
	picture := yaml.CustomUnmarshaler(func(p *peripherals.PNG, text []byte) error {
		var name string
		if err := yaml.Unmarshal(text, &name); err != nil {
			return err
		}
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(file), name)
		}
		*p, err = os.ReadFile(name)
		return err
	})
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict(), picture); err != nil {
		return doc, fmt.Errorf("%s: %w", file, err)
	}
	return doc, nil
}

func devicePrint(ctx context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	driver := fs.String("driver", "escpos", "driver: "+strings.Join(printer.Drivers(), ", "))
	path := fs.String("port", "", "serial device, a symlink to it, or the address of an office printer (ipp://...)")
	profile := fs.String("profile", "generic-80", "printer model")
	baud := fs.Int("baud", 0, "speed that the printer is set to; 0 is the model's")
	identity := fs.String("identity", "", "how the printer must name itself, or the start of that")
	asJSON := fs.Bool("json", false, "print one JSON object")
	file, err := deviceArgs(fs, args)
	if err != nil {
		return err
	}
	if strings.HasPrefix(*path, "ipp://") || strings.HasPrefix(*path, "ipps://") {
		return printPDF(ctx, *path, file, *asJSON, stdout)
	}
	doc, err := readDocument(file)
	if err != nil {
		return err
	}
	p, err := printer.Open(peripherals.Config{Driver: *driver, Port: *path, Profile: *profile, Baud: *baud, Identity: *identity})
	if err != nil {
		return fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	defer p.Close()
	began := time.Now()
	state, err := p.Print(ctx, doc)
	if !*asJSON {
		fmt.Fprintln(stdout, state.Sentence())
		return err
	}
	return errors.Join(err, sayPrinted(stdout, state, err, map[string]float64{"seconds": time.Since(began).Seconds()}))
}

// sayPrinted writes what became of a print as JSON.
func sayPrinted(w io.Writer, state peripherals.State, err error, figures map[string]float64) error {
	report := deviceReport{OK: err == nil, Figures: figures, Rows: []map[string]string{{"state": string(state)}}, Notes: []string{state.Sentence()}}
	if do := state.Advice(); do != "" {
		report.Notes = append(report.Notes, do)
	}
	return json.NewEncoder(w).Encode(report)
}

func printPDF(ctx context.Context, address, file string, asJSON bool, stdout io.Writer) error {
	if file == "" {
		return fmt.Errorf("%w: which PDF file?", errDeviceUsage)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	p, err := printer.OpenIPP(address)
	if err != nil {
		return fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	job, err := p.PrintPDF(ctx, data)
	if asJSON {
		return errors.Join(err, sayPrinted(stdout, job.State, err, map[string]float64{"job": float64(job.ID), "pages": float64(job.Pages)}))
	}
	fmt.Fprintln(stdout, job.State.Sentence())
	if job.Pages > 0 {
		fmt.Fprintf(stdout, "%d pages\n", job.Pages)
	}
	return err
}

func deviceEncode(_ context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	profile := fs.String("profile", "generic-80", "printer model")
	file, err := deviceArgs(fs, args)
	if err != nil {
		return err
	}
	doc, err := readDocument(file)
	if err != nil {
		return err
	}
	made, err := printer.Encode(*profile, doc)
	if err != nil {
		return err
	}
	_, err = stdout.Write(made)
	return err
}
