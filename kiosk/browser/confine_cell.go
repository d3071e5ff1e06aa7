// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Cell is the confinement of one browser.
type Cell struct {
	c      Confinement
	layers layers
	whyNot string // why a layer is missing
	home   string
	token  string // of the mark
	disk   string // home on disk, to remove; empty if it is a tmpfs

	given    []*os.File    // the launcher's ends
	reported chan struct{} // closed when report is set or will never be
	report   report
	work     sync.WaitGroup
	mu       sync.Mutex
	pidfd    int                    // of the browser's first process; -1 before it reports
	open     map[io.Closer]struct{} // everything to close on Kill
	killed   bool
}

// report is the launcher's last word before it becomes the browser.
type report struct {
	Ready bool              `json:"ready"`
	Off   map[string]string `json:"off"` // layer: why it does not hold
}

func newCell(c Confinement, possible layers, whyNot string) *Cell {
	return &Cell{
		c: c, layers: possible, whyNot: whyNot, pidfd: -1, token: rand.Text(),
		reported: make(chan struct{}),
		open:     map[io.Closer]struct{}{},
	}
}

// Profile is the folder of the browser's profile, as the browser sees it. Confine
// has set the flag for it.
func (cell *Cell) Profile() string { return filepath.Join(cell.home, "profile") }

// keep remembers what Kill must close; it reports false if Kill has been called.
func (cell *Cell) keep(c io.Closer) bool {
	cell.mu.Lock()
	defer cell.mu.Unlock()
	if cell.killed {
		return false
	}
	cell.open[c] = struct{}{}
	return true
}

func (cell *Cell) lose(c io.Closer) {
	c.Close()
	cell.mu.Lock()
	delete(cell.open, c)
	cell.mu.Unlock()
}

// listen receives the launcher's report and lets it go on to become the browser.
// A launcher that is not told to go on ends, so a browser that Kill has missed
// cannot be.
func (cell *Cell) listen(conn *net.UnixConn) {
	cell.keep(conn)
	cell.work.Go(func() {
		defer close(cell.reported)
		defer cell.lose(conn)
		buf, oob := make([]byte, 16<<10), make([]byte, unix.CmsgSpace(2*4))
		n, oobn, _, _, err := conn.ReadMsgUnix(buf, oob)
		if err != nil || n == 0 {
			return
		}
		fds := received(oob[:oobn])
		var r report
		if json.Unmarshal(buf[:n], &r) != nil || len(fds) == 0 {
			closeAll(fds)
			return
		}
		if !cell.takePid(fds[0]) {
			closeAll(fds)
			return
		}
		if len(fds) > 1 {
			f := os.NewFile(uintptr(fds[1]), "listener")
			l, err := net.FileListener(f)
			f.Close()
			if err != nil {
				return
			}
			cell.carry(l)
		}
		if _, err := conn.Write([]byte{1}); err == nil {
			cell.report = r
		}
	})
}

// takePid remembers the browser's first process, unless Kill came before it.
func (cell *Cell) takePid(pidfd int) bool {
	cell.mu.Lock()
	defer cell.mu.Unlock()
	if cell.killed {
		return false
	}
	cell.pidfd = pidfd
	return true
}

// received takes the file descriptors out of a control message.
func received(oob []byte) []int {
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) == 0 {
		return nil
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return nil
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
	return fds
}

func closeAll(fds []int) {
	for _, fd := range fds {
		unix.Close(fd)
	}
}

// carry brings each connection that the browser makes in its private network to
// the proxy. The browser can reach nothing else.
func (cell *Cell) carry(l net.Listener) {
	if !cell.keep(l) {
		l.Close()
		return
	}
	cell.work.Go(func() {
		for {
			from, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err != nil {
				time.Sleep(50 * time.Millisecond) // out of descriptors: they come back
				continue
			}
			if !cell.keep(from) {
				from.Close()
				return
			}
			cell.work.Go(func() { cell.splice(from) })
		}
	})
}

func (cell *Cell) splice(from net.Conn) {
	defer cell.lose(from)
	to, err := net.DialTimeout("tcp", cell.c.Proxy, 10*time.Second)
	if err != nil {
		return
	}
	if !cell.keep(to) {
		to.Close()
		return
	}
	defer cell.lose(to)
	back := make(chan struct{})
	go func() {
		defer close(back)
		io.Copy(from, to)
		if t, ok := from.(*net.TCPConn); ok {
			t.CloseWrite()
		}
	}()
	io.Copy(to, from)
	if t, ok := to.(*net.TCPConn); ok {
		t.CloseWrite()
	}
	<-back
}

// Kill ends every process of the browser at once and returns when all of them
// are gone, with the tmpfs and all that was on it. It may be called more than
// once and at any time; a browser that is only about to start then never does.
func (cell *Cell) Kill() error {
	cell.mu.Lock()
	again := cell.killed
	cell.killed = true
	pidfd := cell.pidfd
	for c := range cell.open {
		c.Close()
	}
	cell.mu.Unlock()
	if again {
		cell.work.Wait()
		return nil
	}
	for _, f := range cell.given {
		f.Close()
	}
	err := cell.end(pidfd)
	if cell.disk != "" {
		if e := os.RemoveAll(cell.disk); e != nil && err == nil {
			err = fmt.Errorf("ending the browser: its folder: %w", e)
		}
	}
	cell.work.Wait()
	return err
}

var errAlive = errors.New("ending the browser: some of its processes are still alive")

const killLimit = 20 * time.Second

func (cell *Cell) end(pidfd int) error {
	if pidfd < 0 {
		return nil
	}
	pid := pidOf(pidfd)
	tree := ""
	if cell.layers.Mounts {
		tree = mountsOf(pid)
	}
	unix.PidfdSendSignal(pidfd, unix.SIGKILL, nil, 0)
	deadline := time.Now().Add(killLimit)
	// The first process of a private set of process numbers is gone only when
	// all others are.
	for {
		fds := []unix.PollFd{{Fd: int32(pidfd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(time.Until(deadline).Milliseconds()))
		if err == unix.EINTR {
			continue
		}
		if n == 0 {
			return errAlive
		}
		break
	}
	if cell.layers.Procs {
		return nil
	}
	for {
		left := cell.leftovers(pid, tree)
		if len(left) == 0 {
			return nil
		}
		for _, p := range left {
			unix.Kill(p, unix.SIGKILL)
		}
		if time.Now().After(deadline) {
			return errAlive
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// leftovers finds what lives on of a browser without process numbers of its own:
// by its user, its group, its file tree, or the mark that it and all that it starts
// carry in their environment.
func (cell *Cell) leftovers(group int, tree string) []int {
	var out []int
	for _, p := range processes() {
		if p.state == 'Z' || p.pid == os.Getpid() {
			continue
		}
		switch {
		case cell.c.UID != 0 && p.uid == cell.c.UID,
			group > 0 && p.group == group,
			tree != "" && mountsOf(p.pid) == tree,
			cell.marked(p.pid):
			out = append(out, p.pid)
		}
	}
	return out
}

// marked reports whether a process carries this cell's mark.
func (cell *Cell) marked(pid int) bool {
	env, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	return err == nil && bytes.Contains(env, []byte(cell.mark()))
}

// mark is a line of the environment that only this browser has.
func (cell *Cell) mark() string { return "HANDRAIL_CELL=" + cell.token }

// mountsOf names the file tree that a process sees.
func mountsOf(pid int) string {
	name, _ := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/mnt")
	return name
}

// pidOf reads the process number of a pidfd, 0 if the process is gone.
func pidOf(pidfd int) int {
	b, err := os.ReadFile("/proc/self/fdinfo/" + strconv.Itoa(pidfd))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "Pid:"); ok {
			if pid, err := strconv.Atoi(strings.TrimSpace(rest)); err == nil && pid > 0 {
				return pid
			}
		}
	}
	return 0
}

// process is what /proc says about one process.
type process struct {
	pid, parent, group, uid int
	state                   byte
	command                 string // arguments, separated by zero bytes
}

func processes() []process {
	var out []process
	entries, _ := os.ReadDir("/proc")
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		dir := "/proc/" + entry.Name()
		stat, err := os.ReadFile(dir + "/stat")
		if err != nil {
			continue
		}
		// The name in brackets may hold anything; what follows it does not.
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if len(fields) < 3 {
			continue
		}
		p := process{pid: pid, state: fields[0][0]}
		p.parent, _ = strconv.Atoi(fields[1])
		p.group, _ = strconv.Atoi(fields[2])
		var st unix.Stat_t
		if unix.Stat(dir, &st) == nil {
			p.uid = int(st.Uid)
		}
		command, _ := os.ReadFile(dir + "/cmdline")
		p.command = string(command)
		out = append(out, p)
	}
	return out
}
