// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// world is the isolated world of our script in the service's pages, tellBinding the function that exists only there.
const (
	world       = "handrail"
	tellBinding = "handrailTell"
)

// SeenKind says what was seen in the service's window.
type SeenKind int

// What can be seen.
const (
	SeenPage    SeenKind = iota // a page, or a change of it
	SeenOutline                 // the outline of the page changed
	SeenDown                    // the service does not answer
	SeenBlocked                 // the page tried something that is not part of the service
	SeenCrash                   // the page's process died
	SeenDeadEnd                 // the page led to what cannot be shown; the way back to the form has begun
	SeenHung                    // the page did not answer for long, and was set free
	SeenWindow                  // the page wanted a window of its own; it is shown in ours
	SeenFile                    // the page gave a file, which is not kept
	SeenQuiet                   // the page has loaded nothing for a moment
	SeenVeil                    // somebody touched the dimmed part of the page
	SeenAlive                   // somebody touched the page or a key; told at most once a second
	SeenEditing                 // the citizen writes in a box now, or in none; Editing says which kind
	SeenPicked                  // the citizen touched what they mean to show; Picked says what
	SeenPrint                   // the page calls for being printed
	SeenFileBox                 // a box of the page for a file was touched
	SeenSheets                  // the page gave a file that can be printed; Sheets is it
	SeenSaid                    // the page put up a box with words, which was closed; Said is it
)

// Seen is one thing that was seen. Page and Outline hold words of the page, which may echo what was written.
type Seen struct {
	Kind    SeenKind
	Page    PageReport
	Outline Outline
	Picked  Picked
	Editing Editing
	Sheets  []byte // a PDF, which is the person's
	Said    kiosk.SiteSaid
	Several bool // of a box for files: it takes more than one
	Unsure  bool // of a service that is down: somebody answers who cannot prove to be it
}

// Service is the window of the third party's page.
type Service struct {
	browser *Browser
	ctx     context.Context
	target  *chromedp.Target

	mu        sync.Mutex
	context   string // unique id of the isolated world of the present document
	contextID runtime.ExecutionContextID
	stuck     bool // the present document did not answer
	script    page.ScriptIdentifier
	source    string               // of the script, with the guide
	outlines  outlines             // of the page and of the frames in it
	trail     []string             // addresses of the pages on the way here, the present one last
	authoring string               // the script for authors, when it is used
	authored  func(payload string) // hears what that script tells
	watched   watch                // the last one, for a frame that comes later
	ringed    string               // the frame that was told to ring its target
	hosts     []string             // that the page may lead to; see StayOn
	fileBox   fileBox              // that was touched last
	given     string               // address of a file that was asked for
	boxes     boxes
	turning   bool                 // it is on the way back from a page that is none of the service's
	failed    failed               // the last document that could not be loaded
	loader    cdp.LoaderID         // of the page that is there
	wanted    func(address string) // hears what the citizen's touch was to open in a window of its own; may be nil
	places    map[string]bool      // page/step whose target is in a frame
	home      *home                // the page itself
	homes     []*home              // frames with a process of their own
	homesGrew chan struct{}        // closed when there is another
	frames    map[string]*frame    // documents within the page, by frame id
	top       PageReport           // what the page itself reported last
	met       bool                 // it has reported
	inside    map[string]frameReport
	quiet     *quiet

	said    *queue[message] // what the scripts say
	ringing sync.Mutex      // held while frames are told what to ring
}

func newService(b *Browser, ctx context.Context) *Service {
	t := chromedp.FromContext(ctx).Target
	s := &Service{browser: b, ctx: ctx, target: t, home: &home{ctx, t, string(t.TargetID)}, homesGrew: make(chan struct{}), said: newQueue[message]()}
	s.quiet = newQuiet(func() { s.tell(Seen{Kind: SeenQuiet}) })
	return s
}

func openService(b *Browser, ctx context.Context) (*Service, error) {
	if err := chromedp.Do(ctx); err != nil {
		return nil, err
	}
	s := newService(b, ctx)
	s.wanted = s.opensHere
	if err := fullscreen(ctx); err != nil {
		return nil, err
	}
	if err := s.listen(); err != nil {
		return nil, err
	}
	for _, step := range []func() error{
		func() error {
			_, err := cdp.Call(ctx, s.target, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world})
			return err
		},
		func() error { return s.followFileBoxes(s.home) },
		func() error { // passkeys and security keys: there are none, and no box asks for one
			_, err := cdp.Call(ctx, s.target, webauthn.Enable, webauthn.EnableParams{})
			return err
		},
		func() error {
			_, err := cdp.Call(ctx, s.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: ownWays})
			return err
		},
		func() error { return s.takeSheets(s.home) },
		s.dropNothing,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// message is one of the script, and the frame it came from; nil: the page itself. An empty one says that a frame has gone. Or it is a window
// that the page opens, after what was told of the touch that it follows from.
type message struct {
	from    *frame
	payload string
	window  *page.EventWindowOpen
}

// listen hears everything of the page that matters. What the script says and the world it says it from come in the order
// in which they happened, so that a report is never answered in the world of the page before.
func (s *Service) listen() error {
	ctx, t := s.ctx, s.target
	tasks := &s.browser.tasks
	context.AfterFunc(ctx, s.quiet.stop)
	tasks.Go(func() {
		for {
			m, ok := s.said.next(ctx)
			if !ok {
				return
			}
			s.heard(m)
		}
	})
	err := chromedp.Listen(ctx, func(event any) {
		s.quiet.heard(event)
		switch e := event.(type) {
		case *network.EventLoadingFailed:
			s.loadingFailed(e)
		case *page.EventFrameNavigated:
			s.committed(e.Frame)
		case *runtime.EventExecutionContextCreated:
			if id, ok := frameOfWorld(e.Context); ok && id == s.home.root {
				s.entered(e.Context)
				return
			}
		case *runtime.EventBindingCalled:
			if s.ownWorld(e.ExecutionContextID) && e.Name == tellBinding {
				s.said.put(message{payload: e.Payload})
				return
			}
		}
		s.fromHome(s.home, event)
	})
	if err != nil {
		return err
	}
	s.followFrames()
	tasks.Go(s.feel)
	each(tasks, cdp.Events(ctx, t, page.JavascriptDialogOpening), func(e page.EventJavascriptDialogOpening) {
		_, _ = cdp.Call(ctx, t, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: s.answerBox(e)})
	})
	each(tasks, cdp.Events(ctx, t, page.FrameNavigated), func(e page.EventFrameNavigated) {
		switch {
		case e.Frame.ParentID != "":
			if e.Frame.UnreachableURL != "" {
				tasks.Go(func() { s.hideFrame(e.Frame.ID) })
			}
		case e.Frame.MimeType == "application/pdf": // where no policy makes a download of it
			s.tell(Seen{Kind: SeenFile})
			tasks.Go(s.turnBack)
		case e.Frame.UnreachableURL == "" && (e.Frame.URL == "about:blank" || s.belongs(e.Frame.URL)):
			s.arrived(e.Frame.URL)
		case e.Frame.UnreachableURL == "", !s.belongs(e.Frame.UnreachableURL):
			s.tell(Seen{Kind: SeenBlocked}) // over TLS a refusal of the proxy is no page
			tasks.Go(s.turnBack)
		case s.unshowable(e.Frame):
			s.tell(Seen{Kind: SeenDeadEnd})
			tasks.Go(s.turnBack)
		default:
			s.tell(Seen{Kind: SeenDown, Unsure: s.unsure(e.Frame)})
		}
	})
	each(tasks, cdp.Events(ctx, t, network.ResponseReceived), func(e network.EventResponseReceived) {
		if e.Type != network.ResourceTypeDocument || e.Response == nil {
			return
		}
		if string(e.FrameID) != string(t.TargetID) {
			if e.Response.MimeType == "application/pdf" { // the browser would show a box of its own that opens nothing
				tasks.Go(func() { s.hideFrame(e.FrameID) })
			}
			return
		}
		switch header(e.Response.Headers, "X-Handrail-Egress") {
		case "down":
			s.tell(Seen{Kind: SeenDown})
		case "denied":
			s.tell(Seen{Kind: SeenBlocked})
			tasks.Go(s.turnBack)
		}
	})
	each(tasks, cdp.Events(ctx, t, inspector.TargetCrashed), func(inspector.EventTargetCrashed) {
		s.mu.Lock()
		s.context = "" // until the next document
		s.mu.Unlock()
		s.tell(Seen{Kind: SeenCrash})
	})
	return nil
}

// entered takes note of the isolated world of a new document.
func (s *Service) entered(w *runtime.ExecutionContextDescription) {
	s.mu.Lock()
	s.context, s.contextID, s.stuck = w.UniqueID, w.ID, false
	s.boxes = boxes{}
	outline := s.outlines.on
	s.outlines = outlines{on: outline, joins: s.outlines.joins}
	s.mu.Unlock()
	if outline {
		s.browser.tasks.Go(func() { _, _ = in[any](s, "outline(true)") }) // not here: this is the goroutine that reads the browser's messages
	}
}

// ownWorld tells whether a world is that of the page itself.
func (s *Service) ownWorld(id runtime.ExecutionContextID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return id == s.contextID
}

func header(headers network.Headers, name string) string {
	for key, value := range headers {
		if len(key) == len(name) && equalFold(key, name) {
			text, _ := value.(string)
			return text
		}
	}
	return ""
}

func equalFold(a, b string) bool {
	for i := 0; i < len(a); i++ {
		if a[i]|0x20 != b[i]|0x20 {
			return false
		}
	}
	return true
}

func each[E any](tasks *sync.WaitGroup, events func(func(E, error) bool), f func(E)) {
	tasks.Go(func() {
		for event, err := range events {
			if err != nil {
				return
			}
			f(event)
		}
	})
}

func (s *Service) tell(seen Seen) {
	if s.browser.options.OnService != nil {
		s.browser.options.OnService(seen)
	}
}

// Prepare makes the script ready for a guide's pages.
func (s *Service) Prepare(g *kiosk.Guide) error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	script := scriptGuide(g)
	s.mu.Lock()
	script.Hosts = s.hosts
	s.mu.Unlock()
	load, err := json.Marshal(script)
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	source := "globalThis.handrailGuide=" + string(load) + ";\n" + pageScript()
	s.mu.Lock()
	old := s.script
	s.mu.Unlock()
	if old != "" {
		if _, err := cdp.Call(ctx, s.target, page.RemoveScriptToEvaluateOnNewDocument, page.RemoveScriptToEvaluateOnNewDocumentParams{Identifier: old}); err != nil {
			return fmt.Errorf("service: %w", err)
		}
	}
	result, err := cdp.Call(ctx, s.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: source, WorldName: world,
	})
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	s.mu.Lock()
	s.script, s.source = result.Identifier, source
	s.places, s.trail = framePlaces(g), nil
	s.mu.Unlock()
	return nil
}

// Open goes to an address. It returns when the navigation has begun; what comes of it is told as Seen.
func (s *Service) Open(address string) error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	_, err := cdp.Call(ctx, s.target, page.Navigate, page.NavigateParams{URL: address})
	if err != nil {
		return fmt.Errorf("service: %w", err)
	}
	return nil
}

// in runs an expression in our world of the present document.
func in[T any](s *Service, expression string) (T, error) {
	var zero T
	ctx, cancel := context.WithTimeout(s.ctx, pageTimeout)
	defer cancel()
	s.mu.Lock()
	id, stuck := s.context, s.stuck
	s.mu.Unlock()
	if id == "" {
		return zero, errNoPage
	}
	if stuck {
		return zero, errStuck
	}
	value, err := evaluate[T](ctx, s.target, "globalThis.handrail."+expression, id)
	if errors.Is(err, context.DeadlineExceeded) {
		s.setStuck(id)
	}
	return value, err
}

// A page whose process died or that hangs must not hold up the worker, which has the keys of the citizen to answer.
var (
	errNoPage = errors.New("service: there is no page")
	errStuck  = errors.New("service: the page does not answer")
)

// setStuck notes that a document does not answer. It is asked again once it has said something by itself.
func (s *Service) setStuck(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = s.stuck || s.context == id
}

// alive notes that the page has said something.
func (s *Service) alive() {
	s.mu.Lock()
	s.stuck = false
	s.mu.Unlock()
}

// Watch tells which step counts now, and how its ring is drawn.
func (s *Service) Watch(w kiosk.Watch, side string) error {
	watched := watch{Page: w.Page, Step: w.Step, Refused: w.Refused, Veil: w.Veil, Side: side}
	_, err := in[any](s, watched.call())
	s.mu.Lock()
	s.watched = watched
	s.mu.Unlock()
	s.quiet.arm()
	s.watchFrames(true)
	return err
}

// watch is a kiosk.Watch as the script takes it.
type watch struct {
	Page    string `json:"page"`
	Step    string `json:"step"`
	Refused bool   `json:"refused"`
	Veil    bool   `json:"veil"`
	Side    string `json:"side"`
}

func (w watch) call() string {
	data, _ := json.Marshal(w)
	return "watch(" + string(data) + ")"
}

// Focus scrolls to a step's target and puts the keyboard there.
func (s *Service) Focus(step string) (bool, error) {
	return inStep[bool](s, step, "focus("+quote(step)+")")
}

// Fill types a value into a step's field, leaves the field, reads it again and tells whether it is the same, or the same
// with separators between its letters and digits, as pages write account numbers. It fills only what the engine is sure of.
func (s *Service) Fill(step string, value kiosk.Private) (bool, error) {
	if err := s.focusFrame(step); err != nil {
		return false, err
	}
	ready, err := inStep[bool](s, step, "ready("+quote(step)+")")
	if err != nil || !ready {
		return false, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	if _, err := cdp.Call(ctx, s.targetOf(step), input.InsertText, input.InsertTextParams{Text: value.Reveal()}); err != nil {
		return false, fmt.Errorf("service: %w", err)
	}
	if _, err := inStep[any](s, step, "leave("+quote(step)+")"); err != nil {
		return false, err
	}
	got, err := inStep[string](s, step, "reread("+quote(step)+")")
	return err == nil && sameButSpaced(value.Reveal(), got), err
}

// sameButSpaced tells whether got is want, or want with spaces, dots, dashes, slashes or brackets put in.
func sameButSpaced(want, got string) bool {
	rest := []rune(want)
	for _, r := range got {
		switch {
		case len(rest) > 0 && r == rest[0]:
			rest = rest[1:]
		case !strings.ContainsRune(" \u00a0.-/()", r):
			return false
		}
	}
	return len(rest) == 0
}

// StepBox is where a step's control is, in the service window; ok is false when it is not there.
func (s *Service) StepBox(step string) (Box, bool, error) {
	box, err := inStep[*Box](s, step, "box("+quote(step)+")")
	if err != nil || box == nil {
		return Box{}, false, err
	}
	offset, err := s.offsetOf(step)
	if err != nil {
		return Box{}, false, err
	}
	return Box{X: box.X + offset.X, Y: box.Y + offset.Y, W: box.W, H: box.H}, true, nil
}

// Choices are the boxes of a group's choices by their option value.
func (s *Service) Choices(step string) (map[string]Box, error) {
	choices, err := inStep[map[string]Box](s, step, "choices("+quote(step)+")")
	if err != nil || len(choices) == 0 {
		return choices, err
	}
	offset, err := s.offsetOf(step)
	for value, box := range choices {
		box.X, box.Y = box.X+offset.X, box.Y+offset.Y
		choices[value] = box
	}
	return choices, err
}

func quote(s string) string {
	data, _ := json.Marshal(s)
	return string(data)
}
