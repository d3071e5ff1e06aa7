// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
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
	acts    int // recorded in all
	told    int // messages about a page
	lastAct [2]int
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
	if err := r.service.listen(); err != nil {
		return err
	}
	each(&r.host.tasks, cdp.Events(ctx, r.service.target, runtime.BindingCalled), func(e runtime.EventBindingCalled) {
		if e.Name == tellBinding {
			r.heard(e.Payload)
		}
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
	out := kiosk.Recording{Origin: r.origin, Start: r.start}
	for _, p := range r.pages {
		p.Acts = append([]kiosk.RecordedAct(nil), p.Acts...)
		p.Errors = append([]kiosk.RecordedError(nil), p.Errors...)
		out.Pages = append(out.Pages, p)
	}
	return out
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
	if len(payload) > 4<<20 || json.Unmarshal([]byte(payload), &kind) != nil {
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
	case "act":
		var act recordedAct
		if json.Unmarshal([]byte(payload), &act) == nil {
			said = r.act(act)
		}
	}
	r.mu.Unlock()
	if said != "" && r.options.OnAct != nil {
		r.options.OnAct(said)
	}
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *Recorder) page(seen recordedPage) (said string) {
	r.told++
	last := len(r.pages) - 1
	if last < 0 || r.pages[last].Path != seen.Path || (r.pages[last].Heading != seen.Heading && seen.Heading != "") {
		if len(r.pages) == mostRecorded {
			return ""
		}
		r.pages = append(r.pages, kiosk.RecordedPage{Path: seen.Path, Lang: seen.Lang, Title: seen.Title, Heading: seen.Heading, State: seen.State})
		last++
		said = fmt.Sprintf("page %s %q", seen.Path, seen.Heading)
	}
	for _, e := range seen.Errors {
		if len(r.pages[last].Errors) == mostRecorded {
			break
		}
		recorded := kiosk.RecordedError{Words: e.Words}
		if e.Target != nil {
			target := kiosk.Target(*e.Target)
			recorded.Target = &target
		}
		r.pages[last].Errors = append(r.pages[last].Errors, recorded)
	}
	return said
}

func (r *Recorder) act(act recordedAct) (said string) {
	last := len(r.pages) - 1
	if last < 0 || len(r.pages[last].Acts) == mostRecorded {
		return ""
	}
	switch act.Do {
	case kiosk.FillIn, kiosk.Choose, kiosk.Press:
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

// found is where a control is that a script names.
type found struct {
	Box   Box    `json:"box"`
	How   string `json:"how"` // type, touch or list
	Words string `json:"words"`
}

// Do does one line of a script with the events of a real mouse and keyboard, and returns when it was recorded.
func (r *Recorder) Do(ctx context.Context, line kiosk.ScriptLine) error {
	kind, name := line.What()
	at, err := r.find(ctx, kind, name, line.With)
	if err != nil {
		return fmt.Errorf("%s %q: %w", kind, name, err)
	}
	r.mu.Lock()
	acts, told := r.acts, r.told
	r.mu.Unlock()
	w := &Walker{service: r.service, options: WalkOptions{Width: r.options.Width, Height: r.options.Height}}
	switch at.How {
	case "type":
		_, err = cdp.Call(ctx, r.service.target, input.InsertText, input.InsertTextParams{Text: line.With})
	case "list":
		err = w.typeKeys(ctx, at.Words)
	default:
		err = w.Tap(ctx, at.Box)
	}
	if err == nil && at.How != "touch" {
		_, err = inPage[any](r.service, "document.activeElement?.blur()") // which is when the page takes an answer
	}
	if err == nil {
		err = r.await(ctx, r.options.Limit/2, "the page to take it", func() bool { return r.acts > acts })
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", kind, name, err)
	}
	r.annotate(kind, line)
	if kind == kiosk.Press || kind == kiosk.Declare {
		// A press that opens something in the page leads to no page; that is for the next line to find out.
		if err := r.await(ctx, r.options.Limit/2, "the next page", func() bool { return r.told > told }); err != nil && (ctx.Err() != nil || errors.Is(err, errGone)) {
			return err
		}
	}
	return nil
}

// annotate adds what only the script knows to the act that was recorded last.
func (r *Recorder) annotate(kind kiosk.Kind, line kiosk.ScriptLine) {
	r.mu.Lock()
	defer r.mu.Unlock()
	act := &r.pages[r.lastAct[0]].Acts[r.lastAct[1]]
	if kind == kiosk.Declare {
		act.Kind = kiosk.Declare
	}
	act.Or, act.Wrong = line.Or, line.Wrong
	for _, c := range act.Choices {
		if c.Words == line.Or && line.Or != "" {
			act.Or = c.Value
		}
	}
}

// find waits for a control that is called so.
func (r *Recorder) find(ctx context.Context, kind kiosk.Kind, name, choice string) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Limit)
	defer cancel()
	for {
		at, err := inPage[*found](r.service, fmt.Sprintf("globalThis.handrailRecord.find(%s, %s, %s)", quote(string(kind)), quote(name), quote(choice)))
		if err == nil && at != nil {
			return *at, nil
		}
		select {
		case <-ctx.Done():
			return found{}, errors.Join(errors.New("the page has no such control"), err)
		case <-r.service.ctx.Done():
			return found{}, errGone
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// prepareAuthoring adds the script for authors to the pages that will come; recording says whether it tells what is done.
func (s *Service) prepareAuthoring(recording bool) error {
	script, err := pageFiles.ReadFile("page/dist/record.js")
	if err != nil {
		return errors.New("the script for recording is not built into this program; run: make build")
	}
	_, err = cdp.Call(s.ctx, s.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: fmt.Sprintf("globalThis.handrailRecording=%v;\n%s", recording, script), WorldName: world,
	})
	return err
}
