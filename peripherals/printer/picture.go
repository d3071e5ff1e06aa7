// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"

	xdraw "golang.org/x/image/draw"

	"handrail/peripherals"
)

// What a picture may be at most: more is a mistake, or somebody who wants the memory.
const (
	mostPictureBytes = 4 << 20
	mostPictureSide  = 4096
	mostPictureHigh  = 3000 // dots on paper, a good foot
)

// dots turns a PNG into black and white, at most wide dots across and never larger than it is.
// What is grey becomes a mix of both (Floyd and Steinberg); what is see-through is paper.
func dots(file peripherals.PNG, wide int) (*image.Paletted, error) {
	if len(file) > mostPictureBytes {
		return nil, fmt.Errorf("picture: %d bytes are too many", len(file))
	}
	size, err := png.DecodeConfig(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	if size.Width > mostPictureSide || size.Height > mostPictureSide || size.Width < 1 || size.Height < 1 {
		return nil, fmt.Errorf("picture: %d x %d is too large", size.Width, size.Height)
	}
	picture, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("picture: %w", err)
	}
	w, h := size.Width, size.Height
	if w > wide {
		w, h = wide, max(1, h*wide/w)
	}
	if h > mostPictureHigh {
		return nil, errors.New("picture: it is longer than a paper should be")
	}
	grey := image.NewGray(image.Rect(0, 0, w, h))
	draw.Draw(grey, grey.Rect, image.White, image.Point{}, draw.Src)
	xdraw.CatmullRom.Scale(grey, grey.Rect, picture, picture.Bounds(), draw.Over, nil)
	out := image.NewPaletted(grey.Rect, color.Palette{color.White, color.Black})
	draw.FloydSteinberg.Draw(out, out.Rect, grey, image.Point{})
	return out, nil
}

// picture sets a picture in the text's column, with its words under it.
func (l *layout) picture(b peripherals.Block) error {
	wide := l.p.Dots - l.start - l.end
	img, err := dots(b.PNG, wide)
	if err != nil {
		return err
	}
	l.y += 12
	x := l.across(l.start, img.Rect.Dx())
	for dy := range img.Rect.Dy() {
		for dx := range img.Rect.Dx() {
			if img.ColorIndexAt(dx, dy) == 1 {
				l.page.set(x+dx, l.y+dy, true)
			}
		}
	}
	l.y += img.Rect.Dy() + 12
	return l.paragraph(b.Text, look{pitch: bodyPitch})
}

// picture is a line of a ticket, with its words on the next.
func (k *ticketer) picture(b peripherals.Block) error {
	img, err := dots(b.PNG, k.p.Dots)
	if err != nil {
		return err
	}
	line := newDotLine(img.Rect.Dx(), img.Rect.Dy())
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if img.ColorIndexAt(x, y) == 1 {
				line.img.Pix[line.img.PixOffset(x, y)] = 0xFF
			}
		}
	}
	k.lines = append(k.lines, ticketLine{drawn: &line})
	return k.paragraph(b.Text, false, false)
}
