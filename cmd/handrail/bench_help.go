// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"sync"
	"time"

	"handrail/agent/session"
	"handrail/kiosk/browser"
)

// benchPages are the pages of the form whose first sight is compared, in the order of the form. On tryPage two fields are
// touched in turns.
var benchPages = []string{"uk-passport", "how-many-people", "applicant-one", "applicant-one-address", "contact-details"}

const tryPage = "applicant-one"

var tryFields = [2]string{"first-name", "surname"}

// pictureQuality is the JPEG quality of the peer's pictures: what remote control in browsers commonly uses.
const pictureQuality = 80

// help compares what a helper gets to see. A real volunteer's page is in a real call with the terminal, through the hub;
// the peer is the same page in the same size as pictures, handed over without any network.
func (b *benchRun) help(wantBytes, wantLatency bool) error {
	if err := b.callHelp(); err != nil {
		return err
	}
	visitor, err := browser.OpenVisitor(b.ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		return err
	}
	defer visitor.Close()
	walker, err := visitor.OpenWalker(b.journey.guide, browser.WalkOptions{Origin: "http://127.0.0.1" + b.journey.origin[len("http://forms.localhost"):]})
	if err != nil {
		return err
	}
	defer walker.Close()
	if _, err := walker.Walk(b.ctx, benchPages[0]); err != nil {
		return err
	}
	var sealed, pictures, ours, peer []float64
	for i, page := range benchPages {
		if i > 0 {
			if _, err := walker.WalkOn(b.ctx, page); err != nil {
				return err
			}
			if err := b.journey.walkTo(page)(); err != nil {
				return err
			}
		}
		if wantBytes {
			outline, err := b.outline()
			if err != nil {
				return err
			}
			picture, err := firstPicture(walker)
			if err != nil {
				return err
			}
			sealed, pictures = append(sealed, float64(outline)), append(pictures, float64(picture))
			b.tell("outline-bytes, page %s: ours %d, peer %d", page, outline, picture)
		}
		if page == tryPage && wantLatency {
			if ours, peer, err = b.latency(walker); err != nil {
				return err
			}
			b.tell("help-latency: ours %s ms, peer %s ms", tidy(median(ours)), tidy(median(peer)))
			if !wantBytes {
				break
			}
		}
	}
	if wantBytes {
		b.add("outline-bytes", "bytes", fmt.Sprintf("CDP screencast, first frame, JPEG q%d", pictureQuality), sealed, pictures, 0.05)
	}
	if wantLatency {
		b.add("help-latency", "ms", fmt.Sprintf("CDP screencast, JPEG q%d, decoded, no network", pictureQuality), ours, peer, 1)
	}
	return b.hangUp()
}

// callHelp brings a terminal's citizen and a volunteer into a call without voices, on the form's first question.
func (b *benchRun) callHelp() error {
	if err := b.ringHelp(); err != nil {
		return err
	}
	_, err := b.acceptHelp(20 * time.Second)
	return err
}

// ringHelp has a citizen ask and a volunteer's page ring.
func (b *benchRun) ringHelp() (err error) {
	j := b.journey
	if j.volunteer == nil {
		if j.volunteer, err = browser.OpenVisitor(b.ctx, browser.VisitorOptions{Width: 1440, Height: 900}); err == nil {
			err = j.volunteer.Open(j.office.desk)
		}
	} else if err = j.volunteer.Wait(`document.querySelector("[data-screen=after]")`, 20*time.Second); err == nil { // of the call before
		err = j.volunteer.Click("[data-screen=after] [data-name=skip]")
	}
	if err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=desk]")`, 20*time.Second); err != nil {
		return err
	}
	if err := j.goOnDuty(); err != nil {
		return err
	}
	if err := b.begin(); err != nil {
		return err
	}
	for _, key := range []string{"help", "consent-see", "consent-point", "ask"} {
		if err := j.press(key); err != nil {
			return err
		}
	}
	return j.volunteer.Wait(`document.querySelector("[data-screen=ringing]")`, 20*time.Second)
}

// acceptHelp has the volunteer accept, and tells how long it takes until they see the page.
func (b *benchRun) acceptHelp(limit time.Duration) (time.Duration, error) {
	j := b.journey
	time.Sleep(500 * time.Millisecond) // Accept ignores what comes at once
	began := time.Now()
	if err := j.volunteer.Click("[data-name=accept]"); err != nil {
		return 0, err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=call] [data-element]")`, limit); err != nil {
		return 0, err
	}
	took := time.Since(began)
	_, err := j.await("the call", j.screen("pointing"))
	return took, err
}

// hangUp ends the call and the session, lets the next person in, and closes the volunteer's page.
func (b *benchRun) hangUp() error {
	err := b.endCall()
	return errors.Join(err, b.leaveDesk())
}

func (b *benchRun) leaveDesk() error {
	err := b.journey.volunteer.Close()
	b.journey.volunteer = nil
	return err
}

// endCall ends the call and the session, and lets the next person in.
func (b *benchRun) endCall() error {
	j := b.journey
	if err := j.press("stop-help"); err != nil {
		return err
	}
	if _, err := j.await("alone again", j.screen("companion")); err != nil {
		return err
	}
	if _, err := b.endOnce(); err != nil {
		return err
	}
	return b.leaveEnd()
}

// outline is the size of the message with the whole outline of the page that is there, as the volunteer's connection
// received it: sealed, in base64, with all that is round it. A page that comes sends its outline and the step in the
// guide's words, in either order, and after that nothing but outlines of it: so it is the larger of the last two.
func (b *benchRun) outline() (int, error) {
	if err := b.quiet(); err != nil {
		return 0, err
	}
	var sizes []int
	for _, message := range b.journey.volunteer.Received() {
		if bytes.HasPrefix(message, []byte(`{"type":"frame"`)) {
			sizes = append(sizes, len(message))
		}
	}
	if len(sizes) < 2 {
		return 0, errors.New("the volunteer's connection received no outline")
	}
	return max(sizes[len(sizes)-1], sizes[len(sizes)-2]), nil
}

// quiet waits until the volunteer's connection has received nothing for a while.
func (b *benchRun) quiet() error {
	seen, since := len(b.journey.volunteer.Received()), time.Now()
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		if n := len(b.journey.volunteer.Received()); n != seen {
			seen, since = n, time.Now()
		}
		if time.Since(since) > 500*time.Millisecond {
			return nil
		}
	}
	return errors.New("the volunteer's connection does not come to rest")
}

// firstPicture is the size of the first picture of the page.
func firstPicture(w *browser.Walker) (int, error) {
	sizes := make(chan int, 1)
	stop, err := w.Cast(pictureQuality, func(data []byte) {
		select {
		case sizes <- len(data):
		default:
		}
	})
	if err != nil {
		return 0, err
	}
	defer stop()
	select {
	case n := <-sizes:
		return n, nil
	case <-time.After(20 * time.Second):
		return 0, errors.New("no picture came")
	}
}

// latency touches one field after the other, at the terminal and in the peer's page in turns.
func (b *benchRun) latency(w *browser.Walker) (ours, peer []float64, err error) {
	viewer := &pictureViewer{}
	stop, err := w.Cast(pictureQuality, viewer.see)
	if err != nil {
		return nil, nil, err
	}
	defer stop()
	if err := b.watchDesk(); err != nil {
		return nil, nil, err
	}
	// One more than counts: the first touch of each side finds nothing warm.
	for i := range 2*b.o.runs + 2 {
		field := tryFields[i%2]
		at, err := b.touchOurs(field)
		if err != nil {
			return nil, nil, err
		}
		seen, err := b.touchPeer(w, viewer, field)
		if err != nil {
			return nil, nil, err
		}
		if i >= 2 {
			ours, peer = append(ours, at), append(peer, seen)
		}
	}
	return ours, peer, nil
}

// watchDesk has the volunteer's page note when the element that the citizen is at becomes another, on the clock of this
// machine, in ms.
func (b *benchRun) watchDesk() error {
	_, err := browser.VisitorEval[string](b.journey.volunteer, `(() => {
		const seen = globalThis.handrailBench = {id: "", at: 0};
		const look = () => {
			const id = document.querySelector("[data-element][data-state~=here]")?.dataset.element ?? "";
			if (id !== seen.id) { seen.id = id; seen.at = performance.timeOrigin + performance.now(); }
		};
		new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true, attributeFilter: ["data-state", "data-element"]});
		look();
		return seen.id; })()`)
	return err
}

type deskSeen struct {
	ID string  `json:"id"`
	At float64 `json:"at"`
}

func (b *benchRun) touchOurs(field string) (ms float64, err error) {
	j := b.journey
	look, err := j.await("the field", func(l session.Look) bool { return l.Page == tryPage && l.Steps[field].W > 0 })
	if err != nil {
		return 0, err
	}
	if err := b.quiet(); err != nil {
		return 0, err
	}
	before, err := browser.VisitorEval[deskSeen](j.volunteer, "handrailBench")
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := j.touch(look.Steps[field]); err != nil {
		return 0, err
	}
	if err := j.volunteer.Wait(fmt.Sprintf(`handrailBench.id !== %q && handrailBench.id !== ""`, before.ID), 15*time.Second); err != nil {
		return 0, err
	}
	after, err := browser.VisitorEval[deskSeen](j.volunteer, "handrailBench")
	return after.At - float64(start.UnixMicro())/1000, err
}

func (b *benchRun) touchPeer(w *browser.Walker, viewer *pictureViewer, field string) (ms float64, err error) {
	box, ok, err := w.StepBox(field)
	if err != nil || !ok {
		return 0, errors.Join(err, errors.New("the peer's field is gone"))
	}
	if err := w.Hover(b.ctx, box); err != nil {
		return 0, err
	}
	time.Sleep(300 * time.Millisecond)
	changed := viewer.await(box)
	start := time.Now()
	if err := w.Tap(b.ctx, box); err != nil {
		return 0, err
	}
	select {
	case at := <-changed:
		return milliseconds(at.Sub(start)), nil
	case <-b.ctx.Done():
		return 0, b.ctx.Err()
	case <-time.After(15 * time.Second):
		return 0, errors.New("the peer's pictures do not show the touch")
	}
}

// pictureViewer is a helper's screen in the peer: it decodes each picture, and notices when a place has changed.
type pictureViewer struct {
	mu      sync.Mutex
	last    image.Image
	base    image.Image
	place   image.Rectangle
	changed chan time.Time // nil while nothing is awaited
}

// await tells when the place of a box looks another way than in the last picture.
func (v *pictureViewer) await(box browser.Box) <-chan time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	const round = 5 // a field's focus is drawn round it
	v.base, v.place = v.last, image.Rect(int(box.X)-round, int(box.Y)-round, int(box.X+box.W)+round, int(box.Y+box.H)+round)
	v.changed = make(chan time.Time, 1)
	return v.changed
}

func (v *pictureViewer) see(data []byte) {
	picture, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		return
	}
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.last = picture
	if v.changed != nil && v.base != nil && changedIn(v.base, picture, v.place) > 0.01 {
		v.changed <- now
		v.changed = nil
	}
}

// changedIn is the part of a place whose brightness is not what it was, by more than JPEG's own noise.
func changedIn(a, b image.Image, place image.Rectangle) float64 {
	place = place.Intersect(a.Bounds()).Intersect(b.Bounds())
	if place.Empty() {
		return 0
	}
	n := 0
	for y := place.Min.Y; y < place.Max.Y; y++ {
		for x := place.Min.X; x < place.Max.X; x++ {
			if d := brightness(a, x, y) - brightness(b, x, y); d > 32 || d < -32 {
				n++
			}
		}
	}
	return float64(n) / float64(place.Dx()*place.Dy())
}

func brightness(m image.Image, x, y int) int {
	if ycc, ok := m.(*image.YCbCr); ok {
		return int(ycc.Y[ycc.YOffset(x, y)])
	}
	r, g, b, _ := m.At(x, y).RGBA()
	return int(299*(r>>8)+587*(g>>8)+114*(b>>8)) / 1000
}
