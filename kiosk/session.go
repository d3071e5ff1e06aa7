// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"errors"
	"fmt"
)

// ErrEnded is what Apply answers once the session has been wiped.
var ErrEnded = errors.New("session: it has ended")

// Screen is what the citizen sees.
type Screen string

// The screens. Companion, SiteErrorShown, SiteSays and Pointing lie beside the service's page; the others cover it.
const (
	Start          Screen = "start"
	LevelShown     Screen = "level"
	Home           Screen = "home"
	Readiness      Screen = "readiness"
	Companion      Screen = "companion"
	SiteErrorShown Screen = "error"
	SiteSays       Screen = "says"
	CardConsent    Screen = "card"
	HelpConsent    Screen = "help"
	Waiting        Screen = "waiting"
	TicketShown    Screen = "ticket"
	BellAnswered   Screen = "bell"
	Pointing       Screen = "pointing"
	ConfirmEnd     Screen = "confirm-end"
	PaperConsent   Screen = "print"
	SheetsShown    Screen = "sheets"
	FilingShown    Screen = "filing"
	Idle           Screen = "idle"
	EndScreen      Screen = "end"
	FailureShown   Screen = "failure"
)

// Options are what a session starts with.
type Options struct {
	Office    string
	Guides    []*Guide // the services of this terminal, in its order
	Languages []string // offered on the start screen
	NoPrinter bool     // there is nothing to print on
	// SheetPrinter: there is an office printer too; SheetPrice is what a sheet costs.
	SheetPrinter bool
	SheetPrice   Price
	Camera       bool // for pictures of papers
	Scanner      bool // likewise
}

// Session is one citizen at the terminal. One goroutine owns it; everything reaches it through Apply. Its exported fields
// are for drawing the screen and must not be changed.
type Session struct {
	Options
	Lang            string
	Large, Contrast bool
	Level           Level // "": not chosen yet
	Proposed        Proposal
	Box             *Box // nil: the page says and asks nothing
	Guide           *Guide
	Opened          bool            // its service was opened
	Have            map[string]Have // by need of the guide
	AskedOnce       bool            // Start was touched with answers missing
	Page            *Page           // nil: none yet, or none that the guide knows
	Open            string
	Failure         string   // kind of the failure on screen
	IdleLeft        int      // seconds
	Finished        bool     // the service confirmed
	CardState       string   // "", "reading", "ready", or a plain-language device state
	Card            Fields   // values of the card in the reader
	Ticked          []string // fields to take
	Consent         Consent
	Help            Help
	Bell            Bell
	Ticket          Ticket
	Ending          Ending
	Printing        bool
	PagePaper       string // of the service's last page: "", "printing", "out", or the printer's state when it did not come out
	Sheets          Sheets
	Filing          string         // how far giving the page pictures is; "": nobody wants one
	Several         bool           // its box takes more than one
	Notice          string         // NoticeWindow, NoticeFile, or ""
	Seen            PageSeen       // the page as it was last seen
	FilledOK        string         // "", "ok" or "differs": the last value from the card
	Tried           map[string]int // what was tried in this service, counted: why, missing, back, read_aloud, card, site_error

	overlay      Screen // over the base screen; "" none
	under        Screen // what Idle and ConfirmEnd return to
	errorAt      *SiteError
	explain      *Explanation
	done         map[string]bool // page/step
	said         map[string]bool // page/step that the citizen passed by "next"
	no           map[string]bool // page/step of which the citizen said "not this one"
	yes          map[string]bool
	refused      map[string]int
	passed       map[string]bool
	filling      []string // fields still to be filled on this page
	offered      string   // page on which the card was last offered
	lastPage     string   // the last page that the guide knows
	triedDown    bool     // the citizen tried again after a page of the site's own that says it has a problem, and none other was seen since
	wasDown      bool     // the site did not answer, and no page of it was seen since
	watching     Watch
	wiped        bool
	rehearsed    string // page/step that an author looks at, whatever is done on the page
	fade         fading
	past         map[string]bool // page/!sign that the citizen has dealt with
	visited      map[string]bool // pages that were seen
	awaited      string          // page/step that a Wake was asked for
	noted        []Effect        // notes for the journal, not yet given
	crashes      int             // of the page that is there
	sheetsOut    bool            // sheets were printed
	maybeSent    bool            // the service may have got what was written before this worker
	cameraFailed bool            // while a picture is wanted
	stranded     bool            // the page led nowhere, and none was seen since
}

// Help is how far the request for help is.
type Help struct {
	ID                   string
	Asked, Queued        bool
	Accepted             bool
	Name, Digits         string
	Free, Before, Minute int
	LineDown             bool
	Over                 bool // a call has ended on this page
	Pointing             bool
	PointedAt            string // step, when it is one
	Reveal               Revealing
	Revealed             string // the element, by its name in the outline
	Captions             []Caption
}

// Caption is something the helper said or showed, newest last.
type Caption struct{ ID, Text string }

// NewSession starts one, on the start screen.
func NewSession(o Options) *Session {
	s := &Session{Options: o}
	s.Help.Free, s.Help.Before, s.Help.Minute = -1, -1, -1
	return s
}

// Screen tells what is on the screen.
func (s *Session) Screen() Screen {
	switch {
	case s.overlay != "":
		return s.overlay
	case s.Lang == "":
		return Start
	case s.Level == "":
		return LevelShown
	case s.Guide == nil:
		return Home
	case !s.Opened:
		return Readiness
	case s.Box != nil && (s.Help.Reveal == "" || s.Help.Reveal == RevealShown): // in a call too; what is being shown to the helper goes first
		return SiteSays
	case s.Help.Accepted:
		return Pointing
	case s.errorAt != nil:
		return SiteErrorShown
	}
	return Companion
}

// ServiceShown tells whether the service's page lies beside the companion now.
func (s *Session) ServiceShown() bool {
	switch s.Screen() {
	case Companion, SiteErrorShown, SiteSays, Pointing:
		return true
	}
	return false
}

// Begun tells whether something would be lost by ending now.
func (s *Session) Begun() bool { return s.Opened }

// Wiped tells whether the session is over.
func (s *Session) Wiped() bool { return s.wiped }

// ErrorShown gives the site's error on screen and our explanation of it, which is nil when we have none.
func (s *Session) ErrorShown() (*SiteError, *Explanation) { return s.errorAt, s.explain }

// MaybeSent tells whether the service may have got what was written: its last button was in reach, or it confirmed.
func (s *Session) MaybeSent() bool {
	if s.Guide == nil {
		return false
	}
	for _, page := range s.Guide.Pages {
		for _, step := range page.Steps {
			if step.Kind == Declare && (s.passed[page.ID] || s.lastPage == page.ID) {
				return true
			}
		}
	}
	return s.Finished || s.maybeSent
}

// Refused tells how often the site refused a step's answer.
func (s *Session) Refused(step string) int { return s.refused[s.key(step)] }

// Step is what there is to do now: the first step of the page that is not done. nil without a page.
func (s *Session) Step() *Step {
	if s.Page == nil {
		return nil
	}
	for i := range s.Page.Steps {
		if step := &s.Page.Steps[i]; s.key(step.ID) == s.rehearsed {
			return step
		}
	}
	for i := range s.Page.Steps {
		if step := &s.Page.Steps[i]; s.applies(step) && !s.settled(step) {
			return step
		}
	}
	for i := len(s.Page.Steps) - 1; i >= 0; i-- {
		if step := &s.Page.Steps[i]; s.applies(step) {
			return step
		}
	}
	return nil
}

// Sight is how well the step's target is seen, after what the citizen said of it.
func (s *Session) Sight(step *Step) Sight {
	if step == nil || step.Target == nil {
		return ""
	}
	key := s.key(step.ID)
	sight := s.Seen.Sights[step.ID]
	switch {
	case s.no[key]:
		return Unknown
	case sight == Likely && s.yes[key]:
		return Sure
	case sight == "":
		return Unknown
	}
	return sight
}

// Progress is the place on the rail: the page's number among the ordinary pages of the guide, and how many there are. Pages
// that come instead of each other have one number.
func (s *Session) Progress() (index, total int) {
	if s.Guide == nil {
		return 0, 0
	}
	numbers := map[string]int{}
	for i := range s.Guide.Pages {
		page := &s.Guide.Pages[i]
		number, shared := numbers[page.Instead]
		if !shared {
			if page.State == "" {
				total++
			}
			number = total
		}
		numbers[page.ID] = number
		if s.Page == page {
			index = number
		}
	}
	return index, total
}

// Offered are the card's fields that this page could take.
func (s *Session) Offered() []string {
	var fields []string
	if s.Page == nil || s.HandsOff() != "" {
		return nil
	}
	for _, name := range s.Card.Names() {
		for _, step := range s.Page.Steps {
			if step.Card == name && step.Kind == FillIn && s.Sight(&step) == Sure {
				fields = append(fields, name)
			}
		}
	}
	return fields
}

func (s *Session) tried(what string) {
	if s.Tried == nil {
		s.Tried = map[string]int{}
	}
	s.Tried[what]++
}

func (s *Session) key(step string) string {
	if s.Page == nil {
		return "/" + step
	}
	return s.Page.ID + "/" + step
}

func (s *Session) settled(step *Step) bool {
	if step.Done == DonePage && (step.Kind == Press || step.Kind == Declare || step.Kind == Wait) {
		return false // done when the page changes
	}
	key := s.key(step.ID)
	return s.done[key] || s.said[key]
}

// Apply says what follows from an event. Effects are to be carried out in order. After Wipe it answers ErrEnded.
func (s *Session) Apply(e Event) ([]Effect, error) {
	if s.wiped {
		return nil, ErrEnded
	}
	was := s.Screen()
	var out []Effect
	switch e := e.(type) {
	case ChoseLanguage, ChoseService, SaidNext, Opened, Shut, SaidYes, SaidNo, SaidUnsure, AskedShowBox, SaidFixed,
		AskedReading, WentBack, AskedRetry, AskedHome, AskedPrint, Switched:
		out = s.onCitizen(e)
	case AskedPagePaper, SaidPrint, SaidNoPrint, PagePrinted:
		out = s.onPaper(e)
	case AskedSheets, SheetsWanted, SheetsMade, SheetsStopped, SheetsPrinted, AskedWhere:
		out = s.onSheets(e)
	case FileWanted, CameraFailed, SaidUse, AskedAgain, AskedScan, AskedSource, Scanned, PictureGiven, SaidNoFile:
		out = s.onFiling(e)
	case AskedCard, Ticked, Chose, Took, TookNothing, CardReading, CardRead, CardFailed, CardOut, Filled, ReaderChanged:
		out = s.onCard(e)
	case AskedHelp, ChangedConsent, WantedHelp, WantedAlone, StoppedHelp, HubChanged, HelpQueued, HelpAccepted, HelpSaid, HelpLost,
		HelpPointed, HelpSuggestedBack, HelpGone:
		out = s.onHelp(e)
	case RangBell, SentBellAway, BellChanged, TookTicket, TicketPrinted:
		out = s.onRoom(e)
	case AskedReveal, Picked, SaidReveal, RevealOver:
		out = s.onReveal(e)
	case PageSeen, SiteDown, DeadEnd, Blocked, WindowWanted, FileOffered:
		out = s.onPage(e)
	case ChoseLevel, AskedLevel, AskedShow, AnsweredProposal, TouchedVeil, Silent:
		out = s.onLevel(e)
	case Resumed, PageCrashed:
		out = s.onLost(e)
	case Woke, NetworkQuiet:
		out = s.onPace(e)
	case SaidHave, AskedStart:
		out = s.onReady(e)
	case SiteSaid, AnsweredBox:
		out = s.onBox(e)
	case AskedEnd, SaidEnd, SaidStay, Touched, IdleFor, Printed, PrinterChanged, BrowserLost:
		out = s.onEnd(e)
	default:
		return nil, fmt.Errorf("session: %T is no event that it knows", e)
	}
	out = append(s.notes(), out...)
	if s.wiped {
		return out, nil
	}
	out = append(out, s.coverWhenOver(e)...)
	out = append(out, s.watch()...)
	out = append(out, s.wake()...)
	if len(out) > 0 || s.Screen() != was {
		out = append(out, Show{})
	}
	return once(out), nil
}

// once leaves only the last Show: what comes before it would be drawn for nobody.
func once(out []Effect) []Effect {
	kept := out[:0]
	for i, effect := range out {
		if _, show := effect.(Show); !show || i == len(out)-1 {
			kept = append(kept, effect)
		}
	}
	return kept
}

// uncover takes away what covers the screen. A failure that is not over stays.
func (s *Session) uncover() {
	s.overlay = ""
	if s.Failure != "" {
		s.overlay = FailureShown
	}
}

// watch keeps the browser's eye on the current step, and its ring off when the page is covered.
func (s *Session) watch() []Effect {
	var want Watch
	if s.Page != nil {
		want.Page = s.Page.ID
	}
	if s.ServiceShown() {
		step := s.Step()
		if s.errorAt != nil && s.errorAt.Step != "" {
			want.Step, want.Refused = s.errorAt.Step, true
		} else if step != nil && s.Sight(step) != Unknown && !s.Bare() && s.State() == "" {
			want.Step, want.Veil = step.ID, s.veiled()
		}
	}
	if want == s.watching {
		return nil
	}
	s.watching = want
	return []Effect{want}
}

// wipe ends everything. No value is left in the session, and nothing follows.
func (s *Session) wipe(reason string) []Effect {
	if !s.Finished {
		s.noteNow(map[bool]Outcome{true: OutLost, false: OutLeft}[reason == "lost"])
	}
	var out []Effect
	if s.Help.Asked {
		out = append(out, HangUp{ID: s.Help.ID})
	}
	if s.Bell.State != "" {
		out = append(out, SendBellAway{s.Bell.ID})
	}
	ending := s.ending(reason)
	s.Card.Wipe()
	s.errorAt, s.explain, s.Box, s.Seen = nil, nil, nil, PageSeen{}
	s.Help, s.Bell, s.Ticket = Help{}, Bell{}, Ticket{}
	s.wiped = true
	return append(out, Count{"sessions_" + reason}, Wipe{Ending: ending})
}

// ending is what may be said of this session when it ends now.
func (s *Session) ending(reason string) Ending {
	e := s.Ending
	e.Reason, e.Lang, e.Finished, e.Card = reason, s.Lang, s.Finished, s.CardState != ""
	switch {
	case e.Paper == "" && s.sheetsOut:
		e.Paper = "out"
	case e.Paper == "":
		e.Paper = "none"
	}
	return e
}
