// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"errors"
	"strings"
	"testing"

	"handrail/kiosk/browser"
	"handrail/provisioning"
)

func TestSwapIsSeen(t *testing.T) {
	const head = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
	for swaps, want := range map[string]bool{
		head: true,
		head + "/dev/zram0                              partition\t8388604\t0\t100\n": true,
		head + "/dev/sda3                               partition\t8388604\t0\t-2\n":  false,
		head + "/dev/zram0  partition 1 0 100\n/swapfile file 2 0 -2\n":               false,
	} {
		on, why := judgeSwaps(swaps)
		if on != want || why == "" || !want && !strings.Contains(why, "swapoff") {
			t.Errorf("%q: %v, %s", swaps, on, why)
		}
	}
}

func TestFirewallIsSeen(t *testing.T) {
	if on, _ := judgeFirewall("", errors.New("no such table")); on {
		t.Error("no rules count as a firewall")
	}
	if on, why := judgeFirewall("table inet handrail {\n}\n", nil); on || !strings.Contains(why, "nft -f") {
		t.Errorf("an empty table counts as a firewall: %s", why)
	}
}

// What a worker cannot know is said once, by the agent.
func TestProtectionsAreSaidOnce(t *testing.T) {
	a := New(Options{})
	a.walls = []provisioning.Protection{{Name: "firewall", On: true}, {Name: "swap off"}}
	a.trial = provisioning.Protection{Name: "lockdown trial"}
	names := map[string]bool{}
	for _, p := range a.protections([]browser.Protection{{Name: "tmpfs", On: true}, {Name: "firewall"}}) {
		if _, again := names[p.Name]; again {
			t.Errorf("%s is said twice", p.Name)
		}
		names[p.Name] = p.On
	}
	if len(names) != 4 || !names["firewall"] || !names["tmpfs"] {
		t.Errorf("%v", names)
	}
}
