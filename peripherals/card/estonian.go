// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/encoding/charmap"

	"handrail/peripherals"
)

// Estonian identity cards keep the personal data of their holder in files that need
// no PIN. Those issued until 2018 have one file of records, in Windows-1252; those
// since then have a file for each, in UTF-8, behind an application of their own.
var (
	estonianFolder  = []byte{0xEE, 0xEE}
	estonianRecords = []byte{0x50, 0x44}
	estonianAID     = []byte{0xA0, 0x00, 0x00, 0x00, 0x77, 0x01, 0x08, 0x00, 0x07, 0x00, 0x00, 0xFE, 0x00, 0x00, 0x01, 0x00}
)

// What is taken, by record number or by the last byte of the file's name. The sex,
// the personal code and all else is never asked for.
var (
	estonian2002 = []numbered{{1, peripherals.FamilyName}, {2, peripherals.GivenNames}, {3, peripherals.GivenNames},
		{5, peripherals.Nationality}, {6, peripherals.DateOfBirth}, {8, peripherals.CardNumber}, {10, peripherals.PlaceOfBirth}}
	estonian2018 = []numbered{{1, peripherals.FamilyName}, {2, peripherals.GivenNames},
		{4, peripherals.Nationality}, {5, peripherals.DateOfBirth}, {7, peripherals.CardNumber}}
)

type numbered struct {
	n    byte
	name string
}

// selectFile is SELECT with no answer wanted but its status.
func selectFile(ctx context.Context, t transceiver, p1 byte, name []byte) error {
	_, sw, err := command(ctx, t, append([]byte{0x00, 0xA4, p1, 0x0C, byte(len(name))}, name...))
	if err != nil {
		return err
	}
	if sw != swOK {
		return sw.err("select")
	}
	return nil
}

// readEstonian2002 reads a card of the first generation.
func readEstonian2002(ctx context.Context, t transceiver) ([]peripherals.Field, error) {
	for _, s := range []struct {
		p1   byte
		name []byte
	}{{0x00, nil}, {0x01, estonianFolder}, {0x02, estonianRecords}} {
		if s.name == nil {
			s.name = []byte{0x3F, 0x00}
		}
		if err := selectFile(ctx, t, s.p1, s.name); err != nil {
			return nil, err
		}
	}
	return readNumbered(estonian2002, func(n byte) ([]byte, error) {
		body, sw, err := command(ctx, t, []byte{0x00, 0xB2, n, 0x04, 0x00})
		if err == nil && sw != swOK {
			err = fmt.Errorf("%w: record %d: %04x", errBadCard, n, uint16(sw))
		}
		return body, err
	}, func(b []byte) string {
		text, _ := charmap.Windows1252.NewDecoder().Bytes(b)
		defer clear(text)
		return string(text)
	})
}

// readEstonian2018 reads a card of the second.
func readEstonian2018(ctx context.Context, t transceiver) ([]peripherals.Field, error) {
	if err := selectFile(ctx, t, 0x04, estonianAID); err != nil {
		return nil, err
	}
	return readNumbered(estonian2018, func(n byte) ([]byte, error) {
		return readFile(ctx, t, []byte{0x3F, 0x00, 0x50, 0x00, 0x50, n})
	}, func(b []byte) string { return string(b) })
}

// readNumbered reads all that is wanted, or nothing.
func readNumbered(want []numbered, read func(n byte) ([]byte, error), decode func([]byte) string) ([]peripherals.Field, error) {
	texts := map[string]string{}
	for _, w := range want {
		b, err := read(w.n)
		if err != nil {
			clear(b)
			return nil, err
		}
		text := strings.TrimSpace(strings.TrimRight(decode(b), "\x00"))
		clear(b)
		if w.name == peripherals.GivenNames && texts[w.name] != "" {
			text = strings.TrimSpace(texts[w.name] + " " + text) // the second line of them
		}
		texts[w.name] = text
	}
	return estonianFields(texts)
}

// estonianFields brings what was read into its form.
func estonianFields(texts map[string]string) ([]peripherals.Field, error) {
	birth := texts[peripherals.DateOfBirth]
	delete(texts, peripherals.DateOfBirth)
	iso, place, ok := estonianDate(birth)
	if ok {
		texts[peripherals.DateOfBirth] = iso
	}
	if texts[peripherals.PlaceOfBirth] == "" && place != "" {
		texts[peripherals.PlaceOfBirth] = place
	}
	found := map[string]peripherals.Secret{}
	for name, text := range texts {
		if name == peripherals.DateOfBirth {
			found[name] = peripherals.NewSecret([]byte(text))
		} else if s, ok := cleanValue(name, []byte(text)); ok {
			found[name] = s
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%w: there is nothing on it that may be read", errUnknownCard)
	}
	return orderFields(found, false), nil
}

// estonianDate takes "02.08.1951", or "02 08 1951 EST" with a place behind it.
func estonianDate(s string) (iso, place string, ok bool) {
	if len(s) < 10 {
		return "", "", false
	}
	d, err := time.Parse("02.01.2006", strings.ReplaceAll(s[:10], " ", "."))
	if err != nil || d.Year() < 1800 {
		return "", "", false
	}
	return d.Format(time.DateOnly), strings.TrimSpace(s[10:]), true
}
