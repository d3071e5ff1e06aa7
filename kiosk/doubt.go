// SPDX-License-Identifier: Apache-2.0

package kiosk

// Not every value is read for certain: an eye of camera takes a 0 for an O. Then the person is asked, and nobody guesses.

// MostChoices is how many ways to read a value a person is asked about; with more of them they write it themselves.
const MostChoices = 3

// Doubt keeps the ways in which a value may be read. It has no value until one of them is chosen.
func (f *Fields) Doubt(name string, choices []Private) {
	if !CardField(name) || len(choices) < 2 || len(choices) > MostChoices {
		return
	}
	if f.doubts == nil {
		f.doubts = map[string][]Private{}
	}
	f.doubts[name] = choices
}

// Choices are the ways in which a value may be read; none of one that is certain.
func (f Fields) Choices(name string) []Private { return f.doubts[name] }

// Choose says which of the ways it is, counted from 0; false if there is no such way.
func (f *Fields) Choose(name string, n int) bool {
	choices := f.doubts[name]
	if n < 0 || n >= len(choices) {
		return false
	}
	f.Set(name, choices[n])
	return true
}

// LookAt says that nothing on the card proves a value right, so that the person looks at it closely.
func (f *Fields) LookAt(name string) {
	if f.look == nil {
		f.look = map[string]bool{}
	}
	f.look[name] = true
}

// Unproven tells whether a person is to look at a value closely.
func (f Fields) Unproven(name string) bool { return f.look[name] }

func (f *Fields) wipeDoubts() {
	for _, choices := range f.doubts {
		for _, c := range choices {
			c.wipe()
		}
	}
	f.doubts, f.look = nil, nil
}
