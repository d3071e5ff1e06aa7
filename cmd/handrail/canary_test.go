// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"
	"time"

	"handrail/kiosk/browser"
)

// A person's words stand in every place that a page has, and everything moves. Nothing of them is in what a helper opens.
func TestNoCanaryReachesTheHelper(t *testing.T) {
	if testing.Short() || !browser.ScriptBuilt() {
		t.Skip("a real page in a real browser")
	}
	v, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	got, err := huntCanaries(t.Context(), v, 2*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Leaks) > 0 {
		t.Errorf("the helper can tell: %v", got.Leaks)
	}
	if got.Canaries < 60 || got.Messages < 10 || got.Public < 20 {
		t.Errorf("too little was tried: %d canaries, %d messages, %d public texts", got.Canaries, got.Messages, got.Public)
	}
	for words, seen := range got.Frames {
		if !seen {
			t.Errorf("%q did not reach the helper: not all of the page was looked at", words)
		}
	}
	t.Logf("%d canaries, %d messages, %d public texts", got.Canaries, got.Messages, got.Public)
}

// The search itself finds what is there, also in pieces and coded.
func TestCanariesCanBeFound(t *testing.T) {
	canary := canaryOf("eve", "typed")
	if canary == canaryOf("ada", "typed") || len(canary) < 16 {
		t.Fatalf("%q is no canary", canary)
	}
	for _, text := range []string{"x" + canary + "y", `{"text":"` + canary + `"}`} {
		if !containsCanary(text, canary) {
			t.Errorf("not found in %q", text)
		}
	}
	if containsCanary("You typed something", canary) {
		t.Error("found where it is not")
	}
}
