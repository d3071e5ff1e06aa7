// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// pictureRow is one picture that was made.
type pictureRow struct {
	File  string      `json:"file"`
	Page  string      `json:"page"`
	Step  string      `json:"step,omitempty"`
	Error string      `json:"error,omitempty"`
	Lang  string      `json:"lang"`
	Level kiosk.Level `json:"level"`
	Sight string      `json:"sight,omitempty"` // how sure the engine is of the step's target
	Live  bool        `json:"live"`            // beside the service's own page, not beside a stand-in
}

// showing is a preview while it is shown.
type showing struct {
	*rehearsal
	guide     *kiosk.Guide
	instead   *standIn
	live      bool   // the service answers
	origin    string // where it is, or the stand-in
	o         previewFlags
	languages []string
	lang      string
	level     kiosk.Level
	report    *guideReport
	stderr    io.Writer
	chosen    bool // the service is chosen
	begun     bool // and opened
	beside    bool // a stand-in is shown now
}

// pictures makes one of every step in every language: beside the service's own pages as far as an invented person may go,
// then beside stand-ins.
func (s *showing) pictures(ctx context.Context) error {
	if hasList(s.guide, cmp.Or(s.o.page, listPage)) {
		if err := s.takeList(ctx); err != nil || s.o.page != "" {
			return err
		}
	}
	seen := map[string]bool{}
	if s.live {
		err := s.walk(ctx, s.o.page, func(ctx context.Context, p *kiosk.Page) error {
			if s.o.page != "" && p.ID != s.o.page {
				return nil
			}
			seen[p.ID] = true
			return s.takePage(ctx, p, true)
		})
		switch {
		case err == nil:
		case errors.Is(err, browser.ErrCitizen):
			s.report.note("from what only a citizen may press on, stand-ins are shown; for a service that is there for trying things out, add -submit")
		case ctx.Err() != nil:
			return err
		default:
			s.report.OK = false
			s.report.note("the service could not be walked to its end, and stand-ins are shown for the rest: %v", err)
		}
	}
	for i := range s.guide.Pages {
		p := &s.guide.Pages[i]
		if s.o.page != "" && p.ID != s.o.page {
			continue
		}
		if !seen[p.ID] {
			if err := s.standIn(ctx, p.ID, "", ""); err != nil {
				if ctx.Err() != nil {
					return err
				}
				s.report.OK = false
				s.report.note("%v", err)
				continue
			}
			if err := s.takePage(ctx, p, false); err != nil {
				return err
			}
		}
		if s.o.errors {
			if err := s.takeErrors(ctx, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// walk lets an invented person walk the live service, from its beginning to a page.
func (s *showing) walk(ctx context.Context, until string, onPage func(context.Context, *kiosk.Page) error) error {
	w, err := s.worker.Walker(browser.WalkOptions{Submit: s.o.submit, Authoring: true, PageLimit: authorLimit, OnPage: onPage})
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.walker = w
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.walker = nil
		s.mu.Unlock()
	}()
	if err := s.open(ctx); err != nil {
		return err
	}
	_, err = w.WalkOn(ctx, until)
	return err
}

// open opens the service's first page, as a citizen does.
func (s *showing) open(ctx context.Context) error {
	if s.begun {
		return s.worker.Visit(ctx, s.guide, s.origin+s.guide.Service.Start)
	}
	if err := s.choose(ctx); err != nil {
		return err
	}
	s.begun = true
	return s.start(ctx)
}

// choose chooses the service, once.
func (s *showing) choose(ctx context.Context) error {
	if s.chosen {
		return nil
	}
	s.chosen = true
	return s.rehearsal.choose(ctx, s.lang, s.level)
}

// listPage is what the list of what is needed is called among the pages, of which it is none.
const listPage = "readiness"

// hasList tells whether a guide has that list, and whether that is what a page of this name is.
func hasList(g *kiosk.Guide, page string) bool {
	return page == listPage && len(g.Needs) > 0 && pageOf(g, listPage) == nil
}

// list shows what the service asks for, before it is opened.
func (s *showing) list(ctx context.Context, lang string) error {
	if err := s.choose(ctx); err != nil {
		return err
	}
	s.begun, s.beside = false, false
	if err := s.worker.List(ctx, lang, s.level); err != nil {
		return err
	}
	_, err := s.await(ctx, rehearsalLimit, func(l session.Look) bool { return l.Screen == string(kiosk.Readiness) && l.Lang == lang })
	return err
}

// takeList makes the pictures of it.
func (s *showing) takeList(ctx context.Context) error {
	for _, lang := range s.languages {
		if err := s.list(ctx, lang); err != nil {
			return err
		}
		if err := s.keepAs(ctx, "00-"+listPage+"."+lang, pictureRow{Page: listPage, Lang: lang, Level: s.level}); err != nil {
			return err
		}
	}
	if s.o.page == listPage {
		return nil
	}
	return s.list(ctx, s.lang) // in which the pages begin
}

// standIn shows a page beside a stand-in.
func (s *showing) standIn(ctx context.Context, page, step, explanation string) error {
	if !s.begun {
		if err := s.open(ctx); err != nil {
			return err
		}
	}
	s.beside = true
	if err := s.worker.Visit(ctx, s.instead.guide, s.instead.address(page, step, explanation)); err != nil {
		return err
	}
	_, err := s.await(ctx, rehearsalLimit, func(l session.Look) bool { return l.Page == page && (explanation == "" || l.Explain != "") })
	if err != nil {
		return fmt.Errorf("the stand-in for page %s was not recognised: %w", page, err)
	}
	return nil
}

// takePage makes the pictures of a page that is there.
func (s *showing) takePage(ctx context.Context, p *kiosk.Page, live bool) error {
	steps := []string{}
	for _, step := range p.Steps {
		if s.o.step == "" || s.o.step == step.ID {
			steps = append(steps, step.ID)
		}
	}
	if len(p.Steps) == 0 {
		steps = append(steps, "")
	}
	for _, step := range steps {
		for _, lang := range s.languages {
			if err := s.takeStep(ctx, p.ID, step, lang, live); err != nil {
				return err
			}
		}
	}
	return s.worker.Turn(ctx, s.lang, s.level, "")
}

func (s *showing) takeStep(ctx context.Context, page, step, lang string, live bool) error {
	if err := s.worker.Turn(ctx, lang, s.level, step); err != nil {
		return err
	}
	looked, err := s.await(ctx, 3*time.Second, func(l session.Look) bool {
		return l.Page == page && l.Lang == lang && (step == "" || l.Step == step) && (l.Sight == "" || l.Sight == string(kiosk.Sure))
	})
	if err != nil && ctx.Err() != nil {
		return err
	}
	return s.keep(ctx, pictureRow{Page: page, Step: step, Lang: lang, Level: s.level, Sight: looked.Sight, Live: live})
}

// takeErrors makes a picture of every error that is explained on a page.
func (s *showing) takeErrors(ctx context.Context, p *kiosk.Page) error {
	for _, step := range p.Steps {
		for _, e := range step.Errors {
			if s.o.step != "" && s.o.step != step.ID {
				continue
			}
			for _, lang := range s.languages {
				if err := s.standIn(ctx, p.ID, step.ID, e.ID); err != nil {
					s.report.OK = false
					s.report.note("page %s, step %s: the explanation %s did not come up", p.ID, step.ID, e.ID)
					break
				}
				if err := s.worker.Turn(ctx, lang, s.level, ""); err != nil {
					return err
				}
				if _, err := s.await(ctx, 3*time.Second, func(l session.Look) bool { return l.Lang == lang }); err != nil {
					return err
				}
				if err := s.keep(ctx, pictureRow{Page: p.ID, Step: step.ID, Error: e.ID, Lang: lang, Level: s.level}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// keep writes a picture and tells of it.
func (s *showing) keep(ctx context.Context, row pictureRow) error {
	number := slices.Index(pageIDs(s.guide), row.Page) + 1
	parts := []string{fmt.Sprintf("%02d", number), row.Page}
	if row.Step != "" {
		at := slices.IndexFunc(pageOf(s.guide, row.Page).Steps, func(other kiosk.Step) bool { return other.ID == row.Step })
		parts = append(parts, fmt.Sprint(at+1), row.Step)
	}
	if row.Error != "" {
		parts = append(parts, "error", row.Error)
	}
	return s.keepAs(ctx, strings.Join(parts, "-")+"."+row.Lang, row)
}

func (s *showing) keepAs(ctx context.Context, name string, row pictureRow) error {
	if s.o.out == "" {
		return errors.New("say with -out where pictures go")
	}
	row.File = filepath.Join(s.o.out, name+".png")
	if err := s.save(ctx, row.File); err != nil {
		return err
	}
	fmt.Fprintln(s.stderr, row.File)
	s.report.Rows = append(s.report.Rows, row)
	s.report.Figures["pictures"]++
	return nil
}

// script does the lines of a script.
func (s *showing) script(ctx context.Context, lines []kiosk.PreviewLine) error {
	for i, line := range lines {
		if err := s.do(ctx, line); err != nil {
			return fmt.Errorf("%s: step %d: %w", s.o.script, i+1, err)
		}
	}
	return nil
}

// do does one line.
func (s *showing) do(ctx context.Context, line kiosk.PreviewLine) error {
	switch {
	case line.Touch != "":
		look, err := s.await(ctx, 5*time.Second, func(l session.Look) bool { _, ok := l.Keys[line.Touch]; return ok })
		if err != nil {
			keys := []string{}
			for key := range look.Keys {
				keys = append(keys, key)
			}
			slices.Sort(keys)
			return fmt.Errorf("there is no key %q now; there are %s", line.Touch, strings.Join(keys, ", "))
		}
		return s.touch(ctx, line.Touch, look)
	case line.Type != "":
		return s.hand.Type(line.Type)
	case line.Key != "":
		return s.hand.Key(line.Key)
	case line.Shot != "":
		look, err := s.await(ctx, 5*time.Second, func(session.Look) bool { return true })
		if err != nil {
			return err
		}
		if look.Screen == string(kiosk.Readiness) {
			look.Page = listPage
		}
		return s.keepAs(ctx, line.Shot, pictureRow{Page: look.Page, Step: look.Step, Error: look.Explain, Lang: s.lang, Level: s.level, Sight: look.Sight, Live: s.live && !s.beside})
	}
	if line.Language != "" {
		if !slices.Contains(s.languages, line.Language) {
			return fmt.Errorf("the languages are %s", strings.Join(s.languages, ", "))
		}
	}
	if line.Level != "" && !slices.Contains(kiosk.Levels(), line.Level) {
		return fmt.Errorf("the levels are %v", kiosk.Levels())
	}
	s.mu.Lock()
	s.lang, s.level = cmp.Or(line.Language, s.lang), cmp.Or(line.Level, s.level)
	s.mu.Unlock()
	if line.Page != "" {
		return s.goTo(ctx, line)
	}
	if look, err := s.worker.Look(ctx); err == nil && s.chosen && look.Screen == string(kiosk.Readiness) {
		return s.list(ctx, s.lang)
	}
	if !s.begun {
		return s.open(ctx)
	}
	return s.worker.Turn(ctx, s.lang, s.level, "")
}

// touch touches a key when it has come to rest, and waits for what comes of it. A touch that came too soon is given once
// more; one that changes nothing on the screen is no mistake.
func (s *showing) touch(ctx context.Context, key string, look session.Look) error {
	for range 2 {
		for range 20 {
			was := look.Keys[key]
			select {
			case <-time.After(100 * time.Millisecond):
			case <-ctx.Done():
				return ctx.Err()
			}
			now, err := s.await(ctx, 5*time.Second, func(l session.Look) bool { _, ok := l.Keys[key]; return ok })
			if err != nil {
				return err
			}
			if look = now; look.Keys[key] == was {
				break
			}
		}
		box := look.Keys[key]
		if err := s.hand.Click(int(box.X+box.W/2), int(box.Y+box.H/2)); err != nil {
			return err
		}
		if _, err := s.await(ctx, 1500*time.Millisecond, func(l session.Look) bool { return l.Painted > look.Painted }); err == nil {
			return nil
		}
	}
	return ctx.Err()
}

// goTo shows a page: the service's own where an invented person may come to it, else a stand-in.
func (s *showing) goTo(ctx context.Context, line kiosk.PreviewLine) error {
	if hasList(s.guide, line.Page) {
		return s.list(ctx, s.lang)
	}
	if pageOf(s.guide, line.Page) == nil {
		return fmt.Errorf("the guide has no page %q; it has %s", line.Page, strings.Join(shownPages(s.guide), ", "))
	}
	there := false
	if s.live && line.Error == "" {
		s.beside = false
		err := s.walk(ctx, line.Page, nil)
		if look, lookErr := s.worker.Look(ctx); err == nil && lookErr == nil && look.Page == line.Page {
			there = true
		} else if ctx.Err() == nil {
			s.report.note("page %s is shown beside a stand-in: the walk did not come to it (%v)", line.Page, err)
		}
	}
	if !there {
		if err := s.standIn(ctx, line.Page, line.Step, line.Error); err != nil {
			return err
		}
	}
	if line.Error != "" {
		return s.worker.Turn(ctx, s.lang, s.level, "")
	}
	if err := s.worker.Turn(ctx, s.lang, s.level, line.Step); err != nil {
		return err
	}
	_, _ = s.await(ctx, 3*time.Second, func(l session.Look) bool { return l.Sight == "" || l.Sight == string(kiosk.Sure) })
	return nil
}

// talk shows the screens to a person, and does what they write.
func (s *showing) talk(ctx context.Context, in io.Reader, stdout io.Writer) error {
	asked, over := make(chan asking), make(chan struct{})
	defer close(over)
	link, end, err := serveScreen(s.display, s.choices(asked, over))
	if err != nil {
		return err
	}
	defer end()
	fmt.Fprintf(stdout, "The screens: %s\n", link)
	closed := make(<-chan struct{})
	if os.Getenv("DISPLAY") != "" {
		if v, err := browser.OpenAuthor(ctx, browser.AuthorOptions{}); err == nil {
			defer v.Close()
			if v.Open(link) == nil {
				closed = v.Gone()
			}
		}
	}
	if s.o.page == "" {
		err = s.open(ctx)
	} else {
		err = s.goTo(ctx, kiosk.PreviewLine{Page: s.o.page, Step: s.o.step})
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "Pages: %s\nWrite: page ID [STEP], error PAGE STEP ERROR, language LANG, level LEVEL, shot NAME, quit\n", strings.Join(shownPages(s.guide), " "))
	lines := make(chan string)
	go func() {
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-closed:
			return nil
		case err := <-s.failed:
			return err
		case a := <-asked:
			a.answer <- s.do(ctx, a.line)
		case text := <-lines:
			line, err := previewLine(strings.Fields(text))
			switch {
			case errors.Is(err, io.EOF):
				return nil
			case err == nil && line != nil:
				err = s.do(ctx, *line)
			}
			if err != nil {
				fmt.Fprintln(stdout, sentence(err))
			}
		}
	}
}

// asking is a line that the author chose on the page.
type asking struct {
	line   kiosk.PreviewLine
	answer chan error
}

// choices are what an author may choose on the page beside the screen. What they choose is asked for one after the other, until over.
func (s *showing) choices(asked chan<- asking, over <-chan struct{}) *workbenchPreview {
	return &workbenchPreview{Name: s.guide.Service.Name.In("en"), Pages: shownPages(s.guide), Languages: s.languages,
		Now: func() (string, string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			return s.lang, string(s.level)
		},
		Show: func(what, value string) error {
			line, err := previewLine([]string{what, value})
			if err != nil {
				return err
			}
			a := asking{*line, make(chan error, 1)}
			select {
			case asked <- a:
				return <-a.answer
			case <-over:
				return errors.New("the preview has ended")
			}
		}}
}

// previewLine reads a line that a person wrote; io.EOF: they want to end.
func previewLine(words []string) (*kiosk.PreviewLine, error) {
	if len(words) == 0 {
		return nil, nil
	}
	arg := func(n int) string {
		if n < len(words) {
			return words[n]
		}
		return ""
	}
	switch words[0] {
	case "quit", "exit":
		return nil, io.EOF
	case "page":
		return &kiosk.PreviewLine{Page: arg(1), Step: arg(2)}, nil
	case "error":
		return &kiosk.PreviewLine{Page: arg(1), Step: arg(2), Error: arg(3)}, nil
	case "language":
		return &kiosk.PreviewLine{Language: arg(1)}, nil
	case "level":
		return &kiosk.PreviewLine{Level: kiosk.Level(arg(1))}, nil
	case "touch":
		return &kiosk.PreviewLine{Touch: arg(1)}, nil
	case "shot":
		return &kiosk.PreviewLine{Shot: arg(1)}, nil
	}
	return nil, errors.New("write page, error, language, level, touch, shot or quit")
}
