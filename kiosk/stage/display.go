// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// DisplayOptions says what display to start. Zero width and height mean
// 1280 x 800 pixels.
type DisplayOptions struct {
	// Dir is a folder of our own: the cookie, the viewer's socket and the log
	// live there. It is created with mode 0700 if it is missing.
	Dir           string
	Width, Height int
	// Server is the X server to run; empty means Xvnc from the search path. Xorg is the machine's own screen, which has its own size.
	Server string
	// Rotate is how the screen hangs, for Xorg: it turns what a touch hits likewise.
	Rotate Rotation
	// Sections are added to the configuration of Xorg (xorg.conf(5)).
	Sections string
}

// Display is an X server of our own: TigerVNC's Xvnc, or Xorg on the machine's
// own screen. It listens on unix sockets only: one for X clients, guarded by a
// cookie, and (Xvnc) one for a viewer (RFB), guarded by its file mode. It has no TCP port and no clipboard that a
// viewer could read.
type Display struct {
	dir, name, authority, rfb string
	number                    int
	cmd                       *exec.Cmd
	done                      chan struct{}
	stop                      context.CancelFunc
}

// console is the virtual terminal on which Xorg draws. Nothing else is on it, and no key leads to another.
const console = 7

// Displays of our own are numbered from here, out of the way of a machine's own.
const (
	firstNumber = 20
	lastNumber  = 219
)

// StartDisplay starts an X server and returns once it accepts clients. The
// server ends with Close, when ctx ends, or with this process.
func StartDisplay(ctx context.Context, o DisplayOptions) (*Display, error) {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 1280, 800
	}
	if o.Server == "" {
		o.Server = "Xvnc"
	}
	server, err := exec.LookPath(o.Server)
	if err != nil {
		packet := "tigervnc-standalone-server"
		if o.Server == "Xorg" {
			packet = "xserver-xorg-core"
		}
		return nil, fmt.Errorf("the display server %s is not installed (Debian package %s): %w", o.Server, packet, err)
	}
	if o.Dir == "" {
		return nil, errors.New("display: no folder given")
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return nil, fmt.Errorf("display folder: %w", err)
	}
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("display folder: %w", err)
	}
	d := &Display{
		dir:       o.Dir,
		authority: filepath.Join(o.Dir, "Xauthority"),
		rfb:       filepath.Join(o.Dir, "rfb.sock"),
	}
	if o.Server == "Xorg" {
		d.rfb = ""
	}
	// sockaddr_un holds 108 bytes with its final zero.
	if len(d.rfb) > 107 {
		return nil, fmt.Errorf("display folder %s: its path is too long for a unix socket (107 bytes)", o.Dir)
	}
	var cookie [16]byte
	rand.Read(cookie[:])
	if err := writeCookie(d.authority, cookie[:]); err != nil {
		return nil, err
	}
	// A number is given by hand and not found by the server (-displayfd): only
	// then does the server lock it, and not push another one off its socket.
	tries := 0
	for number := firstNumber; number <= lastNumber; number++ {
		if inUse(number) {
			continue
		}
		err := d.start(ctx, server, number, o)
		if err == nil {
			return d, nil
		}
		d.end()
		// It may have lost a race for the number; one that cannot start at all
		// is found out after a few.
		if tries++; ctx.Err() != nil || tries == 6 {
			os.Remove(d.authority)
			return nil, err
		}
	}
	return nil, fmt.Errorf("display: no free display number from %d to %d", firstNumber, lastNumber)
}

// inUse reports whether some server has this display number.
func inUse(number int) bool {
	conn, err := net.Dial("unix", socketFolder+strconv.Itoa(number))
	if err == nil {
		conn.Close()
		return true
	}
	pid, ok := locker(number)
	return ok && syscall.Kill(pid, 0) != syscall.ESRCH
}

func lockFile(number int) string { return "/tmp/.X" + strconv.Itoa(number) + "-lock" }

// locker reads who holds the lock of a display number.
func locker(number int) (pid int, ok bool) {
	b, err := os.ReadFile(lockFile(number))
	if err != nil {
		return 0, false
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(b)))
	return pid, err == nil && pid > 0
}

// scrub has the C library overwrite what is freed (mallopt(3), M_PERTURB; without its per-thread lists, which are not
// overwritten): the display outlives each session, and gets the titles of pages, which may name a person.
// What is large, such as the picture of a window, is mapped by itself and given back to the system at once: without a fixed limit the library
// learns to keep it, and the display grows with each browser that comes and goes.
const scrub = "GLIBC_TUNABLES=glibc.malloc.perturb=85:glibc.malloc.tcache_count=0:glibc.malloc.mmap_threshold=131072:glibc.malloc.trim_threshold=131072"

// start runs the server under one number until it lets us in or ends.
func (d *Display) start(ctx context.Context, server string, number int, o DisplayOptions) error {
	if d.rfb != "" {
		os.Remove(d.rfb) // left over from a server that was killed
	}
	logFile, err := os.OpenFile(filepath.Join(d.dir, "display.log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("display log: %w", err)
	}
	defer logFile.Close()
	life, stop := context.WithCancel(ctx)
	d.name, d.number, d.stop, d.done = ":"+strconv.Itoa(number), number, stop, make(chan struct{})
	arguments, err := d.arguments(o)
	if err != nil {
		close(d.done)
		return err
	}
	d.cmd = exec.CommandContext(life, server, arguments...)
	d.cmd.Env = append(os.Environ(), scrub)
	d.cmd.Stdout, d.cmd.Stderr = logFile, logFile
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	// SIGTERM lets the server remove its socket and lock.
	d.cmd.Cancel = func() error { return d.cmd.Process.Signal(syscall.SIGTERM) }
	d.cmd.WaitDelay = 5 * time.Second
	if err := d.cmd.Start(); err != nil {
		close(d.done)
		return fmt.Errorf("display server: %w", err)
	}
	go func(cmd *exec.Cmd, done chan struct{}) {
		cmd.Wait()
		close(done)
	}(d.cmd, d.done)
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	for {
		// Being let in proves that this is our server: no other has our cookie.
		x, err := dial(d.name, d.authority)
		if err == nil {
			closeConn(x)
			return nil
		}
		select {
		case <-d.done:
			return fmt.Errorf("the display server did not come up%s", d.lastWords())
		case <-limit.C:
			return fmt.Errorf("the display server did not come up in time: %w%s", err, d.lastWords())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// arguments are what the server is started with (Xserver(1), Xvnc(1), Xorg(1)).
func (d *Display) arguments(o DisplayOptions) ([]string, error) {
	common := []string{d.name, "-auth", d.authority, "-nolisten", "tcp", "-nolisten", "local", "-noreset", "-s", "0", "-br"}
	if filepath.Base(o.Server) == "Xorg" {
		config := filepath.Join(d.dir, "xorg.conf")
		if err := os.WriteFile(config, []byte(touchSection(o.Rotate)+o.Sections), 0o600); err != nil {
			return nil, fmt.Errorf("display configuration: %w", err)
		}
		return append(common, "-config", config, "-logfile", filepath.Join(d.dir, "xorg.log"), "vt"+strconv.Itoa(console)), nil
	}
	return append(common,
		"-geometry", fmt.Sprintf("%dx%d", o.Width, o.Height), "-depth", "24", "-dpi", "96",
		"-rfbport", "-1", "-rfbunixpath", d.rfb, "-rfbunixmode", strconv.Itoa(0o600),
		"-SecurityTypes", "None", "-UseBlacklist=0", "-AlwaysShared",
		// A viewer looks on and points; it must not resize the stage, nor
		// carry a citizen's clipboard out.
		"-AcceptSetDesktopSize=0", "-SendCutText=0", "-AcceptCutText=0", "-SendPrimary=0", "-SetPrimary=0", "-noclipboard",
		"-AllowOverride=", "-desktop", "handrail",
	), nil
}

// lastWords is the tail of the server's log, for an error message.
func (d *Display) lastWords() string {
	b, err := os.ReadFile(filepath.Join(d.dir, "display.log"))
	if err != nil || len(b) == 0 {
		return ""
	}
	if len(b) > 400 {
		b = b[len(b)-400:]
	}
	return "; it said: " + strings.TrimSpace(string(b))
}

// Name is what X clients call the display, such as ":7".
func (d *Display) Name() string { return d.name }

// Authority is the path of the Xauthority file that holds the cookie.
func (d *Display) Authority() string { return d.authority }

// RFB is the path of the unix socket on which a viewer can watch; empty: there is none.
func (d *Display) RFB() string { return d.rfb }

// Done is closed when the server has ended, for whatever reason.
func (d *Display) Done() <-chan struct{} { return d.done }

// Close ends the server and removes what it left behind. It may be called more
// than once.
func (d *Display) Close() error {
	d.end()
	os.Remove(d.authority)
	return nil
}

// end ends the server that runs.
func (d *Display) end() {
	d.stop()
	<-d.done
	if d.rfb != "" {
		os.Remove(d.rfb)
	}
	// A server that was killed leaves its lock; by now the number may be
	// another's.
	if pid, ok := locker(d.number); ok && d.cmd.Process != nil && pid == d.cmd.Process.Pid {
		os.Remove(socketFolder + strconv.Itoa(d.number))
		os.Remove(lockFile(d.number))
	}
}
