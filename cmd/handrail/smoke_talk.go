// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
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
	if err := j.holdToTalk(); err != nil {
		return err
	}
	if err := j.press("mute"); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-name=voice]")?.dataset.theirs === "muted"`, 10*time.Second); err != nil {
		return fmt.Errorf("the volunteer is not told of the microphone that was switched off: %w", err)
	}
	return nil
}

// silence is more energy than is heard in some seconds of it.
const silence = 0.001

// holdToTalk mutes the volunteer's microphone: the terminal hears nothing more, but for as long as they hold the space bar.
func (j *journey) holdToTalk() error {
	theirs := func(state string) error {
		_, err := j.await("that the helper is "+state, func(l session.Look) bool { return l.Theirs == state })
		return err
	}
	if err := errors.Join(j.volunteer.Click("[data-name=mute]"), theirs("muted")); err != nil {
		return err
	}
	// The emulated microphone makes a sound every second; without it there is next to nothing, but not nothing.
	heard, since, grown := -1.0, time.Now(), 0.0
	if _, err := j.await("silence", func(l session.Look) bool {
		if time.Since(since) < 2500*time.Millisecond {
			return false
		}
		grown = l.Heard - heard
		heard, since = l.Heard, time.Now()
		return grown < silence
	}); err != nil {
		return fmt.Errorf("%w; %.6f was heard in 2.5 s of it", err, grown)
	}
	if err := errors.Join(j.volunteer.Hold(" ", true), theirs("on")); err != nil {
		return err
	}
	if _, err := j.await("the helper's voice while they hold", func(l session.Look) bool { return l.Heard > heard+silence }); err != nil {
		return err
	}
	if err := errors.Join(j.volunteer.Hold(" ", false), theirs("muted")); err != nil {
		return err
	}
	j.seen("hold to talk", "muted: %.6f heard in 2.5 s; held: heard again; let go: muted", grown)
	return errors.Join(j.volunteer.Click("[data-name=mute]"), theirs("on"))
}
