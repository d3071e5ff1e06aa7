// SPDX-License-Identifier: Apache-2.0

package store

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/agent/journal"
)

// The machine's clock jumps, as one without a battery does: what is kept for the hub and what is to be printed stay in the order in which
// they came, and nothing of them is lost.
func TestClockJumps(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.db")
	s := open(t, path)
	clock := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	s.now = func() time.Time { return clock }
	const day = 24 * time.Hour
	var want []string
	for i, jump := range []time.Duration{0, -day, 2 * day, -3 * day, 400 * day, -20000 * day} {
		clock = clock.Add(jump)
		id := string(rune('z' - i)) // neither is it the order of the names
		if err := s.Put(id, []byte("body")); err != nil {
			t.Fatal(err)
		}
		if err := s.AcceptPaper(journal.Paper{ID: id, Kind: journal.Leaflet}); err != nil {
			t.Fatal(err)
		}
		want = append(want, id+"=body")
	}
	check := func() {
		t.Helper()
		if diff := cmp.Diff(want, ids(t, s.Pending)); diff != "" {
			t.Errorf("pending (-want +got):\n%s", diff)
		}
		papers, err := s.Papers(journal.Accepted)
		if err != nil || len(papers) != len(want) {
			t.Fatalf("%d papers: %v", len(papers), err)
		}
		for i, p := range papers {
			if p.ID+"=body" != want[i] {
				t.Errorf("paper %d is %s, want %s", i, p.ID, want[i])
			}
		}
	}
	check()
	if err := s.Confirm("y"); err != nil {
		t.Fatal(err)
	}
	want = append(want[:1:1], want[2:]...)
	if diff := cmp.Diff(want, ids(t, s.Pending)); diff != "" {
		t.Errorf("after one was confirmed (-want +got):\n%s", diff)
	}
	// Written again it keeps its place.
	if err := s.Put("z", []byte("other")); err != nil {
		t.Fatal(err)
	}
	want[0] = "z=other"
	if diff := cmp.Diff(want, ids(t, s.Pending)); diff != "" {
		t.Errorf("after one was written again (-want +got):\n%s", diff)
	}
}
