// SPDX-License-Identifier: Apache-2.0

package card

import (
	"os/exec"
	"testing"
)

func TestBlueprintCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the package once more")
	}
	if out, err := exec.Command("go", "vet", "-tags", "blueprint", ".").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
