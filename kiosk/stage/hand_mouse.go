// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"time"

	"github.com/jezek/xgb/xproto"
)

// PressHolding presses a button at a point while keys are held down: "ctrl", "shift", "alt".
func (h *Hand) PressHolding(x, y, button int, held ...string) error {
	k, err := readKeyboard(h.x)
	if err != nil {
		return err
	}
	var down []xproto.Keycode
	for _, name := range held {
		code, _, ok := k.find(heldSyms[name])
		if !ok {
			return fmt.Errorf("holding %q: the keyboard does not have it", name)
		}
		down = append(down, code)
	}
	for _, code := range down {
		h.fake(xproto.KeyPress, byte(code))
	}
	err = h.Press(x, y, button)
	for i := len(down) - 1; i >= 0; i-- {
		h.fake(xproto.KeyRelease, byte(down[i]))
	}
	if err != nil {
		return err
	}
	return h.settle()
}

// Pull takes hold of what is at one point, with the left button, and pulls it to another over half a second. It is held until LetGo.
func (h *Hand) Pull(x1, y1, x2, y2 int) error {
	h.move(x1, y1)
	h.fake(xproto.ButtonPress, 1)
	const stops = 20
	for i := 1; i <= stops; i++ {
		time.Sleep(25 * time.Millisecond)
		h.move(x1+(x2-x1)*i/stops, y1+(y2-y1)*i/stops)
		if err := h.settle(); err != nil {
			return err
		}
	}
	return nil
}

// LetGo lets the left button up.
func (h *Hand) LetGo() error {
	h.fake(xproto.ButtonRelease, 1)
	return h.settle()
}

// LongPress keeps the left button down at a point for a while.
func (h *Hand) LongPress(x, y int, d time.Duration) error {
	h.move(x, y)
	h.fake(xproto.ButtonPress, 1)
	err := h.settle()
	time.Sleep(d)
	h.fake(xproto.ButtonRelease, 1)
	if err != nil {
		return err
	}
	return h.settle()
}

// Sight is a window that a person sees on a display.
type Sight struct {
	Class  string
	Rect   Rect
	Direct bool // no window manager was asked: a list, a notice
}

// Windows are the top-level windows that are mapped on a display now, lowest first. What a window manager puts round a window counts in its
// place.
func Windows(display, authority string) ([]Sight, error) {
	x, err := dial(display, authority)
	if err != nil {
		return nil, err
	}
	defer closeConn(x)
	tree, err := xproto.QueryTree(x, xproto.Setup(x).DefaultScreen(x).Root).Reply()
	if err != nil {
		return nil, fmt.Errorf("reading the window tree: %w", err)
	}
	var out []Sight
	for _, w := range tree.Children {
		attrs, err := xproto.GetWindowAttributes(x, w).Reply()
		if err != nil || attrs.MapState != xproto.MapStateViewable || attrs.Class == xproto.WindowClassInputOnly {
			continue // gone meanwhile, or not to be seen
		}
		g, err := xproto.GetGeometry(x, xproto.Drawable(w)).Reply()
		if err != nil {
			continue
		}
		s := Sight{Rect: Rect{int(g.X), int(g.Y), int(g.Width), int(g.Height)}, Direct: attrs.OverrideRedirect}
		if p, err := xproto.GetProperty(x, false, w, xproto.AtomWmClass, xproto.AtomString, 0, 64).Reply(); err == nil && p != nil {
			s.Class = string(p.Value)
		}
		out = append(out, s)
	}
	return out, nil
}

// ScrollHolding turns the wheel over a point while a key is held down.
func (h *Hand) ScrollHolding(x, y, clicks int, held string) error {
	k, err := readKeyboard(h.x)
	if err != nil {
		return err
	}
	code, _, ok := k.find(heldSyms[held])
	if !ok {
		return fmt.Errorf("holding %q: the keyboard does not have it", held)
	}
	h.fake(xproto.KeyPress, byte(code))
	err = h.Scroll(x, y, clicks)
	h.fake(xproto.KeyRelease, byte(code))
	if err != nil {
		return err
	}
	return h.settle()
}
