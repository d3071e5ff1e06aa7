// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// kindRule is what goes with a kind of step.
type kindRule struct {
	done  []Done
	roles []string
	asks  bool // it wants something of the person, who may ask why, and may not have it
	tried bool // an invented person can answer it
}

var kindRules = map[Kind]kindRule{
	Read:     {done: []Done{DonePerson}},
	FillIn:   {done: []Done{DoneValid, DonePerson}, roles: []string{"textbox", "searchbox", "spinbutton", "combobox", "slider"}, asks: true, tried: true},
	Choose:   {done: []Done{DoneChecked, DoneValid, DonePerson}, roles: []string{"radiogroup", "group", "radio", "checkbox", "switch", "combobox", "listbox"}, asks: true, tried: true},
	Press:    {done: []Done{DonePage, DoneAppears, DonePerson}, roles: []string{"button", "link", "tab", "menuitem"}},
	Upload:   {done: []Done{DoneValid, DoneAppears, DonePage, DonePerson}, roles: []string{"file", "button", "group"}, asks: true},
	Wait:     {done: []Done{DoneAppears, DonePage, DoneQuiet, DonePerson}},
	PrintOut: {done: []Done{DonePerson, DonePage, DoneAppears}, roles: []string{"button", "link"}},
	Declare:  {done: []Done{DonePage, DoneChecked, DonePerson}, roles: []string{"button", "link", "checkbox", "radiogroup", "radio"}, asks: true},
	Secret:   {done: []Done{DoneValid, DonePage, DonePerson}, roles: []string{"textbox"}, asks: true},
}

// targetRoles are the roles by which an element can be known. radiogroup is a whole group of choices.
var targetRoles = []string{"alert", "button", "checkbox", "combobox", "dialog", "file", "form", "group", "heading", "img", "link", "list", "listbox", "main",
	"menuitem", "navigation", "option", "progressbar", "radio", "radiogroup", "region", "searchbox", "slider", "spinbutton", "status", "switch", "tab", "table", "textbox"}

func (c *checker) step(at string, s Step) {
	rule, ok := kindRules[s.Kind]
	if !ok {
		c.fail(at+".kind", "known: read, fill, choose, press, upload, wait, print, declare, secret", "unknown kind %q", shorten(string(s.Kind)))
		return
	}
	if !slices.Contains(rule.done, s.Done) {
		c.fail(at+".done", fmt.Sprintf("use %s", orList(rule.done)), "a step of the kind %s cannot be done by %q", s.Kind, shorten(string(s.Done)))
	}

	switch {
	case s.Target == nil && s.Kind != Read && s.Kind != Wait && s.Kind != PrintOut:
		c.fail(at, "add its target: role, name and whatever else is known of the element", "step %q points at nothing", s.ID)
	case s.Target != nil:
		c.target(at+".target", s.Target)
		if role := s.Target.Role; len(rule.roles) > 0 && role != "" && slices.Contains(targetRoles, role) && !slices.Contains(rule.roles, role) {
			c.fail(at+".target.role", fmt.Sprintf("use %s, or another kind", orList(rule.roles)), "a step of the kind %s cannot have a %s for its target", s.Kind, role)
		}
	}

	c.pace(at, s)
	c.text(at+".say.title", s.Say.Title, titleLength, "the title")
	c.text(at+".say.how", s.Say.How, howLength, "how")
	c.optional(at+".say.why", s.Say.Why, howLength, "why", rule.asks)
	c.optional(at+".say.missing", s.Say.Missing, missingLength, "missing", rule.asks)

	switch {
	case s.Card == "":
	case s.Kind != FillIn:
		c.fail(at+".card", "take it out", "a step of the kind %s is never filled from a card", s.Kind)
	case !CardField(s.Card):
		c.fail(at+".card", "known: "+strings.Join(CardFields(), ", "), "cards have no field %q", shorten(s.Card))
	}
	c.explanations(at+".errors", s.Errors)
	c.try(at, s, rule)
}

func (c *checker) try(at string, s Step, rule kindRule) {
	switch {
	case s.Try == nil && rule.tried && !s.Optional:
		c.warn(at, "add try: with a and b, the answers of two invented people", "step %q cannot be walked unattended", s.ID)
	case s.Try == nil:
	case !rule.tried:
		c.fail(at+".try", "take it out", "a step of the kind %s has no answer to try", s.Kind)
	default:
		for _, v := range [][2]string{{"a", s.Try.A}, {"b", s.Try.B}} {
			c.line(at+".try."+v[0], v[1], "the answer to try")
		}
		if s.Try.A == s.Try.B {
			c.fail(at+".try.b", "let the two invented people answer differently", "both answers to try are the same")
		}
		if s.Try.Wrong != "" && (s.Try.Wrong == s.Try.A || s.Try.Wrong == s.Try.B) {
			c.fail(at+".try.wrong", "write an answer that the service refuses", "the wrong answer is one of the right ones")
		}
	}
}

func (c *checker) target(at string, t *Target) {
	switch {
	case t.Role == "":
		c.fail(at+".role", "write what it is: textbox, button, radiogroup ...", "the role is missing")
	case !slices.Contains(targetRoles, t.Role):
		c.fail(at+".role", "known: "+strings.Join(targetRoles, ", "), "unknown role %q", shorten(t.Role))
	}
	c.siteText(at+".name", t.Name, "the name")
	c.siteText(at+".group", t.Group, "the group")
	c.siteText(at+".heading", t.Heading, "the heading")
	c.siteText(at+".near", t.Near, "the text before it")
	if len(t.Name) == 0 && len(t.Group) == 0 && len(t.Near) == 0 && len(t.Tokens) == 0 && t.Autocomplete == "" && t.CSS == "" && t.XPath == "" {
		c.fail(at, "add its name as the page shows it", "only its role is known of this element, which would fit any %s", shorten(t.Role))
	}
	for _, v := range [][2]string{{"tag", t.Tag}, {"type", t.Type}, {"autocomplete", t.Autocomplete}} {
		if strings.ContainsFunc(v[1], func(r rune) bool { return !wordRune(r) && r != '-' && r != ' ' }) || len(v[1]) > 60 {
			c.fail(at+"."+v[0], "copy it from the page", "%q is not a %s in lower case", shorten(v[1]), v[0])
		}
	}
	if len(t.Tokens) > 12 {
		c.fail(at+".tokens", "keep the ones that say most", "there are %d tokens, at most 12 are compared", len(t.Tokens))
	}
	for i, token := range t.Tokens {
		if token == "" || len(token) > 40 || token != strings.ToLower(token) || strings.ContainsAny(token, " -._") {
			c.fail(fmt.Sprintf("%s.tokens[%d]", at, i), "split id and name at case, dash, dot and underscore, in lower case", "%q is not a token", shorten(token))
		}
	}
	if t.Ordinal < 0 || t.Ordinal > 1000 {
		c.fail(at+".ordinal", "count from 1 among the elements of this role", "the ordinal is %d", t.Ordinal)
	}
	if t.XPath != "" && !plainXPath(t.XPath) {
		c.fail(at+".xpath", `write it as /html/body/form/input[2] or //*[@id="form"]/input[2]`, "%q is not a way by tags", shorten(t.XPath))
	}
	if len(t.Shadow) > mostRoots {
		c.fail(at+".shadow", "copy it from a recording", "there are %d shadow roots round it, at most %d are looked into", len(t.Shadow), mostRoots)
	}
	for i, host := range t.Shadow {
		if !plainTag(host) {
			c.fail(fmt.Sprintf("%s.shadow[%d]", at, i), "write the host's tag, such as pay-form", "%q is not a tag in lower case", shorten(host))
		}
	}
	if t.Frame != "" && !plainOrigin(t.Frame) {
		c.fail(at+".frame", "write it as https://pay.example, without a path", "%q is not the origin of a frame", shorten(t.Frame))
	}
	if len(t.Within) > 0 && t.Frame == "" {
		c.fail(at+".within", "write in frame: the origin of the frame that it is in itself", "it is within frames, and in none")
	}
	if len(t.Within) > mostRoots {
		c.fail(at+".within", "copy it from a recording", "there are %d frames round it, at most %d are looked into", len(t.Within), mostRoots)
	}
	for i, origin := range t.Within {
		if !plainOrigin(origin) {
			c.fail(fmt.Sprintf("%s.within[%d]", at, i), "write it as https://pay.example, without a path", "%q is not the origin of a frame", shorten(origin))
		}
	}
	for _, v := range [][2]string{{"css", t.CSS}, {"option", t.Option}} {
		if v[1] != "" {
			c.line(at+"."+v[0], v[1], v[0])
		}
	}
}

func (c *checker) explanations(at string, list []Explanation) {
	ids := map[string]bool{}
	for i, e := range list {
		inner := fmt.Sprintf("%s[%d]", at, i)
		c.unique(ids, inner+".id", e.ID, "explanation")
		if len(e.Match) == 0 {
			c.fail(inner+".match", "copy words of the site's message", "the explanation %q matches nothing", e.ID)
		}
		for j, words := range e.Match {
			place := fmt.Sprintf("%s.match[%d]", inner, j)
			c.line(place, words, "what to match")
			key := strings.ToLower(NormaliseWords(words))
			if n := len([]rune(key)); n > 0 && n < 4 {
				c.fail(place, "copy more of the site's message", "%q would match far too much", key)
			}
			for _, earlier := range list[:i] {
				for _, part := range earlier.Match {
					if part = strings.ToLower(NormaliseWords(part)); part != "" && strings.Contains(key, part) {
						c.fail(place, "put the longer words first, or take one out", "%q is never reached: the explanation %q before it matches it too", shorten(words), earlier.ID)
					}
				}
			}
		}
		c.text(inner+".title", e.Title, titleLength, "the title")
		c.text(inner+".how", e.How, howLength, "how")
	}
}

// orList writes a, b or c.
func orList[T ~string](list []T) string {
	words := make([]string, len(list))
	for i, w := range list {
		words[i] = string(w)
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// plainOrigin tells whether a text is scheme and host of a web address, and no more.
func plainOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.Scheme+"://"+u.Host == s
}
