// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/inspector"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/chromedp/cdproto/page"
)

// binding is the function in the companion's page by which it talks to the worker.
const binding = "handrail"

// Companion is the window that is our own page. Its methods may be called from one goroutine.
type Companion struct {
	browser *Browser
	ctx     context.Context
	target  *chromedp.Target

	mu     sync.Mutex
	sounds map[string][]byte // by path: speech, made and dropped by the worker
	sheets map[string][]byte // by path: a PDF that the citizen looks at
	scans  map[string][]byte // by path: what a scanner gave, a JPEG
}

func openCompanion(b *Browser, ctx context.Context) (*Companion, error) {
	c := &Companion{browser: b, ctx: ctx, target: chromedp.FromContext(ctx).Target, sounds: map[string][]byte{}}
	paused := cdp.Events(ctx, c.target, fetch.RequestPaused)
	calls := cdp.Events(ctx, c.target, runtime.BindingCalled)
	b.tasks.Go(func() {
		for event, err := range paused {
			if err != nil {
				return
			}
			c.answer(event)
		}
	})
	b.tasks.Go(func() {
		for event, err := range calls {
			if err != nil {
				return
			}
			if event.Name == binding && b.options.OnAction != nil && len(event.Payload) < 1<<16 {
				b.options.OnAction(event.Payload)
			}
		}
	})
	// Without the companion nobody can be told anything: the session ends, and the spare takes over.
	each(&b.tasks, cdp.Events(ctx, c.target, inspector.TargetCrashed), func(inspector.EventTargetCrashed) {
		b.options.Log.Error("the companion's page died")
		go b.kill()
	})
	if _, err := cdp.Call(ctx, c.target, runtime.AddBinding, runtime.AddBindingParams{Name: binding}); err != nil {
		return nil, err
	}
	if _, err := cdp.Call(ctx, c.target, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}}); err != nil {
		return nil, err
	}
	if err := fullscreen(ctx); err != nil {
		return nil, err
	}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// load opens the page and waits until it can show something.
func (c *Companion) load() error {
	loaded, cancel := context.WithTimeout(c.ctx, 30*time.Second)
	defer cancel()
	result, err := cdp.Call(loaded, c.target, page.Navigate, page.NavigateParams{URL: Origin + "/"})
	if err != nil {
		return err
	}
	if result.ErrorText != "" {
		return fmt.Errorf("the page did not load: %s", result.ErrorText)
	}
	for {
		ready, err := evaluate[bool](loaded, c.target, `typeof window.handrailShow === "function"`, "")
		if err == nil && ready {
			return nil
		}
		if loaded.Err() != nil {
			return fmt.Errorf("the page did not become ready: %w", loaded.Err())
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// answer fulfils a request of the companion from the program. Nothing of this target ever reaches the network.
func (c *Companion) answer(event fetch.EventRequestPaused) {
	code, body, contentType := int64(404), []byte("not here"), "text/plain"
	if u, err := url.Parse(event.Request.URL); err == nil && u.Scheme+"://"+u.Host == Origin {
		path := u.Path
		if path == "/" || path == "" {
			path = "/citizen.html"
		}
		c.mu.Lock()
		sound, isSound := c.sounds[path]
		sheets, isSheets := c.sheets[path]
		scan, isScan := c.scans[path]
		c.mu.Unlock()
		if isSound {
			code, body, contentType = 200, sound, "audio/wav"
		} else if isSheets {
			code, body, contentType = 200, sheets, "application/pdf"
		} else if isScan {
			code, body, contentType = 200, scan, "image/jpeg"
		} else if data, kind, ok := c.browser.options.Assets(path); ok {
			code, body, contentType = 200, data, kind
		}
	}
	headers := []*fetch.HeaderEntry{
		{Name: "Content-Type", Value: contentType},
		{Name: "Content-Security-Policy", Value: companionCSP},
		{Name: "X-Content-Type-Options", Value: "nosniff"},
		{Name: "Cross-Origin-Resource-Policy", Value: "same-origin"},
		{Name: "X-Frame-Options", Value: "DENY"},
		{Name: "Cache-Control", Value: "no-store"},
	}
	_, _ = cdp.Call(c.ctx, c.target, fetch.FulfillRequest, fetch.FulfillRequestParams{
		RequestID: event.RequestID, ResponseCode: code, ResponseHeaders: headers, Body: body,
	})
}

const companionCSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; " +
	"media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Show draws a view; it is marshalled to JSON for the page.
func (c *Companion) Show(view any) error { return c.call("handrailShow", view) }

// Play plays a WAV in the page; the page answers with the action "spoken" and this id. An older sound is dropped.
func (c *Companion) Play(id string, wav []byte) error {
	path := "/speech/" + id + ".wav"
	c.mu.Lock()
	clear(c.sounds)
	c.sounds[path] = wav
	c.mu.Unlock()
	return c.call("handrailSpeak", map[string]string{"id": id, "url": path})
}

// Quiet stops what is being played.
func (c *Companion) Quiet() error {
	c.mu.Lock()
	clear(c.sounds)
	c.mu.Unlock()
	return c.call("handrailSpeak", nil)
}

// Lay makes a PDF readable for the page at a path, and no other; nil: none.
func (c *Companion) Lay(path string, pdf []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sheets = nil
	if pdf != nil {
		c.sheets = map[string][]byte{path: pdf}
	}
}

// LayPicture makes a JPEG readable for the page at a path, and no other; nil: none.
func (c *Companion) LayPicture(path string, picture []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.scans = nil
	if picture != nil {
		c.scans = map[string][]byte{path: picture}
	}
}

// MostPictures is how many pictures of papers can be given at once.
const MostPictures = 12

// Pictures are those of papers that the page shows: JPEGs.
func (c *Companion) Pictures() ([][]byte, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	texts, err := evaluate[[]string](ctx, c.target, `window.handrailPictures?.() ?? []`, "")
	if err != nil {
		return nil, fmt.Errorf("companion: %w", err)
	}
	if len(texts) == 0 || len(texts) > MostPictures {
		return nil, fmt.Errorf("companion: there are %d pictures", len(texts))
	}
	var pictures [][]byte
	for _, text := range texts {
		picture, err := base64.StdEncoding.DecodeString(text)
		if err != nil || !bytes.HasPrefix(picture, []byte{0xff, 0xd8, 0xff}) {
			return nil, errors.New("companion: there is no picture")
		}
		pictures = append(pictures, picture)
	}
	return pictures, nil
}

// Talk begins voice with a ticket for the relay, hands on the other side's answer, or, with nil, ends it.
func (c *Companion) Talk(order any) error { return c.call("handrailTalk", order) }

// Listening tells whether the page holds a microphone now.
func (c *Companion) Listening() (bool, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	return evaluate[bool](ctx, c.target, `window.handrailListening()`, "")
}

func (c *Companion) call(function string, argument any) error {
	data, err := json.Marshal(argument)
	if err != nil {
		return fmt.Errorf("companion: %w", err)
	}
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	_, err = evaluate[any](ctx, c.target, "void window."+function+"("+string(data)+")", "")
	if err != nil {
		return fmt.Errorf("companion: %w", err)
	}
	return nil
}

// Keys are the boxes of everything that can be touched now, by its data-name: what a finger would find. It holds no words.
func (c *Companion) Keys() (map[string]Box, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	return evaluate[map[string]Box](ctx, c.target, `Object.fromEntries([...document.querySelectorAll("[data-name]")]
		.filter(e => e.getAttribute("aria-disabled") !== "true" && e.getClientRects().length > 0)
		.map(e => { const r = e.getBoundingClientRect(); return [e.dataset.name, {x: r.x, y: r.y, w: r.width, h: r.height}]; }))`, "")
}

// Words is all that the page shows as text now. On some screens that is what a person wrote or what stands on their card:
// it must not leave the worker.
func (c *Companion) Words() (string, error) {
	ctx, cancel := context.WithTimeout(c.ctx, callTimeout)
	defer cancel()
	return evaluate[string](ctx, c.target, `document.body.innerText`, "")
}

// evaluate runs an expression in a world ("" the page's own, else a unique context id) and gives its value.
func evaluate[T any](ctx context.Context, t *chromedp.Target, expression, world string) (T, error) {
	var value T
	params := runtime.EvaluateParams{Expression: expression, ReturnByValue: new(true)}
	if world != "" {
		params.UniqueContextID = world
	}
	result, err := cdp.Call(ctx, t, runtime.Evaluate, params)
	if err != nil {
		return value, err
	}
	if result.ExceptionDetails != nil {
		// The text of an exception may hold words of the page: only its place is told.
		return value, fmt.Errorf("script failed at %d:%d", result.ExceptionDetails.LineNumber, result.ExceptionDetails.ColumnNumber)
	}
	if result.Result == nil || len(result.Result.Value) == 0 {
		return value, nil
	}
	if err := json.Unmarshal(result.Result.Value, &value); err != nil {
		return value, fmt.Errorf("script answered something else: %w", err)
	}
	return value, nil
}
