// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"crypto/sha1"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Card is a card of software. Nobody's: the people on the built-in ones are
// invented.
type Card struct {
	// ID is the short name by which a card is asked for ("amina").
	ID string
	// Name is what is printed on it, Kind what it is, Note what it is good for.
	Name, Kind, Note string
	// ATR is what the card says when it gets power. A card without one says
	// nothing.
	ATR []byte
	// Files are the card's files by path, as upper-case hex ("3F00DF014031").
	Files map[string][]byte
	// Records are files of records, by path; each record is read by its number.
	Records map[string][][]byte
	// Apps are the folders that can be selected by a name of their own, by that
	// name in upper-case hex.
	Apps map[string]string
	// Blocks says that the card speaks T=1, and how many bytes it takes in a
	// block; 0 for T=0.
	Blocks int
	// CRC says that its blocks end in a CRC.
	CRC bool
	// UID is what the card tells a contactless reader; none if empty.
	UID []byte
	// Code is what is printed on it as a barcode, Swipe what its stripe gives,
	// and Zone its machine-readable zone.
	Code, Swipe, Zone string
	// Wear makes an old card.
	Wear Wear
}

// Wear says that a card fails Fail of every Of times that it is put in, the
// first times first.
type Wear struct {
	Fail int `yaml:"fail"`
	Of   int `yaml:"of"`
}

// fails reports whether the card fails when put in for the nth time, from 0.
func (w Wear) fails(n int) bool { return w.Of > 0 && n%w.Of < w.Fail }

// The files of an identity card of the Belgian layout.
const (
	identityFile = "3F00DF014031"
	addressFile  = "3F00DF014033"
	photoFile    = "3F00DF014035"
)

// identityATR is the answer to reset of such a card: T=0, and a checksum because
// T=1 is offered after it.
var identityATR = []byte{0x3B, 0x98, 0x13, 0x40, 0x0A, 0xA5, 0x03, 0x01, 0x01, 0x01, 0xAD, 0x13, 0x11}

//go:embed cards/*.yaml
var builtIn embed.FS

// Cards lists the built-in cards by ID.
func Cards() []Card {
	names, err := fs.Glob(builtIn, "cards/*.yaml")
	if err != nil {
		panic(err)
	}
	var cards []Card
	for _, name := range names {
		data, err := builtIn.ReadFile(name)
		if err != nil {
			panic(err)
		}
		card, err := ParseCard(path.Base(name), data)
		if err != nil {
			panic(err) // a test reads every built-in card
		}
		cards = append(cards, card)
	}
	return cards
}

// cardFile is a card as it is written down.
type cardFile struct {
	Name     string            `yaml:"name"`
	Kind     string            `yaml:"kind"`
	Note     string            `yaml:"note"`
	ATR      string            `yaml:"atr"`
	Wear     Wear              `yaml:"wear"`
	Layout   string            `yaml:"layout"`
	Blocks   int               `yaml:"blocks"`
	CRC      bool              `yaml:"crc"`
	Speed    byte              `yaml:"speed"`
	Photo    int               `yaml:"photo"`
	UID      string            `yaml:"uid"`
	Code     string            `yaml:"code"`
	Swipe    string            `yaml:"swipe"`
	Zone     string            `yaml:"zone"`
	Identity map[string]string `yaml:"identity"`
	Files    map[string]string `yaml:"files"`
}

// ParseCard reads a card's YAML. name is the file's name, for the ID and for
// errors, which say line and column.
func ParseCard(name string, data []byte) (Card, error) {
	var f cardFile
	if err := yaml.UnmarshalWithOptions(data, &f, yaml.Strict()); err != nil {
		return Card{}, yamlError(name, err)
	}
	fail := func(key, format string, args ...any) (Card, error) {
		return Card{}, fmt.Errorf("%s:%s: %s", name, position(data, key), fmt.Sprintf(format, args...))
	}
	card := Card{ID: strings.TrimSuffix(path.Base(name), ".yaml"), Name: f.Name, Kind: f.Kind, Note: f.Note, Wear: f.Wear,
		Code: f.Code, Swipe: f.Swipe, Zone: f.Zone, Files: map[string][]byte{}}
	if f.Name == "" {
		return fail("name", "name is missing: say what is printed on the card")
	}
	if f.Wear.Fail < 0 || f.Wear.Of < 0 || f.Wear.Fail > f.Wear.Of {
		return fail("wear", "wear: fail must be between 0 and of")
	}
	if f.Identity != nil {
		for _, key := range slices.Sorted(maps.Keys(f.Identity)) {
			if _, ok := identityTags[key]; !ok {
				return fail(key, "identity: no field called %q; there are %s", key, strings.Join(slices.Sorted(maps.Keys(identityTags)), ", "))
			}
			if len(f.Identity[key]) > 200 {
				return fail(key, "identity: %s is longer than 200 bytes", key)
			}
		}
		if date, ok := f.Identity["date_of_birth"]; ok {
			if _, err := time.Parse(time.DateOnly, date); err != nil {
				return fail("date_of_birth", "identity: date_of_birth must be YYYY-MM-DD")
			}
		}
		id, ok := withLayout(f.Layout, f.Name, f.Identity)
		if !ok {
			return fail("layout", "layout: %q is none of belgian, estonian-2002 and estonian-2018", f.Layout)
		}
		card.ATR, card.Files, card.Records, card.Apps = id.ATR, id.Files, id.Records, id.Apps
		if f.Photo < 0 || f.Photo > 4000 || f.Photo > 0 && f.Layout != "" && f.Layout != "belgian" {
			return fail("photo", "photo: up to 4000 bytes, on a card of the belgian layout")
		}
		if f.Photo > 0 {
			addPhoto(card.Files, f.Photo)
		}
		if card.Kind == "" {
			card.Kind = id.Kind
		}
	}
	for key, value := range f.Files {
		fileName := strings.ToUpper(strings.ReplaceAll(key, " ", ""))
		if b, err := hex.DecodeString(fileName); err != nil || len(b) == 0 || len(b)%2 != 0 {
			return fail(key, "files: %q is not a path of two-byte file names in hex", key)
		}
		content, err := hex.DecodeString(strings.Join(strings.Fields(value), ""))
		if err != nil || len(content) > 32767 {
			return fail(key, "files: the content of %q is not hex, or longer than 32767 bytes", key)
		}
		card.Files[fileName] = content
	}
	if f.ATR != "" {
		atr, err := hex.DecodeString(strings.Join(strings.Fields(f.ATR), ""))
		if err != nil || len(atr) > 33 {
			return fail("atr", "atr is not hex, or longer than 33 bytes")
		}
		card.ATR = atr
	}
	if card.UID, card.Blocks = nil, f.Blocks; f.UID != "" {
		uid, err := hex.DecodeString(strings.Join(strings.Fields(f.UID), ""))
		if err != nil || len(uid) != 4 && len(uid) != 7 && len(uid) != 10 {
			return fail("uid", "uid is not 4, 7 or 10 bytes of hex")
		}
		card.UID = uid
	}
	switch {
	case f.Blocks == 0:
	case f.Blocks < 16 || f.Blocks > 254:
		return fail("blocks", "blocks: from 16 to 254 bytes")
	case f.ATR == "":
		card.CRC = f.CRC
		card.ATR = blocksATR(f.Blocks, f.CRC, f.Speed)
	}
	return card, nil
}

// blocksATR offers T=1 first and only, with its size of blocks, and a checksum.
func blocksATR(size int, crc bool, speed byte) []byte {
	atr := []byte{0x3B, 0x80}
	if speed != 0 {
		atr = []byte{0x3B, 0x90, speed}
	}
	atr = append(atr, 0x81, 0x31, byte(size), 0x45)
	if crc {
		atr[len(atr)-3] = 0x71
		atr = append(atr, 0x01)
	}
	return append(atr, xorAll(atr[1:]))
}

// addPhoto gives a card of the Belgian layout a photograph, of noise, and its hash among the
// signed fields.
func addPhoto(files map[string][]byte, size int) {
	photo := make([]byte, size)
	for i := range photo {
		photo[i] = byte(i*i>>3 ^ i)
	}
	hash := sha1.Sum(photo) // what these cards have
	files[photoFile] = photo
	files[identityFile] = appendTLV(files[identityFile], 17, string(hash[:]))
}

func yamlError(name string, err error) error {
	if ye, ok := errors.AsType[yaml.Error](err); ok && ye.GetToken() != nil {
		p := ye.GetToken().Position
		return fmt.Errorf("%s:%d:%d: %s", name, p.Line, p.Column, ye.GetMessage())
	}
	return fmt.Errorf("%s:1:1: %w", name, err)
}

// position finds where key is written, as line:column; the start if nowhere.
func position(data []byte, key string) string {
	for i, line := range strings.Split(string(data), "\n") {
		trimmed := strings.TrimLeft(line, " \"'")
		if strings.HasPrefix(trimmed, key) && strings.Contains(trimmed[len(key):], ":") {
			return fmt.Sprintf("%d:%d", i+1, len(line)-len(trimmed)+1)
		}
	}
	return "1:1"
}

// identityTags say in which file and under which tag a field is written.
var identityTags = map[string]struct {
	file string
	tag  byte
}{
	"card_number":     {identityFile, 1},
	"national_number": {identityFile, 6},
	"family_name":     {identityFile, 7},
	"given_names":     {identityFile, 8},
	"nationality":     {identityFile, 10},
	"place_of_birth":  {identityFile, 11},
	"date_of_birth":   {identityFile, 12},
	"sex":             {identityFile, 13},
	"street":          {addressFile, 1},
	"postcode":        {addressFile, 2},
	"town":            {addressFile, 3},
}

// cardMonths are months as such cards have them in French.
var cardMonths = [...]string{"JAN", "FEV", "MARS", "AVR", "MAI", "JUIN", "JUIL", "AOUT", "SEPT", "OCT", "NOV", "DEC"}

// Identity makes an identity card. The fields are those of identityTags, such as
// family_name, given_names, date_of_birth (YYYY-MM-DD), street, postcode and
// town; others are left out.
func Identity(name string, fields map[string]string) Card {
	files := map[string][]byte{
		// A version of the layout comes first, as on a real card.
		identityFile: {0x00, 0x01, 0x33},
		addressFile:  {0x00, 0x01, 0x33},
	}
	keys := slices.SortedFunc(maps.Keys(fields), func(a, b string) int {
		return int(identityTags[a].tag) - int(identityTags[b].tag)
	})
	for _, key := range keys {
		t, ok := identityTags[key]
		if !ok {
			continue
		}
		value := fields[key]
		if key == "date_of_birth" {
			if d, err := time.Parse(time.DateOnly, value); err == nil {
				value = fmt.Sprintf("%02d %s %04d", d.Day(), cardMonths[d.Month()-1], d.Year())
			}
		}
		files[t.file] = appendTLV(files[t.file], t.tag, value)
	}
	// Real files are of a fixed size, filled with zeroes.
	files[addressFile] = append(files[addressFile], make([]byte, max(0, 117-len(files[addressFile])))...)
	return Card{ID: name, Name: name, Kind: "identity card", ATR: slices.Clone(identityATR), Files: files}
}

// appendTLV appends tag, length and value; a length of 255 and more goes on in
// further bytes, whose sum it is.
func appendTLV(b []byte, tag byte, value string) []byte {
	b = append(b, tag)
	n := len(value)
	for ; n >= 255; n -= 255 {
		b = append(b, 255)
	}
	b = append(b, byte(n))
	return append(b, value...)
}
