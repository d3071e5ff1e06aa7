// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"slices"
)

// maxTimeout is the longest that a step may be waited for, seconds.
const maxTimeout = 600

// pace checks what a step waits for, and for how long.
func (c *checker) pace(at string, s Step) {
	switch {
	case s.Done == DoneAppears && s.Appears == nil:
		c.fail(at, "add appears: with the role and name of what comes", "step %q is done when something appears, and does not say what", s.ID)
	case s.Done != DoneAppears && s.Appears != nil:
		c.fail(at+".appears", "write done: appears, or take it out", "step %q is not done by what appears", s.ID)
	case s.Appears != nil:
		c.target(at+".appears", s.Appears)
	}
	thens := []Then{ThenHelp, ThenSkip, ThenReload}
	switch {
	case s.Timeout < 0 || s.Timeout > maxTimeout:
		c.fail(at+".timeout", fmt.Sprintf("write seconds, up to %d", maxTimeout), "%d is no time to wait", s.Timeout)
	case s.Timeout > 0 && !slices.Contains(thens, s.Then):
		c.fail(at+".timeout", "add then: "+orList(thens), "step %q does not say what follows when it takes too long", s.ID)
	case s.Timeout == 0 && s.Then != "":
		c.fail(at+".then", "add timeout: with the seconds to wait", "step %q does not say how long it may take", s.ID)
	case s.Timeout == 0 && s.Kind == Wait && s.Done != DonePerson:
		c.fail(at, "add timeout: and then:", "step %q could wait for ever", s.ID)
	case s.Then == ThenSkip && (s.Kind == Declare || s.Kind == Secret):
		c.fail(at+".then", "use help", "a step of the kind %s is not passed over", s.Kind)
	}
}

// whens checks on what the steps of a page depend.
func (c *checker) whens(at string, p Page, earlier []Page) {
	for i, s := range p.Steps {
		w := s.When
		if w == nil {
			continue
		}
		inner := fmt.Sprintf("%s.steps[%d].when", at, i)
		if (w.Step == "") == (w.Page == "") || (w.Step == "") != (w.Option == "") {
			c.fail(inner, "write step: and option:, or page:", "it depends on one choice, or on one page")
			continue
		}
		if w.Page != "" && w.Page != p.ID && !slices.ContainsFunc(earlier, func(other Page) bool { return other.ID == w.Page }) {
			c.fail(inner+".page", "name a page that stands before this one", "there is no page %q before page %q", shorten(w.Page), p.ID)
		}
		if w.Step != "" && !slices.ContainsFunc(p.Steps[:i], func(other Step) bool { return other.ID == w.Step && other.Kind == Choose }) {
			c.fail(inner+".step", "name a step of the kind choose that stands before this one on its page", "no choice is made in a step %q before step %q", shorten(w.Step), s.ID)
		}
		if w.Option != "" {
			c.line(inner+".option", w.Option, "the option")
		}
	}
}
