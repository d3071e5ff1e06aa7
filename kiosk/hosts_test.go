// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"slices"
	"testing"
)

func TestHostsByPageAndStep(t *testing.T) {
	g := Guide{Service: Service{Hosts: []string{"cdn.example:443"}}, Pages: []Page{
		{ID: "one", Steps: []Step{{ID: "a"}, {ID: "b", Hosts: []string{"map.example:443"}}}},
		{ID: "two", Hosts: []string{"pay.example:443", "cdn.example:443"}, Steps: []Step{{ID: "c"}}},
	}}
	for _, c := range []struct {
		page, step int
		want       []string
	}{
		{-1, -1, []string{"cdn.example:443"}},
		{0, 0, []string{"cdn.example:443"}},
		{0, 1, []string{"cdn.example:443", "map.example:443"}},
		{1, 0, []string{"cdn.example:443", "pay.example:443"}},
		{1, -1, []string{"cdn.example:443", "pay.example:443"}},
	} {
		var page *Page
		var step *Step
		if c.page >= 0 {
			page = &g.Pages[c.page]
			if c.step >= 0 {
				step = &page.Steps[c.step]
			}
		}
		if got := g.HostsAt(page, step); !slices.Equal(got, c.want) {
			t.Errorf("page %d, step %d: %q, want %q", c.page, c.step, got, c.want)
		}
	}
	if got := g.AllHosts(); !slices.Equal(got, []string{"cdn.example:443", "map.example:443", "pay.example:443"}) {
		t.Errorf("all: %q", got)
	}
	if len(g.Service.Hosts) != 1 {
		t.Error("the guide itself was changed")
	}
}
