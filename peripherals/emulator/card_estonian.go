// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"slices"
	"time"
)

// withLayout makes a card of the office that is asked for; the Belgian one if none.
func withLayout(layout, name string, fields map[string]string) (Card, bool) {
	switch layout {
	case "", "belgian":
		return Identity(name, fields), true
	case "estonian-2002":
		return estonian2002(name, fields), true
	case "estonian-2018":
		return estonian2018(name, fields), true
	}
	return Card{}, false
}

// estonianBirth is a day as such cards have it.
func estonianBirth(iso, between string) string {
	d, err := time.Parse(time.DateOnly, iso)
	if err != nil {
		return iso
	}
	return d.Format("02" + between + "01" + between + "2006")
}

// estonian2002 is a card of the first generation: sixteen records, in
// Windows-1252.
func estonian2002(name string, f map[string]string) Card {
	values := []string{f["family_name"], f["given_names"], "", f["sex"], f["nationality"], estonianBirth(f["date_of_birth"], "."),
		f["national_number"], f["card_number"], "01.01.2030", f["place_of_birth"], "01.01.2010", "", "", "", "", ""}
	var records [][]byte
	for _, v := range values {
		var b []byte
		for _, r := range v {
			if r > 0xFF {
				r = '?' // such a card has no place for it
			}
			b = append(b, byte(r))
		}
		if len(b) == 0 {
			b = []byte{' '}
		}
		records = append(records, b)
	}
	return Card{ID: name, Name: name, Kind: "identity card", ATR: slices.Clone(identityATR), Files: map[string][]byte{},
		Records: map[string][][]byte{"3F00EEEE5044": records}}
}

// estonian2018 is a card of the second: a file for each, in UTF-8, behind the
// application's own name.
func estonian2018(name string, f map[string]string) Card {
	files := map[string][]byte{}
	for file, v := range map[string]string{
		"3F0050005001": f["family_name"], "3F0050005002": f["given_names"], "3F0050005003": f["sex"], "3F0050005004": f["nationality"],
		"3F0050005005": estonianBirth(f["date_of_birth"], " ") + " " + f["place_of_birth"],
		"3F0050005006": f["national_number"], "3F0050005007": f["card_number"], "3F0050005008": "01 01 2030",
	} {
		files[file] = []byte(v)
	}
	return Card{ID: name, Name: name, Kind: "identity card", ATR: slices.Clone(identityATR), Files: files,
		Apps: map[string]string{"A000000077010800070000FE00000100": "3F00"}}
}
