// SPDX-License-Identifier: Apache-2.0

// Package browser is the locked-down Chromium of one session: a companion window that is our own page, and a service
// window beside it for the third party's. It is the only importer of chromedp; the browser is driven through a pipe, so
// there is no port that anybody could find.
//
// The companion lives at [Origin], which no server answers: every request of that one target is fulfilled from the
// program through CDP Fetch, and only there does the binding exist by which the page talks to the worker. The service's
// window has neither: its page can ask the egress proxy for that origin and is refused.
package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Origin is where the citizen's own pages live. It exists in the companion's target only.
const Origin = "https://handrail.internal"

// Binary is Debian's Chromium itself; its launcher script would add flags and extensions of the machine.
const Binary = "/usr/lib/chromium/chromium"

// Roles of the two windows, as Options.Admit is asked for them.
const (
	CompanionWindow = "companion"
	ServiceWindow   = "service"
)

// Options say how a browser is started.
type Options struct {
	Binary      string // default Binary
	Class       string // WM_CLASS of its windows, which the stage admits
	Width       int    // of the screen, CSS px
	Height      int
	Proxy       string // host:port of the egress proxy, the only way out
	Confinement Confinement
	// EmulatedMicrophone is a tone in place of the machine's microphone.
	EmulatedMicrophone bool
	// Camera leaves the permission for the camera to the policy, which grants it to our own page alone.
	Camera    bool
	NoSandbox bool // an explicit, warned flag; never the default
	// Admit is called before a window is opened, and returns when the stage is ready to map it in that role.
	Admit func(ctx context.Context, role string) error
	// Listed tells whether the egress proxy lets an address through; nil: it is not asked.
	Listed func(address string) bool
	// Assets answers a file of the internal origin.
	Assets func(path string) (data []byte, contentType string, ok bool)
	// OnAction gets every message of the companion's page, OnService what is seen in the service's. They are called one
	// at a time and must not block for long.
	OnAction  func(json string)
	OnService func(Seen)
	Log       *slog.Logger
}

// Browser is a running Chromium with its two windows.
type Browser struct {
	Companion *Companion
	Service   *Service

	options Options
	cell    *Cell
	root    context.Context
	cancels []context.CancelFunc
	tasks   sync.WaitGroup
	closed  chan struct{}
	once    sync.Once
}

// Open starts the browser and opens both windows: the companion at Origin, the service window empty. It returns when the
// companion's page has loaded.
func Open(ctx context.Context, o Options) (*Browser, error) {
	if o.Binary == "" {
		o.Binary = Binary
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Admit == nil {
		o.Admit = func(context.Context, string) error { return nil }
	}
	b := &Browser{options: o, closed: make(chan struct{})}
	var confineErr error
	options := append(flags(o), chromedp.ExecPath(o.Binary), chromedp.Flag("no-sandbox", o.NoSandbox), chromedp.NoInheritEnv,
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			confinement := o.Confinement
			confinement.Proxy = o.Proxy
			b.cell, confineErr = Confine(cmd, confinement)
		}))
	// The browser outlives the context of its opening; Close ends it.
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	b.cancels = append(b.cancels, cancel)
	root, cancelRoot := chromedp.NewContext(allocator, chromedp.WithErrorf(func(f string, a ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	b.cancels = append(b.cancels, cancelRoot)
	b.root = root
	if err := b.open(ctx); err != nil {
		b.Close()
		if confineErr != nil {
			err = confineErr
		}
		return nil, fmt.Errorf("browser: %w", err)
	}
	return b, nil
}

func (b *Browser) open(ctx context.Context) error {
	if err := b.options.Admit(ctx, CompanionWindow); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { b.kill() })
	defer stop()
	if err := chromedp.Do(b.root); err != nil {
		return err
	}
	go b.watch()
	var err error
	if b.Companion, err = openCompanion(b, b.root); err != nil {
		return fmt.Errorf("companion: %w", err)
	}
	if err := b.options.Admit(ctx, ServiceWindow); err != nil {
		return err
	}
	service, cancel := chromedp.NewContext(b.root, chromedp.WithNewWindow(true))
	b.cancels = append(b.cancels, cancel)
	if b.Service, err = openService(b, service); err != nil {
		return fmt.Errorf("service window: %w", err)
	}
	return b.guard()
}

// fullscreen tells Chromium that a window is full screen, so that it has no tab strip and no address bar; the stage keeps
// the geometry.
func fullscreen(ctx context.Context) error {
	c := chromedp.FromContext(ctx)
	window, err := cdp.Call(ctx, c.Browser, cdpbrowser.GetWindowForTarget, cdpbrowser.GetWindowForTargetParams{TargetID: c.Target.TargetID})
	if err != nil {
		return err
	}
	_, err = cdp.Call(ctx, c.Browser, cdpbrowser.SetWindowBounds, cdpbrowser.SetWindowBoundsParams{
		WindowID: window.WindowID, Bounds: &cdpbrowser.Bounds{WindowState: cdpbrowser.WindowStateFullscreen},
	})
	return err
}

// guard closes every page, tab and popup that is not ours.
func (b *Browser) guard() error {
	c := chromedp.FromContext(b.root)
	ours := map[target.ID]bool{c.Target.TargetID: true, chromedp.FromContext(b.Service.ctx).Target.TargetID: true}
	created := cdp.Events(b.root, c.Browser, target.TargetCreated)
	if _, err := cdp.Call(b.root, c.Browser, cdpbrowser.SetDownloadBehavior, cdpbrowser.SetDownloadBehaviorParams{
		Behavior: cdpbrowser.SetDownloadBehaviorBehaviorDeny, EventsEnabled: new(true)}); err != nil {
		return err
	}
	b.refuseQuestions()
	if _, err := cdp.Call(b.root, c.Browser, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true}); err != nil {
		return err
	}
	each(&b.tasks, cdp.Events(b.root, c.Browser, cdpbrowser.DownloadWillBegin), func(cdpbrowser.EventDownloadWillBegin) {
		b.Service.tell(Seen{Kind: SeenFile})
	})
	b.tasks.Go(func() {
		for event, err := range created {
			if err != nil {
				return
			}
			if info := event.TargetInfo; info.Type == "page" && !ours[info.TargetID] {
				b.options.Log.Info("a window that nobody asked for is closed")
				_, _ = cdp.Call(b.root, c.Browser, target.CloseTarget, target.CloseTargetParams{TargetID: info.TargetID})
				if info.OpenerID == "" { // else its page has said what was to be in it: Service.wanted
					b.Service.opensHere(info.URL)
				}
			}
		}
	})
	return nil
}

// Strangers counts pages that are open and not ours: windows, tabs and popups that the guard has not closed yet. Chromium's own lists for
// an address bar that nobody sees are among them from the start.
func (b *Browser) Strangers() int {
	ctx, cancel := context.WithTimeout(b.root, callTimeout)
	defer cancel()
	c := chromedp.FromContext(b.root)
	all, err := cdp.Call(ctx, c.Browser, target.GetTargets, target.GetTargetsParams{})
	if err != nil {
		return 0
	}
	n := 0
	for _, info := range all.TargetInfos {
		if info.Type == "page" && info.TargetID != c.Target.TargetID && info.TargetID != chromedp.FromContext(b.Service.ctx).Target.TargetID {
			n++
		}
	}
	return n
}

// opensHere shows in this window what its page wanted to show in one of its own, when it is part of the service.
func (s *Service) opensHere(address string) {
	if strings.HasPrefix(address, "blob:") { // a document that the page has made
		s.tasks().Go(func() { s.askMade(address) })
		return
	}
	listed := s.browser.options.Listed
	if placeOf(address) == "" || listed == nil || !listed(address) {
		s.tell(Seen{Kind: SeenBlocked})
		return
	}
	s.tell(Seen{Kind: SeenWindow})
	s.tasks().Go(func() { _ = s.Open(address) })
}

// watch closes Done when the browser process is gone, for whatever reason.
func (b *Browser) watch() {
	<-b.root.Done()
	b.once.Do(func() { close(b.closed) })
}

// Done is closed when the browser is gone.
func (b *Browser) Done() <-chan struct{} { return b.closed }

// Protections tells which layers of confinement hold, and why the others do not.
func (b *Browser) Protections() []Protection {
	if b.cell == nil {
		return nil
	}
	return b.cell.Protections()
}

// Pid is the process that Chromium was started as; 0 when it is not known.
func (b *Browser) Pid() int {
	if c := chromedp.FromContext(b.root); c != nil && c.Browser != nil && c.Browser.Process() != nil {
		return c.Browser.Process().Pid
	}
	return 0
}

func (b *Browser) kill() error {
	if b.cell == nil {
		return nil
	}
	return b.cell.Kill()
}

// Close kills the browser and everything that it started, and returns when they are gone.
func (b *Browser) Close() error {
	err := b.kill()
	for i := len(b.cancels) - 1; i >= 0; i-- {
		b.cancels[i]()
	}
	b.once.Do(func() { close(b.closed) })
	b.tasks.Wait()
	return err
}

var errGone = errors.New("the browser is gone")

const callTimeout = 10 * time.Second

// pageTimeout is how long the third party's page may take for one answer of our script.
const pageTimeout = 2 * time.Second
