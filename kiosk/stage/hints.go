// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// atoms are the names of the Extended Window Manager Hints (EWMH 1.5) and of the
// ICCCM that are used here.
type atoms struct {
	wmProtocols, wmDeleteWindow, wmTakeFocus, wmState, utf8String xproto.Atom

	netSupported, netSupportingWmCheck, netWmName, netWmPid     xproto.Atom
	netWmState, netWmStateFullscreen, netWmStateFocused         xproto.Atom
	netActiveWindow, netClientList, netClientListStacking       xproto.Atom
	netNumberOfDesktops, netCurrentDesktop, netDesktopGeometry  xproto.Atom
	netDesktopViewport, netWorkarea, netFrameExtents, netWmPing xproto.Atom

	netWmWindowType, typeMenu, typeDropdown, typePopup, typeCombo, typeTooltip xproto.Atom
}

func (a *atoms) intern(x *xgb.Conn) error {
	for name, to := range map[string]*xproto.Atom{
		"WM_PROTOCOLS":                      &a.wmProtocols,
		"WM_DELETE_WINDOW":                  &a.wmDeleteWindow,
		"WM_TAKE_FOCUS":                     &a.wmTakeFocus,
		"WM_STATE":                          &a.wmState,
		"UTF8_STRING":                       &a.utf8String,
		"_NET_SUPPORTED":                    &a.netSupported,
		"_NET_SUPPORTING_WM_CHECK":          &a.netSupportingWmCheck,
		"_NET_WM_NAME":                      &a.netWmName,
		"_NET_WM_PID":                       &a.netWmPid,
		"_NET_WM_STATE":                     &a.netWmState,
		"_NET_WM_STATE_FULLSCREEN":          &a.netWmStateFullscreen,
		"_NET_WM_STATE_FOCUSED":             &a.netWmStateFocused,
		"_NET_ACTIVE_WINDOW":                &a.netActiveWindow,
		"_NET_CLIENT_LIST":                  &a.netClientList,
		"_NET_CLIENT_LIST_STACKING":         &a.netClientListStacking,
		"_NET_NUMBER_OF_DESKTOPS":           &a.netNumberOfDesktops,
		"_NET_CURRENT_DESKTOP":              &a.netCurrentDesktop,
		"_NET_DESKTOP_GEOMETRY":             &a.netDesktopGeometry,
		"_NET_DESKTOP_VIEWPORT":             &a.netDesktopViewport,
		"_NET_WORKAREA":                     &a.netWorkarea,
		"_NET_FRAME_EXTENTS":                &a.netFrameExtents,
		"_NET_WM_PING":                      &a.netWmPing,
		"_NET_WM_WINDOW_TYPE":               &a.netWmWindowType,
		"_NET_WM_WINDOW_TYPE_MENU":          &a.typeMenu,
		"_NET_WM_WINDOW_TYPE_DROPDOWN_MENU": &a.typeDropdown,
		"_NET_WM_WINDOW_TYPE_POPUP_MENU":    &a.typePopup,
		"_NET_WM_WINDOW_TYPE_COMBO":         &a.typeCombo,
		"_NET_WM_WINDOW_TYPE_TOOLTIP":       &a.typeTooltip,
	} {
		r, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
		if err != nil {
			return err
		}
		*to = r.Atom
	}
	return nil
}

// announce tells clients that an EWMH window manager runs, and which hints it
// honours. Chromium believes a full screen only from such a one.
func (s *Stage) announce() error {
	id, err := xproto.NewWindowId(s.x)
	if err != nil {
		return err
	}
	s.check = id
	err = xproto.CreateWindowChecked(s.x, 0, id, s.root, -1, -1, 1, 1, 0, xproto.WindowClassInputOnly, 0,
		xproto.CwOverrideRedirect, []uint32{1}).Check()
	if err != nil {
		return err
	}
	const name = "handrail"
	xproto.ChangeProperty(s.x, xproto.PropModeReplace, id, s.atoms.netWmName, s.atoms.utf8String, 8, uint32(len(name)), []byte(name))
	for _, w := range []xproto.Window{s.root, id} {
		s.set32(w, s.atoms.netSupportingWmCheck, xproto.AtomWindow, uint32(id))
	}
	a := &s.atoms
	s.set32(s.root, a.netSupported, xproto.AtomAtom,
		uint32(a.netSupported), uint32(a.netSupportingWmCheck), uint32(a.netWmName), uint32(a.netWmPid),
		uint32(a.netWmState), uint32(a.netWmStateFullscreen), uint32(a.netWmStateFocused),
		uint32(a.netActiveWindow), uint32(a.netClientList), uint32(a.netClientListStacking),
		uint32(a.netNumberOfDesktops), uint32(a.netCurrentDesktop), uint32(a.netDesktopGeometry),
		uint32(a.netDesktopViewport), uint32(a.netWorkarea), uint32(a.netFrameExtents))
	s.set32(s.root, a.netNumberOfDesktops, xproto.AtomCardinal, 1)
	s.set32(s.root, a.netCurrentDesktop, xproto.AtomCardinal, 0)
	s.set32(s.root, a.netDesktopViewport, xproto.AtomCardinal, 0, 0)
	s.announceSize()
	s.setRootWindow(a.netActiveWindow, 0)
	return nil
}

func (s *Stage) announceSize() {
	w, h := uint32(s.w), uint32(s.h)
	s.set32(s.root, s.atoms.netDesktopGeometry, xproto.AtomCardinal, w, h)
	s.set32(s.root, s.atoms.netWorkarea, xproto.AtomCardinal, 0, 0, w, h)
}

// tellState says to a window what it is: without a frame and, once it has asked
// for it, full screen. Full screen is true of its looks (no tab strip, no title,
// no address bar), never of its size. It is only said to a window that asked,
// because Chromium keeps its tab strip when it hears it unasked.
func (s *Stage) tellState(w *window) {
	var states []uint32
	if w.full {
		states = append(states, uint32(s.atoms.netWmStateFullscreen))
	}
	s.set32(w.id, s.atoms.netWmState, xproto.AtomAtom, states...)
}

// meet reads the state that a window wants to begin with (EWMH, _NET_WM_STATE)
// and gives it the properties of a managed one.
func (s *Stage) meet(w *window) {
	for b := s.property(w.id, s.atoms.netWmState, xproto.AtomAtom); len(b) >= 4; b = b[4:] {
		w.full = w.full || xproto.Atom(xgb.Get32(b)) == s.atoms.netWmStateFullscreen
	}
	s.set32(w.id, s.atoms.netFrameExtents, xproto.AtomCardinal, 0, 0, 0, 0)
	const normalState = 1
	s.set32(w.id, s.atoms.wmState, s.atoms.wmState, normalState, 0)
}

// clientMessage hears what windows ask of a window manager. Leaving full screen,
// hiding, moving, coming to the front: the answer is what is so.
func (s *Stage) clientMessage(e xproto.ClientMessageEvent) {
	w := s.windows[e.Window]
	if w == nil || e.Type != s.atoms.netWmState || e.Format != 32 {
		return
	}
	const remove = 0
	data := e.Data.Data32
	for _, state := range data[1:3] {
		if data[0] != remove && xproto.Atom(state) == s.atoms.netWmStateFullscreen {
			w.full = true
		}
	}
	s.tellState(w)
	s.tellPlace(w)
}

// tellClients publishes the list of windows, oldest knowledge first as EWMH
// wants it: bottom to top.
func (s *Stage) tellClients() {
	ids := make([]uint32, len(s.order))
	for i, id := range s.order {
		ids[len(ids)-1-i] = uint32(id)
	}
	s.set32(s.root, s.atoms.netClientList, xproto.AtomWindow, ids...)
	s.set32(s.root, s.atoms.netClientListStacking, xproto.AtomWindow, ids...)
}

func (s *Stage) setRootWindow(name xproto.Atom, id xproto.Window) {
	s.set32(s.root, name, xproto.AtomWindow, uint32(id))
}

func (s *Stage) set32(w xproto.Window, name, kind xproto.Atom, values ...uint32) {
	b := make([]byte, 4*len(values))
	for i, v := range values {
		xgb.Put32(b[4*i:], v)
	}
	xproto.ChangeProperty(s.x, xproto.PropModeReplace, w, name, kind, 32, uint32(len(values)), b)
}

// speaks reports whether a window takes part in a WM_PROTOCOLS protocol.
func (s *Stage) speaks(id xproto.Window, protocol xproto.Atom) bool {
	b := s.property(id, s.atoms.wmProtocols, xproto.AtomAtom)
	for ; len(b) >= 4; b = b[4:] {
		if xproto.Atom(xgb.Get32(b)) == protocol {
			return true
		}
	}
	return false
}

func (s *Stage) speaksDelete(id xproto.Window) bool { return s.speaks(id, s.atoms.wmDeleteWindow) }

func (s *Stage) sendDelete(id xproto.Window) { s.sendProtocol(id, s.atoms.wmDeleteWindow) }

func (s *Stage) sendProtocol(id xproto.Window, protocol xproto.Atom) {
	e := xproto.ClientMessageEvent{
		Format: 32, Window: id, Type: s.atoms.wmProtocols,
		Data: xproto.ClientMessageDataUnionData32New([]uint32{uint32(protocol), xproto.TimeCurrentTime, 0, 0, 0}),
	}
	xproto.SendEvent(s.x, false, id, xproto.EventMaskNoEvent, string(e.Bytes()))
}
