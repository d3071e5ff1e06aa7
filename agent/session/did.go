// SPDX-License-Identifier: Apache-2.0

package session

import "handrail/helpdesk"

// did tells the hub for the helpers' journal that the volunteer did something, once a step: what it was about is nobody's
// business, and the hub cannot see even this much by itself.
func (w *Worker) did(verb helpdesk.Verb) {
	step := ""
	if s := w.session.Step(); s != nil {
		step = s.ID
	}
	if w.call.did == nil {
		w.call.did = map[helpdesk.Verb]string{}
	}
	at := w.call.id + " " + step
	if w.call.did[verb] == at {
		return
	}
	w.call.did[verb] = at
	if err := w.toHub(&helpdesk.Did{ID: w.call.id, Verb: verb, Step: step}); err != nil {
		w.log.Warn("the helpers' journal misses a line", "verb", verb, "why", err)
	}
}
