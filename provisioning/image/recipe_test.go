// SPDX-License-Identifier: Apache-2.0

package image

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What each file is there for. A line that is lost opens what it closed.
var promises = map[string][]string{
	"etc/handrail/firewall.nft":                    {"meta skuid 61000-61999 goto browser", "reject with icmpx type admin-prohibited"},
	"etc/systemd/system/handrail-firewall.service": {"ExecStart=/usr/sbin/nft -f /etc/handrail/firewall.nft", "Before=network-pre.target handrail.service"},
	"etc/systemd/system/handrail.service":          {"Requires=handrail-firewall.service", "After=handrail-firewall.service", "LimitCORE=0", "MemorySwapMax=0", "Restart=always"},
	"etc/sysctl.d/90-handrail.conf":                {"kernel.sysrq = 0", "kernel.core_pattern = |/bin/false", "fs.suid_dumpable = 0"},
	"etc/systemd/coredump.conf.d/90-handrail.conf": {"Storage=none", "ProcessSizeMax=0"},
	"etc/systemd/logind.conf.d/90-handrail.conf":   {"NAutoVTs=0", "ReserveVT=0"},
	"etc/X11/xorg.conf.d/90-handrail.conf":         {`Option "DontVTSwitch" "true"`, `Option "DontZap" "true"`},
}

var links = map[string]string{
	"etc/systemd/system/swap.target":                                       "/dev/null",
	"etc/systemd/system/ctrl-alt-del.target":                               "/dev/null",
	"etc/systemd/system/multi-user.target.wants/handrail.service":          "../handrail.service",
	"etc/systemd/system/multi-user.target.wants/handrail-firewall.service": "../handrail-firewall.service",
}

func TestRecipe(t *testing.T) {
	root := t.TempDir()
	for range 2 { // a second time changes nothing
		if err := Write(root); err != nil {
			t.Fatal(err)
		}
	}
	written := 0
	for path, lines := range promises {
		data, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			t.Error(err)
			continue
		}
		written++
		for _, line := range lines {
			if !strings.Contains(string(data), line) {
				t.Errorf("%s: %q is missing", path, line)
			}
		}
	}
	for path, to := range links {
		if got, err := os.Readlink(filepath.Join(root, path)); err != nil || got != to {
			t.Errorf("%s leads to %q: %v", path, got, err)
		}
		written++
	}
	if files, err := Recipe(); err != nil || len(files) != written {
		t.Errorf("%d files are not looked at by this test: %v", len(files)-written, err)
	}
}

// An image in which a folder of ours leads elsewhere is not followed to there.
func TestRecipeStaysInItsRoot(t *testing.T) {
	root, elsewhere := t.TempDir(), t.TempDir()
	if err := os.Symlink(elsewhere, filepath.Join(root, "etc")); err != nil {
		t.Fatal(err)
	}
	if err := Write(root); err == nil {
		t.Error("it was written through a link")
	}
	if entries, _ := os.ReadDir(elsewhere); len(entries) > 0 {
		t.Errorf("%d files are outside the root", len(entries))
	}
	if err := Write(filepath.Join(root, "not", "there")); err == nil {
		t.Error("a root that is not there was taken")
	}
}
