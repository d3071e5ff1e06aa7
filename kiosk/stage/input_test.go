// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"image"
	"slices"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// pressed collects the keys that reach the client up to a plain "q", which no
// test uses otherwise.
func (c *client) pressed(h *Hand) (syms []xproto.Keysym, states []uint16) {
	c.t.Helper()
	if err := h.Type("q"); err != nil {
		c.t.Fatal(err)
	}
	c.next("the key q arrives", func(e xgb.Event) bool {
		k, ok := e.(xproto.KeyPressEvent)
		if !ok {
			return false
		}
		sym := c.keys.keys[k.Detail-c.keys.first][0]
		if sym == 'q' {
			return true
		}
		syms, states = append(syms, sym), append(states, k.State)
		return false
	})
	return syms, states
}

// commands leaves out the modifier keys themselves.
func commands(syms []xproto.Keysym) []xproto.Keysym {
	return slices.DeleteFunc(slices.Clone(syms), func(s xproto.Keysym) bool { return s >= 0xffe1 && s <= 0xffee || s == symNumLock || s == symISOLevel3 })
}

func TestAcceleratorsNeverArrive(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	s.Place("one", Rect{400, 50, 500, 600}, true)
	_, service := c.scene(s, "one")
	h := openHand(t, d)
	if err := h.Click(500, 100); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the keyboard is in the service", func() bool { return c.focused() == service })

	forbidden := []string{
		"ctrl+n", "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+t", "ctrl+w", "ctrl+r", "ctrl+u", "ctrl+plus", "ctrl+0", "ctrl+Tab", "ctrl+Home",
		"ctrl+shift+p", "ctrl+shift+n", "ctrl+shift+i", "ctrl+shift+c", "ctrl+shift+v", "ctrl+altgr+c", "ctrl+alt+Delete", "ctrl+Return",
		"shift+Escape", "alt+F4", "alt+Home", "alt+Left", "alt+f", "super+d", "super+c", "altgr+Escape",
		"F1", "F3", "F5", "F6", "F7", "F10", "F11", "F12", "shift+F10", "Menu", "Print",
	}
	allowed := map[string]xproto.Keysym{
		"ctrl+c": 'c', "ctrl+v": 'v', "ctrl+x": 'x', "ctrl+a": 'a', "ctrl+z": 'z',
		"Escape": symEscape, "Tab": symTab, "shift+Tab": symTab, "Return": symReturn, "BackSpace": symBackSpace, "Delete": symDelete,
		"Left": 0xff51, "shift+Left": 0xff51, "PageDown": 0xff56, "Home": symHome, "shift+a": 'a', "altgr+e": 'e', "7": '7', "@": '2',
	}
	for _, locks := range [][]string{nil, {"Caps_Lock"}, {"Num_Lock"}, {"Caps_Lock", "Num_Lock"}} {
		for _, key := range locks {
			if err := h.Key(key); err != nil {
				t.Fatal(err)
			}
		}
		c.pressed(h)
		for _, key := range forbidden {
			if err := h.Key(key); err != nil {
				t.Fatal(err)
			}
			if syms, _ := c.pressed(h); len(commands(syms)) > 0 {
				t.Errorf("%s arrived under the locks %v: %#x", key, locks, syms)
			}
		}
		for key, want := range allowed {
			if err := h.Key(key); err != nil {
				t.Fatal(err)
			}
			if syms, _ := c.pressed(h); !slices.Equal(commands(syms), []xproto.Keysym{want}) {
				t.Errorf("%s under the locks %v: got %#x, want %#x", key, locks, syms, want)
			}
		}
		for _, key := range locks {
			if err := h.Key(key); err != nil {
				t.Fatal(err)
			}
		}
	}
	if s.Swallowed() == 0 {
		t.Error("nothing was counted as swallowed")
	}

	// A keyboard that changes is followed: C moves to the key of J.
	find := func(sym xproto.Keysym) xproto.Keycode {
		code, _, ok := c.keys.find(sym)
		if !ok {
			t.Fatalf("no key for %#x", sym)
		}
		return code
	}
	change := func(code xproto.Keycode, lower, upper xproto.Keysym) {
		err := xproto.ChangeKeyboardMappingChecked(c.x, 1, code, 2, []xproto.Keysym{lower, upper}).Check()
		if err != nil {
			t.Fatal(err)
		}
	}
	j, cc := find('j'), find('c')
	change(j, 'c', 'C')
	change(cc, 'j', 'J')
	press := func(code xproto.Keycode) bool {
		if err := h.chord(c.keys, []xproto.Keysym{0xffe3}, code); err != nil {
			t.Fatal(err)
		}
		syms, _ := c.pressed(h)
		return len(commands(syms)) > 0
	}
	eventually(t, "Ctrl with the old key of C is kept away", func() bool { return !press(cc) })
	eventually(t, "Ctrl with the new key of C arrives", func() bool { return press(j) })
}

func TestFocusFollowsTheClick(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	s.Place("one", Rect{400, 50, 500, 600}, true)
	companion, service := c.scene(s, "one")
	h := openHand(t, d)
	clicks := func() (out []xproto.ButtonPressEvent) {
		c.t.Helper()
		if err := h.Press(999, 699, 3); err != nil { // a corner of the companion marks the end
			t.Fatal(err)
		}
		c.next("the right click arrives", func(e xgb.Event) bool {
			b, ok := e.(xproto.ButtonPressEvent)
			if ok && b.Detail != 3 {
				out = append(out, b)
			}
			return ok && b.Detail == 3
		})
		return out
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(h.Click(500, 100))
	eventually(t, "the service has the keyboard", func() bool { return c.focused() == service })
	must(h.Click(20, 20))
	eventually(t, "the companion has the keyboard", func() bool { return c.focused() == companion })
	got := clicks()
	if len(got) != 2 || got[0].Event != service || got[1].Event != companion {
		t.Errorf("clicks %v", got)
	}
	must(h.Press(500, 100, 2))
	if got := clicks(); len(got) != 0 {
		t.Errorf("a middle click arrived: %v", got)
	}
	for _, held := range []xproto.Keysym{symShiftL, 0xffe3, 0xffe9, 0xffeb} {
		code, _, ok := c.keys.find(held)
		if !ok {
			t.Fatalf("no modifier %#x", held)
		}
		h.fake(xproto.KeyPress, byte(code))
		must(h.Click(500, 100))
		h.fake(xproto.KeyRelease, byte(code))
		if got := clicks(); len(got) != 0 {
			t.Errorf("a click with %#x arrived: %v", held, got)
		}
	}
	must(h.Scroll(500, 100, 2))
	if got := clicks(); len(got) != 2 || got[0].Detail != 5 {
		t.Errorf("the wheel: %v", got)
	}
}

func TestScreenshot(t *testing.T) {
	s, d := startStage(t)
	c := newClient(t, d)
	s.Place("one", Rect{400, 50, 500, 600}, true)
	c.scene(s, "one")
	eventually(t, "both windows are painted", func() bool {
		img, err := Screenshot(d.Name(), d.Authority())
		if err != nil {
			t.Fatal(err)
		}
		if img.Bounds() != image.Rect(0, 0, 1000, 700) {
			t.Fatalf("bounds %v", img.Bounds())
		}
		r, g, b, _ := img.At(500, 300).RGBA()
		return r>>8 == 0x33 && g>>8 == 0x66 && b>>8 == 0xcc
	})
}

func TestHandErrors(t *testing.T) {
	_, d := startStage(t)
	h := openHand(t, d)
	for _, key := range []string{"", "hyper+a", "NoSuchKey", "ctrl+", "ش"} {
		if err := h.Key(key); err == nil {
			t.Errorf("key %q was pressed", key)
		}
	}
	if err := h.Type("ä"); err == nil {
		t.Error("a character that the keyboard does not have was typed")
	}
}
