// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// File is one file of a terminal's image; with Link it is a symbolic link.
type File struct {
	Path string // from the root of the image
	Data []byte
	Link string
}

// Recipe are the files that make a Debian machine with the program at /usr/bin/handrail a terminal: the firewall is loaded before anything
// of ours starts, and without it nothing starts; no memory reaches a disk, neither as a core file nor as swap; no key leads to another
// console, to the kernel, or ends the display.
func Recipe() ([]File, error) {
	rules, err := Firewall(FirewallOptions{})
	if err != nil {
		return nil, err
	}
	const units = "etc/systemd/system/"
	text := func(path, data string) File { return File{Path: path, Data: []byte(data)} }
	return []File{
		{Path: "etc/handrail/firewall.nft", Data: rules},
		text(units+"handrail-firewall.service", `[Unit]
Description=Handrail: browsers reach the egress proxy and nothing else
DefaultDependencies=no
Before=network-pre.target handrail.service
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f /etc/handrail/firewall.nft
ExecReload=/usr/sbin/nft -f /etc/handrail/firewall.nft

[Install]
WantedBy=multi-user.target
`),
		text(units+"handrail.service", `[Unit]
Description=Handrail: the terminal
Requires=handrail-firewall.service
After=handrail-firewall.service network.target

[Service]
ExecStart=/usr/bin/handrail agent -config /etc/handrail/agent.yaml
Restart=always
RestartSec=1
LimitCORE=0
MemorySwapMax=0
UMask=0077

[Install]
WantedBy=multi-user.target
`),
		{Path: units + "multi-user.target.wants/handrail-firewall.service", Link: "../handrail-firewall.service"},
		{Path: units + "multi-user.target.wants/handrail.service", Link: "../handrail.service"},
		{Path: units + "swap.target", Link: "/dev/null"},
		{Path: units + "ctrl-alt-del.target", Link: "/dev/null"},
		text("etc/sysctl.d/90-handrail.conf", `# No key speaks with the kernel.
kernel.sysrq = 0
# No core files, of nobody.
kernel.core_pattern = |/bin/false
fs.suid_dumpable = 0
# Nobody but root looks into another's memory.
kernel.yama.ptrace_scope = 2
`),
		text("etc/systemd/coredump.conf.d/90-handrail.conf", "[Coredump]\nStorage=none\nProcessSizeMax=0\n"),
		text("etc/systemd/logind.conf.d/90-handrail.conf", "# No console besides the terminal's own.\n[Login]\nNAutoVTs=0\nReserveVT=0\n"),
		text("etc/X11/xorg.conf.d/90-handrail.conf", `Section "ServerFlags"
	Option "DontVTSwitch" "true"
	Option "DontZap" "true"
	Option "AllowMouseOpenFail" "true"
	Option "BlankTime" "0"
	Option "StandbyTime" "0"
	Option "SuspendTime" "0"
	Option "OffTime" "0"
EndSection
`),
	}, nil
}

// Write puts the recipe's files into the root of an image, or of this machine. What is there already under a name of ours is replaced;
// nothing is followed out of the root.
func Write(root string) error {
	files, err := Recipe()
	if err != nil {
		return err
	}
	r, err := os.OpenRoot(root)
	if err != nil {
		return fmt.Errorf("image: %w", err)
	}
	defer r.Close()
	for _, f := range files {
		if err := r.MkdirAll(filepath.Dir(f.Path), 0o755); err != nil {
			return fmt.Errorf("image: %w", err)
		}
		if err := r.Remove(f.Path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("image: %w", err)
		}
		if f.Link != "" {
			err = r.Symlink(f.Link, f.Path)
		} else {
			err = r.WriteFile(f.Path, f.Data, 0o644)
		}
		if err != nil {
			return fmt.Errorf("image: %w", err)
		}
	}
	return nil
}

// FirewallHolds tells whether what "nft list table" prints of our table are the rules of [Firewall].
func FirewallHolds(listed string) bool {
	have := strings.Join(strings.Fields(listed), " ")
	for _, rule := range []string{
		"type filter hook output priority filter; policy accept;",
		fmt.Sprintf("meta skuid %d-%d goto browser", FirstUser, LastUser),
		fmt.Sprintf("ip saddr 127.0.0.1 ip daddr 127.0.0.1 tcp dport %d-%d accept", FirstProxyPort, LastProxyPort),
		"reject with icmpx admin-prohibited",
	} {
		if !strings.Contains(have, rule) {
			return false
		}
	}
	return true
}
