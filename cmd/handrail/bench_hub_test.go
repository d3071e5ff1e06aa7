// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"handrail/helpdesk/hub/lab"
)

// The benches of the hub start this program again; a test's program is the test.
func init() {
	if os.Getenv(benchHubEnv) == "" || len(os.Args) < 2 || os.Args[1] != "bench" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := benchCommand(ctx, os.Args[2:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// Whatever breaks, nothing is lost and nothing is answered twice. `handrail bench faults` does the same a thousand times.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("starts PostgreSQL, NATS and hubs, and kills them")
	}
	pg, err := lab.StartPostgres(t.Context())
	if errors.Is(err, lab.ErrMissing) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	pg.Close()
	report := runFaults(t.Context(), faultKinds, 3, 7, t.Logf)
	if f := report.Figures; !report.OK || f["rounds"] != float64(3*len(faultKinds)) || f["lost"] != 0 || f["answered_twice"] != 0 {
		t.Errorf("%+v", report)
	}
}

// The counting itself: an answer given twice and a request nobody answers are seen.
func TestFaultsAreSeen(t *testing.T) {
	a, b := &faultVolunteer{took: map[string]bool{"x": true}, call: "x"}, &faultVolunteer{took: map[string]bool{"x": true}}
	w := &faultWorld{volunteers: []*faultVolunteer{a, b}}
	term := &faultTerminal{of: map[string]*faultAsk{"x": {}, "y": {}}}
	if !w.twice("x", term) {
		t.Error("two answered and nobody saw it")
	}
	term.of["x"].reoffered = true
	if w.twice("x", term) {
		t.Error("offered again because the first was lost: that is not twice")
	}
	b.call = "x"
	if !w.twice("x", term) {
		t.Error("two have it at once and nobody saw it")
	}
	if w.twice("y", term) || w.holder("y") != nil {
		t.Error("nobody answered y")
	}
}

func TestBenchHub(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hub and a nats-server")
	}
	var out, errs bytes.Buffer
	code := benchCommand(t.Context(), []string{"hub", "-connections", "250", "-requests", "20", "-json"}, &out, &errs)
	if code != 0 && strings.Contains(out.String(), lab.ErrMissing.Error()) {
		t.Skip("no nats-server on this machine")
	}
	var r hubReport
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || code != 0 || !r.OK {
		t.Fatalf("%d %v %s%s", code, err, out.String(), errs.String())
	}
	for _, name := range []string{"connections", "bytes_per_connection", "tls_bytes_per_connection", "p50_ms", "p99_ms", "p99_ratio", "peer_p99_ms", "disk_p99_ms"} {
		if r.Figures[name] <= 0 {
			t.Errorf("figure %s: %v", name, r.Figures[name])
		}
	}
	if len(r.Rows) != 2 || !slices.Contains([]string{"help-to-ring-p99"}, r.Rows[0].Name) {
		t.Errorf("rows: %+v", r.Rows)
	}
	for _, bad := range [][]string{{"hub", "-connections", "0"}, {"hub", "-requests", "1"}, {"faults", "-rounds", "0"}, {"faults", "fire"}} {
		if code := benchCommand(t.Context(), bad, &out, &errs); code != 2 {
			t.Errorf("%v: %d", bad, code)
		}
	}
}
