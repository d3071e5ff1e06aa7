// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"handrail/kiosk/stage"
)

// Terminal is what is tried: ours, or another way to make a kiosk.
type Terminal interface {
	// Begin brings the hostile service's page on the screen, from whatever state.
	Begin(ctx context.Context) error
	// Display is where it is shown, and the file with the display's cookie.
	Display() (name, authority string)
	// Place is where the page lies on the screen; empty: nobody knows, and anywhere is where it may be.
	Place() image.Rectangle
	// Strangers counts open pages that are not the terminal's; 0 where nobody can know.
	Strangers() (int, error)
	// Own tells that a screen of the terminal's own is shown, and no page beside it.
	Own() bool
	// KillPage kills a process that draws pages: 0 is the one that was started last.
	KillPage(number int) error
	// Back goes back to the page from the terminal's own screen, by the key that it has for that.
	Back(ctx context.Context) error
	// Leaks counts datagrams that its browser sent past all layers, since it began.
	Leaks() int
}

// Row is what became of one vector.
type Row struct {
	ID       string   `json:"vector"`
	Category Category `json:"category"`
	Verdict  Verdict  `json:"verdict"`
	Why      string   `json:"why,omitempty"`
	Flash    int      `json:"flash,omitempty"` // most pixels that differed for a moment
	MS       int      `json:"ms"`
}

// Trial runs vectors against one terminal.
type Trial struct {
	Outside  *Outside
	Terminal Terminal
	Pictures string        // folder for pictures of what had an effect; empty: none
	Settle   time.Duration // how long a person looks before they would say that nothing happened
	Patience time.Duration // how long the terminal may take to put things right

	hand  *stage.Hand
	page  presence
	first sight
	dirty bool
	begun int

	dragged int // most pixels that differed while something was dragged
}

// Run tries all vectors, and tells of each as soon as it is judged.
func (t *Trial) Run(ctx context.Context, vectors []Vector, tell func(Row)) ([]Row, error) {
	defer t.letGo()
	t.dirty = true
	var rows []Row
	for _, v := range vectors {
		if err := ctx.Err(); err != nil {
			return rows, err
		}
		start := time.Now()
		row, err := t.try(ctx, v)
		if err != nil {
			return rows, fmt.Errorf("%s: %w", v.ID, err)
		}
		row.MS = int(time.Since(start).Milliseconds())
		rows = append(rows, row)
		if tell != nil {
			tell(row)
		}
	}
	return rows, nil
}

func (t *Trial) letGo() {
	if t.hand != nil {
		t.hand.Close()
		t.hand = nil
	}
}

// Channels tries every channel of a page at once, and tells which forbidden hosts heard of it, and how many names were asked for.
func (t *Trial) Channels(ctx context.Context) (out []string, lookups int, err error) {
	defer t.letGo()
	t.dirty = true
	if err := t.begin(ctx); err != nil {
		return nil, 0, err
	}
	leaks := t.Terminal.Leaks()
	if !t.Outside.page.arm(ctx, order{ID: "channels", Script: channelScript(), Touch: true}, 20*time.Second) {
		return nil, 0, errors.New("the page of the trial does not take its script")
	}
	if err := t.do("click"); err != nil {
		return nil, 0, err
	}
	if !t.Outside.page.didRun("channels", 20*time.Second) {
		t.keep(Vector{ID: "channels"})
		return nil, 0, errors.New("the page of the trial did not try its channels")
	}
	select {
	case <-time.After(7 * time.Second): // what is sent late is sent too
	case <-ctx.Done():
		return nil, 0, ctx.Err()
	}
	hits := t.Outside.Hits()
	for i, c := range Channels {
		if hits[i+1] > 0 {
			out = append(out, c.Name)
		}
	}
	return out, t.Outside.Lookups() + t.Terminal.Leaks() - leaks, nil
}

// begin brings the page on the screen, where it is not there as it was at first, and waits until all is still.
func (t *Trial) begin(ctx context.Context) error {
	if t.dirty {
		if t.begun++; t.begun > 400 {
			return errors.New("the terminal had to be begun anew too often")
		}
		t.letGo()
		if err := t.Terminal.Begin(ctx); err != nil {
			return err
		}
		var err error
		if t.hand, err = stage.OpenHand(t.Terminal.Display()); err != nil {
			return err
		}
		if t.page, err = t.Outside.present(ctx, 40*time.Second); err != nil {
			return err
		}
	}
	if err := t.do("edge rest"); err != nil {
		return err
	}
	if t.dirty {
		still, err := t.still(ctx)
		if err != nil {
			return err
		}
		t.first, t.dirty = still, false
		// Only now it has the size that it keeps: some windows grow after their page has come.
		if t.page, err = t.Outside.present(ctx, 40*time.Second); err != nil {
			return err
		}
	}
	t.Outside.Hits()
	t.Outside.Lookups()
	t.Outside.page.forgetRan()
	return nil
}

// still waits until nothing on the screen has changed for a while.
func (t *Trial) still(ctx context.Context) (sight, error) {
	last, err := t.look()
	if err != nil {
		return last, err
	}
	since := time.Now()
	for deadline := time.Now().Add(25 * time.Second); time.Now().Before(deadline); {
		time.Sleep(100 * time.Millisecond)
		now, err := t.look()
		if err != nil || ctx.Err() != nil {
			return now, errors.Join(err, ctx.Err())
		}
		if n, _ := differs(last.picture, now.picture, t.place(now)); n > unnoticed || len(newWindows(last.windows, now.windows)) > 0 {
			last, since = now, time.Now()
		}
		if time.Since(since) > 600*time.Millisecond {
			return now, nil
		}
	}
	return last, errors.New("the screen does not come to rest")
}

func (t *Trial) look() (sight, error) {
	var s sight
	name, authority := t.Terminal.Display()
	img, err := stage.Screenshot(name, authority)
	if err != nil {
		return s, err
	}
	s.picture = img.(*image.RGBA)
	if s.windows, err = stage.Windows(name, authority); err != nil {
		return s, err
	}
	s.strangers, err = t.Terminal.Strangers()
	if err != nil {
		s.strangers = 0 // it is between two sessions: there is no browser to ask
	}
	return s, nil
}

// try does what a vector says and looks what comes of it.
func (t *Trial) try(ctx context.Context, v Vector) (Row, error) {
	row := Row{ID: v.ID, Category: v.Category}
	if err := t.begin(ctx); err != nil {
		return row, err
	}
	if v.Script != "" {
		give := t.Outside.page.arm
		if v.AtOnce {
			give = t.Outside.page.give
		}
		if !give(ctx, order{ID: v.ID, Script: v.Script, Touch: !v.AtOnce}, 20*time.Second) {
			return row, errors.New("the page of the trial does not take its script")
		}
		if !v.AtOnce {
			if err := t.do("edge rest"); err != nil { // not on the link: a plain browser connects to where it leads when it is touched
				return row, err
			}
		}
	}
	t.dragged = 0
	for _, gesture := range v.Hand {
		if err := t.do(gesture); err != nil {
			return row, err
		}
	}
	if v.Script != "" {
		t.Outside.page.didRun(v.ID, time.Second) // on a busy machine it takes its time; a page that left or hangs never says so
	}
	_, peer := t.Terminal.(*Peer) // it has no screen of its own to end in
	e, ended, err := evidence{}, false, error(nil)
	if v.Ends && !peer {
		e, ended, err = t.watchEnd(ctx, v)
	}
	if err == nil && !ended {
		e, err = t.watch(ctx, v, &row)
		e.ends, e.missed = v.Ends, v.Ends && !peer
	}
	e.dragged = t.dragged
	if err != nil {
		return row, err
	}
	row.Verdict, row.Why = e.judge()
	if row.Verdict != Nothing {
		t.keep(v)
	}
	if v.Needs == "list" {
		if err := errors.Join(t.do("key Escape"), t.do("edge rest")); err != nil {
			return row, err
		}
		time.Sleep(200 * time.Millisecond)
		now, err := t.look()
		if err != nil {
			return row, err
		}
		if n, _ := differs(t.first.picture, now.picture, t.place(now)); n > unnoticed {
			t.dirty = true
		}
	}
	if row.Verdict == Effect || row.Verdict == Breakout {
		t.dirty = true
	}
	return row, nil
}

// ownLimit is how long the terminal's own screen may take to come, where it has to.
const ownLimit = 15 * time.Second

// watchEnd waits for the screen that a vector is to end in, and goes back from there to the page. ended is false when no such screen
// came.
func (t *Trial) watchEnd(ctx context.Context, v Vector) (e evidence, ended bool, err error) {
	t.dirty = true
	for deadline := time.Now().Add(max(ownLimit, time.Duration(v.Wait)*time.Millisecond)); !t.Terminal.Own(); time.Sleep(70 * time.Millisecond) {
		if time.Now().After(deadline) || ctx.Err() != nil {
			return e, false, ctx.Err()
		}
	}
	t.keep(v)
	now, err := t.look()
	if err != nil {
		return e, false, err
	}
	e = t.compare(now, v)
	e.own, e.ends = true, true
	if back := t.Terminal.Back(ctx); back == nil {
		_, err = t.Outside.present(ctx, ownLimit)
		e.back = err == nil
	}
	for number, n := range t.Outside.Hits() {
		if number == 0 || number == outNumber {
			e.hits += n
		}
	}
	e.lookups = t.Outside.Lookups()
	return e, true, ctx.Err()
}

// watch looks on until nobody would expect anything more to happen, and until the screen is as it was, if that comes to pass.
func (t *Trial) watch(ctx context.Context, v Vector, row *Row) (evidence, error) {
	start := time.Now()
	settle := max(t.Settle, time.Duration(v.Wait)*time.Millisecond)
	for {
		time.Sleep(70 * time.Millisecond)
		now, err := t.look()
		if err != nil {
			return evidence{}, err
		}
		e := t.compare(now, v)
		row.Flash = max(row.Flash, e.inside+e.outside)
		asItWas := e.strangers == 0 && len(e.windows) == 0 && e.inside <= unnoticed && e.outside <= unnoticed
		since := time.Since(start)
		if since < settle || (!asItWas && !e.listed && since < settle+t.Patience) {
			if err := ctx.Err(); err != nil {
				return e, err
			}
			continue
		}
		if asItWas || !t.Terminal.Own() {
			p, ok := t.Outside.page.alive(ctx, max(t.Patience/5, 1200*time.Millisecond))
			e.answers, e.anew, e.resized = ok, ok && p.Me != t.page.Me && !v.Fresh, ok && p.Size != t.page.Size
			if !ok && asItWas {
				e.own = t.Terminal.Own()
			}
		} else {
			e.own = true
		}
		t.dirty = t.dirty || v.Fresh // the next vector wants to know its page
		for number, n := range t.Outside.Hits() {
			if number == 0 || number == outNumber {
				e.hits += n
			}
		}
		e.lookups = t.Outside.Lookups()
		return e, nil
	}
}

// place is where the page lies.
func (t *Trial) place(s sight) image.Rectangle {
	if place := t.Terminal.Place(); !place.Empty() {
		return place
	}
	return s.picture.Bounds()
}

// compare tells what differs from what was there before.
func (t *Trial) compare(now sight, v Vector) evidence {
	e := evidence{strangers: max(0, now.strangers-t.first.strangers), windows: newWindows(t.first.windows, now.windows), listed: v.Needs == "list"}
	all, place := now.picture.Bounds(), t.place(now)
	total, box := differs(t.first.picture, now.picture, all)
	e.inside, _ = differs(t.first.picture, now.picture, place)
	e.box = box
	if place == all || slices.ContainsFunc(now.windows, func(w stage.Sight) bool { return w.Direct && !inside(w.Rect, place) }) {
		e.outside = total - e.inside
	} // else it is the terminal's own window, whose words may change
	return e
}

func inside(r stage.Rect, place image.Rectangle) bool {
	return image.Rect(r.X, r.Y, r.X+r.W, r.Y+r.H).In(place)
}

// keep writes a picture for whoever wants to see it.
func (t *Trial) keep(v Vector) {
	if t.Pictures == "" {
		return
	}
	name, authority := t.Terminal.Display()
	img, err := stage.Screenshot(name, authority)
	if err != nil {
		return
	}
	f, err := os.Create(filepath.Join(t.Pictures, strings.NewReplacer("/", "_", " ", "-", ":", "").Replace(v.ID)+".png"))
	if err != nil {
		return
	}
	defer f.Close()
	_ = png.Encode(f, img)
}

// do makes one gesture.
func (t *Trial) do(gesture string) error {
	name, authority := t.Terminal.Display()
	place := t.Terminal.Place()
	if place.Empty() {
		place = t.first.bounds(name, authority)
	}
	x, y := (place.Min.X+place.Max.X)/2, (place.Min.Y+place.Max.Y)/2
	restX, restY := place.Min.X+place.Dx()/10, place.Min.Y+place.Dy()*9/10
	word, rest, _ := strings.Cut(gesture, " ")
	switch word {
	case "key":
		return t.hand.Key(rest)
	case "type":
		return t.hand.Type(rest)
	case "hold":
		key, ms, _ := strings.Cut(rest, " ")
		return t.hand.Hold(key, milliseconds(ms))
	case "click":
		return t.hand.Click(x, y)
	case "double":
		return errors.Join(t.hand.Click(restX, restY), t.hand.Click(restX, restY))
	case "right":
		return t.hand.Press(x, y, 3)
	case "middle":
		return t.hand.Press(x, y, 2)
	case "button":
		n, err := strconv.Atoi(rest)
		if err != nil {
			return err
		}
		return t.hand.Press(restX, restY, n)
	case "with":
		held, _, _ := strings.Cut(rest, " ")
		return t.hand.PressHolding(x, y, 1, strings.Split(held, "+")...)
	case "long":
		return t.hand.LongPress(x, y, milliseconds(rest))
	case "drag": // what lies in the middle of the page, to an edge, where browsers take it as an order, or onto our own screen
		to := image.Pt(restX, restY)
		switch rest {
		case "up":
			to = image.Pt(x, 2)
		case "left":
			to = image.Pt(place.Min.X+4, y)
		case "right":
			to = image.Pt(place.Max.X-4, y)
		case "aside":
			to = image.Pt((place.Max.X+t.first.bounds(name, authority).Max.X)/2, y)
			if place.Min.X > 0 {
				to.X = place.Min.X / 2
			}
		}
		return t.drag(x, y, to.X, to.Y)
	case "wheel":
		if turns, ok := strings.CutPrefix(rest, "ctrl "); ok {
			n, err := strconv.Atoi(turns)
			return errors.Join(err, t.hand.ScrollHolding(restX, restY, n, "ctrl"))
		}
		n, err := strconv.Atoi(rest)
		return errors.Join(err, t.hand.Scroll(restX, restY, n))
	case "edge":
		switch rest {
		case "top":
			return t.hand.Click(x, 0)
		case "bottom":
			return t.hand.Click(place.Max.X-1, place.Max.Y-1)
		case "right":
			return t.hand.Press(restX, restY, 3)
		}
		return t.hand.Click(restX, restY)
	case "break":
		return t.breakPage(context.Background())
	case "wait":
		time.Sleep(milliseconds(rest))
		return nil
	}
	return fmt.Errorf("gesture %q: it is none that is known", gesture)
}

// dragRest is how long a thing is held where it was pulled to: browsers wait a while before they show what would become of it.
const dragRest = 1500 * time.Millisecond

// drag pulls a thing somewhere, looks what is shown, and lets go.
func (t *Trial) drag(x1, y1, x2, y2 int) error {
	err := t.hand.Pull(x1, y1, x2, y2)
	for start := time.Now(); err == nil && time.Since(start) < dragRest; time.Sleep(70 * time.Millisecond) {
		var now sight
		if now, err = t.look(); err == nil {
			n, _ := differs(t.first.picture, now.picture, t.place(now))
			t.dragged = max(t.dragged, n)
		}
	}
	return errors.Join(err, t.hand.LetGo())
}

// bounds is the whole display, where the page lies when nobody knows better.
func (s sight) bounds(name, authority string) image.Rectangle {
	if s.picture != nil {
		return s.picture.Bounds()
	}
	if img, err := stage.Screenshot(name, authority); err == nil {
		return img.Bounds()
	}
	return image.Rect(0, 0, 1280, 800)
}

func milliseconds(text string) time.Duration {
	n, _ := strconv.Atoi(text)
	return time.Duration(n) * time.Millisecond
}
