// SPDX-License-Identifier: Apache-2.0

package port

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// rescan is how often a Watch has somebody look even though nothing was reported:
// what lies behind a symlink, or in a folder that does not exist yet, changes
// without a word.
const rescan = 2 * time.Second

// Watch tells when something may have changed at some paths.
type Watch struct {
	paths   []string
	file    *os.File // the kernel's reports; nil where there are none
	watched map[string]bool
}

// NewWatch watches paths, which may be ports, links to them, or folders of such
// links, and need not exist.
func NewWatch(paths ...string) *Watch {
	w := &Watch{paths: paths, watched: map[string]bool{}}
	if fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK); err == nil {
		w.file = os.NewFile(uintptr(fd), "inotify")
	}
	w.arm()
	return w
}

// arm watches each path's folder, or the nearest one above it that exists.
func (w *Watch) arm() {
	if w.file == nil {
		return
	}
	for _, p := range w.paths {
		if fi, err := os.Stat(p); err == nil && fi.IsDir() {
			w.add(p)
		}
		for dir := filepath.Dir(p); ; dir = filepath.Dir(dir) {
			if w.add(dir) || dir == filepath.Dir(dir) {
				break
			}
		}
	}
}

func (w *Watch) add(dir string) bool {
	sc, err := w.file.SyscallConn()
	if err != nil {
		return false
	}
	const events = unix.IN_CREATE | unix.IN_MOVED_TO | unix.IN_DELETE | unix.IN_MOVED_FROM | unix.IN_ATTRIB | unix.IN_DELETE_SELF
	ok := false
	// Adding twice changes nothing, and finds folders that went and came again.
	_ = sc.Control(func(fd uintptr) {
		_, err := unix.InotifyAddWatch(int(fd), dir, events)
		ok = err == nil
	})
	return ok
}

// Next returns when something may have changed, at the latest after two seconds,
// and with ctx's error when that ends.
func (w *Watch) Next(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.arm()
	if w.file == nil {
		t := time.NewTimer(rescan / 10)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		return ctx.Err()
	}
	if err := w.file.SetReadDeadline(time.Now().Add(rescan)); err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { w.file.SetReadDeadline(time.Unix(1, 0)) })
	defer stop()
	var buf [4096]byte // what happened does not matter: it is looked at anyway
	if _, err := w.file.Read(buf[:]); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Errorf("watch: %w", err)
	}
	return ctx.Err()
}

// Close ends the watch.
func (w *Watch) Close() error {
	if w.file == nil {
		return nil
	}
	return w.file.Close()
}
