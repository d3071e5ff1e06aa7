// SPDX-License-Identifier: Apache-2.0

package store

import (
	"path/filepath"
	"testing"
	"time"

	"handrail/peripherals"
)

func TestDevicesAreRemembered(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "terminal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.UnixMilli(1_800_000_000_000)
	for i, state := range []peripherals.State{peripherals.PrinterReady, peripherals.PrinterPaperOut, peripherals.PrinterReady, peripherals.PrinterReady} {
		if err := s.NoteDevice("printer", state, at.Add(time.Duration(i)*time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	all, err := s.Devices()
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	want := Device{"printer", peripherals.PrinterReady, at.Add(2 * time.Minute), peripherals.PrinterPaperOut, at.Add(time.Minute)}
	if got := all[0]; got.Name != want.Name || got.State != want.State || !got.Since.Equal(want.Since) || got.Fault != want.Fault || !got.FaultAt.Equal(want.FaultAt) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if s.NoteDevice("printer", "printer.on_fire", at) == nil || s.NoteDevice("", peripherals.PrinterReady, at) == nil {
		t.Error("what is no state of a device is taken down")
	}
}
