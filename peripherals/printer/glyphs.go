// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"image"
	"image/draw"

	"github.com/go-text/typesetting/font"
	"golang.org/x/image/vector"
)

// glyphs are the letters that a document sends to the printer before its text, one
// in each slot from 0x20 on. The first is a space, so that words of one script
// need no switch between them.
type glyphs struct {
	types *typeset
	slots map[rune]byte
	drawn []glyph
}

// glyph is a letter of 12 columns of 24 dots, the top one in bit 23.
type glyph [letterWide]uint32

const (
	firstSlot = 0x20
	lastSlot  = 0x7E
)

// has reports whether r can be sent, and draws it if so. Only shapes of joined letters
// are: other scripts look better drawn as whole lines.
func (g *glyphs) has(r rune) bool {
	if g == nil {
		return false
	}
	if _, ok := g.slots[r]; ok {
		return true
	}
	if !isForm(r) && r != '\u060C' && r != '\u061B' && r != '\u061F' {
		return false
	}
	if len(g.drawn) == 0 {
		g.slots[' '] = firstSlot
		g.drawn = append(g.drawn, glyph{})
	}
	if firstSlot+len(g.drawn) > lastSlot {
		return false
	}
	drawn, ok := g.types.cell(r)
	if !ok {
		return false
	}
	g.slots[r] = byte(firstSlot + len(g.drawn))
	g.drawn = append(g.drawn, drawn)
	return true
}

func (g *glyphs) byteOf(r rune) (byte, bool) {
	if g == nil {
		return 0, false
	}
	b, ok := g.slots[r]
	return b, ok
}

// define appends the command that sends them (ESC &), without columns that are empty
// at the end of a letter.
func (g *glyphs) define(e *encoder) {
	if g == nil || len(g.drawn) == 0 {
		return
	}
	e.out = append(e.out, esc, '&', 3, firstSlot, byte(firstSlot+len(g.drawn)-1))
	for _, d := range g.drawn {
		wide := len(d)
		for wide > 1 && d[wide-1] == 0 {
			wide--
		}
		e.out = append(e.out, byte(wide))
		for _, bits := range d[:wide] {
			e.data(byte(bits >> 16))
			e.data(byte(bits >> 8))
			e.data(byte(bits))
		}
	}
}

// cell draws one letter as high and as wide as the printer's own, so that joined ones
// meet.
func (t *typeset) cell(r rune) (glyph, bool) {
	const size, base = 20, 18
	for _, file := range []string{"DejaVuSansMono.ttf", "NotoSansArabic-Regular.ttf", "DejaVuSans.ttf"} {
		face := t.load(file)
		if face == nil {
			continue
		}
		id, ok := face.NominalGlyph(r)
		if !ok {
			continue
		}
		outline, ok := face.GlyphData(id).(font.GlyphOutline)
		advance := face.HorizontalAdvance(id)
		if !ok || advance <= 0 {
			continue
		}
		z := vector.NewRasterizer(letterWide, letterHigh)
		drawGlyph(z, outline, 0, base, letterWide/advance, size/float32(face.Upem()))
		img := image.NewAlpha(image.Rect(0, 0, letterWide, letterHigh))
		z.DrawOp = draw.Src
		z.Draw(img, img.Bounds(), image.Opaque, image.Point{})
		var g glyph
		for x := range letterWide {
			for y := range letterHigh {
				g[x] <<= 1
				if img.AlphaAt(x, y).A >= 112 {
					g[x] |= 1
				}
			}
		}
		return g, true
	}
	return glyph{}, false
}
