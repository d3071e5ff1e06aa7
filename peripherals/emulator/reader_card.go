// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"encoding/hex"
	"strings"
)

// insertedCard is a card in the slot: its files, and what is selected.
type insertedCard struct {
	card    Card
	failing bool // this time it is one of the worn card's bad times
	powered bool
	current string // path of the selected file or folder
	file    []byte // content of the selected file
	isFile  bool
	records [][]byte
	blocks  *cardBlocks // of a card that speaks T=1
	waits   int         // how often it asks for time before an answer
}

// power switches the card on or off and gives its answer to reset.
func (c *insertedCard) power(on bool) []byte {
	c.powered, c.current, c.file, c.isFile, c.records = on && len(c.card.ATR) > 0, "3F00", nil, false, nil
	c.blocks = nil
	if c.card.Blocks > 0 {
		c.blocks = newCardBlocks(c.waits, c.card.Blocks, func(apdu []byte) []byte { return c.exchange(apdu) })
		c.blocks.crc = c.card.CRC
	}
	if !on {
		return nil
	}
	return c.card.ATR
}

// agree answers a request for another protocol or speed (PPS, ISO 7816-3, 9): a card agrees
// to the speed that it has offered itself, by saying the same, and is silent to all else.
func (c *insertedCard) agree(b []byte) []byte {
	protocol := byte(0)
	if c.blocks != nil {
		protocol = 1
	}
	if atr := c.card.ATR; len(atr) > 2 && atr[1]&0x10 != 0 {
		want := []byte{0xFF, 0x10 | protocol, atr[2]}
		if string(b) == string(append(want, xorAll(want))) {
			return b
		}
	}
	c.powered = false // until it is given power anew
	return nil
}

// Status words (ISO 7816-4).
var (
	swOK           = []byte{0x90, 0x00}
	swMemory       = []byte{0x65, 0x81} // memory failure
	swWrongLength  = []byte{0x67, 0x00}
	swNoRecord     = []byte{0x6A, 0x83}
	swNoFile       = []byte{0x6A, 0x82}
	swNotSupported = []byte{0x6A, 0x81}
	swNoEF         = []byte{0x69, 0x86} // no elementary file selected
	swOffset       = []byte{0x6B, 0x00} // offset outside the file
	swInstruction  = []byte{0x6D, 0x00}
	swClass        = []byte{0x6E, 0x00}
)

// exchange carries out one command: header, and either data or a wanted length.
func (c *insertedCard) exchange(tpdu []byte) []byte {
	if len(tpdu) < 4 {
		return swWrongLength
	}
	var p3 byte
	if len(tpdu) > 4 {
		p3 = tpdu[4]
	}
	if tpdu[0] != 0x00 {
		return swClass
	}
	switch tpdu[1] {
	case 0xA4:
		// By T=1 a wanted length may follow the data.
		if len(tpdu) < 5 || len(tpdu) != 5+int(p3) && (c.blocks == nil || len(tpdu) != 6+int(p3)) {
			return swWrongLength
		}
		return c.sel(tpdu[2], tpdu[3], tpdu[5:5+int(p3)])
	case 0xB2:
		if len(tpdu) > 5 {
			return swWrongLength
		}
		return c.readRecord(int(tpdu[2]), tpdu[3], int(p3))
	case 0xB0:
		if len(tpdu) > 5 {
			return swWrongLength
		}
		return c.readBinary(int(tpdu[2])<<8|int(tpdu[3]), int(p3))
	case 0x84: // GET CHALLENGE; good enough for asking, no good for secrets
		n := int(p3)
		if n == 0 {
			n = 256
		}
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(i*7 + 1)
		}
		return append(out, swOK...)
	}
	return swInstruction
}

// sel selects by path from the master file (P1 08), or by file name below the
// current folder (P1 00 and 02).
func (c *insertedCard) sel(p1, p2 byte, data []byte) []byte {
	if p2 != 0x0C && p2 != 0x00 {
		return swNotSupported
	}
	name := strings.ToUpper(hex.EncodeToString(data))
	var full string
	switch p1 {
	case 0x08:
		full = name
		if !strings.HasPrefix(full, "3F00") {
			full = "3F00" + full
		}
	case 0x04:
		folder, ok := c.card.Apps[name]
		if !ok {
			return swNoFile
		}
		c.current, c.file, c.isFile, c.records = folder, nil, false, nil
		return swOK
	case 0x00, 0x01, 0x02:
		folder := c.current
		if c.isFile && len(folder) > 4 {
			folder = folder[:len(folder)-4]
		}
		full = folder + name
		if name == "3F00" {
			full = name
		}
	default:
		return swNotSupported
	}
	if content, ok := c.card.Files[full]; ok {
		c.current, c.file, c.isFile, c.records = full, content, true, nil
		return swOK
	}
	if records, ok := c.card.Records[full]; ok {
		c.current, c.file, c.isFile, c.records = full, nil, true, records
		return swOK
	}
	if full == "3F00" || len(full)%4 == 0 && c.hasFolder(full) {
		c.current, c.file, c.isFile, c.records = full, nil, false, nil
		return swOK
	}
	return swNoFile
}

func (c *insertedCard) hasFolder(path string) bool {
	for file := range c.card.Files {
		if strings.HasPrefix(file, path) {
			return true
		}
	}
	for file := range c.card.Records {
		if strings.HasPrefix(file, path) {
			return true
		}
	}
	return false
}

// readRecord reads a record by its number (P2 04).
func (c *insertedCard) readRecord(n int, p2 byte, want int) []byte {
	switch {
	case c.records == nil:
		return swNoEF
	case p2 != 0x04:
		return swNotSupported
	case n < 1 || n > len(c.records):
		return swNoRecord
	case c.failing:
		return swMemory
	}
	record := c.records[n-1]
	if want != len(record) && (want != 0 || c.blocks == nil) {
		return []byte{0x6C, byte(len(record))}
	}
	return append(append([]byte{}, record...), swOK...)
}

func (c *insertedCard) readBinary(offset, want int) []byte {
	switch {
	case !c.isFile || c.records != nil:
		return swNoEF
	case offset > 0x7FFF:
		return swNotSupported
	case offset >= len(c.file):
		return swOffset
	case c.failing && offset > 0:
		return swMemory
	case c.failing && len(c.file) <= 256:
		return swMemory
	}
	if want == 0 {
		want = 256
	}
	left := len(c.file) - offset
	if want > left {
		// A card of T=0 says how much there is, and waits to be asked again.
		return []byte{0x6C, byte(left)}
	}
	return append(append([]byte{}, c.file[offset:offset+want]...), swOK...)
}
