// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// EnterConfinement is the launcher's whole life: it builds the walls it was
// ordered to build, gives up its rights and becomes the browser. The arguments
// are those after LauncherCommand. It returns an exit code only if it could not,
// and then the browser has not been started: a wall that was thought possible
// and fails is no reason to go on without it.
func EnterConfinement(args []string) int {
	// Rights are a thread's; this one becomes the browser.
	runtime.LockOSThread()
	o, report, err := readOrders(args)
	if err == nil {
		err = o.enter(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "handrail: confining the browser:", err)
		return 1
	}
	return 0
}

func readOrders(args []string) (*orders, *os.File, error) {
	if len(args) != 2 {
		return nil, nil, errors.New("this command is started by the session worker, not by hand")
	}
	var fds [2]int
	for i, arg := range args {
		fd, err := strconv.Atoi(arg)
		if err != nil || fd < 3 {
			return nil, nil, fmt.Errorf("file number %q", arg)
		}
		fds[i] = fd
	}
	// The files before ours are for the browser. Nothing else is, whatever this
	// process was started with.
	if err := unix.CloseRange(uint(fds[0]), math.MaxInt32, unix.CLOSE_RANGE_CLOEXEC); err != nil {
		return nil, nil, fmt.Errorf("files that are not for the browser: %w", err)
	}
	if fds[1] < fds[0] {
		return nil, nil, errors.New("the orders come before the report")
	}
	spec, report := os.NewFile(uintptr(fds[0]), "orders"), os.NewFile(uintptr(fds[1]), "report")
	if spec == nil || report == nil {
		return nil, nil, errors.New("no orders were given")
	}
	var o orders
	// The file is shared with the one who wrote it, and so is its offset.
	if err := json.NewDecoder(io.NewSectionReader(spec, 0, math.MaxInt32)).Decode(&o); err != nil {
		return nil, nil, fmt.Errorf("orders: %w", err)
	}
	spec.Close()
	return &o, report, nil
}

func (o *orders) enter(out *os.File) error {
	r := report{Ready: true, Off: map[string]string{}}
	if o.Layers.Mounts {
		if err := o.mount(&r); err != nil {
			return err
		}
	}
	if err := o.furnish(); err != nil {
		return err
	}
	listener := -1
	if o.Layers.Network {
		var err error
		if listener, err = o.network(); err != nil {
			return err
		}
	}
	if err := o.drop(); err != nil {
		return err
	}
	if err := handOver(out, r, listener); err != nil {
		return err
	}
	if len(o.Argv) == 0 {
		return nil
	}
	if err := os.Chdir(o.Home); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	err := unix.Exec(o.Argv[0], o.Argv, o.environment())
	return fmt.Errorf("starting %s: %w", o.Argv[0], err)
}

// handOver reports, gives out the listener and a hold on this process, and waits
// to be told to go on. The worker may be gone, or want no browser any more.
func handOver(out *os.File, r report, listener int) error {
	b, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	self, err := unix.PidfdOpen(os.Getpid(), 0)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	fds := []int{self}
	if listener >= 0 {
		fds = append(fds, listener)
	}
	if err := unix.Sendmsg(int(out.Fd()), b, unix.UnixRights(fds...), nil, 0); err != nil {
		return fmt.Errorf("report: %w", err)
	}
	if _, err := io.ReadFull(out, make([]byte, 1)); err != nil {
		return fmt.Errorf("nobody wants the browser any more: %w", err)
	}
	return nil
}

// environment is all that the browser knows of ours.
func (o *orders) environment() []string {
	env := []string{
		"PATH=/usr/bin:/bin", "HOME=" + o.Home, "TMPDIR=" + o.tmp(),
		"XDG_CONFIG_HOME=" + o.Home + "/.config", "XDG_CACHE_HOME=" + o.Home + "/.cache",
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "LANG=C.UTF-8",
	}
	if len(o.Cookie) > 0 {
		env = append(env, "XAUTHORITY="+o.Home+"/.Xauthority")
	}
	return append(env, o.Env...)
}

func (o *orders) tmp() string {
	if o.Layers.Mounts {
		return "/tmp"
	}
	return o.Home
}

const policyFolder = "/etc/chromium"

// mount builds the browser's own view of the file tree. Nothing of it is seen
// outside, and it vanishes with the last process inside.
func (o *orders) mount(r *report) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("private mounts: %w", err)
	}
	// The display's socket is under /tmp, which is about to be covered.
	socket := -1
	if o.XSocket != "" {
		var err error
		if socket, err = unix.Open(o.XSocket, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
			return fmt.Errorf("display: %w", err)
		}
	}
	if err := o.mountPolicy(r); err != nil {
		return err
	}
	program := ""
	if len(o.Argv) > 0 {
		program = o.Argv[0]
		if real, err := filepath.EvalSymlinks(program); err == nil {
			program = real
		}
	}
	cover := func(dir, options string) error {
		st, err := os.Lstat(dir)
		if err != nil || !st.IsDir() || strings.HasPrefix(program, dir+"/") {
			return nil // not there, or the browser itself is in it
		}
		if err := unix.Mount("tmpfs", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, options); err != nil {
			return fmt.Errorf("memory over %s: %w", dir, err)
		}
		return nil
	}
	for _, dir := range append([]string{"/home", "/root", "/run", "/mnt", "/media", "/srv"}, o.Hide...) {
		if err := cover(filepath.Clean(dir), "size=64k,mode=0755"); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/var/tmp", "/dev/shm", "/tmp"} {
		if err := cover(dir, "size="+memoryLimit+",mode=1777"); err != nil {
			return err
		}
	}
	if o.Layers.Procs {
		if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("private processes: %w", err)
		}
	}
	if socket >= 0 {
		defer unix.Close(socket)
		if err := os.Mkdir(filepath.Dir(o.XSocket), 0o755); err != nil {
			return fmt.Errorf("display: %w", err)
		}
		if err := os.WriteFile(o.XSocket, nil, 0o600); err != nil {
			return fmt.Errorf("display: %w", err)
		}
		if err := unix.Mount("/proc/self/fd/"+strconv.Itoa(socket), o.XSocket, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("display: %w", err)
		}
	}
	return nil
}

// mountPolicy covers Chromium's configuration with the policy alone.
func (o *orders) mountPolicy(r *report) error {
	if len(o.Policy) == 0 {
		return nil
	}
	if st, err := os.Stat(policyFolder); err != nil || !st.IsDir() {
		r.Off["managed policy"] = "there is no " + policyFolder + " to cover, and it is not made on a machine that is not ours"
		return nil
	}
	if err := unix.Mount("tmpfs", policyFolder, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "size=1m,mode=0755"); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	managed := policyFolder + "/policies/managed"
	if err := os.MkdirAll(managed, 0o755); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	if err := os.WriteFile(managed+"/handrail.json", o.Policy, 0o644); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	const flags = unix.MS_REMOUNT | unix.MS_RDONLY | unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC
	if err := unix.Mount("", policyFolder, "", flags, ""); err != nil {
		return fmt.Errorf("policy: %w", err)
	}
	return nil
}

// furnish makes the browser's home, with the cookie of its display.
func (o *orders) furnish() error {
	if len(o.Argv) == 0 && !o.Layers.Mounts {
		return nil
	}
	if err := os.MkdirAll(o.Home+"/profile", 0o700); err != nil {
		return fmt.Errorf("home: %w", err)
	}
	paths := []string{o.Home, o.Home + "/profile"}
	if len(o.Cookie) > 0 {
		file := o.Home + "/.Xauthority"
		if err := os.WriteFile(file, o.Cookie, 0o400); err != nil {
			return fmt.Errorf("home: %w", err)
		}
		paths = append(paths, file)
	}
	if o.UID == 0 {
		return nil
	}
	for _, path := range paths {
		if err := os.Chown(path, o.UID, o.GID); err != nil {
			return fmt.Errorf("home: %w", err)
		}
	}
	return nil
}

// network starts the loopback interface of the private network and listens in
// it, on a socket that is handed out to the proxy.
func (o *orders) network() (listener int, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("private network: %w", err)
	}
	defer unix.Close(fd)
	lo, err := unix.NewIfreq("lo")
	if err != nil {
		return -1, fmt.Errorf("private network: %w", err)
	}
	lo.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, lo); err != nil {
		return -1, fmt.Errorf("private network: %w", err)
	}
	l, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return -1, fmt.Errorf("private network: %w", err)
	}
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		return -1, fmt.Errorf("private network: %w", err)
	}
	return int(f.Fd()), nil
}

// drop gives up every right of this thread that the browser does not need, for
// good.
func (o *orders) drop() error {
	var none unix.Rlimit
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &none); err != nil {
		return fmt.Errorf("core files: %w", err)
	}
	unix.Umask(0o077)
	privileged := os.Geteuid() == 0 || o.Layers.User
	if privileged {
		for c := 0; ; c++ {
			err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0)
			if err == unix.EINVAL && c > 0 {
				break // past the last one this kernel knows
			}
			if err != nil {
				return fmt.Errorf("capability %d: %w", c, err)
			}
		}
	}
	if o.UID != 0 {
		// The raw calls change this thread only, and it is the one that becomes
		// the browser.
		groups := o.Groups
		if _, _, e := unix.RawSyscall(unix.SYS_SETGROUPS, uintptr(len(groups)), uintptr(unsafe.Pointer(unsafe.SliceData(groups))), 0); e != 0 {
			return fmt.Errorf("groups: %w", e)
		}
		gid, uid := uintptr(o.GID), uintptr(o.UID)
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESGID, gid, gid, gid); e != 0 {
			return fmt.Errorf("group %d: %w", o.GID, e)
		}
		if _, _, e := unix.RawSyscall(unix.SYS_SETRESUID, uid, uid, uid); e != 0 {
			return fmt.Errorf("user %d: %w", o.UID, e)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var nothing [2]unix.CapUserData
	if _, _, e := unix.RawSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&nothing)), 0); e != 0 {
		return fmt.Errorf("capabilities: %w", e)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	// Set last: changing the user clears it. A dead worker leaves no browser.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("end with the worker: %w", err)
	}
	return nil
}
