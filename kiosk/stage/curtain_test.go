// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"image"
	"image/color"
	"testing"
	"time"
)

func TestCurtainIsSeenWhereThereIsNoWindow(t *testing.T) {
	d := startDisplay(t)
	s, err := Open(Options{Display: d.Name(), Authority: d.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	defer func() { cancel(); <-done }()
	w, h := s.Size()
	picture := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			picture.Set(x, y, color.RGBA{uint8(x), uint8(y), uint8(x + y), 255})
		}
	}
	s.Curtain(picture)
	same := func() bool {
		seen, err := Screenshot(d.Name(), d.Authority())
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range []image.Point{{0, 0}, {w - 1, 0}, {17, h / 2}, {w - 1, h - 1}} {
			if color.RGBAModel.Convert(seen.At(at.X, at.Y)) != picture.RGBAAt(at.X, at.Y) {
				return false
			}
		}
		return true
	}
	for range 200 {
		if same() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Error("the curtain is not seen")
}
