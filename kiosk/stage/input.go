// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"slices"

	"github.com/jezek/xgb/xproto"
)

// grab is one combination of a key and modifiers that never reaches a browser.
type grab struct {
	key  xproto.Keycode // 0: any key
	mods uint16
}

// grabKeys makes the grabs on the root window follow the keyboard as it is now.
// Only the difference is sent, so there is no moment without grabs.
func (s *Stage) grabKeys() error {
	k, err := readKeyboard(s.x)
	if err != nil {
		return err
	}
	want := k.forbidden()
	for g := range s.grabs {
		if _, keep := want[g]; !keep {
			xproto.UngrabKey(s.x, g.key, s.root, g.mods)
		}
	}
	for g := range want {
		if _, have := s.grabs[g]; !have {
			xproto.GrabKey(s.x, true, s.root, g.mods, g.key, xproto.GrabModeAsync, xproto.GrabModeAsync)
		}
	}
	s.grabs = want
	return nil
}

// The kinds of modifier, as the keyboard map assigns them to bits.
type modifiers struct {
	locks  uint16 // Caps, Num and Scroll Lock: never change what is allowed
	level3 uint16 // AltGr and its like: choose characters, and are free
}

// forbidden lists the combinations to grab. It is an allow-list turned inside
// out: Ctrl with anything but C, V, X, A, Z; every key with Alt or Super; Shift
// or AltGr with Escape; and by themselves all keys that are neither characters
// nor needed to fill in a form, whatever is held down with them.
func (k *keyboard) forbidden() map[grab]struct{} {
	out := map[grab]struct{}{}
	m := k.modifiers()
	locks := subsets(m.locks)
	all := uint16(0xff)
	commands := all &^ (xproto.ModMaskShift | m.locks | m.level3 | xproto.ModMaskControl)
	for _, mods := range subsets(all) {
		switch {
		case mods&commands != 0, mods&xproto.ModMaskControl != 0 && mods&^(m.locks|xproto.ModMaskControl) != 0:
			out[grab{xproto.GrabAny, mods}] = struct{}{}
		}
	}
	for key := range k.keys {
		code := xproto.Keycode(int(k.first) + key)
		use := k.use(key)
		if use == useless {
			out[grab{code, xproto.ModMaskAny}] = struct{}{}
			continue
		}
		if use != editing {
			for _, l := range locks {
				out[grab{code, xproto.ModMaskControl | l}] = struct{}{}
			}
		}
		if use == escape {
			for _, mods := range subsets(xproto.ModMaskShift | m.level3) {
				if mods == 0 {
					continue
				}
				for _, l := range locks {
					out[grab{code, mods | l}] = struct{}{}
				}
			}
		}
	}
	return out
}

// subsets lists every combination of the bits of mask, the empty one first.
func subsets(mask uint16) []uint16 {
	out := []uint16{0}
	for bit := uint16(1); bit <= mask && bit != 0; bit <<= 1 {
		if mask&bit != 0 {
			for _, have := range slices.Clone(out) {
				out = append(out, have|bit)
			}
		}
	}
	return out
}

// watchButtons makes every press on a window stop with us first. It is replayed
// to the window once the keyboard has followed it there.
func (s *Stage) watchButtons(id xproto.Window) {
	xproto.GrabButton(s.x, false, id, xproto.EventMaskButtonPress,
		xproto.GrabModeSync, xproto.GrabModeAsync, 0, 0, xproto.ButtonIndexAny, xproto.ModMaskAny)
}

// buttonPress lets the keyboard follow the click or touch. Only plain left and
// right clicks and the wheel go on to the page: with Ctrl, Shift, Alt or the
// middle button a click opens tabs and windows. Our own keys answer a left click
// whatever is held down: a key of the keyboard may be stuck, or an arm lie on it.
func (s *Stage) buttonPress(e xproto.ButtonPressEvent) {
	w := s.windows[e.Event]
	const held = xproto.ModMaskShift | xproto.ModMaskControl | xproto.ModMask1 | xproto.ModMask4
	plain := e.State&held == 0 && e.Detail != 2 && e.Detail <= 7
	if w != nil && w.role == Companion && e.Detail == 1 {
		plain = true
	}
	if w == nil || w.scene.class != s.front || !plain {
		xproto.AllowEvents(s.x, xproto.AllowAsyncPointer, e.Time)
		s.swallowed()
		return
	}
	if e.Detail <= 3 && s.focus != w.id {
		s.setFocus(w.id)
	}
	xproto.AllowEvents(s.x, xproto.AllowReplayPointer, e.Time)
}
