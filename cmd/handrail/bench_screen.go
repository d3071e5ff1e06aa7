// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"time"

	"handrail/kiosk/stage"
)

// sight is one look at a display from outside: every third pixel of every sixth row, when it was looked at, and what was
// known then.
type sight struct {
	at     time.Time
	pixels []byte
	w, h   int
	mark   bool
}

// lookAt takes a look. Its time is from after it came, so that a figure made of it is never too small; mark is what was
// known before it was asked for.
func lookAt(eye *stage.Eye, mark bool) (sight, error) {
	rows, err := eye.Rows(6)
	if err != nil {
		return sight{}, err
	}
	at := time.Now()
	s := thin(rows)
	s.at, s.mark = at, mark
	return s, nil
}

// thin keeps every third pixel of each row.
func thin(rows *image.RGBA) sight {
	b := rows.Bounds()
	s := sight{w: (b.Dx() + 2) / 3, h: b.Dy()}
	s.pixels = make([]byte, 0, 3*s.w*s.h)
	for y := range b.Dy() {
		for x := 0; x < b.Dx(); x += 3 {
			i := rows.PixOffset(x, y)
			s.pixels = append(s.pixels, rows.Pix[i:i+3]...)
		}
	}
	return s
}

// differs is the part (0 to 1) of two pictures that is not the same.
func (s sight) differs(from sight) float64 {
	if len(s.pixels) != len(from.pixels) || len(s.pixels) == 0 {
		return 1
	}
	n := 0
	for i := 0; i < len(s.pixels); i += 3 {
		if unlike(s.pixels[i:i+3], from.pixels[i:i+3]) {
			n++
		}
	}
	return float64(3*n) / float64(len(s.pixels))
}

// shows is the part of the picture that has a colour.
func (s sight) shows(colour [3]byte) float64 {
	n := 0
	for i := 0; i+2 < len(s.pixels); i += 3 {
		if !unlike(s.pixels[i:i+3], colour[:]) {
			n++
		}
	}
	return float64(3*n) / float64(max(len(s.pixels), 1))
}

// colours is how many colours the picture has, up to 100.
func (s sight) colours() int {
	found := map[[3]byte]bool{}
	for i := 0; i+2 < len(s.pixels) && len(found) < 100; i += 3 {
		found[[3]byte(s.pixels[i:i+3])] = true
	}
	return len(found)
}

// unlike tells whether two pixels differ by more than rounding.
func unlike(a, b []byte) bool {
	for i := range 3 {
		if d := int(a[i]) - int(b[i]); d > 8 || d < -8 {
			return true
		}
	}
	return false
}

// pollEvery is the pause between two looks; it is the same for both sides, and so is what a look costs.
const pollEvery = 5 * time.Millisecond

var errNoChange = errors.New("the screen did not become what was waited for")

// watchScreen looks until enough says that the last look is the last that is needed.
func watchScreen(ctx context.Context, display, authority string, limit time.Duration, mark func() bool, enough func([]sight) bool) ([]sight, error) {
	eye, err := stage.OpenEye(display, authority)
	if err != nil {
		return nil, fmt.Errorf("screen: %w", err)
	}
	defer eye.Close()
	var sights []sight
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); {
		s, err := lookAt(eye, mark())
		if err != nil {
			return sights, fmt.Errorf("screen: %w", err)
		}
		if sights = append(sights, s); enough(sights) {
			return sights, nil
		}
		select {
		case <-ctx.Done():
			return sights, ctx.Err()
		case <-time.After(pollEvery):
		}
	}
	return sights, errNoChange
}

// Two pictures count as the same screen when no more of them differs than a caret or a small drawing that moves; as the
// same in every word when nothing differs that could be one.
const (
	sameScreen = 0.01
	sameWords  = 0.0003
)

// settledAt is the first marked look from which on the screen is what it is in the end, up to a part that may differ.
func settledAt(sights []sight, part float64) (time.Time, bool) {
	if len(sights) == 0 {
		return time.Time{}, false
	}
	end := sights[len(sights)-1]
	found := -1
	for i := len(sights) - 1; i >= 0 && sights[i].mark && sights[i].differs(end) <= part; i-- {
		found = i
	}
	if found < 0 {
		return time.Time{}, false
	}
	return sights[found].at, true
}
