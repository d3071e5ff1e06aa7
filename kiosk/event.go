// SPDX-License-Identifier: Apache-2.0

package kiosk

// Event is something that happened: the citizen touched something, a page was seen, a device or the help desk spoke, or
// time went by. Events are plain facts; what follows from them is Session.Apply's to say.
type Event interface{ event() }

// What the citizen does.
type (
	// ChoseLanguage is a touch on a language card; Lang "" goes back to them.
	ChoseLanguage struct{ Lang string }
	// ChoseLevel is a touch on a level; AskedLevel asks for the three again; AskedShow asks for the ring of this step.
	ChoseLevel struct{ Level Level }
	AskedLevel struct{}
	AskedShow  struct{}
	// AnsweredProposal answers what the companion proposed.
	AnsweredProposal struct{ Yes bool }
	// TouchedVeil is a touch on the dimmed part of the page.
	TouchedVeil struct{}
	// SaidHave answers one line of the list of what is needed; AskedStart opens the service.
	SaidHave struct {
		Need string
		On   bool
	}
	AskedStart struct{}
	// ChoseService is a touch on a service of the home screen.
	ChoseService struct{ Guide string }
	// SaidNext is the primary key: "go on".
	SaidNext struct{}
	// Opened and Shut are the two answers under a step: "why" and "missing".
	Opened struct{ What string }
	Shut   struct{}
	// SaidYes, SaidNo and SaidUnsure answer "is it this one?".
	SaidYes    struct{}
	SaidNo     struct{}
	SaidUnsure struct{}
	// AskedShowBox and SaidFixed are the two keys of an explained error.
	AskedShowBox struct{}
	SaidFixed    struct{}
	// AskedCard opens the card's consent again; Ticked changes one field; Took and TookNothing end it. Chose says which of
	// the ways to read a field is right, counted from 0.
	Chose struct {
		Field string
		N     int
	}
	// AskedPagePaper asks for the service's last page on paper; SaidPrint and SaidNoPrint answer whether it is to be, with
	// the person's own words on it. PagePrinted is how it went: State is the printer's.
	AskedPagePaper struct{}
	SaidPrint      struct{}
	SaidNoPrint    struct{}
	PagePrinted    struct {
		OK    bool
		State string
	}
	// AskedSheets asks for this page as sheets of the office's printer; AskedWhere, where there is none, for a slip that says
	// where to find it. SaidPrint and SaidNoPrint answer the sheets on the screen too.
	AskedSheets struct{}
	// SaidUse gives the pictures on the screen to the page, AskedAgain begins once more, SaidNoFile gives none. AskedScan has the scanner take one,
	// AskedSource goes on with the camera, or with the scanner.
	SaidUse     struct{}
	AskedAgain  struct{}
	AskedScan   struct{}
	AskedSource struct{ Camera bool }
	SaidNoFile  struct{}
	AskedWhere  struct{}
	AskedCard   struct{}
	Ticked      struct {
		Field string
		On    bool
	}
	Took        struct{}
	TookNothing struct{}
	// AskedHelp opens the consent for help; ChangedConsent moves one of its switches ("talk", "see", "point");
	// WantedHelp sends the request; WantedAlone goes back to the form and keeps the place in the queue; StoppedHelp ends it all.
	AskedHelp      struct{}
	ChangedConsent struct {
		What string
		On   bool
	}
	WantedHelp  struct{ ID string } // a fresh random id, made by the worker
	WantedAlone struct{}
	StoppedHelp struct{}
	// AskedReveal begins and leaves showing the helper one element; Picked is the touch of the page that says which one (Never:
	// what stands in it is shown to nobody); SaidReveal shows it; RevealOver: its time is over.
	AskedReveal struct{}
	Picked      struct {
		ID    string
		Never bool
	}
	SaidReveal struct{}
	RevealOver struct{}
	// AskedReading is the Read aloud key; Busy: something is being said, and the key stops it.
	AskedReading struct{ Busy bool }
	// WentBack, AskedEnd, SaidEnd, SaidStay are the Back and End keys and the answer to "Erase and end?".
	WentBack struct{}
	AskedEnd struct{}
	SaidEnd  struct{}
	SaidStay struct{}
	// AskedRetry, AskedHome and AskedPrint are keys of a failure screen.
	AskedRetry struct{}
	AskedHome  struct{}
	AskedPrint struct{}
	// Switched turns "large" or "contrast" over.
	Switched struct{ What string }
	// Touched is any sign that somebody is there.
	Touched struct{}
)

// Sight is how well a step's target was found on the page.
type Sight string

// The three answers of the engine, and a step without a target.
const (
	Sure    Sight = "sure"    // ring it and say so
	Likely  Sight = "likely"  // ring it and ask "is it this one?"
	Unknown Sight = "unknown" // say so, never guess
)

// SiteError is a validation error of the site, as it stands on the page.
type SiteError struct {
	Step  string // the step whose field it is about; "" when it is not known
	Words Private
}

// What the browser sees and does.
type (
	// PageSeen is the whole of what matters on the service's page now. It comes after each navigation (Fresh) and again
	// whenever any of it changes.
	PageSeen struct {
		Page   string           // id of the guide's page; "" when the page is none of them
		Fresh  bool             // a new document
		Sights map[string]Sight // by step
		Done   map[string]bool  // steps that the page shows as done
		Errors []SiteError
		Skips  map[string]bool // steps that an earlier choice on the page makes needless
		Signs  []Sign
		RingY  int // where the ring of the current step meets the companion, CSS px; 0: not in view or no free way
	}
	// Filled is the result of a Fill: the value was typed, read again and compared.
	Filled struct {
		Step string
		OK   bool
	}
	// SiteDown: the service does not answer; Unsure: whoever does cannot prove to be the service.
	SiteDown struct{ Unsure bool }
	// WindowWanted: the page wanted a window of its own; what it would show is shown in ours. FileOffered: it gave a file, which
	// is not kept.
	WindowWanted struct{}
	FileOffered  struct{}
	// SheetsWanted: the page wants to be printed, or (File) gave a file that can be. SheetsMade: there are N sheets to look at;
	// Why (SheetsBroken, SheetsMany) there are not.
	SheetsWanted struct{ File bool }
	SheetsMade   struct {
		N   int
		Why string
	}
	// FileWanted: a box of the page for a file was touched. CameraFailed: the camera does not work. PictureGiven: whether the box
	// holds the picture now.
	FileWanted   struct{ Several bool }
	CameraFailed struct{}
	PictureGiven struct{ OK bool }
	// Scanned: the scanner has a picture ready, or is in a plain-language state in which it gives none.
	Scanned struct{ State string }
	// NetworkQuiet: the page has loaded nothing for a moment. Woke answers Wake.
	NetworkQuiet struct{}
	Woke         struct{ Page, Step string }
	// Blocked: the page tried to lead somewhere that is not part of the service; the step was restored.
	Blocked struct{}
)

// What devices, help desk and clock say.
type (
	// CardReading: a card is in the reader and is being read. CardRead: these are its values.
	CardReading struct{}
	CardRead    struct{ Fields Fields }
	// CardFailed: it could not be read; State is the plain-language device state. CardOut: it was taken out.
	CardFailed struct{ State string }
	CardOut    struct{}
	// ReaderChanged and PrinterChanged carry the plain-language state of a device.
	ReaderChanged  struct{ State string }
	PrinterChanged struct{ State string }
	// Printed is the result of a Print: the plain-language state of the printer afterwards.
	Printed struct {
		OK    bool
		State string
	}

	// SheetsStopped: the office's printer has stopped in the middle and waits, or with "" goes on. SheetsPrinted: how it went.
	SheetsStopped struct{ State string }
	SheetsPrinted struct {
		OK    bool
		State string
	}

	// HubChanged: the line to the help desk is up or down.
	HubChanged struct{ Up bool }
	// HelpQueued: the hub has the request. Before and Minutes are -1 when not known.
	HelpQueued struct{ Free, Before, Minutes int }
	// HelpAccepted: a volunteer took the call; Digits are the four check digits.
	HelpAccepted struct{ Name, Digits string }
	// HelpLost: the volunteer is gone without a word, and the hub looks for another.
	HelpLost struct{}
	// HelpSaid: words of the volunteer (a phrase in the citizen's language, or a line of chat).
	HelpSaid struct{ ID, Text string }
	// HelpPointed: the volunteer points at an element with these public words ("" when it has none); false: it let go.
	HelpPointed struct {
		On          bool
		Step, Label string
	}
	// HelpSuggestedBack: the volunteer suggests going back a step.
	HelpSuggestedBack struct{}
	// HelpGone: the volunteer ended the call, or the hub says that it is over.
	HelpGone struct{}

	// Silent: nobody has touched anything on this step for a while.
	Silent struct{}
	// IdleFor: nobody touched anything until now; the session ends in Left seconds. Left 0: it ends.
	IdleFor struct{ Left int }
	// Resumed: another worker was lost, and this one goes on where it can. It is the first event of a session.
	Resumed struct{ Resume Resume }
	// DeadEnd: the page led to something that cannot be shown, or did not answer for long. Here: it is there again as it was.
	DeadEnd struct{ Here bool }
	// PageCrashed: the process of the service's page died; the browser lives.
	PageCrashed struct{}
	// BrowserLost: the browser is gone; nothing of this session can be shown any more.
	BrowserLost struct{}
)

func (ChoseLanguage) event()     {}
func (ChoseLevel) event()        {}
func (AskedLevel) event()        {}
func (AskedShow) event()         {}
func (AnsweredProposal) event()  {}
func (TouchedVeil) event()       {}
func (SaidHave) event()          {}
func (AskedStart) event()        {}
func (Silent) event()            {}
func (Resumed) event()           {}
func (PageCrashed) event()       {}
func (DeadEnd) event()           {}
func (WindowWanted) event()      {}
func (FileOffered) event()       {}
func (NetworkQuiet) event()      {}
func (Woke) event()              {}
func (ChoseService) event()      {}
func (SaidNext) event()          {}
func (Opened) event()            {}
func (Shut) event()              {}
func (SaidYes) event()           {}
func (SaidNo) event()            {}
func (SaidUnsure) event()        {}
func (AskedShowBox) event()      {}
func (SaidFixed) event()         {}
func (AskedCard) event()         {}
func (Ticked) event()            {}
func (Chose) event()             {}
func (AskedPagePaper) event()    {}
func (SaidPrint) event()         {}
func (SaidNoPrint) event()       {}
func (PagePrinted) event()       {}
func (SaidUse) event()           {}
func (AskedAgain) event()        {}
func (AskedScan) event()         {}
func (AskedSource) event()       {}
func (Scanned) event()           {}
func (SaidNoFile) event()        {}
func (FileWanted) event()        {}
func (CameraFailed) event()      {}
func (PictureGiven) event()      {}
func (AskedSheets) event()       {}
func (AskedWhere) event()        {}
func (SheetsWanted) event()      {}
func (SheetsMade) event()        {}
func (SheetsStopped) event()     {}
func (SheetsPrinted) event()     {}
func (Took) event()              {}
func (TookNothing) event()       {}
func (AskedHelp) event()         {}
func (ChangedConsent) event()    {}
func (WantedHelp) event()        {}
func (WantedAlone) event()       {}
func (StoppedHelp) event()       {}
func (AskedReveal) event()       {}
func (Picked) event()            {}
func (SaidReveal) event()        {}
func (RevealOver) event()        {}
func (AskedReading) event()      {}
func (WentBack) event()          {}
func (AskedEnd) event()          {}
func (SaidEnd) event()           {}
func (SaidStay) event()          {}
func (AskedRetry) event()        {}
func (AskedHome) event()         {}
func (AskedPrint) event()        {}
func (Switched) event()          {}
func (Touched) event()           {}
func (PageSeen) event()          {}
func (Filled) event()            {}
func (SiteDown) event()          {}
func (Blocked) event()           {}
func (CardReading) event()       {}
func (CardRead) event()          {}
func (CardFailed) event()        {}
func (CardOut) event()           {}
func (ReaderChanged) event()     {}
func (PrinterChanged) event()    {}
func (Printed) event()           {}
func (HubChanged) event()        {}
func (HelpQueued) event()        {}
func (HelpAccepted) event()      {}
func (HelpSaid) event()          {}
func (HelpLost) event()          {}
func (HelpPointed) event()       {}
func (HelpSuggestedBack) event() {}
func (HelpGone) event()          {}
func (IdleFor) event()           {}
func (BrowserLost) event()       {}
