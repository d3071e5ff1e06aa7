// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"regexp"
	"strings"
)

// mostRoots is how many shadow roots or frames may lie round a target.
const mostRoots = 8

// wayByTags is the part of XPath that a fingerprint may have: steps from child to child by tag and number, from the
// document or from an element with an id. It can be followed in a time that grows with the page's width and no more.
var wayByTags = regexp.MustCompile(`^(//\*\[@id=("[^"\\<>]{1,80}"|'[^'\\<>]{1,80}')\])?(/[a-z][a-z0-9-]*(\[[1-9][0-9]{0,4}\])?)*$`)

// plainXPath tells whether a text is such a way.
func plainXPath(s string) bool { return s != "" && len(s) <= lineLength && wayByTags.MatchString(s) }

// plainTag tells whether a text is the name of an element in lower case.
func plainTag(s string) bool {
	return s != "" && len(s) <= 60 && s[0] >= 'a' && s[0] <= 'z' && !strings.ContainsFunc(s, func(r rune) bool { return !wordRune(r) && r != '-' })
}
