// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// profile is what one model of printer can do. Profiles are data: a new model is
// a new file in profiles/.
type profile struct {
	Name string `yaml:"name"`
	// Dots is the printable width.
	Dots int `yaml:"dots"`
	// Baud is the speed of the line; it is also how fast bytes are sent.
	Baud int `yaml:"baud"`
	// Buffer is how many bytes the printer holds before it drops some.
	Buffer int `yaml:"buffer"`
	// Status says that the printer answers DLE EOT and GS r.
	Status bool `yaml:"status"`
	// Cut is the m of GS V m n, and Feed the n: dots from head to knife.
	Cut  byte `yaml:"cut"`
	Feed byte `yaml:"feed"`
	// ModelID says that it answers GS I 1 with a byte from 0x20 to 0x6F, which no other
	// answer looks like.
	ModelID bool `yaml:"model_id"`
	// Names says that it gives its name and number (GS I 67 and 68), by which another
	// printer in its place is told from it.
	Names bool `yaml:"names"`
	// ASB says that it tells by itself when something changes (GS a).
	ASB bool `yaml:"asb"`
	// Mouth is the n of DLE EOT n by which a presenter says whether it holds paper out, in
	// the bit 0x04; 0 without a presenter. Retract takes that paper back.
	Mouth   byte   `yaml:"mouth"`
	Retract []byte `yaml:"retract"`
	// QR says that it draws QR codes itself (GS ( k).
	QR bool `yaml:"qr"`
	// Glyphs says that it takes letters of our own (ESC &).
	Glyphs bool `yaml:"glyphs"`
	// Present is what is sent after the cut, for a presenter that holds the paper
	// out until somebody takes it.
	Present []byte `yaml:"present"`
	// CodePages are the tables it has, in the order in which they are tried.
	CodePages []codePage `yaml:"code_pages"`
}

// codePage is a table of letters, and its number in ESC t.
type codePage struct {
	Number byte   `yaml:"number"`
	Table  string `yaml:"table"`
}

//go:embed profiles/*.yaml
var profileFiles embed.FS

// Profiles lists the profiles that there are.
func Profiles() []string {
	names, err := fs.Glob(profileFiles, "profiles/*.yaml")
	if err != nil {
		panic(err)
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(path.Base(name), ".yaml")
	}
	slices.Sort(names)
	return names
}

// loadProfile finds a profile by name; "" is the first that most printers of that
// kind understand, generic-80.
func loadProfile(name string) (profile, error) {
	if name == "" {
		name = "generic-80"
	}
	if !slices.Contains(Profiles(), name) {
		return profile{}, fmt.Errorf("printer: no profile called %q; there is %s", name, strings.Join(Profiles(), ", "))
	}
	data, err := profileFiles.ReadFile("profiles/" + name + ".yaml")
	if err != nil {
		return profile{}, fmt.Errorf("printer profile %s: %w", name, err)
	}
	var p profile
	if err := yaml.UnmarshalWithOptions(data, &p, yaml.Strict()); err != nil {
		return profile{}, fmt.Errorf("printer profile %s: %w", name, err)
	}
	if err := p.check(); err != nil {
		return profile{}, fmt.Errorf("printer profile %s: %w", name, err)
	}
	return p, nil
}

func (p profile) check() error {
	if p.Dots < 200 || p.Dots > 2000 || p.Dots%8 != 0 {
		return fmt.Errorf("%d dots: want a multiple of 8 from 200 to 2000", p.Dots)
	}
	if p.Baud < 1200 || p.Buffer < 64 {
		return fmt.Errorf("baud %d and buffer %d: want at least 1200 and 64", p.Baud, p.Buffer)
	}
	if len(p.CodePages) == 0 {
		return fmt.Errorf("no code pages")
	}
	seen := map[byte]bool{}
	for _, cp := range p.CodePages {
		if tables[cp.Table] == nil {
			return fmt.Errorf("no table called %q", cp.Table)
		}
		if seen[cp.Number] {
			return fmt.Errorf("two code pages of number %d", cp.Number)
		}
		seen[cp.Number] = true
	}
	return p.checkPresent()
}

// checkPresent refuses what has nothing to do with presenting paper.
func (p profile) checkPresent() error {
	for _, b := range [][]byte{p.Present, p.Retract} {
		if len(b) > 0 && (len(b) > 8 || len(b) < 3 || b[0] != gs || b[1] != 'e') {
			return fmt.Errorf("present and retract % x: want one GS e", b)
		}
	}
	if p.Mouth > 8 {
		return fmt.Errorf("mouth %d: want the n of a DLE EOT n", p.Mouth)
	}
	return nil
}
