// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"reflect"
	"sync"
	"time"

	"handrail/agent/egress"
	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/kiosk/guides"
	"handrail/peripherals"
	"handrail/provisioning/image"
	"handrail/ui"
	"handrail/ui/i18n"
)

// Worker is one citizen's process. See the package comment.
type Worker struct {
	wire  *Wire
	log   *slog.Logger
	setup Setup
	words *i18n.Catalogue

	inbox   chan any
	session *kiosk.Session
	browser *browser.Browser
	proxy   *egress.Proxy
	tasks   sync.WaitGroup
	screen  screen
	voice   *voice
	call    *call
	keys    keys
	devices *devices
	sheets  sheets
	filing  filing
	journal *wireJournal
	origins map[string]string // by guide
	passing []string          // host:port that the proxy lets through now; nil: no service is open
	admits  map[int]chan struct{}

	front     bool
	frontRev  int           // the first view of this worker that people see
	painted   bool          // it was, and the agent knows
	erased    bool          // the session before is gone for certain
	ended     *kiosk.Ending // how the session before ended, while its end screen is up
	leaving   leaving       // and how far who left it is
	failed    bool          // something without which no session can go on is gone
	curtain   bool          // it draws the screen that is seen when there is no browser
	foretold  *kiosk.Ending // how this one is about to end, as the agent was told
	touchedAt time.Time
	at        *kiosk.Resume // what the agent was told of how another worker would go on
	quietAt   time.Time     // the last touch before a silence that the session knows of
	pace      pace
	outline   browser.Outline
	rehearsal *Rehearsal    // nil for a citizen
	over      chan struct{} // closed when Run has ended
	later     []kiosk.Event // results of effects, to be applied after the present event
}

// New makes a worker that speaks with its agent over r and w.
func New(r io.Reader, w io.Writer, log *slog.Logger) *Worker {
	return &Worker{wire: NewWire(r, w), log: log, inbox: make(chan any, 4096), admits: map[int]chan struct{}{}, over: make(chan struct{})}
}

// messages of the inbox besides kiosk.Event and Line
type (
	action string
	voiced struct {
		id  string
		wav []byte
		err error
	}
	agentGone struct{}
)

// Run does the whole of it: set-up, browser, session, end. It returns when the session was wiped or the agent is gone;
// the process is to end then, and the browser is gone already.
func (w *Worker) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer close(w.over)
	defer w.tasks.Wait()
	defer cancel()
	first, err := w.wire.Receive()
	if err != nil || first.T != "setup" || first.Setup == nil {
		return errors.New("worker: it is started by the agent, which tells it what to do on its standard input")
	}
	w.setup = *first.Setup
	if err := w.prepare(); err != nil {
		_ = w.wire.Send(Line{T: "failed", Error: err.Error()})
		return err
	}
	go w.receive()
	type opening struct {
		browser *browser.Browser
		err     error
	}
	opened := make(chan opening, 1)
	go func() {
		b, err := w.open(ctx)
		opened <- opening{b, err}
	}()
	for {
		select {
		case o := <-opened:
			if o.err != nil {
				_ = w.wire.Send(Line{T: "failed", Error: o.err.Error()})
				return o.err
			}
			w.browser = o.browser
			return w.loop(ctx)
		case m := <-w.inbox:
			if done := w.beforeOpen(m); done {
				return errors.New("worker: the agent is gone")
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// beforeOpen handles what comes while the browser is being opened: answers to "admit", and the line's state.
func (w *Worker) beforeOpen(m any) (gone bool) {
	switch m := m.(type) {
	case agentGone:
		return true
	case Line:
		w.onLine(m)
	case func():
		m()
	}
	return false
}

func (w *Worker) prepare() error {
	words, err := i18n.Load()
	if err != nil {
		return err
	}
	w.words = words
	options := kiosk.Options{Office: w.setup.Office, Languages: w.setup.Languages}
	w.origins = map[string]string{}
	for _, service := range w.setup.Services {
		guide, err := w.guide(service.Guide)
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		options.Guides = append(options.Guides, guide)
		w.origins[guide.ID] = guide.Service.Origin
		if service.Origin != "" {
			w.origins[guide.ID] = service.Origin
		}
	}
	_, printer := w.setup.Devices["printer"]
	options.NoPrinter = !printer
	if err := w.prepareFiling(&options); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	if err := w.prepareSheets(&options); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	w.session = kiosk.NewSession(options)
	w.voice = newVoice(func(m any) { w.post(m) })
	w.call = &call{}
	w.journal = newWireJournal(w.wire.Send)
	copyWords := func(lang string) string { return w.words.T(lang, "receipt.copy", nil) }
	w.devices = newDevices(w.setup.Devices, w.journal, copyWords, func(m any) { w.post(m) })
	return nil
}

// guide is one that is built in, or the one that is rehearsed.
func (w *Worker) guide(id string) (*kiosk.Guide, error) {
	if w.rehearsal != nil && w.rehearsal.Guide.ID == id {
		return w.rehearsal.Guide, nil
	}
	return guides.Load(id)
}

// post puts a message into the inbox. Of a worker that has stopped reading nothing can be expected any more: then only the
// news that its agent is gone waits.
func (w *Worker) post(m any) {
	if _, gone := m.(agentGone); gone {
		w.inbox <- m
		return
	}
	select {
	case w.inbox <- m:
	case <-time.After(30 * time.Second):
		w.log.Error("worker: it does not read any more; a message is lost", "what", typeName(m))
	}
}

// listed tells whether an address may be opened now.
func (w *Worker) listed(address string) bool {
	u, err := url.Parse(address)
	return err == nil && w.proxy.Allowed(hostPort(u))
}

func (w *Worker) receive() {
	for {
		line, err := w.wire.Receive()
		if errors.Is(err, io.EOF) {
			w.post(agentGone{})
			return
		}
		if err != nil {
			w.log.Warn("worker: a line is left out", "why", err)
			w.post(agentGone{})
			return
		}
		if line.T == "papered" {
			w.journal.answered(line) // whoever waits for it is not the loop
			continue
		}
		w.post(line)
	}
}

// open starts the egress proxy and the browser. The proxy is the worker's and not the agent's: what an unencrypted page
// sends passes through its memory, and must die with the session.
func (w *Worker) open(ctx context.Context) (*browser.Browser, error) {
	proxy, err := w.listen()
	if err != nil {
		return nil, err
	}
	w.tasks.Go(func() {
		if err := w.proxy.Run(ctx); err != nil && ctx.Err() == nil {
			w.log.Error("the egress proxy is gone", "why", err)
			w.post(func() { w.failed = true }) // nothing of the service can come any more: the spare takes over
		}
	})
	return browser.Open(ctx, browser.Options{
		Class: w.setup.Class, Width: w.setup.Width, Height: w.setup.Height, Proxy: proxy, NoSandbox: w.setup.NoSandbox,
		Confinement: browser.Confinement{UID: w.setup.UID, GID: w.setup.UID, Display: w.setup.Display, Authority: w.setup.Authority,
			Policy: w.setup.Policy, Hide: w.setup.Hide},
		EmulatedMicrophone: w.setup.EmulatedMicrophone || w.setup.EmulatedCamera, Camera: w.setup.Camera,
		Admit:     w.admit,
		Listed:    w.listed,
		Assets:    ui.File,
		OnAction:  func(json string) { w.post(action(json)) },
		OnService: w.onService,
		Log:       w.log,
	})
}

// listen opens the egress proxy's port: the first that is free of those that the firewall lets browsers reach. On a machine
// where all of them are taken any other will do, unless the firewall is up.
func (w *Worker) listen() (at string, err error) {
	for port := image.FirstProxyPort; port <= image.LastProxyPort; port++ {
		w.proxy = egress.New(egress.Options{Log: w.log, Addr: fmt.Sprintf("127.0.0.1:%d", port)})
		if at, err = w.proxy.Listen(); err == nil {
			return at, nil
		}
	}
	w.log.Warn("the egress proxy's own ports are all taken; another is used, which the firewall does not let through")
	w.proxy = egress.New(egress.Options{Log: w.log})
	return w.proxy.Listen()
}

// admit asks the agent to let a window in, and waits for its word.
func (w *Worker) admit(ctx context.Context, role string) error {
	id := 1
	if role == browser.ServiceWindow {
		id = 2
	}
	answered := make(chan struct{})
	w.post(func() { w.admits[id] = answered; _ = w.wire.Send(Line{T: "admit", Role: role, ID: id}) })
	// While opening, functions in the inbox are run by openers' loop below.
	select {
	case <-answered:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(20 * time.Second):
		return fmt.Errorf("the stage did not let the %s window in", role)
	}
}

// loop is the goroutine that owns the session.
func (w *Worker) loop(ctx context.Context) error {
	defer w.close()
	w.touchedAt = time.Now()
	_ = w.wire.Send(Line{T: "ready", Protections: w.browser.Protections()})
	w.show()
	GiveBack() // what reading guides and catalogues took: a spare waits for long
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.browser.Done():
			if w.front {
				w.apply(kiosk.BrowserLost{})
			}
			return errors.New("worker: the browser is gone")
		case m := <-w.inbox:
			if _, gone := m.(agentGone); gone {
				return nil
			}
			w.on(m)
		case now := <-tick.C:
			w.onTick(now)
		}
		if w.failed {
			if w.front {
				w.apply(kiosk.BrowserLost{})
			}
			return errors.New("worker: the egress proxy is gone")
		}
		if w.session.Wiped() {
			return nil
		}
	}
}

func (w *Worker) close() {
	if w.sheets.stop != nil {
		w.sheets.stop()
	}
	if w.filing.stop != nil {
		w.filing.stop()
	}
	w.devices.stop()
	w.voice.stop()
	_ = w.browser.Close()
}

func (w *Worker) on(m any) {
	switch m := m.(type) {
	case kiosk.Event:
		w.onPrinter(m)
		w.apply(m)
	case func():
		m()
	case action:
		w.onAction(string(m))
	case browser.Seen:
		w.onSeen(m)
	case Line:
		w.onLine(m)
	case voiced:
		w.onVoiced(m)
	case peripherals.CardEvent:
		w.onCard(m)
	}
}

// apply gives an event to the session and carries out what follows.
func (w *Worker) apply(e kiosk.Event) {
	effects, err := w.session.Apply(e)
	if err != nil {
		if !errors.Is(err, kiosk.ErrEnded) {
			w.log.Error("session", "why", err)
		}
		return
	}
	w.tellAt()
	// The instruction is drawn first: to ring what it is about takes a look at the page.
	var ring kiosk.Effect
	for _, effect := range effects {
		if watch, ok := effect.(kiosk.Watch); ok {
			ring = watch
			continue
		}
		w.carryOut(effect)
	}
	if ring != nil {
		w.carryOut(ring)
	}
	w.pace.on(w.session)
	w.passStep()
	// What came of an effect is an event of its own, after all effects of the one before.
	for len(w.later) > 0 {
		next := w.later[0]
		w.later = w.later[1:]
		w.apply(next)
	}
	w.foretell()
}

func (w *Worker) onSeen(seen browser.Seen) {
	switch seen.Kind {
	case browser.SeenAlive:
		w.touchedNow()
		w.sheets.asked = false
	case browser.SeenFileBox:
		w.touchedNow()
		w.apply(kiosk.FileWanted{Several: seen.Several})
	case browser.SeenPrint, browser.SeenSheets:
		w.wantSheets(seen)
	case browser.SeenWindow:
		w.apply(kiosk.WindowWanted{})
	case browser.SeenFile:
		w.apply(kiosk.FileOffered{})
	case browser.SeenSaid:
		w.apply(seen.Said)
	case browser.SeenQuiet:
		w.apply(kiosk.NetworkQuiet{})
	case browser.SeenVeil:
		w.touchedNow()
		w.apply(kiosk.TouchedVeil{})
	case browser.SeenPage: // no sign of life: pages change by themselves, and by what we draw
		rev, step := w.screen.rev, w.session.Step()
		w.pace.scored(seen.Page)
		w.sheets.asked = w.sheets.asked && !seen.Page.Fresh
		w.apply(seen.Page.Event())
		if w.screen.rev > rev && w.session.Step() != step {
			w.screen.answer.begun(seen.Page.At, w.screen.rev)
		}
		w.sendStep()
	case browser.SeenOutline:
		w.outline = seen.Outline
		w.sendOutline()
	case browser.SeenEditing:
		w.onEditing(seen.Editing)
	case browser.SeenPicked:
		w.touchedNow()
		w.apply(kiosk.Picked{ID: seen.Picked.ID, Never: seen.Picked.Never})
	case browser.SeenDown:
		w.apply(kiosk.SiteDown{Unsure: seen.Unsure})
	case browser.SeenBlocked:
		w.apply(kiosk.Blocked{})
	case browser.SeenDeadEnd:
		w.apply(kiosk.DeadEnd{})
	case browser.SeenHung:
		w.apply(kiosk.DeadEnd{Here: true})
	case browser.SeenCrash:
		w.apply(kiosk.PageCrashed{})
	}
}

func (w *Worker) onLine(l Line) {
	switch l.T {
	case "admitted":
		if answered, ok := w.admits[l.ID]; ok {
			delete(w.admits, l.ID)
			close(answered)
		}
	case "front":
		w.front, w.curtain = true, false
		w.touchedAt = time.Now()
		w.leave(l.Ending, w.touchedAt)
		if w.ended != nil && w.ended.Reason != "end" {
			w.ended = nil // nobody is there to be told
		}
		if l.Ending != nil && l.Ending.Resume != nil {
			w.apply(kiosk.Resumed{Resume: *l.Ending.Resume})
		}
		w.show() // nothing new, when it was painted ahead
		w.frontRev = w.screen.rev
		w.seen()
		w.devices.start()
	case "curtain":
		w.curtain = true
		w.show()
	case "prepare":
		w.ended = l.Ending
		w.show()
	case "erased":
		w.erased = true
		w.show()
		if w.ended != nil {
			w.sayEnding()
		}
	case "size":
		if l.Place != nil {
			w.setup.Width, w.setup.Height = l.Place.W, l.Place.H
			w.show()
		}
	case "again":
		w.devices.printAgain(l.Papers)
	case "line":
		w.screen.lineUp = l.Up
		w.apply(kiosk.HubChanged{Up: l.Up})
	case "hub":
		w.onHub(l.Message)
	case "look":
		if !w.setup.Control {
			return
		}
		look := w.look()
		_ = w.wire.Send(Line{T: "looked", ID: l.ID, Look: &look})
	}
}

// silentAfter is how many seconds without a touch may mean that somebody does not know how to go on.
const silentAfter = 40

// tellAt tells the agent how another worker would go on, when that has changed.
func (w *Worker) tellAt() {
	at := w.session.Resumable()
	if w.session.Wiped() || reflect.DeepEqual(at, w.at) {
		return
	}
	w.at = at
	_ = w.wire.Send(Line{T: "at", Resume: at})
}

// seen tells the agent, once, that what stands in front is painted.
func (w *Worker) seen() {
	if w.curtain && w.screen.painted >= w.screen.rev {
		_ = w.wire.Send(Line{T: "curtained"})
	}
	if w.front && !w.painted && w.screen.painted >= w.frontRev {
		w.painted = true
		_ = w.wire.Send(Line{T: "painted"})
	}
}

// foretell tells the agent how the session is about to end, so that the spare can paint the screen after it ahead.
func (w *Worker) foretell() {
	line := Line{T: "ending"}
	if e, ok := w.session.Expected(); ok {
		line.Ending = &e
	}
	if reflect.DeepEqual(line.Ending, w.foretold) || w.session.Wiped() {
		return
	}
	w.foretold = line.Ending
	_ = w.wire.Send(line)
}

// touchedNow notes that somebody is there.
func (w *Worker) touchedNow() {
	w.touchedAt = time.Now()
	if w.session.Screen() == kiosk.Idle {
		w.apply(kiosk.Touched{})
	}
}

// onTick lets time pass: the warning after silence, and the end of an unattended session.
func (w *Worker) onTick(now time.Time) {
	w.coverInTime(now)
	if !w.front {
		return
	}
	silent := int(now.Sub(w.touchedAt) / time.Second)
	if quiet := min(silentAfter, w.setup.IdleAfter/2); silent >= quiet && w.quietAt != w.touchedAt && !w.voice.busy() {
		w.quietAt = w.touchedAt
		w.apply(kiosk.Silent{})
	}
	if w.ended != nil {
		w.waitTaken(now, silent)
		return
	}
	if w.session.Lang == "" || w.session.Printing || w.session.Sheets.State == kiosk.SheetsPrinting || (w.session.Help.Accepted && w.screen.lineUp) || w.voice.busy() {
		if w.session.Screen() != kiosk.Idle {
			w.touchedAt = now.Add(-time.Duration(min(silent, 1)) * time.Second)
			return
		}
	}
	after := w.setup.IdleAfter
	if w.devices.cardIn() {
		after *= 2
	}
	if left := after + w.setup.IdleWarning - silent; silent >= after {
		w.apply(kiosk.IdleFor{Left: max(0, left)})
	}
}
