// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

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
	if err := yaml.UnmarshalWithOptions(data, &doc, yaml.Strict()); err != nil {
		return doc, fmt.Errorf("%s: %w", file, err)
	}
	return doc, nil
}

func devicePrint(ctx context.Context, fs *flag.FlagSet, args []string, stdout io.Writer) error {
	driver := fs.String("driver", "escpos", "driver: "+strings.Join(printer.Drivers(), ", "))
	path := fs.String("port", "", "serial device, a symlink to it, or the address of an office printer (ipp://...)")
	profile := fs.String("profile", "generic-80", "printer model")
	baud := fs.Int("baud", 0, "speed that the printer is set to; 0 is the model's")
	file, err := deviceArgs(fs, args)
	if err != nil {
		return err
	}
	if strings.HasPrefix(*path, "ipp://") || strings.HasPrefix(*path, "ipps://") {
		return printPDF(ctx, *path, file, stdout)
	}
	doc, err := readDocument(file)
	if err != nil {
		return err
	}
	p, err := printer.Open(peripherals.Config{Driver: *driver, Port: *path, Profile: *profile, Baud: *baud})
	if err != nil {
		return fmt.Errorf("%w: %w", errDeviceUsage, err)
	}
	defer p.Close()
	state, err := p.Print(ctx, doc)
	fmt.Fprintln(stdout, state.Sentence())
	return err
}

func printPDF(ctx context.Context, address, file string, stdout io.Writer) error {
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
