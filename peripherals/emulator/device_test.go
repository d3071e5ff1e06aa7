// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// dial opens a device's port as a plain file.
func dial(t *testing.T, link string) *os.File {
	t.Helper()
	f, err := os.OpenFile(link, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// expect reads exactly want.
func expect(t *testing.T, f *os.File, want string) {
	t.Helper()
	f.SetReadDeadline(time.Now().Add(10 * time.Second))
	got := make([]byte, 0, len(want))
	for len(got) < len(want) {
		b := make([]byte, len(want)-len(got))
		n, err := f.Read(b)
		if err != nil {
			t.Fatalf("%v after % x", err, got)
		}
		got = append(got, b[:n]...)
	}
	if string(got) != want {
		t.Fatalf("got % x, want % x", got, want)
	}
}

func TestReaderOnTheWire(t *testing.T) {
	link := filepath.Join(t.TempDir(), "r")
	r, err := NewReader(ReaderOptions{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f := dial(t, link)
	// The command is sent back, then the answer follows: no card (CCID 6.2.2).
	status := "\x03\x06\x65\x00\x00\x00\x00\x00\x01\x00\x00\x00\x61"
	f.WriteString(status)
	expect(t, f, status+"\x03\x06\x81\x00\x00\x00\x00\x00\x01\x02\x00\x00\x87")
	// A spoilt checksum is refused.
	f.WriteString(status[:12] + "\x00")
	expect(t, f, "\x03\x15\x16")
	r.Insert(Cards()[0])
	expect(t, f, "\x50\x03")
	if c, ok := r.Inserted(); !ok || c.ID != Cards()[0].ID {
		t.Errorf("%v, %v", c, ok)
	}
	r.Remove()
	expect(t, f, "\x50\x02")
	if _, ok := r.Inserted(); ok {
		t.Error("still in")
	}
}

func TestPrinterOnTheWire(t *testing.T) {
	link := filepath.Join(t.TempDir(), "p")
	p, err := NewPrinter(PrinterOptions{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	f := dial(t, link)
	f.WriteString("\x10\x04\x04")
	expect(t, f, "\x12")
	p.PaperOut(true)
	// In order: waits for paper. In real time: does not.
	f.WriteString("words\n\x1dr\x01\x10\x04\x04\x10\x04\x01")
	expect(t, f, "\x7e\x1a")
	p.PaperOut(false)
	expect(t, f, "\x00")
	if got := p.Current().Text(); got != "words" {
		t.Errorf("%q", got)
	}
	f.WriteString("\x1dv0\x00\x03\x00\x01\x00\x10\x04\x01\x1dr\x01")
	expect(t, f, "\x12\x00")
	if n := p.Current().RealTime; n != 1 {
		t.Errorf("%d real-time commands in data", n)
	}
}

func TestPlugs(t *testing.T) {
	link := filepath.Join(t.TempDir(), "p")
	p, err := NewPrinter(PrinterOptions{Link: link, Profile: "generic-58"})
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if !p.Sensors().Plugged || p.Path() == "" {
			t.Fatal("not plugged in")
		}
		f := dial(t, link)
		f.WriteString("half a line")
		p.Unplug()
		if _, err := os.Lstat(link); err == nil || p.Path() != "" {
			t.Fatal("the link is still there")
		}
		if n, err := f.Read(make([]byte, 1)); n > 0 || err == nil {
			t.Fatal("the line does not hang up")
		}
		if err := p.Plug(); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Plug(); err == nil {
		t.Error("plugged in twice")
	}
	p.Close()
	if err := p.Plug(); err == nil {
		t.Error("plugged in after its end")
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
}

func TestLinkReplacesNothingElse(t *testing.T) {
	link := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(link, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := NewReader(ReaderOptions{Link: link}); err == nil {
		r.Close()
		t.Error("a file was replaced")
	}
	if b, _ := os.ReadFile(link); !bytes.Equal(b, []byte("mine")) {
		t.Errorf("%q", b)
	}
}

func TestUnknownProfile(t *testing.T) {
	if _, err := NewPrinter(PrinterOptions{Profile: "laser"}); err == nil {
		t.Error("there is a laser")
	}
}
