// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

// How every reader is looked after.
const (
	firstPause   = 250 * time.Millisecond // before a port is tried again
	longestPause = 5 * time.Second
)

// errOther says that what answers is not the device that is wanted.
var errOther = errors.New("another device is at the port")

// supervised keeps a reader in service: it waits for the port, opens it, has the
// driver find out who is there, and begins anew when the line ends. Each opening is a
// generation of its own; nothing of one is known to the next.
type supervised struct {
	config  peripherals.Config
	options port.Options
	open    func(port.Options) (port.Line, error)
	wait    func(ctx context.Context, path string) error
	// serve finds out who is at the line, calls s.met with the name that the
	// device gives itself, and reads cards until the line or ctx ends.
	serve func(ctx context.Context, s *served) error
	// met, if set, is told how the device names itself before anything else is asked of it;
	// an error of it ends the serving.
	met func(identity string) error
}

// served is one generation.
type served struct {
	line port.Line
	rep  *reporter

	want    string // how the device must name itself; any if empty
	isKnown bool
	told    func(identity string) error
}

// met says who has answered. The device is in service unless it is another than the
// one wanted.
func (s *served) met(identity string) error {
	if !strings.HasPrefix(identity, s.want) {
		return fmt.Errorf("%w: it calls itself %q", errOther, identity)
	}
	s.isKnown = true
	if s.told != nil {
		if err := s.told(identity); err != nil {
			return err
		}
	}
	s.rep.reader(peripherals.ReaderReady)
	return nil
}

func newSupervised(c peripherals.Config, o port.Options, serve func(context.Context, *served) error) *supervised {
	o.Path = c.Port
	return &supervised{
		config: c, options: o, serve: serve,
		open: func(o port.Options) (port.Line, error) { return port.Open(o) },
		wait: port.Wait,
	}
}

// Run serves the reader whenever it is there.
func (r *supervised) Run(ctx context.Context, emit func(peripherals.CardEvent)) error {
	rep := &reporter{emit: emit, wary: r.config.IgnoreLeft}
	pause := firstPause
	for ctx.Err() == nil {
		began, before := time.Now(), ports(r.config.Port)
		err := r.serveAny(ctx, rep)
		if ctx.Err() != nil {
			break
		}
		rep.lost(stateOf(err))
		if time.Since(began) > longestPause {
			pause = firstPause // it had worked for a while
		}
		if errors.Is(err, port.ErrGone) {
			if len(port.Candidates(r.config.Port)) == 0 {
				pause = firstPause // what comes now is something new
			}
			if r.wait(ctx, r.config.Port) != nil {
				break
			}
		}
		if errors.Is(err, port.ErrTaken) {
			pause = firstPause // whoever has it, such as a session that ends, lets go soon
		}
		if !rest(ctx, r.config.Port, before, pause) {
			break
		}
		pause = min(2*pause, longestPause)
	}
	return nil
}

// serveAny serves the first of the ports at which a device answers that is ours.
func (r *supervised) serveAny(ctx context.Context, rep *reporter) error {
	paths := port.Candidates(r.config.Port)
	if len(paths) == 0 {
		paths = []string{r.config.Port}
	}
	var err error
	for _, path := range paths {
		s := &served{rep: rep, want: r.config.Identity, told: r.met}
		o := r.options
		o.Path = path
		if s.line, err = r.open(o); err != nil {
			continue
		}
		err = r.serve(ctx, s)
		s.line.Close()
		if s.isKnown || ctx.Err() != nil {
			return err
		}
	}
	return err
}

// ports are the ports at path with what they stand for now.
func ports(path string) []string {
	all := port.Candidates(path)
	for i, p := range all {
		if device, err := filepath.EvalSymlinks(p); err == nil {
			all[i] = p + " " + device
		}
	}
	return all
}

// rest waits for d, at least for the shortest pause, but no longer than until there
// are other ports than before. It is false when ctx ends.
func rest(ctx context.Context, path string, before []string, d time.Duration) bool {
	if !sleep(ctx, min(d, firstPause)) {
		return false
	}
	if d <= firstPause {
		return true
	}
	until, cancel := context.WithTimeout(ctx, d-firstPause)
	defer cancel()
	w := port.NewWatch(path)
	defer w.Close()
	for until.Err() == nil && slices.Equal(before, ports(path)) {
		if err := w.Next(until); err != nil && until.Err() == nil {
			return sleep(ctx, d) // there is no watching here
		}
	}
	return ctx.Err() == nil
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stateOf says what an error of the line means for the reader.
func stateOf(err error) peripherals.State {
	switch {
	case errors.Is(err, port.ErrTaken):
		return peripherals.ReaderTaken
	case errors.Is(err, errOther):
		return peripherals.ReaderOther
	case errors.Is(err, port.ErrGone):
		return peripherals.ReaderAbsent
	}
	return peripherals.ReaderSilent
}

// reporter emits events in an order that makes sense, each once.
type reporter struct {
	emit    func(peripherals.CardEvent)
	state   peripherals.State
	present bool
	settled bool // the card in the slot was read or failed
	wary    bool // what lies in the slot is somebody else's, until it has been seen empty
}

// leftBehind tells whether the card in the slot must not be read, because it was there before us (Config.IgnoreLeft). A
// driver asks each time it has looked at the slot, and before it reads.
func (r *reporter) leftBehind(present bool) bool {
	switch {
	case !r.wary:
		return false
	case !present:
		r.wary = false
		r.removed()
		return false
	case !r.present:
		r.present, r.settled = true, true
		r.emit(peripherals.CardEvent{Kind: peripherals.CardLeft, State: peripherals.ReaderReady})
	}
	return true
}

func (r *reporter) reader(s peripherals.State) {
	if r.state != s {
		r.state = s
		r.emit(peripherals.CardEvent{Kind: peripherals.ReaderState, State: s})
	}
}

func (r *reporter) inserted() {
	r.present, r.settled = true, false
	r.emit(peripherals.CardEvent{Kind: peripherals.CardInserted, State: peripherals.ReaderReading})
}

func (r *reporter) read(fields []peripherals.Field) {
	r.settled = true
	r.emit(peripherals.CardEvent{Kind: peripherals.CardRead, Fields: fields, State: peripherals.CardOK})
}

func (r *reporter) failed(s peripherals.State) {
	r.settled = true
	r.emit(peripherals.CardEvent{Kind: peripherals.CardFailed, State: s})
}

func (r *reporter) removed() {
	if r.present {
		r.present = false
		r.emit(peripherals.CardEvent{Kind: peripherals.CardRemoved, State: peripherals.CardGone})
	}
}

// lost reports that the reader is not there: for us that takes the card away too.
func (r *reporter) lost(s peripherals.State) {
	if r.present && !r.settled {
		r.failed(peripherals.CardUnreadable)
	}
	r.reader(s) // first, so that nobody takes it for a card that was pulled
	r.removed()
}
