// SPDX-License-Identifier: Apache-2.0

// Package emulator makes card readers, cards and printers out of software. Each
// speaks its real protocol on a pseudo-terminal, so that a driver, ours or
// anybody's, cannot tell. They are part of the product: the demo, training
// and tests run on them.
//
// The emulators share no code with the drivers. What both sides get wrong in the
// same way, nobody would see.
package emulator

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// socket is where a cable is plugged in: a pseudo-terminal behind a symlink. The
// device holds the master; whoever opens the symlink holds the slave.
type socket struct {
	link string
	mode os.FileMode

	mu     sync.Mutex // held while writing, so that messages do not mix
	master *os.File
	slave  *os.File // kept open: a master whose slave nobody holds reads as hung up
}

// plug makes the pseudo-terminal and its link.
func (s *socket) plug() (*os.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.master != nil {
		return nil, errors.New("already plugged in")
	}
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	master := os.NewFile(uintptr(fd), "/dev/ptmx")
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		master.Close()
		return nil, fmt.Errorf("pseudo-terminal: unlock: %w", err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		master.Close()
		return nil, fmt.Errorf("pseudo-terminal: name: %w", err)
	}
	name := "/dev/pts/" + strconv.Itoa(n)
	slave, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		master.Close()
		return nil, fmt.Errorf("pseudo-terminal: %w", err)
	}
	fail := func(err error) (*os.File, error) {
		slave.Close()
		master.Close()
		return nil, err
	}
	if err := setRaw(slave); err != nil {
		return fail(fmt.Errorf("pseudo-terminal %s: raw mode: %w", name, err))
	}
	mode := s.mode
	if mode == 0 {
		mode = 0o600
	}
	if err := os.Chmod(name, mode); err != nil {
		return fail(fmt.Errorf("pseudo-terminal: %w", err))
	}
	if s.link != "" {
		if err := makeLink(name, s.link); err != nil {
			return fail(err)
		}
	}
	s.master, s.slave = master, slave
	return master, nil
}

// makeLink points link at name in one step. It replaces a symlink, nothing else.
func makeLink(name, link string) error {
	if fi, err := os.Lstat(link); err == nil && fi.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("link %s: there is something else of that name", link)
	}
	tmp := link + ".new"
	os.Remove(tmp)
	if err := os.Symlink(name, tmp); err != nil {
		return fmt.Errorf("link: %w", err)
	}
	if err := os.Rename(tmp, link); err != nil {
		os.Remove(tmp)
		return fmt.Errorf("link: %w", err)
	}
	return nil
}

func setRaw(f *os.File) error {
	sc, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ioErr error
	err = sc.Control(func(fd uintptr) {
		t, err := unix.IoctlGetTermios(int(fd), unix.TCGETS)
		if err != nil {
			ioErr = err
			return
		}
		t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON | unix.IXOFF
		t.Oflag &^= unix.OPOST
		t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
		t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
		t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
		ioErr = unix.IoctlSetTermios(int(fd), unix.TCSETS, t)
	})
	return errors.Join(err, ioErr)
}

// unplug pulls the cable: the link goes, and whoever has the slave open sees the
// line hang up.
func (s *socket) unplug() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.master == nil {
		return
	}
	if s.link != "" {
		if target, err := os.Readlink(s.link); err == nil && target == s.slave.Name() {
			os.Remove(s.link)
		}
	}
	s.slave.Close()
	s.master.Close()
	s.master, s.slave = nil, nil
}

// send writes b to whoever has the slave open. A device does not wait for
// somebody who never reads: after a second the bytes are lost.
func (s *socket) send(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.master == nil || len(b) == 0 {
		return
	}
	s.master.SetWriteDeadline(time.Now().Add(time.Second))
	s.master.Write(b)
}

// path is the slave's name, or "" while unplugged.
func (s *socket) path() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slave == nil {
		return ""
	}
	return s.slave.Name()
}
