// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/helpdesk/hub/lab"
	"handrail/provisioning"
	"handrail/provisioning/server"
)

// Two hubs as on two machines: a database, the office's CA in the folder of each, and nothing else in common. A terminal that was
// enrolled at one comes in at the other, is seen at the first, and is put out when the first revokes it.
func TestHubsOnTwoMachines(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a PostgreSQL server")
	}
	pg, err := lab.StartPostgres(t.Context())
	if errors.Is(err, lab.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pg.Close)
	here, there := t.TempDir(), t.TempDir()
	first := inProcess(t, here, "-db", pg.DSN())
	for _, name := range []string{"ca.pem", "ca.key"} {
		text, err := os.ReadFile(filepath.Join(here, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(there, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	second := inProcess(t, there, "-db", pg.DSN())
	if first.CAFingerprint != second.CAFingerprint {
		t.Fatalf("two offices: %v, %v", first, second)
	}

	fleet, err := server.New(server.Options{Dir: here, DB: pg.DSN()})
	if err != nil {
		t.Fatal(err)
	}
	defer fleet.Close()
	code, err := fleet.Code("Terminal 1", "Library", true, "test")
	if err != nil {
		t.Fatal(err)
	}
	id, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: t.TempDir(), Hub: first.Terminals, Code: code.Code})
	if err != nil {
		t.Fatal(err)
	}
	id.Hub = second.Terminals
	link := runLink(t, helpdesk.LinkOptions{URL: id.SocketURL(), TLS: id.TLS()})
	eventually(t, "it comes in at the second hub", link.Connected)
	health, err := json.Marshal(provisioning.Health{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Send(&helpdesk.HealthReport{Health: health}); err != nil {
		t.Fatal(err)
	}
	admin := signInOf(t, here, pg.DSN(), first, hub.Person{Name: "Nadia", Role: hub.Admin})
	eventually(t, "the first hub's console shows it working", func() bool {
		_, body := ask(t, "GET", first.People+"/api/admin/overview", admin, "")
		var o server.Overview
		return json.Unmarshal([]byte(body), &o) == nil && len(o.Terminals) == 1 && o.Terminals[0].State == "works" && o.Terminals[0].Connected
	})
	if status, body := ask(t, "POST", first.People+"/api/admin/terminals/"+id.ID+"/revoke", admin, "", "Origin", first.People); status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", status, body)
	}
	// No doorbell rings at the second hub: it learns it from the database, at the latest with the next report.
	eventually(t, "it is put out", func() bool {
		_ = link.Send(&helpdesk.HealthReport{Health: health})
		return !link.Connected()
	})
}
