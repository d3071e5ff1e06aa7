// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Visitor is a plain browser without a screen, for looking at pages of ours the way a volunteer's or an admin's browser
// does: unattended runs, pictures for the README, tests. It has nothing to do with a terminal.
type Visitor struct {
	ctx     context.Context
	target  *chromedp.Target
	cell    *Cell
	cancels []context.CancelFunc
	tasks   sync.WaitGroup
	shown   bool // it has a window that a person looks at (OpenAuthor)

	mu       sync.Mutex
	received [][]byte // bodies of websocket frames that the page got
}

// VisitorOptions are the size of the window and the language that the browser asks for.
type VisitorOptions struct {
	Width, Height int
	Dark          bool
	Proxy         string // host:port of an egress proxy that is then the only way out; empty: none
}

// OpenVisitor starts the browser, confined as far as the machine allows.
func OpenVisitor(ctx context.Context, o VisitorOptions) (*Visitor, error) {
	v := &Visitor{}
	var confineErr error
	options := append(flags(Options{Class: "visitor", Width: o.Width, Height: o.Height, EmulatedMicrophone: true}),
		chromedp.ExecPath(Binary), chromedp.Flag("headless", "new"), chromedp.Flag("ozone-platform", "headless"), chromedp.Flag("no-sandbox", false), chromedp.NoInheritEnv,
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("mute-audio", true), chromedp.Flag("use-fake-ui-for-media-stream", true),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			v.cell, confineErr = Confine(cmd, Confinement{UID: FreeUID(), Proxy: o.Proxy})
		}))
	if o.Dark {
		options = append(options, chromedp.Flag("force-dark-mode", true))
	}
	allocator, cancel := chromedp.NewExecAllocator(context.WithoutCancel(ctx), options...)
	v.cancels = append(v.cancels, cancel)
	root, cancelRoot := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}), chromedp.WithLogf(func(string, ...any) {}))
	v.cancels = append(v.cancels, cancelRoot)
	v.ctx = root
	err := chromedp.Do(root, chromedp.EmulateViewport(int64(o.Width), int64(o.Height)))
	if confineErr != nil {
		err = confineErr
	}
	if err != nil {
		v.Close()
		return nil, fmt.Errorf("visitor: %w", err)
	}
	v.target = chromedp.FromContext(root).Target
	each(&v.tasks, cdp.Events(root, v.target, network.WebSocketFrameReceived), func(e network.EventWebSocketFrameReceived) {
		if e.Response == nil {
			return
		}
		v.mu.Lock()
		defer v.mu.Unlock()
		v.received = append(v.received, []byte(e.Response.PayloadData))
	})
	return v, nil
}

// Received are the websocket messages that the page got so far.
func (v *Visitor) Received() [][]byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([][]byte(nil), v.received...)
}

// Open goes to an address and waits for the page to load.
func (v *Visitor) Open(address string) error {
	ctx, cancel := context.WithTimeout(v.ctx, 30*time.Second)
	defer cancel()
	return chromedp.Do(ctx, chromedp.Navigate(address))
}

// VisitorEval runs an expression in the page.
func VisitorEval[T any](v *Visitor, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(v.ctx, callTimeout)
	defer cancel()
	return evaluate[T](ctx, v.target, expression, "")
}

// Wait waits until an expression is true.
func (v *Visitor) Wait(expression string, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for {
		ok, err := VisitorEval[bool](v, "!!("+expression+")")
		if err == nil && ok {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("visitor: %q did not come true within %v (last error: %v)", expression, limit, err)
		}
		time.Sleep(15 * time.Millisecond)
	}
}

var errNotThere = errors.New("visitor: there is nothing to click")

// Click clicks the middle of the first element of a CSS selector, with the events of a real mouse.
func (v *Visitor) Click(selector string) error {
	box, err := VisitorEval[*Box](v, `(() => { const e = document.querySelector(`+quote(selector)+`); if (!e) return null;
		e.scrollIntoView({block: "nearest"}); const r = e.getBoundingClientRect(); return {x: r.x, y: r.y, w: r.width, h: r.height}; })()`)
	if err != nil {
		return err
	}
	if box == nil || box.W == 0 {
		return fmt.Errorf("%w at %s", errNotThere, selector)
	}
	ctx, cancel := context.WithTimeout(v.ctx, callTimeout)
	defer cancel()
	x, y := box.X+box.W/2, box.Y+box.H/2
	for _, kind := range []input.DispatchMouseEventType{input.DispatchMouseEventTypeMouseMoved, input.DispatchMouseEventTypeMousePressed, input.DispatchMouseEventTypeMouseReleased} {
		params := input.DispatchMouseEventParams{Type: kind, X: x, Y: y}
		if kind != input.DispatchMouseEventTypeMouseMoved {
			params.Button, params.ClickCount = input.MouseButtonLeft, 1
		}
		if _, err := cdp.Call(ctx, v.target, input.DispatchMouseEvent, params); err != nil {
			return fmt.Errorf("visitor: %w", err)
		}
	}
	return nil
}

// Type types into what has the focus.
func (v *Visitor) Type(text string) error {
	ctx, cancel := context.WithTimeout(v.ctx, callTimeout)
	defer cancel()
	_, err := cdp.Call(ctx, v.target, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// Hold presses a key and keeps it down, or lets it go.
func (v *Visitor) Hold(key string, down bool) error {
	ctx, cancel := context.WithTimeout(v.ctx, callTimeout)
	defer cancel()
	params := input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: key}
	if down {
		params.Type = input.DispatchKeyEventTypeRawKeyDown
	}
	_, err := cdp.Call(ctx, v.target, input.DispatchKeyEvent, params)
	return err
}

// Screenshot is the window as a PNG.
func (v *Visitor) Screenshot() ([]byte, error) {
	ctx, cancel := context.WithTimeout(v.ctx, 20*time.Second)
	defer cancel()
	result, err := cdp.Call(ctx, v.target, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	return result.Data, err
}

// Pid is the process that the browser was started as; 0 when it is not known.
func (v *Visitor) Pid() int {
	if c := chromedp.FromContext(v.ctx); c != nil && c.Browser != nil && c.Browser.Process() != nil {
		return c.Browser.Process().Pid
	}
	return 0
}

// Close ends the browser.
func (v *Visitor) Close() error {
	var err error
	if v.cell != nil {
		err = v.cell.Kill()
	}
	for i := len(v.cancels) - 1; i >= 0; i-- {
		v.cancels[i]()
	}
	v.tasks.Wait()
	return err
}

// Gone is closed when the browser's window is gone, for example because a person closed it.
func (v *Visitor) Gone() <-chan struct{} { return v.ctx.Done() }
