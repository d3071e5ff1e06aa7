// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"handrail/kiosk"
	"handrail/kiosk/guides"
)

// onNote counts a line of the guide journal, when every name in it is one of the guide's own. The worker is not trusted with
// it: it has been with the person.
func (a *Agent) onNote(n *kiosk.Noted) {
	if n == nil {
		return
	}
	guide, ok := a.guides[n.Guide]
	if !ok {
		for _, s := range a.o.Config.Services { // only what this terminal offers
			if s.Guide == n.Guide {
				guide, _ = guides.Load(s.Guide)
			}
		}
		if guide == nil {
			return
		}
		if a.guides == nil {
			a.guides = map[string]*kiosk.Guide{}
		}
		a.guides[n.Guide] = guide
	}
	if err := n.Check(guide); err != nil {
		a.o.Log.Warn("a line for the guide journal is left out", "why", err)
		return
	}
	line := *n
	a.tasks.Go(func() { // the disk must not hold up the next screen
		if err := a.store.Note(line); err != nil {
			a.o.Log.Error("a line of the guide journal was not kept", "why", err)
		}
	})
}
