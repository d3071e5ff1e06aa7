// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"time"
)

// paper is what has been printed since the last cut.
type paper struct {
	dots  int
	y     int // how far the paper has been fed
	rows  [][]byte
	items []item
	lines []string
	odd   []string
	used  bool
	cut   bool
	// realTime counts real-time commands that came inside other commands' data:
	// accidents, each of which may reset or answer something.
	realTime int
	codes    []string
}

func newPaper(dots int) *paper { return &paper{dots: dots} }

// set makes one dot black; dots beside the paper are lost.
func (p *paper) set(x, y int) {
	if x < 0 || x >= p.dots || y < 0 || y >= maxRows {
		return
	}
	for len(p.rows) <= y {
		p.rows = append(p.rows, nil)
	}
	if p.rows[y] == nil {
		p.rows[y] = make([]byte, (p.dots+7)/8)
	}
	p.rows[y][x/8] |= 0x80 >> (x % 8)
}

// clone copies the paper, so that printing can go on.
func (p *paper) clone() *paper {
	c := *p
	c.rows = make([][]byte, len(p.rows))
	for i, row := range p.rows {
		c.rows[i] = bytes.Clone(row)
	}
	c.items, c.lines, c.odd, c.codes = slices.Clone(p.items), slices.Clone(p.lines), slices.Clone(p.odd), slices.Clone(p.codes)
	return &c
}

// Slip is a piece of paper as it came out of the printer.
type Slip struct {
	// Number counts slips from 1.
	Number int
	// Lines is the number of lines with text on them.
	Lines int
	// Cut says that the printer has cut it off; if not, it is still coming.
	Cut bool
	// At is when it was cut, or looked at.
	At time.Time
	// Odd are things that a printer ignores: unknown commands, characters that
	// are not on the code page.
	Odd []string
	// Retracted says that a presenter has taken it back.
	Retracted bool
	// RealTime counts real-time commands found inside other data: it should
	// always be 0.
	RealTime int

	paper *paper
}

func newSlip(number int, p *paper, at time.Time) Slip {
	return Slip{Number: number, Lines: len(p.lines), Cut: p.cut, At: at, Odd: p.odd, RealTime: p.realTime, paper: p}
}

// Empty reports whether the paper is blank.
func (s Slip) Empty() bool {
	return s.paper == nil || len(s.paper.items) == 0 && len(s.paper.rows) == 0
}

// Height is how long the paper is, in dots (8 a millimetre on most printers).
func (s Slip) Height() int {
	if s.paper == nil {
		return 0
	}
	return max(s.paper.y, len(s.paper.rows))
}

// Text gives the lines that were printed as text, one a line. What was printed as
// dots, such as a script that the printer has no letters for, is not in it.
func (s Slip) Text() string {
	if s.paper == nil {
		return ""
	}
	return strings.Join(s.paper.lines, "\n")
}

// Codes gives what the QR codes hold that the printer was told to draw.
func (s Slip) Codes() []string {
	if s.paper == nil {
		return nil
	}
	return slices.Clone(s.paper.codes)
}

// Dot reports whether the image of the paper is black at x, y. It knows what was
// printed as dots, not text.
func (s Slip) Dot(x, y int) bool {
	if s.paper == nil || x < 0 || x >= s.paper.dots || y < 0 || y >= len(s.paper.rows) || s.paper.rows[y] == nil {
		return false
	}
	return s.paper.rows[y][x/8]>>(7-x%8)&1 != 0
}

// PNG draws the paper, black on white, one pixel a dot.
func (s Slip) PNG() ([]byte, error) {
	if s.paper == nil {
		return nil, fmt.Errorf("paper: there is none")
	}
	p := s.paper
	img := image.NewGray(image.Rect(0, 0, p.dots, max(s.Height(), 1)))
	for i := range img.Pix {
		img.Pix[i] = 0xFF
	}
	for y := range p.rows {
		for x := range p.dots {
			if s.Dot(x, y) {
				img.SetGray(x, y, color.Gray{})
			}
		}
	}
	for _, it := range p.items {
		if err := drawItem(img, it); err != nil {
			return nil, err
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		return nil, fmt.Errorf("paper: %w", err)
	}
	return b.Bytes(), nil
}

// View decodes what was sent to a printer of that many dots. It gives the slips
// that were cut, and the rest as a last slip if anything is on it.
func View(data []byte, dots int) ([]Slip, error) {
	if dots < 8 || dots > 4096 {
		return nil, fmt.Errorf("paper of %d dots: want 8 to 4096", dots)
	}
	var slips []Slip
	v := newView(dots)
	v.cut = func(p *paper) { slips = append(slips, newSlip(len(slips)+1, p, time.Time{})) }
	v.write(data)
	v.flush()
	if rest := newSlip(len(slips)+1, v.paper, time.Time{}); !rest.Empty() {
		slips = append(slips, rest)
	}
	return slips, nil
}
