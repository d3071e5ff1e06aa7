// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// canary is a value that must not be found in anything that a session hands out, but in Fill.
const canary = "Zqcanaryvalue"

func testGuide() *Guide {
	both := func(s string) Text { return Text{"en": s, "ar": "ع " + s} }
	say := func(s string) Say {
		return Say{Title: both(s), How: both("how " + s), Why: both("why"), Missing: both("missing")}
	}
	target := &Target{Role: "textbox"}
	return &Guide{ID: "g", Service: Service{Name: both("Service"), Term: both("Term"), Languages: []string{"en"}, Origin: "http://x.test", Start: "/"},
		Pages: []Page{
			{ID: "one", Title: both("One"), Steps: []Step{
				{ID: "name", Kind: FillIn, Target: target, Say: say("name"), Done: DoneValid, Card: "family_name",
					Errors: []Explanation{{ID: "need", Match: []string{"enter a name"}, Title: both("It wants a name"), How: both("Write it")}}},
				{ID: "go", Kind: Press, Target: target, Say: say("go"), Done: DonePage}}},
			{ID: "two", Title: both("Two"), Steps: []Step{
				{ID: "pick", Kind: Choose, Target: target, Say: say("pick"), Done: DoneChecked},
				{ID: "send", Kind: Declare, Target: target, Say: say("send"), Done: DonePage}}},
			{ID: "sent", Title: both("Sent"), State: "done", Steps: []Step{{ID: "end", Kind: Read, Say: say("end"), Done: DonePerson}}},
			{ID: "down", Title: both("Down"), State: "down"},
		},
		Needs:   []Need{{ID: "papers", Title: both("Papers"), Gloss: both("all of them"), Without: both("Fetch them")}},
		Receipt: ReceiptWords{Title: both("Service"), Next: []Text{both("Wait for a letter")}},
	}
}

func newTestSession() *Session {
	return NewSession(Options{Office: "Office", Guides: []*Guide{testGuide()}, Languages: []string{"en", "ar"}})
}

func cardFieldsOf(value string) Fields {
	var f Fields
	f.Set("family_name", NewPrivate(value))
	f.Set("given_names", NewPrivate(value))
	return f
}

// anyEvent draws an event of every kind there is, with sense and nonsense in it.
func anyEvent(t *rapid.T) Event {
	page := func() PageSeen {
		seen := PageSeen{Page: rapid.SampledFrom([]string{"one", "two", "sent", "down", "", "nowhere"}).Draw(t, "page"), Fresh: rapid.Bool().Draw(t, "fresh"),
			Sights: map[string]Sight{}, Done: map[string]bool{}}
		if rapid.Bool().Draw(t, "signed") {
			seen.Signs = []Sign{rapid.SampledFrom(signs).Draw(t, "sign")}
		}
		for _, step := range []string{"name", "go", "pick", "send"} {
			seen.Sights[step] = rapid.SampledFrom([]Sight{Sure, Likely, Unknown}).Draw(t, "sight")
			seen.Done[step] = rapid.Bool().Draw(t, "done")
		}
		if rapid.Bool().Draw(t, "errors") {
			seen.Errors = []SiteError{{Step: rapid.SampledFrom([]string{"name", "pick", ""}).Draw(t, "at"),
				Words: NewPrivate(rapid.SampledFrom([]string{"Enter a name", "You typed " + canary}).Draw(t, "words"))}}
		}
		return seen
	}
	on := rapid.Bool().Draw(t, "on")
	events := []func() Event{
		func() Event { return ChoseLanguage{rapid.SampledFrom([]string{"en", "ar", "xx"}).Draw(t, "lang")} },
		func() Event { return ChoseService{rapid.SampledFrom([]string{"g", "h"}).Draw(t, "guide")} },
		func() Event { return SaidNext{} }, func() Event { return Opened{"why"} }, func() Event { return Shut{} },
		func() Event { return SaidYes{} }, func() Event { return SaidNo{} }, func() Event { return SaidUnsure{} },
		func() Event { return AskedShowBox{} }, func() Event { return SaidFixed{} }, func() Event { return AskedCard{} },
		func() Event {
			return Ticked{rapid.SampledFrom([]string{"family_name", "given_names", "shoe_size"}).Draw(t, "field"), on}
		},
		func() Event { return Took{} }, func() Event { return TookNothing{} }, func() Event { return AskedHelp{} },
		func() Event {
			return ChangedConsent{rapid.SampledFrom([]string{"talk", "see", "point", "all"}).Draw(t, "what"), on}
		},
		func() Event { return WantedHelp{"id"} }, func() Event { return WantedAlone{} }, func() Event { return StoppedHelp{} },
		func() Event { return AskedReading{on} }, func() Event { return WentBack{} }, func() Event { return AskedEnd{} },
		func() Event { return SaidStay{} }, func() Event { return AskedRetry{} }, func() Event { return AskedHome{} },
		func() Event { return FileWanted{Several: on} }, func() Event { return AskedScan{} }, func() Event { return AskedSource{Camera: on} }, func() Event { return Scanned{State: map[bool]string{true: "scanner.empty"}[on]} }, func() Event { return CameraFailed{} }, func() Event { return SaidUse{} }, func() Event { return AskedAgain{} }, func() Event { return PictureGiven{on} }, func() Event { return SaidNoFile{} },
		func() Event { return AskedSheets{} }, func() Event { return SheetsWanted{on} }, func() Event { return SheetsMade{N: 2} }, func() Event { return SheetsMade{Why: SheetsBroken} },
		func() Event { return SheetsStopped{"printer.paper_out"} }, func() Event { return SheetsPrinted{on, "printer.uncertain"} }, func() Event { return AskedWhere{} },
		func() Event { return AskedPrint{} }, func() Event { return AskedPagePaper{} }, func() Event { return SaidPrint{} },
		func() Event { return SaidNoPrint{} }, func() Event { return PagePrinted{on, "printer.uncertain"} },
		func() Event { return Chose{"family_name", 1} }, func() Event { return Switched{"large"} }, func() Event { return Touched{} },
		func() Event { return page() }, func() Event { return page() }, func() Event { return page() },
		func() Event { return Filled{"name", on} }, func() Event { return SiteDown{} }, func() Event { return Blocked{} },
		func() Event { return CardReading{} }, func() Event { return CardRead{cardFieldsOf(canary)} }, func() Event { return CardFailed{"card.pulled"} },
		func() Event { return CardOut{} }, func() Event {
			return ReaderChanged{rapid.SampledFrom([]string{"reader.ready", "reader.absent"}).Draw(t, "reader")}
		},
		func() Event { return PrinterChanged{"printer.absent"} }, func() Event { return HubChanged{on} }, func() Event { return HelpQueued{1, 2, -1} },
		func() Event { return HelpAccepted{"Amina", "4719"} }, func() Event { return HelpSaid{"hello", "Hello"} },
		func() Event { return HelpPointed{on, "name", "Name"} }, func() Event { return HelpSuggestedBack{} }, func() Event { return HelpGone{} }, func() Event { return HelpLost{} },
		func() Event { return RangBell{"bell"} }, func() Event { return SentBellAway{} }, func() Event { return TookTicket{"ticket", "417203"} },
		func() Event { return TicketPrinted{on, "printer.paper_out"} },
		func() Event {
			return BellChanged{rapid.SampledFrom([]string{"bell", "ticket", "other"}).Draw(t, "bell"), rapid.SampledFrom([]string{"rung", "coming", "over"}).Draw(t, "said"), "Noor"}
		},
		func() Event { return WindowWanted{} }, func() Event { return PageCrashed{} }, func() Event { return DeadEnd{} }, func() Event { return FileOffered{} }, func() Event { return NetworkQuiet{} },
		func() Event {
			return Woke{rapid.SampledFrom([]string{"one", "two"}).Draw(t, "woken"), rapid.SampledFrom([]string{"name", "pick"}).Draw(t, "step")}
		},
		func() Event {
			return ChoseLevel{rapid.SampledFrom([]Level{WithMe, GuideMe, ITry, "all"}).Draw(t, "level")}
		}, func() Event { return AskedLevel{} }, func() Event { return AskedShow{} }, func() Event { return AnsweredProposal{on} },
		func() Event { return TouchedVeil{} }, func() Event { return Silent{} }, func() Event { return AskedStart{} },
		func() Event { return SaidHave{rapid.SampledFrom([]string{"papers", "nothing"}).Draw(t, "need"), on} },
		func() Event { return IdleFor{rapid.IntRange(1, 60).Draw(t, "left")} },
	}
	return rapid.SampledFrom(events).Draw(t, "event")()
}

// Whatever happens, a session can be ended in each of its ways, its last effect is Wipe, nothing follows, no value is left
// in it, and no effect but Fill carries one.
func TestEverySessionEndsInWipe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := newTestSession()
		s.NoPrinter, s.SheetPrinter = rapid.Bool().Draw(t, "no printer"), rapid.Bool().Draw(t, "sheet printer")
		check := func(e Event) (wiped bool) {
			expected, told := s.Expected()
			if told {
				leaks(t, Wipe{expected})
			}
			effects, err := s.Apply(e)
			if err != nil {
				t.Fatalf("%T: %v", e, err)
			}
			for i, effect := range effects {
				if wipe, ok := effect.(Wipe); ok {
					if _, yes := e.(SaidEnd); yes && (!told || cmp.Diff(expected, wipe.Ending) != "") {
						t.Fatalf("expected %v: %s", told, cmp.Diff(expected, wipe.Ending))
					}
					if i != len(effects)-1 {
						t.Fatalf("%T: %d effects follow Wipe", e, len(effects)-1-i)
					}
					wiped = true
				}
				if fill, ok := effect.(Fill); ok && fill.Value.Empty() {
					t.Fatalf("%T: nothing is filled in", e)
				}
				leaks(t, effect)
			}
			return wiped
		}
		wiped := false
		for range rapid.IntRange(0, 60).Draw(t, "length") {
			if wiped = check(anyEvent(t)); wiped {
				break
			}
		}
		if !wiped && s.Screen() == ConfirmEnd {
			if check(SaidStay{}); s.Screen() == ConfirmEnd {
				t.Fatal("who wants to stay is kept on the question")
			}
		}
		if !wiped {
			switch rapid.SampledFrom([]string{"end", "idle", "lost"}).Draw(t, "ending") {
			case "idle":
				wiped = check(IdleFor{0})
			case "lost":
				wiped = check(BrowserLost{})
			case "end":
				check(Touched{})
				if wiped = check(AskedEnd{}); !wiped {
					wiped = check(SaidEnd{})
				}
				if !wiped { // paper is on its way
					wiped = check(Printed{OK: rapid.Bool().Draw(t, "printed"), State: "printer.absent"})
				}
			}
		}
		if !wiped || !s.Wiped() {
			t.Fatalf("the session did not end: screen %s", s.Screen())
		}
		if s.Card.Len() != 0 || s.errorAt != nil || len(s.Seen.Errors) != 0 {
			t.Fatal("values are left in the session")
		}
		for range 5 {
			effects, err := s.Apply(anyEvent(t))
			if !errors.Is(err, ErrEnded) || len(effects) != 0 {
				t.Fatalf("after Wipe: %v, %v", effects, err)
			}
		}
	})
}

// leaks looks for the canary in every way in which an effect could be printed, logged or sent.
func leaks(t *rapid.T, effect Effect) {
	if _, guide := effect.(OpenService); guide {
		return
	}
	printed := fmt.Sprintf("%v %+v %#v %x %q", effect, effect, effect, effect, effect)
	encoded, err := json.Marshal(effect)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(printed, canary) || strings.Contains(string(encoded), canary) {
		t.Fatalf("%T tells a value", effect)
	}
}

func apply(t *testing.T, s *Session, events ...Event) []Effect {
	t.Helper()
	var last []Effect
	for _, e := range events {
		effects, err := s.Apply(e)
		if err != nil {
			t.Fatalf("%T: %v", e, err)
		}
		last = effects
	}
	return last
}

func find[E Effect](effects []Effect) (found E, ok bool) {
	for _, e := range effects {
		if found, ok = e.(E); ok {
			return found, true
		}
	}
	return found, false
}

func onPageOne(t *testing.T) *Session {
	s := newTestSession()
	apply(t, s, ChoseLanguage{"en"}, ChoseLevel{GuideMe}, ChoseService{"g"}, AskedStart{}, AskedStart{},
		PageSeen{Page: "one", Fresh: true, Sights: map[string]Sight{"name": Sure, "go": Sure}, Done: map[string]bool{}})
	if s.Screen() != Companion || s.Step().ID != "name" {
		t.Fatalf("screen %s, step %v", s.Screen(), s.Step())
	}
	return s
}

func TestCardFillsOnlyWhatWasTicked(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, CardReading{}, CardRead{cardFieldsOf(canary)})
	if s.Screen() != CardConsent || len(s.Ticked) != 0 {
		t.Fatalf("screen %s, ticked %v: every field starts at No", s.Screen(), s.Ticked)
	}
	if effects := apply(t, s, Took{}); len(effects) != 0 {
		t.Fatalf("nothing was ticked, and %v follows", effects)
	}
	apply(t, s, Ticked{"given_names", true}) // no box of this page takes it
	if len(s.Ticked) != 0 {
		t.Fatal("a field was ticked that this page has no box for")
	}
	effects := apply(t, s, Ticked{"family_name", true}, Took{})
	fill, ok := find[Fill](effects)
	if !ok || fill.Step != "name" || fill.Value.Reveal() != canary {
		t.Fatalf("effects %v", effects)
	}
	apply(t, s, Filled{"name", true})
	if s.FilledOK != "ok" || s.Step().ID != "go" {
		t.Fatalf("filled %q, step %s", s.FilledOK, s.Step().ID)
	}
	apply(t, s, CardOut{})
	if s.Card.Len() != 0 {
		t.Fatal("the card was taken out, and its values stayed")
	}
}

func TestFillThatDiffersIsSaid(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, CardRead{cardFieldsOf(canary)}, Ticked{"family_name", true}, Took{}, Filled{"name", false})
	if s.FilledOK != "differs" || s.Step().ID != "name" {
		t.Fatalf("filled %q, step %s", s.FilledOK, s.Step().ID)
	}
}

func TestCardPulledWhileItIsRead(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, CardReading{})
	if s.Screen() != CardConsent || s.CardState != "reading" {
		t.Fatalf("screen %s, card %q", s.Screen(), s.CardState)
	}
	apply(t, s, CardFailed{"card.pulled"}, CardOut{})
	if s.Screen() != CardConsent || s.CardState != "card.pulled" {
		t.Fatalf("screen %s, card %q: the failure stays until they go on", s.Screen(), s.CardState)
	}
	apply(t, s, TookNothing{})
	if s.Screen() != Companion || s.CardState != "" {
		t.Fatalf("screen %s, card %q", s.Screen(), s.CardState)
	}
}

func TestSiteErrorIsExplainedAndGoesWhenItIsMended(t *testing.T) {
	s := onPageOne(t)
	seen := PageSeen{Page: "one", Fresh: true, Sights: map[string]Sight{"name": Sure, "go": Sure}, Done: map[string]bool{},
		Errors: []SiteError{{"name", NewPrivate("Error: ENTER A NAME")}}}
	effects := apply(t, s, seen)
	_, explained := s.ErrorShown()
	if s.Screen() != SiteErrorShown || explained == nil || explained.ID != "need" {
		t.Fatalf("screen %s, explained %v", s.Screen(), explained)
	}
	if watch, ok := find[Watch](effects); !ok || watch.Step != "name" || !watch.Refused {
		t.Fatalf("the way back to the field is not shown: %v", effects)
	}
	seen.Fresh, seen.Done = false, map[string]bool{"name": true}
	apply(t, s, seen)
	if s.Screen() != Companion || s.Step().ID != "go" {
		t.Fatalf("screen %s, step %s", s.Screen(), s.Step().ID)
	}
}

func TestPointingNeedsConsent(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedHelp{}, ChangedConsent{"see", true}, WantedHelp{"id"}, HelpQueued{1, 0, -1}, HelpAccepted{"Amina", "4719"})
	if s.Screen() != Pointing {
		t.Fatalf("screen %s", s.Screen())
	}
	if effects := apply(t, s, HelpPointed{true, "name", "Name"}); len(effects) != 0 {
		t.Fatalf("pointing was not agreed to, and %v follows", effects)
	}
	apply(t, s, ChangedConsent{"point", true}, HelpPointed{true, "name", "Name"})
	if !s.Help.Pointing {
		t.Fatal("pointing was agreed to and is not shown")
	}
	effects := apply(t, s, StoppedHelp{})
	if _, ok := find[HangUp](effects); !ok || s.Consent != (Consent{}) || s.Screen() != Companion {
		t.Fatalf("Stop: %v, consent %v, screen %s", effects, s.Consent, s.Screen())
	}
}

func TestJourneyEndsWithAReceipt(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, PageSeen{Page: "two", Fresh: true, Sights: map[string]Sight{"pick": Sure, "send": Sure}},
		PageSeen{Page: "sent", Fresh: true})
	if !s.Finished {
		t.Fatal("the confirmation was not recognised")
	}
	effects := apply(t, s, AskedEnd{})
	print, ok := find[Print](effects)
	if !ok || !print.Receipt.Finished || len(print.Receipt.Done) != 2 || len(print.Receipt.Next) != 1 {
		t.Fatalf("effects %+v", effects)
	}
	effects = apply(t, s, Printed{OK: true, State: "printer.ready"})
	wipe, ok := find[Wipe](effects)
	if !ok || wipe.Ending.Paper != "out" || !wipe.Ending.Finished {
		t.Fatalf("effects %+v", effects)
	}
}

func TestPrivateTellsNothing(t *testing.T) {
	p := NewPrivate(canary)
	f := cardFieldsOf(canary)
	for _, text := range []string{fmt.Sprint(p), fmt.Sprintf("%#v %x %s %q", p, p, p, p), fmt.Sprintf("%+v %#v %d", f, f, f), fmt.Sprintf("%v", &f)} {
		if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) {
			t.Errorf("printed: %s", text)
		}
	}
	hidden := struct {
		p Private
		f Fields
	}{p, f}
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%d", "%x", "%q"} {
		if text := fmt.Sprintf(format, hidden); strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) ||
			strings.Contains(text, strings.Trim(fmt.Sprint([]byte(canary)), "[]")) {
			t.Errorf("%s of unexported fields: %s", format, text)
		}
	}
	data, err := json.Marshal(struct{ A, B any }{p, f})
	if err != nil || strings.Contains(string(data), canary) {
		t.Errorf("marshalled: %s, %v", data, err)
	}
	copied := f.Get("family_name")
	f.Wipe()
	if copied.Reveal() == canary {
		t.Error("wiping the fields left a copy readable")
	}
	var g Fields
	g.Set("shoe_size", NewPrivate(canary))
	if g.Len() != 0 {
		t.Error("a field that is not on the list was kept")
	}
}

func TestRingComesBackOnANewDocument(t *testing.T) {
	s := onPageOne(t)
	seen := PageSeen{Page: "one", Fresh: true, Sights: map[string]Sight{"name": Sure, "go": Sure}, Done: map[string]bool{}}
	watch, ok := find[Watch](apply(t, s, seen))
	if !ok || watch.Step != "name" {
		t.Fatalf("the same page loaded again is not watched: %v", watch)
	}
	seen.Fresh = false
	if _, again := find[Watch](apply(t, s, seen)); again {
		t.Fatal("nothing changed, and it is watched anew")
	}
}

func TestLeavingForgetsThatItWasFinished(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, PageSeen{Page: "sent", Fresh: true}, SiteDown{}, AskedHome{}, ChoseService{"g"}, AskedStart{}, AskedStart{},
		PageSeen{Page: "one", Fresh: true, Sights: map[string]Sight{"name": Sure, "go": Sure}})
	if s.Finished || s.MaybeSent() {
		t.Fatal("a service that was begun anew counts as finished")
	}
	apply(t, s, AskedEnd{})
	print, ok := find[Print](apply(t, s, SaidEnd{}))
	if !ok || print.Receipt.Finished || len(print.Receipt.Done) != 0 {
		t.Fatalf("the receipt says that it was sent: %+v", print.Receipt)
	}
}

func TestTryingAgainNeverSendsADeclarationTwice(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, SiteDown{})
	if reload, ok := find[Reload](apply(t, s, AskedRetry{})); !ok || reload.Careful {
		t.Fatalf("an answer of an ordinary page may be sent again: %+v", reload)
	}
	apply(t, s, PageSeen{Page: "two", Fresh: true, Sights: map[string]Sight{"pick": Sure, "send": Sure}}, SiteDown{})
	if reload, ok := find[Reload](apply(t, s, AskedRetry{})); !ok || !reload.Careful {
		t.Fatalf("the page of the declaration is sent again: %+v", reload)
	}
}

func TestWithoutAPrinterTheReceiptIsOnTheScreenAtOnce(t *testing.T) {
	s := onPageOne(t)
	s.NoPrinter = true
	if _, told := s.Expected(); told {
		t.Fatal("nobody is about to end")
	}
	apply(t, s, AskedEnd{})
	expected, told := s.Expected()
	wipe, ok := find[Wipe](apply(t, s, SaidEnd{}))
	if !ok || !told || wipe.Ending.Paper != "failed" || wipe.Ending.Printer != "printer.absent" || wipe.Ending.Receipt == nil {
		t.Fatalf("%v, %+v", told, wipe.Ending)
	}
	if diff := cmp.Diff(expected, wipe.Ending); diff != "" {
		t.Error(diff)
	}
}

func TestPaperIsExpectedWhileItIsPrinted(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedEnd{}, SaidEnd{})
	expected, told := s.Expected()
	wipe, ok := find[Wipe](apply(t, s, Printed{OK: true}))
	if !ok || !told || cmp.Diff(expected, wipe.Ending) != "" {
		t.Fatalf("%v, %s", told, cmp.Diff(expected, wipe.Ending))
	}
}

func TestOnePrintAtATime(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, SiteDown{}, AskedPrint{}, AskedEnd{})
	if _, twice := find[Print](apply(t, s, SaidEnd{})); twice || s.Wiped() {
		t.Fatal("a second print was started beside the first")
	}
	wipe, ok := find[Wipe](apply(t, s, Printed{OK: true, State: "printer.ready"}))
	if !ok || wipe.Ending.Paper != "out" {
		t.Fatalf("ended with %+v", wipe.Ending)
	}
}

func TestEndTwiceIsNoTrap(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedEnd{}, AskedEnd{}, SaidStay{})
	if s.Screen() != Companion {
		t.Fatalf("screen %s", s.Screen())
	}
}

func TestFailureOutlastsAskingForHelp(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, SiteDown{}, AskedHelp{}, WentBack{})
	if s.Screen() != FailureShown || s.Failure != "site-down" {
		t.Fatalf("screen %s, failure %q", s.Screen(), s.Failure)
	}
	apply(t, s, AskedHelp{}, PageSeen{Page: "one", Fresh: true, Sights: map[string]Sight{"name": Sure}}, WentBack{})
	if s.Screen() != Companion {
		t.Fatalf("the site is back, and the screen is %s", s.Screen())
	}
}

func TestAnotherHelperIsAnnounced(t *testing.T) {
	s := onPageOne(t)
	apply(t, s, AskedHelp{}, ChangedConsent{"point", true}, WantedHelp{"id"}, HelpAccepted{"Amina", "4719"}, HelpPointed{true, "name", "Name"}, HelpLost{})
	if s.Screen() != Waiting || s.Help.Name != "" || s.Help.Pointing {
		t.Fatalf("screen %s, helper %q", s.Screen(), s.Help.Name)
	}
	effects := apply(t, s, HelpAccepted{"Teresa", "0312"})
	speak, ok := find[Speak](effects)
	if !ok || len(speak.Phrases) == 0 || speak.Phrases[0].Args["name"] != "Teresa" || s.Help.Digits != "0312" || s.Screen() != Pointing {
		t.Fatalf("screen %s, helper %q %q, said %v", s.Screen(), s.Help.Name, s.Help.Digits, speak)
	}
	apply(t, s, HelpAccepted{"Teresa", "9999"})
	if s.Help.Digits != "9999" {
		t.Fatal("new keys, and the old digits are on the screen")
	}
}
