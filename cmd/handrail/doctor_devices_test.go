// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"handrail/agent/store"
	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

// doctorSays runs "doctor devices" on a configuration.
func doctorSays(t *testing.T, config string, folder string) (deviceReport, int) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := doctorCommand(t.Context(), []string{"devices", "-json", "-config", config, folder}, &stdout, &stderr)
	var report deviceReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("status %d, %v: %s%s", status, err, stdout.String(), stderr.String())
	}
	if report.OK != (status == 0) {
		t.Errorf("status %d and ok %v", status, report.OK)
	}
	return report, status
}

func TestDoctorDevices(t *testing.T) {
	dir, ports := t.TempDir(), t.TempDir()
	readerLink, printerLink := filepath.Join(ports, "usb-reader"), filepath.Join(ports, "usb-printer")
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: printerLink, Profile: "epson-tm", Number: "42"})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	reader, err := emulator.NewReader(emulator.ReaderOptions{Link: readerLink})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	spare, err := emulator.NewReader(emulator.ReaderOptions{Link: filepath.Join(ports, "usb-spare"), Kind: "barcode"})
	if err != nil {
		t.Fatal(err)
	}
	defer spare.Close()
	config := filepath.Join(dir, "agent.yaml")
	text := fmt.Sprintf("office: Linden\nlanguages: [en]\nservices: [{guide: defra-forms}]\ndevices:\n  reader: {driver: ccid-serial, port: %s}\n  printer: {driver: escpos, profile: epson-tm, port: %s, identity: HANDRAIL-TM}\n", readerLink, printerLink)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(filepath.Join(dir, "terminal.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []peripherals.State{peripherals.PrinterPaperOut, peripherals.PrinterReady} {
		if err := s.NoteDevice("printer", state, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	row := func(r deviceReport, name string) map[string]string {
		at := slices.IndexFunc(r.Rows, func(row map[string]string) bool { return row["device"] == name })
		if at < 0 {
			t.Fatalf("nothing about %s: %+v", name, r.Rows)
		}
		return r.Rows[at]
	}
	r, _ := doctorSays(t, config, ports)
	if p := row(r, "printer"); !r.OK || p["state"] != "printer.ready" || p["identity"] != "HANDRAIL-TM 42" || p["leads_to"] != device.Path() || !strings.Contains(p["last_fault"], "no paper") || p["do"] != "" {
		t.Errorf("ok %v, printer %v", r.OK, p)
	}
	if c := row(r, "reader"); c["state"] != "reader.ready" || !strings.HasPrefix(c["identity"], "Gem") || c["driver"] != "ccid-serial" {
		t.Errorf("reader %v", c)
	}
	if other := row(r, ""); r.Figures["spare_ports"] != 1 || !strings.HasSuffix(other["port"], "usb-spare") {
		t.Errorf("spare %v", other)
	}
	// Another program holds the printer's port; the reader's cable is out.
	line, err := port.Open(port.Options{Path: printerLink})
	if err != nil {
		t.Fatal(err)
	}
	reader.Unplug()
	r, status := doctorSays(t, config, ports)
	if p := row(r, "printer"); p["state"] != "printer.ready" || !strings.Contains(p["says"], "In use") {
		t.Errorf("printer %v", p)
	}
	if c := row(r, "reader"); status != 1 || c["state"] != "reader.absent" || c["do"] == "" {
		t.Errorf("status %d, reader %v", status, c)
	}
	line.Close()
	device.PaperOut(true)
	if r, _ = doctorSays(t, config, ports); row(r, "printer")["do"] != peripherals.PrinterPaperOut.Advice() {
		t.Errorf("printer %v", row(r, "printer"))
	}
	// For people, and without a configuration.
	var stdout, stderr bytes.Buffer
	if status := doctorCommand(t.Context(), []string{"devices", "-config", config, ports}, &stdout, &stderr); status != 1 || !strings.Contains(stdout.String(), "Put in a new roll.") {
		t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
	}
	if r, status := doctorSays(t, filepath.Join(dir, "none.yaml"), ports); status != 1 || r.Figures["spare_ports"] != 2 {
		t.Errorf("status %d: %+v", status, r)
	}
}

func TestDevicePrintJSONAndView(t *testing.T) {
	link := emulate(t, "printer", "-fault", "line 1 cover 200ms", "-paper", t.TempDir())
	dir := t.TempDir()
	doc := filepath.Join(dir, "doc.yaml")
	if err := os.WriteFile(doc, []byte("lang: en\nplain: true\nblocks: [{kind: section, text: Linden}, {kind: text, text: a line}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	status := deviceCommand(t.Context(), []string{"print", "-port", link, "-profile", "epson-tm", "-identity", "HANDRAIL-TM", "-json", doc}, &stdout, &stderr)
	var report deviceReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || status != 0 || !report.OK || report.Rows[0]["state"] != "printer.ready" {
		t.Errorf("status %d, %v: %s%s", status, err, stdout.String(), stderr.String())
	}
	stdout.Reset()
	if status := deviceCommand(t.Context(), []string{"print", "-port", link, "-profile", "epson-tm", "-identity", "Somebody", doc}, &stdout, &stderr); status != 1 || !strings.Contains(stdout.String(), "Another printer") {
		t.Errorf("status %d: %s", status, stdout.String())
	}
	stdout.Reset()
	if status := deviceCommand(t.Context(), []string{"encode", "-profile", "epson-tm", doc}, &stdout, &stderr); status != 0 {
		t.Fatalf("status %d: %s", status, stderr.String())
	}
	bin := filepath.Join(dir, "doc.bin")
	if err := os.WriteFile(bin, stdout.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	stdout.Reset()
	status = deviceCommand(t.Context(), []string{"view", bin, "-json", "-png", filepath.Join(dir, "doc.png")}, &stdout, &stderr)
	report = deviceReport{}
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil || status != 0 || report.Rows[0]["text"] != "Linden\na line" || report.Figures["real_time"] != 0 {
		t.Errorf("status %d, %v: %s%s", status, err, stdout.String(), stderr.String())
	}
	if _, err := os.Stat(filepath.Join(dir, "doc.png")); err != nil {
		t.Error(err)
	}
}

func TestDeviceReadFlags(t *testing.T) {
	link := emulate(t, "gempc-twin", "-card", "amina")
	var stdout, stderr bytes.Buffer
	if status := deviceCommand(t.Context(), []string{"read", "-port", link, "-identity", "Another", "-wait", "2s"}, &stdout, &stderr); status != 1 || !strings.Contains(stdout.String(), peripherals.ReaderOther.Sentence()) {
		t.Errorf("status %d: %s%s", status, stdout.String(), stderr.String())
	}
	if status := deviceCommand(t.Context(), []string{"read", "-port", link, "-driver", "barcode-line", "-codes", "nonsense"}, &stdout, &stderr); status != 2 {
		t.Errorf("status %d", status)
	}
	if status := deviceCommand(t.Context(), []string{"read", "-port", link, "-driver", "mrz-line", "-delimiters", "BELL,WHISTLE"}, &stdout, &stderr); status != 2 {
		t.Errorf("status %d", status)
	}
	for _, verb := range []string{"emulate", "list", "read", "print", "encode", "view", "record"} {
		stderr.Reset()
		if status := deviceCommand(t.Context(), []string{verb, "-help"}, &stdout, &stderr); status != 0 || !strings.Contains(stderr.String(), "-") {
			t.Errorf("%s -help: status %d: %s", verb, status, stderr.String())
		}
	}
}
