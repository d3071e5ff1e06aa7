// SPDX-License-Identifier: Apache-2.0

package guides

import "testing"

// TestComponentsErrors makes every mistake that the page with every kind of field can answer.
func TestComponentsErrors(t *testing.T) {
	g, err := Load("defra-components")
	if err != nil {
		t.Fatal(err)
	}
	explainsErrors(t, g, service(t, ""))
}

// TestBasicErrors does the same on the form of another maker.
func TestBasicErrors(t *testing.T) {
	g, err := Load("hmpo-basic")
	if err != nil {
		t.Fatal(err)
	}
	explainsErrors(t, g, service(t, "hmpo"))
}
