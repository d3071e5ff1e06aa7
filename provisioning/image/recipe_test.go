// SPDX-License-Identifier: Apache-2.0

package image

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// What each file is there for. A line that is lost opens what it closed.
var promises = map[string][]string{
	"etc/handrail/firewall.nft":                          {"meta skuid 61000-61999 goto browser", "reject with icmpx type admin-prohibited"},
	"etc/systemd/system/handrail-firewall.service":       {"ExecStart=/usr/sbin/nft -f /etc/handrail/firewall.nft", "Before=network-pre.target handrail.service"},
	"etc/systemd/system/handrail.service":                {"Requires=handrail-firewall.service", "After=handrail-firewall.service", "LimitCORE=0", "MemorySwapMax=0", "Restart=always", "StartLimitIntervalSec=0", "Type=notify", "WatchdogSec=60"},
	"etc/systemd/system/var-spool-cups.mount":            {"What=tmpfs", "Where=/var/spool/cups"},
	"etc/systemd/system/cups.service.d/90-handrail.conf": {"Requires=var-spool-cups.mount", "-c /etc/handrail/cupsd.conf"},
	"etc/handrail/cupsd.conf":                            {"PreserveJobFiles No", "PreserveJobHistory No", "Listen 127.0.0.1:631"},
	"etc/sysctl.d/90-handrail.conf":                      {"kernel.sysrq = 0", "kernel.core_pattern = |/bin/false", "fs.suid_dumpable = 0"},
	"etc/systemd/coredump.conf.d/90-handrail.conf":       {"Storage=none", "ProcessSizeMax=0"},
	"etc/systemd/logind.conf.d/90-handrail.conf":         {"NAutoVTs=0", "ReserveVT=0"},
	"etc/X11/xorg.conf.d/90-handrail.conf":               {`Option "DontVTSwitch" "true"`, `Option "DontZap" "true"`},
}

var links = map[string]string{
	"etc/systemd/system/display-manager.service":                           "/dev/null",
	"etc/systemd/system/getty@.service":                                    "/dev/null",
	"etc/systemd/system/autovt@.service":                                   "/dev/null",
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

// The service manager and the print server themselves find nothing wrong with what is written for them.
func TestRecipeIsUnderstood(t *testing.T) {
	root := t.TempDir()
	if err := Write(root); err != nil {
		t.Fatal(err)
	}
	judge := func(good func(said string) bool, name string, args ...string) {
		t.Helper()
		program, err := exec.LookPath(name)
		if err != nil {
			t.Logf("not judged: %v", err)
			return
		}
		if out, err := exec.Command(program, args...).CombinedOutput(); err != nil || !good(string(out)) {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	// The programs that they start need not be on this machine.
	units, verify := t.TempDir(), []string{"verify", "--man=no"}
	for _, name := range []string{"handrail-firewall.service", "handrail.service", "var-spool-cups.mount"} {
		data, err := os.ReadFile(filepath.Join(root, "etc/systemd/system", name))
		if err != nil {
			t.Fatal(err)
		}
		data = []byte(strings.NewReplacer("/usr/bin/handrail ", "/bin/true ", "/usr/sbin/nft ", "/bin/true ").Replace(string(data)))
		if err := os.WriteFile(filepath.Join(units, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
		verify = append(verify, filepath.Join(units, name))
	}
	judge(func(said string) bool { return !strings.Contains(said, units) }, "systemd-analyze", verify...)
	config := filepath.Join(root, "etc/handrail/cupsd.conf")
	// What it says before that is about filters that this machine lacks.
	judge(func(said string) bool {
		return strings.HasSuffix(said, fmt.Sprintf("%q is OK.\n", config)) && !strings.Contains(said, "Unknown")
	}, "cupsd", "-t", "-c", config, "-s", "/etc/cups/cups-files.conf")
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
