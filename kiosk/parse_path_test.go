// SPDX-License-Identifier: Apache-2.0

package kiosk

import "testing"

func TestMatchesPath(t *testing.T) {
	tests := []struct {
		pattern, path string
		want          bool
	}{
		{"/", "/", true},
		{"/", "", false},
		{"/", "/a", false},
		{"/a/b", "/a/b", true},
		{"/a/b", "/a/b/", true},
		{"/a/b/", "/a/b", true},
		{"/a/b", "/a", false},
		{"/a/b", "/a/b/c", false},
		{"/a/b", "/A/b", false},
		{"/a/b", "a/b", false},
		{"/a/b", "//a/b", false},
		{"/a/*/c", "/a/b/c", true},
		{"/a/*/c", "/a//c", false},
		{"/a/*/c", "/a/b/b/c", false},
		{"/a/*", "/a", false},
		{"/a/*", "/a/b", true},
		{"/a/**", "/a", true},
		{"/a/**", "/a/", true},
		{"/a/**", "/a/b/c", true},
		{"/a/**", "/ab", false},
		{"/**", "/", true},
		{"/**", "/x/y", true},
		{"/a%20b", "/a%20b", true},
		{"a", "/a", false},
		{"", "/", false},
		{"/a/**/b", "/a/x/b", false}, // not a pattern
		{"/a?x", "/a?x", false},
	}
	for _, test := range tests {
		if got := (Page{Path: test.pattern}).MatchesPath(test.path); got != test.want {
			t.Errorf("%q and %q: got %v", test.pattern, test.path, got)
		}
	}
}
