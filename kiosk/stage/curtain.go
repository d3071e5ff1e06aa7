// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"image"

	"github.com/jezek/xgb/xproto"
)

// Curtain is a picture that is seen where there is no window: while a browser is being started, and when one has died. It
// stays in the display's memory until the next one, so it must show nothing of a person.
func (s *Stage) Curtain(picture image.Image) {
	b := picture.Bounds()
	w, h := b.Dx(), b.Dy()
	data := make([]byte, 4*w*h)
	for y := range h {
		for x := range w {
			r, g, bl, _ := picture.At(b.Min.X+x, b.Min.Y+y).RGBA()
			i := 4 * (y*w + x)
			data[i], data[i+1], data[i+2] = byte(bl>>8), byte(g>>8), byte(r>>8)
		}
	}
	s.do(func() { s.hang(data, w, h) })
}

// hang makes the picture the background of the root window.
func (s *Stage) hang(data []byte, w, h int) {
	screen := xproto.Setup(s.x).DefaultScreen(s.x)
	pixmap, err := xproto.NewPixmapId(s.x)
	if err != nil {
		s.log.Warn("no curtain", "why", err)
		return
	}
	gc, err := xproto.NewGcontextId(s.x)
	if err != nil {
		s.log.Warn("no curtain", "why", err)
		return
	}
	xproto.CreatePixmap(s.x, screen.RootDepth, pixmap, xproto.Drawable(s.root), uint16(w), uint16(h))
	xproto.CreateGC(s.x, gc, xproto.Drawable(pixmap), 0, nil)
	rows := max(1, 200_000/(4*w)) // a request has at most 262,140 bytes
	for y := 0; y < h; y += rows {
		n := min(rows, h-y)
		xproto.PutImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(pixmap), gc, uint16(w), uint16(n), 0, int16(y), 0, screen.RootDepth, data[4*w*y:4*w*(y+n)])
	}
	xproto.ChangeWindowAttributes(s.x, s.root, xproto.CwBackPixmap, []uint32{uint32(pixmap)})
	xproto.ClearArea(s.x, false, s.root, 0, 0, 0, 0)
	xproto.FreeGC(s.x, gc)
	xproto.FreePixmap(s.x, pixmap) // the root window keeps it
}
