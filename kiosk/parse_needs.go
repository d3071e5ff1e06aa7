// SPDX-License-Identifier: Apache-2.0

package kiosk

import "fmt"

// mostNeeds is how many lines fit the screen of what is needed.
const mostNeeds = 5

// needs checks the list of what to have at hand.
func (c *checker) needs(g *Guide) {
	if g.Minutes < 0 || g.Minutes > 240 {
		c.fail("minutes", "write about how many minutes the service takes", "%d is no number of minutes", g.Minutes)
	}
	if len(g.Needs) > mostNeeds {
		c.fail("needs", "keep what a person has to fetch, and leave out what they have anyway", "%d things are needed, and %d fit the screen", len(g.Needs), mostNeeds)
	}
	ids := map[string]bool{}
	for i, n := range g.Needs {
		at := fmt.Sprintf("needs[%d]", i)
		c.unique(ids, at+".id", n.ID, "need")
		if n.Icon != "" {
			c.id(at+".icon", n.Icon)
		}
		c.text(at+".title", n.Title, needLength, "what is needed")
		c.text(at+".gloss", n.Gloss, glossLength, "the line about it")
		c.text(at+".without", n.Without, missingLength, "what to do without it")
	}
}
