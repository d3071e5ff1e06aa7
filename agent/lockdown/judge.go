// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"fmt"
	"image"
	"slices"

	"handrail/kiosk/stage"
)

// Verdict is what became of a way out.
type Verdict string

// The verdicts. An effect is anything that a person notices; a breakout shows them what is not the service's page nor the terminal's
// own screen (foreign content, the browser's own surface, a dialog of the system, a question), or lets data out.
const (
	Nothing  Verdict = "nothing"
	Effect   Verdict = "effect"
	Breakout Verdict = "breakout"
)

// sight is what can be seen and reached at one moment.
type sight struct {
	picture   *image.RGBA
	windows   []stage.Sight
	strangers int
}

// unnoticed is how many pixels may differ without anybody noticing: a caret, a few letters that are drawn anew.
const unnoticed = 160

// differs counts pixels of a rectangle that differ visibly, and the box that they are in.
func differs(a, b *image.RGBA, in image.Rectangle) (n int, box image.Rectangle) {
	if a.Bounds() != b.Bounds() {
		return in.Dx() * in.Dy(), in
	}
	in = in.Intersect(a.Bounds())
	for y := in.Min.Y; y < in.Max.Y; y++ {
		p, q := a.Pix[a.PixOffset(in.Min.X, y):], b.Pix[b.PixOffset(in.Min.X, y):]
		for x := range in.Dx() {
			i := 4 * x
			if apart(p[i], q[i]) || apart(p[i+1], q[i+1]) || apart(p[i+2], q[i+2]) {
				n++
				box = box.Union(image.Rect(in.Min.X+x, y, in.Min.X+x+1, y+1))
			}
		}
	}
	return n, box
}

func apart(a, b byte) bool { return max(a, b)-min(a, b) > 16 }

// evidence is all that speaks for a verdict.
type evidence struct {
	hits, lookups int
	strangers     int      // pages that are not the terminal's
	windows       []string // that were not there before
	outside       int      // pixels that changed beside the page's place
	inside        int      // in it
	box           image.Rectangle
	answers       bool // the page answers
	anew          bool // it is another document than before
	resized       bool // it measures itself otherwise: zoom
	own           bool // a screen of the terminal's own is there, and no page
	ends          bool // that is what it is to end in, and
	back          bool // a key of it led back to the page
	missed        bool // it did not come, on a terminal that has one
	listed        bool // what a form needs may lie on the page
	dragged       int  // pixels that changed while something was dragged
}

// judge says what it comes to. What is not known to be harmless is a breakout.
func (e evidence) judge() (Verdict, string) {
	switch {
	case e.hits > 0:
		return Breakout, fmt.Sprintf("%d times something reached a forbidden host", e.hits)
	case e.lookups > 0:
		return Breakout, fmt.Sprintf("a forbidden name was asked for %d times", e.lookups)
	case e.strangers > 0:
		return Breakout, fmt.Sprintf("%d pages are open that are not the terminal's", e.strangers)
	case e.own && e.ends && e.back:
		return Nothing, "it ends in the terminal's own screen, and a key of it leads back to the page"
	case e.own && e.ends:
		return Breakout, "the terminal's own screen does not lead back to the page"
	case e.ends && e.missed:
		return Breakout, "the terminal's own screen, in which it is to end, did not come"
	case e.own:
		return Effect, "a screen of the terminal's own is there instead of the page"
	case e.outside > unnoticed:
		return Breakout, fmt.Sprintf("the screen changed beside the page, %d pixels in %v", e.outside, e.box)
	case len(e.windows) > 0 && !e.listed:
		return Breakout, fmt.Sprintf("another window is there: %q", e.windows)
	case e.listed && e.inside > unnoticed:
		return Nothing, "a list inside the page, as forms have them"
	case e.inside > unnoticed && e.answers && e.resized:
		return Effect, "the page is shown in another size"
	case e.inside > unnoticed:
		return Breakout, fmt.Sprintf("something lies over the page or in its place, %d pixels in %v", e.inside, e.box)
	case e.dragged > unnoticed:
		return Breakout, fmt.Sprintf("the browser offers a place for what is dragged, %d pixels", e.dragged)
	case !e.answers:
		return Effect, "the page is there and does not answer"
	case e.resized:
		return Effect, "the page measures itself otherwise"
	case e.anew:
		return Effect, "the page was loaded anew"
	}
	return Nothing, ""
}

// newWindows names windows that were not there before.
func newWindows(before, now []stage.Sight) []string {
	rest := slices.Clone(before)
	var out []string
	for _, w := range now {
		if i := slices.Index(rest, w); i >= 0 {
			rest = slices.Delete(rest, i, i+1)
			continue
		}
		out = append(out, fmt.Sprintf("%dx%d", w.Rect.W, w.Rect.H))
	}
	return out
}
