// SPDX-License-Identifier: Apache-2.0

// Package agent is the terminal's supervisor. It holds identity, configuration, the outbox, counters,
// the stage and the line to the hub; no personal value ever enters it. Each citizen gets a session worker (package
// agent/session), a process of its own that is killed with everything in it when they leave; a spare one waits with its
// browser painted, so that a clean start is also the fast one.
//
// One goroutine, the loop of [Agent.Run], owns the agent's state. Workers, hub and clock put messages into its inbox.
package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"sync"
	"time"

	"handrail/agent/session"
	"handrail/agent/store"
	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/kiosk/guides"
	"handrail/kiosk/stage"
	"handrail/provisioning"
	"handrail/provisioning/image"
)

// Version is the program's, set by the build.
var Version = "dev"

// Options are what an agent is started with.
type Options struct {
	Config Config
	// Self is the command that starts this program; its subcommands "worker" and the browser's launcher are used.
	Self []string
	// Control is the path of a unix socket for unattended runs and the demo; empty: none.
	Control   string
	Log       *slog.Logger
	WorkerLog io.Writer
	// OnReady is called once, when the first screen is up.
	OnReady func(Ready)
	// OnBeat is called every quarter of a minute for as long as the agent does its work; it may be nil.
	OnBeat func()
}

// Ready tells what the agent stands on.
type Ready struct {
	Display, Authority, RFB string
	Protections             []browser.Protection
}

// Agent is a running terminal.
type Agent struct {
	o        Options
	setup    session.Setup
	inbox    chan any
	store    *store.Store
	identity *provisioning.Identity
	link     *helpdesk.Link
	stage    *stage.Stage
	display  *stage.Display
	tasks    sync.WaitGroup

	hired        int
	front, spare *hand
	lineUp       bool
	presence     json.RawMessage
	teams        json.RawMessage         // the keys of the language teams
	ending       *kiosk.Ending           // of the session that just ended, until the next worker is on
	expected     *kiosk.Ending           // of the session in front, when it is about to end
	at           *kiosk.Resume           // how another worker would go on, if the one in front were lost
	guides       map[string]*kiosk.Guide // of which lines came for the journal
	calls        map[string]bool
	failures     int
	sessions     int
	sessionSince time.Time
	devices      map[string]provisioning.Device
	looks        map[int]chan *session.Look
	lookID       int
	told         bool
	wipedAt      time.Time
	erasing      int // workers that are being killed
	renewing     bool
	cleanIn      time.Duration
	ready        Ready
	trial        provisioning.Protection // how it stands with the lockdown trial
	walls        []provisioning.Protection
}

// New makes an agent; nothing happens until Run.
func New(o Options) *Agent {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return &Agent{o: o, inbox: make(chan any, 4096), calls: map[string]bool{}, devices: map[string]provisioning.Device{}, looks: map[int]chan *session.Look{}}
}

func (a *Agent) post(m any) { a.inbox <- m }

// Run is the terminal, until ctx ends. It returns when everything it started has ended.
func (a *Agent) Run(ctx context.Context) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() {
		cancel()
		a.drain()
	}()
	if err := a.open(ctx); err != nil {
		return err
	}
	return a.loop(ctx)
}

// drain waits for what Run started; the inbox is emptied meanwhile so that nobody waits for its reader.
func (a *Agent) drain() {
	done := make(chan struct{})
	go func() {
		var leaving sync.WaitGroup
		for _, h := range []*hand{a.front, a.spare} {
			if h != nil {
				leaving.Go(func() { h.dismiss(a.o.Log) })
			}
		}
		leaving.Wait()
		if a.display != nil {
			_ = a.display.Close()
		}
		a.tasks.Wait()
		if a.store != nil {
			_ = a.store.Close() // last: what still runs may write
		}
		close(done)
	}()
	for {
		select {
		case <-done:
			return
		case <-a.inbox:
		}
	}
}

func (a *Agent) open(ctx context.Context) error {
	c := a.o.Config
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	if err := browser.SweepHomes(); err != nil {
		a.o.Log.Error("something of an earlier session could not be removed", "why", err)
	}
	identity, err := provisioning.Load(c.Dir)
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	a.identity = identity
	if a.store, err = store.Open(c.Dir + "/terminal.db"); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	name, authority := c.Display.Use, c.Display.Authority
	if name == "" {
		o := stage.DisplayOptions{Dir: c.Dir + "/display", Width: c.Display.Width, Height: c.Display.Height, Rotate: c.Display.Rotate}
		if c.Display.Server == "xorg" {
			o.Server = "Xorg"
		}
		if a.display, err = stage.StartDisplay(ctx, o); err != nil {
			return fmt.Errorf("agent: %w", err)
		}
		name, authority = a.display.Name(), a.display.Authority()
		a.ready.RFB = a.display.RFB()
	}
	if c.Display.Rotate != stage.Upright {
		if err := stage.Rotate(name, authority, c.Display.Rotate); err != nil {
			a.o.Log.Error("the screen is not turned", "why", err) // it can be read with the head turned
		}
	}
	if a.stage, err = stage.Open(stage.Options{Display: name, Authority: authority, Log: a.o.Log, OnSize: a.onSize}); err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	a.serve(ctx, "stage", a.stage.Run)
	a.lowerCurtain()
	width, height := a.stage.Size()
	hosts, err := a.hosts()
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	policy, err := image.BrowserPolicy(image.PolicyOptions{Hosts: hosts, Camera: c.Browser.Camera != ""})
	if err != nil {
		return fmt.Errorf("agent: %w", err)
	}
	a.setup = session.Setup{
		Office: c.Office, Languages: c.Languages, Services: c.sessionServices(), Devices: c.Devices, PricePerPage: c.Printing.PricePerPage, Camera: c.Browser.Camera != "", EmulatedCamera: c.Browser.Camera == "emulated", Display: name, Authority: authority,
		Width: width, Height: height, Policy: policy, Hide: []string{c.Dir}, NoSandbox: c.Browser.NoSandbox,
		Keyboard:           c.Keyboard,
		Hours:              c.hours,
		EmulatedMicrophone: c.Browser.Microphone == "emulated",
		IdleAfter:          seconds(c.Idle.After), IdleWarning: seconds(c.Idle.Warning), Control: a.o.Control != "",
	}
	open, trial := gate(c, BrowserMark(browser.Binary))
	if a.trial = trial; !trial.On {
		a.o.Log.Warn("lockdown trial", "open to the public", open, "why", trial.Why)
	}
	a.setup.Closed = !open
	a.walls = walls(ctx)
	a.ready.Display, a.ready.Authority = name, authority
	a.link = helpdesk.NewLink(helpdesk.LinkOptions{
		URL: identity.SocketURL(), TLS: identity.TLS(), Log: a.o.Log, Outbox: a.store,
		OnMessage: func(m helpdesk.Message) { a.post(m) },
		OnState:   func(up bool) { a.post(lineState(up)) },
	})
	a.takeBack()
	a.serve(ctx, "line to the hub", a.link.Run)
	if a.o.Control != "" {
		return a.openControl(ctx)
	}
	return nil
}

// onSize lays the windows out anew on a display that has another resolution, or was turned.
func (a *Agent) onSize(w, h int) {
	a.post(func() {
		a.setup.Width, a.setup.Height = w, h
		a.tellAll(session.Line{T: "size", Place: &session.Place{W: w, H: h}})
	})
}

type lineState bool

// serve runs a part until ctx ends; if it ends before, the terminal says so and ends too, to be started again.
func (a *Agent) serve(ctx context.Context, name string, run func(context.Context) error) {
	a.tasks.Go(func() {
		if err := run(ctx); err != nil && ctx.Err() == nil {
			a.post(fmt.Errorf("%s: %w", name, err))
		}
	})
}

// hosts are all hosts that any service of this terminal may need, for the browser's policy.
func (a *Agent) hosts() ([]string, error) {
	var out []string
	for _, s := range a.o.Config.Services {
		guide, err := guides.Load(s.Guide)
		if err != nil {
			return nil, err
		}
		origin := s.Origin
		if origin == "" {
			origin = guide.Service.Origin
		}
		if u, err := url.Parse(origin); err == nil {
			out = append(out, u.Host)
		}
		out = append(out, guide.AllHosts()...)
	}
	return out, nil
}

func (a *Agent) loop(ctx context.Context) error {
	var err error
	a.breakOff(nil)
	if a.front, err = a.hire(); err != nil {
		return err
	}
	tick := time.NewTicker(15 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-tick.C:
			if a.o.OnBeat != nil {
				a.o.OnBeat()
			}
			a.report()
			a.renew(ctx, now)
			if err := a.muster(now); err != nil {
				return err
			}
		case m := <-a.inbox:
			if err := a.on(ctx, m); err != nil {
				return err
			}
		}
	}
}

func (a *Agent) on(ctx context.Context, m any) error {
	switch m := m.(type) {
	case error:
		return m
	case lineFrom:
		a.onWorker(ctx, m.from, m.line)
	case handGone:
		return a.onGone(ctx, m.who)
	case lineState:
		a.lineUp = bool(m)
		a.tellAll(session.Line{T: "line", Up: a.lineUp})
		if a.lineUp {
			a.report()
		}
	case helpdesk.Message:
		a.onHub(m)
	case func():
		m()
	}
	return nil
}

func (a *Agent) tellAll(l session.Line) {
	for _, h := range []*hand{a.front, a.spare} {
		if h != nil {
			_ = h.wire.Send(l)
		}
	}
}

// onWorker takes a line of a worker. Only the worker in front is listened to in what concerns the citizen.
func (a *Agent) onWorker(ctx context.Context, h *hand, l session.Line) {
	switch l.T {
	case "admit":
		role := stage.Companion
		if l.Role == browser.ServiceWindow {
			role = stage.Service
		}
		a.stage.Admit(h.class, role)
		_ = h.wire.Send(session.Line{T: "admitted", ID: l.ID})
	case "ready":
		h.ready, h.protections = true, l.Protections
		a.failures = 0
		if h == a.front && !a.told {
			a.drawCurtain(h)
		} else if h == a.front {
			a.putOn(h)
		} else {
			a.prepare()
			session.GiveBack() // from now on little is needed
		}
		a.hireSpare()
	case "curtained":
		if !h.drawn {
			h.drawn = true
			close(h.curtained)
		}
	case "place":
		if h != a.front && h != a.spare {
			return // it is being erased, and its windows are forgotten
		}
		a.stage.Place(h.class, stage.Rect{X: l.Place.X, Y: l.Place.Y, W: l.Place.W, H: l.Place.H}, l.Place.Visible)
	case "failed":
		a.o.Log.Error("a session worker could not start", "why", l.Error)
	case "paper":
		a.onPaper(h, l)
	case "looked":
		if answer, ok := a.looks[l.ID]; ok {
			delete(a.looks, l.ID)
			answer <- l.Look
		}
	}
	if h != a.front {
		return
	}
	switch l.T {
	case "note":
		a.onNote(l.Note)
	case "at":
		a.at = l.Resume
	case "count":
		a.onCount(l.Name)
	case "device":
		a.onDevice(l.Name, l.State)
	case "send":
		a.onSend(l)
	case "painted":
		if !a.wipedAt.IsZero() {
			a.cleanIn = time.Since(a.wipedAt)
			a.wipedAt = time.Time{}
		}
	case "ending":
		a.expected = l.Ending
		a.prepare()
	case "wipe":
		a.swap(ctx, l.Ending)
	}
}

// putOn gives the screen to a worker that is ready.
func (a *Agent) putOn(h *hand) {
	a.stage.Front(h.class)
	_ = h.wire.Send(session.Line{T: "front", Ending: a.ending})
	a.ending = nil
	a.printLeft(h)
	if a.erasing == 0 {
		_ = h.wire.Send(session.Line{T: "erased"})
	}
	if !a.told && a.o.OnReady != nil {
		a.told = true
		a.ready.Protections = a.protections(h.protections)
		a.o.OnReady(a.ready)
	}
	a.report()
}

// prepare lets the spare paint what will be seen after the session in front.
func (a *Agent) prepare() {
	if a.spare != nil && a.spare.ready {
		_ = a.spare.wire.Send(session.Line{T: "prepare", Ending: a.expected})
	}
}

// swap ends the session in front: the spare's painted windows come up first, then the worker and all it started are killed.
func (a *Agent) swap(_ context.Context, ending *kiosk.Ending) {
	old := a.front
	a.ending, a.expected = ending, nil
	if ending != nil && ending.Reason == "lost" {
		ending.Resume = a.at
	}
	a.at = nil
	a.wipedAt = time.Now()
	a.front, a.spare = a.spare, nil
	a.sessions++
	a.sessionSince = time.Time{}
	if a.front != nil && a.front.ready {
		a.stage.Front(a.front.class)
	}
	a.retire(old)
	if a.front != nil && a.front.ready {
		a.putOn(a.front) // after the other is being erased, so that it is not called erased yet
	}
	switch {
	case a.front == nil && a.spareless(): // there is no memory for two: retire goes on
	case a.front == nil:
		a.hireFront()
	case a.front.ready:
		a.hireSpare()
	}
}

// hireFront starts a worker that is put on as soon as it is ready.
func (a *Agent) hireFront() {
	var err error
	if a.front, err = a.hire(); err != nil {
		a.o.Log.Error("no session worker", "why", err)
	}
}

// startLimit is how long a worker may take until its browser is painted.
const startLimit = 60 * time.Second

// muster sees to it that there is a worker, and that none hangs on its way to being ready.
func (a *Agent) muster(now time.Time) error {
	for _, h := range []*hand{a.front, a.spare} {
		if h != nil && !h.ready && now.Sub(h.since) > startLimit {
			a.o.Log.Error("a session worker does not get ready and is killed", "number", h.number)
			h.kill()
		}
	}
	if a.front != nil {
		return nil
	}
	if a.failures++; a.failures >= 5 {
		return errTooManyFailures
	}
	a.hireFront()
	return nil
}

// retire kills a worker without holding up the loop.
func (a *Agent) retire(h *hand) {
	if h == nil {
		return
	}
	a.stage.Drop(h.class)
	a.erasing++
	a.tasks.Go(func() {
		h.dismiss(a.o.Log)
		if err := browser.SweepHomes(); err != nil {
			a.o.Log.Error("something of a session could not be removed", "why", err)
		}
		a.post(func() {
			if a.erasing--; a.erasing > 0 {
				return
			}
			if a.front == nil {
				a.hireFront()
			} else {
				_ = a.front.wire.Send(session.Line{T: "erased"})
			}
		})
	})
}

// hireSpare starts the worker that waits, unless there is one.
func (a *Agent) hireSpare() {
	if a.spare != nil || a.spareless() || a.front == nil || !a.front.ready {
		return
	}
	spare, err := a.hire()
	if err != nil {
		a.o.Log.Error("no spare worker", "why", err)
		return
	}
	a.spare = spare
}

var errTooManyFailures = errors.New("agent: the browser could not be started five times in a row; see the log for why")

// onGone takes note of a worker that ended by itself: what was on the screen is replaced by the spare.
func (a *Agent) onGone(ctx context.Context, h *hand) error {
	defer a.breakOff(h)
	switch h {
	case a.front:
		a.o.Log.Warn("the session worker in front is gone")
		if !h.ready {
			a.failures++
		}
		if a.failures >= 5 {
			return errTooManyFailures
		}
		a.hangUpAll()
		a.swap(ctx, &kiosk.Ending{Reason: "lost", Paper: "none"})
	case a.spare:
		a.spare = nil
		a.stage.Drop(h.class)
		a.failures++
		if a.failures >= 5 {
			return errTooManyFailures
		}
		a.hireSpare()
	}
	return nil
}

// Stats are figures of this agent, without a person in them.
type Stats struct {
	Sessions   int     `json:"sessions"`
	CleanMS    float64 `json:"clean_ms"`
	Refused    int     `json:"refused_windows"`
	FrontPid   int     `json:"front_pid"`
	SparePid   int     `json:"spare_pid"`
	SpareReady bool    `json:"spare_ready"`
	Display    string  `json:"display"`
	Authority  string  `json:"authority"`
}
