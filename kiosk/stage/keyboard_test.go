// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"testing"

	"github.com/jezek/xgb/xproto"
)

func TestUseOfKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		syms []xproto.Keysym
		want use
	}{
		{"letter", []xproto.Keysym{'n', 'N'}, plain},
		{"letter C", []xproto.Keysym{'c', 'C'}, editing},
		{"C with Arabic in the second group", []xproto.Keysym{'c', 'C', 0x5c4, 0}, editing},
		{"Cyrillic first, C second", []xproto.Keysym{0x6d3, 0x6f3, 'c', 'C'}, editing},
		{"A in one group, Q in the other", []xproto.Keysym{'a', 'A', 'q', 'Q'}, plain},
		{"Arabic only", []xproto.Keysym{0x5c4, 0}, plain},
		{"digit", []xproto.Keysym{'2', '@'}, plain},
		{"Unicode", []xproto.Keysym{0x01000153, 0}, plain},
		{"dead accent", []xproto.Keysym{0xfe51, 0xfe50}, plain},
		{"Escape", []xproto.Keysym{symEscape, 0}, escape},
		{"Return", []xproto.Keysym{symReturn, 0}, plain},
		{"keypad 7", []xproto.Keysym{0xff95, 0xffb7}, plain},
		{"Shift", []xproto.Keysym{symShiftL, 0}, neutral},
		{"AltGr", []xproto.Keysym{symISOLevel3, 0}, neutral},
		{"Caps Lock", []xproto.Keysym{symCapsLock, 0}, neutral},
		{"Alt", []xproto.Keysym{0xffe9, 0xffe7}, useless},
		{"Super", []xproto.Keysym{0xffeb, 0}, useless},
		{"F11", []xproto.Keysym{symF1 + 10, 0}, useless},
		{"Menu", []xproto.Keysym{0xff67, 0}, useless},
		{"Print", []xproto.Keysym{0xff61, 0xff15}, useless},
		{"browser back", []xproto.Keysym{0x1008ff26, 0}, useless},
		{"letter and browser back", []xproto.Keysym{'b', 'B', 0x1008ff26, 0}, useless},
		{"nothing yet", []xproto.Keysym{0, 0}, unknown},
	} {
		k := &keyboard{first: 8, keys: [][]xproto.Keysym{c.syms}}
		if got := k.use(0); got != c.want {
			t.Errorf("%s: use %d, want %d", c.name, got, c.want)
		}
	}
}

func TestForbiddenCombinations(t *testing.T) {
	k := &keyboard{
		first: 10,
		keys: [][]xproto.Keysym{
			{'n', 'N'}, {'c', 'C'}, {symEscape}, {symF1}, {symNumLock}, {0xffe9}, {symISOLevel3}, {0xffeb}, {0},
		},
		mods: [8][]xproto.Keycode{3: {15}, 4: {14}, 6: {17}, 7: {16}}, // Mod1 Alt, Mod2 Num Lock, Mod4 Super, Mod5 AltGr
	}
	const (
		shift, caps, ctrl    = xproto.ModMaskShift, xproto.ModMaskLock, xproto.ModMaskControl
		alt, num, super, lv3 = xproto.ModMask1, xproto.ModMask2, xproto.ModMask4, xproto.ModMask5
	)
	grabs := k.forbidden()
	stopped := func(code xproto.Keycode, mods uint16) bool {
		for _, g := range []grab{{code, mods}, {0, mods}, {code, xproto.ModMaskAny}} {
			if _, ok := grabs[g]; ok {
				return true
			}
		}
		return false
	}
	for _, locks := range []uint16{0, caps, num, caps | num} {
		for _, c := range []struct {
			key  xproto.Keycode
			mods uint16
			want bool
		}{
			{10, 0, false}, {10, shift, false}, {10, lv3, false}, {10, shift | lv3, false},
			{10, ctrl, true}, {10, ctrl | shift, true}, {10, alt, true}, {10, super, true}, {10, alt | lv3, true}, {10, ctrl | lv3, true},
			{11, 0, false}, {11, ctrl, false}, {11, ctrl | shift, true}, {11, ctrl | alt, true}, {11, alt, true}, {11, ctrl | lv3, true},
			{12, 0, false}, {12, shift, true}, {12, ctrl, true}, {12, lv3, true}, {12, shift | lv3, true},
			{13, 0, true}, {13, shift, true}, {13, ctrl, true}, {15, 0, true}, {17, 0, true},
			{16, 0, false}, {18, 0, false}, {18, ctrl, true}, {18, shift, false},
		} {
			if got := stopped(c.key, c.mods|locks); got != c.want {
				t.Errorf("key %d with modifiers %#x under locks %#x: stopped %v, want %v", c.key, c.mods, locks, got, c.want)
			}
		}
	}
}
