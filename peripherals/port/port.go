// SPDX-License-Identifier: Apache-2.0

// Package port is the guarded serial line: the only door to go.bug.st/serial.
//
// That library is good at setting a line's mode and poor at moving bytes: its
// Write has no deadline and cannot be interrupted, a Write after Close goes to
// whichever file has since got the same descriptor, and its Read fails on
// descriptors above 1023. So a Port opens the device itself, non-blocking,
// before the library sees it; lets the library configure the line; and moves
// bytes only through its own file, which the runtime's poller guards. Each Open
// is a new generation: nothing of an old Port can touch a new one.
package port

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"go.bug.st/serial"
	"golang.org/x/sys/unix"
)

// Line is a serial line with deadlines. A read or write past its deadline fails
// with an error that is os.ErrDeadlineExceeded; on a line whose other end has
// gone, with one that is ErrGone.
type Line interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// What can be wrong with a port, apart from deadlines.
var (
	// ErrGone: there is no device at the path, or it has been unplugged.
	ErrGone = errors.New("nothing is plugged in")
	// ErrTaken: somebody else has the device open, or we may not open it.
	ErrTaken = errors.New("the port is in use or not ours to open")
)

// Options say how a line is opened.
type Options struct {
	// Path is the device or a symlink to it.
	Path string
	// Baud is the speed in bits a second; 9600 if zero.
	Baud int
	// TwoStopBits asks for 8N2 in place of 8N1.
	TwoStopBits bool
	// LowerRTS lowers the RTS line, as some readers want. Lines without modem
	// signals are fine with that.
	LowerRTS bool
	// Pace limits how fast bytes are written.
	Pace Pace
}

// generations counts the lines that this process has opened.
var generations atomic.Uint64

// Port is an open serial line, ours alone until Close.
type Port struct {
	file       *os.File
	pace       *pacer
	generation uint64

	mu     sync.Mutex
	closed bool
}

var _ Line = (*Port)(nil)

// Open opens and configures the line, takes it for ourselves, and throws away
// what was waiting in it.
func Open(o Options) (*Port, error) {
	// First our own descriptor: the library's exclusive access would refuse
	// ours if it came second. Non-blocking, so that a line without carrier
	// cannot hold us in open, and so that the file gets deadlines.
	fd, err := unix.Open(o.Path, unix.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, openError(o.Path, err)
	}
	file := os.NewFile(uintptr(fd), o.Path)
	if _, err := unix.IoctlGetTermios(fd, unix.TCGETS); err != nil {
		file.Close()
		if errors.Is(err, unix.EIO) {
			return nil, openError(o.Path, err)
		}
		return nil, fmt.Errorf("port %s: not a serial line: %w", o.Path, err)
	}
	// The lock keeps our own other processes out, root's too, and goes when we do.
	if err := unix.Flock(fd, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		file.Close()
		return nil, openError(o.Path, err)
	}
	mode := &serial.Mode{BaudRate: o.Baud, DataBits: 8, Parity: serial.NoParity, StopBits: serial.OneStopBit}
	if mode.BaudRate == 0 {
		mode.BaudRate = 9600
	}
	if o.TwoStopBits {
		mode.StopBits = serial.TwoStopBits
	}
	if err := configure(o, mode); err != nil {
		file.Close()
		return nil, openError(o.Path, err)
	}
	return &Port{file: file, pace: newPacer(o.Pace), generation: generations.Add(1)}, nil
}

// Generation tells this opening of a line from every other one of this process:
// what was begun in one generation is not finished in another.
func (p *Port) Generation() uint64 { return p.generation }

// configure lets the library set the line's mode, which stays as long as somebody
// has the line open, and that is us. It opens its descriptor so that child
// processes would inherit it: a browser must not be handed the card reader. So no
// process may be started until the library has let go again. By letting go it also
// gives up TIOCEXCL, which would outlive a killed process for as long as anybody
// else has the line open.
func configure(o Options, mode *serial.Mode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	line, err := serial.Open(o.Path, mode)
	if err != nil {
		return err
	}
	if o.LowerRTS {
		// A pseudo-terminal has no RTS; a reader that needs it lowered will
		// say so by not answering.
		_ = line.SetRTS(false)
	}
	_ = line.ResetInputBuffer()
	return line.Close()
}

// openError sorts what open, lock and configure say into our two errors.
func openError(path string, err error) error {
	var pe *serial.PortError
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV),
		errors.Is(err, unix.EIO), errors.Is(err, unix.ENOTDIR), errors.Is(err, unix.ELOOP):
		return fmt.Errorf("port %s: %w", path, ErrGone)
	case errors.Is(err, unix.EBUSY), errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM),
		errors.Is(err, unix.EAGAIN):
		return fmt.Errorf("port %s: %w (%v)", path, ErrTaken, err)
	case errors.As(err, &pe):
		switch pe.Code() {
		case serial.PortBusy, serial.PermissionDenied:
			return fmt.Errorf("port %s: %w", path, ErrTaken)
		case serial.PortNotFound, serial.PortClosed, serial.InvalidSerialPort:
			return fmt.Errorf("port %s: %w", path, ErrGone)
		}
	}
	return fmt.Errorf("port %s: %w", path, err)
}

// Read reads what has arrived, waiting until the read deadline for a first byte.
func (p *Port) Read(b []byte) (int, error) {
	n, err := p.file.Read(b)
	return n, p.ioError("read", err)
}

// Write writes all of b at the line's pace, or fails at the write deadline with
// the number of bytes that went out. Up to 16 bytes go out in one piece.
func (p *Port) Write(b []byte) (int, error) {
	sent := 0
	for sent < len(b) {
		n, err := p.pace.wait(len(b) - sent)
		if err != nil {
			return sent, p.ioError("write", err)
		}
		m, err := p.file.Write(b[sent : sent+n])
		sent += m
		p.pace.sent(m)
		if err != nil {
			return sent, p.ioError("write", err)
		}
	}
	return sent, nil
}

func (p *Port) ioError(verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrClosed), errors.Is(err, os.ErrDeadlineExceeded):
		return err
	case errors.Is(err, io.EOF), errors.Is(err, unix.EIO), errors.Is(err, unix.ENXIO), errors.Is(err, unix.ENODEV):
		// A line that hangs up reads as end of file or EIO.
		return fmt.Errorf("port %s: %s: %w", p.file.Name(), verb, ErrGone)
	}
	return fmt.Errorf("port %s: %s: %w", p.file.Name(), verb, err)
}

// Waiting is how many bytes have arrived and were not read.
func (p *Port) Waiting() int {
	n := 0
	if sc, err := p.file.SyscallConn(); err == nil {
		_ = sc.Control(func(fd uintptr) {
			if got, err := unix.IoctlGetInt(int(fd), unix.TIOCINQ); err == nil {
				n = got
			}
		})
	}
	return n
}

// SetReadDeadline sets when reads fail; it also ends one that is under way.
func (p *Port) SetReadDeadline(t time.Time) error { return p.file.SetReadDeadline(t) }

// SetWriteDeadline sets when writes fail; it also ends one that is under way.
func (p *Port) SetWriteDeadline(t time.Time) error {
	p.pace.setDeadline(t)
	return p.file.SetWriteDeadline(t)
}

// Close lets go of the line and ends reads and writes that are under way. Later
// ones fail with os.ErrClosed, and reach no file.
func (p *Port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil
	}
	p.closed = true
	p.pace.close()
	// What was not sent is not wanted any more, and must not delay the close.
	if sc, err := p.file.SyscallConn(); err == nil {
		_ = sc.Control(func(fd uintptr) { _ = unix.IoctlSetInt(int(fd), unix.TCFLSH, unix.TCOFLUSH) })
	}
	if err := p.file.Close(); err != nil {
		return fmt.Errorf("port %s: close: %w", p.file.Name(), err)
	}
	return nil
}
