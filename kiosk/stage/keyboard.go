// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// keyboard is the map of the display's keyboard: what each key means alone and
// shifted, and which keys are modifiers.
type keyboard struct {
	first xproto.Keycode
	keys  [][]xproto.Keysym // by keycode-first; group 1 plain, shifted, group 2 plain, shifted, ...
	mods  [8][]xproto.Keycode
}

func readKeyboard(x *xgb.Conn) (*keyboard, error) {
	setup := xproto.Setup(x)
	count := int(setup.MaxKeycode) - int(setup.MinKeycode) + 1
	m, err := xproto.GetKeyboardMapping(x, setup.MinKeycode, byte(count)).Reply()
	if err != nil {
		return nil, fmt.Errorf("keyboard map: %w", err)
	}
	mods, err := xproto.GetModifierMapping(x).Reply()
	if err != nil {
		return nil, fmt.Errorf("modifier map: %w", err)
	}
	k := &keyboard{first: setup.MinKeycode}
	per := int(m.KeysymsPerKeycode)
	for i := 0; i+per <= len(m.Keysyms) && per > 0; i += per {
		k.keys = append(k.keys, m.Keysyms[i:i+per])
	}
	each := int(mods.KeycodesPerModifier)
	for i := range k.mods {
		for _, code := range mods.Keycodes[i*each : (i+1)*each] {
			if code != 0 {
				k.mods[i] = append(k.mods[i], code)
			}
		}
	}
	return k, nil
}

// Key symbols (X11 keysymdef.h) that matter by themselves.
const (
	symBackSpace    = 0xff08
	symTab          = 0xff09
	symReturn       = 0xff0d
	symScrollLock   = 0xff14
	symEscape       = 0xff1b
	symMultiKey     = 0xff20
	symHome         = 0xff50
	symEnd          = 0xff57
	symInsert       = 0xff63
	symModeSwitch   = 0xff7e
	symNumLock      = 0xff7f
	symKPSpace      = 0xff80
	symKP9          = 0xffb9
	symKPEqual      = 0xffbd
	symF1           = 0xffbe
	symShiftL       = 0xffe1
	symControlR     = 0xffe4
	symCapsLock     = 0xffe5
	symShiftLock    = 0xffe6
	symDelete       = 0xffff
	symISOLock      = 0xfe01
	symISOLevel3    = 0xfe03
	symISOLevel5End = 0xfe13
	symISOLeftTab   = 0xfe20
)

// use is what a key is to a person who fills in a form.
type use int

const (
	useless use = iota // function keys, Alt, Super, media and browser keys: kept from the browser
	plain              // characters and keys of a form; not with Ctrl
	editing            // C, V, X, A, Z: also with Ctrl
	escape             // Escape: only by itself
	neutral            // Shift, Ctrl, AltGr, locks: they only change others
	unknown            // no symbol yet; a viewer may give it one at any moment
)

// use classes a key by what it means unshifted, in both groups of the layout: it
// is as forbidden as its most dangerous meaning. The core protocol lists group 1
// plain and shifted, then group 2 plain and shifted; later columns hold further
// characters.
func (k *keyboard) use(key int) use {
	out := unknown
	letters, allowed := 0, 0
	for i, sym := range k.keys[key] {
		if sym == 0 || i != 0 && i != 2 {
			continue
		}
		u := useOf(sym)
		if latin(sym) {
			letters++
			if u == editing {
				allowed++
			}
		}
		switch {
		case u == useless:
			return useless
		case out == unknown, u == escape, u == neutral:
			out = u
		}
	}
	if letters > 0 {
		out = plain
		if letters == allowed {
			out = editing
		}
	}
	return out
}

func latin(sym xproto.Keysym) bool {
	return sym >= 'a' && sym <= 'z' || sym >= 'A' && sym <= 'Z'
}

// useOf classes one symbol.
func useOf(sym xproto.Keysym) use {
	switch sym {
	case 'a', 'c', 'v', 'x', 'z', 'A', 'C', 'V', 'X', 'Z':
		return editing
	case symEscape:
		return escape
	case symModeSwitch, symNumLock, symScrollLock, symCapsLock, symShiftLock:
		return neutral
	case symBackSpace, symTab, symISOLeftTab, symReturn, symDelete, symInsert, symMultiKey:
		return plain
	}
	switch {
	case sym < 0xfd00, sym >= 0x01000000 && sym <= 0x0110ffff: // characters; Unicode
		return plain
	case sym >= 0xfe50 && sym <= 0xfe93: // dead keys
		return plain
	case sym >= symISOLock && sym <= symISOLevel5End:
		return neutral
	case sym >= symHome && sym <= symEnd:
		return plain
	case sym >= symKPSpace && sym <= symKP9, sym == symKPEqual:
		return plain
	case sym >= symShiftL && sym <= symControlR:
		return neutral
	}
	return useless
}

// modifiers sorts the eight modifier bits by the keys that set them.
func (k *keyboard) modifiers() modifiers {
	m := modifiers{locks: xproto.ModMaskLock}
	for bit, codes := range k.mods {
		for _, code := range codes {
			if int(code) < int(k.first) || int(code-k.first) >= len(k.keys) {
				continue
			}
			for _, sym := range k.keys[code-k.first] {
				switch {
				case sym == symNumLock, sym == symScrollLock:
					m.locks |= 1 << bit
				case sym == symModeSwitch, sym >= symISOLevel3 && sym <= symISOLevel5End:
					m.level3 |= 1 << bit
				}
			}
		}
	}
	// A bit that also carries Alt or Super is a command whatever else it is.
	for bit, codes := range k.mods {
		for _, code := range codes {
			if int(code) < int(k.first) || int(code-k.first) >= len(k.keys) {
				continue
			}
			for _, sym := range k.keys[code-k.first] {
				if sym >= 0xffe7 && sym <= 0xffee { // Meta, Alt, Super, Hyper
					m.locks &^= 1 << bit
					m.level3 &^= 1 << bit
				}
			}
		}
	}
	return m
}
