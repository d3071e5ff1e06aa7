// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"image"
	"image/color"
	"image/draw"
	"os"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// monoFonts are where a real type face may be found; the first that is there
// stands in for the printer's own letters.
var monoFonts = [2][]string{
	{
		"/usr/share/fonts/truetype/noto/NotoSansMono-Regular.ttf",
		"/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
		"/usr/share/fonts/truetype/liberation/LiberationMono-Regular.ttf",
	},
	{
		"/usr/share/fonts/truetype/noto/NotoSansMono-Bold.ttf",
		"/usr/share/fonts/truetype/dejavu/DejaVuSansMono-Bold.ttf",
		"/usr/share/fonts/truetype/liberation/LiberationMono-Bold.ttf",
	},
}

var faces struct {
	sync.Mutex
	parsed [2]*opentype.Font
	looked [2]bool
	sized  map[faceKey]font.Face
}

type faceKey struct{ bold, high int }

// face finds the letters for a cell of that height. Without any type face on the
// machine it is a plain one that is built in. faces is locked.
func face(bold bool, high int) font.Face {
	weight := 0
	if bold {
		weight = 1
	}
	key := faceKey{weight, high}
	if f, ok := faces.sized[key]; ok {
		return f
	}
	if !faces.looked[weight] {
		faces.looked[weight] = true
		for _, path := range monoFonts[weight] {
			data, err := os.ReadFile(path)
			if err != nil {
				continue
			}
			if f, err := opentype.Parse(data); err == nil {
				faces.parsed[weight] = f
				break
			}
		}
	}
	var made font.Face = basicfont.Face7x13
	if f := faces.parsed[weight]; f != nil {
		// 0.83 of the cell: the letters of a 12 x 24 cell are about 12 wide.
		if sized, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(high) * 0.83, DPI: 72, Hinting: font.HintingFull}); err == nil {
			made = sized
		}
	}
	if faces.sized == nil {
		faces.sized = map[faceKey]font.Face{}
	}
	faces.sized[key] = made
	return made
}

// drawItem draws a run of text, each letter in its cell. Letters are drawn at the
// height of the cell and stretched to its width, as a printer does.
func drawItem(img *image.Gray, it item) error {
	faces.Lock()
	defer faces.Unlock()
	cell := cellWide
	if it.style.small {
		cell = smallWide
	}
	natural := max(cell*it.style.high, 1)
	wide := cell * it.style.wide
	f := face(it.style.bold, it.high)
	base := int(float64(it.high) * 0.78)
	for i, r := range it.text {
		glyph := image.NewGray(image.Rect(0, 0, natural, it.high))
		draw.Draw(glyph, glyph.Bounds(), image.White, image.Point{}, draw.Src)
		d := font.Drawer{Dst: glyph, Src: image.Black, Face: f, Dot: fixed.P(0, base)}
		if adv, ok := f.GlyphAdvance(r); ok {
			d.Dot.X = max(0, (fixed.I(natural)-adv)/2)
		}
		d.DrawString(string(r))
		stamp(img, glyph, it.x+i*wide, it.y, wide, it.style)
	}
	return nil
}

// stamp copies a letter to its place, black where it is more black than white.
func stamp(img, glyph *image.Gray, x0, y0, wide int, s style) {
	b := glyph.Bounds()
	for y := range b.Dy() {
		for x := range wide {
			black := glyph.GrayAt(x*b.Dx()/wide, y).Y < 150
			if s.underline && y >= b.Dy()-2 {
				black = true
			}
			if black != s.inverse && image.Pt(x0+x, y0+y).In(img.Rect) {
				img.SetGray(x0+x, y0+y, color.Gray{})
			}
		}
	}
}
