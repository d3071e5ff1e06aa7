// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"handrail/database"
	"handrail/helpdesk/hub/lab"
)

// One PostgreSQL server serves all tests of this package; each has a database of its own in it.
var shared struct {
	once sync.Once
	pg   *lab.Postgres
	err  error
	n    atomic.Int32
}

// ownDatabase makes a new, empty database and returns its address.
func ownDatabase(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	shared.once.Do(func() { shared.pg, shared.err = lab.StartPostgres(t.Context()) })
	if errors.Is(shared.err, lab.ErrMissing) {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	name := fmt.Sprintf("t%d", shared.n.Add(1))
	db, err := database.OpenPostgres(shared.pg.DSN())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return shared.pg.Database(name)
}

func closeShared() {
	if shared.pg != nil {
		shared.pg.Close()
	}
}

// servers starts n servers of NATS for one test.
func servers(t *testing.T, n int) *lab.NATS {
	t.Helper()
	if testing.Short() {
		t.Skip("starts NATS servers")
	}
	c, err := lab.StartNATS(n)
	if errors.Is(err, lab.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}
