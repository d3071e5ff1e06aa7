// SPDX-License-Identifier: Apache-2.0

package guides

import (
	"testing"

	"handrail/kiosk"
)

func TestAll(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("no guides are built in")
	}
	for _, g := range all {
		if len(g.Words) == 0 {
			t.Errorf("%s: no word of its pages is public", g.ID)
		}
		_, problems, err := kiosk.LintGuide(FS(), g.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range problems {
			t.Error(p) // a built-in guide has not even warnings
		}
	}
}

func TestLoadNothing(t *testing.T) {
	for _, id := range []string{"", ".", "..", "../guides", "no-such-guide", "/etc", "defra-forms/guide.yaml"} {
		if g, err := Load(id); g != nil || err == nil {
			t.Errorf("%q: %v", id, g)
		}
	}
}
