// SPDX-License-Identifier: Apache-2.0

// Package stage is the display of a terminal: our own X11 window manager, the
// display server it can start where there is none, and a hand that presses
// keys and buttons the way a person does.
//
// Two windows of each browser are on the stage. The companion fills the screen;
// the service lies on top of it, in exactly the rectangle it is given. A window
// that nobody asked for is never mapped, so for the person it does not exist.
// Whatever a client asks for, geometry and stacking are ours.
package stage

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Rect is a rectangle in pixels from the top left of the display.
type Rect struct{ X, Y, W, H int }

// Role is what a window of a browser is for.
type Role int

const (
	// Companion is our own page, full screen, at the bottom.
	Companion Role = iota
	// Service is the third-party page, on top of the companion.
	Service
)

func (r Role) String() string {
	if r == Service {
		return "service"
	}
	return "companion"
}

// Options says which display to manage.
type Options struct {
	Display   string // such as ":7"
	Authority string // path of the Xauthority file; empty: no cookie is sent
	// OnSize hears of another resolution or a turned screen, from the goroutine of Run; it may be nil.
	OnSize func(w, h int)
	Log    *slog.Logger
}

// ErrTaken means that another window manager runs on the display.
var ErrTaken = errors.New("another window manager runs on this display")

// Stage is the window manager of one display. Its methods may be called from
// any goroutine, before, during and after Run; they take effect in the order of
// the calls, and always before any window event that comes after them.
type Stage struct {
	x     *xgb.Conn
	log   *slog.Logger
	size  func(w, h int)
	root  xproto.Window
	check xproto.Window
	atoms atoms

	mu      sync.Mutex
	todo    []func()
	wake    chan struct{}
	mapped  map[place]chan struct{}
	w, h    int
	refused int
	swallow int

	// Everything below belongs to the goroutine of Run.
	windows map[xproto.Window]*window
	popups  map[xproto.Window]Rect     // those in sight, and where
	turned  map[xproto.Window]struct{} // refused windows that still exist
	asked   map[string][]Role
	scenes  map[string]*scene
	front   string
	focus   xproto.Window
	order   []xproto.Window
	grabs   map[grab]struct{}
}

// place names one window: the role it has for one browser.
type place struct {
	class string
	role  Role
}

// scene is the pair of windows of one browser.
type scene struct {
	class   string
	windows [2]*window // by Role; nil while there is none
	rect    Rect       // of the service
	visible bool       // the service
}

// Open connects to the display and becomes its window manager. It returns
// ErrTaken if there is one. The caller must then call Run, which also closes
// the connection.
func Open(o Options) (*Stage, error) {
	x, err := dial(o.Display, o.Authority)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	screen := xproto.Setup(x).DefaultScreen(x)
	s := &Stage{
		x: x, log: o.Log, size: o.OnSize, root: screen.Root,
		w: int(screen.WidthInPixels), h: int(screen.HeightInPixels),
		wake:    make(chan struct{}, 1),
		mapped:  map[place]chan struct{}{},
		windows: map[xproto.Window]*window{},
		popups:  map[xproto.Window]Rect{},
		turned:  map[xproto.Window]struct{}{},
		asked:   map[string][]Role{},
		scenes:  map[string]*scene{},
		grabs:   map[grab]struct{}{},
	}
	if err := s.take(); err != nil {
		closeConn(x)
		return nil, err
	}
	return s, nil
}

// take claims the root window, announces what we support and adopts nothing:
// windows that were mapped before us are refused like any other.
func (s *Stage) take() error {
	err := xproto.ChangeWindowAttributesChecked(s.x, s.root, xproto.CwEventMask, []uint32{
		xproto.EventMaskSubstructureRedirect | xproto.EventMaskSubstructureNotify | xproto.EventMaskStructureNotify,
	}).Check()
	var denied xproto.AccessError
	if errors.As(err, &denied) {
		return ErrTaken
	}
	if err != nil {
		return fmt.Errorf("taking the display: %w", err)
	}
	if err := s.atoms.intern(s.x); err != nil {
		return fmt.Errorf("taking the display: %w", err)
	}
	if err := extend(s.x, "SHAPE"); err != nil {
		return err
	}
	if err := s.announce(); err != nil {
		return fmt.Errorf("announcing the window manager: %w", err)
	}
	if err := s.grabKeys(); err != nil {
		return fmt.Errorf("grabbing keys: %w", err)
	}
	tree, err := xproto.QueryTree(s.x, s.root).Reply()
	if err != nil {
		return fmt.Errorf("reading the window tree: %w", err)
	}
	for _, w := range tree.Children {
		s.adopt(w)
	}
	return nil
}

// Run manages the display until ctx ends (nil) or the display goes away (an
// error). It returns when its goroutines have ended, and must be called once.
func (s *Stage) Run(ctx context.Context) error {
	type report struct {
		event xgb.Event
		err   xgb.Error
	}
	reports := make(chan report)
	quit := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(reports)
		for {
			event, err := s.x.WaitForEvent()
			if event == nil && err == nil {
				return
			}
			select {
			case reports <- report{event, err}:
			case <-quit: // keep reading: xgb ends only when it is drained
			}
		}
	})
	defer func() {
		close(quit)
		s.x.Close()
		reader.Wait()
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
			s.perform()
		case r, ok := <-reports:
			if !ok {
				if ctx.Err() != nil {
					return nil
				}
				return errors.New("the display went away")
			}
			s.perform()
			if r.err != nil {
				// Windows vanish at any time; a request about one that is gone
				// is an everyday event.
				s.log.Debug("the display refused a request", "error", r.err.Error())
				continue
			}
			s.handle(r.event)
		}
	}
}

// do queues work for the goroutine of Run.
func (s *Stage) do(f func()) {
	s.mu.Lock()
	s.todo = append(s.todo, f)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *Stage) perform() {
	s.mu.Lock()
	todo := s.todo
	s.todo = nil
	s.mu.Unlock()
	for _, f := range todo {
		f()
	}
}

// closeConn ends a connection that has no reader: xgb's goroutines end only
// when its events are read to the end.
func closeConn(x *xgb.Conn) {
	x.Close()
	for {
		if event, err := x.WaitForEvent(); event == nil && err == nil {
			return
		}
	}
}
