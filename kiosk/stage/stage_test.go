// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// limit is how long a test waits for what must happen. It is long: a busy
// machine is no failure.
const limit = 30 * time.Second

// eventually waits until ok.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen: %s", what)
		}
	}
}

func wait(t *testing.T, what string, ch <-chan struct{}) {
	t.Helper()
	select {
	case <-ch:
	case <-time.After(limit):
		t.Fatalf("did not happen: %s", what)
	}
}

func startDisplay(t *testing.T) *Display {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a display server")
	}
	dir, err := os.MkdirTemp("", "stage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d, err := StartDisplay(context.Background(), DisplayOptions{Dir: dir, Width: 1000, Height: 700})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// startStage runs a stage on a new display, and checks that it ends well.
func startStage(t *testing.T) (*Stage, *Display) {
	t.Helper()
	d := startDisplay(t)
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("stage: %v", err)
		}
	})
	return s, d
}

// client is a program with windows, as a browser is to the stage.
type client struct {
	t     *testing.T
	x     *xgb.Conn
	root  xproto.Window
	atoms atoms
	keys  *keyboard
	seen  chan xgb.Event
}

func newClient(t *testing.T, d *Display) *client {
	t.Helper()
	x, err := dial(d.Name(), d.Authority())
	if err != nil {
		t.Fatal(err)
	}
	c := &client{t: t, x: x, root: xproto.Setup(x).DefaultScreen(x).Root, seen: make(chan xgb.Event, 10000)}
	if err := c.atoms.intern(x); err != nil {
		t.Fatal(err)
	}
	if err := extend(x, "SHAPE"); err != nil {
		t.Fatal(err)
	}
	if c.keys, err = readKeyboard(x); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			event, err := x.WaitForEvent()
			if event == nil && err == nil {
				return
			}
			if event != nil {
				select {
				case c.seen <- event:
				default:
				}
			}
		}
	}()
	t.Cleanup(func() {
		x.Close()
		<-done
	})
	return c
}

// window makes a window without showing it.
func (c *client) window(class string, r Rect, overrideRedirect bool) xproto.Window {
	c.t.Helper()
	id, err := xproto.NewWindowId(c.x)
	if err != nil {
		c.t.Fatal(err)
	}
	override := uint32(0)
	if overrideRedirect {
		override = 1
	}
	err = xproto.CreateWindowChecked(c.x, 0, id, c.root, int16(r.X), int16(r.Y), uint16(r.W), uint16(r.H), 0,
		xproto.WindowClassInputOutput, 0, xproto.CwBackPixel|xproto.CwOverrideRedirect|xproto.CwEventMask, []uint32{
			0x3366cc, override,
			xproto.EventMaskKeyPress | xproto.EventMaskButtonPress | xproto.EventMaskStructureNotify | xproto.EventMaskFocusChange,
		}).Check()
	if err != nil {
		c.t.Fatal(err)
	}
	name := []byte("instance\x00" + class + "\x00")
	xproto.ChangeProperty(c.x, xproto.PropModeReplace, id, xproto.AtomWmClass, xproto.AtomString, 8, uint32(len(name)), name)
	protocol := make([]byte, 4)
	xgb.Put32(protocol, uint32(c.atoms.wmDeleteWindow))
	xproto.ChangeProperty(c.x, xproto.PropModeReplace, id, c.atoms.wmProtocols, xproto.AtomAtom, 32, 1, protocol)
	return id
}

// setType says what kind of window it is.
func (c *client) setType(id xproto.Window, kind xproto.Atom) {
	b := make([]byte, 4)
	xgb.Put32(b, uint32(kind))
	xproto.ChangeProperty(c.x, xproto.PropModeReplace, id, c.atoms.netWmWindowType, xproto.AtomAtom, 32, 1, b)
}

func (c *client) show(id xproto.Window) {
	c.t.Helper()
	if err := xproto.MapWindowChecked(c.x, id).Check(); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) mapped(id xproto.Window) bool {
	a, err := xproto.GetWindowAttributes(c.x, id).Reply()
	return err == nil && a.MapState == xproto.MapStateViewable
}

func (c *client) rect(id xproto.Window) Rect {
	g, err := xproto.GetGeometry(c.x, xproto.Drawable(id)).Reply()
	if err != nil {
		c.t.Fatal(err)
	}
	return Rect{int(g.X), int(g.Y), int(g.Width), int(g.Height)}
}

// stack lists the mapped ones of these windows, top first.
func (c *client) stack(ids ...xproto.Window) []xproto.Window {
	tree, err := xproto.QueryTree(c.x, c.root).Reply()
	if err != nil {
		c.t.Fatal(err)
	}
	var out []xproto.Window
	for _, id := range slices.Backward(tree.Children) {
		if slices.Contains(ids, id) && c.mapped(id) {
			out = append(out, id)
		}
	}
	return out
}

func (c *client) focused() xproto.Window {
	f, err := xproto.GetInputFocus(c.x).Reply()
	if err != nil {
		c.t.Fatal(err)
	}
	return f.Focus
}

// next waits for an event that fits.
func (c *client) next(what string, fits func(xgb.Event) bool) {
	c.t.Helper()
	timeout := time.After(limit)
	for {
		select {
		case e := <-c.seen:
			if fits(e) {
				return
			}
		case <-timeout:
			c.t.Fatalf("did not happen: %s", what)
		}
	}
}

// scene opens the two windows of a browser.
func (c *client) scene(s *Stage, class string) (companion, service xproto.Window) {
	c.t.Helper()
	companion = c.window(class, Rect{10, 10, 300, 200}, false)
	service = c.window(class, Rect{0, 0, 50, 50}, false)
	s.Admit(class, Companion)
	c.show(companion)
	wait(c.t, "the companion is mapped", s.Mapped(class, Companion))
	s.Admit(class, Service)
	c.show(service)
	wait(c.t, "the service is mapped", s.Mapped(class, Service))
	return companion, service
}

func openHand(t *testing.T, d *Display) *Hand {
	t.Helper()
	h, err := OpenHand(d.Name(), d.Authority())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
	return h
}

func TestSecondWindowManagerIsRefused(t *testing.T) {
	_, d := startStage(t)
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority()})
	if !errors.Is(err, ErrTaken) {
		t.Errorf("got stage %v and error %v, want ErrTaken", s, err)
	}
}

func TestWindowsHaveTheirPlaces(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	service := Rect{400, 50, 500, 600}
	s.Place("one", service, true)
	companionID, serviceID := c.scene(s, "one")
	w, h := s.Size()
	if w != 1000 || h != 700 {
		t.Errorf("size %dx%d", w, h)
	}
	full := Rect{0, 0, 1000, 700}
	eventually(t, "the companion fills the screen", func() bool { return c.rect(companionID) == full })
	eventually(t, "the service has its place", func() bool { return c.rect(serviceID) == service })
	eventually(t, "the service is on top", func() bool {
		return slices.Equal(c.stack(companionID, serviceID), []xproto.Window{serviceID, companionID})
	})

	// Whatever it asks for, it stays, and hears where it is.
	xproto.ConfigureWindow(c.x, serviceID, xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{0, 0, 1000, 700})
	c.next("the answer to moveTo and resizeTo", func(e xgb.Event) bool {
		n, ok := e.(xproto.ConfigureNotifyEvent)
		return ok && n.Window == serviceID && n.X == 400 && n.Y == 50 && n.Width == 500 && n.Height == 600
	})
	if got := c.rect(serviceID); got != service {
		t.Errorf("the service moved itself to %v", got)
	}

	// Out of sight is underneath, still mapped.
	s.Place("one", service, false)
	eventually(t, "the service goes below its companion", func() bool {
		return slices.Equal(c.stack(companionID, serviceID), []xproto.Window{companionID, serviceID})
	})
	eventually(t, "the companion has the keyboard", func() bool { return c.focused() == companionID })
	mirrored := Rect{20, 50, 500, 600}
	s.Place("one", mirrored, true)
	eventually(t, "the service is back, mirrored", func() bool {
		return c.rect(serviceID) == mirrored && slices.Equal(c.stack(companionID, serviceID), []xproto.Window{serviceID, companionID})
	})
	if s.Refused() != 0 {
		t.Errorf("%d windows were refused", s.Refused())
	}
}

func TestUnknownWindowsAreNeverSeen(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	companion, _ := c.scene(s, "one")

	popup := c.window("one", Rect{0, 0, 1000, 700}, false)
	c.show(popup)
	c.next("the popup is asked to close", func(e xgb.Event) bool {
		m, ok := e.(xproto.ClientMessageEvent)
		return ok && m.Window == popup && m.Type == c.atoms.wmProtocols && m.Data.Data32[0] == uint32(c.atoms.wmDeleteWindow)
	})
	if c.mapped(popup) {
		t.Error("the popup is on the screen")
	}
	if s.Refused() != 1 {
		t.Errorf("refused %d windows, want 1", s.Refused())
	}

	// A dialog does not get a role that is waiting.
	s.Admit("one", Service)
	dialog := c.window("one", Rect{0, 0, 200, 200}, false)
	owner := make([]byte, 4)
	xgb.Put32(owner, uint32(companion))
	xproto.ChangeProperty(c.x, xproto.PropModeReplace, dialog, xproto.AtomWmTransientFor, xproto.AtomWindow, 32, 1, owner)
	c.show(dialog)
	eventually(t, "the dialog is refused", func() bool { return s.Refused() == 2 })
	if c.mapped(dialog) {
		t.Error("the dialog is on the screen")
	}

	// A window of another program that does not know how to close is cut off.
	stranger := newClient(t, d)
	rude := stranger.window("other", Rect{0, 0, 10, 10}, false)
	xproto.DeleteProperty(stranger.x, rude, stranger.atoms.wmProtocols)
	xproto.MapWindow(stranger.x, rude)
	eventually(t, "the stranger's window is gone", func() bool {
		_, err := xproto.GetWindowAttributes(c.x, rude).Reply()
		return err != nil
	})

	// A window of our own program that does not know how to close stays unseen,
	// and the program lives.
	mute := c.window("none", Rect{0, 0, 10, 10}, false)
	xproto.DeleteProperty(c.x, mute, c.atoms.wmProtocols)
	before := s.Refused()
	c.show(mute)
	eventually(t, "the mute window is refused", func() bool { return s.Refused() == before+1 })
	if c.mapped(mute) || !c.mapped(companion) {
		t.Error("the mute window is seen, or cost us the companion")
	}

}

func TestPopupsStayInside(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	service := Rect{400, 50, 500, 600}
	s.Place("one", service, true)
	companionID, serviceID := c.scene(s, "one")
	s.FocusService("one")
	eventually(t, "the service has the keyboard", func() bool { return c.focused() == serviceID })
	popup := func(c *client, kind xproto.Atom, r Rect) xproto.Window {
		id := c.window("", r, true)
		c.setType(id, kind)
		c.show(id)
		return id
	}
	// visible is the part of a window that can be seen.
	visible := func(id xproto.Window) Rect {
		r, err := shape.GetRectangles(c.x, id, shape.SkBounding).Reply()
		if err != nil || len(r.Rectangles) == 0 {
			return Rect{}
		}
		return Rect{int(r.Rectangles[0].X), int(r.Rectangles[0].Y), int(r.Rectangles[0].Width), int(r.Rectangles[0].Height)}
	}
	list := popup(c, c.atoms.typeMenu, Rect{450, 100, 80, 90})
	eventually(t, "the list is seen where it is", func() bool {
		return c.rect(list) == Rect{450, 100, 80, 90} && visible(list) == Rect{0, 0, 80, 90}
	})
	low := popup(c, c.atoms.typeMenu, Rect{850, 600, 80, 90})
	eventually(t, "a list at the edge is moved inside", func() bool {
		return c.rect(low) == Rect{820, 560, 80, 90} && visible(low) == Rect{0, 0, 80, 90}
	})
	huge := popup(c, c.atoms.typeMenu, Rect{0, 0, 1000, 700})
	eventually(t, "a list that is too large is cut off", func() bool {
		return c.rect(huge) == Rect{400, 50, 1000, 700} && visible(huge) == Rect{0, 0, 500, 600}
	})
	xproto.ConfigureWindow(c.x, low, xproto.ConfigWindowX|xproto.ConfigWindowY, []uint32{0, 0})
	eventually(t, "a list that moves itself is moved back", func() bool { return c.rect(low) == Rect{400, 50, 80, 90} })

	before := s.Refused()
	notice := popup(c, c.atoms.netWmState, Rect{450, 100, 80, 90})
	eventually(t, "a notice is refused", func() bool { return s.Refused() == before+1 && !c.mapped(notice) })
	if visible(notice) != (Rect{}) {
		t.Error("the notice could be seen")
	}
	stranger := newClient(t, d)
	foreign := popup(stranger, c.atoms.typeMenu, Rect{450, 100, 80, 90})
	eventually(t, "a stranger's popup is refused", func() bool { return s.Refused() == before+2 && !c.mapped(foreign) })

	s.Place("one", Rect{50, 50, 400, 400}, true)
	s.Place("one", Rect{50, 50, 400, 400}, false)
	eventually(t, "the lists are on top", func() bool {
		stack := c.stack(list, companionID, serviceID)
		return len(stack) == 3 && stack[0] == list && stack[1] == companionID
	})
}

func TestFrontIsARestack(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	s.Place("one", Rect{400, 50, 500, 600}, true)
	s.Place("two", Rect{400, 50, 500, 600}, true)
	c1, s1 := c.scene(s, "one")
	c2, s2 := c.scene(s, "two")
	all := []xproto.Window{c1, s1, c2, s2}
	eventually(t, "the first browser is in front", func() bool {
		return slices.Equal(c.stack(all...), []xproto.Window{s1, c1, s2, c2})
	})
	eventually(t, "its companion, which came first, has the keyboard", func() bool { return c.focused() == c1 })
	s.FocusService("one")
	eventually(t, "its service has the keyboard", func() bool { return c.focused() == s1 })

	// The spare behind cannot take the keyboard for itself.
	xproto.SetInputFocus(c.x, xproto.InputFocusPointerRoot, s2, xproto.TimeCurrentTime)
	eventually(t, "the keyboard comes back", func() bool { return c.focused() == s1 })

	s.Front("two")
	eventually(t, "the second browser is in front", func() bool {
		return slices.Equal(c.stack(all...), []xproto.Window{s2, c2, s1, c1})
	})
	eventually(t, "it has the keyboard", func() bool { return c.focused() == s2 })
	s.FocusCompanion("two")
	eventually(t, "its companion has the keyboard", func() bool { return c.focused() == c2 })
	s.FocusService("one") // behind: no
	s.FocusService("two")
	eventually(t, "its service has the keyboard", func() bool { return c.focused() == s2 })

	s.Drop("one")
	eventually(t, "the dropped browser leaves the screen", func() bool { return !c.mapped(c1) && !c.mapped(s1) })
	xproto.DestroyWindow(c.x, s2)
	eventually(t, "the companion has the keyboard", func() bool { return c.focused() == c2 })
	select {
	case <-s.Mapped("two", Service):
		t.Error("the service window counts as mapped after it is gone")
	default:
	}
}

func TestFullScreenIsAnAnswer(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	s.Place("one", Rect{400, 50, 500, 600}, true)
	_, service := c.scene(s, "one")
	state := func() []byte {
		r, err := xproto.GetProperty(c.x, false, service, c.atoms.netWmState, xproto.AtomAtom, 0, 10).Reply()
		if err != nil {
			t.Fatal(err)
		}
		return r.Value
	}
	ask := func(action uint32) {
		e := xproto.ClientMessageEvent{
			Format: 32, Window: service, Type: c.atoms.netWmState,
			Data: xproto.ClientMessageDataUnionData32New([]uint32{action, uint32(c.atoms.netWmStateFullscreen), 0, 1, 0}),
		}
		xproto.SendEvent(c.x, false, c.root, xproto.EventMaskSubstructureRedirect|xproto.EventMaskSubstructureNotify, string(e.Bytes()))
	}
	if len(state()) != 0 {
		t.Error("it is told that it is full screen before it asked")
	}
	ask(1)
	eventually(t, "it is told that it is full screen", func() bool {
		b := state()
		return len(b) == 4 && xproto.Atom(xgb.Get32(b)) == c.atoms.netWmStateFullscreen
	})
	ask(0)
	c.next("the answer to leaving full screen", func(e xgb.Event) bool {
		n, ok := e.(xproto.ConfigureNotifyEvent)
		return ok && n.Window == service
	})
	if len(state()) != 4 {
		t.Error("it left full screen")
	}
	if got := (Rect{400, 50, 500, 600}); c.rect(service) != got {
		t.Errorf("it is at %v", c.rect(service))
	}
}
