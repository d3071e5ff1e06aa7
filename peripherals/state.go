// SPDX-License-Identifier: Apache-2.0

package peripherals

// State is what a device is like right now, from a closed list: a screen, an
// icon and a sentence exist for each. A driver that meets something new maps it
// to the nearest of these rather than inventing text.
type State string

// MaxStates is the most states there may ever be, so that each can have words
// in every language that people have checked.
const MaxStates = 30

// The states of readers, cards, printers and scanners.
const (
	// ReaderReady: the reader answers and waits for a card.
	ReaderReady State = "reader.ready"
	// ReaderAbsent: there is no reader at the port.
	ReaderAbsent State = "reader.absent"
	// ReaderReading: a card is in and is being read.
	ReaderReading State = "reader.reading"
	// ReaderSilent: something is at the port, but it does not answer.
	ReaderSilent State = "reader.silent"
	// ReaderTaken: another program uses the port, or may not be used by us.
	ReaderTaken State = "reader.taken"
	// ReaderOther: what answers is another device than the one that was set up.
	ReaderOther State = "reader.other"

	// CardOK: the card was read.
	CardOK State = "card.ok"
	// CardUnreadable: the card is broken, dirty or the wrong way round.
	CardUnreadable State = "card.unreadable"
	// CardUnknown: the card works, but is none that we know.
	CardUnknown State = "card.unknown"
	// CardPulled: the card was taken out while it was being read.
	CardPulled State = "card.pulled"
	// CardGone: the slot is empty.
	CardGone State = "card.gone"

	// PrinterReady: the printer answers, has paper and is closed.
	PrinterReady State = "printer.ready"
	// PrinterAbsent: there is no printer at the port.
	PrinterAbsent State = "printer.absent"
	// PrinterPaperOut: the paper has run out; nothing is printed.
	PrinterPaperOut State = "printer.paper_out"
	// PrinterPaperLow: it prints, and the roll will end soon.
	PrinterPaperLow State = "printer.paper_low"
	// PrinterCoverOpen: the cover is open; nothing is printed.
	PrinterCoverOpen State = "printer.cover_open"
	// PrinterFault: the printer reports an error of its own, such as a
	// stuck cutter or a hot head.
	PrinterFault State = "printer.fault"
	// PrinterTaken: another program uses the port, or may not be used by us.
	PrinterTaken State = "printer.taken"
	// PrinterOther: what answers is another printer than the one that was set up.
	PrinterOther State = "printer.other"
	// PrinterHeld: it holds a paper out that nobody has taken yet.
	PrinterHeld State = "printer.held"
	// PrinterUncertain: something was sent, and whether all of it is on
	// paper is not known.
	PrinterUncertain State = "printer.uncertain"
	// PrinterUnknown: something is at the port, but does not say how it is.
	// This is not "no paper" and not "ready".
	PrinterUnknown State = "printer.unknown"

	// ScannerReady: the scanner is there and can be used.
	ScannerReady State = "scanner.ready"
	// ScannerAbsent: there is no scanner, it is switched off, or the program that drives scanners is not installed.
	ScannerAbsent State = "scanner.absent"
	// ScannerEmpty: it takes papers from a feeder, and there is none in it.
	ScannerEmpty State = "scanner.empty"
	// ScannerJammed: a paper is stuck, or its cover is open.
	ScannerJammed State = "scanner.jammed"
	// ScannerTaken: somebody else is scanning, or it may not be used by us.
	ScannerTaken State = "scanner.taken"
	// ScannerFault: it does not scan, and does not say why.
	ScannerFault State = "scanner.fault"
)

// sentences hold a plain English sentence a state, and for people who look after the machine
// what to do about it. The citizen's screen has its own words by language; these are for
// people at a command line and logs.
var sentences = []struct {
	state    State
	text, do string // without a do, all is well
}{
	{ReaderReady, "The card reader is ready.", ""},
	{ReaderAbsent, "The card reader is not plugged in.", "Plug it in. If it is, look whether the port in the configuration is its (handrail device list)."},
	{ReaderReading, "The card is being read. Leave it in.", ""},
	{ReaderSilent, "The card reader does not answer.", "Pull its cable out, wait a moment and put it back. Look whether the driver in the configuration is for this reader."},
	{ReaderTaken, "The card reader is in use by another program.", "If that is the terminal itself, all is well. Otherwise end the other program, or let this user open the port."},
	{ReaderOther, "Another card reader is plugged in than the one that was set up.", "Put the right one back, or write the new one's name into the configuration (identity)."},
	{CardOK, "The card was read.", ""},
	{CardUnreadable, "The card could not be read. Take it out, and put it in again, chip first.", ""},
	{CardUnknown, "This is not a card that can be read here.", ""},
	{CardPulled, "The card was taken out too soon. Nothing of it was kept.", ""},
	{CardGone, "There is no card in the reader.", ""},
	{PrinterReady, "The printer is ready.", ""},
	{PrinterAbsent, "The printer is not plugged in.", "Plug it in and switch it on. If it is, look whether the port in the configuration is its (handrail device list)."},
	{PrinterPaperOut, "The printer has no paper.", "Put in a new roll."},
	{PrinterPaperLow, "The printer's paper will run out soon.", "Have a new roll ready. It still prints."},
	{PrinterCoverOpen, "The printer's cover is open.", "Close it until it clicks."},
	{PrinterFault, "The printer reports a fault.", "Switch it off, look for paper in the knife, and switch it on again."},
	{PrinterTaken, "The printer is in use by another program.", "If that is the terminal itself, all is well. Otherwise end the other program, or let this user open the port."},
	{PrinterOther, "Another printer is plugged in than the one that was set up.", "Put the right one back, or write the new one's name into the configuration (identity)."},
	{PrinterHeld, "A paper waits in the printer for somebody to take it.", ""},
	{PrinterUncertain, "The paper may not be complete. Please look at it.", "Look at the last paper. The next one is marked as a copy."},
	{PrinterUnknown, "The printer does not say how it is.", "Look whether it is switched on, and whether speed and profile in the configuration are its."},
	{ScannerReady, "The scanner is ready.", ""},
	{ScannerAbsent, "The scanner is not plugged in.", "Plug it in and switch it on. Look whether the port in the configuration is its (scanimage -L), and whether sane-utils is installed."},
	{ScannerEmpty, "There is no paper in the scanner.", "Lay one in."},
	{ScannerJammed, "A paper is stuck in the scanner, or its cover is open.", "Open the cover, take the paper out, and close it."},
	{ScannerTaken, "The scanner is in use by another program.", "End the other program, or let this user use the scanner (the group scanner)."},
	{ScannerFault, "The scanner does not scan.", "Switch it off, wait a moment and switch it on again."},
}

// States lists every state there is, readers first.
func States() []State {
	all := make([]State, 0, len(sentences))
	for _, s := range sentences {
		all = append(all, s.state)
	}
	return all
}

// Valid reports whether s is on the list.
func (s State) Valid() bool { return s.Sentence() != "" }

// Sentence says the state in plain English; it is empty for what is no state.
func (s State) Sentence() string {
	for _, e := range sentences {
		if e.state == s {
			return e.text
		}
	}
	return ""
}

// Advice is what somebody who looks after the machine can do about a state, in plain English;
// empty where there is nothing to do.
func (s State) Advice() string {
	for _, e := range sentences {
		if e.state == s {
			return e.do
		}
	}
	return ""
}

// Attend reports whether a device in this state needs somebody. Paper that will run out soon
// does not yet.
func (s State) Attend() bool { return s.Advice() != "" && s != PrinterPaperLow }

// CanPrint reports whether a printer in this state takes a document. One that still holds
// a paper out takes that back first.
func (s State) CanPrint() bool { return s == PrinterReady || s == PrinterPaperLow || s == PrinterHeld }
