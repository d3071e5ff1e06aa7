// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checker looks whether a guide makes sense, and remembers at which place it does not.
type checker struct {
	file     string
	places   places
	moved    map[string]moved // of the texts that are in other files
	problems GuideErrors
	langs    []string // the guide's, which are those of its service's name and of its files of texts
	site     []string // the service's
}

func (c *checker) fail(path, fix, format string, args ...any) { c.add(false, path, fix, format, args) }
func (c *checker) warn(path, fix, format string, args ...any) { c.add(true, path, fix, format, args) }

func (c *checker) add(warning bool, path, fix, format string, args []any) {
	file, at := c.file, c.places.of(path)
	if other, ok := c.moved[path]; ok {
		file, at = other.file, other.at
	}
	c.problems = append(c.problems, &GuideError{File: file, Line: at.line, Column: at.column, Warning: warning,
		Message: fmt.Sprintf(format, args...), Fix: fix})
}

// wanted are the languages that every guide has.
var wanted = []string{"ar", "en"}

func (c *checker) guide(g *Guide) {
	if g.Format != 1 {
		c.fail("format", "write format: 1", "the format is %d, and this program reads 1", g.Format)
	}
	c.id("id", g.ID)
	if g.Version < 1 {
		c.fail("version", "begin with 1 and count up with every change", "the version is %d", g.Version)
	}
	if g.Icon != "" {
		c.id("icon", g.Icon)
	}
	c.service(g.Service)
	c.needs(g)

	if len(g.Pages) == 0 {
		c.fail("pages", "describe at least the first page and the confirmation", "the guide has no pages")
	}
	ids, end, start := map[string]bool{}, false, false
	for i, p := range g.Pages {
		at := fmt.Sprintf("pages[%d]", i)
		c.unique(ids, at+".id", p.ID, "page")
		c.page(at, p)
		c.whens(at, p, g.Pages[:i])
		c.hosts(at+".hosts", p.Hosts)
		for j, step := range p.Steps {
			c.hosts(fmt.Sprintf("%s.steps[%d].hosts", at, j), step.Hosts)
		}
		end = end || p.State == "done"
		start = start || p.MatchesPath(g.Service.Start)
		if p.Instead != "" && !slices.ContainsFunc(g.Pages[:i], func(other Page) bool {
			return other.ID == p.Instead && other.State == "" && other.Instead == "" && p.State == ""
		}) {
			c.fail(at+".instead", "name the first of the pages of which only one comes; neither has a state",
				"%q is no ordinary page before page %q", shorten(p.Instead), p.ID)
		}
		for j, other := range g.Pages[:i] {
			if c.alike(p, other) {
				c.fail(at+".path", "give one of them a heading or landmarks that the other lacks",
					"page %q cannot be told from page %q (number %d)", p.ID, other.ID, j+1)
			}
		}
	}
	if !end && len(g.Pages) > 0 {
		c.fail("pages", "add the service's confirmation page with state: done", "no page has the state done, so nobody would be told that they have finished")
	}
	if !start && len(g.Pages) > 0 && strings.HasPrefix(g.Service.Start, "/") {
		c.fail("service.start", "let start be the path of the first page", "no page has the path %s", shorten(g.Service.Start))
	}
	c.explanations("errors", g.Errors)
	c.receipt(g.Receipt)
}

func (c *checker) service(s Service) {
	for lang := range s.Name {
		if !slices.Contains(c.langs, lang) {
			c.langs = append(c.langs, lang)
		}
	}
	for _, lang := range wanted {
		if !slices.Contains(c.langs, lang) {
			c.langs = append(c.langs, lang)
		}
	}
	slices.Sort(c.langs)
	c.text("service.name", s.Name, titleLength, "the service's name")
	for i, lang := range s.Languages {
		if at := fmt.Sprintf("service.languages[%d]", i); c.language(at, lang) && slices.Contains(c.site, lang) {
			c.fail(at, "take one out", "%s is here a second time", lang)
		}
		c.site = append(c.site, lang)
	}
	if len(s.Languages) == 0 {
		c.fail("service.languages", "list the languages that the service's own pages have, such as [en]", "the service has no languages")
		return
	}
	c.siteText("service.term", s.Term, "the office's word for the service")
	if len(s.Term) == 0 {
		c.fail("service.term", "write what the office calls it, in each of service.languages", "the office's word for the service is missing")
	}
	c.origin(s.Origin)
	if err := checkPath(s.Start); err != nil || strings.Contains(s.Start, "*") {
		c.fail("service.start", "write the path of the first page, such as /apply/start", "start is not a path")
	}
	c.hosts("service.hosts", s.Hosts)
	if s.Licence == "" {
		c.fail("service.licence", "name the licence of this guide's texts, such as CC-BY-4.0", "the licence is missing")
	}
	if _, err := time.Parse(time.DateOnly, s.Checked); err != nil {
		c.fail("service.checked", "write the day on which the guide was last walked, such as 2026-03-31", "%q is not a day", shorten(s.Checked))
	}
}

// hosts checks a list of host:port.
func (c *checker) hosts(at string, hosts []string) {
	for i, host := range hosts {
		name, port, err := net.SplitHostPort(host)
		number, _ := strconv.Atoi(port)
		if err != nil || number < 1 || number > 65535 || !hostName(name) {
			c.fail(fmt.Sprintf("%s[%d]", at, i), "write host:port, such as fonts.example.org:443", "%q is not a host with its port", shorten(host))
		}
	}
}

func (c *checker) origin(origin string) {
	u, err := url.Parse(origin)
	switch {
	case err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || !hostName(u.Hostname()),
		u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery || strings.HasSuffix(origin, "#"):
		c.fail("service.origin", "write only scheme and host, such as https://www.example.org", "%q is not an origin", shorten(origin))
	case u.Scheme == "http" && !loopback(u.Hostname()):
		c.fail("service.origin", "write https", "the origin %s is not encrypted", shorten(origin))
	}
}

// hostName tells whether a name could be a host's: letters, digits, dashes and dots, or an address.
func hostName(name string) bool {
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || strings.ContainsFunc(label, func(r rune) bool { return !wordRune(r) && r != '-' && (r < 'A' || r > 'Z') }) {
			return false
		}
	}
	return len(name) <= 253
}

func loopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || (err == nil && addr.IsLoopback())
}

// pageStates are what a page can be besides an ordinary one.
var pageStates = []string{"", "done", "expired", "down", "cookies", "download", "login", "eid", "captcha", "payment", "declaration"}

func (c *checker) page(at string, p Page) {
	c.text(at+".title", p.Title, pageTitleLength, "the page's title")
	if err := checkPath(p.Path); err != nil {
		c.fail(at+".path", "write it as the browser shows it after the host, such as /apply/name", "%v", err)
	}
	c.siteText(at+".heading", p.Heading, "the heading")
	for i := range p.Landmarks {
		c.target(fmt.Sprintf("%s.landmarks[%d]", at, i), &p.Landmarks[i])
	}
	if !slices.Contains(pageStates, p.State) {
		c.fail(at+".state", "known: "+strings.Join(pageStates[1:], ", ")+"; leave it out for an ordinary page", "unknown state %q", shorten(p.State))
	}
	if len(p.Heading) == 0 && len(p.Landmarks) == 0 {
		c.warn(at, "add the page's heading, or a landmark", "page %q is known by its path alone", p.ID)
	}
	if p.State == "" && len(p.Steps) == 0 {
		c.fail(at, "say what to do on it", "page %q has no steps", p.ID)
	}
	ids, leaves := map[string]bool{}, false
	for i, s := range p.Steps {
		inner := fmt.Sprintf("%s.steps[%d]", at, i)
		c.unique(ids, inner+".id", s.ID, "step")
		c.step(inner, s)
		leaves = leaves || s.Done == DonePage
		if handsOff(p.State) && s.Kind != Read && s.Kind != Secret && s.Kind != Declare && s.Kind != Wait {
			c.fail(inner+".kind", "use read, secret, declare or wait", "on a page with the state %s nothing is filled or pressed by us", p.State)
		}
	}
	if p.State == "" && len(p.Steps) > 0 && !leaves {
		c.warn(at, "add the step that presses its button, with done: page", "no step of page %q leads on", p.ID)
	}
}

// handsOff tells whether a page in this state is the citizen's alone.
func handsOff(state string) bool {
	return state == "login" || state == "eid" || state == "captcha" || state == "payment" || state == "declaration"
}

// alike tells whether nothing would distinguish two pages.
func (c *checker) alike(a, b Page) bool {
	if a.Path != b.Path || len(a.Landmarks) > 0 || len(b.Landmarks) > 0 {
		return false
	}
	for _, lang := range c.site {
		if NormaliseWords(a.Heading[lang]) != NormaliseWords(b.Heading[lang]) {
			return false
		}
	}
	return true
}

func (c *checker) receipt(r ReceiptWords) {
	c.text("receipt.title", r.Title, titleLength, "the receipt's title")
	lines := func(name, what string, list []Text, needed bool) {
		if needed && len(list) == 0 {
			c.fail("receipt."+name, "write at least one line", "the receipt does not say %s", what)
		}
		for i, line := range list {
			c.text(fmt.Sprintf("receipt.%s[%d]", name, i), line, receiptLength, "this line of the receipt")
		}
	}
	lines("done", "what was done", r.Done, true)
	lines("next", "what happens next", r.Next, true)
	lines("bring", "what to bring", r.Bring, false)
	for i, m := range r.Words {
		at := fmt.Sprintf("receipt.words[%d]", i)
		c.line(at+".word", m.Word, "the word")
		c.text(at+".means", m.Means, receiptLength, "the meaning")
	}
}

// id wants lower-case words joined by dashes.
func (c *checker) id(path, id string) {
	for word := range strings.SplitSeq(id, "-") {
		if word == "" || len(id) > 60 || strings.ContainsFunc(word, func(r rune) bool { return !wordRune(r) }) {
			c.fail(path, "use lower-case words of a to z and 0 to 9, joined by dashes", "%q is not a name", shorten(id))
			return
		}
	}
}

func wordRune(r rune) bool { return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' }

func (c *checker) unique(seen map[string]bool, path, id, what string) {
	c.id(path, id)
	if seen[id] && id != "" {
		c.fail(path, "give each its own", "there is another %s %q before", what, id)
	}
	seen[id] = true
}
