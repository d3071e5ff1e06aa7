// SPDX-License-Identifier: Apache-2.0

package session

import (
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// pace is what the guide journal wants to know of a step besides what became of it: how sure the engine was of its target,
// and since when it is the step to do.
type pace struct {
	key    string // page/step
	since  time.Time
	scores map[string]float64 // by page/step
}

// scored takes the scores of a report.
func (p *pace) scored(r browser.PageReport) {
	if p.scores == nil || len(p.scores) > 2000 {
		p.scores = map[string]float64{}
	}
	for step, score := range r.Scores {
		p.scores[r.Page+"/"+step] = score
	}
}

// on notes which step is to be done from now.
func (p *pace) on(s *kiosk.Session) {
	key := ""
	if step := s.Step(); step != nil {
		key = s.Page.ID + "/" + step.ID
	}
	if key != p.key {
		p.key, p.since = key, time.Now()
	}
}

// note gives a line of the journal to the agent, which keeps it when it is of the guide.
func (w *Worker) note(n kiosk.Noted) {
	key := n.Page + "/" + n.Step
	n.Score = min(1, max(0, w.pace.scores[key]))
	if key == w.pace.key {
		n.MS = min(int(time.Since(w.pace.since)/time.Millisecond), 3600_000)
	}
	_ = w.wire.Send(Line{T: "note", Note: &n})
}
