// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"errors"
	"strings"
)

// MatchesPath tells whether the path of a URL (as location.pathname has it: no host, no query, no fragment) is one of this
// page's. In the page's pattern * stands for exactly one segment, and a trailing /** for any rest, also none. A slash at the
// end makes no difference. Case does.
func (p Page) MatchesPath(path string) bool {
	if checkPath(p.Path) != nil || !strings.HasPrefix(path, "/") {
		return false
	}
	want, got := segments(p.Path), segments(path)
	for i, segment := range want {
		if segment == "**" {
			return true
		}
		if i >= len(got) || (segment != "*" && segment != got[i]) || got[i] == "" {
			return false
		}
	}
	return len(got) == len(want)
}

// segments splits a path at its slashes. The root has none.
func segments(path string) []string {
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// checkPath says what is wrong with a page's pattern.
func checkPath(pattern string) error {
	switch {
	case !strings.HasPrefix(pattern, "/"):
		return errors.New("the path does not begin with a slash")
	case len(pattern) > 200:
		return errors.New("the path is longer than 200 characters")
	case strings.ContainsAny(pattern, "?#\\"):
		return errors.New("the path has more in it than a path: a ? or # with what follows it, or a backslash")
	case strings.ContainsFunc(pattern, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("the path has a space in it")
	}
	all := segments(pattern)
	for i, segment := range all {
		switch {
		case segment == "":
			return errors.New("the path has two slashes in a row")
		case segment == "." || segment == "..":
			return errors.New("the path has a . or .. between slashes, which no browser shows")
		case segment == "**" && i != len(all)-1:
			return errors.New("** can stand only at the end of a path")
		case segment != "*" && segment != "**" && strings.Contains(segment, "*"):
			return errors.New("* stands for a whole segment, not for a part of one")
		}
	}
	return nil
}
