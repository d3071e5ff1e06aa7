// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"handrail/agent/journal"
	"handrail/agent/store"
	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

const canaryWords = "Canary-Personal-88471"

// A paper that names somebody is on paper and nowhere else: not in the journal, and not in this process when it is done.
func TestPersonalPaperLeavesNothing(t *testing.T) {
	link, folder := filepath.Join(t.TempDir(), "printer"), t.TempDir()
	device, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link, Profile: "epson-tm"})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	s, err := store.Open(filepath.Join(folder, "terminal.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	p := newPapers(peripherals.Config{Driver: "escpos", Port: link, Profile: "epson-tm"}, s, func(string) string { return "KOPIE" })
	doc := func() peripherals.Document {
		d := leaflet(1)
		d.Blocks[1].Text = canaryWords
		d.Blocks = append(d.Blocks, peripherals.Block{Kind: peripherals.Text, Text: strings.Repeat("and some more of it\n", 300)})
		return d
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	unplug := func() {
		for ctx.Err() == nil {
			changed := device.Changed()
			if strings.Contains(device.Current().Text(), "some more") {
				device.Unplug()
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
			}
		}
	}
	go unplug()
	if got := p.personal(doc()); got.OK || got.State != string(peripherals.PrinterUncertain) || p.mine.paper == nil {
		t.Fatalf("%+v", got)
	}
	if err := device.Plug(); err != nil {
		t.Fatal(err)
	}
	// A printer that was plugged in just now may need a moment until it says how it is; then the citizen touches again.
	got := p.personal(doc())
	for !got.OK && got.State == string(peripherals.PrinterUnknown) && ctx.Err() == nil {
		got = p.personal(doc())
	}
	if !got.OK || p.mine.paper != nil {
		t.Fatalf("%+v", got)
	}
	slips := device.Slips()
	last := strings.Split(slips[len(slips)-1].Text(), "\n")
	if last[0] != "KOPIE 2" || last[1] != last[len(last)-1] || !strings.Contains(slips[len(slips)-1].Text(), canaryWords) {
		t.Errorf("the copy begins %q and ends %q", last[:2], last[len(last)-1])
	}
	if all, err := s.Papers(); err != nil || len(all) != 0 {
		t.Errorf("the journal has %+v, %v", all, err)
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*"))
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || strings.Contains(string(b), canaryWords) {
			t.Errorf("%s has it, %v", f, err)
		}
	}
}

// What is held for another try is erased when its time is over, and a different paper does not become a copy of it.
func TestPersonalPaperIsErasedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var m mine
		doc := leaflet(1)
		m.hold(journal.Paper{ID: "A", Document: doc}, keepPersonal)
		if _, ok := m.take(leaflet(2)); ok {
			t.Error("another paper is taken for it")
		}
		time.Sleep(keepPersonal - time.Second)
		held := func() bool {
			m.mu.Lock()
			defer m.mu.Unlock()
			return m.paper != nil
		}
		if !held() {
			t.Error("it was erased too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if held() || doc.Blocks[0].Text != "" {
			t.Error("it was not erased")
		}
		if _, ok := m.take(leaflet(1)); ok {
			t.Error("what was erased is there")
		}
	})
}
