// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"testing"

	"handrail/peripherals"
)

// Every state that a device may be in has plain words in every language of the screens.
func TestEveryDeviceStateHasWords(t *testing.T) {
	c := load(t)
	if n := len(peripherals.States()); n > peripherals.MaxStates || n == 0 {
		t.Fatalf("%d states", n)
	}
	for _, lang := range c.Languages() {
		for _, s := range peripherals.States() {
			if c.words[lang]["state."+string(s)] == "" {
				t.Errorf("%s: no words for %s", lang, s)
			}
		}
	}
}
