// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"handrail/kiosk/browser"
	"handrail/provisioning"
	"handrail/provisioning/image"
)

// walls are the protections that the machine gives, and no worker sees: the firewall, which a service of the image loads, and memory that
// is never written to a disk. Both are only looked at; an agent changes nothing on its machine.
func walls(ctx context.Context) []provisioning.Protection {
	return []provisioning.Protection{firewallUp(ctx), swapOff()}
}

// firewallUp asks nftables for our rules (package image).
func firewallUp(ctx context.Context) provisioning.Protection {
	p := provisioning.Protection{Name: "firewall"}
	if os.Geteuid() != 0 {
		p.Why = "only root can see whether the rules are loaded"
		return p
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "nft", "list", "table", "inet", image.FirewallTable).Output()
	p.On, p.Why = judgeFirewall(string(out), err)
	return p
}

func judgeFirewall(listed string, err error) (on bool, why string) {
	switch {
	case err != nil:
		return false, "no firewall rules are set; the image's service handrail-firewall loads them, and a trial run changes nothing on this machine"
	case !image.FirewallHolds(listed):
		return false, "the firewall's rules are not the ones that this program writes; load them with: handrail image firewall | nft -f -"
	}
	return true, "browsers reach the egress proxy and nothing else, by their unix users"
}

// swapOff reads which disks the kernel may write memory to (proc_swaps(5)). Compressed memory (zram) is memory.
func swapOff() provisioning.Protection {
	data, err := os.ReadFile("/proc/swaps")
	p := provisioning.Protection{Name: "swap off"}
	if err != nil {
		p.Why = "this machine does not say whether it swaps"
		return p
	}
	p.On, p.Why = judgeSwaps(string(data))
	return p
}

func judgeSwaps(swaps string) (on bool, why string) {
	var disks []string
	for i, line := range strings.Split(swaps, "\n") {
		if fields := strings.Fields(line); i > 0 && len(fields) > 0 && !strings.HasPrefix(fields[0], "/dev/zram") {
			disks = append(disks, fields[0])
		}
	}
	if len(disks) > 0 {
		return false, fmt.Sprintf("memory can be written to %s, where it outlives a session; switch it off with: swapoff -a", strings.Join(disks, ", "))
	}
	return true, "memory is never written to a disk"
}

// protections are what a worker says of its browser's walls, and the machine's own in place of what it cannot know.
func (a *Agent) protections(of []browser.Protection) []browser.Protection {
	out := slices.DeleteFunc(slices.Clone(of), func(p browser.Protection) bool {
		return slices.ContainsFunc(a.walls, func(w provisioning.Protection) bool { return w.Name == p.Name })
	})
	for _, w := range a.walls {
		out = append(out, browser.Protection(w))
	}
	return append(out, browser.Protection(a.trial))
}
