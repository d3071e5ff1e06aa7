// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// maxSentences is how many sentences a file of texts may have.
const maxSentences = 600

// textFile is a guide in one more language: beside guide.yaml, named by its tag (fr.yaml), it gives for each English sentence
// of the guide the same in that language. A sentence that stands in the guide several times stands here once.
type textFile struct {
	name, lang string
	sentences  map[string]string
	places     places // by the English sentence
}

// readTexts reads the files of texts in a guide's folder, in the order of their names.
func readTexts(fsys fs.FS, dir string) ([]textFile, GuideErrors, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return nil, nil, fmt.Errorf("guide %s: %w", dir, err)
	}
	var all []textFile
	var problems GuideErrors
	for _, entry := range entries {
		lang, ok := strings.CutSuffix(entry.Name(), ".yaml")
		if !ok || entry.Name() == GuideFile || entry.IsDir() {
			continue
		}
		name := path.Join(dir, entry.Name())
		data, err := readSome(fsys, name)
		if err != nil {
			return nil, nil, fmt.Errorf("guide %s: %w", dir, err)
		}
		file, wrong := parseTexts(name, lang, data)
		all, problems = append(all, file), append(problems, wrong...)
	}
	return all, problems, nil
}

func parseTexts(name, lang string, data []byte) (textFile, GuideErrors) {
	file := textFile{name: name, lang: lang}
	var wrong GuideErrors
	file.places, wrong = readTreeOf(name, data, &file.sentences, maxSentences)
	return file, wrong
}

// translate puts the sentences of a file into the guide, and remembers where each of them came from.
func (c *checker) translate(g *Guide, file textFile) {
	fail := func(sentence, fix, message string, warning bool) {
		at := file.places.of(sentence)
		c.problems = append(c.problems, &GuideError{File: file.name, Line: at.line, Column: at.column, Message: message, Fix: fix, Warning: warning})
	}
	used := map[string]bool{}
	eachText(g, func(part string, t Text) {
		english := t[english]
		sentence, ok := file.sentences[english]
		if !ok || english == "" { // a step may have no why
			return
		}
		if _, both := t[file.lang]; both && !used[english] {
			fail(english, "take it out of one of the two", fmt.Sprintf("this sentence is in %s in guide.yaml too", shorten(file.lang)), false)
			return
		}
		used[english] = true
		t[file.lang] = sentence
		c.moved[part+"."+file.lang] = moved{file.name, file.places.of(english)}
	})
	for _, sentence := range slices.Sorted(maps.Keys(file.sentences)) {
		if !used[sentence] {
			fail(sentence, "take it out, or write it as it is in English in guide.yaml", "this sentence is not in the guide", true)
		}
	}
	if !slices.Contains(c.langs, file.lang) {
		c.langs = append(c.langs, file.lang)
	}
}

// english is the language that every guide is written in first.
const english = "en"

// moved is the place of a text that stands in another file than the guide.
type moved struct {
	file string
	at   spot
}

// eachText gives each sentence of a guide that is said to a citizen, with its place. The words of the site are not among them.
func eachText(g *Guide, say func(part string, t Text)) {
	explanations := func(at string, list []Explanation) {
		for i, e := range list {
			say(fmt.Sprintf("%s[%d].title", at, i), e.Title)
			say(fmt.Sprintf("%s[%d].how", at, i), e.How)
		}
	}
	say("service.name", g.Service.Name)
	for i, n := range g.Needs {
		need := fmt.Sprintf("needs[%d]", i)
		say(need+".title", n.Title)
		say(need+".gloss", n.Gloss)
		say(need+".without", n.Without)
	}
	for i, p := range g.Pages {
		page := fmt.Sprintf("pages[%d]", i)
		say(page+".title", p.Title)
		for j, s := range p.Steps {
			step := fmt.Sprintf("%s.steps[%d]", page, j)
			say(step+".say.title", s.Say.Title)
			say(step+".say.how", s.Say.How)
			say(step+".say.why", s.Say.Why)
			say(step+".say.missing", s.Say.Missing)
			explanations(step+".errors", s.Errors)
		}
	}
	explanations("errors", g.Errors)
	say("receipt.title", g.Receipt.Title)
	for name, list := range map[string][]Text{"done": g.Receipt.Done, "next": g.Receipt.Next, "bring": g.Receipt.Bring} {
		for i, t := range list {
			say(fmt.Sprintf("receipt.%s[%d]", name, i), t)
		}
	}
	for i, m := range g.Receipt.Words {
		say(fmt.Sprintf("receipt.words[%d].means", i), m.Means)
	}
}
