// SPDX-License-Identifier: Apache-2.0

package session

import "time"

// answerTime measures how long a citizen waits for the next instruction, from the key or touch that completed a step until
// the companion has painted what comes next. It holds no more than times.
type answerTime struct {
	handed time.Time // when a view was last handed to the companion
	at     time.Time // of the key or touch that waits for its answer
	rev    int       // of the view that is the answer; 0: nothing waits
	engine time.Duration

	count    int
	ms       float64
	engineMS float64
}

// begun notes that a view of this revision answers what was done at a time, Unix ms; 0: nobody did anything.
func (a *answerTime) begun(at float64, rev int) {
	if at <= 0 {
		return
	}
	a.at, a.rev = time.UnixMicro(int64(at*1000)), rev
	a.engine = a.handed.Sub(a.at)
}

// painted notes that a view is on the screen.
func (a *answerTime) painted(rev int) {
	if a.rev == 0 || rev < a.rev {
		return
	}
	a.rev = 0
	took := time.Since(a.at)
	if took <= 0 || took > time.Minute || a.engine < 0 {
		return // the clock was set meanwhile
	}
	a.count++
	a.ms, a.engineMS = float64(took.Microseconds())/1000, float64(a.engine.Microseconds())/1000
}
