// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// GuideFile and WordsFile are the names of the two files in a guide's folder.
const (
	GuideFile = "guide.yaml"
	WordsFile = "words"
)

// maxGuide is the size of a guide's file in bytes, far above any honest one.
const maxGuide = 256 << 10

// GuideError is one thing that is wrong with a guide, at its place in the file, and what to do about it.
type GuideError struct {
	File    string
	Line    int // from 1
	Column  int // from 1, in characters
	Message string
	Fix     string
	Warning bool // the guide works, but a citizen would be served worse
}

// Error is file:line:column: what is wrong; what to do.
func (e *GuideError) Error() string {
	kind := ""
	if e.Warning {
		kind = "warning: "
	}
	text := fmt.Sprintf("%s:%d:%d: %s%s", e.File, e.Line, e.Column, kind, e.Message)
	if e.Fix != "" {
		text += "; " + e.Fix
	}
	return text
}

// GuideErrors is everything that is wrong with a guide, in the order of its lines. errors.As finds the first GuideError.
type GuideErrors []*GuideError

// Error lists them, one a line.
func (list GuideErrors) Error() string {
	lines := make([]string, len(list))
	for i, e := range list {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives each of them to errors.Is and errors.As.
func (list GuideErrors) Unwrap() []error {
	all := make([]error, len(list))
	for i, e := range list {
		all[i] = e
	}
	return all
}

// ParseGuide reads a guide.yaml; name is the file's name in messages. A guide with an error in it is not returned: the error
// is then a GuideErrors with all that was found. Warnings are not errors; see CheckGuide.
func ParseGuide(name string, data []byte) (*Guide, error) {
	g, problems := CheckGuide(name, data)
	if g == nil {
		return nil, onlyErrors(problems)
	}
	return g, nil
}

// CheckGuide is ParseGuide that also tells the warnings. The guide is nil exactly when one of the problems is an error.
func CheckGuide(name string, data []byte) (*Guide, GuideErrors) {
	return checkGuide(name, data, nil, nil)
}

// checkGuide is CheckGuide of a guide with more languages in files of their own, of which problems tells what is wrong so far.
func checkGuide(name string, data []byte, texts []textFile, problems GuideErrors) (*Guide, GuideErrors) {
	g := new(Guide)
	places, wrong := readTree(name, data, g)
	if problems = append(problems, wrong...); len(problems) == 0 {
		c := checker{file: name, places: places, moved: map[string]moved{}}
		for _, file := range texts {
			c.translate(g, file)
		}
		c.guide(g)
		problems = c.problems
	}
	order := func(e *GuideError) string { // guide.yaml comes first
		if e.File == name {
			return ""
		}
		return e.File
	}
	slices.SortStableFunc(problems, func(a, b *GuideError) int {
		return cmp.Or(cmp.Compare(order(a), order(b)), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	problems = slices.CompactFunc(problems, func(a, b *GuideError) bool { return *a == *b }) // a sentence that is used twice
	if len(onlyErrors(problems)) > 0 {
		return nil, problems
	}
	return g, problems
}

// LoadGuide reads the guide in a folder: guide.yaml, the files with its texts in more languages, and, where there is one, words. The folder's name must be the guide's id.
func LoadGuide(fsys fs.FS, dir string) (*Guide, error) {
	g, problems, err := LintGuide(fsys, dir)
	if err != nil {
		return nil, err
	}
	if g == nil {
		return nil, onlyErrors(problems)
	}
	return g, nil
}

// LintGuide is LoadGuide that also tells the warnings. The error is about the files themselves (there is none, it cannot be
// read); what is wrong inside them is in the problems, and then the guide is nil.
func LintGuide(fsys fs.FS, dir string) (*Guide, GuideErrors, error) {
	name := path.Join(dir, GuideFile)
	data, err := readSome(fsys, name)
	if err != nil {
		return nil, nil, fmt.Errorf("guide %s: %w", dir, err)
	}
	texts, wrong, err := readTexts(fsys, dir)
	if err != nil {
		return nil, nil, err
	}
	g, problems := checkGuide(name, data, texts, wrong)
	if base := path.Base(dir); g != nil && base != "." && base != g.ID {
		problems = append(problems, &GuideError{File: name, Line: 1, Column: 1,
			Message: fmt.Sprintf("the folder is called %q and the guide %q", base, g.ID), Fix: "give both the same name"})
		g = nil
	}

	name = path.Join(dir, WordsFile)
	data, err = readSome(fsys, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		problems = append(problems, &GuideError{File: name, Line: 1, Column: 1, Warning: true,
			Message: "there is no such file, so a helper sees no word of the service's pages", Fix: "record the guide's public words"})
		return g, problems, nil
	case err != nil:
		return nil, nil, fmt.Errorf("guide %s: %w", dir, err)
	}
	words, err := ParseWords(name, data)
	if err != nil {
		var wrong *GuideError
		if !errors.As(err, &wrong) {
			return nil, nil, err
		}
		return nil, append(problems, wrong), nil
	}
	if g != nil {
		g.Words = words
	}
	return g, problems, nil
}

// readSome reads a file of a guide, and never more than is sensible.
func readSome(fsys fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxWords {
		return nil, fmt.Errorf("%s has %d bytes, and more than %d are not read", name, info.Size(), maxWords)
	}
	return fs.ReadFile(fsys, name)
}

// onlyErrors leaves the warnings out.
func onlyErrors(problems GuideErrors) GuideErrors {
	var wrong GuideErrors
	for _, p := range problems {
		if !p.Warning {
			wrong = append(wrong, p)
		}
	}
	return wrong
}
