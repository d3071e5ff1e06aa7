// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

const (
	// chunk is how many bytes are sent before anything else is looked at.
	chunk = 256
	// tellEvery bytes the journal is told how far a document is: a few times a document,
	// since each is a write to disk.
	tellEvery = 4096
	// beatEvery is how often a printer is asked in the middle of a document whether it is
	// there, in time on the line. No printer starts faster than that: one whose power was cut misses a question,
	// and what it missed beside that is not passed off as printed.
	beatEvery = 400 * time.Millisecond
)

// deliver sends a job and waits for its end.
func (e *escpos) deliver(ctx context.Context, j job, notes peripherals.PrintNotes) (peripherals.State, error) {
	line, err := e.connect()
	if err != nil {
		return absentOr(err), err
	}
	// A cancelled context ends a write that hangs.
	stop := context.AfterFunc(ctx, func() { line.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()
	j = e.wakeful(j)
	e.auto, e.blinked = peripherals.PrinterReady, false
	told, asked := 0, 0
	var beat time.Time
	for sent, next := 0, 0; sent < len(j.bytes); {
		if notes != nil && sent-told >= tellEvery {
			told = sent
			if err := notes.Sending(sent); err != nil {
				return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errStopped, err)
			}
		}
		for next < len(j.ends) && j.ends[next] <= sent {
			next++
		}
		between := sent == 0 || next > 0 && j.ends[next-1] == sent
		if e.glance(line); between && stopped(e.auto) {
			if state, on := e.hold(ctx, notes); !on {
				return state, fmt.Errorf("%w: %s", errStopped, state.Sentence())
			}
		}
		if onLine := time.Duration(sent-asked) * 10 * time.Second / time.Duration(e.profile.Baud); between && e.profile.Status && max(time.Since(beat), onLine) >= beatEvery {
			beat, asked = time.Now(), sent
			if err := e.write(ctx, []byte{dle, 0x04, 1}); err == nil {
				e.beats++
			}
		}
		line.SetWriteDeadline(time.Now().Add(e.waits.stall))
		if ctx.Err() != nil {
			return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errStopped, ctx.Err())
		}
		end := min(sent+chunk, len(j.bytes))
		if next < len(j.ends) {
			end = min(end, j.ends[next])
		}
		n, err := line.Write(j.bytes[sent:end])
		sent += n
		if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() == nil {
			if state := e.giveUp(ctx); !state.CanPrint() {
				return state, fmt.Errorf("%w: it took no more after %d of %d bytes", errStopped, sent, len(j.bytes))
			}
			return peripherals.PrinterUncertain, fmt.Errorf("%w: it took no more after %d of %d bytes", errStopped, sent, len(j.bytes))
		}
		if ctx.Err() != nil {
			return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errStopped, ctx.Err())
		}
		if err != nil {
			e.hangUp()
			return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errStopped, err)
		}
	}
	if notes != nil {
		if err := notes.Flushed(); err != nil {
			return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errUncertain, err)
		}
	}
	if !e.profile.Status {
		return peripherals.PrinterUncertain, errUncertain
	}
	return e.awaitEnd(ctx, notes)
}

// wakeful has the printer tell by itself when something changes. A document begins with ESC @,
// which ends that.
func (e *escpos) wakeful(j job) job {
	if !e.profile.ASB {
		return j
	}
	command := []byte{gs, 'a', 0x0E} // online or not, errors, paper
	made := job{bytes: slices.Concat(j.bytes[:2], command, j.bytes[2:])}
	for _, end := range j.ends {
		made.ends = append(made.ends, end+len(command))
	}
	return made
}

// glance takes in what the printer has said, if anything.
func (e *escpos) glance(line port.Line) {
	if w, ok := line.(interface{ Waiting() int }); !ok || w.Waiting() == 0 {
		return
	}
	_ = e.read(time.Now().Add(time.Millisecond)) // the next write says what is wrong
	for ok := true; ok; {
		_, ok = e.sort()
	}
}

// settle waits until what was asked in the middle of a document is answered, or will not be.
func (e *escpos) settle(ctx context.Context) error {
	if e.beats == 0 {
		return nil
	}
	// What is on its way before the question takes its time.
	ahead := time.Duration(e.profile.Buffer/2) * 10 * time.Second / time.Duration(e.profile.Baud)
	for until := time.Now().Add(e.waits.answer + ahead); e.beats > 0 && time.Now().Before(until); {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err := e.read(time.Now().Add(slice)); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		for ok := true; ok && e.beats > 0; {
			_, ok = e.sort()
		}
	}
	if e.beats > 0 {
		e.beats, e.blinked = 0, true
	}
	return nil
}

// awaitEnd asks the printer to answer when it has worked through everything, and
// watches how it is while it does not.
func (e *escpos) awaitEnd(ctx context.Context, notes peripherals.PrintNotes) (peripherals.State, error) {
	// GS r is answered in its turn, unlike DLE EOT.
	e.ended = nil
	if err := e.write(ctx, []byte{gs, 'r', 1}); err != nil {
		return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errUncertain, err)
	}
	deadline := time.Now().Add(e.waits.done)
	for time.Now().Before(deadline) {
		b, err := e.await(ctx, paperReply, time.Second)
		if err == nil {
			return e.confirmed(ctx, b)
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errUncertain, err)
		}
		state, err := e.sensors(ctx)
		if e.blinked {
			break // what it has forgotten never comes to an end
		}
		if err != nil || !stopped(state) {
			continue
		}
		e.auto = state
		if state, on := e.hold(ctx, notes); !on {
			return state, fmt.Errorf("%w: %s", errStopped, state.Sentence())
		}
		deadline = time.Now().Add(e.waits.done)
	}
	return peripherals.PrinterUncertain, errUncertain
}

// confirmed is the end of a document, paper the answer to GS r.
func (e *escpos) confirmed(ctx context.Context, paper byte) (peripherals.State, error) {
	// Questions in the middle are answered at once, and so before this.
	if e.beats > 0 || e.blinked {
		e.beats = 0
		return peripherals.PrinterUncertain, fmt.Errorf("%w: %w", errUncertain, errBlinked)
	}
	if e.profile.Mouth != 0 {
		if state, err := e.sensors(ctx); err == nil && state.CanPrint() {
			return state, nil
		}
	}
	if paper&0x0F != 0 {
		return peripherals.PrinterPaperLow, nil
	}
	return peripherals.PrinterReady, nil
}

// hold waits a while for somebody to close the cover or to free the knife, and has the
// printer go on from where it stopped. Paper that has run out is another matter: the rest
// would come out on another roll, so that is broken off and printed again. On false, what
// was left is forgotten.
func (e *escpos) hold(ctx context.Context, notes peripherals.PrintNotes) (state peripherals.State, on bool) {
	tell := func(s peripherals.State) {
		if n, ok := notes.(peripherals.StopNotes); ok {
			n.Stopped(s)
		}
	}
	state = e.auto
	said := peripherals.State("")
	for until := time.Now().Add(e.waits.hold); time.Now().Before(until); {
		got, err := e.sensors(ctx)
		if err != nil {
			return silentOr(err), false
		}
		e.auto = got
		if got.CanPrint() {
			tell(got)
			return got, true
		}
		if state = got; state == peripherals.PrinterPaperOut {
			break
		}
		if state != said {
			tell(state)
			said = state
		}
		if state == peripherals.PrinterFault && e.write(ctx, []byte{dle, 0x05, 1}) != nil {
			break
		}
		pause := time.NewTimer(2 * slice)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			e.giveUp(context.WithoutCancel(ctx))
			return state, false
		}
	}
	if got := e.giveUp(ctx); !got.CanPrint() {
		return got, false
	}
	return peripherals.PrinterUncertain, false
}

// silentOr is the state of a printer that fell silent in the middle of a document.
func silentOr(err error) peripherals.State {
	if errors.Is(err, port.ErrGone) || errors.Is(err, os.ErrDeadlineExceeded) {
		return peripherals.PrinterUncertain
	}
	return absentOr(err)
}

// meet asks a printer who it is, once a line, and refuses another than the one that was set
// up: nobody would look for the paper there.
func (e *escpos) meet(ctx context.Context) error {
	if e.met || !e.profile.Names {
		return nil
	}
	identity := ""
	for _, n := range []byte{67, 68} { // model and number
		e.calls = nil
		if err := e.write(ctx, []byte{gs, 'I', n}); err != nil {
			return err
		}
		switch _, err := e.await(ctx, nameReply, e.waits.answer); {
		case err == nil:
			identity += " " + *e.calls
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		}
	}
	if identity = strings.TrimSpace(identity); !strings.HasPrefix(identity, e.config.Identity) {
		e.hangUp()
		return fmt.Errorf("%w: it calls itself %q", errOther, identity)
	}
	e.met = true
	e.mu.Lock()
	e.identity = identity
	e.mu.Unlock()
	return nil
}

// retract takes back a paper that nobody has taken, so that whoever is next does not find it
// with their own.
func (e *escpos) retract(ctx context.Context) error {
	if len(e.profile.Retract) == 0 {
		return nil
	}
	if err := e.write(ctx, e.profile.Retract); err != nil {
		return err
	}
	for until := time.Now().Add(e.waits.stall); ; {
		state, err := e.sensors(ctx)
		if err != nil {
			return err
		}
		if state != peripherals.PrinterHeld {
			return nil
		}
		if time.Now().After(until) {
			return errors.New("the paper before is still in its mouth")
		}
		time.Sleep(slice)
	}
}
