// SPDX-License-Identifier: Apache-2.0

package kiosk

// Effect is something the worker has to do now. Only Fill carries a value, and Speak may carry words of the page that echo
// one; both are Private.
type Effect interface{ effect() }

// Phrase is something to be said aloud: words of the catalogue (Key, Args) or of a guide or a page (Text in Lang).
type Phrase struct {
	Key  string
	Args map[string]string
	Text Text
	// Words are the page's own, to be read in Lang; they may echo what was written and are never kept.
	Words Private
	Lang  string
}

type (
	// Show: the screen changed; draw Session's state.
	Show struct{}
	// Speak says phrases one after another, stopping what is being said. None: be quiet.
	Speak struct{ Phrases []Phrase }
	// OpenService opens the guide's first page in the service window.
	OpenService struct{ Guide *Guide }
	// LeaveService forgets the service's page (the window stays, empty and hidden).
	LeaveService struct{}
	// Reload loads the service's current page again. Careful: by its address only, so that nothing is sent a second time.
	Reload struct{ Careful bool }
	// GoBack goes one page back in the service.
	GoBack struct{}
	// Watch: these are the page and the step that count now; ring the step's target. Step "" rings nothing.
	Watch struct {
		Page, Step string
		Refused    bool
		Veil       bool // dim all of the page but the target
	}
	// Wake: answer with Woke after so many seconds, whatever happens meanwhile.
	Wake struct {
		Page, Step string
		Seconds    int
	}
	// FocusTarget scrolls to a step's target and puts the keyboard there.
	FocusTarget struct{ Step string }
	// Fill types one value of the card into a step's target, which the citizen agreed to; the answer is Filled.
	Fill struct {
		Step  string
		Value Private
	}
	// ForgetCard drops the card's values.
	ForgetCard struct{}
	// AskHelp sends a request for help. ID is the request's.
	AskHelp struct{ ID, Mode string }
	// SetConsent tells the helper what they may see and do, from now on; it is enforced here first.
	SetConsent struct{ Consent Consent }
	// Pick has the next touch of the page say what the citizen means, or no more.
	Pick struct{ On bool }
	// Reveal shows the helper what stands in an element now; without an ID it is covered again.
	Reveal struct{ ID string }
	// HangUp ends the call or withdraws the request.
	HangUp struct{ ID string }
	// PrintPage prints what the service's last page says, which is the person's own; the answer is PagePrinted.
	PrintPage struct{}
	// MakeSheets makes sheets of the page, or takes the file that it gave; the answer is SheetsMade. DropSheets forgets them, and
	// calls back a print that is under way. PrintSheets prints what was shown; the answer is SheetsPrinted.
	MakeSheets  struct{ File bool }
	DropSheets  struct{}
	PrintSheets struct{}
	// GivePicture puts the pictures on the screen into the page's box; the answer is PictureGiven. Scan has the scanner take one; the answer is
	// Scanned. DropScan calls that back, and forgets what came of it.
	GivePicture struct{}
	Scan        struct{}
	DropScan    struct{}
	// Print prints the receipt; the answer is Printed.
	Print struct{ Receipt Receipt }
	// Count adds one to a counter without a person in it.
	Count struct{ Name string }
	// Note is a line for the guide journal; the worker adds score and time.
	Note struct{ Noted Noted }
	// Wipe ends the session: worker, browser and everything in them go. Nothing follows.
	Wipe struct{ Ending Ending }
)

// Consent is what the citizen agreed to for this call. The zero value is: nothing.
type Consent struct{ Talk, See, Point bool }

// Ending is what the next screen may say about the session that ended, without knowing anything of it.
type Ending struct {
	Paper    string   // "none", "out", "failed"
	Printer  string   // plain-language state when Paper is "failed"
	Receipt  *Receipt // to copy by hand when Paper is "failed"; it holds no value
	Card     bool     // a card was still in the reader
	Held     bool     // the paper came out into a presenter, which holds it until it is taken
	Finished bool     // the service confirmed
	Lang     string
	Reason   string  // "end", "idle", "lost"
	Resume   *Resume `json:",omitempty"` // of a session that was lost
}

func (Show) effect()         {}
func (Speak) effect()        {}
func (OpenService) effect()  {}
func (LeaveService) effect() {}
func (Reload) effect()       {}
func (GoBack) effect()       {}
func (Watch) effect()        {}
func (Wake) effect()         {}
func (FocusTarget) effect()  {}
func (Fill) effect()         {}
func (ForgetCard) effect()   {}
func (PrintPage) effect()    {}
func (GivePicture) effect()  {}
func (Scan) effect()         {}
func (DropScan) effect()     {}
func (MakeSheets) effect()   {}
func (DropSheets) effect()   {}
func (PrintSheets) effect()  {}
func (AskHelp) effect()      {}
func (SetConsent) effect()   {}
func (HangUp) effect()       {}
func (Pick) effect()         {}
func (Reveal) effect()       {}
func (Print) effect()        {}
func (Count) effect()        {}
func (Note) effect()         {}
func (Wipe) effect()         {}
