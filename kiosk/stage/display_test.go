// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// sockets lists the kernel's inode numbers of a process's sockets.
func sockets(t *testing.T, pid int) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	links, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/fd/*")
	if err != nil || len(links) == 0 {
		t.Fatalf("no descriptors of process %d: %v", pid, err)
	}
	for _, link := range links {
		target, _ := os.Readlink(link)
		if inode, ok := strings.CutPrefix(target, "socket:["); ok {
			out[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return out
}

func TestDisplayListensOnUnixSocketsOnly(t *testing.T) {
	d := startDisplay(t)
	own := sockets(t, d.cmd.Process.Pid)
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		b, err := os.ReadFile("/proc/net/" + table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if f := strings.Fields(line); len(f) > 9 && own[f[9]] {
				t.Errorf("the display has a %s socket: %s", table, line)
			}
		}
	}
	b, err := os.ReadFile("/proc/net/unix")
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) > 7 && own[f[6]] && f[3] == "00010000" { // accepting
			paths = append(paths, f[7])
		}
	}
	for _, path := range paths {
		if path != d.RFB() && path != "/tmp/.X11-unix/X"+d.Name()[1:] {
			t.Errorf("the display also listens on %s", path)
		}
	}
	if len(paths) != 2 {
		t.Errorf("the display listens on %v, want two sockets", paths)
	}
	for _, path := range []string{d.RFB(), d.Authority()} {
		st, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if st.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", path, st.Mode())
		}
	}
}

func TestDisplayWantsItsCookie(t *testing.T) {
	d := startDisplay(t)
	if x, err := dial(d.Name(), ""); err == nil {
		closeConn(x)
		t.Error("the display let somebody in without a cookie")
	}
	other := filepath.Join(t.TempDir(), "other")
	if err := writeCookie(other, bytes.Repeat([]byte{7}, 16)); err != nil {
		t.Fatal(err)
	}
	if x, err := dial(d.Name(), other); err == nil {
		closeConn(x)
		t.Error("the display let somebody in with a wrong cookie")
	}
}

func TestDisplayLeavesNothing(t *testing.T) {
	d := startDisplay(t)
	socket, number, err := socketPath(d.Name())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	wait(t, "the display is done", d.Done())
	for _, path := range []string{socket, "/tmp/.X" + strconv.Itoa(number) + "-lock", d.RFB(), d.Authority()} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was left behind", path)
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
}

func TestDisplaysSideBySide(t *testing.T) {
	if testing.Short() {
		t.Skip("starts display servers")
	}
	var started sync.WaitGroup
	displays := make([]*Display, 3)
	for i := range displays {
		dir := t.TempDir()
		started.Go(func() {
			d, err := StartDisplay(context.Background(), DisplayOptions{Dir: dir})
			if err != nil {
				t.Error(err)
				return
			}
			displays[i] = d
		})
	}
	started.Wait()
	names := map[string]bool{}
	for _, d := range displays {
		if d == nil {
			continue
		}
		defer d.Close()
		names[d.Name()] = true
		if _, err := Screenshot(d.Name(), d.Authority()); err != nil {
			t.Error(err)
		}
	}
	if len(names) != len(displays) {
		t.Errorf("names %v", names)
	}
}

func TestKilledDisplayIsCleanedUp(t *testing.T) {
	d := startDisplay(t)
	d.cmd.Process.Kill()
	wait(t, "the display is done", d.Done())
	if _, err := os.Stat(lockFile(d.number)); err != nil {
		t.Fatalf("no lock is left to clean up: %v", err)
	}
	d.Close()
	for _, path := range []string{lockFile(d.number), socketFolder + strconv.Itoa(d.number)} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s was left behind", path)
		}
	}
}

func TestStageEndsWithItsDisplay(t *testing.T) {
	d := startDisplay(t)
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(context.Background()) }()
	d.Close()
	if err := <-done; err == nil {
		t.Error("the stage did not say that its display went away")
	}
	s.Place("one", Rect{0, 0, 1, 1}, true) // afterwards: harmless
	s.Front("one")
}

func TestDisplayErrors(t *testing.T) {
	if _, err := StartDisplay(t.Context(), DisplayOptions{Dir: t.TempDir(), Server: "no-such-server"}); err == nil || !strings.Contains(err.Error(), "not installed") {
		t.Errorf("a missing server: %v", err)
	}
	if testing.Short() {
		t.Skip("starts a program")
	}
	if _, err := StartDisplay(t.Context(), DisplayOptions{Dir: t.TempDir(), Server: "false"}); err == nil {
		t.Error("a server that ends at once was taken for a display")
	}
	for _, name := range []string{"", "7", "host:7", ":x", ":-1"} {
		if _, err := Open(Options{Display: name}); err == nil {
			t.Errorf("display %q was opened", name)
		}
	}
}

func TestCookieFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "auth")
	cookie := []byte("0123456789abcdef")
	if err := writeCookie(path, cookie); err != nil {
		t.Fatal(err)
	}
	got, err := readCookie(path, 42)
	if err != nil || !bytes.Equal(got, cookie) {
		t.Errorf("got %q, %v", got, err)
	}
	if _, err := parseCookie(nil, 0); err == nil {
		t.Error("an empty file has a cookie")
	}
}

func FuzzCookieFile(f *testing.F) {
	f.Add([]byte("\xff\xff\x00\x00\x00\x00\x00\x12MIT-MAGIC-COOKIE-1\x00\x100123456789abcdef"), 0)
	f.Add([]byte("\x01\x00\x00\x02vm\x00\x017\x00\x12MIT-MAGIC-COOKIE-1\x00\x100123456789abcdef"), 7)
	f.Fuzz(func(t *testing.T, b []byte, number int) {
		if cookie, err := parseCookie(b, number); err == nil && len(cookie) != 16 {
			t.Errorf("a cookie of %d bytes", len(cookie))
		}
	})
}
