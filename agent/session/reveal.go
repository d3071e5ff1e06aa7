// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"handrail/agent/outline"
	"handrail/kiosk"
)

// pick has the citizen's next touch of the page say what they mean; when it is over, the ring goes too.
func (w *Worker) pick(on bool) error {
	err := w.browser.Service.Pick(on)
	if !on && !w.session.Help.Pointing {
		w.letGo()
	}
	return err
}

// reveal takes a copy of what stands in an element now, for the helper to see for a minute; later changes of it are not shown.
// Without an id it is forgotten.
func (w *Worker) reveal(id string) error {
	w.call.revealed = nil
	if id == "" {
		w.sendOutline()
		return nil
	}
	if w.session.HandsOff() != "" {
		w.later = append(w.later, kiosk.RevealOver{})
		return nil
	}
	value, ok, err := w.browser.Service.ShownBy(id)
	if err != nil || !ok {
		w.later = append(w.later, kiosk.RevealOver{})
		return err
	}
	w.call.revealed = &outline.Revealed{ID: id, Text: value}
	w.call.revealEnds = time.Now().Add(kiosk.RevealSeconds * time.Second)
	w.sendOutline()
	return nil
}

// coverInTime ends what was shown when its minute is over.
func (w *Worker) coverInTime(now time.Time) {
	if w.call.revealed != nil && !now.Before(w.call.revealEnds) {
		w.apply(kiosk.RevealOver{})
	}
}
