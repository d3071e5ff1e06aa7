// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"image"
	"strings"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
	"github.com/jezek/xgb/xtest"
)

// Screenshot reads what is on the display right now.
func Screenshot(display, authority string) (image.Image, error) {
	x, err := dial(display, authority)
	if err != nil {
		return nil, err
	}
	defer closeConn(x)
	screen := xproto.Setup(x).DefaultScreen(x)
	size, err := xproto.GetGeometry(x, xproto.Drawable(screen.Root)).Reply()
	if err != nil {
		return nil, fmt.Errorf("screenshot: %w", err)
	}
	r, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root),
		0, 0, size.Width, size.Height, 0xffffffff).Reply()
	if err != nil {
		return nil, fmt.Errorf("screenshot: %w", err)
	}
	w, h := int(size.Width), int(size.Height)
	if len(r.Data) != w*h*4 {
		return nil, fmt.Errorf("screenshot: the display has %d bytes for %d pixels; 32 bits a pixel are needed", len(r.Data), w*h)
	}
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := 0; i < len(r.Data); i += 4 { // blue, green, red, unused
		img.Pix[i], img.Pix[i+1], img.Pix[i+2], img.Pix[i+3] = r.Data[i+2], r.Data[i+1], r.Data[i], 0xff
	}
	return img, nil
}

// Hand gives input to a display the way a person at it does, through the XTEST
// extension: it passes grabs, focus and window order like a real key or button.
// It is for one goroutine.
type Hand struct {
	x    *xgb.Conn
	root xproto.Window
}

// OpenHand connects a hand to a display.
func OpenHand(display, authority string) (*Hand, error) {
	x, err := dial(display, authority)
	if err != nil {
		return nil, err
	}
	if err := extend(x, "XTEST"); err != nil {
		closeConn(x)
		return nil, fmt.Errorf("the display takes no test input: %w", err)
	}
	return &Hand{x: x, root: xproto.Setup(x).DefaultScreen(x).Root}, nil
}

// Close lets go.
func (h *Hand) Close() error {
	closeConn(h.x)
	return nil
}

// Click moves the pointer to a point of the display and presses the left button.
func (h *Hand) Click(x, y int) error { return h.Press(x, y, 1) }

// Press moves the pointer and presses a button: 1 left, 2 middle, 3 right.
func (h *Hand) Press(x, y, button int) error {
	h.move(x, y)
	h.fake(xproto.ButtonPress, byte(button))
	h.fake(xproto.ButtonRelease, byte(button))
	return h.settle()
}

// Scroll turns the wheel over a point; clicks above zero go down.
func (h *Hand) Scroll(x, y, clicks int) error {
	h.move(x, y)
	button := byte(5)
	if clicks < 0 {
		button, clicks = 4, -clicks
	}
	for range clicks {
		h.fake(xproto.ButtonPress, button)
		h.fake(xproto.ButtonRelease, button)
	}
	return h.settle()
}

// Type types a text of characters that the current keyboard map has on its
// plain or shifted keys.
func (h *Hand) Type(text string) error {
	k, err := readKeyboard(h.x)
	if err != nil {
		return err
	}
	for _, r := range text {
		sym := xproto.Keysym(r)
		switch {
		case r == '\n':
			sym = symReturn
		case r == '\t':
			sym = symTab
		case r > 0xff:
			sym |= 0x01000000
		}
		code, shift, ok := k.find(sym)
		if !ok {
			return fmt.Errorf("typing: the keyboard has no key for %q", r)
		}
		if shift {
			err = h.chord(k, []xproto.Keysym{symShiftL}, code)
		} else {
			err = h.chord(k, nil, code)
		}
		if err != nil {
			return err
		}
	}
	return h.settle()
}

// Key presses one key, with modifiers in front if wanted: "Return", "Tab",
// "F11", "ctrl+n", "ctrl+shift+p", "alt+F4", "shift+Escape".
func (h *Hand) Key(name string) error {
	k, err := readKeyboard(h.x)
	if err != nil {
		return err
	}
	parts := strings.Split(name, "+")
	if strings.HasSuffix(name, "++") { // the plus key itself
		parts = append(strings.Split(strings.TrimSuffix(name, "++"), "+"), "+")
	}
	last := parts[len(parts)-1]
	var held []xproto.Keysym
	for _, m := range parts[:len(parts)-1] {
		sym, ok := heldSyms[strings.ToLower(m)]
		if !ok {
			return fmt.Errorf("key %q: no modifier is called %q", name, m)
		}
		held = append(held, sym)
	}
	sym, ok := namedSyms[last]
	if !ok {
		r := []rune(last)
		if len(r) != 1 {
			return fmt.Errorf("key %q: no key is called %q", name, last)
		}
		sym = xproto.Keysym(r[0])
	}
	code, shift, ok := k.find(sym)
	if !ok {
		return fmt.Errorf("key %q: the keyboard does not have it", name)
	}
	if shift {
		held = append(held, symShiftL)
	}
	if err := h.chord(k, held, code); err != nil {
		return err
	}
	return h.settle()
}

// chord holds keys down around one other.
func (h *Hand) chord(k *keyboard, held []xproto.Keysym, code xproto.Keycode) error {
	var down []xproto.Keycode
	for _, sym := range held {
		c, _, ok := k.find(sym)
		if !ok {
			return fmt.Errorf("the keyboard has no modifier key %#x", sym)
		}
		down = append(down, c)
	}
	for _, c := range down {
		h.fake(xproto.KeyPress, byte(c))
	}
	h.fake(xproto.KeyPress, byte(code))
	h.fake(xproto.KeyRelease, byte(code))
	for i := len(down) - 1; i >= 0; i-- {
		h.fake(xproto.KeyRelease, byte(down[i]))
	}
	return nil
}

func (h *Hand) move(x, y int) {
	xtest.FakeInput(h.x, xproto.MotionNotify, 0, 0, h.root, int16(x), int16(y), 0)
}

func (h *Hand) fake(kind, detail byte) {
	xtest.FakeInput(h.x, kind, detail, 0, h.root, 0, 0, 0)
}

// settle waits until the display has taken all input so far.
func (h *Hand) settle() error {
	if _, err := xproto.GetInputFocus(h.x).Reply(); err != nil {
		return fmt.Errorf("the display did not take the input: %w", err)
	}
	return nil
}

// find returns the key that means sym in the first group, plain before shifted.
func (k *keyboard) find(sym xproto.Keysym) (code xproto.Keycode, shift, ok bool) {
	for level := range 2 {
		for i, syms := range k.keys {
			if len(syms) > level && syms[level] == sym {
				return k.first + xproto.Keycode(i), level == 1, true
			}
		}
	}
	return 0, false, false
}

var heldSyms = map[string]xproto.Keysym{
	"shift": symShiftL, "ctrl": 0xffe3, "alt": 0xffe9, "super": 0xffeb, "altgr": symISOLevel3,
}

var namedSyms = map[string]xproto.Keysym{
	"BackSpace": symBackSpace, "Tab": symTab, "Return": symReturn, "Escape": symEscape, "Esc": symEscape,
	"Delete": symDelete, "Insert": symInsert, "Home": symHome, "Left": 0xff51, "Up": 0xff52, "Right": 0xff53, "Down": 0xff54,
	"PageUp": 0xff55, "PageDown": 0xff56, "End": symEnd, "space": ' ', "plus": '+', "minus": '-',
	"Caps_Lock": symCapsLock, "Num_Lock": symNumLock, "Menu": 0xff67, "Print": 0xff61, "Super_L": 0xffeb, "Shift_L": symShiftL,
	"F1": symF1, "F2": symF1 + 1, "F3": symF1 + 2, "F4": symF1 + 3, "F5": symF1 + 4, "F6": symF1 + 5,
	"F7": symF1 + 6, "F8": symF1 + 7, "F9": symF1 + 8, "F10": symF1 + 9, "F11": symF1 + 10, "F12": symF1 + 11,
}

// Hold keeps one key down for a while, as somebody does who leans on it.
func (h *Hand) Hold(name string, d time.Duration) error {
	k, err := readKeyboard(h.x)
	if err != nil {
		return err
	}
	code, _, ok := k.find(namedSyms[name])
	if !ok {
		return fmt.Errorf("key %q: the keyboard does not have it", name)
	}
	h.fake(xproto.KeyPress, byte(code))
	if err := h.settle(); err != nil {
		return err
	}
	time.Sleep(d)
	h.fake(xproto.KeyRelease, byte(code))
	return h.settle()
}
