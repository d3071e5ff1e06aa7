// SPDX-License-Identifier: Apache-2.0

// Package peripherals says what a device is to Handrail: a card reader that
// reports cards, a printer that takes documents, and the closed list of
// plain-language states that either can be in.
//
// It holds contracts only. Drivers live one folder down (card, printer), the
// serial line in port, and devices made of software in emulator. Everything
// here is a leaf: it imports no other part of the product, so a driver can be
// written and tested without knowing what a session is.
package peripherals

import "context"

// Config says which driver talks to which port.
type Config struct {
	// Driver is a name from the driver's registry, such as "ccid-serial".
	Driver string `yaml:"driver"`
	// Port is the path of the serial device, or of a symlink to it. It need
	// not exist yet: drivers wait for it. Readers take a folder of such
	// symlinks too, and find the one at which a device of theirs answers;
	// all in it are asked, and a printer would print the question, so it
	// had better be a folder of readers.
	Port string `yaml:"port"`
	// Profile names the printer's profile ("epson-tm"); readers ignore it.
	Profile string `yaml:"profile,omitempty"`
	// Identity is how the device names itself, or the start of that
	// ("GemTwin-V2"), for when another of the same kind may be plugged in in
	// its place: what names itself otherwise is left alone. Empty for any.
	Identity string `yaml:"identity,omitempty"`
	// IgnoreLeft keeps a reader from reading the card that is in its slot when it is opened: it is the last person's. It
	// is set by who opens the reader and is no part of a configuration.
	IgnoreLeft bool `yaml:"-" json:"-"`
	// Delimiters are what a line reader puts around a code: start and end,
	// with a comma between ("STX,ETX", ",CR", ",TAB"). Empty for STX, ETX,
	// CR and LF alike.
	Delimiters string `yaml:"delimiters,omitempty"`
	// Codes are the library card numbers that count, as kind:pattern pairs
	// ("codabar:2*************"), where * is any digit. Empty for the
	// commonest.
	Codes []string `yaml:"codes,omitempty"`
	// Baud is the speed that a printer has been set to; 0 is that of its profile.
	Baud int `yaml:"baud,omitempty"`
}

// CardEventKind says what happened at the reader.
type CardEventKind int

// The kinds of CardEvent. A card in the slot gives CardInserted, then exactly
// one of CardRead and CardFailed, then CardRemoved.
const (
	// CardInserted: a card is in the slot and is being read.
	CardInserted CardEventKind = iota + 1
	// CardRead: the whole card was read; Fields holds what is allowed out.
	CardRead
	// CardRemoved: the slot is empty again, or the reader has gone; that it has gone (ReaderState) is said before.
	CardRemoved
	// CardFailed: the card could not be read; State says why. Nothing of it
	// was kept.
	CardFailed
	// ReaderState: the reader itself changed; State is its new state.
	ReaderState
	// CardLeft: a card was in the slot already (Config.IgnoreLeft). It is not read; CardRemoved follows once it is out.
	CardLeft
)

func (k CardEventKind) String() string {
	switch k {
	case CardInserted:
		return "inserted"
	case CardRead:
		return "read"
	case CardRemoved:
		return "removed"
	case CardFailed:
		return "failed"
	case ReaderState:
		return "reader"
	case CardLeft:
		return "left"
	}
	return "unknown"
}

// CardEvent is one thing that a reader reports.
type CardEvent struct {
	Kind CardEventKind
	// Fields is set for CardRead only. The receiver owns the values and
	// wipes them when it has no more use for them.
	Fields []Field
	// State is the device state that the event stands for.
	State State
}

// CardReader is a supervised reader.
type CardReader interface {
	// Run waits for the port to appear, finds out who is there, and reports
	// cards to emit until ctx ends. It survives noise, unplugging and
	// replugging, and returns nil when ctx ends, after its goroutines have
	// ended. It returns an error only for what waiting cannot mend.
	// emit is called from one goroutine and should return soon.
	Run(ctx context.Context, emit func(CardEvent)) error
}

// PrintNotes take down how far a document is.
type PrintNotes interface {
	// Sending is called before the bytes from offset on are sent: with 0 before the
	// first. An error then ends the print, with nothing sent.
	Sending(offset int) error
	// Flushed is called when all has been sent.
	Flushed() error
}

// StopNotes are PrintNotes that want to know when the printer has stopped in the middle and
// waits for a person. With an ok state it goes on.
type StopNotes interface {
	Stopped(State)
}

// ToldPrinter is a printer that tells how far it is.
type ToldPrinter interface {
	Printer
	PrintTold(ctx context.Context, doc Document, notes PrintNotes) (State, error)
}

// Printer prints documents on paper.
type Printer interface {
	// Print prints doc and waits until the printer says that it has worked
	// through all of it. The state can print (State.CanPrint) with a nil
	// error only then; any other state comes with an error, and
	// PrinterUncertain means that some or all of it may be on paper.
	Print(ctx context.Context, doc Document) (State, error)
	// Status asks the printer how it is. It never blocks for longer than a
	// few seconds.
	Status(ctx context.Context) State
	// Close lets go of the port.
	Close() error
}
