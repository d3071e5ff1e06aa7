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
	"github.com/chromedp/cdproto/page"

	"handrail/kiosk"
)

// Learned is what one invented person saw who walked a guide and made every mistake on the way.
type Learned struct {
	Words  map[kiosk.SeenWords]bool
	Errors []LearnedError
	Chosen map[Chosen]bool
	Pages  []string // recognised, in their order
	Ended  error    // why the walk did not come to its end; nil when it did
}

// LearnedError is an error that the site showed; Step is empty when it was about no step.
type LearnedError struct{ Page, Step, Words string }

// Chosen are the words of a choice that was made on a page.
type Chosen struct{ Page, Words string }

// mistakeWait is how long a page may take to answer a mistake. Some answer nothing at all.
const mistakeWait = 4 * time.Second

// Learn walks the guide to its end, or to what only a citizen may press. On each page it notes all words and where they
// stand: untouched, with nothing answered and sent, with answers that the service refuses, with answers that are too long,
// and with the right ones. The walker must be open for authoring; make it tall, so that all of a page is in view.
func (w *Walker) Learn(ctx context.Context) Learned {
	l := &learner{Walker: w, got: Learned{Words: map[kiosk.SeenWords]bool{}, Chosen: map[Chosen]bool{}}}
	w.onPage, w.leaving = l.arrived, l.answered
	defer func() { w.onPage, w.leaving = nil, nil }()
	_, l.got.Ended = w.Walk(ctx, "")
	return l.got
}

type learner struct {
	*Walker
	got Learned
}

// note keeps the words of the page as it is.
func (l *learner) note(ctx context.Context, page *kiosk.Page) error {
	outline, err := l.Outline(ctx)
	if err != nil {
		return fmt.Errorf("outline: %w", err)
	}
	for _, n := range outline.Nodes {
		if words := kiosk.NormaliseWords(n.Text); words != "" {
			l.got.Words[kiosk.SeenWords{Page: page.ID, Place: n.Place, Words: words}] = true
		}
	}
	report, _, _ := l.last()
	for _, e := range report.Errors {
		if seen := (LearnedError{page.ID, e.Step, kiosk.NormaliseWords(e.Words)}); !slices.Contains(l.got.Errors, seen) {
			l.got.Errors = append(l.got.Errors, seen)
		}
	}
	return nil
}

// answered notes the page with its right answers, and the words of the choices among them.
func (l *learner) answered(ctx context.Context, page *kiosk.Page) error {
	chosen, err := inPage[[]string](l.service, `[...document.querySelectorAll("input:checked")].flatMap(e => [...e.labels ?? []].map(l => l.textContent))
		.concat([...document.querySelectorAll("select")].flatMap(e => [...e.selectedOptions].map(o => o.label)))`)
	if err != nil {
		return err
	}
	for _, words := range chosen {
		if words = kiosk.NormaliseWords(words); words != "" {
			l.got.Chosen[Chosen{page.ID, words}] = true
		}
	}
	return l.note(ctx, page)
}

func (l *learner) arrived(ctx context.Context, page *kiosk.Page) error {
	l.got.Pages = append(l.got.Pages, page.ID)
	if err := l.note(ctx, page); err != nil {
		return err
	}
	for _, mistake := range []func(*kiosk.Step) string{
		func(*kiosk.Step) string { return "" },
		func(s *kiosk.Step) string { return s.Try.Wrong },
		l.tooLong,
	} {
		if on, err := l.mistake(ctx, page, mistake); err != nil || !on {
			return err
		}
	}
	return nil
}

// tooLong is another text for each of the two people, so that none of it is taken for the page's own words.
func (l *learner) tooLong(*kiosk.Step) string {
	if l.options.Person == "b" {
		return strings.Repeat("y", 101)
	}
	return strings.Repeat("x", 101)
}

// mistake writes something wrong into every field and presses what leads on. It leaves the page as it was found, or with
// the site's errors on it. on is false when there is nothing to make mistakes with, or the service took it.
func (l *learner) mistake(ctx context.Context, page *kiosk.Page, wrong func(*kiosk.Step) string) (on bool, err error) {
	fields, leave := false, (*kiosk.Step)(nil)
	for i := range page.Steps {
		step := &page.Steps[i]
		switch {
		case step.Kind == kiosk.Declare || step.Kind == kiosk.Secret:
			return false, nil
		case step.Kind == kiosk.FillIn && step.Try != nil:
			fields = true
			if _, err := l.await(ctx, "step "+step.ID+" to be found for sure", func(r PageReport, _ int) bool { return r.Sights[step.ID] == kiosk.Sure }); err != nil {
				return false, err
			}
			if err := l.overwrite(ctx, step.ID, wrong(step)); err != nil {
				return false, err
			}
		case step.Kind == kiosk.Choose && !step.Optional:
			fields = true
		case step.Kind == kiosk.Press && step.Done == kiosk.DonePage:
			leave = step
		}
	}
	if !fields || leave == nil {
		return false, nil
	}
	here, err := inPage[string](l.service, "location.href")
	if err != nil {
		return false, err
	}
	_, documents, _ := l.last()
	if err := l.press(ctx, page.ID, leave, nil); err != nil {
		return false, err
	}
	after, err := l.settled(ctx, documents)
	switch {
	case err != nil:
		return false, err
	case after == page.ID:
		return true, l.note(ctx, page)
	}
	// The service took it and went on; nothing is learned there before it was answered rightly.
	_, documents, _ = l.last()
	if err := l.service.Open(here); err != nil {
		return false, err
	}
	_, err = l.await(ctx, "page "+page.ID+" again", func(r PageReport, n int) bool { return n > documents && r.Page == page.ID })
	return false, err
}

// settled waits for what a press brings: another document, errors in this one, or nothing for a while.
func (l *learner) settled(ctx context.Context, documents int) (page string, err error) {
	ctx, cancel := context.WithTimeout(ctx, l.options.PageLimit)
	defer cancel()
	quiet := time.NewTimer(mistakeWait)
	defer quiet.Stop()
	for {
		report, n, trouble := l.last()
		if trouble != nil {
			return "", trouble
		}
		if n > documents && report.Page != "" {
			return report.Page, l.verify(ctx, n)
		}
		select {
		case <-l.changed:
		case <-ctx.Done():
			return "", fmt.Errorf("waited %v for what comes of a mistake", l.options.PageLimit)
		case <-l.service.ctx.Done():
			return "", errGone
		case <-quiet.C:
			l.mu.Lock()
			loading := l.loading
			l.mu.Unlock()
			if !loading {
				return report.Page, nil
			}
			quiet.Reset(mistakeWait)
		}
	}
}

// watchLoading tells whether something is on its way to the window.
func (s *Service) watchLoading(tell func(loading bool)) {
	each(&s.browser.tasks, cdp.Events(s.ctx, s.target, page.FrameStartedLoading), func(e page.EventFrameStartedLoading) {
		if string(e.FrameID) == string(s.target.TargetID) {
			tell(true)
		}
	})
	each(&s.browser.tasks, cdp.Events(s.ctx, s.target, page.FrameStoppedLoading), func(e page.EventFrameStoppedLoading) {
		if string(e.FrameID) == string(s.target.TargetID) {
			tell(false)
		}
	})
}

// overwrite puts a text, or nothing, in the place of what stands in a field.
func (l *learner) overwrite(ctx context.Context, step, text string) error {
	if ok, err := in[bool](l.service, "ready("+quote(step)+")"); err != nil || !ok {
		return errors.Join(err, fmt.Errorf("step %s: it takes no keyboard", step))
	}
	if text == "" {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			params := input.DispatchKeyEventParams{Type: kind, Key: "Delete", Code: "Delete", WindowsVirtualKeyCode: 46}
			if _, err := cdp.Call(ctx, l.service.target, input.DispatchKeyEvent, params); err != nil {
				return err
			}
		}
	} else if _, err := cdp.Call(ctx, l.service.target, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		return err
	}
	_, err := in[string](l.service, "reread("+quote(step)+")")
	return err
}

// outlineRest is how long a page with frames must have told nothing new of its outline: each frame tells its own.
const outlineRest = 200 * time.Millisecond

// Outline is the outline of the page as it is now, with its frames.
func (w *Walker) Outline(ctx context.Context) (Outline, error) {
	told := func() (Outline, int) {
		w.mu.Lock()
		defer w.mu.Unlock()
		return w.outline, w.outlines
	}
	_, before := told()
	if err := w.service.Outline(true); err != nil {
		return Outline{}, err
	}
	defer func() { _ = w.service.Outline(false) }()
	_, err := w.await(ctx, "the outline of the page", func(PageReport, int) bool {
		_, n := told()
		return n > before
	})
	got, n := told()
	for len(w.service.framesNow()) > 0 && err == nil {
		select {
		case <-time.After(outlineRest):
		case <-ctx.Done():
			return Outline{}, ctx.Err()
		}
		now, more := told()
		if got = now; more == n {
			break
		}
		n = more
	}
	return got, err
}
