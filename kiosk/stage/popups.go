// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/shape"
	"github.com/jezek/xgb/xproto"
)

// Popups are windows that a window manager is not asked about (override
// redirect): the list of a <select>, a calendar, a tooltip, and also Chromium's
// own notices. Each is invisible from its birth, and appears only if it is of a
// kind that a form needs, belongs to the browser in front, and then inside the
// rectangle of the window it comes from: a page cannot cover the companion with
// a list of its making.

// clip makes only a part of a window visible, and touchable.
func (s *Stage) clip(id xproto.Window, part xproto.Rectangle) {
	shape.Rectangles(s.x, shape.SoSet, shape.SkBounding, 0, id, 0, 0, []xproto.Rectangle{part})
}

func (s *Stage) unclip(id xproto.Window) {
	shape.Mask(s.x, shape.SoSet, shape.SkBounding, id, 0, 0, xproto.PixmapNone)
}

// popupBorn hides a popup until it is known what it is.
func (s *Stage) popupBorn(id xproto.Window) {
	if id != s.check {
		s.clip(id, xproto.Rectangle{})
	}
}

// popupMapped lets a popup be seen, or takes it away.
func (s *Stage) popupMapped(id xproto.Window) {
	c := s.owner(id)
	if c == nil || c.class != s.front || !s.needed(id) {
		xproto.UnmapWindow(s.x, id)
		s.countRefused(id)
		return
	}
	s.popups[id] = Rect{}
	s.popupMoved(id)
}

// popupMoved keeps a popup inside the window it comes from: moved if it fits,
// cut off if it does not.
func (s *Stage) popupMoved(id xproto.Window) {
	last, ok := s.popups[id]
	c := s.owner(id)
	if !ok || c == nil {
		return
	}
	g, err := xproto.GetGeometry(s.x, xproto.Drawable(id)).Reply()
	if err != nil {
		return // gone already
	}
	now := Rect{int(g.X), int(g.Y), int(g.Width), int(g.Height)}
	if now == last {
		return
	}
	bounds := Rect{0, 0, s.w, s.h}
	if w := c.windows[Service]; w != nil && s.focus == w.id {
		bounds = s.rect(w)
	}
	placed := inside(now, bounds)
	s.popups[id] = placed
	if placed != now {
		xproto.ConfigureWindow(s.x, id, xproto.ConfigWindowX|xproto.ConfigWindowY,
			[]uint32{uint32(int32(placed.X)), uint32(int32(placed.Y))})
	}
	if now.W > bounds.W || now.H > bounds.H {
		s.clip(id, xproto.Rectangle{Width: uint16(min(now.W, bounds.W)), Height: uint16(min(now.H, bounds.H))})
		return
	}
	s.unclip(id)
}

// inside moves a rectangle into bounds; what is too large begins at their start.
func inside(r, bounds Rect) Rect {
	r.X = max(bounds.X, min(r.X, bounds.X+bounds.W-r.W))
	r.Y = max(bounds.Y, min(r.Y, bounds.Y+bounds.H-r.H))
	return r
}

// owner is the browser that a window belongs to, known by its connection: the
// display gives each client its own range of numbers.
func (s *Stage) owner(id xproto.Window) *scene {
	mask := xproto.Window(xproto.Setup(s.x).ResourceIdMask)
	for _, w := range s.windows {
		if w.id&^mask == id&^mask {
			return w.scene
		}
	}
	return nil
}

// needed reports whether a popup is of a kind that forms use (EWMH,
// _NET_WM_WINDOW_TYPE). Chromium's notices and bubbles are of others.
func (s *Stage) needed(id xproto.Window) bool {
	a := &s.atoms
	for b := s.property(id, a.netWmWindowType, xproto.AtomAtom); len(b) >= 4; b = b[4:] {
		switch xproto.Atom(xgb.Get32(b)) {
		case a.typeMenu, a.typeDropdown, a.typePopup, a.typeCombo, a.typeTooltip:
			return true
		}
	}
	return false
}
