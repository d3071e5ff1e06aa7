// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"unicode"
	"unicode/utf8"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"

	"handrail/kiosk"
)

// Editing is the box of the page that the citizen writes in now.
type Editing struct {
	On     bool
	Touch  bool   // it was reached by a finger
	Kind   string // "text", "latin" (addresses of e-mail and the like) or "number"
	Lang   string // of the page there, as it says; may be ""
	Secret bool   // a password, a code, a bank card: Value is empty
	Length int    // characters in it, while the keyboard is open
	Value  kiosk.Private
}

// mostEcho is how much of what stands in a box is told, characters.
const mostEcho = 200

type editingReport struct {
	On     bool   `json:"on"`
	Touch  bool   `json:"touch"`
	Kind   string `json:"kind"`
	Lang   string `json:"lang"`
	Secret bool   `json:"secret"`
	Length int    `json:"length"`
	Value  string `json:"value"`
}

func (r editingReport) editing() Editing {
	e := Editing{On: r.On, Touch: r.Touch, Kind: r.Kind, Lang: r.Lang, Secret: r.Secret, Length: r.Length}
	if !r.Secret {
		e.Value = kiosk.NewPrivate(r.Value)
	}
	return e
}

// Keyboard tells the page that the keyboard on the screen is open. While it is, the page keeps its keyboard focus although
// the finger is on another window.
func (s *Service) Keyboard(on bool) error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	if _, err := cdp.Call(ctx, s.target, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: on}); err != nil {
		return fmt.Errorf("service: %w", err)
	}
	return s.everywhere(fmt.Sprintf("keys(%v)", on))
}

// ErrNotALetter is Type's answer to what no key of ours has.
var ErrNotALetter = errors.New("service: a key writes one letter, digit, mark or space")

// Type writes one letter into the box that has the keyboard, as a key of a keyboard would. There is no modifier and no
// control character that it could send, so it cannot be an accelerator of the browser or of the page.
func (s *Service) Type(letter string) error {
	n := 0
	for _, r := range letter {
		if n++; r == utf8.RuneError || !unicode.IsPrint(r) {
			return ErrNotALetter
		}
	}
	if n == 0 || n > 2 { // a letter with its mark, or lam-alef
		return ErrNotALetter
	}
	return s.key(input.DispatchKeyEventParams{Key: letter, Text: letter, UnmodifiedText: letter})
}

// Erase takes away the letter before the place where the citizen writes.
func (s *Service) Erase() error {
	return s.key(input.DispatchKeyEventParams{Key: "Backspace", Code: "Backspace", WindowsVirtualKeyCode: 8, NativeVirtualKeyCode: 8})
}

// LeaveBox ends writing in the box, so that the page looks at what stands in it. Nothing is sent.
func (s *Service) LeaveBox() error { return s.everywhere("leaveBox()") }

func (s *Service) key(down input.DispatchKeyEventParams) error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	up := down
	down.Type, up.Type, up.Text, up.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp, "", ""
	if down.Text == "" {
		down.Type = input.DispatchKeyEventTypeRawKeyDown
	}
	for _, event := range []input.DispatchKeyEventParams{down, up} {
		if _, err := cdp.Call(ctx, s.target, input.DispatchKeyEvent, event); err != nil {
			return fmt.Errorf("service: %w", err)
		}
	}
	return nil
}
