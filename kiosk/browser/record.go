// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// RecordOptions say how a service is recorded.
type RecordOptions struct {
	URL           string // of the first page
	Width, Height int    // of the page when it is on no screen, CSS px; default 816 x 688
	// Limit is how long a line of a script waits for its control, and a press for what comes of it; default 20 s.
	Limit time.Duration
	// OnAct is told in a few words what was recorded. It is called one at a time.
	OnAct func(said string)
}

// Recorder watches a person, or a script, go through a service: which pages come, what is done to which control, which
// errors the site shows. Its methods are for one goroutine.
type Recorder struct {
	options RecordOptions
	origin  string
	start   string
	service *Service
	host    *Browser
	cancel  context.CancelFunc

	mu      sync.Mutex
	pages   []kiosk.RecordedPage
	way     []int // visits, as indexes of pages; the last one is there now
	notes   []string
	acts    int // recorded in all
	told    int // messages about a page
	loading bool
	lastAct [2]int
	asides  []aside
	changed chan struct{}
}

// OpenRecorder opens the service's first page and begins to record. A visitor with a window shows it there.
func (v *Visitor) OpenRecorder(o RecordOptions) (*Recorder, error) {
	if o.Width == 0 || o.Height == 0 {
		o.Width, o.Height = 816, 688
	}
	if o.Limit == 0 {
		o.Limit = 20 * time.Second
	}
	u, err := url.Parse(o.URL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("record: %q is not the address of a page", o.URL)
	}
	r := &Recorder{options: o, origin: u.Scheme + "://" + u.Host, start: u.EscapedPath(), changed: make(chan struct{}, 1)}
	if r.start == "" {
		r.start = "/"
	}
	r.host = &Browser{options: Options{Log: slog.New(slog.DiscardHandler)}}
	ctx, cancel := v.ctx, context.CancelFunc(func() {})
	if !v.shown {
		ctx, cancel = chromedp.NewContext(v.ctx, chromedp.WithNewBrowserContext())
	}
	ctx, stop := context.WithCancel(ctx)
	r.cancel = func() { cancel(); stop() }
	if err := r.open(ctx, v.shown); err != nil {
		r.Close()
		return nil, fmt.Errorf("record: %w", err)
	}
	return r, nil
}

func (r *Recorder) open(ctx context.Context, shown bool) error {
	if !shown {
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(r.options.Width), int64(r.options.Height))); err != nil {
			return err
		}
	}
	r.service = newService(r.host, ctx)
	r.service.authored = r.heard
	if err := r.service.listen(); err != nil {
		return err
	}
	r.service.wanted = r.popup
	r.service.closePopups()
	r.service.watchLoading(func(loading bool) {
		r.mu.Lock()
		r.loading = loading
		r.mu.Unlock()
		r.say("")
	})
	if _, err := cdp.Call(ctx, r.service.target, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world}); err != nil {
		return err
	}
	if err := r.service.prepareAuthoring(true); err != nil {
		return err
	}
	if err := r.service.Open(r.options.URL); err != nil {
		return err
	}
	return r.await(ctx, r.options.Limit, "the service's first page", func() bool { return r.told > 0 })
}

// Close ends the recording and closes its tab, unless it is the visitor's own window.
func (r *Recorder) Close() {
	r.cancel()
	r.host.tasks.Wait()
}

// Done is closed when the page is gone, for example because the author closed its window.
func (r *Recorder) Done() <-chan struct{} { return r.service.ctx.Done() }

// Recording is what was recorded so far.
func (r *Recorder) Recording() kiosk.Recording {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := kiosk.Recording{Origin: r.origin, Start: r.start, Way: slices.Clone(r.way), Notes: slices.Clone(r.notes)}
	for _, p := range r.pages {
		p.Acts, p.Errors = slices.Clone(p.Acts), slices.Clone(p.Errors)
		out.Pages = append(out.Pages, p)
	}
	return r.withoutAsides(out)
}

// recordedPage and recordedAct are what the script tells.
type recordedPage struct {
	Path, Lang, Title, Heading, State string
	Errors                            []struct {
		Words  string
		Target *scriptTarget
	}
}

type recordedAct struct {
	Do      kiosk.Kind
	Target  scriptTarget
	Value   string
	Choices []kiosk.Choice
}

// mostRecorded bounds a recording: pages, and acts or errors of one page.
const mostRecorded = 300

func (r *Recorder) heard(payload string) {
	var kind struct {
		T string `json:"t"`
	}
	if json.Unmarshal([]byte(payload), &kind) != nil {
		return
	}
	said := ""
	r.mu.Lock()
	switch kind.T {
	case "recorded-page":
		var seen recordedPage
		if json.Unmarshal([]byte(payload), &seen) == nil {
			said = r.page(seen)
		}
	case "recorded-errors": // of a frame of another origin
		var seen recordedPage
		if at := r.here(); json.Unmarshal([]byte(payload), &seen) == nil && at >= 0 {
			r.refused(at, seen)
		}
	case "recorded-window":
		said = r.aside()
	case "act":
		var act recordedAct
		if json.Unmarshal([]byte(payload), &act) == nil {
			said = r.act(act)
		}
	}
	r.mu.Unlock()
	r.say(said)
}

// say tells the author what was recorded, and whoever waits that something was.
func (r *Recorder) say(said string) {
	if said != "" && r.options.OnAct != nil {
		r.options.OnAct(said)
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

// page notes a visit, or what has changed on the page that is there. A page that was there before is the same entry.
func (r *Recorder) page(seen recordedPage) (said string) {
	r.told++
	at := r.here()
	if at < 0 || r.pages[at].Path != seen.Path || (r.pages[at].Heading != seen.Heading && seen.Heading != "") {
		before := at
		at = slices.IndexFunc(r.pages, func(p kiosk.RecordedPage) bool { return p.Path == seen.Path && p.Heading == seen.Heading })
		if before >= 0 && at < 0 && r.pages[before].Path == seen.Path && r.pages[before].Heading == "" && len(r.pages[before].Acts) == 0 {
			r.pages[before].Heading, at = seen.Heading, before // it came without its heading, which is there now
		}
		switch {
		case at == before && at >= 0:
		case len(r.way) == mostRecorded:
			return ""
		case at < 0:
			r.pages = append(r.pages, kiosk.RecordedPage{Path: seen.Path, Lang: seen.Lang, Title: seen.Title, Heading: seen.Heading, State: seen.State})
			at = len(r.pages) - 1
			r.way = append(r.way, at)
			said = fmt.Sprintf("page %s %q", seen.Path, seen.Heading)
		default:
			r.way = append(r.way, at)
			said = fmt.Sprintf("page %s %q again", seen.Path, seen.Heading)
		}
	}
	r.refused(at, seen)
	return said
}

// refused notes what the site refuses on a page.
func (r *Recorder) refused(at int, seen recordedPage) {
	for _, e := range seen.Errors {
		if len(r.pages[at].Errors) == mostRecorded {
			break
		}
		recorded := kiosk.RecordedError{Words: e.Words}
		if e.Target != nil {
			target := kiosk.Target(*e.Target)
			recorded.Target = &target
		}
		r.pages[at].Errors = append(r.pages[at].Errors, recorded)
	}
}

// here is the page that is there now; -1 before the first.
func (r *Recorder) here() int {
	if len(r.way) == 0 {
		return -1
	}
	return r.way[len(r.way)-1]
}

func (r *Recorder) act(act recordedAct) (said string) {
	last := r.here()
	if last < 0 || len(r.pages[last].Acts) == mostRecorded {
		return ""
	}
	switch act.Do {
	case kiosk.FillIn, kiosk.Choose, kiosk.Press, kiosk.Upload:
	case kiosk.Secret:
		act.Value = ""
	default:
		return ""
	}
	r.acts++
	r.pages[last].Acts = append(r.pages[last].Acts, kiosk.RecordedAct{Kind: act.Do, Target: kiosk.Target(act.Target), Value: act.Value, Choices: act.Choices})
	r.lastAct = [2]int{last, len(r.pages[last].Acts) - 1}
	return fmt.Sprintf("  %s %q", act.Do, kiosk.Text(act.Target.Name).In("en"))
}

// await waits until something of the recording is so. ok is called with the lock held.
func (r *Recorder) await(ctx context.Context, limit time.Duration, what string, ok func() bool) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		r.mu.Lock()
		done := ok()
		r.mu.Unlock()
		if done {
			return nil
		}
		select {
		case <-r.changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-r.service.ctx.Done():
			return errGone
		case <-timer.C:
			return fmt.Errorf("waited %v for %s", limit, what)
		}
	}
}

// prepareAuthoring adds the script for authors to the pages that will come; recording says whether it tells what is done.
func (s *Service) prepareAuthoring(recording bool) error {
	script, err := pageFiles.ReadFile("page/dist/record.js")
	if err != nil {
		return errors.New("the script for recording is not built into this program; run: make build")
	}
	source := fmt.Sprintf("globalThis.handrailRecording=%v;\n%s", recording, script)
	s.mu.Lock()
	s.authoring = source
	s.mu.Unlock()
	_, err = cdp.Call(s.ctx, s.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: source, WorldName: world,
	})
	return err
}
