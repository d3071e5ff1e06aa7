// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"encoding/json"
	"os"
	"strings"
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

// Every state has an icon, which is one of the set; none is named for a state that is none.
func TestEveryDeviceStateHasAnIcon(t *testing.T) {
	data, err := os.ReadFile("../parts/states.json")
	if err != nil {
		t.Fatal(err)
	}
	var icons map[string]string
	if err := json.Unmarshal(data, &icons); err != nil {
		t.Fatal(err)
	}
	set, err := os.ReadFile("../parts/icons.tsx")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range peripherals.States() {
		icon := icons[string(s)]
		if icon == "" || !strings.Contains(string(set), "\n  "+icon+": {") {
			t.Errorf("%s has no icon of the set: %q", s, icon)
		}
		delete(icons, string(s))
	}
	for s := range icons {
		t.Errorf("%s has an icon and is no state", s)
	}
}
