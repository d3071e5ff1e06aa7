// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// ErrCitizen ends a walk before what only a citizen may press.
var ErrCitizen = errors.New("only a citizen may press this; the walk was not told that the service is for trying things out")

// doPage does the steps of a page in their order and sees each done. It returns when the press that leaves the page has
// been given; what follows is for the caller to await.
func (w *Walker) doPage(ctx context.Context, page *kiosk.Page) (steps int, err error) {
	if err := w.landed(ctx); err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(ctx, w.options.PageLimit+time.Second) // whoever waits for something says so first
	defer cancel()
	if w.visited == nil {
		w.visited = map[string]bool{}
	}
	w.visited[page.ID] = true
	var answered []string
	for i := range page.Steps {
		step := &page.Steps[i]
		if applies, err := w.applies(ctx, step); err != nil {
			return steps, err
		} else if !applies {
			continue
		}
		switch step.Kind {
		case kiosk.Read, kiosk.PrintOut:
			continue
		case kiosk.Upload:
			if step.Optional {
				continue
			}
			if step.Target.Role != "file" || !w.options.Authoring {
				return steps, fmt.Errorf("step %s: a file is nobody's to invent", step.ID)
			}
		case kiosk.Wait:
			if step.Done == kiosk.DonePage {
				return steps, nil // the page goes by itself
			}
			if step.Done != kiosk.DoneAppears {
				continue
			}
			if _, err := w.await(ctx, "what step "+step.ID+" waits for", func(r PageReport, _ int) bool { return r.Done[step.ID] }); err != nil {
				return steps, err
			}
			continue
		case kiosk.Secret:
			return steps, fmt.Errorf("step %s: a secret is nobody's to invent", step.ID)
		case kiosk.Declare:
			if !w.options.Submit {
				return steps, fmt.Errorf("step %s: %w", step.ID, ErrCitizen)
			}
		}
		if _, err := w.await(ctx, "step "+step.ID+" to be found for sure", func(r PageReport, _ int) bool { return r.Sights[step.ID] == kiosk.Sure }); err != nil {
			return steps, err
		}
		switch step.Kind {
		case kiosk.Upload:
			if _, err := w.fillPicker(ctx, step, ""); err != nil {
				return steps, fmt.Errorf("step %s: %w", step.ID, err)
			}
			steps++
		case kiosk.FillIn, kiosk.Choose:
			did, err := w.answer(ctx, step)
			if err != nil {
				return steps, fmt.Errorf("step %s: %w", step.ID, err)
			}
			if did {
				answered = append(answered, step.ID)
				steps++
			}
		default:
			if step.Done == kiosk.DonePage && w.leaving != nil {
				if err := w.leaving(ctx, page); err != nil {
					return steps, err
				}
			}
			if err := w.press(ctx, page.ID, step, answered); err != nil {
				return steps, fmt.Errorf("step %s: %w", step.ID, err)
			}
			steps++
			if step.Done == kiosk.DonePage {
				return steps, nil
			}
		}
	}
	return steps, errors.New("no step of it leads to the next page")
}

// applies tells whether a step is to be done, by what was chosen on its page or which pages were walked before.
func (w *Walker) applies(ctx context.Context, step *kiosk.Step) (bool, error) {
	switch {
	case step.When == nil:
		return true, nil
	case step.When.Page != "":
		return w.visited[step.When.Page], nil
	}
	if err := w.service.Watch(kiosk.Watch{Step: step.When.Step}, "right"); err != nil { // makes the script look at once
		return false, err
	}
	r, err := w.await(ctx, "an answer to step "+step.When.Step, func(r PageReport, _ int) bool { return r.Done[step.When.Step] })
	return err == nil && !r.Skips[step.ID], err
}

// landed waits until the page that has told of itself is the one that is asked: the browser tells of a page's script and of
// what the script says in one order, and we may hear it in the other.
func (w *Walker) landed(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, w.options.PageLimit)
	defer cancel()
	for {
		_, err := inPage[bool](w.service, "true")
		if err == nil || !strings.Contains(err.Error(), "Cannot find context") {
			return err
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
			return err
		}
	}
}

// press sees that all that was answered before counts as done, and touches the step's target.
func (w *Walker) press(ctx context.Context, page string, step *kiosk.Step, answered []string) error {
	// The watch makes the script look at once, and brings the target into view.
	if err := w.service.Watch(kiosk.Watch{Page: page, Step: step.ID}, "right"); err != nil {
		return err
	}
	for _, id := range answered {
		if _, err := w.await(ctx, "step "+id+" to count as done", func(r PageReport, _ int) bool { return r.Done[id] }); err != nil {
			return err
		}
	}
	box, ok, err := w.StepBox(step.ID)
	if err == nil && !ok {
		err = errors.New("it is not on the page any more")
	}
	if err != nil {
		return err
	}
	return w.Tap(ctx, box)
}

// StepBox is where a step's control is, in CSS px of the page's window; ok is false when it is not there.
func (w *Walker) StepBox(step string) (box Box, ok bool, err error) { return w.service.StepBox(step) }

// answer gives the invented person's answer and reads it again. A step without one is left out when it is optional.
func (w *Walker) answer(ctx context.Context, step *kiosk.Step) (bool, error) {
	if step.Try == nil {
		if step.Optional {
			return false, nil
		}
		return false, errors.New("it has no answer to try")
	}
	value := step.Try.A
	if w.options.Person == "b" {
		value = step.Try.B
	}
	if w.options.Authoring {
		if did, err := w.fillPicker(ctx, step, value); did || err != nil {
			return true, err
		}
	}
	if step.Kind == kiosk.FillIn {
		same, err := w.service.Fill(step.ID, kiosk.NewPrivate(value))
		if err == nil && !same {
			err = errors.New("what stands in the field is not what was typed")
		}
		return true, err
	}
	return true, w.choose(ctx, step, value)
}

// choose touches one choice of a group, or picks it from a list by typing its words as a person at a keyboard would.
func (w *Walker) choose(ctx context.Context, step *kiosk.Step, value string) error {
	if err := w.service.Watch(kiosk.Watch{Step: step.ID}, "right"); err != nil {
		return err
	}
	choices, err := w.service.Choices(step.ID)
	if err != nil {
		return err
	}
	if box, ok := choices[value]; ok {
		if err := w.Tap(ctx, box); err != nil {
			return err
		}
		return w.chosen(ctx, step.ID, value)
	}
	if role := step.Target.Role; len(choices) == 0 && (role == "checkbox" || role == "radio" || role == "switch") {
		box, ok, err := w.StepBox(step.ID)
		if err != nil || !ok {
			return errors.Join(err, errors.New("it is not on the page any more"))
		}
		return w.Tap(ctx, box)
	}
	if len(choices) > 0 {
		return fmt.Errorf("none of its %d choices is the one to try", len(choices))
	}
	return w.pick(ctx, step.ID, value)
}

// chosen sees that a choice stayed chosen: a touch alone proves nothing.
func (w *Walker) chosen(ctx context.Context, step, value string) error {
	f, _ := w.service.frameOfStep(step)
	for limit := time.Now().Add(2 * time.Second); ; {
		ok, err := inside[bool](w.service, f, allTrees+`.some(t => [...t.querySelectorAll("input:checked")].some(e => e.getAttribute("value") === `+quote(value)+`))`)
		if err != nil || ok {
			return err
		}
		if time.Now().After(limit) {
			return errors.New("the choice did not stay chosen")
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// allTrees are the document and all shadow roots and frames of its origin; focused is what has the keyboard in them.
const (
	innerTree = `(e => e.shadowRoot ?? globalThis.handrailClosed?.get(e) ?? (e.tagName === "IFRAME" ? e.contentDocument : null))`
	allTrees  = `(inner => { const out = [document]; for (const t of out) for (const e of t.querySelectorAll("*")) { const i = inner(e); if (i) out.push(i); } return out; })(` + innerTree + `)`
	focused   = `(inner => { let e = document.activeElement; for (;;) { const i = e && inner(e)?.activeElement; if (!i) return e; e = i; } })(` + innerTree + `)`
)

// fillPicker puts an answer into one of the browser's own pickers, which no keyboard writes in the same way everywhere: a
// date, a file. did is false when the step's control is none.
func (w *Walker) fillPicker(ctx context.Context, step *kiosk.Step, value string) (did bool, err error) {
	if step.Target.Role != "file" && !slices.Contains([]string{"date", "time", "month", "week", "datetime-local"}, step.Target.Type) {
		return false, nil
	}
	if ok, err := w.service.Focus(step.ID); err != nil || !ok {
		return true, errors.Join(err, errors.New("it takes no keyboard"))
	}
	f, _ := w.service.frameOfStep(step.ID)
	ok, err := inside[bool](w.service, f, "globalThis.handrailRecord.put("+quote(value)+")")
	if err == nil && !ok {
		err = errors.New("it does not take what was to be tried")
	}
	if err == nil {
		_, err = inside[any](w.service, f, "globalThis.handrailRecord.blur()")
	}
	return true, err
}

// pick chooses an option of a list.
func (w *Walker) pick(ctx context.Context, step, value string) error {
	if ok, err := w.service.Focus(step); err != nil || !ok {
		return errors.Join(err, errors.New("it takes no keyboard"))
	}
	f, _ := w.service.frameOfStep(step)
	words, err := inside[string](w.service, f, `(e => [...e?.options ?? []].find(o => o.value === `+quote(value)+` || o.label === `+quote(value)+`)?.label ?? "")(`+focused+`)`)
	if err != nil {
		return err
	}
	if words == "" {
		return errors.New("the list does not have the choice to try")
	}
	if err := typeKeys(ctx, w.service.targetOf(step), words); err != nil {
		return err
	}
	chosen, err := inside[bool](w.service, f, `(e => e?.value === `+quote(value)+` || e?.selectedOptions?.[0]?.label === `+quote(value)+`)(`+focused+`)`)
	if err == nil && !chosen {
		err = errors.New("the list does not show what was chosen")
	}
	return err
}

// typeKeys presses the keys of some words, as a person does who picks from a list by its words.
func typeKeys(ctx context.Context, t *chromedp.Target, words string) error {
	for _, r := range words {
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Text: string(r), Key: string(r)}); err != nil {
			return err
		}
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: string(r)}); err != nil {
			return err
		}
	}
	return nil
}

// inPage runs an expression of ours in the script's world: it sees the document, and the page's own scripts see nothing.
func inPage[T any](s *Service, expression string) (T, error) {
	s.mu.Lock()
	id := s.context
	s.mu.Unlock()
	var zero T
	if id == "" {
		return zero, errors.New("there is no page")
	}
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	return evaluate[T](ctx, s.target, expression, id)
}
