// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"strings"
	"testing"
	"time"

	"github.com/jezek/xgb/randr"
)

// What a display refuses in an extension's own words is an error, and nobody waits for it.
func TestErrorOfAnExtension(t *testing.T) {
	d := startDisplay(t)
	x, err := dial(d.Name(), d.Authority())
	if err != nil {
		t.Fatal(err)
	}
	defer closeConn(x)
	if err := extend(x, "HANDRAIL"); err == nil || !strings.Contains(err.Error(), "no HANDRAIL extension") {
		t.Errorf("an extension that there is not: %v", err)
	}
	if err := extend(x, "RANDR"); err != nil {
		t.Fatal(err)
	}
	refused := make(chan error, 1)
	go func() {
		_, err := randr.GetCrtcInfo(x, 0x7fffffff, 0).Reply()
		refused <- err
	}()
	select {
	case err := <-refused:
		if _, ok := err.(extensionError); !ok {
			t.Errorf("a screen that there is not: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the display's refusal was not heard")
	}
}
