// SPDX-License-Identifier: Apache-2.0

package stage

import "slices"

// Admit gives the role to the next unknown top-level window whose WM_CLASS
// (class or instance) equals class. Roles asked for one class are given in the
// order of the calls. Every other window is never mapped, and is asked to close.
// Ask before the browser is started or told to open the window.
func (s *Stage) Admit(class string, role Role) {
	s.do(func() { s.asked[class] = append(s.asked[class], role) })
}

// Place sets the rectangle of a browser's service window. With visible false the
// window stays mapped and painted underneath its companion, out of sight.
func (s *Stage) Place(class string, service Rect, visible bool) {
	s.do(func() {
		c := s.scene(class)
		c.rect, c.visible = service, visible
		if w := c.windows[Service]; w != nil {
			s.configure(w)
		}
		s.restack()
		s.refocus()
	})
}

// Front puts this browser's windows on top and gives them the keyboard. All
// others stay mapped underneath, already painted: it is a restack and nothing
// else.
func (s *Stage) Front(class string) {
	s.do(func() {
		s.front = class
		s.restack()
		s.refocus()
	})
}

// Drop forgets a browser that is gone. Windows of it that still exist leave the
// screen.
func (s *Stage) Drop(class string) {
	s.do(func() {
		delete(s.asked, class)
		c := s.scenes[class]
		if c == nil {
			return
		}
		delete(s.scenes, class)
		for _, w := range c.windows {
			if w != nil {
				s.dismiss(w)
			}
		}
		if s.front == class {
			s.front = ""
		}
		s.restack()
		s.refocus()
	})
}

// FocusService gives the keyboard to this browser's service window, if the
// browser is in front and the window is in sight.
func (s *Stage) FocusService(class string) { s.give(class, Service) }

// FocusCompanion gives the keyboard to this browser's companion, if the browser
// is in front.
func (s *Stage) FocusCompanion(class string) { s.give(class, Companion) }

func (s *Stage) give(class string, role Role) {
	s.do(func() {
		c := s.scenes[class]
		if c == nil || s.front != class || c.windows[role] == nil || (role == Service && !c.visible) {
			return
		}
		s.setFocus(c.windows[role].id)
	})
}

// Size is the size of the display in pixels.
func (s *Stage) Size() (w, h int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.w, s.h
}

// Refused is the number of windows that wanted to be shown and were not.
func (s *Stage) Refused() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.refused
}

// Swallowed is the number of key presses and clicks that were kept from the
// browsers.
func (s *Stage) Swallowed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.swallow
}

// Mapped returns a channel that is closed once the window with this role is
// mapped and placed. When that window goes away, later calls return a new
// channel for the window that follows it.
func (s *Stage) Mapped(class string, role Role) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mappedLocked(place{class, role})
}

func (s *Stage) mappedLocked(p place) chan struct{} {
	ch := s.mapped[p]
	if ch == nil {
		ch = make(chan struct{})
		s.mapped[p] = ch
	}
	return ch
}

// setMapped keeps the promise of Mapped.
func (s *Stage) setMapped(p place, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mappedLocked(p)
	closed := false
	select {
	case <-ch:
		closed = true
	default:
	}
	switch {
	case on && !closed:
		close(ch)
	case !on && closed:
		delete(s.mapped, p)
	}
}

// scene returns the pair of windows of a browser, making room for it.
func (s *Stage) scene(class string) *scene {
	c := s.scenes[class]
	if c == nil {
		c = &scene{class: class}
		s.scenes[class] = c
	}
	return c
}

// stacked is the order of all admitted windows, top first. Browsers that are not
// in front follow in the order of their names, so that restacking is stable.
func (s *Stage) stacked() []*window {
	var classes []string
	for class := range s.scenes {
		if class != s.front {
			classes = append(classes, class)
		}
	}
	slices.Sort(classes)
	if s.scenes[s.front] != nil {
		classes = slices.Insert(classes, 0, s.front)
	}
	var all []*window
	for _, class := range classes {
		c := s.scenes[class]
		pair := []*window{c.windows[Companion], c.windows[Service]}
		if c.visible {
			slices.Reverse(pair)
		}
		for _, w := range pair {
			if w != nil && w.mapped {
				all = append(all, w)
			}
		}
	}
	return all
}
