// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/peripherals/emulator"
)

// paperLimit is how long a paper may take.
const paperLimit = time.Minute

// startOffice gives the terminal an office's printer for whole pages: a print server of CUPS of its own, where there can be one.
func (r *wiping) startOffice() error {
	if err := emulator.NoOffice(); err != nil {
		r.report.Notes = append(r.report.Notes, "No page was printed on an office's printer, and no spool searched: "+err.Error()+".")
		return nil
	}
	var err error
	if r.office, err = emulator.StartOffice(""); err != nil {
		return err
	}
	r.o.config = fmt.Sprintf("  a4: {driver: ipp, port: %q}\n", r.office.Address()) + r.o.config
	return nil
}

// printLetter has the site's letter printed. While the printer holds it, it must be found in the print server's spool; once it is out, the search
// finds it in the session alone.
func (r *wiping) printLetter(page *told) error {
	if r.office == nil {
		return r.lookAtLetter(page)
	}
	if err := r.office.Hold(true); err != nil {
		return err
	}
	if err := r.lookAtLetter(page); err != nil {
		return err
	}
	if err := r.press("print-yes"); err != nil {
		return err
	}
	for deadline := time.Now().Add(paperLimit); ; time.Sleep(25 * time.Millisecond) {
		if spooled(r.office, canary(r.seed, "sheet")) {
			r.report.Figures["spooled_during"]++
			break
		}
		if time.Now().After(deadline) {
			return errors.New("the letter is not in the print server's spool")
		}
	}
	if err := r.office.Hold(false); err != nil {
		return err
	}
	if _, err := r.await("the letter to be printed", func(l session.Look) bool { return l.Screen == "sheets" && l.Sheets == "out/1" }); err != nil {
		return err
	}
	r.report.Figures["printed"]++
	return r.takeLetter()
}

// lookAtLetter has the page give its letter, which is then seen.
func (r *wiping) lookAtLetter(page *told) error {
	at := page.Boxes["sheet"]
	if err := r.hand.do(gesture{Click: &at}); err != nil {
		return err
	}
	_, err := r.await("the letter", func(l session.Look) bool {
		return l.Screen == "sheets" && l.Keys["print-no"].W > 0 && !strings.HasPrefix(l.Sheets, kiosk.SheetsMaking)
	})
	return err
}

// takeLetter takes the paper out of the tray: it is the person's, and goes with them.
func (r *wiping) takeLetter() error {
	for deadline := time.Now().Add(paperLimit); ; time.Sleep(25 * time.Millisecond) {
		paper, err := r.office.Take()
		switch {
		case err != nil:
			return err
		case bytes.Contains(paper, []byte(canary(r.seed, "sheet"))):
			return nil
		case paper != nil:
			return errors.New("another letter lies in the tray")
		case time.Now().After(deadline):
			return errors.New("no letter lies in the tray")
		}
	}
}

// spooled tells whether a value is in a file of the print server's jobs.
func spooled(o *emulator.Office, value string) bool {
	jobs, err := o.Jobs()
	if err != nil {
		return false
	}
	for _, job := range jobs {
		if data, err := os.ReadFile(filepath.Clean(job)); err == nil && bytes.Contains(data, []byte(value)) {
			return true
		}
	}
	return false
}

// emptySpool waits until a print server keeps no file and no record of a job.
func emptySpool(o *emulator.Office) error {
	for deadline := time.Now().Add(paperLimit); ; time.Sleep(50 * time.Millisecond) {
		left, err := o.Jobs()
		if err != nil || len(left) == 0 {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the print server keeps %q", left)
		}
	}
}
