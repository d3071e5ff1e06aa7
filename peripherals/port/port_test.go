// SPDX-License-Identifier: Apache-2.0

package port

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// newPTY gives the device's end of a line, and a link to ours.
func newPTY(t *testing.T) (device *os.File, link string) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	device = os.NewFile(uintptr(fd), "device")
	t.Cleanup(func() { device.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	link = filepath.Join(t.TempDir(), "port")
	if err := os.Symlink("/dev/pts/"+strconv.Itoa(n), link); err != nil {
		t.Fatal(err)
	}
	return device, link
}

func open(t *testing.T, o Options) *Port {
	t.Helper()
	p, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func TestEveryByteArrives(t *testing.T) {
	device, link := newPTY(t)
	p := open(t, Options{Path: link, Baud: 115200, TwoStopBits: true, LowerRTS: true})
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for _, dir := range []struct {
		name     string
		from, to interface {
			Read([]byte) (int, error)
			Write([]byte) (int, error)
			SetReadDeadline(time.Time) error
		}
	}{{"out", p, device}, {"in", device, p}} {
		if _, err := dir.from.Write(all); err != nil {
			t.Fatal(err)
		}
		dir.to.SetReadDeadline(time.Now().Add(10 * time.Second))
		var got []byte
		for len(got) < len(all) {
			b := make([]byte, 100)
			n, err := dir.to.Read(b)
			if err != nil {
				t.Fatalf("%s: %v after %d bytes", dir.name, err, len(got))
			}
			got = append(got, b[:n]...)
		}
		if !bytes.Equal(got, all) {
			t.Errorf("%s: % x", dir.name, got)
		}
	}
}

func TestDeadlines(t *testing.T) {
	_, link := newPTY(t)
	p := open(t, Options{Path: link})
	p.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read: %v", err)
	}
	// Nobody reads at the other end, so this cannot all go out.
	p.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	n, err := p.Write(make([]byte, 1<<20))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n == 1<<20 {
		t.Errorf("write: %d, %v", n, err)
	}
}

func TestPaceKeepsToDeadline(t *testing.T) {
	_, link := newPTY(t)
	p := open(t, Options{Path: link, Pace: Pace{BytesPerSecond: 100, Buffer: 64}})
	p.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	n, err := p.Write(make([]byte, 1000))
	if !errors.Is(err, os.ErrDeadlineExceeded) || n < 64 || n >= 1000 {
		t.Errorf("%d bytes, %v", n, err)
	}
}

func TestPaceFillsNoMoreThanTheBuffer(t *testing.T) {
	p := newPacer(Pace{BytesPerSecond: 1, Buffer: 100})
	n, err := p.wait(1000)
	if n != 100 || err != nil {
		t.Fatalf("%d, %v", n, err)
	}
	p.sent(90)
	// 16 bytes or fewer go out whole or not yet.
	if n, pause, err := p.room(16); n != 0 || pause <= 0 || err != nil {
		t.Errorf("%d, %v, %v", n, pause, err)
	}
	if n, _, _ := p.room(8); n != 8 {
		t.Errorf("%d of 8", n)
	}
}

func TestHangUp(t *testing.T) {
	device, link := newPTY(t)
	p := open(t, Options{Path: link})
	read := make(chan error, 1)
	go func() {
		_, err := p.Read(make([]byte, 1))
		read <- err
	}()
	device.Close()
	select {
	case err := <-read:
		if !errors.Is(err, ErrGone) {
			t.Errorf("read: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("a read survives its line")
	}
	if _, err := p.Write([]byte("x")); !errors.Is(err, ErrGone) {
		t.Errorf("write: %v", err)
	}
	if _, err := Open(Options{Path: link}); !errors.Is(err, ErrGone) {
		t.Errorf("open: %v", err)
	}
}

// TestNoStrayBytes closes a port, opens files until one has its descriptor, and
// wants a late write to reach none of them.
func TestNoStrayBytes(t *testing.T) {
	_, link := newPTY(t)
	p := open(t, Options{Path: link})
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for i := range 20 {
		f, err := os.Create(filepath.Join(dir, strconv.Itoa(i)))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
	}
	if n, err := p.Write([]byte("for the printer")); n != 0 || !errors.Is(err, os.ErrClosed) {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read: %v", err)
	}
	if err := p.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
	for i := range 20 {
		if b, _ := os.ReadFile(filepath.Join(dir, strconv.Itoa(i))); len(b) > 0 {
			t.Errorf("file %d has %q", i, b)
		}
	}
	t.Log("fault row 17: written after Close with 20 new files open: 0 bytes in other files")
}

func TestCloseEndsReadAndWrite(t *testing.T) {
	_, link := newPTY(t)
	p := open(t, Options{Path: link})
	done := make(chan error, 2)
	go func() { _, err := p.Read(make([]byte, 1)); done <- err }()
	go func() { _, err := p.Write(make([]byte, 1<<20)); done <- err }()
	time.Sleep(10 * time.Millisecond) // either order must work
	p.Close()
	for range 2 {
		select {
		case err := <-done:
			if !errors.Is(err, os.ErrClosed) {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("close did not end it")
		}
	}
}

func TestTaken(t *testing.T) {
	_, link := newPTY(t)
	p := open(t, Options{Path: link})
	if _, err := Open(Options{Path: link}); !errors.Is(err, ErrTaken) {
		t.Errorf("second open: %v", err)
	}
	p.Close()
	open(t, Options{Path: link})
}

func TestNotAPort(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(Options{Path: file}); err == nil || errors.Is(err, ErrGone) {
		t.Errorf("a file: %v", err)
	}
	if _, err := Open(Options{Path: filepath.Join(dir, "none")}); !errors.Is(err, ErrGone) {
		t.Errorf("nothing: %v", err)
	}
	if _, err := Open(Options{Path: dir}); err == nil {
		t.Error("a folder opens")
	}
}

func TestHighDescriptor(t *testing.T) {
	device, link := newPTY(t)
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil || limit.Max < 1200 {
		t.Skip("this machine allows too few files")
	}
	was := limit
	limit.Cur = max(limit.Cur, min(limit.Max, 4200))
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { unix.Setrlimit(unix.RLIMIT_NOFILE, &was) })
	for range min(limit.Cur, 4200) - 100 {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Skip(err)
		}
		defer f.Close()
	}
	p := open(t, Options{Path: link})
	device.Write([]byte("x"))
	p.SetReadDeadline(time.Now().Add(10 * time.Second))
	if n, err := p.Read(make([]byte, 4)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	t.Log("fault row 18: a descriptor above 1023 reads and writes")
}

func TestWait(t *testing.T) {
	path := filepath.Join(t.TempDir(), "port")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- Wait(ctx, path) }()
	if err := os.Symlink(os.DevNull, path); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	cancel()
	if err := Wait(ctx, path+"x"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRecordAndReplay(t *testing.T) {
	device, link := newPTY(t)
	var text bytes.Buffer
	line := Record(open(t, Options{Path: link}), &text)
	line.Write([]byte{1, 2, 3})
	device.Write([]byte{4, 5})
	line.SetReadDeadline(time.Now().Add(10 * time.Second))
	line.Read(make([]byte, 2))
	if got := text.String(); got != "> 01 02 03\n< 04 05\n" {
		t.Fatalf("%q", got)
	}
	tape, err := Replay(strings.NewReader(text.String() + "! gone\n"))
	if err != nil {
		t.Fatal(err)
	}
	tape.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	if _, err := tape.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it answers before it is asked: %v", err)
	}
	tape.Write([]byte{1, 2})
	tape.Write([]byte{3})
	tape.SetReadDeadline(time.Time{})
	b := make([]byte, 9)
	if n, err := tape.Read(b); n != 2 || b[1] != 5 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := tape.Read(b); !errors.Is(err, ErrGone) {
		t.Error(err)
	}
	wrong, _ := Replay(strings.NewReader("> 01"))
	if _, err := wrong.Write([]byte{2}); err == nil || wrong.Err() == nil {
		t.Error("another byte than in the transcript is fine")
	}
	for _, bad := range []string{"? 01", "< 0", "! boom"} {
		if _, err := Replay(strings.NewReader(bad)); err == nil {
			t.Errorf("%q is a transcript", bad)
		}
	}
}

// TestNothingIsInherited looks at our own descriptors: of the line there is one, and
// it is closed when a program is started.
func TestNothingIsInherited(t *testing.T) {
	_, link := newPTY(t)
	open(t, Options{Path: link})
	target, err := os.Readlink(link)
	if err != nil {
		t.Fatal(err)
	}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	ours := 0
	for _, e := range fds {
		if to, err := os.Readlink("/proc/self/fd/" + e.Name()); err != nil || to != target {
			continue
		}
		ours++
		fd, _ := strconv.Atoi(e.Name())
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("descriptor %d would be inherited (%v)", fd, err)
		}
	}
	if ours != 1 {
		t.Errorf("%d descriptors of the line", ours)
	}
}
