// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"errors"
	"fmt"
	"time"

	"github.com/jezek/xgb/xproto"
)

// Selections are the names of the clipboards of a display: what was copied, and what is marked.
var Selections = []string{"CLIPBOARD", "PRIMARY", "SECONDARY"}

var errNoAnswer = errors.New("the owner of the selection does not answer")

// Selection asks a display for the text of a selection, as pasting would. Without an owner, or when the owner has no text,
// it is empty.
func Selection(display, authority, name string) (string, error) {
	x, err := dial(display, authority)
	if err != nil {
		return "", err
	}
	defer closeConn(x)
	wrong := func(err error) (string, error) { return "", fmt.Errorf("selection: %w", err) }
	screen := xproto.Setup(x).DefaultScreen(x)
	window, err := xproto.NewWindowId(x)
	if err != nil {
		return wrong(err)
	}
	if err := xproto.CreateWindowChecked(x, 0, window, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, 0, 0, nil).Check(); err != nil {
		return wrong(err)
	}
	atom := func(name string) (xproto.Atom, error) {
		r, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
		if err != nil {
			return 0, err
		}
		return r.Atom, nil
	}
	selection, err := atom(name)
	if err != nil {
		return wrong(err)
	}
	text, err := atom("UTF8_STRING")
	if err != nil {
		return wrong(err)
	}
	place, err := atom("HANDRAIL_PASTE")
	if err != nil {
		return wrong(err)
	}
	owner, err := xproto.GetSelectionOwner(x, selection).Reply()
	if err != nil {
		return wrong(err)
	}
	if owner.Owner == 0 {
		return "", nil
	}
	xproto.ConvertSelection(x, window, selection, text, place, xproto.TimeCurrentTime)
	answer := make(chan xproto.Atom, 1)
	go func() {
		for {
			event, err := x.WaitForEvent()
			if event == nil && err == nil {
				return
			}
			if e, ok := event.(xproto.SelectionNotifyEvent); ok {
				answer <- e.Property
				return
			}
		}
	}()
	select {
	case property := <-answer:
		if property == 0 {
			return "", nil
		}
	case <-time.After(3 * time.Second):
		return wrong(errNoAnswer)
	}
	r, err := xproto.GetProperty(x, true, window, place, xproto.GetPropertyTypeAny, 0, 1<<18).Reply()
	if err != nil {
		return wrong(err)
	}
	return string(r.Value), nil
}
