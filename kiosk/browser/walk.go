// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// WalkOptions say how a guide is walked by an invented person.
type WalkOptions struct {
	Origin        string // where the service is; empty: where the guide says
	Person        string // whose invented answers: "a" (the default) or "b"
	Width, Height int    // of the page, CSS px; default 816 x 688, what the service has beside the companion
	// Submit lets the walk press what only a citizen may: declarations and the service's own submit. It is for services
	// that are there for trying things out, never for one whose office would get the invented answers.
	Submit bool
	// PageLimit is how long a page may take to be recognised; default 20 s.
	PageLimit time.Duration
	// Authoring loads what Learn and Check need into the pages.
	Authoring bool
	// OnPage is called on a page that was recognised, before anything is done there; it may be nil.
	OnPage func(ctx context.Context, page *kiosk.Page) error
}

// Walked is what a walk saw.
type Walked struct {
	Pages []WalkedPage
	Took  time.Duration // from asking for the first page until the last was recognised
}

// WalkedPage is one page of it. Steps counts what was done there and seen to have its effect.
type WalkedPage struct {
	ID    string
	Steps int
	Took  time.Duration // from recognising it until the next was recognised
}

// Walker is a tab of a visitor, with cookies of its own, in which the engine of the service window walks through a
// guide: each page recognised by the guide, each target found by its fingerprint, each answer typed, read again and
// compared, each effect seen on the page. For one goroutine.
type Walker struct {
	visited map[string]bool // pages that it did
	guide   kiosk.Guide
	options WalkOptions
	service *Service
	host    *Browser // what a Service stands on; there is no window behind it
	cancel  context.CancelFunc

	mu        sync.Mutex
	seen      PageReport
	documents int // pages that have reported, so that the same page again is told from the same page still
	trouble   error
	changed   chan struct{}
	outline   Outline
	outlines  int  // that were told
	loading   bool // something is on its way to the window; known when it is open for authoring
	verified  int  // documents after which the script's world was seen to answer

	// What is done besides walking; each may be nil.
	onPage  func(ctx context.Context, page *kiosk.Page) error // on a page that was recognised, before anything is done there
	leaving func(ctx context.Context, page *kiosk.Page) error // when all is answered, before the press that leads on
	lost    func(ctx context.Context) bool                    // where no page is recognised; true: await it again
}

// OpenWalker opens the tab; nothing is loaded into it yet.
func (v *Visitor) OpenWalker(g *kiosk.Guide, o WalkOptions) (*Walker, error) {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 816, 688
	}
	if o.PageLimit == 0 {
		o.PageLimit = 20 * time.Second
	}
	w := &Walker{guide: *g, options: o, changed: make(chan struct{}, 1), onPage: o.OnPage}
	if o.Origin != "" {
		w.guide.Service.Origin = o.Origin
	}
	w.host = &Browser{options: Options{OnService: w.note, Log: slog.New(slog.DiscardHandler)}}
	ctx, cancel := chromedp.NewContext(v.ctx, chromedp.WithNewBrowserContext())
	w.cancel = cancel
	if err := w.open(ctx); err != nil {
		w.Close()
		return nil, fmt.Errorf("walk: %w", err)
	}
	return w, nil
}

// Walker walks the guide in a window that somebody else has opened and prepares, from its next page on. Note must get all
// that is seen in it.
func (s *Service) Walker(g *kiosk.Guide, o WalkOptions) (*Walker, error) {
	if o.PageLimit == 0 {
		o.PageLimit = 20 * time.Second
	}
	w := &Walker{guide: *g, options: o, changed: make(chan struct{}, 1), onPage: o.OnPage, service: s, cancel: func() {}}
	if o.Authoring {
		if err := s.prepareAuthoring(false); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Note takes what was seen in a window that is somebody else's.
func (w *Walker) Note(seen Seen) { w.note(seen) }

func (w *Walker) open(ctx context.Context) error {
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(w.options.Width), int64(w.options.Height))); err != nil {
		return err
	}
	w.service = newService(w.host, ctx)
	if err := w.service.listen(); err != nil {
		return err
	}
	w.service.wanted = w.popup
	w.service.closePopups()
	if _, err := cdp.Call(ctx, w.service.target, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world}); err != nil {
		return err
	}
	if w.options.Authoring {
		if err := w.service.prepareAuthoring(false); err != nil {
			return err
		}
		w.service.watchLoading(func(loading bool) {
			w.mu.Lock()
			w.loading = loading
			w.mu.Unlock()
		})
	}
	return w.service.Prepare(&w.guide)
}

// Close closes the tab and forgets its cookies.
func (w *Walker) Close() {
	w.cancel()
	if w.host != nil {
		w.host.tasks.Wait()
	}
}

// note keeps what the script tells; it is called from the browser's goroutines.
func (w *Walker) note(seen Seen) {
	w.mu.Lock()
	switch seen.Kind {
	case SeenPage:
		if seen.Page.Fresh {
			w.documents++
		}
		w.seen = seen.Page
	case SeenOutline:
		w.outline = seen.Outline
		w.outlines++
	case SeenDown:
		w.trouble = fmt.Errorf("the service does not answer at %s", w.guide.Service.Origin)
	case SeenCrash:
		w.trouble = errors.New("the page's process died")
	case SeenBlocked:
		w.trouble = errors.New("the page leads to where the guide does not")
	}
	w.mu.Unlock()
	select {
	case w.changed <- struct{}{}:
	default:
	}
}

func (w *Walker) last() (PageReport, int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.seen, w.documents, w.trouble
}

// await waits until what was told last is what is wanted.
func (w *Walker) await(ctx context.Context, what string, ok func(r PageReport, documents int) bool) (PageReport, error) {
	limit := time.NewTimer(w.options.PageLimit)
	defer limit.Stop()
	for {
		report, documents, trouble := w.last()
		if trouble != nil {
			return report, trouble
		}
		if ok(report, documents) {
			return report, w.verify(ctx, documents)
		}
		select {
		case <-w.changed:
		case <-ctx.Done():
			return report, ctx.Err()
		case <-w.service.ctx.Done():
			return report, errGone
		case <-limit.C:
			return report, fmt.Errorf("waited %v for %s%s", w.options.PageLimit, what, refusal(report))
		}
	}
}

// verify waits until expressions reach the document that reported last: its report may overtake the news of its world.
func (w *Walker) verify(ctx context.Context, documents int) error {
	if documents == w.verified {
		return nil
	}
	for limit := time.Now().Add(w.options.PageLimit); ; {
		_, err := inPage[bool](w.service, "true")
		if err == nil {
			w.verified = documents
			return nil
		}
		if time.Now().After(limit) {
			return err
		}
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
			return ctx.Err()
		case <-w.service.ctx.Done():
			return errGone
		}
	}
}

// refusal is what the site itself says to an invented answer.
func refusal(r PageReport) string {
	if len(r.Errors) == 0 {
		return ""
	}
	return fmt.Sprintf("; the site says %q (step %q)", r.Errors[0].Words, r.Errors[0].Step)
}

// Walk opens the service's first page and goes on until a page of state "done", or the page named by until, is
// recognised. Whatever is not as the guide says ends it with an error that names page and step.
func (w *Walker) Walk(ctx context.Context, until string) (Walked, error) {
	var walked Walked
	_, documents, _ := w.last()
	begin := time.Now()
	if err := w.service.Open(w.guide.Service.Origin + w.guide.Service.Start); err != nil {
		return walked, fmt.Errorf("walk: %w", err)
	}
	return w.walkOn(ctx, walked, begin, documents, until)
}

// WalkOn goes on from the page that is there, until the page named by until.
func (w *Walker) WalkOn(ctx context.Context, until string) (Walked, error) {
	_, documents, _ := w.last()
	return w.walkOn(ctx, Walked{}, time.Now(), documents-1, until)
}

// mostPages ends a walk that goes round in circles.
const mostPages = 100

// walkOn does the pages from the one that reports after so many documents.
func (w *Walker) walkOn(ctx context.Context, walked Walked, begin time.Time, documents int, until string) (Walked, error) {
	for range mostPages {
		at := documents
		known := func(r PageReport, n int) bool {
			at = n
			return n > documents && r.Page != ""
		}
		report, err := w.await(ctx, "a page that the guide knows", known)
		if err != nil && ctx.Err() == nil && w.lost != nil && w.lost(ctx) {
			report, err = w.await(ctx, "a page that the guide knows", known)
		}
		now := time.Now()
		if last := len(walked.Pages) - 1; last >= 0 {
			walked.Pages[last].Took = now.Sub(begin) - walked.Took
		}
		walked.Took = now.Sub(begin)
		if err != nil {
			return walked, w.at(walked, err)
		}
		page := w.page(report.Page)
		if n := len(walked.Pages); n > 0 && walked.Pages[n-1].ID == page.ID {
			return walked, w.at(walked, fmt.Errorf("the same page came again%s", refusal(report)))
		}
		walked.Pages = append(walked.Pages, WalkedPage{ID: page.ID})
		if page.ID == until || page.State == "done" {
			if w.onPage != nil {
				err = w.onPage(ctx, page)
			}
			return walked, err
		}
		if err := stops(page); err != nil {
			return walked, w.at(walked, err)
		}
		documents = at
		if w.onPage != nil {
			if err := w.onPage(ctx, page); err != nil {
				return walked, w.at(walked, err)
			}
			_, documents, _ = w.last()
		}
		if walked.Pages[len(walked.Pages)-1].Steps, err = w.doPage(ctx, page); err != nil {
			return walked, w.at(walked, err)
		}
	}
	return walked, errors.New("walk: it goes round in circles")
}

// stops says why a walk cannot go on from a page of a typed state; nil when it can.
func stops(page *kiosk.Page) error {
	switch page.State {
	case "expired":
		return errors.New("the service has closed the form and forgotten what was written; it may have waited too long. Run this again")
	case "down":
		return errors.New("the service says that it has a problem. Wait, and run this again")
	case "login", "eid", "captcha", "payment":
		return fmt.Errorf("it is a page of the kind %s: %w", page.State, ErrCitizen)
	}
	return nil
}

func (w *Walker) at(walked Walked, err error) error {
	if n := len(walked.Pages); n > 0 {
		return fmt.Errorf("walk: page %s: %w", walked.Pages[n-1].ID, err)
	}
	return fmt.Errorf("walk: %w", err)
}

func (w *Walker) page(id string) *kiosk.Page {
	for i := range w.guide.Pages {
		if w.guide.Pages[i].ID == id {
			return &w.guide.Pages[i]
		}
	}
	return &kiosk.Page{ID: id}
}

// Hover brings the pointer over the middle of a box of the page.
func (w *Walker) Hover(ctx context.Context, box Box) error {
	return w.mouse(ctx, box, input.DispatchMouseEventTypeMouseMoved)
}

// Tap touches the middle of a box of the page, with the events of a real mouse.
func (w *Walker) Tap(ctx context.Context, box Box) error {
	return w.mouse(ctx, box, input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
}

func (w *Walker) mouse(ctx context.Context, box Box, kinds ...input.DispatchMouseEventType) error {
	x, y := box.X+box.W/2, box.Y+box.H/2
	if box.W <= 0 || box.H <= 0 || x < 0 || y < 0 || x >= float64(w.options.Width) || y >= float64(w.options.Height) {
		return errors.New("it is not where it could be touched")
	}
	for _, kind := range kinds {
		params := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			params.Button, params.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := cdp.Call(ctx, w.service.target, input.DispatchMouseEvent, params); err != nil {
			return err
		}
	}
	return nil
}

// popup shows in the walker's tab what a page of the service wanted to show in a window of its own, as a terminal does it.
func (w *Walker) popup(address string) {
	origin := w.guide.Service.Origin
	if place := placeOf(address); place == origin || strings.HasPrefix(place, origin+"/") {
		w.service.tasks().Go(func() { _ = w.service.Open(address) })
	}
}
