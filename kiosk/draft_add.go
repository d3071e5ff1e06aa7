// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// AddRecording puts what another recording of the same service found into the text of a guide.yaml: pages that the guide
// does not have, steps that a choice brought up, another way at a branch, errors. All else of the file stays as its author
// wrote it, comments too. Notes say in sentences what was added and what the author should look at.
func AddRecording(name string, data []byte, r Recording, day string) ([]byte, []string, error) {
	g := new(Guide)
	places, problems := readTree(name, data, g)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	langs := []string{}
	for lang := range g.Service.Name {
		langs = append(langs, lang)
	}
	found, notes := Draft(r, DraftOptions{ID: g.ID, Languages: langs, Day: day})
	a := adder{text: lines{name, places, strings.SplitAfter(string(data), "\n"), nil}, guide: g, notes: notes, blank: g.Blank(), check: checker{site: g.Service.Languages}}
	a.all(found)
	out, err := a.text.apply()
	if err != nil {
		return nil, nil, err
	}
	now := new(Guide)
	if _, problems := readTree(name, out, now); len(problems) > 0 || string(FormatGuide(now, "")) != string(FormatGuide(a.guide, "")) {
		return nil, nil, fmt.Errorf("%s is written in a way that nothing can be added to; record into another folder and copy from there", name)
	}
	return out, a.notes, nil
}

// adder adds to a guide and, at the same place, to its text.
type adder struct {
	text  lines
	guide *Guide
	check checker
	blank func() Text
	notes []string
	added []string // page ids
}

func (a *adder) note(format string, args ...any) {
	a.notes = append(a.notes, fmt.Sprintf(format, args...))
}

// all goes along the new way. Pages that the guide has are completed, others put in after the page that led there.
func (a *adder) all(found *Guide) {
	had := slices.Clone(a.guide.Pages)
	match := func(q Page) int {
		return slices.IndexFunc(had, func(p Page) bool { return a.check.alike(p, q) })
	}
	visited := map[string]bool{}
	for _, q := range found.Pages {
		if i := match(q); i >= 0 {
			visited[had[i].ID] = true
		}
	}
	type fresh struct {
		after int // index in had
		page  Page
	}
	var news []fresh
	before, behind := -1, 0
	for _, q := range found.Pages {
		if i := match(q); i >= 0 {
			a.complete(i, &had[i], q)
			before, behind = i, 0
			continue
		}
		ids := map[string]bool{}
		for _, p := range append(slices.Clone(had), pagesOf(news, func(f fresh) Page { return f.page })...) {
			ids[p.ID] = true
		}
		q.ID = (&drafter{}).unique(ids, q.ID)
		behind++
		after := before
		if q.State == "" && before >= 0 && before+behind < len(had) {
			if other := had[before+behind]; other.State == "" && other.Instead == "" && !visited[other.ID] {
				q.Instead, after = other.ID, before+behind
				a.note("page %s comes in the place of page %s: both are one step on the rail", q.ID, other.ID)
			}
		}
		news = append(news, fresh{after, q})
		a.added = append(a.added, q.ID)
		a.note("page %s was added", q.ID)
	}
	var out []Page
	put := func(at int) {
		for _, f := range news {
			if f.after == at {
				out = append(out, f.page)
				a.text.insertItem("pages", max(at, 0), at >= 0, len(had), reflect.ValueOf(f.page))
			}
		}
	}
	put(-1)
	for i := range had {
		out = append(out, had[i])
		put(i)
	}
	a.guide.Pages = out
}

func pagesOf[T any](list []T, of func(T) Page) (out []Page) {
	for _, item := range list {
		out = append(out, of(item))
	}
	return out
}

// complete adds to a page of the guide what another visit found on it.
func (a *adder) complete(i int, p *Page, q Page) {
	var chosen *When
	steps := slices.Clone(p.Steps)
	for _, s := range q.Steps {
		at := slices.IndexFunc(p.Steps, func(old Step) bool {
			return old.Target != nil && s.Target != nil && alikeTarget(*old.Target, *s.Target)
		})
		if at < 0 {
			if s.Kind == Press && s.Done == DonePage && slices.ContainsFunc(steps, func(old Step) bool { return old.Done == DonePage }) {
				a.note("page %s has another button that leads on (%s); a guide's page has one, so it is left out", p.ID, s.ID)
				continue
			}
			ids := map[string]bool{}
			for _, old := range steps {
				ids[old.ID] = true
			}
			s.ID = (&drafter{}).unique(ids, s.ID)
			if s.When = chosen; chosen == nil && kindRules[s.Kind].asks && s.Kind != Declare {
				s.Optional = true
			}
			place := len(steps)
			for place > 0 && (steps[place-1].Done == DonePage || steps[place-1].Kind == Declare) {
				place--
			}
			a.text.insertItem(fmt.Sprintf("pages[%d].steps", i), max(0, min(place, len(p.Steps))-1), place > 0, len(p.Steps), reflect.ValueOf(s))
			steps = slices.Insert(steps, place, s)
			a.note("page %s: step %s was added", p.ID, s.ID)
			continue
		}
		old := &steps[slices.IndexFunc(steps, func(other Step) bool { return other.ID == p.Steps[at].ID })]
		if s.Kind == Choose && s.Try != nil && old.Try != nil && s.Try.A != old.Try.A {
			if target := s.Target; target.Role == "radiogroup" || target.Role == "group" || target.Role == "radio" {
				chosen = &When{Step: old.ID, Option: s.Try.A}
			}
			if s.Try.A != old.Try.B {
				try := &Try{A: old.Try.A, B: s.Try.A, Wrong: old.Try.Wrong}
				if a.text.replaceKey(fmt.Sprintf("pages[%d].steps[%d].try", i, at), reflect.ValueOf(*try), "try") {
					old.Try = try
					a.note("page %s, step %s: the second invented person goes this way now", p.ID, old.ID)
				}
			}
		}
		for _, e := range s.Errors {
			page := Page{Steps: []Step{*old}}
			if len(e.Match) > 0 && AddError(&page, old.ID, e.Match[0], a.blank) {
				a.text.insertItem(fmt.Sprintf("pages[%d].steps[%d].errors", i, at), len(old.Errors)-1, len(old.Errors) > 0, len(old.Errors), reflect.ValueOf(page.Steps[0].Errors[len(old.Errors)]))
				old.Errors = page.Steps[0].Errors
			}
		}
	}
	p.Steps = steps
}

// alikeTarget is sameTarget for fingerprints of which a person may have taken some out.
func alikeTarget(a, b Target) bool {
	if a.CSS != "" && b.CSS != "" {
		return sameTarget(a, b) || a.Role == b.Role && a.CSS == b.CSS && strings.EqualFold(firstOf(a.Name), firstOf(b.Name))
	}
	return a.Role == b.Role && strings.EqualFold(firstOf(a.Name), firstOf(b.Name)) && a.Ordinal == b.Ordinal
}

func firstOf(t Text) string { return t.In("en") }

// AddErrorText adds an error of the site to a step in the text of a guide.yaml, with an explanation that is still to be
// written; added is false when one matches it already.
func AddErrorText(name string, data []byte, page, step, words string) (out []byte, added bool, err error) {
	g := new(Guide)
	places, problems := readTree(name, data, g)
	if len(problems) > 0 {
		return nil, false, problems
	}
	text := lines{name, places, strings.SplitAfter(string(data), "\n"), nil}
	for i := range g.Pages {
		p := &g.Pages[i]
		if p.ID != page {
			continue
		}
		had := []int{}
		for _, s := range p.Steps {
			had = append(had, len(s.Errors))
		}
		if !AddError(p, step, words, g.Blank()) {
			return data, false, nil
		}
		for j, s := range p.Steps {
			if n := had[j]; len(s.Errors) > n {
				text.insertItem(fmt.Sprintf("pages[%d].steps[%d].errors", i, j), n-1, n > 0, n, reflect.ValueOf(s.Errors[n]))
			}
		}
		if out, err = text.apply(); err != nil {
			return nil, false, err
		}
		now := new(Guide)
		if _, problems := readTree(name, out, now); len(problems) > 0 || string(FormatGuide(now, "")) != string(FormatGuide(g, "")) {
			return nil, false, fmt.Errorf("%s is written in a way that nothing can be added to", name)
		}
		return out, true, nil
	}
	return data, false, nil
}
