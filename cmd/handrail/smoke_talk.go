// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"handrail/agent/session"
	"handrail/kiosk/browser"
)

// talk waits until each side has heard the other: sound of the emulated microphones, through the office's relay.
func (j *journey) talk() error {
	began := time.Now()
	look, err := j.await("the helper's voice", func(l session.Look) bool { return l.Voice == "on" && l.Heard > 0 })
	if err != nil {
		return err
	}
	if err := j.volunteer.Wait(`Number(document.querySelector("[data-name=voice][data-state=on]")?.dataset.heard) > 0`, 20*time.Second); err != nil {
		return err
	}
	heard, err := browser.VisitorEval[string](j.volunteer, `document.querySelector("[data-name=voice]").dataset.heard`)
	if err != nil {
		return err
	}
	j.report.Figures["voice_ms"] = float64(time.Since(began).Microseconds()) / 1000
	j.seen("voice", "energy heard on the terminal %.3f, by the volunteer %s; relayed, both ways", look.Heard, heard)
	if err := j.press("mute"); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-name=voice]")?.dataset.theirs === "muted"`, 10*time.Second); err != nil {
		return fmt.Errorf("the volunteer is not told of the microphone that was switched off: %w", err)
	}
	return nil
}
