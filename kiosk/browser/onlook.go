// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// Onlooker is a tab of a visitor whose page is looked at the way a service's window is while a helper sees it: the same
// script, the same reports. For one goroutine; see is called from the browser's.
type Onlooker struct {
	service *Service
	host    *Browser
	cancel  context.CancelFunc
	plain   bool // there is no world of ours in the page
}

// ask runs an expression in our world of the page, or in the page's own where there is none.
func ask[T any](o *Onlooker, expression string) (T, error) {
	if !o.plain {
		return inPage[T](o.service, expression)
	}
	ctx, cancel := o.limit(context.Background())
	defer cancel()
	return evaluate[T](ctx, o.service.target, expression, "")
}

// OpenOnlooker opens the tab with a guide, or with none (nil), and has everything that is seen told to see.
func (v *Visitor) OpenOnlooker(g *kiosk.Guide, width, height int, see func(Seen)) (*Onlooker, error) {
	if g == nil {
		g = &kiosk.Guide{}
	}
	o := &Onlooker{host: &Browser{options: Options{OnService: see, Log: slog.New(slog.DiscardHandler)}}}
	ctx, cancel := chromedp.NewContext(v.ctx, chromedp.WithNewBrowserContext())
	o.cancel = cancel
	err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height)))
	if err == nil {
		o.service = newService(o.host, ctx)
		err = o.service.listen()
	}
	if err == nil {
		_, err = cdp.Call(ctx, o.service.target, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world})
	}
	if err == nil {
		o.service.outlines.on = true // from the first document on
		err = o.service.Prepare(g)
	}
	if err != nil {
		o.Close()
		return nil, fmt.Errorf("onlooker: %w", err)
	}
	return o, nil
}

// OpenPlain opens a tab without any script of ours, for what others do with the same page.
func (v *Visitor) OpenPlain(width, height int) (*Onlooker, error) {
	o := &Onlooker{host: &Browser{options: Options{Log: slog.New(slog.DiscardHandler)}}, plain: true}
	ctx, cancel := chromedp.NewContext(v.ctx, chromedp.WithNewBrowserContext())
	o.cancel = cancel
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height))); err != nil {
		o.Close()
		return nil, fmt.Errorf("onlooker: %w", err)
	}
	o.service = newService(o.host, ctx)
	return o, nil
}

// Hear gives the page a function of a name, and has everything that it is called with told to f, one after the other.
func (o *Onlooker) Hear(ctx context.Context, name string, f func(said string, at time.Time)) error {
	each(&o.host.tasks, cdp.Events(o.service.ctx, o.service.target, runtime.BindingCalled), func(e runtime.EventBindingCalled) {
		if e.Name == name {
			f(e.Payload, time.Now())
		}
	})
	ctx, cancel := o.limit(ctx)
	defer cancel()
	_, err := cdp.Call(ctx, o.service.target, runtime.AddBinding, runtime.AddBindingParams{Name: name})
	return err
}

// Ready waits until the page has loaded.
func (o *Onlooker) Ready(ctx context.Context) error {
	for limit := time.Now().Add(20 * time.Second); ; {
		ready, err := evaluate[bool](ctx, o.service.target, `document.readyState === "complete" && location.protocol !== "about:"`, "")
		if err == nil && ready {
			return nil
		}
		if time.Now().After(limit) || ctx.Err() != nil {
			return errors.Join(errors.New("onlooker: the page does not load"), err)
		}
		time.Sleep(30 * time.Millisecond)
	}
}

// Close closes the tab and forgets its cookies.
func (o *Onlooker) Close() {
	o.cancel()
	o.host.tasks.Wait()
}

// Front brings the tab before others: one behind another gets no frames, and answers no mouse.
func (o *Onlooker) Front() error {
	if _, err := cdp.Call(o.service.ctx, o.service.target, page.BringToFront, cdp.Empty{}); err != nil {
		return fmt.Errorf("onlooker: %w", err)
	}
	return nil
}

// Open goes to an address.
func (o *Onlooker) Open(address string) error {
	if err := o.Front(); err != nil {
		return err
	}
	return o.service.Open(address)
}

// Resize changes the size of the page's window.
func (o *Onlooker) Resize(ctx context.Context, width, height int) error {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	return chromedp.Do(ctx, chromedp.EmulateViewport(int64(width), int64(height)))
}

// Pick, ShownBy and Point are those of a service's window.
func (o *Onlooker) Pick(on bool) error                               { return o.service.Pick(on) }
func (o *Onlooker) ShownBy(id string) (kiosk.Private, bool, error)   { return o.service.ShownBy(id) }
func (o *Onlooker) Point(id string, at *Spot) (Pointed, bool, error) { return o.service.Point(id, at) }

// Cost is what the last outline of the page took in it, ms.
func (o *Onlooker) Cost() (float64, error) { return in[float64](o.service, "outlineCost()") }

// Run runs an expression in the page's own world, as a script of the page would.
func (o *Onlooker) Run(ctx context.Context, expression string) error {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	_, err := evaluate[any](ctx, o.service.target, "void (async () => {"+expression+"})()", "")
	return err
}

func (o *Onlooker) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	limited, cancel := context.WithTimeout(o.service.ctx, 20*time.Second)
	stop := context.AfterFunc(ctx, cancel)
	return limited, func() { stop(); cancel() }
}

// deep finds the first element of a selector in the page, its open shadow roots and its frames of the same origin.
const deep = `((selector) => { const seek = (root, x, y) => { const e = root.querySelector(selector); if (e) return [e, x, y];
	for (const el of root.querySelectorAll("*")) { let hit = null; if (el.shadowRoot) hit = seek(el.shadowRoot, x, y);
	else if (el.tagName === "IFRAME") { let d = null; try { d = el.contentDocument } catch {} const r = el.getBoundingClientRect();
	if (d) hit = seek(d, x + r.left + el.clientLeft, y + r.top + el.clientTop); } if (hit) return hit; } return null; }; return seek(document, 0, 0); })`

// Box is where the first element of a CSS selector is, scrolled into view.
func (o *Onlooker) Box(selector string) (Box, error) {
	box, err := ask[*Box](o, `(() => { const hit = `+deep+`(`+quote(selector)+`); if (!hit) return null; const [e] = hit;
		const at = e.labels?.[0] && e.getBoundingClientRect().width < 4 ? e.labels[0] : e; at.scrollIntoView({block: "nearest", behavior: "instant"});
		const [, x, y] = `+deep+`(`+quote(selector)+`); const r = at.getBoundingClientRect(); return {x: x + r.x, y: y + r.y, w: r.width, h: r.height}; })()`)
	if err == nil && box == nil {
		err = fmt.Errorf("%w at %s", errNotThere, selector)
	}
	if err != nil {
		return Box{}, err
	}
	return *box, nil
}

// Click clicks the middle of the first element of a selector, with the events of a real mouse.
func (o *Onlooker) Click(ctx context.Context, selector string) error {
	box, err := o.Box(selector)
	if err != nil {
		return err
	}
	return o.Press(ctx, box)
}

// Press clicks the middle of a box.
func (o *Onlooker) Press(ctx context.Context, box Box) error {
	return o.mouse(ctx, box.X+box.W/2, box.Y+box.H/2, input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased)
}

func (o *Onlooker) mouse(ctx context.Context, x, y float64, kinds ...input.DispatchMouseEventType) error {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	for _, kind := range kinds {
		params := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			params.Button, params.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := cdp.Call(ctx, o.service.target, input.DispatchMouseEvent, params); err != nil {
			return err
		}
	}
	return nil
}

// Type types into what has the focus, one key after the other.
func (o *Onlooker) Type(ctx context.Context, text string) error {
	ctx, cancel := o.limit(ctx)
	defer cancel()
	for _, r := range text {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeKeyDown, input.DispatchKeyEventTypeKeyUp} {
			params := input.DispatchKeyEventParams{Type: kind, Key: string(r)}
			if kind == input.DispatchKeyEventTypeKeyDown {
				params.Text = string(r)
			}
			if _, err := cdp.Call(ctx, o.service.target, input.DispatchKeyEvent, params); err != nil {
				return err
			}
		}
	}
	return nil
}

// keyCodes are the keys that a script may press by name.
var keyCodes = map[string]int64{"Tab": 9, "Enter": 13, "Escape": 27, "Space": 32, "PageUp": 33, "PageDown": 34, "End": 35, "Home": 36, "ArrowLeft": 37, "ArrowUp": 38,
	"ArrowRight": 39, "ArrowDown": 40, "Backspace": 8, "Delete": 46}

// Key presses a key by its name.
func (o *Onlooker) Key(ctx context.Context, name string) error {
	code, ok := keyCodes[name]
	if !ok {
		return fmt.Errorf("there is no key %q; there are Tab, Enter, Escape, Space, PageUp, PageDown, Home, End, the arrows (ArrowDown), Backspace and Delete", name)
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	text := map[string]string{"Enter": "\r", "Space": " "}[name]
	down := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: name, Code: name, WindowsVirtualKeyCode: code, Text: text}
	up := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: name, Code: name, WindowsVirtualKeyCode: code}
	for _, params := range []input.DispatchKeyEventParams{down, up} {
		if _, err := cdp.Call(ctx, o.service.target, input.DispatchKeyEvent, params); err != nil {
			return err
		}
	}
	return nil
}

// Wheel turns the wheel over the middle of an element, or of the window when the selector is empty.
func (o *Onlooker) Wheel(ctx context.Context, selector string, dy float64) error {
	box := Box{X: 0, Y: 0, W: 600, H: 400}
	if selector != "" {
		var err error
		if box, err = o.Box(selector); err != nil {
			return err
		}
	}
	ctx, cancel := o.limit(ctx)
	defer cancel()
	_, err := cdp.Call(ctx, o.service.target, input.DispatchMouseEvent, input.DispatchMouseEventParams{
		Type: input.DispatchMouseEventTypeMouseWheel, X: box.X + box.W/2, Y: box.Y + box.H/2, DeltaY: dy, DeltaX: 1e-6, // without a way to the side the browser takes none
	})
	return err
}

// Choose picks an option of a list by its words, the way a keyboard does.
func (o *Onlooker) Choose(ctx context.Context, selector, words string) error {
	ok, err := ask[bool](o, `(() => { const hit = `+deep+`(`+quote(selector)+`); hit?.[0].focus(); return !!hit; })()`)
	if err != nil || !ok {
		return errors.Join(err, fmt.Errorf("%w at %s", errNotThere, selector))
	}
	return o.Type(ctx, words)
}

// OnlookerEval runs an expression beside the page, where its own scripts see nothing.
func OnlookerEval[T any](o *Onlooker, expression string) (T, error) { return ask[T](o, expression) }
