// SPDX-License-Identifier: Apache-2.0

package card

import (
	"math/rand/v2"
	"strings"
	"testing"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
)

// TestUnreadCharacters has a reader put its own sign for every character of many zones, one and
// two at a time. What then comes out is right, or asked, or left out; never wrong.
func TestUnreadCharacters(t *testing.T) {
	const seed = 20
	zones := 60
	if testing.Short() {
		zones = 6
	}
	r := rand.New(rand.NewPCG(seed, 7))
	tried, whole, asked, refused := 0, 0, 0, 0
	for i := range zones {
		zone := emulator.Zone(r, i%3, "")
		m, err := ParseMRZ(zone, mrzNow)
		if err != nil {
			t.Fatal(err)
		}
		want := fieldMap(m.Fields)
		offered := func(m MRZ, name string) bool {
			for _, s := range m.Choices[name] {
				if s.Reveal() == want[name] {
					return true
				}
			}
			return false
		}
		for line := range zone {
			for at := range zone[line] {
				spoilt := append([]string(nil), zone...)
				spoilt[line] = zone[line][:at] + "*" + zone[line][at+1:]
				if r.IntN(4) == 0 { // and another one
					l := r.IntN(len(zone))
					a := r.IntN(len(zone[l]))
					spoilt[l] = spoilt[l][:a] + "?" + spoilt[l][a+1:]
				}
				tried++
				got, err := ParseMRZ(spoilt, mrzNow)
				if err != nil {
					refused++
					continue
				}
				if len(got.Choices) > 0 {
					asked++
				} else if len(got.Fields) == len(want) {
					whole++
				}
				for _, f := range got.Fields {
					if f.Value.Reveal() != want[f.Name] && !offered(got, f.Name) && (!f.Check || f.Name != peripherals.CardNumber) {
						t.Errorf("seed %d, %q: %s is %q, and was %q", seed, spoilt, f.Name, f.Value.Reveal(), want[f.Name])
					}
				}
				for name := range got.Choices {
					if !offered(got, name) {
						t.Errorf("seed %d, %q: of %s the right way is not among those that are asked", seed, spoilt, name)
					}
				}
				got.Wipe()
			}
		}
	}
	t.Logf("fault row 20: seed %d: %d zones with unread characters: %d whole, %d asked, %d refused, 0 wrong", seed, tried, whole, asked, refused)
}

// TestReaderThatReplacesCharacters has the driver take such a zone, with head and foot.
func TestReaderThatReplacesCharacters(t *testing.T) {
	reader, w := runKind(t, "mrz-line", emulator.ReaderOptions{Kind: "mrz", Start: "SOD1\x02", End: "\x03EOD1"}, peripherals.Config{Delimiters: "STX,ETX"})
	zone := "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\rL898902C36UTO7408122F1204159ZE184226B<<<<<10"
	reader.Scan(strings.Replace(zone, "740812", "7*0812", 1))
	w.want("inserted reader.reading", "read card.ok family_name=ERIKSSON given_names=ANNA MARIA date_of_birth=1974-08-12 nationality=UTO card_number=L898902C3", "removed card.gone")
	reader.Scan(strings.Replace(zone, "ANNA", "AN?A", 1)) // no check digit is over a name
	w.want("inserted reader.reading", "read card.ok date_of_birth=1974-08-12 card_number=L898902C3", "removed card.gone")
	reader.Scan(strings.Replace(zone, "L898902C3", "***902C3<", 1))
	w.want("inserted reader.reading", "failed card.unreadable", "removed card.gone")
	reader.Scan(zone[:60]) // a line that is too short
	w.want("inserted reader.reading", "failed card.unreadable", "removed card.gone")
}

// TestAskedNotGuessed reads a zone that adds up in several ways, and wants all of them.
func TestAskedNotGuessed(t *testing.T) {
	reader, w := runKind(t, "mrz-line", emulator.ReaderOptions{Kind: "mrz"}, peripherals.Config{})
	zone := emulator.Zone(rand.New(rand.NewPCG(1, 2)), 2, "150101")
	reader.Scan(strings.Join(zone, "\r") + "\x03")
	w.want("inserted reader.reading")
	e := <-w.events
	for _, f := range e.Fields {
		if f.Name == peripherals.DateOfBirth && (len(f.Choices) != 2 || !f.Value.Empty() || !f.Check) {
			t.Errorf("%d choices", len(f.Choices))
		}
	}
	peripherals.WipeFields(e.Fields)
	for _, f := range e.Fields {
		for _, c := range f.Choices {
			if !c.Empty() {
				t.Error("a choice is not wiped")
			}
		}
	}
}
