// SPDX-License-Identifier: Apache-2.0

package peripherals

import "slices"

// Field is one thing that a card says about its holder.
type Field struct {
	// Name is one of FieldNames.
	Name string
	// Value is as on the card, except dates, which are YYYY-MM-DD.
	Value Secret
	// Check says that nothing on the card proves the value right, such as a
	// name that was read by eye of camera: the person looks at it before it is
	// used. Values from a chip need no check.
	Check bool
	// Choices are the ways in which it may be read, if there is more than one: the
	// person is asked which is right. Then there is no Value.
	Choices []Secret
}

// The names that a field may have. What is not on this list never leaves a
// driver: national numbers, photographs, sex and signatures stay on the card.
const (
	FamilyName   = "family_name"
	GivenNames   = "given_names"
	DateOfBirth  = "date_of_birth"
	PlaceOfBirth = "place_of_birth"
	Nationality  = "nationality"
	CardNumber   = "card_number"
	Street       = "street"
	Postcode     = "postcode"
	Town         = "town"
)

var fieldNames = []string{
	FamilyName, GivenNames, DateOfBirth, PlaceOfBirth, Nationality,
	CardNumber, Street, Postcode, Town,
}

// FieldNames lists the names that a field may have, in the order in which they
// are offered.
func FieldNames() []string { return slices.Clone(fieldNames) }

// AllowedField reports whether name may leave a driver.
func AllowedField(name string) bool { return slices.Contains(fieldNames, name) }

// WipeFields wipes every value.
func WipeFields(fields []Field) {
	for _, f := range fields {
		f.Value.Wipe()
		for _, c := range f.Choices {
			c.Wipe()
		}
	}
}
