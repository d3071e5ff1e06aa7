// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

func init() {
	register("escpos", func(c peripherals.Config) (peripherals.Printer, error) {
		p, err := loadProfile(c.Profile)
		if err != nil {
			return nil, err
		}
		if c.Baud != 0 {
			p.Baud = c.Baud
		}
		if err := p.check(); err != nil {
			return nil, fmt.Errorf("printer: %w", err)
		}
		if c.Identity != "" && !p.Names {
			return nil, fmt.Errorf("printer: identity %q: printers of the profile %s do not say who they are; leave it out", c.Identity, p.Name)
		}
		return newEscpos(c, p), nil
	})
}

// Why a document may not be on paper.
var (
	errNotReady  = errors.New("nothing was sent")
	errStopped   = errors.New("the printer stopped in the middle; what was left is thrown away")
	errUncertain = errors.New("sent, and the printer did not say that it is done")
	errClosed    = errors.New("the printer is closed")
	errOther     = errors.New("another printer than the one that was set up")
	errBlinked   = errors.New("it was without power in between")
)

// waits are how long a printer may take.
type waits struct {
	answer time.Duration // for a real-time status
	stall  time.Duration // for it to take the next bytes
	done   time.Duration // for it to work through its buffer
	hold   time.Duration // for somebody to close the cover, or free the knife
}

var normalWaits = waits{answer: 600 * time.Millisecond, stall: 5 * time.Second, done: 15 * time.Second, hold: 12 * time.Second}

// slice is how late a cancelled context may be noticed.
const slice = 50 * time.Millisecond

// escpos prints on printers that speak ESC/POS over a serial line. It has no
// goroutines: every exchange has an end.
type escpos struct {
	config  peripherals.Config
	profile profile
	types   *typeset
	waits   waits
	open    func(port.Options) (port.Line, error)
	turn    chan struct{} // holds one token: whoever has it talks to the printer

	mu     sync.Mutex
	line   port.Line
	last   peripherals.State
	closed bool

	// torn says that a document was broken off, so that the next must begin on
	// paper of its own. Whoever has the token may touch it.
	torn bool
	in   []byte // received and not looked at; as torn
	// ended is a reply to GS r that nobody has looked at; as torn.
	ended *byte
	// named says that GS I was answered, caughtUp that no older answer is to come; as
	// torn.
	named, caughtUp bool

	// What the printer says, sorted; as torn.
	said replies
	auto peripherals.State // by itself
	// beats are the questions asked in the middle of a document that are not answered yet,
	// and blinked says that one never was.
	beats   int
	blinked bool
	// calls is the last name that it gave, and identity what it calls itself, once met.
	calls    *string
	met      bool
	identity string
}

func newEscpos(c peripherals.Config, p profile) *escpos {
	e := &escpos{config: c, profile: p, types: newTypeset(fontFolders), waits: normalWaits, turn: make(chan struct{}, 1), last: peripherals.PrinterUnknown}
	e.open = func(o port.Options) (port.Line, error) { return port.Open(o) }
	e.turn <- struct{}{}
	return e
}

// Print lays doc out, asks the printer how it is, sends it all, and waits for the
// printer to say that it has come to the end.
func (e *escpos) Print(ctx context.Context, doc peripherals.Document) (peripherals.State, error) {
	return e.PrintTold(ctx, doc, nil)
}

// PrintTold is Print, telling notes how far it is. A copy begins on paper of its own:
// what came before it may be torn.
func (e *escpos) PrintTold(ctx context.Context, doc peripherals.Document, notes peripherals.PrintNotes) (peripherals.State, error) {
	select {
	case <-e.turn:
		defer func() { e.turn <- struct{}{} }()
	case <-ctx.Done():
		return e.lastState(), fmt.Errorf("printer: %w", ctx.Err())
	}
	made, layoutErr := compose(e.profile, doc, e.types)
	state, err := e.ask(ctx)
	if err == nil && state == peripherals.PrinterFault {
		// Perhaps it only waits to be told what becomes of a paper that was broken off.
		e.giveUp(ctx)
		state, err = e.ask(ctx)
	}
	switch {
	case layoutErr != nil:
		return state, fmt.Errorf("printer: %w", layoutErr)
	case err != nil:
		return state, fmt.Errorf("printer: %w: %w", errNotReady, err)
	case e.profile.Status && !state.CanPrint():
		return state, fmt.Errorf("printer: %w: %s", errNotReady, state.Sentence())
	}
	if torn := e.torn || doc.Copy != ""; torn || !e.caughtUp {
		e.caughtUp = false
		if err := e.catchUp(ctx, torn); err != nil {
			e.torn = true
			state := e.giveUp(ctx)
			if state.CanPrint() {
				state = peripherals.PrinterUncertain
			}
			return e.remember(state), fmt.Errorf("printer: %w: it does not come to the end of what was before: %w", errStopped, err)
		}
	}
	if err := e.meet(ctx); err != nil {
		return e.remember(otherOr(err)), fmt.Errorf("printer: %w: %w", errNotReady, err)
	}
	if state == peripherals.PrinterHeld {
		if err := e.retract(ctx); err != nil {
			return e.remember(state), fmt.Errorf("printer: %w: %w", errNotReady, err)
		}
	}
	if notes != nil {
		if err := notes.Sending(0); err != nil {
			return state, fmt.Errorf("printer: %w: %w", errNotReady, err)
		}
	}
	e.torn = true
	state, err = e.deliver(ctx, made, notes)
	if err != nil {
		return e.remember(state), fmt.Errorf("printer: %w", err)
	}
	e.torn = false
	return e.remember(state), nil
}

// tornEnd ends whatever an interrupted document left behind: nothing but empty
// dots for a picture that was cut short, and a cut of its own.
func tornEnd(p profile) []byte {
	end := make([]byte, p.Dots/8*letterHigh)
	return append(end, esc, '@', '\n', gs, 'V', 66, p.Feed)
}

// stopped reports whether a printer in this state waits for a person.
func stopped(s peripherals.State) bool {
	return s == peripherals.PrinterPaperOut || s == peripherals.PrinterCoverOpen || s == peripherals.PrinterFault
}

// giveUp makes a printer that has stopped forget the rest of a document: it must
// not come out when somebody puts paper in, for whoever is there then. It gives
// the printer's state.
func (e *escpos) giveUp(ctx context.Context) peripherals.State {
	state, err := e.sensors(ctx)
	if err == nil && stopped(state) {
		if e.write(ctx, []byte{dle, 0x05, 2}) == nil {
			// Its next answer says that it has seen this.
			e.realTime(ctx, 1)
		}
	}
	return state
}

// Status asks the printer how it is. While a document is printed it gives what was
// last known.
func (e *escpos) Status(ctx context.Context) peripherals.State {
	wait := time.NewTimer(slice)
	defer wait.Stop()
	select {
	case <-e.turn:
		defer func() { e.turn <- struct{}{} }()
	case <-ctx.Done():
		return e.lastState()
	case <-wait.C:
		return e.lastState()
	}
	state, err := e.ask(ctx)
	if err == nil && state.CanPrint() && !e.torn {
		if err := e.meet(ctx); errors.Is(err, errOther) {
			state = e.remember(peripherals.PrinterOther)
		}
	}
	return state
}

// Close lets go of the port; a Print that is under way fails.
func (e *escpos) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.line == nil {
		return nil
	}
	err := e.line.Close()
	e.line = nil
	return err
}

// Identity is how the printer names itself, "" as long as it was not asked.
func (e *escpos) Identity() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.identity
}

func (e *escpos) lastState() peripherals.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.last
}

func (e *escpos) remember(s peripherals.State) peripherals.State {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last = s
	return s
}
