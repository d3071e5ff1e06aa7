// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/kiosk/stage"
)

// rehearsal is a guide on a stage of its own: the product's window manager, companion and service window, on a display that
// nobody else uses. An author looks at it, and no citizen is there.
type rehearsal struct {
	guide   *kiosk.Guide
	worker  *session.Worker
	display *stage.Display
	hand    *stage.Hand

	mu     sync.Mutex
	walker *browser.Walker

	ready  chan struct{}
	failed chan error
	closes []func()
}

// rehearsalLimit is how long screens may take to come.
const rehearsalLimit = 40 * time.Second

// openRehearsal starts it, in the guide's own languages, with the home screen up.
func openRehearsal(ctx context.Context, g *kiosk.Guide, origin string, languages []string, quiet bool, log *slog.Logger) (*rehearsal, error) {
	r := &rehearsal{guide: g, ready: make(chan struct{}), failed: make(chan error, 4)}
	if err := r.open(ctx, origin, languages, quiet, log); err != nil {
		r.close()
		return nil, err
	}
	return r, nil
}

func (r *rehearsal) open(ctx context.Context, origin string, languages []string, quiet bool, log *slog.Logger) error {
	dir, err := os.MkdirTemp("", "handrail-preview")
	if err != nil {
		return err
	}
	r.closes = append(r.closes, func() { os.RemoveAll(dir) })
	if r.display, err = stage.StartDisplay(context.WithoutCancel(ctx), stage.DisplayOptions{Dir: filepath.Join(dir, "display")}); err != nil {
		return err
	}
	r.closes = append(r.closes, func() { r.display.Close() })
	manager, err := stage.Open(stage.Options{Display: r.display.Name(), Authority: r.display.Authority(), Log: log})
	if err != nil {
		return err
	}
	if r.hand, err = stage.OpenHand(r.display.Name(), r.display.Authority()); err != nil {
		return err
	}
	r.closes = append(r.closes, func() { r.hand.Close() })

	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var tasks sync.WaitGroup
	toWorker, fromAgent := io.Pipe()
	toAgent, fromWorker := io.Pipe()
	r.closes = append(r.closes, func() {
		fromAgent.Close() // the worker takes that for the end of its agent, and ends its browser
		cancel()
		toAgent.Close()
		tasks.Wait()
	})
	tasks.Go(func() { _ = manager.Run(ctx) })
	r.worker = session.New(toWorker, fromWorker, log)
	r.worker.Rehearse(session.Rehearsal{Guide: r.guide, Quiet: quiet, Seen: r.seen})
	tasks.Go(func() {
		err := r.worker.Run(ctx)
		fromWorker.Close()
		if err == nil {
			err = errors.New("the rehearsal has ended")
		}
		r.failed <- err
	})
	wire := session.NewWire(toAgent, fromAgent)
	class := fmt.Sprintf("handrail-preview-%d", os.Getpid())
	tasks.Go(func() { r.serve(wire, manager, class) })
	setup := session.Setup{Office: "Handrail", Languages: languages, Services: []session.Service{{Guide: r.guide.ID, Origin: origin}},
		Display: r.display.Name(), Authority: r.display.Authority(), Class: class, Width: 1280, Height: 800, IdleAfter: 24 * 3600, IdleWarning: 60, Control: true}
	if os.Getuid() == 0 {
		setup.UID = browser.FreeUID()
	}
	if err := wire.Send(session.Line{T: "setup", Setup: &setup}); err != nil {
		return err
	}
	select {
	case <-r.ready:
		return nil
	case err := <-r.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(rehearsalLimit):
		return errors.New("the screens did not come up")
	}
}

// serve is to the worker what the agent is.
func (r *rehearsal) serve(wire *session.Wire, manager *stage.Stage, class string) {
	for {
		line, err := wire.Receive()
		if err != nil {
			return
		}
		switch line.T {
		case "admit":
			role := stage.Companion
			if line.Role == browser.ServiceWindow {
				role = stage.Service
			}
			manager.Admit(class, role)
			_ = wire.Send(session.Line{T: "admitted", ID: line.ID})
		case "ready":
			manager.Front(class)
			_ = wire.Send(session.Line{T: "front"})
			_ = wire.Send(session.Line{T: "erased"})
		case "place":
			manager.Place(class, stage.Rect{X: line.Place.X, Y: line.Place.Y, W: line.Place.W, H: line.Place.H}, line.Place.Visible)
		case "painted":
			close(r.ready)
		case "failed":
			r.failed <- errors.New(line.Error)
		}
	}
}

// seen passes on what is seen in the service's window to who walks there.
func (r *rehearsal) seen(seen browser.Seen) {
	r.mu.Lock()
	w := r.walker
	r.mu.Unlock()
	if w != nil {
		w.Note(seen)
	}
}

// close ends all of it.
func (r *rehearsal) close() {
	for i := len(r.closes) - 1; i >= 0; i-- {
		r.closes[i]()
	}
}

// choose chooses language, level and service, as a citizen does; start goes on from the list of what is needed.
func (r *rehearsal) choose(ctx context.Context, lang string, level kiosk.Level) error {
	return r.worker.Happen(ctx, kiosk.ChoseLanguage{Lang: lang}, kiosk.ChoseLevel{Level: level}, kiosk.ChoseService{Guide: r.guide.ID})
}

func (r *rehearsal) start(ctx context.Context) error {
	return r.worker.Happen(ctx, kiosk.AskedStart{}, kiosk.AskedStart{})
}

// await waits until what is on the screen is so, and is painted.
func (r *rehearsal) await(ctx context.Context, limit time.Duration, ok func(session.Look) bool) (session.Look, error) {
	deadline := time.Now().Add(limit)
	for {
		look, err := r.worker.Look(ctx)
		if err != nil {
			return look, err
		}
		if look.Painted >= 0 && ok(look) {
			return look, nil
		}
		if time.Now().After(deadline) {
			return look, errors.New("the screen did not come")
		}
		select {
		case <-time.After(15 * time.Millisecond):
		case <-ctx.Done():
			return look, ctx.Err()
		}
	}
}

// picture is the screen when it has come to rest.
func (r *rehearsal) picture(ctx context.Context) (image.Image, error) {
	var last *image.RGBA
	for range 12 {
		shot, err := stage.Screenshot(r.display.Name(), r.display.Authority())
		if err != nil {
			return nil, err
		}
		now := shot.(*image.RGBA)
		if last != nil && bytes.Equal(last.Pix, now.Pix) {
			break
		}
		last = now
		select {
		case <-time.After(70 * time.Millisecond):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return last, nil
}

// save writes the screen to a PNG file.
func (r *rehearsal) save(ctx context.Context, file string) error {
	shot, err := r.picture(ctx)
	if err != nil {
		return err
	}
	var data bytes.Buffer
	if err := png.Encode(&data, shot); err != nil {
		return err
	}
	return writeFile(file, data.Bytes())
}
