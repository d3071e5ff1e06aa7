// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Confinement says how a browser process is to be shut in. All that is possible
// on this machine is done; Cell.Protections says what was.
type Confinement struct {
	// UID and GID run the browser as another unix user, which needs no entry in
	// any file; 0 keeps the user of this process. See FreeUID.
	UID, GID int
	// Display and Authority are the X display, such as ":7", and the file with
	// its cookie. The browser gets a copy of the cookie that only it can read.
	Display, Authority string
	// Policy is the managed policy (JSON) that this browser alone sees.
	Policy []byte
	// Proxy is the address (host:port) of the egress proxy. Where the browser can
	// have a network of its own, the proxy is all that it contains. Empty leaves
	// network and flags as they are.
	Proxy string
	// Hide lists folders that must look empty to the browser, such as the one
	// with the agent's state.
	Hide []string
	// Env is added to the browser's environment, which is otherwise built from
	// nothing.
	Env []string
	// Launcher is the command that calls EnterConfinement; nil means this same
	// program with the argument LauncherCommand.
	Launcher []string
}

// LauncherCommand is the first argument by which our program is started as the
// launcher of a confined browser.
const LauncherCommand = "confine-browser"

// launchedEnv marks the environment of a launcher, so that a program that was
// started as one and does not know it cannot start launchers in turn.
const launchedEnv = "HANDRAIL_CONFINED"

const (
	// memoryLimit is how much of the machine's memory each of the browser's folders for temporary files may take: a page that stores without
	// end fills its own session and nothing else.
	memoryLimit = "512m"
	// cellHome is $HOME in a private mount namespace, on the tmpfs over /tmp.
	cellHome = "/tmp/citizen"
	// cellProxy is where the proxy is in a private network.
	cellProxy = "127.0.0.1:3128"
)

// layers are the walls that the kernel lets us build around a browser.
type layers struct {
	User    bool `json:"user"`    // a user namespace, by which an ordinary user may have the others
	Mounts  bool `json:"mounts"`  // private mounts: tmpfs, policy
	Procs   bool `json:"procs"`   // private process numbers: ending the first ends all
	Network bool `json:"network"` // private network: only the proxy
}

// orders is what the launcher is told.
type orders struct {
	Layers  layers   `json:"layers"`
	UID     int      `json:"uid"`
	GID     int      `json:"gid"`
	Groups  []uint32 `json:"groups"` // of sound cards and cameras
	Home    string   `json:"home"`
	XSocket string   `json:"x_socket"`
	Cookie  []byte   `json:"cookie"`
	Policy  []byte   `json:"policy"`
	Hide    []string `json:"hide"`
	Env     []string `json:"env"`
	Listen  string   `json:"listen"`
	Argv    []string `json:"argv"` // empty: only try
}

// Confine rewrites a browser command that has not been started so that it runs
// confined: our own program is started in its place, prepares the walls and then
// becomes the browser. Files in cmd.ExtraFiles keep their numbers, so the pipe
// of the DevTools protocol stays on 3 and 4. It suits chromedp.ModifyCmdFunc.
//
// The caller calls Kill when the browser is no longer wanted, also when it never
// started. After an error the command cannot be started: there is no browser
// without its walls.
func Confine(cmd *exec.Cmd, c Confinement) (cell *Cell, err error) {
	defer func() {
		if err != nil {
			cmd.Err = err
		}
	}()
	if os.Getenv(launchedEnv) != "" {
		return nil, errors.New("confinement: this program was started as a launcher but does not call EnterConfinement")
	}
	if cmd.Process != nil {
		return nil, errors.New("confinement: the browser has been started already")
	}
	if c.UID != 0 && os.Geteuid() != 0 {
		return nil, errors.New("confinement: only root can run the browser as another user")
	}
	if c.GID == 0 {
		c.GID = c.UID
	}
	launcher := c.Launcher
	if len(launcher) == 0 {
		launcher = []string{"/proc/self/exe", LauncherCommand}
	}
	possible, whyNot := possibleLayers(launcher)
	cell = newCell(c, possible, whyNot)
	if err := cell.prepare(cmd, launcher); err != nil {
		cell.Kill()
		return nil, err
	}
	return cell, nil
}

// prepare fills in the command.
func (cell *Cell) prepare(cmd *exec.Cmd, launcher []string) error {
	c := cell.c
	o := orders{
		Layers: cell.layers, UID: c.UID, GID: c.GID, Home: cellHome,
		Policy: c.Policy, Hide: c.Hide, Env: append([]string{cell.mark()}, c.Env...),
	}
	if c.UID != 0 {
		o.Groups = deviceGroups(heardAndSeen)
	}
	o.Layers.Network = o.Layers.Network && c.Proxy != ""
	cell.layers = o.Layers
	var err error
	if !o.Layers.Mounts {
		if o.Home, err = cell.makeHome(); err != nil {
			return err
		}
	}
	cell.home = o.Home
	if c.Display != "" {
		number := strings.TrimPrefix(strings.SplitN(c.Display, ".", 2)[0], ":")
		if _, err := strconv.ParseUint(number, 10, 16); err != nil {
			return fmt.Errorf("confinement: display %q is not a local display such as :7", c.Display)
		}
		o.XSocket = "/tmp/.X11-unix/X" + number
		o.Env = append([]string{"DISPLAY=" + c.Display}, o.Env...)
	}
	if c.Authority != "" {
		if o.Cookie, err = os.ReadFile(c.Authority); err != nil {
			return fmt.Errorf("confinement: display cookie: %w", err)
		}
	}
	flags := map[string]string{"--user-data-dir": cell.Profile()}
	if c.Proxy != "" {
		at := c.Proxy
		if o.Layers.Network {
			at, o.Listen = cellProxy, cellProxy
		}
		flags["--proxy-server"] = "http://" + at
		// Without this Chromium goes round the proxy for loopback addresses.
		flags["--proxy-bypass-list"] = "<-loopback>"
	}
	o.Argv = append([]string{cmd.Path}, withFlags(cmd.Args[1:], flags)...)

	spec, report, err := cell.brief(o)
	if err != nil {
		return err
	}
	first := 3 + len(cmd.ExtraFiles)
	cmd.ExtraFiles = append(cmd.ExtraFiles, spec, report)
	cmd.Path = launcher[0]
	cmd.Args = append(append([]string{}, launcher...), strconv.Itoa(first), strconv.Itoa(first+1))
	cmd.Env = append(cmd.Env, launchedEnv+"=1")
	cmd.SysProcAttr = cell.layers.attr()
	return nil
}

// withFlags adds flags to a browser's arguments, in place of any of the same name that
// are there.
func withFlags(args []string, flags map[string]string) []string {
	var set, out []string
	for _, name := range []string{"--user-data-dir", "--proxy-server", "--proxy-bypass-list"} {
		if value, ok := flags[name]; ok {
			set = append(set, name+"="+value)
		}
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(arg, "=")
		if _, ours := flags[name]; !ours {
			out = append(out, arg)
		}
	}
	return append(out, set...)
}

// attr is how the launcher is started to get these layers.
func (l layers) attr() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if l.Mounts {
		a.Cloneflags |= syscall.CLONE_NEWNS
	}
	if l.Procs {
		a.Cloneflags |= syscall.CLONE_NEWPID
	}
	if l.Network {
		a.Cloneflags |= syscall.CLONE_NEWNET
	}
	if l.User {
		uid, gid := os.Geteuid(), os.Getegid()
		a.Cloneflags |= syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: uid, HostID: uid, Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: gid, HostID: gid, Size: 1}}
		a.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN}
	}
	return a
}

// FreeUID picks a user number from 61000 to 61999 that no process has, for one
// browser. It is 0 (keep the user) when this process is not root.
func FreeUID() int {
	if os.Geteuid() != 0 {
		return 0
	}
	used := map[int]bool{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, dir := range dirs {
		var st unix.Stat_t
		if unix.Stat(dir, &st) == nil {
			used[int(st.Uid)] = true
		}
	}
	for range 1000 {
		n, err := rand.Int(rand.Reader, big.NewInt(1000))
		if err != nil {
			return 0
		}
		if uid := 61000 + int(n.Int64()); !used[uid] {
			return uid
		}
	}
	return 0
}

// homePrefix is how folders on disk for browsers that cannot have a tmpfs begin; the number of the process that made it
// and a dash follow.
const homePrefix = "handrail-citizen-"

// SweepHomes removes what a process that was killed could not: folders on disk of browsers whose process is gone. Only
// folders of this user are touched.
func SweepHomes() error {
	entries, err := os.ReadDir(os.TempDir())
	if err != nil {
		return fmt.Errorf("sweep: %w", err)
	}
	var failed []error
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), homePrefix)
		number, _, _ := strings.Cut(rest, "-")
		pid, err := strconv.Atoi(number)
		info, statErr := e.Info()
		if !ours || err != nil || statErr != nil || !e.IsDir() || syscall.Kill(pid, 0) == nil {
			continue
		}
		if owner, ok := info.Sys().(*syscall.Stat_t); !ok || int(owner.Uid) != os.Getuid() {
			continue
		}
		failed = append(failed, os.RemoveAll(filepath.Join(os.TempDir(), e.Name())))
	}
	return errors.Join(failed...)
}

// makeHome makes a folder on disk for a browser that cannot have a tmpfs.
func (cell *Cell) makeHome() (string, error) {
	dir, err := os.MkdirTemp("", fmt.Sprintf("%s%d-", homePrefix, os.Getpid()))
	if err != nil {
		return "", fmt.Errorf("confinement: folder for the session: %w", err)
	}
	cell.disk = dir
	if cell.c.UID != 0 {
		if err := os.Chown(dir, cell.c.UID, cell.c.GID); err != nil {
			return "", fmt.Errorf("confinement: folder for the session: %w", err)
		}
	}
	return dir, nil
}

// brief makes the two ends between cell and launcher: a file with the orders, and
// a socket on which the launcher reports.
func (cell *Cell) brief(o orders) (spec, report *os.File, err error) {
	b, err := json.Marshal(o)
	if err != nil {
		return nil, nil, fmt.Errorf("confinement: orders: %w", err)
	}
	fd, err := unix.MemfdCreate("orders", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, nil, fmt.Errorf("confinement: orders: %w", err)
	}
	spec = os.NewFile(uintptr(fd), "orders")
	cell.given = append(cell.given, spec)
	if _, err := spec.Write(b); err != nil {
		return nil, nil, fmt.Errorf("confinement: orders: %w", err)
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("confinement: report: %w", err)
	}
	report = os.NewFile(uintptr(pair[1]), "report")
	cell.given = append(cell.given, report)
	ours := os.NewFile(uintptr(pair[0]), "report")
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		return nil, nil, fmt.Errorf("confinement: report: %w", err)
	}
	cell.listen(conn.(*net.UnixConn))
	return spec, report, nil
}
