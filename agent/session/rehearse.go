// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"errors"
	"net/url"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// Rehearsal makes a worker show a guide to its author instead of serving a citizen: everything is the real thing, but who
// steers is a program. The guide may be a draft.
type Rehearsal struct {
	Guide *kiosk.Guide
	Seen  func(browser.Seen) // also hears what is seen in the service's window; may be nil
	Quiet bool               // nothing is spoken
}

// Rehearse is called before Run. The guide's service is the one of its ID in the set-up.
func (w *Worker) Rehearse(r Rehearsal) { w.rehearsal = &r }

// onService passes on what is seen in the service's window.
func (w *Worker) onService(seen browser.Seen) {
	w.post(seen)
	if w.rehearsal != nil && w.rehearsal.Seen != nil {
		w.rehearsal.Seen(seen)
	}
}

// Happen lets events happen, as if a citizen had touched what they stand for.
func (w *Worker) Happen(ctx context.Context, events ...kiosk.Event) error {
	return w.inLoop(ctx, func() error {
		for _, e := range events {
			w.apply(e)
		}
		return nil
	})
}

// Turn shows the page that is there in a language, with a level, at a step; see kiosk.Session.Rehearse.
func (w *Worker) Turn(ctx context.Context, lang string, level kiosk.Level, step string) error {
	return w.rehearse(ctx, func() ([]kiosk.Effect, error) { return w.session.Rehearse(lang, level, step) })
}

// List shows the list of what the service asks for; see kiosk.Session.RehearseList.
func (w *Worker) List(ctx context.Context, lang string, level kiosk.Level) error {
	return w.rehearse(ctx, func() ([]kiosk.Effect, error) { return w.session.RehearseList(lang, level) })
}

func (w *Worker) rehearse(ctx context.Context, show func() ([]kiosk.Effect, error)) error {
	return w.inLoop(ctx, func() error {
		effects, err := show()
		for _, effect := range effects {
			w.carryOut(effect)
		}
		return err
	})
}

// Visit opens a page in the service's window, wherever it is, as one of this guide's.
func (w *Worker) Visit(ctx context.Context, g *kiosk.Guide, address string) error {
	return w.inLoop(ctx, func() error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		w.proxy.SetAllowed(append([]string{hostPort(u)}, g.Service.Hosts...))
		if err := w.browser.Service.Prepare(g); err != nil {
			return err
		}
		return w.browser.Service.Open(address)
	})
}

// Walker walks the guide in the service's window as an invented person. It must get what Rehearsal.Seen hears.
func (w *Worker) Walker(o browser.WalkOptions) (*browser.Walker, error) {
	place := w.servicePlace()
	o.Width, o.Height = place.W, place.H
	return w.browser.Service.Walker(w.rehearsal.Guide, o)
}

// Look is what is on the screen, without a word of it.
func (w *Worker) Look(ctx context.Context) (look Look, err error) {
	err = w.inLoop(ctx, func() error { look = w.look(); return nil })
	return look, err
}

// inLoop runs something in the goroutine that owns the session.
func (w *Worker) inLoop(ctx context.Context, run func() error) error {
	done := make(chan error, 1)
	w.post(func() { done <- run() })
	select {
	case err := <-done:
		return err
	case <-w.over:
		return errors.New("the rehearsal is over")
	case <-ctx.Done():
		return ctx.Err()
	}
}
