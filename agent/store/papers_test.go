// SPDX-License-Identifier: Apache-2.0

package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/agent/journal"
	"handrail/peripherals"
)

func paperOf(id string, kind journal.Kind) journal.Paper {
	return journal.Paper{ID: id, Kind: kind, Document: peripherals.Document{Lang: "en", Blocks: []peripherals.Block{{Kind: peripherals.Section, Text: "canary " + id}}}}
}

func TestPapersByKind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "terminal.db")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { s.Close() }()
	if err := s.AcceptPaper(paperOf("P", journal.Personal)); err == nil {
		t.Error("a personal paper is kept on disk")
	}
	for id, kind := range map[string]journal.Kind{"A": journal.Leaflet, "B": journal.Leaflet, "C": journal.Ticket, "D": journal.Leaflet} {
		if err := s.AcceptPaper(paperOf(id, kind)); err != nil {
			t.Fatal(err)
		}
	}
	mark := func(id string, generation int, state journal.State) error {
		return s.MarkPaper(journal.Mark{ID: id, Generation: generation, State: state})
	}
	for _, m := range []journal.Mark{{ID: "A", Generation: 1, State: journal.Sending}, {ID: "C", Generation: 1, State: journal.Sending},
		{ID: "D", Generation: 1, State: journal.Sending}, {ID: "D", Generation: 1, State: journal.Flushed}, {ID: "D", Generation: 1, State: journal.Confirmed}} {
		if err := s.MarkPaper(m); err != nil {
			t.Fatal(err)
		}
	}
	// What does not follow is refused: of another generation, after the end, out of order.
	for _, err := range []error{mark("A", 2, journal.Confirmed), mark("D", 1, journal.Uncertain), mark("B", 1, journal.Confirmed), mark("X", 1, journal.Sending)} {
		if !errors.Is(err, ErrStalePaper) {
			t.Errorf("%v", err)
		}
	}
	s.Close() // the terminal goes off
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	if err := s.BreakOff("off"); err != nil {
		t.Fatal(err)
	}
	left, err := s.Unfinished(time.Hour)
	if err != nil || len(left) != 2 {
		t.Fatalf("%+v, %v", left, err)
	}
	for _, p := range left {
		want := map[string]journal.State{"A": journal.Reprint, "B": journal.Accepted}[p.ID]
		if p.State != want || p.Document.Blocks[0].Text != "canary "+p.ID || p.Document.Blocks[0].Kind != peripherals.Section {
			t.Errorf("%+v", p)
		}
	}
	if left[0].ID == "A" && left[0].Copies() != 1 {
		t.Errorf("%+v", left[0])
	}
	void, err := s.Papers(journal.Abandoned)
	if err != nil || len(void) != 1 || void[0].ID != "C" || !strings.HasPrefix(void[0].Reason, "void") {
		t.Errorf("%+v, %v", void, err)
	}
	// Nobody waits for ever.
	if left, err = s.Unfinished(-time.Hour); err != nil || len(left) != 0 {
		t.Errorf("%+v, %v", left, err)
	}
	// Of papers that are over, the words are gone from the disk too.
	if _, err := s.db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || bytes.Contains(data, []byte("canary")) {
		t.Errorf("a paper's words are still on disk, %v", err)
	}
}
