// SPDX-License-Identifier: Apache-2.0

package card

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"handrail/peripherals"
)

// The Belgian identity card keeps identity and address in two files that need no
// PIN. Each is a list of tag, length and UTF-8 text. Other offices' cards of the
// same layout work the same way.
var (
	belgianIdentity = []byte{0x3F, 0x00, 0xDF, 0x01, 0x40, 0x31}
	belgianAddress  = []byte{0x3F, 0x00, 0xDF, 0x01, 0x40, 0x33}
	belgianPhoto    = []byte{0x3F, 0x00, 0xDF, 0x01, 0x40, 0x35}
)

// photoHash is the tag, among the signed fields, of the hash of the photograph.
const photoHash = 17

// What is taken from the two files, by tag. The national number (6), the sex (13)
// and all else is never so much as copied.
var (
	identityNames = map[byte]string{
		1: peripherals.CardNumber, 7: peripherals.FamilyName, 8: peripherals.GivenNames,
		10: peripherals.Nationality, 11: peripherals.PlaceOfBirth, 12: peripherals.DateOfBirth,
	}
	addressNames = map[byte]string{1: peripherals.Street, 2: peripherals.Postcode, 3: peripherals.Town}
)

// readBelgian reads both files of a Belgian identity card.
func readBelgian(ctx context.Context, t transceiver) ([]peripherals.Field, error) {
	identity, err := readFile(ctx, t, belgianIdentity)
	if err != nil {
		return nil, err
	}
	defer clear(identity)
	address, err := readFile(ctx, t, belgianAddress)
	if err != nil && !errors.Is(err, errUnknownCard) {
		return nil, err // a card without an address is a card
	}
	defer clear(address)
	if err := samePhoto(ctx, t, identity); err != nil {
		return nil, err
	}
	fields, err := parseTLV(identity, identityNames)
	if err != nil {
		return nil, cardError(fmt.Errorf("identity: %w", err))
	}
	more, err := parseTLV(address, addressNames)
	if err != nil {
		peripherals.WipeFields(fields)
		return nil, cardError(fmt.Errorf("address: %w", err))
	}
	fields = append(fields, more...)
	if len(fields) == 0 {
		return nil, fmt.Errorf("%w: there is nothing on it that may be read", errUnknownCard)
	}
	return fields, nil
}

// samePhoto holds the photograph against the hash of it that the identity file has: so the two
// are of one card, and every byte of a long file came as it is there. The photograph is wiped
// at once. A card whose identity file has no such hash is a card.
func samePhoto(ctx context.Context, t transceiver, identity []byte) error {
	want, err := tagOf(identity, photoHash)
	if err != nil {
		return cardError(fmt.Errorf("identity: %w", err))
	}
	var sum hash.Hash
	switch len(want) {
	case sha1.Size:
		sum = sha1.New()
	case sha256.Size:
		sum = sha256.New()
	case sha512.Size384:
		sum = sha512.New384()
	default:
		return nil
	}
	photo, err := readFile(ctx, t, belgianPhoto)
	if errors.Is(err, errUnknownCard) {
		return fmt.Errorf("%w: it has a hash of a photograph, and no photograph", errBadCard)
	}
	if err != nil {
		return err
	}
	defer clear(photo)
	sum.Write(photo)
	if !bytes.Equal(sum.Sum(nil), want) {
		return fmt.Errorf("%w: its photograph is not the one that was signed", errBadCard)
	}
	return nil
}

// tagOf is the first value of a tag, which is a part of file; nil if there is none.
func tagOf(file []byte, want byte) ([]byte, error) {
	for at := 0; at < len(file); {
		tag, value, next, err := nextTLV(file, at)
		if err != nil || next == 0 || tag == want {
			return value, err
		}
		at = next
	}
	return nil, nil
}

// nextTLV is the value at a place of file, and the place behind it; 0 at the end.
func nextTLV(file []byte, at int) (tag byte, value []byte, next int, err error) {
	tag = file[at]
	at++
	n := 0
	for more := true; more; at++ {
		if at >= len(file) {
			if allZero(file[at-1:]) {
				break // the last byte of the filling
			}
			return 0, nil, 0, errors.New("cut short in a length")
		}
		// 255 means that the length goes on.
		n += int(file[at])
		more = file[at] == 0xFF
	}
	if n > len(file)-at {
		return 0, nil, 0, errors.New("cut short in a value")
	}
	if tag == 0 && n == 0 && allZero(file[at:]) {
		return 0, nil, 0, nil // what follows is filling
	}
	return tag, file[at : at+n], at + n, nil
}

// parseTLV reads a file and gives the fields whose tags are in names, in the order
// of peripherals.FieldNames. A value that makes no sense is left out: to ask the
// person is better than to guess.
func parseTLV(file []byte, names map[byte]string) ([]peripherals.Field, error) {
	found := map[string]peripherals.Secret{}
	wipe := func() {
		for _, s := range found {
			s.Wipe()
		}
	}
	for at := 0; at < len(file); {
		tag, value, next, err := nextTLV(file, at)
		if err != nil {
			wipe()
			return nil, err
		}
		if next == 0 {
			break
		}
		at = next
		name, ok := names[tag]
		if _, twice := found[name]; !ok || twice {
			continue
		}
		if s, ok := cleanValue(name, value); ok {
			found[name] = s
		}
	}
	var fields []peripherals.Field
	for _, name := range peripherals.FieldNames() {
		if s, ok := found[name]; ok {
			fields = append(fields, peripherals.Field{Name: name, Value: s})
		}
	}
	return fields, nil
}

func allZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// cleanValue checks a value, and brings dates into one form.
func cleanValue(name string, value []byte) (peripherals.Secret, bool) {
	text := strings.TrimSpace(string(value))
	if text == "" || len(text) > 200 || !utf8.ValidString(text) {
		return peripherals.Secret{}, false
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return peripherals.Secret{}, false
		}
	}
	if name == peripherals.DateOfBirth {
		iso, ok := belgianDate(text)
		if !ok {
			return peripherals.Secret{}, false
		}
		text = iso
	}
	return peripherals.NewSecret([]byte(text)), true
}

// belgianMonths are the months as cards have them, in Dutch, French and German.
var belgianMonths = map[string]time.Month{
	"JAN": 1, "FEB": 2, "FEV": 2, "FÉV": 2, "MAAR": 3, "MRT": 3, "MARS": 3, "MÄR": 3, "MAR": 3,
	"APR": 4, "AVR": 4, "MEI": 5, "MAI": 5, "JUN": 6, "JUIN": 6, "JUL": 7, "JUIL": 7,
	"AUG": 8, "AOUT": 8, "AOÛT": 8, "SEP": 9, "SEPT": 9, "OKT": 10, "OCT": 10, "NOV": 11,
	"DEC": 12, "DEZ": 12, "DÉC": 12,
}

// belgianDate turns "02 AOUT 1951" or "02.AUG.1951" into 1951-08-02. Cards of
// people whose day of birth is not known have less; those give no date.
func belgianDate(s string) (string, bool) {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == '.' })
	if len(parts) != 3 {
		return "", false
	}
	month, ok := belgianMonths[strings.ToUpper(parts[1])]
	day, err1 := strconv.Atoi(parts[0])
	year, err2 := strconv.Atoi(parts[2])
	if !ok || err1 != nil || err2 != nil || year < 1800 || year > 2200 {
		return "", false
	}
	d := time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	if d.Day() != day || d.Month() != month {
		return "", false // there is no such day
	}
	return d.Format(time.DateOnly), true
}
