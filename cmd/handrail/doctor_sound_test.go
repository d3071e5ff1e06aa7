// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSoundNotes(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ add, says string }{{"controlC0", "nothing aloud"}, {"pcmC0D0p", "no microphone"}, {"pcmC0D0c", ""}} {
		if err := os.WriteFile(filepath.Join(dir, c.add), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		says := strings.Join(soundNotes(dir), " ")
		if !strings.Contains(says, c.says) || (c.says == "") != (says == "") {
			t.Errorf("with %s: %q", c.add, says)
		}
	}
}
