// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"handrail/kiosk"
)

func TestHostsAreProposed(t *testing.T) {
	g := &kiosk.Guide{Service: kiosk.Service{Origin: "https://form.example", Hosts: []string{"cdn.example:443", "old.example:443"}},
		Pages: []kiosk.Page{{ID: "one"}, {ID: "pay", Hosts: []string{"bank.example:443"}}}}
	a := &asked{pages: map[string][]string{}}
	a.host("form.example:443")
	a.host("cdn.example:443")
	a.host("update.googleapis.com:443") // the browser's own
	a.arrived("one")
	a.host("map.example:443") // while page one counts
	a.arrived("two")
	a.arrived("pay")
	a.host("bank.example:443")
	a.host("form.example:443")
	a.arrived("end")
	a.host("thanks.example:443")
	want := []egressRow{
		{"thanks.example:443", "end", []string{"end"}, "proposed"},
		{"bank.example:443", "pay", []string{"pay", "end"}, "listed"},
		{"cdn.example:443", "service", []string{"one"}, "listed"},
		{"map.example:443", "service", []string{"one", "two"}, "proposed"},
		{"old.example:443", "service", nil, "unused"},
	}
	if diff := cmp.Diff(want, propose(listedHosts(g), a.pages, g.Service.Origin)); diff != "" {
		t.Error(diff)
	}
}
