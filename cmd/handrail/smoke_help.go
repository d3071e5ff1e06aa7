// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/kiosk/browser"
	"handrail/peripherals/emulator"
)

// getHelp asks for a person, is answered, pointed at something, and goes on alone.
func (j *journey) getHelp() error {
	// One answer is on the page already, so that there is something that the helper must not see.
	for range 2 {
		look, err := j.await("address", func(l session.Look) bool {
			return l.Page == "applicant-one-address" && l.Sight == "sure" && l.Steps[l.Step].W > 0
		})
		if err != nil {
			return err
		}
		if err := j.doStep(look); err != nil {
			return err
		}
	}
	if err := j.press("help"); err != nil {
		return err
	}
	if err := j.press("consent-talk"); err != nil {
		return err
	}
	if err := j.press("consent-see"); err != nil {
		return err
	}
	if err := j.press("consent-point"); err != nil {
		return err
	}
	j.picture("help-consent")
	look, err := j.settled("ask key", func(l session.Look) bool { return l.Screen == "help" && l.Keys["ask"].W > 0 })
	if err != nil {
		return err
	}
	asked := time.Now()
	if err := j.touch(look.Keys["ask"]); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=ringing]")`, 20*time.Second); err != nil {
		return err
	}
	j.report.Figures["ring_ms"] = float64(time.Since(asked).Microseconds()) / 1000
	if _, err := j.await("waiting", func(l session.Look) bool { return l.Screen == "waiting" }); err != nil {
		return err
	}
	j.picture("waiting")
	time.Sleep(500 * time.Millisecond) // Accept ignores what comes at once
	j.pictureOf("ringing")
	j.seen("help asked", "the volunteer's console rang after %.0f ms", j.report.Figures["ring_ms"])
	if err := j.volunteer.Click("[data-name=accept]"); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=call] [data-element]")`, 20*time.Second); err != nil {
		return err
	}
	if _, err := j.await("the call", func(l session.Look) bool { return l.Screen == "pointing" }); err != nil {
		return err
	}
	return j.bePointedAt()
}

// bePointedAt checks what the volunteer got, and has them point.
func (j *journey) bePointedAt() error {
	type element struct {
		ID, Kind, State, Text string
	}
	elements, err := browser.VisitorEval[[]element](j.volunteer, `[...document.querySelectorAll("[data-element]")].map(e =>
		({ID: e.dataset.element, Kind: e.dataset.kind, State: e.dataset.state, Text: e.textContent}))`)
	if err != nil {
		return err
	}
	fields, answered, target := 0, 0, ""
	words := []string{}
	for _, e := range elements {
		if e.Kind == "field" {
			fields++
			if strings.Contains(e.State, "answered") {
				answered++
			} else if target == "" {
				target = e.ID
			}
		} else if e.Text != "" {
			words = append(words, e.Text)
		}
	}
	if fields < 4 || answered != 2 || target == "" {
		return fmt.Errorf("the outline has %d fields, %d answered, of 4 and 2", fields, answered)
	}
	all := strings.Join(words, " | ")
	if !strings.Contains(all, "Address") || !strings.Contains(all, "Town") {
		return fmt.Errorf("the outline lacks the page's public words: %s", all)
	}
	if err := j.talk(); err != nil {
		return err
	}
	size := j.firstFrame()
	j.report.Figures["outline_bytes"] = float64(size)
	j.seen("outline", "%d elements, %d fields (%d answered, not shown), public words such as %q; %d bytes sealed", len(elements), fields, answered, "Address", size)
	if err := j.volunteer.Click("[data-name=point]"); err != nil {
		return err
	}
	if err := j.volunteer.Click(fmt.Sprintf("[data-element=%q]", target)); err != nil {
		return err
	}
	look, err := j.await("the ring of the helper", func(l session.Look) bool { return l.Screen == "pointing" && l.Pointing })
	if err != nil {
		return err
	}
	time.Sleep(400 * time.Millisecond)
	j.picture("volunteer-points")
	j.pictureOf("call")
	spoken := look.Spoken
	if _, err := j.await("the label read aloud", func(l session.Look) bool { return l.Spoken > spoken }); err != nil {
		return err
	}
	j.seen("pointed", "the terminal rings what the volunteer points at and has read it aloud")
	if err := j.press("stop-help"); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=after],[data-screen=desk]")`, 15*time.Second); err != nil {
		return err
	}
	j.pictureOf("after")
	if _, err := j.await("alone again", func(l session.Look) bool { return l.Screen == "companion" }); err != nil {
		return err
	}
	j.seen("help stopped", "the call ended on both sides")
	return j.journalled(helpdesk.DidLook, helpdesk.DidPoint, helpdesk.DidEnd)
}

// journalled looks into the helpers' journal for what the volunteer did.
func (j *journey) journalled(verbs ...helpdesk.Verb) error {
	var missing helpdesk.Verb
	for limit := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		entries, checked, err := hub.Journal(j.path("hub"), "", "", "")
		if err != nil {
			return err
		}
		if checked.Broken != 0 {
			return fmt.Errorf("the helpers' journal does not hold: %s", checked.Why)
		}
		missing = ""
		for _, verb := range verbs {
			if !slices.ContainsFunc(entries, func(e hub.Entry) bool { return e.Verb == verb }) {
				missing = verb
			}
		}
		if missing == "" {
			j.seen("in the journal", "what the volunteer did stands in the helpers' journal, without a word of the citizen")
			return nil
		}
		if time.Now().After(limit) {
			return fmt.Errorf("the helpers' journal does not say %q", missing)
		}
	}
}

// firstFrame is the size of the largest sealed frame that the volunteer's page received: the whole outline.
func (j *journey) firstFrame() int {
	size := 0
	for _, message := range j.volunteer.Received() {
		var frame struct {
			Type string `json:"type"`
			Data []byte `json:"data"`
		}
		if json.Unmarshal(message, &frame) == nil && frame.Type == "frame" {
			size = max(size, len(frame.Data))
		}
	}
	return size
}

// endSession ends, and sees the paper, the wipe and the clean screen.
func (j *journey) endSession() error {
	before, err := j.control.Stats()
	if err != nil {
		return err
	}
	look, err := j.settled("end key", func(l session.Look) bool { return l.Keys["end"].W > 0 })
	if err != nil {
		return err
	}
	if err := j.touch(look.Keys["end"]); err != nil {
		return err
	}
	if _, err := j.await("the spare's screen", func(l session.Look) bool { return l.Screen == "end" && l.Page == "" && j.swapped(before.FrontPid) }); err != nil {
		return err
	}
	stats, err := j.control.Stats()
	if err != nil {
		return err
	}
	j.report.Figures["end_to_clean_ms"] = stats.CleanMS
	slip, err := j.paper()
	if err != nil {
		return err
	}
	lines := strings.Count(strings.TrimSpace(slip.Text()), "\n") + 1
	j.report.Figures["paper_lines"] = float64(max(lines, slip.Lines))
	j.picture("end")
	j.seen("receipt", "%d lines, cut, decoded from the printer's bytes", lines)
	if j.out != nil {
		fmt.Fprintln(j.out, indent(slip.Text()))
	}
	if alive(before.FrontPid) {
		if err := j.gone(before.FrontPid); err != nil {
			return err
		}
	}
	j.seen("clean", "worker %d and its browser are gone; the spare's painted page was up %.0f ms after the wipe", before.FrontPid, stats.CleanMS)
	return nil
}

func (j *journey) swapped(old int) bool {
	stats, err := j.control.Stats()
	return err == nil && stats.FrontPid != old && stats.FrontPid != 0
}

func (j *journey) gone(pid int) error {
	for range 200 {
		if !alive(pid) {
			return nil
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("process %d is still there", pid)
}

// paper is the receipt: one slip, cut, with the words that it must have.
func (j *journey) paper() (emulator.Slip, error) {
	slips := j.printer.Slips()
	if len(slips) != 1 || !slips[0].Cut {
		return emulator.Slip{}, fmt.Errorf("%d slips came out, where one was to", len(slips))
	}
	text := slips[0].Text()
	if j.o.lang == "en" {
		for _, want := range []string{j.guide.Receipt.Title.In("en"), "Linden Town Hall", j.guide.Receipt.Next[0].In("en")} {
			if !strings.Contains(flat(text), flat(want)) {
				return emulator.Slip{}, fmt.Errorf("the receipt lacks %q:\n%s", want, text)
			}
		}
		if !regexp.MustCompile(`\b\d{3}-\d{3}-\d{3}\b`).MatchString(text) {
			return emulator.Slip{}, fmt.Errorf("the receipt does not say under which number the help can be looked up:\n%s", text)
		}
	} else if slips[0].Height() < 400 {
		return emulator.Slip{}, errors.New("the receipt is too short to hold its words")
	}
	return slips[0], nil
}

func flat(s string) string { return strings.Join(strings.Fields(s), " ") }

func indent(s string) string {
	return "             | " + strings.ReplaceAll(strings.TrimRight(s, "\n"), "\n", "\n             | ")
}
