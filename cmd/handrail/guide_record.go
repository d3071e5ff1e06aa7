// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const guideRecordUsage = `usage: handrail guide record URL -out DIR [-add] [-script FILE] [-languages en,ar] [-submit] [-json]

Makes a draft of a guide: opens a browser at URL, and you go through the service once, as a citizen would. Close the window
when you are at the end. Then two invented people walk it by themselves, make every mistake, and bring home the errors that
the service shows and the words that are the same for everyone. What is left for you to write is listed.

A service that asks different things of different people is recorded once for each way: first without, then with -add, making
another choice each time. What you wrote into the guide meanwhile stays.

What you type while recording is kept nowhere: in its place the guide gets answers of the same form for the two invented
people. When the service refuses one of those, you are told which, and write a better one under try: in DIR/guide.yaml.

With -script the clicks come from a file, and no window is needed. Each line says what to do with which words of the page:

  steps:
    - press: Start now                  # a button or link
    - choose: Do you have a UK passport?
      with: "Yes"                       # one of its choices, also of a list
    - fill: First name
      with: Testina                     # what an invented person writes
      or: Probus                        # what another one writes; may be left out
      wrong: "12345"                    # what the service refuses; may be left out
    - fill: Date of birth
      with: 1990-12-31                  # where the browser itself shows a calendar
    - upload: Proof of address          # an invented file is made
    - go: back                          # the browser's back key
    - declare: Accept and send          # what only the citizen may press

options:
`

type recordFlags struct {
	out, script, languages string
	submit, json, add      bool
}

func guideRecord(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide record", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var o recordFlags
	flags.StringVar(&o.out, "out", "", "new `folder` for the guide; its name becomes the guide's")
	flags.StringVar(&o.script, "script", "", "`file` with the clicks, instead of a window to click in")
	flags.StringVar(&o.languages, "languages", "en,ar", "`languages` that the guide will speak, with en and ar always among them")
	flags.BoolVar(&o.submit, "submit", false, "let the two invented people press what only a citizen may; for practice services only")
	flags.BoolVar(&o.add, "add", false, "add what you do now to the guide that is in the folder: another way at a branch, a page, a field that a choice brings up")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guideRecordUsage); flags.PrintDefaults() }
	addresses, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(addresses) != 1 || o.out == "" {
		fmt.Fprint(stderr, "handrail guide record: say the address of the first page, and with -out a folder\n\n"+guideRecordUsage)
		return 2
	}
	if err := folderFor(o); err != nil {
		fmt.Fprintf(stderr, "handrail guide record: %v\n", err)
		return 1
	}
	recording, err := record(ctx, addresses[0], o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide record: %v\n", err)
		return 1
	}
	write := draftFolder
	if o.add {
		write = addToFolder
	}
	report, err := write(ctx, *recording, o, stderr)
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide record: %v\n", err)
		return 1
	}
	return report.print(stdout, o.json, func() { tellDraft(stdout, o.out, report) })
}

// folderFor sees that the folder is one to record into.
func folderFor(o recordFlags) error {
	if !o.add {
		return newFolder(o.out)
	}
	_, _, err := loadDraft(o.out)
	return err
}

// newFolder refuses a folder in which a guide is already.
func newFolder(dir string) error {
	if _, err := os.Stat(filepath.Join(dir, kiosk.GuideFile)); err == nil {
		return fmt.Errorf("%s has a guide already; give another folder", dir)
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if id := filepath.Base(abs); strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" || strings.Trim(id, "-") != id || strings.Contains(id, "--") {
		return fmt.Errorf("%q cannot be a guide's name: use lower-case words of a to z and 0 to 9, joined by dashes", id)
	}
	return nil
}

// record watches the author, or does what the script says.
func record(ctx context.Context, address string, o recordFlags, stderr io.Writer) (*kiosk.Recording, error) {
	options := browser.RecordOptions{URL: address, OnAct: func(said string) { fmt.Fprintln(stderr, said) }}
	if o.script == "" {
		fmt.Fprintln(stderr, "Go through the service in the window that opens, as a citizen would. What you type is kept nowhere. Close the window when you are at the end.")
		screen, end, err := authorScreen(ctx, stderr)
		if err != nil {
			return nil, err
		}
		defer end()
		visitor, err := browser.OpenAuthor(ctx, screen)
		if err != nil {
			return nil, err
		}
		defer visitor.Close()
		r, err := visitor.OpenRecorder(options)
		if err != nil {
			return nil, err
		}
		defer r.Close()
		select {
		case <-r.Done():
		case <-ctx.Done():
		}
		recording := r.Recording()
		return &recording, nil
	}
	data, err := os.ReadFile(o.script)
	if err != nil {
		return nil, err
	}
	script, err := kiosk.ParseScript(o.script, data)
	if err != nil {
		return nil, err
	}
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		return nil, err
	}
	defer visitor.Close()
	r, err := visitor.OpenRecorder(options)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	for i, line := range script.Steps {
		if err := r.Do(ctx, line); err != nil {
			return nil, fmt.Errorf("%s: step %d: %w", o.script, i+1, err)
		}
	}
	recording := r.Recording()
	return &recording, nil
}

// draftComment stands at the head of a draft.
const draftComment = "A draft, recorded by handrail guide record. Write the texts that are empty; handrail guide lint says which.\nThe answers under try are of invented people; what was typed while recording is not here."

// draftFolder writes the draft of a recording, has it walked by two invented people, and writes what they brought home.
func draftFolder(ctx context.Context, recording kiosk.Recording, o recordFlags, stderr io.Writer) (*guideReport, error) {
	if len(recording.Pages) == 0 {
		return nil, errors.New("nothing was recorded")
	}
	g, err := writeDraft(recording, o, draftComment)
	if err != nil {
		return nil, err
	}
	report := newGuideReport()
	report.Notes = append(report.Notes, g.notes...)
	fmt.Fprintln(stderr, "Two invented people walk it now, and make every mistake.")
	got, err := learn(ctx, g.guide, "", o.submit)
	if err != nil {
		return nil, fmt.Errorf("the draft is in %s, and its words could not be recorded: %w", o.out, err)
	}
	tellEnded(report, got, o)
	errorsSeen := 0
	for _, e := range got.errors {
		for i := range g.guide.Pages {
			if p := &g.guide.Pages[i]; p.ID == e.Page && kiosk.AddError(p, e.Step, e.Words, g.blank) {
				errorsSeen++
			}
		}
	}
	// What was put in place of the empty texts while the draft was walked is taken out again.
	kiosk.Unwrite(g.guide)
	if err := writeFile(filepath.Join(o.out, kiosk.GuideFile), kiosk.FormatGuide(g.guide, draftComment)); err != nil {
		return nil, err
	}
	if len(got.words) > 0 {
		if err := writeFile(filepath.Join(o.out, kiosk.WordsFile), kiosk.FormatWords(got.words, wordsComment)); err != nil {
			return nil, err
		}
	}
	report.Figures["public_words"], report.Figures["private"] = float64(len(got.words)), float64(got.private)
	return report, finishDraft(report, o.out)
}

// tellEnded says how far the two invented people came.
func tellEnded(report *guideReport, got *learned, o recordFlags) {
	report.Notes = append(report.Notes, got.notes...)
	switch {
	case got.ended != nil && !o.submit && atDeclaration(got.ended):
		report.note("the walk ended at page %s, before what only a citizen may press; words of later pages stay hidden. For a service that is there for trying things out, add -submit", last(got.pages))
	case got.ended != nil:
		report.OK = false
		report.note("the draft could not be walked to its end: %v. When the service refused an invented answer, write a better one under try: of that step, and run: handrail guide words %s", got.ended, o.out)
	}
}

// drafted is a draft that was written to its folder.
type drafted struct {
	guide *kiosk.Guide
	blank func() kiosk.Text
	notes []string
}

// writeDraft writes the draft of a recording to its folder and reads it again, as everything else will.
func writeDraft(recording kiosk.Recording, o recordFlags, comment string) (*drafted, error) {
	abs, err := filepath.Abs(o.out)
	if err != nil {
		return nil, err
	}
	draft, notes := kiosk.Draft(recording, kiosk.DraftOptions{ID: filepath.Base(abs), Languages: commaList(o.languages), Day: time.Now().Format(time.DateOnly)})
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return nil, err
	}
	if err := writeFile(filepath.Join(o.out, kiosk.GuideFile), kiosk.FormatGuide(draft, comment)); err != nil {
		return nil, err
	}
	g, _, err := loadDraft(o.out)
	if err != nil {
		return nil, fmt.Errorf("the draft in %s needs a hand before it can be walked:\n%w", o.out, err)
	}
	return &drafted{guide: g, blank: draft.Blank(), notes: notes}, nil
}

// leftRow is a text that is left to write, in the languages that lack it.
type leftRow struct {
	File      string   `json:"file"`
	Line      int      `json:"line"`
	Where     string   `json:"where"` // in plain words: page basic, step continue
	What      string   `json:"what"`  // in plain words: the title, at most 45 characters
	Languages []string `json:"languages"`
	Path      string   `json:"path"` // in guide.yaml
}

// textNames are the texts of a guide in plain words, by the last part of their path.
var textNames = map[string]string{
	"name": "what a person would call the service", "title": "the title: what to do", "how": "how to do it, with an example", "why": "why they ask",
	"missing": "what to do when one does not have it", "gloss": "in a few words more", "without": "what to do without it", "done": "what was done", "next": "what happens next",
	"bring": "what to bring", "means": "what the word means",
}

// leftIn says in plain words what is left to write, one row a text.
func leftIn(g *kiosk.Guide, left kiosk.GuideErrors) []leftRow {
	var rows []leftRow
	for _, l := range left {
		path := strings.TrimSuffix(l.Message, " is still to be written")
		text, lang, _ := cutLast(path, ".")
		if n := len(rows); n > 0 && rows[n-1].Path == text {
			rows[n-1].Languages = append(rows[n-1].Languages, lang)
			continue
		}
		where, what := plainPlace(g, text)
		rows = append(rows, leftRow{l.File, l.Line, where, what, []string{lang}, text})
	}
	return rows
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// plainPlace says where a text stands and which it is.
func plainPlace(g *kiosk.Guide, path string) (where, what string) {
	var page, step, n int
	last, _, _ := strings.Cut(path[strings.LastIndex(path, ".")+1:], "[")
	what = textNames[last]
	switch {
	case strings.HasPrefix(path, "service."):
		return "the service", what
	case strings.HasPrefix(path, "receipt."):
		if last == "title" {
			what = "its title"
		}
		return "the paper to take home", what
	case strings.HasPrefix(path, "needs["):
		_, _ = fmt.Sscanf(path, "needs[%d]", &n)
		return "needed, " + g.Needs[n].ID, what
	case strings.HasPrefix(path, "errors["):
		_, _ = fmt.Sscanf(path, "errors[%d]", &n)
		return fmt.Sprintf("the error %q", g.Errors[n].Match[0]), errorText(last)
	}
	if _, err := fmt.Sscanf(path, "pages[%d].steps[%d].errors[%d]", &page, &step, &n); err == nil {
		s := g.Pages[page].Steps[step]
		return fmt.Sprintf("page %s, step %s, the error %q", g.Pages[page].ID, s.ID, s.Errors[n].Match[0]), errorText(last)
	}
	if _, err := fmt.Sscanf(path, "pages[%d].steps[%d]", &page, &step); err == nil {
		s := g.Pages[page].Steps[step]
		return fmt.Sprintf("page %s, step %s (%s)", g.Pages[page].ID, s.ID, s.Kind), what
	}
	if _, err := fmt.Sscanf(path, "pages[%d]", &page); err == nil {
		return "page " + g.Pages[page].ID, "its name on the rail, one or two words"
	}
	return path, what
}

func errorText(last string) string {
	if last == "title" {
		return "what the site wants"
	}
	return "what to change, with an example"
}

// finishDraft reads the draft as it stands and counts what is in it and what is left to write.
func finishDraft(report *guideReport, dir string) error {
	g, left, err := loadDraft(dir)
	if err != nil {
		return err
	}
	report.Figures["pages"], report.Figures["left_to_write"] = float64(len(g.Pages)), float64(len(left))
	for _, name := range []string{"steps", "targets", "errors_seen"} {
		report.Figures[name] = 0
	}
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			report.Figures["steps"]++
			if s.Target != nil {
				report.Figures["targets"]++
			}
			report.Figures["errors_seen"] += float64(len(s.Errors))
		}
	}
	for _, row := range leftIn(g, left) {
		report.Rows = append(report.Rows, row)
	}
	return nil
}

func tellDraft(w io.Writer, dir string, r *guideReport) {
	where := ""
	for _, row := range r.Rows {
		left, ok := row.(leftRow)
		if !ok {
			continue
		}
		if where == "" {
			fmt.Fprintf(w, "Left to write in %s:\n", filepath.Join(dir, kiosk.GuideFile))
		}
		if left.Where != where {
			where = left.Where
			fmt.Fprintf(w, "\n%s\n", where)
		}
		fmt.Fprintf(w, "  [ ] line %d: %s (%s)\n", left.Line, left.What, strings.Join(left.Languages, ", "))
	}
	if where != "" {
		fmt.Fprintf(w, "\nWrite between the quotes; look at it with: handrail guide preview %s; when all is written: handrail guide lint %s\n\n", dir, dir)
	}
	fmt.Fprintf(w, "%s: %.0f pages, %.0f steps, %.0f fields and buttons known, %.0f errors of the site, %.0f public words; %.0f texts are left to write\n", dir,
		r.Figures["pages"], r.Figures["steps"], r.Figures["targets"], r.Figures["errors_seen"], r.Figures["public_words"], r.Figures["left_to_write"])
}

func commaList(s string) []string {
	return slices.DeleteFunc(strings.Split(s, ","), func(s string) bool { return strings.TrimSpace(s) == "" })
}

// atDeclaration tells whether a walk ended before what only a citizen may press.
func atDeclaration(err error) bool { return errors.Is(err, browser.ErrCitizen) }
