// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"rsc.io/qr"

	"handrail/peripherals"
)

// Measures of the page, in dots. A letter of font A is 12 wide and 24 high.
const (
	letterWide = 12
	letterHigh = 24
	bodyPitch  = 36 // from line to line
	stepPitch  = 42
	titlePitch = 56
	dotsPitch  = 44 // lines drawn as dots: Arabic marks need room
	dotsSize   = 28
	knobRadius = 16
	maxLines   = 2000 // of one document; more is a mistake
)

// page is a laid-out document: dots, and text that the printer sets itself. Both
// are in dots from the top left of the paper.
type page struct {
	canvas
	texts  []text
	codes  []ownCode // from the top down
	high   int
	glyphs *glyphs
}

// ownCode is a QR code that the printer draws itself, in the middle of the paper.
type ownCode struct {
	y    int
	link string
}

// text is a run of the printer's own letters.
type text struct {
	x, y  int
	coded coded
	bold  bool
	large bool // twice as wide and high
}

func (t text) high() int {
	if t.large {
		return 2 * letterHigh
	}
	return letterHigh
}

// layout puts a document on a page.
type layout struct {
	p     profile
	doc   peripherals.Document
	types *typeset
	page  page

	railX, railWide int // distance of the rail's middle from the start edge
	start, end      int // text keeps these distances from the two edges
	y               int
	railTop         int // -1 before the rail begins
	knobs           []knob
	letters         *alphabet
	lastPage        int
	lines           int
}

type knob struct {
	y    int
	done bool
}

// layOut lays out doc for p. It fails only for what cannot be printed at all:
// letters that nobody has.
func layOut(p profile, doc peripherals.Document, types *typeset) (page, error) {
	l := &layout{p: p, doc: doc, types: types, railX: 48, railWide: 10, start: 96, end: 36, railTop: -1, y: 8}
	if p.Dots < 500 {
		l.railX, l.railWide, l.start, l.end = 22, 8, 52, 4
	}
	l.page.dots = p.Dots
	l.letters, l.lastPage = p.alphabet(types), noPage
	titled := false
	for _, b := range doc.Blocks {
		titled = titled || b.Kind == peripherals.Title
	}
	if !titled {
		l.beginRail()
	}
	for i, b := range doc.Blocks {
		if err := l.block(b); err != nil {
			return page{}, fmt.Errorf("document: block %d: %w", i+1, err)
		}
	}
	l.endRail()
	l.page.high = l.y
	l.page.glyphs = l.letters.glyphs
	return l.page, nil
}

func (l *layout) block(b peripherals.Block) error {
	switch b.Kind {
	case peripherals.Title:
		if err := l.paragraph(b.Text, look{large: true, bold: true, pitch: titlePitch}); err != nil {
			return err
		}
		l.beginRail()
	case peripherals.Term, peripherals.Text:
		return l.paragraph(b.Text, look{pitch: bodyPitch})
	case peripherals.Small:
		l.y += 12
		return l.paragraph(b.Text, look{pitch: bodyPitch})
	case peripherals.Section:
		l.y += 20
		return l.paragraph(b.Text, look{bold: true, pitch: stepPitch})
	case peripherals.StepLine:
		l.beginRail()
		top := l.y
		if err := l.paragraph(b.Text, look{bold: !b.Done, pitch: stepPitch, next: bodyPitch - 4}); err != nil {
			return err
		}
		l.knobs = append(l.knobs, knob{y: top + stepPitch/2, done: b.Done})
		l.y = max(l.y, top+stepPitch)
	case peripherals.Boxed:
		return l.boxed(b.Text)
	case peripherals.Words:
		return l.words(b.Rows)
	case peripherals.QR:
		return l.code(b.QR, b.Text)
	case peripherals.Feed:
		l.y += bodyPitch
	case peripherals.Picture:
		return l.picture(b)
	case peripherals.Cut:
		l.endRail()
	default:
		return fmt.Errorf("no kind of block has the number %d", b.Kind)
	}
	return nil
}

// look is how a paragraph is set.
type look struct {
	bold, large bool
	pitch       int
	next        int // pitch of the lines after the first, if another
	// from and wide set it in a column: from is the distance of the column from
	// the edge at which text starts. Zero wide is the whole text width.
	from, wide int
}

// paragraph sets text below what is there, line by line.
func (l *layout) paragraph(s string, k look) error {
	if k.wide == 0 {
		k.from, k.wide = l.start, l.p.Dots-l.start-l.end
	}
	for _, para := range strings.Split(s, "\n") {
		para = strings.TrimSpace(plain(para))
		if para == "" {
			continue
		}
		if err := l.set(para, k); err != nil {
			return err
		}
	}
	return nil
}

func (l *layout) set(s string, k look) error {
	cell := letterWide
	if k.large {
		cell *= 2
	}
	fitted, ok := l.letters.fit(shape([]rune(s)))
	if !ok {
		return l.draw(s, k)
	}
	for _, line := range breakLines(string(fitted), k.wide/cell) {
		if l.lines++; l.lines > maxLines {
			return errors.New("more lines than a paper should have")
		}
		letters := []rune(line)
		if turned(letters, l.doc.RTL) {
			letters = visual(letters, l.doc.RTL)
		}
		t := text{bold: k.bold, large: k.large}
		t.coded, l.lastPage = l.letters.encode(letters, l.lastPage)
		t.x = l.across(k.from, t.coded.cells()*cell)
		t.y = l.y + (k.pitch-t.high())/2
		l.page.texts = append(l.page.texts, t)
		l.y += k.pitch
		if k.next > 0 {
			k.pitch = k.next
		}
	}
	return nil
}

// draw sets text as dots, for letters that the printer does not have.
func (l *layout) draw(s string, k look) error {
	size, pitch := dotsSize, max(dotsPitch, k.pitch)
	if k.large {
		size, pitch = 42, 66
	}
	lines, err := l.types.lines(s, l.doc.Lang, l.doc.RTL, k.bold, size, pitch, k.wide)
	if err != nil {
		return err
	}
	for _, line := range lines {
		if l.lines++; l.lines > maxLines {
			return errors.New("more lines than a paper should have")
		}
		x := l.across(k.from, line.wide)
		for dy := range line.img.Rect.Dy() {
			for dx := range line.wide {
				if line.img.AlphaAt(dx, dy).A >= 112 {
					l.page.set(x+dx, l.y+dy, true)
				}
			}
		}
		l.y += pitch
	}
	return nil
}

// across turns a distance from the edge at which text starts into an x.
func (l *layout) across(from, wide int) int {
	if l.doc.RTL {
		return max(l.p.Dots-from-wide, 0)
	}
	return from
}

// breakLines breaks s at spaces into lines of at most n letters. A word that is
// longer is broken where it must be.
func breakLines(s string, n int) []string {
	n = max(n, 1)
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for {
			room := n - utf8.RuneCountInString(line)
			if line != "" {
				room--
			}
			if utf8.RuneCountInString(word) <= room {
				if line != "" {
					line += " "
				}
				line += word
				break
			}
			if line != "" {
				lines = append(lines, line)
				line = ""
				continue
			}
			runes := []rune(word)
			lines = append(lines, string(runes[:n]))
			word = string(runes[n:])
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// boxed sets a paragraph in a frame. The first of several lines is its heading.
func (l *layout) boxed(s string) error {
	const pad = 18
	l.y += 16
	top := l.y
	l.y += 14
	k := look{pitch: bodyPitch, from: l.start + pad, wide: l.p.Dots - l.start - l.end - 2*pad}
	head, rest, more := strings.Cut(s, "\n")
	if more {
		k.bold = true
		if err := l.paragraph(head, k); err != nil {
			return err
		}
		k.bold = false
	} else {
		rest = head
	}
	if err := l.paragraph(rest, k); err != nil {
		return err
	}
	l.y += 14
	wide := l.p.Dots - l.start - l.end
	l.page.frame(l.across(l.start, wide), top, wide, l.y-top, 3)
	l.y += 8
	return nil
}

// words sets rows of a page's word and its meaning, with rules between; on narrow
// paper the meaning stands under the word.
func (l *layout) words(rows [][2]string) error {
	wide := l.p.Dots - l.start - l.end
	rule := func() {
		l.page.fill(l.across(l.start, wide), l.y, wide, 2, true)
		l.y += 2
	}
	longest := 0
	for _, row := range rows {
		longest = max(longest, utf8.RuneCountInString(plain(row[0])))
	}
	first := min((longest+2)*letterWide, wide*2/5)
	rule()
	for _, row := range rows {
		l.y += 4
		top := l.y
		word, meaning := look{bold: true, pitch: bodyPitch}, look{pitch: bodyPitch}
		if l.doc.RTL {
			word.pitch = dotsPitch // the meaning is most likely drawn as dots
		}
		if l.p.Dots >= 500 {
			word.from, word.wide = l.start, first-letterWide
			meaning.from, meaning.wide = l.start+first, wide-first
		}
		if err := l.paragraph(row[0], word); err != nil {
			return err
		}
		under := l.y
		if l.p.Dots >= 500 {
			l.y = top
		}
		if err := l.paragraph(row[1], meaning); err != nil {
			return err
		}
		l.y = max(l.y, under) + 4
		rule()
	}
	return nil
}

// code draws a QR code with text beside it: whole dots, level M, and the quiet zone
// that it needs.
func (l *layout) code(link, beside string) error {
	q, err := qr.Encode(link, qr.M)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	wide := l.p.Dots - l.start - l.end
	dot := 5
	if q.Size*dot > wide*3/5 {
		dot = 4
	}
	side := q.Size * dot
	if side > wide {
		return fmt.Errorf("QR code: %d bytes are too many for this paper", len(link))
	}
	quiet := 4 * dot
	if l.p.QR && len(link) <= maxOwnCode && plain(link) == link {
		// The printer draws it, alone on its line: the rail ends above.
		l.endRail()
		l.y += quiet
		l.page.codes = append(l.page.codes, ownCode{l.y, link})
		l.y += side + quiet
		return l.paragraph(beside, look{bold: true, pitch: bodyPitch})
	}
	l.y += quiet
	top := l.y
	x := l.across(l.start, side)
	for qy := range q.Size {
		for qx := range q.Size {
			if q.Black(qx, qy) {
				l.page.fill(x+qx*dot, top+qy*dot, dot, dot, true)
			}
		}
	}
	k := look{bold: true, pitch: bodyPitch, from: l.start + side + quiet, wide: wide - side - quiet}
	if k.wide >= 8*letterWide {
		l.y += 2 * dot
		if err := l.paragraph(beside, k); err != nil {
			return err
		}
	} else {
		l.y = top + side + quiet
		if err := l.paragraph(beside, look{bold: true, pitch: bodyPitch}); err != nil {
			return err
		}
	}
	l.y = max(l.y, top+side+quiet)
	return nil
}
