// SPDX-License-Identifier: Apache-2.0

package store

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"handrail/helpdesk"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func ids(t *testing.T, list func() ([]helpdesk.Kept, error)) []string {
	t.Helper()
	rows, err := list()
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, r := range rows {
		got = append(got, r.ID+"="+string(r.Body))
	}
	return got
}

func TestOutbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a folder?", "terminal.db")
	s := open(t, path)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	want := func(list func() ([]helpdesk.Kept, error), all ...string) {
		t.Helper()
		if diff := cmp.Diff(append([]string{}, all...), ids(t, list)); diff != "" {
			t.Error(diff)
		}
	}
	want(s.Pending)
	must(s.Put("a", []byte("ask")))
	must(s.Put("b", []byte("ask")))
	want(s.Pending, "a=ask", "b=ask")
	must(s.Confirm("a"))
	want(s.Pending, "b=ask")
	want(s.Kept, "a=ask", "b=ask")
	// Taking back replaces the request and has to be confirmed anew.
	must(s.Put("a", []byte("cancel")))
	want(s.Pending, "a=cancel", "b=ask")
	must(s.Drop("b"))
	must(s.Drop("b"))
	must(s.Confirm("none"))
	// All of it survives.
	must(s.Close())
	s = open(t, path)
	want(s.Pending, "a=cancel")
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2"} {
		var got string
		if err := s.db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
			t.Errorf("%s is %q, %v", pragma, got, err)
		}
	}
}

func TestCounts(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "terminal.db"))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 25 {
				if err := s.Count("sessions.finished"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for _, name := range []string{"", "Amal Khoury", "a b", "1990-01-01", "a\n"} {
		if s.Count(name) == nil {
			t.Errorf("%q was counted", name)
		}
	}
	got, err := s.Counts()
	if diff := cmp.Diff(map[string]int{"sessions.finished": 100}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

// A database of a newer program is not touched.
func TestNewer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "terminal.db")
	s := open(t, path)
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(path); err == nil {
		t.Error("opened")
	}
}
