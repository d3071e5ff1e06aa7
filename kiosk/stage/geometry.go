// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"slices"

	"github.com/jezek/xgb/xproto"
)

// rect is where a window belongs, whatever it asks for.
func (s *Stage) rect(w *window) Rect {
	full := Rect{0, 0, s.w, s.h}
	if w.role == Service && w.scene.rect.W > 0 && w.scene.rect.H > 0 {
		return w.scene.rect
	}
	return full
}

// configure puts a window in its place.
func (s *Stage) configure(w *window) {
	r := s.rect(w)
	xproto.ConfigureWindow(s.x, w.id,
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(int32(r.X)), uint32(int32(r.Y)), uint32(r.W), uint32(r.H)})
	s.tellPlace(w)
}

// tellPlace sends the synthetic ConfigureNotify by which a window manager
// answers a request that it does not follow (ICCCM 4.1.5).
func (s *Stage) tellPlace(w *window) {
	r := s.rect(w)
	e := xproto.ConfigureNotifyEvent{
		Event: w.id, Window: w.id,
		X: int16(r.X), Y: int16(r.Y), Width: uint16(r.W), Height: uint16(r.H),
	}
	xproto.SendEvent(s.x, false, w.id, xproto.EventMaskStructureNotify, string(e.Bytes()))
}

// configureRequest answers a window that wants to be elsewhere, larger or on
// top: an admitted one hears where it is, any other may have its way unseen.
func (s *Stage) configureRequest(e xproto.ConfigureRequestEvent) {
	if w := s.windows[e.Window]; w != nil {
		s.tellPlace(w)
		return
	}
	mask := e.ValueMask &^ (xproto.ConfigWindowSibling | xproto.ConfigWindowStackMode)
	var values []uint32
	for _, v := range []struct {
		bit   uint16
		value uint32
	}{
		{xproto.ConfigWindowX, uint32(int32(e.X))},
		{xproto.ConfigWindowY, uint32(int32(e.Y))},
		{xproto.ConfigWindowWidth, uint32(e.Width)},
		{xproto.ConfigWindowHeight, uint32(e.Height)},
		{xproto.ConfigWindowBorderWidth, uint32(e.BorderWidth)},
	} {
		if mask&v.bit != 0 {
			values = append(values, v.value)
		}
	}
	xproto.ConfigureWindow(s.x, e.Window, mask, values)
}

// resized follows a change of the display's resolution.
func (s *Stage) resized(w, h int) {
	s.mu.Lock()
	same := s.w == w && s.h == h
	s.w, s.h = w, h
	s.mu.Unlock()
	if same {
		return
	}
	s.announceSize()
	for _, win := range s.windows {
		s.configure(win)
	}
	if s.size != nil {
		s.size(w, h)
	}
}

// restack brings the windows into the order of stacked, popups above all. It
// does nothing when the order is right already.
func (s *Stage) restack() {
	windows := s.stacked()
	order := make([]xproto.Window, len(windows))
	for i, w := range windows {
		order[i] = w.id
	}
	if slices.Equal(order, s.order) {
		return
	}
	s.order = order
	// The window that is to fill the screen goes up first, what lies on top of
	// it after, so the person sees the new scene appear and never the gap.
	// The rest needs only its order underneath.
	scene := 0
	for scene < len(windows) && scene < 2 && windows[scene].scene == windows[0].scene {
		scene++
	}
	for i := scene - 1; i >= 0; i-- {
		xproto.ConfigureWindow(s.x, order[i], xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	}
	for i := scene; i > 0 && i < len(order); i++ {
		xproto.ConfigureWindow(s.x, order[i], xproto.ConfigWindowSibling|xproto.ConfigWindowStackMode,
			[]uint32{uint32(order[i-1]), xproto.StackModeBelow})
	}
	for popup := range s.popups {
		xproto.ConfigureWindow(s.x, popup, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeAbove})
	}
	s.tellClients()
}

// refocus gives the keyboard to the scene in front, unless one of its windows
// that is in sight has it already.
func (s *Stage) refocus() {
	c := s.scenes[s.front]
	if c == nil {
		return
	}
	companion, service := c.windows[Companion], c.windows[Service]
	if service != nil && service.mapped && c.visible {
		if s.focus == service.id || (companion != nil && s.focus == companion.id) {
			return
		}
		s.setFocus(service.id)
		return
	}
	if companion != nil && companion.mapped && s.focus != companion.id {
		s.setFocus(companion.id)
	}
}

// setFocus gives the keyboard to a window (ICCCM 4.1.7) and says so.
func (s *Stage) setFocus(id xproto.Window) {
	s.focus = id
	xproto.SetInputFocus(s.x, xproto.InputFocusPointerRoot, id, xproto.TimeCurrentTime)
	if s.speaks(id, s.atoms.wmTakeFocus) {
		s.sendProtocol(id, s.atoms.wmTakeFocus)
	}
	s.setRootWindow(s.atoms.netActiveWindow, id)
}

// focusIn takes the keyboard back when a window behind the scenes, such as the
// spare that is being painted, gave it to itself. The event only says that
// something changed; by now the keyboard may be elsewhere, so it asks.
func (s *Stage) focusIn(e xproto.FocusInEvent) {
	if e.Event == s.focus {
		return
	}
	r, err := xproto.GetInputFocus(s.x).Reply()
	if err != nil || r.Focus == s.focus {
		return
	}
	if w := s.windows[r.Focus]; w != nil && w.scene.class == s.front && w.mapped && (w.role == Companion || w.scene.visible) {
		s.focus = w.id
		s.setRootWindow(s.atoms.netActiveWindow, w.id)
		return
	}
	if s.focus != 0 {
		s.setFocus(s.focus)
	}
}
