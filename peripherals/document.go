// SPDX-License-Identifier: Apache-2.0

package peripherals

import "fmt"

// Document is what goes on paper, without a word about how: a printer's driver
// chooses sizes, code pages and dots. Whether it names a person is the
// caller's matter.
type Document struct {
	// Lang is the language of the document's own words (BCP 47).
	Lang string `yaml:"lang"`
	// RTL lays the document out from the right.
	RTL bool `yaml:"rtl"`
	// Plain asks for a short paper: lines of text from edge to edge, without the rail
	// that goes down the side of a receipt.
	Plain  bool    `yaml:"plain"`
	Blocks []Block `yaml:"blocks"`
	// ID stands at the head and at the foot, so that a torn paper can be told from a
	// whole one. Copy, such as "COPY 2", stands with it on a paper that may be on
	// paper already.
	ID   string `yaml:"id"`
	Copy string `yaml:"copy"`
}

// BlockKind says what a block is for.
type BlockKind int

// The kinds of Block.
const (
	// Title: the name of what this paper is about, large. Once a document.
	Title BlockKind = iota + 1
	// Term: the office's own name for it, under the title.
	Term
	// Section: a heading.
	Section
	// Text: a paragraph; "\n" starts a new line.
	Text
	// StepLine: one step on the rail; Done gives a tick or an empty knob.
	StepLine
	// Boxed: a paragraph in a frame; a first line of several is its heading.
	Boxed
	// Words: Rows of the page's word and what it means.
	Words
	// QR: a code that holds QR, with Text beside it.
	QR
	// Small: the last words of a paper.
	Small
	// Feed: an empty line.
	Feed
	// Picture: a PNG picture in black and white, as wide as the paper allows, with Text under it.
	Picture
	// Cut: the end of the paper. A document without one is cut at its end.
	Cut
)

// Block is one piece of a document. Which fields count depends on Kind.
type Block struct {
	Kind BlockKind   `yaml:"kind"`
	Text string      `yaml:"text"`
	Done bool        `yaml:"done"`
	Rows [][2]string `yaml:"rows"`
	QR   string      `yaml:"qr"`
	// PNG is the picture of a Picture.
	PNG PNG `yaml:"picture"`
}

// PNG is a picture as a file has it.
type PNG []byte

var blockNames = map[BlockKind]string{
	Title: "title", Term: "term", Section: "section", Text: "text", StepLine: "step", Boxed: "boxed",
	Words: "words", QR: "qr", Small: "small", Feed: "feed", Picture: "picture", Cut: "cut",
}

func (k BlockKind) String() string {
	if name, ok := blockNames[k]; ok {
		return name
	}
	return fmt.Sprintf("block kind %d", int(k))
}

// MarshalText writes a kind by its name.
func (k BlockKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads a kind by its name, such as "step".
func (k *BlockKind) UnmarshalText(b []byte) error {
	for kind, name := range blockNames {
		if name == string(b) {
			*k = kind
			return nil
		}
	}
	return fmt.Errorf("no kind of block is called %q", b)
}
