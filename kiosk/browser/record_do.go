// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// found is where a control is that a script names, in CSS px of the window, and how it is answered (page/record/record.ts).
type found struct {
	Box   Box    `json:"box"`
	How   string `json:"how"` // type, touch, list, suggest, put or kept
	Words string `json:"words"`
	in    *frame // nil: the page itself
}

// Do does one line of a script with the events of a real mouse and keyboard, and returns when it was recorded. Only what
// the browser's own pickers would write, dates and files, is put in by the page's script.
func (r *Recorder) Do(ctx context.Context, line kiosk.ScriptLine) error {
	if line.Go != "" {
		return r.goBack(ctx)
	}
	kind, name := line.What()
	if err := r.do(ctx, kind, name, line); err != nil {
		return fmt.Errorf("%s %q: %w", kind, name, err)
	}
	return nil
}

func (r *Recorder) do(ctx context.Context, kind kiosk.Kind, name string, line kiosk.ScriptLine) error {
	at, err := r.find(ctx, string(kind), name, line.With)
	if err != nil {
		return err
	}
	r.mu.Lock()
	acts, told := r.acts, r.told
	r.mu.Unlock()
	if err := r.give(ctx, at, line.With); err != nil {
		return err
	}
	if err := r.await(ctx, r.options.Limit/2, "the page to take it", func() bool { return r.acts > acts }); err != nil {
		return err
	}
	r.annotate(kind, line)
	if kind == kiosk.Press || kind == kiosk.Declare {
		return r.follow(ctx, told)
	}
	return nil
}

// pressWait is how long a press may take to lead somewhere. One that opens something in the page leads to no page; whether
// that was right is for the next line to find out.
const pressWait = 1500 * time.Millisecond

// follow waits for the page that a press leads to.
func (r *Recorder) follow(ctx context.Context, told int) error {
	limit := time.Now().Add(r.options.Limit / 2)
	for time.Now().Before(limit) {
		loading := false
		err := r.await(ctx, pressWait, "the next page", func() bool { loading = r.loading; return r.told > told })
		if err == nil || ctx.Err() != nil || errors.Is(err, errGone) {
			return err
		}
		if !loading {
			break
		}
	}
	return nil
}

// give answers a control.
func (r *Recorder) give(ctx context.Context, at found, answer string) error {
	w := &Walker{service: r.service, options: WalkOptions{Width: r.options.Width, Height: r.options.Height}}
	switch at.How {
	case "touch":
		return w.Tap(ctx, at.Box)
	case "kept":
		_, err := inside[any](r.service, at.in, "globalThis.handrailRecord.keep()")
		return err
	}
	if err := r.service.keyboardTo(at.in); err != nil {
		return err
	}
	if ok, err := inside[bool](r.service, at.in, "globalThis.handrailRecord.focus()"); err != nil || !ok {
		return errors.Join(err, errors.New("it takes no keyboard"))
	}
	keys := r.service.target
	if at.in != nil {
		keys = at.in.target
	}
	var err error
	switch at.How {
	case "list":
		err = typeKeys(ctx, keys, at.Words)
	case "put":
		ok := false
		if ok, err = inside[bool](r.service, at.in, "globalThis.handrailRecord.put("+quote(answer)+")"); err == nil && !ok {
			err = fmt.Errorf("it does not take %q; a date is written 2001-12-31", answer)
		}
	case "suggest":
		if err = insertText(ctx, keys, answer); err != nil {
			return err
		}
		option, err := r.find(ctx, "option", answer, "")
		if err != nil {
			return errors.New("nothing of that name was suggested")
		}
		if err := w.Tap(ctx, option.Box); err != nil {
			return err
		}
	default:
		err = insertText(ctx, keys, answer)
	}
	if err == nil {
		_, err = inside[any](r.service, at.in, "globalThis.handrailRecord.blur()") // which is when the page takes an answer
	}
	return err
}

func insertText(ctx context.Context, t *chromedp.Target, text string) error {
	_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// goBack goes back in the browser's history, as its key does.
func (r *Recorder) goBack(ctx context.Context) error {
	r.mu.Lock()
	visits := len(r.way)
	r.mu.Unlock()
	if err := r.service.historyBack(); err != nil {
		return fmt.Errorf("go back: %w", err)
	}
	if err := r.await(ctx, r.options.Limit/2, "the page before", func() bool { return len(r.way) > visits }); err != nil {
		return fmt.Errorf("go back: %w", err)
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
	act.Or, act.Wrong, act.Given = line.Or, line.Wrong, true
	for _, c := range act.Choices {
		if c.Words == line.Or && line.Or != "" {
			act.Or = c.Value
		}
	}
}

// find waits for a control that is called so, in the page or in one of its frames.
func (r *Recorder) find(ctx context.Context, what, name, choice string) (found, error) {
	ctx, cancel := context.WithTimeout(ctx, r.options.Limit)
	defer cancel()
	expression := fmt.Sprintf("globalThis.handrailRecord?.find(%s, %s, %s) ?? null", quote(what), quote(name), quote(choice))
	for {
		var failed error
		for _, f := range append([]*frame{nil}, r.service.framesNow()...) {
			at, err := inside[*found](r.service, f, expression)
			if err != nil || at == nil {
				if f == nil {
					failed = err
				}
				continue
			}
			offset, err := r.service.frameOffset(f)
			if err != nil {
				failed = err
				continue
			}
			at.in, at.Box.X, at.Box.Y = f, at.Box.X+offset.X, at.Box.Y+offset.Y
			return *at, nil
		}
		select {
		case <-ctx.Done():
			return found{}, errors.Join(r.offers(what, name), failed)
		case <-r.service.ctx.Done():
			return found{}, errGone
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// offers says that the page has not what a script names, and what it has instead.
func (r *Recorder) offers(what, name string) error {
	words := map[string]string{"press": "buttons and links", "declare": "buttons and links", "fill": "fields", "choose": "choices", "upload": "fields for files", "option": "suggestions"}[what]
	var all []string
	for _, f := range append([]*frame{nil}, r.service.framesNow()...) {
		names, err := inside[[]string](r.service, f, fmt.Sprintf("globalThis.handrailRecord?.offers(%s, %s) ?? []", quote(what), quote(name)))
		if err == nil {
			all = append(all, names...)
		}
	}
	if len(all) == 0 {
		return fmt.Errorf("the page has no such control, and no %s at all", words)
	}
	for i := range all {
		all[i] = strconv.Quote(all[i])
	}
	if what == "choose" {
		return fmt.Errorf("the page has no such question, or it has no such choice; there are %s", strings.Join(all, ", "))
	}
	return fmt.Errorf("the page has no such control; its %s are %s", words, strings.Join(all, ", "))
}

// framesNow are the documents of frames that are known now.
func (s *Service) framesNow() []*frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []*frame
	for _, f := range s.frames {
		if f.ctx.Err() == nil {
			out = append(out, f)
		}
	}
	return out
}

// inside is inPage for a frame; nil is the page itself.
func inside[T any](s *Service, f *frame, expression string) (T, error) {
	if f == nil {
		return inPage[T](s, expression)
	}
	ctx, cancel := context.WithTimeout(f.ctx, callTimeout)
	defer cancel()
	return evaluate[T](ctx, f.target, expression, f.context)
}
