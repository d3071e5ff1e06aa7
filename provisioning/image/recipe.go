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
// of ours starts, and without it nothing starts; no memory reaches a disk, neither as a core file nor as swap, and no printed page;
// the screen is the terminal's, and no key leads to another console, to the kernel, or ends the display; a terminal that ends or stands still
// is started again.
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
Description=Handrail: the terminal, with the machine's own screen (display: {server: xorg} in agent.yaml)
Requires=handrail-firewall.service
After=handrail-firewall.service network.target systemd-user-sessions.service
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=/usr/bin/handrail agent -config /etc/handrail/agent.yaml
Restart=always
RestartSec=100ms
TimeoutStartSec=180
TimeoutStopSec=15
WatchdogSec=60
WatchdogSignal=SIGKILL
LimitCORE=0
MemorySwapMax=0
UMask=0077

[Install]
WantedBy=multi-user.target
`),
		{Path: units + "multi-user.target.wants/handrail-firewall.service", Link: "../handrail-firewall.service"},
		{Path: units + "multi-user.target.wants/handrail.service", Link: "../handrail.service"},
		// The screen is the terminal's alone: no display manager, and no console that asks who is there.
		{Path: units + "display-manager.service", Link: "/dev/null"},
		{Path: units + "getty@.service", Link: "/dev/null"},
		{Path: units + "autovt@.service", Link: "/dev/null"},
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
		// What is printed for a person stays in memory until it is on paper, and is not kept after it.
		text(units+"var-spool-cups.mount", `[Unit]
Description=Handrail: the print server's spool lies in memory
Before=cups.service

[Mount]
What=tmpfs
Where=/var/spool/cups
Type=tmpfs
Options=size=256m,mode=0710,nosuid,nodev,noexec

[Install]
WantedBy=multi-user.target
`),
		text(units+"cups.service.d/90-handrail.conf", `[Unit]
Requires=var-spool-cups.mount
After=var-spool-cups.mount

[Service]
ExecStart=
ExecStart=/usr/sbin/cupsd -l -c /etc/handrail/cupsd.conf -s /etc/cups/cups-files.conf
`),
		text("etc/handrail/cupsd.conf", cupsd),
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

// cupsd is the configuration of the print server (cupsd.conf(5)): it keeps neither a printed page nor that there was one, and only this
// machine speaks with it.
const cupsd = `Listen 127.0.0.1:631
Listen /run/cups/cups.sock
Browsing No
WebInterface No
PreserveJobFiles No
PreserveJobHistory No
LogLevel warn
PageLogFormat
AccessLogLevel config
<Location />
  Order allow,deny
  Allow localhost
</Location>
<Location /admin>
  AuthType Default
  Require user @SYSTEM
  Order allow,deny
</Location>
`

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
