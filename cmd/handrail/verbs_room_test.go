// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"handrail/agent/session"
	"handrail/kiosk/browser"
)

// onPaper checks that every number at the volunteer's desk stands on a paper that came out.
func (p *play) onPaper() error {
	numbers, err := browser.VisitorEval[[]string](p.j.volunteer, `[...document.querySelectorAll("[data-name=number]")].map((n) => n.dataset.number)`)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if len(n) != 6 {
			return fmt.Errorf("%q is no number of a ticket", n)
		}
		if err := p.slip(n[:3] + "-" + n[3:]); err != nil {
			return err
		}
	}
	return nil
}

// helped waits until a helper hears the citizen and has something of the page.
func (p *play) helped() error {
	p.frames = 0
	_, err := p.j.await("the helper hears and sees", func(l session.Look) bool {
		return l.Voice == "on" && l.Heard > 0 && l.Listening && l.Collecting && l.Frames > 0
	})
	return err
}

// letGo waits until the terminal holds no microphone and collects nothing of the page; written again, nothing may have been
// sealed for anybody in between.
func (p *play) letGo() error {
	look, err := p.j.await("microphone and page let go", func(l session.Look) bool { return l.Voice == "" && !l.Listening && !l.Collecting })
	if err != nil {
		return err
	}
	if p.frames > 0 && look.Frames != p.frames {
		return fmt.Errorf("%d frames were sealed after the help was stopped", look.Frames-p.frames)
	}
	p.frames = look.Frames
	return nil
}
