// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Eye looks at a display from outside again and again, as cheaply as it can: some of its rows of pixels. It is for one
// goroutine.
type Eye struct {
	x    *xgb.Conn
	root xproto.Drawable
	w, h int
}

// OpenEye connects an eye to a display. The display's size is the one that it has now.
func OpenEye(display, authority string) (*Eye, error) {
	x, err := dial(display, authority)
	if err != nil {
		return nil, err
	}
	root := xproto.Drawable(xproto.Setup(x).DefaultScreen(x).Root)
	size, err := xproto.GetGeometry(x, root).Reply()
	if err != nil {
		closeConn(x)
		return nil, fmt.Errorf("looking at the display: %w", err)
	}
	return &Eye{x: x, root: root, w: int(size.Width), h: int(size.Height)}, nil
}

// Close closes the eye.
func (e *Eye) Close() error {
	closeConn(e.x)
	return nil
}

// Rows gives every nth row of what is on the display now, the first one first, under each other.
func (e *Eye) Rows(n int) (*image.RGBA, error) {
	var asked []xproto.GetImageCookie
	for y := 0; y < e.h; y += n {
		asked = append(asked, xproto.GetImage(e.x, xproto.ImageFormatZPixmap, e.root, 0, int16(y), uint16(e.w), 1, 0xffffffff))
	}
	img := image.NewRGBA(image.Rect(0, 0, e.w, len(asked)))
	for row, cookie := range asked {
		r, err := cookie.Reply()
		if err != nil {
			return nil, fmt.Errorf("looking at the display: %w", err)
		}
		if len(r.Data) != e.w*4 {
			return nil, fmt.Errorf("looking at the display: it has %d bytes for %d pixels; 32 bits a pixel are needed", len(r.Data), e.w)
		}
		for i := 0; i < len(r.Data); i += 4 { // blue, green, red, unused
			p := img.Pix[row*img.Stride+i:]
			p[0], p[1], p[2], p[3] = r.Data[i+2], r.Data[i+1], r.Data[i], 0xff
		}
	}
	return img, nil
}
