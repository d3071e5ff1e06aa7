// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/draw"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	ot "github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/language"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// errNoFont says that text needs letters that neither the printer nor the machine
// has.
var errNoFont = errors.New("no type face on this machine has these letters; install the package fonts-noto-core")

// fontFolders are where type faces are looked for.
var fontFolders = []string{"/usr/share/fonts/truetype/noto", "/usr/share/fonts/noto", "/usr/share/fonts/truetype/dejavu", "/usr/share/fonts/dejavu"}

// typeset draws text that the printer has no letters for: it shapes it, puts it in
// reading order and breaks it into lines.
type typeset struct {
	folders []string
	shaper  shaping.HarfbuzzShaper
	split   shaping.Segmenter
	wrap    shaping.LineWrapper
	faces   map[string]*font.Face // by file; nil for one that cannot be used
}

func newTypeset(folders []string) *typeset {
	return &typeset{folders: folders, faces: map[string]*font.Face{}}
}

// dotLine is one drawn line: x positions start at 0, y at the top.
type dotLine struct {
	img  *image.Alpha
	wide int
}

// scriptFonts name the type face of the scripts that have their own.
var scriptFonts = []struct {
	table *unicode.RangeTable
	name  string
}{
	{unicode.Arabic, "NotoSansArabic"}, {unicode.Hebrew, "NotoSansHebrew"},
	{unicode.Devanagari, "NotoSansDevanagari"}, {unicode.Bengali, "NotoSansBengali"},
	{unicode.Tamil, "NotoSansTamil"}, {unicode.Ethiopic, "NotoSansEthiopic"},
	{unicode.Thai, "NotoSansThai"}, {unicode.Georgian, "NotoSansGeorgian"},
	{unicode.Armenian, "NotoSansArmenian"}, {unicode.Gurmukhi, "NotoSansGurmukhi"},
	{unicode.Khmer, "NotoSansKhmer"}, {unicode.Sinhala, "NotoSansSinhala"},
}

var fontCache struct {
	sync.Mutex
	fonts map[string]*font.Font
}

// load reads one type face; nil if it is not there.
func (t *typeset) load(file string) *font.Face {
	if f, ok := t.faces[file]; ok {
		return f
	}
	t.faces[file] = nil
	for _, folder := range t.folders {
		full := filepath.Join(folder, file)
		fontCache.Lock()
		parsed, ok := fontCache.fonts[full]
		if !ok {
			if data, err := os.ReadFile(full); err == nil {
				if f, err := font.ParseTTF(bytes.NewReader(data)); err == nil {
					parsed = f.Font
				}
			}
			if fontCache.fonts == nil {
				fontCache.fonts = map[string]*font.Font{}
			}
			if parsed != nil {
				fontCache.fonts[full] = parsed
			}
		}
		fontCache.Unlock()
		if parsed != nil {
			t.faces[file] = font.NewFace(parsed)
			return t.faces[file]
		}
	}
	return nil
}

// faceSet chooses a face for each letter.
type faceSet struct {
	t       *typeset
	bold    bool
	missing rune
}

func (s *faceSet) files(r rune) []string {
	weight := "-Regular.ttf"
	deja := "DejaVuSans.ttf"
	if s.bold {
		weight, deja = "-Bold.ttf", "DejaVuSans-Bold.ttf"
	}
	var files []string
	for _, sf := range scriptFonts {
		if unicode.Is(sf.table, r) {
			files = append(files, sf.name+weight, sf.name+"-Regular.ttf")
		}
	}
	return append(files, "NotoSans"+weight, deja, "NotoSans-Regular.ttf", "DejaVuSans.ttf")
}

// ResolveFace finds a face that has r. Where none has, it remembers r, and gives
// any face at all.
func (s *faceSet) ResolveFace(r rune) *font.Face {
	var any *font.Face
	for _, file := range s.files(r) {
		f := s.t.load(file)
		if f == nil {
			continue
		}
		if _, ok := f.NominalGlyph(r); ok {
			return f
		}
		if any == nil {
			any = f
		}
	}
	if !unicode.Is(unicode.Cf, r) && !unicode.IsSpace(r) {
		s.missing = r
	}
	return any
}

// lines draws s in lines of at most wide dots, letters size dots high.
func (t *typeset) lines(s, lang string, rtl, bold bool, size, high, wide int) ([]dotLine, error) {
	text := []rune(strings.ToValidUTF8(s, "\uFFFD"))
	if len(text) == 0 {
		return nil, nil
	}
	faces := &faceSet{t: t, bold: bold}
	// Segmenting asks for faces and must get one; so look first.
	for _, r := range text {
		if faces.ResolveFace(r) == nil || faces.missing != 0 {
			return nil, fmt.Errorf("%w (%q)", errNoFont, r)
		}
	}
	dir := di.DirectionLTR
	if rtl {
		dir = di.DirectionRTL
	}
	inputs := t.split.Split(shaping.Input{
		Text: text, RunEnd: len(text), Direction: dir,
		Size: fixed.I(size), Language: language.NewLanguage(lang),
	}, faces)
	var runs []shaping.Output
	for _, in := range inputs {
		runs = append(runs, t.shaper.Shape(in))
	}
	broken, _ := t.wrap.WrapParagraph(shaping.WrapConfig{Direction: dir}, wide, text, shaping.NewSliceIterator(runs))
	var out []dotLine
	for _, line := range broken {
		out = append(out, drawLine(line, high, wide))
	}
	return out, nil
}

// drawLine puts the runs of one line side by side, as they are seen.
func drawLine(line shaping.Line, high, limit int) dotLine {
	runs := slices.Clone(line)
	slices.SortStableFunc(runs, func(a, b shaping.Output) int { return int(a.VisualIndex - b.VisualIndex) })
	var advance fixed.Int26_6
	var ascent, descent fixed.Int26_6
	for _, r := range runs {
		advance += r.Advance
		ascent, descent = max(ascent, r.LineBounds.Ascent), min(descent, r.LineBounds.Descent)
	}
	wide := min(advance.Ceil()+2, limit)
	// The line's own height is shared out above and below the letters.
	base := float32(high)/2 + float32(ascent+descent)/128
	z := vector.NewRasterizer(wide, high)
	x := float32(0)
	for _, run := range runs {
		scale := float32(run.Size) / 64 / float32(run.Face.Upem())
		for _, g := range run.Glyphs {
			if outline, ok := run.Face.GlyphData(g.GlyphID).(font.GlyphOutline); ok {
				drawGlyph(z, outline, x+float32(g.XOffset)/64, base-float32(g.YOffset)/64, scale, scale)
			}
			x += float32(g.Advance) / 64
		}
	}
	img := image.NewAlpha(image.Rect(0, 0, wide, high))
	z.DrawOp = draw.Src
	z.Draw(img, img.Bounds(), image.Opaque, image.Point{})
	return dotLine{img, wide}
}

func drawGlyph(z *vector.Rasterizer, o font.GlyphOutline, x, y, sx, sy float32) {
	at := func(p ot.SegmentPoint) (float32, float32) { return x + p.X*sx, y - p.Y*sy }
	open := false
	for _, s := range o.Segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case ot.SegmentOpMoveTo:
			if open {
				z.ClosePath()
			}
			z.MoveTo(ax, ay)
			open = true
		case ot.SegmentOpLineTo:
			z.LineTo(ax, ay)
		case ot.SegmentOpQuadTo:
			z.QuadTo(ax, ay, bx, by)
		case ot.SegmentOpCubeTo:
			z.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	if open {
		z.ClosePath()
	}
}

func newDotLine(wide, high int) dotLine {
	return dotLine{image.NewAlpha(image.Rect(0, 0, wide, high)), wide}
}
