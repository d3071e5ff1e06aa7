// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"slices"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// window is an admitted top-level window.
type window struct {
	id     xproto.Window
	scene  *scene
	role   Role
	mapped bool
	full   bool // it asked to be full screen, and is told that it is
	pid    uint32
}

func (w *window) place() place { return place{w.scene.class, w.role} }

// handle reacts to one event. Requests to the display are sent unchecked: a
// window may be gone by the time they arrive, and that is no error here.
func (s *Stage) handle(event xgb.Event) {
	switch e := event.(type) {
	case xproto.CreateNotifyEvent:
		if e.OverrideRedirect && e.Parent == s.root {
			s.popupBorn(e.Window)
		}
	case xproto.MapRequestEvent:
		s.mapRequest(e.Window)
	case xproto.MapNotifyEvent:
		s.mapNotify(e)
	case xproto.UnmapNotifyEvent:
		s.unmapNotify(e.Window)
	case xproto.DestroyNotifyEvent:
		s.unmapNotify(e.Window)
		s.forget(e.Window)
	case xproto.ReparentNotifyEvent:
		if e.Parent != s.root {
			s.unmapNotify(e.Window)
			s.forget(e.Window)
		}
	case xproto.ConfigureRequestEvent:
		s.configureRequest(e)
	case xproto.ConfigureNotifyEvent:
		if e.Window == s.root {
			s.resized(int(e.Width), int(e.Height))
			return
		}
		s.popupMoved(e.Window)
	case xproto.ClientMessageEvent:
		s.clientMessage(e)
	case xproto.ButtonPressEvent:
		s.buttonPress(e)
	case xproto.FocusInEvent:
		s.focusIn(e)
	case xproto.KeyPressEvent:
		s.swallowed() // a grabbed accelerator: it ends here
	case xproto.MappingNotifyEvent:
		if e.Request != xproto.MappingPointer {
			if err := s.grabKeys(); err != nil {
				s.log.Warn("the keys could not be grabbed after the keyboard changed", "error", err)
			}
		}
	}
}

// adopt looks at a window that was there before us.
func (s *Stage) adopt(id xproto.Window) {
	attrs, err := xproto.GetWindowAttributes(s.x, id).Reply()
	if err != nil || attrs.OverrideRedirect || attrs.MapState == xproto.MapStateUnmapped || id == s.check {
		return
	}
	xproto.UnmapWindow(s.x, id)
	s.refuse(id)
}

// mapRequest decides whether a window may be seen: one that is admitted, or one
// whose class has a role waiting for it. Dialogs (transient windows) never are.
func (s *Stage) mapRequest(id xproto.Window) {
	if w := s.windows[id]; w != nil {
		s.show(w)
		return
	}
	class, instance := s.class(id)
	name := class
	if len(s.asked[name]) == 0 {
		name = instance
	}
	asked := s.asked[name]
	if len(asked) == 0 || s.transient(id) {
		s.refuse(id)
		return
	}
	role := asked[0]
	s.asked[name] = asked[1:]
	c := s.scene(name)
	if old := c.windows[role]; old != nil {
		// A second window for a place that is taken replaces the first.
		s.forget(old.id)
		s.refuse(old.id)
	}
	w := &window{id: id, scene: c, role: role, pid: s.pid(id)}
	c.windows[role] = w
	s.windows[id] = w
	delete(s.turned, id)
	if s.scenes[s.front] == nil {
		s.front = name
	}
	s.log.Debug("window admitted", "class", name, "role", role.String())
	// The display keeps what a window under others shows: brought up, it is there at once, and no browser is asked to paint.
	xproto.ChangeWindowAttributes(s.x, id, xproto.CwBackingStore|xproto.CwEventMask,
		[]uint32{xproto.BackingStoreWhenMapped, xproto.EventMaskFocusChange})
	xproto.ConfigureWindow(s.x, id, xproto.ConfigWindowBorderWidth, []uint32{0})
	s.watchButtons(id)
	s.show(w)
}

// show maps an admitted window in its place. It first goes below everything, so
// that nothing flashes up, and is restacked once it is mapped.
func (s *Stage) show(w *window) {
	s.meet(w)
	s.tellState(w)
	s.configure(w)
	xproto.ConfigureWindow(s.x, w.id, xproto.ConfigWindowStackMode, []uint32{xproto.StackModeBelow})
	xproto.MapWindow(s.x, w.id)
}

func (s *Stage) mapNotify(e xproto.MapNotifyEvent) {
	if w := s.windows[e.Window]; w != nil {
		w.mapped = true
		s.restack()
		s.refocus()
		s.setMapped(w.place(), true)
		return
	}
	if e.Event == s.root && e.OverrideRedirect {
		s.popupMapped(e.Window)
	}
}

func (s *Stage) unmapNotify(id xproto.Window) {
	delete(s.popups, id)
	w := s.windows[id]
	if w == nil || !w.mapped {
		return
	}
	w.mapped = false
	s.setMapped(w.place(), false)
	s.restack()
	s.refocus()
}

// forget drops all that is known about a window.
func (s *Stage) forget(id xproto.Window) {
	delete(s.turned, id)
	w := s.windows[id]
	if w == nil {
		return
	}
	delete(s.windows, id)
	if w.scene.windows[w.role] == w {
		w.scene.windows[w.role] = nil
	}
	s.setMapped(w.place(), false)
	s.order = slices.DeleteFunc(s.order, func(o xproto.Window) bool { return o == id })
	if s.focus == id {
		s.focus = 0
	}
}

// dismiss takes a window of a dropped browser off the screen.
func (s *Stage) dismiss(w *window) {
	s.forget(w.id)
	xproto.UnmapWindow(s.x, w.id)
}

// refuse keeps a window off the screen and closes it behind the scenes: asked
// politely if it knows how, otherwise its program is disconnected, unless that
// program also owns a window that we want.
func (s *Stage) refuse(id xproto.Window) {
	s.countRefused(id)
	if s.speaksDelete(id) {
		s.sendDelete(id)
		return
	}
	if s.owner(id) != nil {
		return
	}
	pid := s.pid(id)
	for _, w := range s.windows {
		if pid != 0 && w.pid == pid {
			return
		}
	}
	xproto.KillClient(s.x, uint32(id))
}

// countRefused counts a window once for as long as it exists.
func (s *Stage) countRefused(id xproto.Window) {
	if _, again := s.turned[id]; again {
		return
	}
	s.turned[id] = struct{}{}
	s.mu.Lock()
	s.refused++
	s.mu.Unlock()
	class, _ := s.class(id)
	s.log.Info("a window nobody asked for was refused", "class", class)
}

// class reads WM_CLASS (ICCCM 4.1.2.5).
func (s *Stage) class(id xproto.Window) (class, instance string) {
	b := s.property(id, xproto.AtomWmClass, xproto.AtomString)
	parts := bytes.SplitN(b, []byte{0}, 3)
	if len(parts) > 1 {
		class = string(parts[1])
	}
	return class, string(parts[0])
}

func (s *Stage) transient(id xproto.Window) bool {
	owner := s.property(id, xproto.AtomWmTransientFor, xproto.AtomWindow)
	return len(owner) == 4 && xgb.Get32(owner) != 0
}

func (s *Stage) pid(id xproto.Window) uint32 {
	if b := s.property(id, s.atoms.netWmPid, xproto.AtomCardinal); len(b) == 4 {
		return xgb.Get32(b)
	}
	return 0
}

// property reads up to 4 kB of a property; it is nil if there is none.
func (s *Stage) property(id xproto.Window, name, kind xproto.Atom) []byte {
	r, err := xproto.GetProperty(s.x, false, id, name, kind, 0, 1024).Reply()
	if err != nil || r == nil {
		return nil
	}
	return r.Value
}

func (s *Stage) swallowed() {
	s.mu.Lock()
	s.swallow++
	s.mu.Unlock()
}
