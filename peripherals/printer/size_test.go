// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"errors"
	"testing"
)

func TestSizes(t *testing.T) {
	for _, name := range Profiles() {
		p, err := loadProfile(name)
		if err != nil {
			t.Fatal(err)
		}
		pg, err := layOut(p, receipt(), newTypeset(fontFolders))
		if err != nil {
			t.Fatal(err)
		}
		arPage, err := layOut(p, arabicReceipt(), newTypeset(fontFolders))
		if errors.Is(err, errNoFont) {
			t.Skip("no Arabic type face on this machine")
		}
		if err != nil {
			t.Fatal(err)
		}
		// Short enough for a person to wait: at 115200 baud, 1.5 and 2.5 seconds.
		en, ar := len(encode(p, pg).bytes), len(encode(p, arPage).bytes)
		t.Logf("%s: en %d bytes, ar %d bytes", name, en, ar)
		if en > 17500 || ar > 29500 {
			t.Errorf("%s: en %d bytes, ar %d bytes", name, en, ar)
		}
	}
}
