// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"errors"
	"fmt"
	"strings"

	"rsc.io/qr"

	"handrail/peripherals"
)

// ticket turns a plain document into the bytes that print it: text as text, in the
// printer's own line spacing, with nothing that a line does not need. What no page
// and no letter of ours can say is drawn, that line alone.
func ticket(p profile, doc peripherals.Document, types *typeset) (job, error) {
	k := &ticketer{p: p, doc: doc, types: types, letters: p.alphabet(types)}
	for i, b := range doc.Blocks {
		if err := k.block(b); err != nil {
			return job{}, fmt.Errorf("document: block %d: %w", i+1, err)
		}
	}
	k.plan()
	e := &encoder{codePage: noPage}
	e.out = append(e.out, esc, '@')
	k.letters.glyphs.define(e)
	if doc.RTL {
		e.out = append(e.out, esc, 'a', 2)
	}
	e.ended()
	cut := false
	for _, l := range k.lines {
		if cut = l.cut; cut {
			e.cut(p)
		} else {
			l.send(e)
		}
		e.ended()
	}
	if !cut {
		e.cut(p)
	}
	return e.job(), nil
}

// ticketLine is one line of a ticket: letters, dots, a code or a cut.
type ticketLine struct {
	letters     []rune // from left to right
	coded       coded
	bold, large bool
	drawn       *dotLine
	code        string // of a QR code that the printer draws
	cut         bool
}

type ticketer struct {
	p       profile
	doc     peripherals.Document
	types   *typeset
	letters *alphabet
	lines   []ticketLine
}

func (k *ticketer) block(b peripherals.Block) error {
	switch b.Kind {
	case peripherals.Title:
		return k.paragraph(b.Text, true, true)
	case peripherals.Section:
		return k.paragraph(b.Text, true, false)
	case peripherals.Term, peripherals.Text, peripherals.Small:
		return k.paragraph(b.Text, false, false)
	case peripherals.StepLine:
		if b.Done {
			return k.paragraph("[x] "+b.Text, false, false)
		}
		return k.paragraph("[ ] "+b.Text, true, false)
	case peripherals.Boxed:
		head, rest, more := strings.Cut(b.Text, "\n")
		if err := k.paragraph(head, more, false); err != nil || !more {
			return err
		}
		return k.paragraph(rest, false, false)
	case peripherals.Words:
		return k.table(b.Rows)
	case peripherals.QR:
		if err := k.code(b.QR); err != nil {
			return err
		}
		if b.Text == "" {
			return nil
		}
		return k.paragraph(b.Text, false, false)
	case peripherals.Picture:
		return k.picture(b)
	case peripherals.Feed:
		k.lines = append(k.lines, ticketLine{})
	case peripherals.Cut:
		k.lines = append(k.lines, ticketLine{cut: true})
	default:
		return fmt.Errorf("no kind of block has the number %d", b.Kind)
	}
	return nil
}

var errTooLong = errors.New("more lines than a paper should have")

func (k *ticketer) paragraph(s string, bold, large bool) error {
	cells := k.p.Dots / letterWide
	if large {
		cells /= 2
	}
	for _, para := range strings.Split(s, "\n") {
		para = strings.TrimSpace(plain(para))
		if len(k.lines) > maxLines {
			return errTooLong
		}
		if para == "" {
			continue
		}
		fitted, ok := k.letters.fit(shape([]rune(para)))
		if !ok {
			if err := k.draw(para, bold, large); err != nil {
				return err
			}
			continue
		}
		lines := []string{string(fitted)}
		if len(fitted) > cells {
			lines = breakLines(string(fitted), cells)
		}
		for _, line := range lines {
			k.lines = append(k.lines, ticketLine{letters: k.order([]rune(line)), bold: bold, large: large})
		}
	}
	return nil
}

func (k *ticketer) order(line []rune) []rune {
	if turned(line, k.doc.RTL) {
		return visual(line, k.doc.RTL)
	}
	return line
}

func (k *ticketer) draw(s string, bold, large bool) error {
	size, high := dotsSize, 2*letterHigh
	if large {
		size, high = 42, 3*letterHigh
	}
	lines, err := k.types.lines(s, k.doc.Lang, k.doc.RTL, bold, size, high, k.p.Dots)
	if err != nil {
		return err
	}
	for _, line := range lines {
		k.lines = append(k.lines, ticketLine{drawn: &line})
	}
	return nil
}

// table sets rows of two columns, the second at the far edge. A row that is too long
// for one line takes two.
func (k *ticketer) table(rows [][2]string) error {
	cells := k.p.Dots / letterWide
	for _, row := range rows {
		first, ok := k.letters.fit(shape([]rune(plain(row[0]))))
		second, ok2 := k.letters.fit(shape([]rune(plain(row[1]))))
		gap := cells - len(first) - len(second)
		if !ok || !ok2 || gap < 2 {
			if err := k.paragraph(row[0]+"\n"+row[1], false, false); err != nil {
				return err
			}
			continue
		}
		line := append(first, []rune(strings.Repeat(" ", gap))...)
		k.lines = append(k.lines, ticketLine{letters: k.order(append(line, second...))})
		if len(k.lines) > maxLines {
			return errTooLong
		}
	}
	return nil
}

// maxOwnCode is how long what a printer's own QR code holds may be. It keeps the
// command's length, whose two bytes stand beside each other, from looking like a
// real-time command.
const maxOwnCode = 500

// code lets the printer draw the code, or draws it where the printer cannot.
func (k *ticketer) code(link string) error {
	q, err := qr.Encode(link, qr.M)
	if err != nil {
		return fmt.Errorf("QR code: %w", err)
	}
	dot := codeDot
	if q.Size*dot > k.p.Dots {
		return fmt.Errorf("QR code: %d bytes are too many for this paper", len(link))
	}
	if k.p.QR && len(link) <= maxOwnCode && plain(link) == link {
		k.lines = append(k.lines, ticketLine{code: link})
		return nil
	}
	picture := newDotLine(q.Size*dot, q.Size*dot+2*4*dot)
	for y := range q.Size * dot {
		for x := range q.Size * dot {
			if q.Black(x/dot, y/dot) {
				picture.img.Pix[picture.img.PixOffset(x, y+4*dot)] = 0xFF
			}
		}
	}
	k.lines = append(k.lines, ticketLine{drawn: &picture})
	return nil
}

// codeDot is how many dots wide one dot of a code is.
const codeDot = 5

// plan chooses the pages of all lines together, so that they need the fewest switches.
func (k *ticketer) plan() {
	page := noPage
	var all []rune
	for _, l := range k.lines {
		all = append(all, l.letters...)
	}
	whole, _ := k.letters.encode(all, page)
	for i := range k.lines {
		l := &k.lines[i]
		for need := len(l.letters); need > 0; {
			n := min(need, len(whole[0].bytes))
			l.coded = append(l.coded, seg{whole[0].page, whole[0].bytes[:n]})
			if whole[0].bytes = whole[0].bytes[n:]; len(whole[0].bytes) == 0 {
				whole = whole[1:]
			}
			need -= n
		}
	}
}

func (l ticketLine) send(e *encoder) {
	switch {
	case l.drawn != nil:
		e.page = page{canvas: canvas{dots: l.drawn.wide}}
		for y := range l.drawn.img.Rect.Dy() {
			for x := range l.drawn.wide {
				if l.drawn.img.AlphaAt(x, y).A >= 112 {
					e.page.set(x, y, true)
				}
			}
		}
		for y := 0; y < l.drawn.img.Rect.Dy(); y += letterHigh {
			e.rows(y, min(letterHigh, l.drawn.img.Rect.Dy()-y))
			e.ended()
		}
	case l.code != "":
		e.code(l.code)
	default:
		if len(l.letters) > 0 {
			e.style(l.bold, l.large)
			e.write(l.coded)
		}
		e.out = append(e.out, '\n')
	}
}

// code sends a QR code for the printer to draw: its dot's size, level M, what it
// holds, and that it be drawn (GS ( k, functions 167, 169, 180 and 181). It gives how high it
// comes out.
func (e *encoder) code(link string) int {
	n := len(link) + 3
	e.out = append(e.out, gs, '(', 'k', 3, 0, '1', 'C', codeDot, gs, '(', 'k', 3, 0, '1', 'E', '1')
	e.out = append(e.out, gs, '(', 'k', byte(n), byte(n>>8), '1', 'P', '0')
	e.out = append(e.out, link...)
	e.out = append(e.out, gs, '(', 'k', 3, 0, '1', 'Q', '0')
	q, err := qr.Encode(link, qr.M)
	if err != nil {
		return 0 // whoever made the line has seen to it that it can be
	}
	return q.Size * codeDot
}
