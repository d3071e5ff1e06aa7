// SPDX-License-Identifier: Apache-2.0

package server

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"handrail/database"
	"handrail/helpdesk/hub/lab"
)

// shared is the PostgreSQL server in which every office of a test has a database of its own; nil: they have files.
var shared *lab.Postgres

// Every test of the fleet is done twice: on files, and on PostgreSQL.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if code == 0 && !testing.Short() {
		var err error
		if shared, err = lab.StartPostgres(context.Background()); err == nil {
			fmt.Println("once more, on PostgreSQL")
			code = m.Run()
			shared.Close()
		} else if errors.Is(err, lab.ErrMissing) {
			fmt.Println("not done on PostgreSQL:", err)
		} else {
			fmt.Println(err)
			code = 1
		}
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Println(err)
			code = 1
		}
	}
	os.Exit(code)
}

var databases atomic.Int32

// newDatabase is the address of an empty database; empty: use a file.
func newDatabase(t *testing.T) string {
	t.Helper()
	if shared == nil {
		return ""
	}
	db, err := database.OpenPostgres(shared.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("fleet%d", databases.Add(1))
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return shared.Database(name)
}

// A hub with another CA does not get hold of an office's terminals, and one with the same does.
func TestAnotherOfficesDatabase(t *testing.T) {
	address := newDatabase(t)
	dir := t.TempDir()
	first, err := New(Options{Dir: dir, DB: address})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	other := t.TempDir()
	if address == "" { // a file that was carried over
		text, err := os.ReadFile(dir + "/fleet.db")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(other+"/fleet.db", text, 0o600); err != nil {
			t.Fatal(err)
		}
		if text, err = os.ReadFile(dir + "/fleet.db-wal"); err == nil {
			if err := os.WriteFile(other+"/fleet.db-wal", text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s, err := New(Options{Dir: other, DB: address}); !errors.Is(err, errOtherOffice) {
		t.Errorf("an office with another CA was opened: %v, %v", s, err)
	}
	for _, name := range []string{"/ca.pem", "/ca.key"} {
		text, err := os.ReadFile(dir + name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(other+name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second, err := New(Options{Dir: other, DB: address})
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
}
