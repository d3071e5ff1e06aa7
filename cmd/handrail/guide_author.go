// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// guideReport is what the commands for authors print with -json.
type guideReport struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []any              `json:"rows"`
	Notes   []string           `json:"notes"`
}

func newGuideReport() *guideReport {
	return &guideReport{OK: true, Figures: map[string]float64{}, Rows: []any{}, Notes: []string{}}
}

func (r *guideReport) note(format string, args ...any) {
	r.Notes = append(r.Notes, fmt.Sprintf(format, args...))
}

// status is the exit status.
func (r *guideReport) status() int {
	if r.OK {
		return 0
	}
	return 1
}

// print prints the report as one object, or what plain says to people and then the notes.
func (r *guideReport) print(w io.Writer, asJSON bool, plain func()) int {
	if !asJSON {
		plain()
		for _, note := range r.Notes {
			fmt.Fprintln(w, "note:", note)
		}
		return r.status()
	}
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	if err := out.Encode(r); err != nil {
		return 1
	}
	return r.status()
}

// walkFlags are the flags of the commands that walk a guide on its service.
type walkFlags struct {
	url, service string
	submit, json bool
}

func (f *walkFlags) add(flags *flag.FlagSet) {
	flags.StringVar(&f.url, "url", "", "walk the service at this `address` instead of the guide's own")
	flags.StringVar(&f.service, "e-service", "", "start the practice service of this `folder` (node start.mjs) and walk that")
	flags.BoolVar(&f.submit, "submit", false, "also press what only a citizen may: declarations and the service's own submit. For services\nthat are there for trying things out, never for one whose office would get the invented answers")
	flags.BoolVar(&f.json, "json", false, "print one JSON object")
}

// origin is where the service is: empty for the guide's own. end stops what was started for it.
func (f *walkFlags) origin(ctx context.Context, stderr io.Writer) (origin string, end func(), err error) {
	switch {
	case f.service != "" && f.url != "":
		return "", nil, errors.New("give -url or -e-service, not both")
	case f.service != "":
		dir, err := os.MkdirTemp("", "handrail-guide")
		if err != nil {
			return "", nil, err
		}
		d := &demo{o: demoOptions{service: f.service}, dir: dir, log: logger(stderr, false)}
		if err = os.Mkdir(d.path("log"), 0o700); err == nil {
			err = d.startService(ctx)
		}
		end := func() {
			if d.service != nil {
				_ = d.service.stop()
			}
			os.RemoveAll(dir)
		}
		if err != nil {
			end()
			return "", nil, err
		}
		port, _, _ := strings.Cut(d.origin[strings.LastIndex(d.origin, ":"):], "/")
		return "http://127.0.0.1" + port, end, nil
	case f.url != "":
		u, err := url.Parse(f.url)
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return "", nil, fmt.Errorf("%q is not the address of a service, such as https://www.example.org", f.url)
		}
		return u.Scheme + "://" + u.Host, func() {}, nil
	}
	return "", func() {}, nil
}

// loadDraft reads a guide's folder, also one whose texts are not all written.
func loadDraft(dir string) (*kiosk.Guide, kiosk.GuideErrors, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, nil, err
	}
	g, left, err := kiosk.LoadDraft(os.DirFS(filepath.Dir(abs)), filepath.Base(abs))
	for _, p := range left {
		p.File = filepath.Join(dir, filepath.Base(p.File))
	}
	return g, left, err
}

// learned is what two invented people saw together.
type learned struct {
	words   kiosk.Words
	private int // texts that one of them saw and the other did not
	errors  []browser.LearnedError
	pages   []string
	ended   error // of the first; nil when the walk came to its end
	notes   []string
}

// learnHeight is of a window that shows all of a page at once.
const learnHeight = 3000

// authorLimit is how long a page of a service may take while a guide is made or checked.
const authorLimit = 40 * time.Second

// learn walks a guide as two invented people who answer everything differently. Where another choice leads where the guide
// does not, the second makes the first's choice there, and what tells of that choice is nobody's to show.
func learn(ctx context.Context, g *kiosk.Guide, origin string, submit bool) (*learned, error) {
	visitor, err := browser.OpenVisitor(ctx, browser.VisitorOptions{Width: 816, Height: learnHeight})
	if err != nil {
		return nil, err
	}
	defer visitor.Close()
	walk := func(g *kiosk.Guide, person string) (browser.Learned, error) {
		w, err := visitor.OpenWalker(g, browser.WalkOptions{Origin: origin, Person: person, Width: 816, Height: learnHeight, Submit: submit, Authoring: true, PageLimit: authorLimit})
		if err != nil {
			return browser.Learned{}, err
		}
		defer w.Close()
		return w.Learn(ctx), nil
	}
	a, err := walk(g, "a")
	if err != nil {
		return nil, err
	}
	out := &learned{pages: a.Pages, ended: a.Ended}
	second := *g
	var b, way browser.Learned // way: where the second person's own choices lead
	parted := ""
	for range 12 {
		if b, err = walk(&second, "b"); err != nil || slices.Equal(a.Pages, b.Pages) || (a.Ended != nil && !atDeclaration(a.Ended)) {
			break
		}
		page := strayed(a.Pages, b.Pages)
		if parted == "" && b.Ended == nil {
			parted, way = page, b
		}
		changed, ok := sameChoices(&second, page, false)
		if !ok {
			break
		}
		second = *changed
		if parted == "" {
			out.notes = append(out.notes, fmt.Sprintf("page %s: the second person's choice leads elsewhere, so both made the same there; record that way too (-add), or words that tell of it stay hidden", page))
		}
	}
	if err != nil {
		return nil, err
	}
	if !slices.Equal(a.Pages, b.Pages) {
		out.notes = append(out.notes, fmt.Sprintf("the second person came only as far as page %s (%v); write another try: b there", last(b.Pages), b.Ended))
	}
	for chosen := range a.Chosen {
		if b.Chosen[chosen] {
			maps.DeleteFunc(a.Words, func(seen kiosk.SeenWords, _ bool) bool {
				return seen.Page != chosen.Page && strings.Contains(" "+strings.ToLower(seen.Words)+" ", " "+strings.ToLower(chosen.Words)+" ")
			})
		}
	}
	out.words = kiosk.PublicWords(g.ID, a.Words, b.Words, mistakes(g))
	if changed, ok := sameChoices(g, parted, true); ok && parted != "" {
		// The guide knows the other way too: the first person goes it as well, with answers of their own.
		other, err := walk(changed, "a")
		if err != nil {
			return nil, err
		}
		for _, page := range way.Pages {
			if !slices.Contains(out.pages, page) && slices.Contains(other.Pages, page) {
				out.pages = append(out.pages, page)
			}
		}
		on := func(words map[kiosk.SeenWords]bool) map[kiosk.SeenWords]bool {
			words = maps.Clone(words)
			maps.DeleteFunc(words, func(seen kiosk.SeenWords, _ bool) bool { return slices.Contains(a.Pages, seen.Page) })
			return words
		}
		maps.Copy(out.words, kiosk.PublicWords(g.ID, on(other.Words), on(way.Words), mistakes(g)))
		for _, e := range other.Errors {
			if !slices.Contains(a.Pages, e.Page) && slices.Contains(way.Errors, e) {
				out.errors = append(out.errors, e)
			}
		}
	}
	out.private = len(a.Words) - len(out.words)
	for _, e := range a.Errors {
		if slices.Contains(b.Errors, e) {
			out.errors = append(out.errors, e)
		} else {
			out.notes = append(out.notes, fmt.Sprintf("page %s, step %s: the site's error differs from person to person; explain it by the part that stays", e.Page, e.Step))
		}
	}
	return out, nil
}

// strayed is the last page that both were on before they parted.
func strayed(a, b []string) string {
	page := ""
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			break
		}
		page = a[i]
	}
	return page
}

// sameChoices is the guide with the second person's choices on a page made the first's, or the other way round.
func sameChoices(g *kiosk.Guide, page string, second bool) (*kiosk.Guide, bool) {
	out, changed := *g, false
	out.Pages = slices.Clone(g.Pages)
	for i := range out.Pages {
		if out.Pages[i].ID != page {
			continue
		}
		out.Pages[i].Steps = slices.Clone(out.Pages[i].Steps)
		for j := range out.Pages[i].Steps {
			s := &out.Pages[i].Steps[j]
			if s.Kind == kiosk.Choose && s.Try != nil && s.Try.A != s.Try.B {
				choice := s.Try.A
				if second {
					choice = s.Try.B
				}
				s.Try, changed = &kiosk.Try{A: choice, B: choice, Wrong: s.Try.Wrong}, true
			}
		}
	}
	return &out, changed
}

// mistakes are the wrong answers that both people wrote.
func mistakes(g *kiosk.Guide) []string {
	var out []string
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			if s.Try != nil && s.Try.Wrong != "" {
				out = append(out, s.Try.Wrong)
			}
		}
	}
	return out
}

func last(list []string) string {
	if len(list) == 0 {
		return "(none)"
	}
	return list[len(list)-1]
}

// wordsComment stands at the head of a words file.
const wordsComment = "Public words of the service's pages: the same, in the same place, for two invented people who answered\neverything differently. Recorded by handrail guide words."

// writeFile writes a file of a guide, whole or not at all.
func writeFile(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
