// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"
)

// unwritten stands for a text that an author has still to write, while the rest of a draft is checked.
const unwritten = "…"

// LoadDraft is LoadGuide for a guide whose texts for people are not all written: each empty one is told in left, with its
// place, and anything else that is wrong is an error. A guide with nothing left is a guide like any other.
func LoadDraft(fsys fs.FS, dir string) (g *Guide, left GuideErrors, err error) {
	name := path.Join(dir, GuideFile)
	data, err := readSome(fsys, name)
	if err != nil {
		return nil, nil, fmt.Errorf("guide %s: %w", dir, err)
	}
	g = new(Guide)
	places, problems := readTree(name, data, g)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	c := checker{file: name, places: places, moved: map[string]moved{}}
	texts, problems, err := readTexts(fsys, dir)
	if err != nil {
		return nil, nil, err
	}
	if len(problems) > 0 {
		return nil, nil, problems
	}
	langs := map[string]bool{}
	for _, file := range texts {
		c.translate(g, file)
		langs[file.lang] = true
	}
	for lang := range g.Service.Name {
		langs[lang] = true
	}
	empty := []string{}
	eachSaid(reflect.ValueOf(g).Elem(), "", func(at string, t Text) {
		for _, lang := range slices.Sorted(maps.Keys(langs)) {
			if len(t) > 0 && t[lang] == "" {
				t[lang] = unwritten
				empty = append(empty, at+"."+lang)
			}
		}
	})
	c.guide(g)
	if wrong := onlyErrors(c.problems); len(wrong) > 0 {
		return nil, nil, wrong
	}
	if base := path.Base(dir); base != "." && base != g.ID {
		return nil, nil, fmt.Errorf("guide %s: the folder is called %q and the guide %q; give both the same name", dir, base, g.ID)
	}
	for _, at := range empty {
		spot := places.of(at)
		left = append(left, &GuideError{File: name, Line: spot.line, Column: spot.column, Message: at + " is still to be written"})
	}
	if data, err = readSome(fsys, path.Join(dir, WordsFile)); err == nil {
		if g.Words, err = ParseWords(path.Join(dir, WordsFile), data); err != nil {
			return nil, nil, err
		}
	}
	return g, left, nil
}

// eachSaid goes through a guide's texts for people. Those of the site (in targets, headings, the service's term) are not
// among them.
func eachSaid(v reflect.Value, at string, each func(at string, t Text)) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			eachSaid(v.Elem(), at, each)
		}
	case reflect.Slice:
		for i := range v.Len() {
			eachSaid(v.Index(i), fmt.Sprintf("%s[%d]", at, i), each)
		}
	case reflect.Map:
		if t, ok := v.Interface().(Text); ok {
			each(at, t)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[Target]() {
			return
		}
		for i := range v.NumField() {
			key, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("yaml"), ",")
			if key == "-" || key == "term" || key == "heading" {
				continue
			}
			eachSaid(v.Field(i), strings.TrimPrefix(at+"."+key, "."), each)
		}
	}
}

// Unwrite makes the texts empty again for which LoadDraft put something in their place.
func Unwrite(g *Guide) {
	eachSaid(reflect.ValueOf(g).Elem(), "", func(_ string, t Text) {
		for lang, words := range t {
			if words == unwritten {
				t[lang] = ""
			}
		}
	})
}

// Unwritten gives the paths of the texts that a draft has still to write, such as pages[0].title.en.
func (g *Guide) Unwritten() []string {
	var out []string
	eachSaid(reflect.ValueOf(g).Elem(), "", func(at string, t Text) {
		for _, lang := range slices.Sorted(maps.Keys(t)) {
			if t[lang] == "" || t[lang] == unwritten {
				out = append(out, at+"."+lang)
			}
		}
	})
	return out
}

// AcceptTarget puts another fingerprint into the text of a guide.yaml, for one step, and leaves everything else of the file
// as its author wrote it, comments too.
func AcceptTarget(name string, data []byte, page, step string, t Target) ([]byte, error) {
	was := new(Guide)
	places, problems := readTree(name, data, was)
	if len(problems) > 0 {
		return nil, problems
	}
	for i := range was.Pages {
		for j := range was.Pages[i].Steps {
			s := &was.Pages[i].Steps[j]
			if was.Pages[i].ID != page || s.ID != step || s.Target == nil {
				continue
			}
			spot, ok := places[fmt.Sprintf("pages[%d].steps[%d].target", i, j)]
			if !ok {
				return nil, fmt.Errorf("%s: step %s of page %s has no place in the file", name, step, page)
			}
			lines := strings.SplitAfter(string(data), "\n")
			first := spot.line - 1
			end := first + 1
			for end < len(lines) && indentOf(lines[end]) > spot.column-1 {
				end++
			}
			for end > first+1 && strings.TrimSpace(lines[end-1]) == "" {
				end--
			}
			out := strings.Join(lines[:first], "") + formatTarget(&t, spot.column-1) + strings.Join(lines[end:], "")
			s.Target = &t
			now := new(Guide)
			if _, problems := readTree(name, []byte(out), now); len(problems) > 0 || !reflect.DeepEqual(was, now) {
				return nil, fmt.Errorf("%s:%d: the fingerprint is written in a way that cannot be replaced; write it by hand", name, spot.line)
			}
			return []byte(out), nil
		}
	}
	return nil, fmt.Errorf("%s: there is no step %s on a page %s", name, step, page)
}

// indentOf is how far a line's first word is in; an empty line belongs to what is around it.
func indentOf(line string) int {
	if strings.TrimSpace(line) == "" {
		return maxIndent + 1
	}
	return len(line) - len(strings.TrimLeft(line, " "))
}
