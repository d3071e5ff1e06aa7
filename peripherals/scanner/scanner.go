// SPDX-License-Identifier: Apache-2.0

// Package scanner takes pictures of papers with a scanner. What it gives is in memory alone.
//
// Flatbeds and feeders speak hundreds of languages, and SANE speaks them all; its own program scanimage is how we use it. Another way to a
// scanner is another file here.
package scanner

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"handrail/peripherals"
)

// Program is the scanimage of Debian's sane-utils.
const Program = "scanimage"

const (
	// resolution reads a page of small print; points an inch.
	resolution = 200
	// MaxSize bounds a picture, bytes.
	MaxSize = 24 << 20
	// scanLimit is how long a page may take: a lamp that warms up is slow.
	scanLimit = 90 * time.Second
)

// Scanner is one of SANE's devices, by its name there ("genesys:libusb:001:004"; scanimage -L lists them).
type Scanner struct{ device string }

// Open makes one of a configuration. Nothing is asked of the device.
func Open(c peripherals.Config) (*Scanner, error) {
	switch {
	case c.Driver != "sane":
		return nil, fmt.Errorf("scanner: there is no driver %q; there is sane", c.Driver)
	case c.Port == "" || strings.HasPrefix(c.Port, "-") || len(c.Port) > 200 || strings.ContainsFunc(c.Port, func(r rune) bool { return r < ' ' }):
		return nil, errors.New("scanner: its name with SANE is missing; scanimage -L lists those that are there")
	}
	return &Scanner{c.Port}, nil
}

// Scan takes one page: a JPEG. Without one the state says why, in the words that there are for it.
func (s *Scanner) Scan(ctx context.Context) ([]byte, peripherals.State, error) {
	page, state, err := s.scan(ctx, "--mode", "Color", "--resolution", strconv.Itoa(resolution))
	if errors.Is(err, errOption) { // it has other words for them; what it does by itself is better than nothing
		page, state, err = s.scan(ctx)
	}
	return page, state, err
}

// Status asks whether the scanner is there; no paper is moved.
func (s *Scanner) Status(ctx context.Context) peripherals.State {
	_, said, err := s.run(ctx, 1<<16, "--dont-scan")
	if err == nil {
		return peripherals.ScannerReady
	}
	return stateOf(said, err)
}

func (s *Scanner) scan(ctx context.Context, options ...string) ([]byte, peripherals.State, error) {
	page, said, err := s.run(ctx, MaxSize, append(options, "--format=jpeg")...)
	if err == nil && !bytes.HasPrefix(page, []byte{0xff, 0xd8, 0xff}) {
		err = errors.New("what came is no picture")
	}
	if err != nil {
		clear(page)
		if strings.Contains(said, "setting of option") || strings.Contains(said, "unrecognized option") {
			err = errors.Join(errOption, err)
		}
		return nil, stateOf(said, err), fmt.Errorf("scanner: %w: %s", err, strings.TrimSpace(said))
	}
	return page, peripherals.ScannerReady, nil
}

var (
	errOption = errors.New("it has no such option")
	errLarge  = errors.New("the picture is too large")
)

// run runs the program to its end, and gives what it wrote and what it said. It writes no file.
func (s *Scanner) run(ctx context.Context, most int, options ...string) (out []byte, said string, err error) {
	ctx, cancel := context.WithTimeout(ctx, scanLimit)
	defer cancel()
	picture, words := bounded{most: most}, bounded{most: 4 << 10}
	cmd := exec.CommandContext(ctx, Program, append([]string{"--device-name=" + s.device}, options...)...)
	cmd.Stdout, cmd.Stderr = &picture, &words
	cmd.Env = append(cmd.Environ(), "LC_ALL=C")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.WaitDelay = 5 * time.Second
	err = cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if picture.over {
		err = errLarge
	}
	return picture.data, string(words.data), err
}

// bounded keeps what is written into it, as far as it is not too much.
type bounded struct {
	data []byte
	most int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if len(b.data)+len(p) > b.most {
		b.over = true
		return 0, errLarge
	}
	b.data = append(b.data, p...)
	return len(p), nil
}

// sayings are what SANE says (sane_strstatus of its standard, 4.2.7, in the C locale) and what each means to people.
var sayings = []struct {
	says  string
	state peripherals.State
}{
	{"feeder out of documents", peripherals.ScannerEmpty},
	{"feeder jammed", peripherals.ScannerJammed},
	{"cover is open", peripherals.ScannerJammed},
	{"Device busy", peripherals.ScannerTaken},
	{"Access to resource has been denied", peripherals.ScannerTaken},
	{"open of device", peripherals.ScannerAbsent},
	{"no SANE devices found", peripherals.ScannerAbsent},
}

// stateOf is the state that a failure comes to.
func stateOf(said string, err error) peripherals.State {
	if errors.Is(err, exec.ErrNotFound) {
		return peripherals.ScannerAbsent
	}
	for _, s := range sayings {
		if strings.Contains(said, s.says) {
			return s.state
		}
	}
	return peripherals.ScannerFault
}
