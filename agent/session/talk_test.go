// SPDX-License-Identifier: Apache-2.0

package session

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"handrail/agent/egress"
	"handrail/kiosk"
)

// A voice that the line cannot carry ends by itself, also where the helper sees nothing of the page that would tell how slow the
// line is; one that failed a moment ago, or that came about in the end, goes on.
func TestAVoiceInVainEnds(t *testing.T) {
	for name, c := range map[string]struct {
		see  bool
		says []string      // what the companion's page says of the voice, in order
		trip float64       // s, with the last of them
		past time.Duration // since it failed first
		want string
	}{
		"failed just now":                    {says: []string{"connecting", "failed"}, want: "failed"},
		"failed again":                       {says: []string{"connecting", "failed", "failed"}, past: inVain, want: "thin"},
		"came about in the end":              {says: []string{"failed", "on", "failed"}, past: inVain, want: "failed"},
		"far too late":                       {says: []string{"on"}, trip: 3, want: "thin"},
		"late":                               {says: []string{"on"}, trip: 1, want: "on"},
		"failed, and the page comes in time": {see: true, says: []string{"failed", "failed"}, past: inVain, want: "failed"},
	} {
		t.Run(name, func(t *testing.T) {
			w := workerOn(t)
			w.log, w.rehearsal, w.proxy = slog.New(slog.DiscardHandler), &Rehearsal{Quiet: true}, egress.New(egress.Options{})
			w.wire = NewWire(strings.NewReader(""), &strings.Builder{})
			w.session.Consent = kiosk.Consent{Talk: true, See: c.see}
			w.call.talk.on = true
			for i, state := range c.says {
				if last := i == len(c.says)-1; last && state == "failed" && !w.call.talk.failed.IsZero() {
					w.call.talk.failed = w.call.talk.failed.Add(-c.past)
				}
				w.onVoice("voice-state", state, 0, c.trip)
			}
			if got := w.call.talk.state; got != c.want {
				t.Errorf("the voice is %q, want %q", got, c.want)
			}
			if on := w.call.talk.on; on != (c.want != "thin") {
				t.Errorf("it goes on: %v", on)
			}
		})
	}
}
