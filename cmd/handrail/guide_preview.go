// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
	"handrail/ui/i18n"
)

const guidePreviewUsage = `usage: handrail guide preview DIR                          look at it, and try it
       handrail guide preview DIR -out FOLDER             a picture of the list and of every step, in every language
       handrail guide preview DIR -script FILE [-out FOLDER]
       handrail guide preview DIR -words [-lang en] [-page ID] [-json]
       handrail guide preview DIR -as volunteer -page ID [-url ADDRESS | -e-service FOLDER] [-json]

Shows a guide as a citizen sees it: the real screens, beside the pages of the live service. Where the service does not
answer, and after what only a citizen may press, stand-ins made of the guide's own fingerprints are shown in its place, and
this is said. Texts of a draft that are still to be written are shown as ✎ with what is missing.

Without -out or -script the screens open in a window, or print a link to open in a browser on this computer. Touch and type
there; page, language and support are chosen above the screen, or with one of these lines here:

  page your-name [step]      go to a page, and to a step of it
  page readiness             the list of what is needed, before the service is opened
  error your-name name empty the page with that error of the service on it
  language ar                go on in Arabic
  level i-try                go on with-me, guide-me or i-try
  shot NAME                  keep a picture
  quit

A script is the same for a program, in a file:

  steps:
    - page: your-name
      language: ar
    - touch: why             # a key beside the page, by its name
    - type: Testina
    - shot: name-why         # needs -out

-words prints in words what a citizen is told on each page. With -as volunteer an invented person walks to a page of the
live service, and what is printed is all that a volunteer would receive of it: public words, and a bar for each text that is
not shown.

options:
`

// previewFlags are what is asked of a preview.
type previewFlags struct {
	walkFlags
	lang, page, step, level, out, script, as string
	words, errors, offline                   bool
}

func guidePreview(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("guide preview", flag.ContinueOnError)
	flags.SetOutput(stderr)
	var o previewFlags
	o.walkFlags.add(flags)
	flags.StringVar(&o.lang, "lang", "", "`languages` of the citizen, such as en,ar; all that the guide speaks when it is left out")
	flags.StringVar(&o.page, "page", "", "only this `page`; with a window, begin at it")
	flags.StringVar(&o.step, "step", "", "only this `step` of the page")
	flags.StringVar(&o.level, "level", string(kiosk.GuideMe), "how much support: `with-me`, guide-me or i-try")
	flags.StringVar(&o.out, "out", "", "write the pictures into this `folder`")
	flags.StringVar(&o.script, "script", "", "do what this `file` says")
	flags.StringVar(&o.as, "as", "citizen", "citizen or volunteer")
	flags.BoolVar(&o.words, "words", false, "print the words, and open no screens")
	flags.BoolVar(&o.errors, "errors", false, "with -out: also a picture of every explained error")
	flags.BoolVar(&o.offline, "offline", false, "do not ask the service, show stand-ins for its pages")
	flags.Usage = func() { fmt.Fprint(flags.Output(), guidePreviewUsage); flags.PrintDefaults() }
	dirs, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(dirs) != 1 || (o.as != "citizen" && o.as != "volunteer") || (o.as == "volunteer" && o.page == "") || !slices.Contains(kiosk.Levels(), kiosk.Level(o.level)) {
		fmt.Fprint(stderr, "handrail guide preview: name the folder of one guide; for a volunteer also a page\n\n"+guidePreviewUsage)
		return 2
	}
	g, _, err := loadDraft(dirs[0])
	if screens := o.as == "citizen" && !o.words && (!o.json || o.out+o.script != ""); err == nil && o.page != "" && pageOf(g, o.page) == nil && !(screens && hasList(g, o.page)) {
		err = fmt.Errorf("the guide has no page %q; it has %s", o.page, strings.Join(shownPages(g), ", "))
	}
	report, tell := newGuideReport(), func() {}
	switch {
	case err != nil:
	case o.as == "volunteer":
		err = previewVolunteer(ctx, report, g, o.page, o.walkFlags, stderr)
		tell = func() { tellVolunteer(stdout, report) }
	case o.words, o.json && o.out == "" && o.script == "":
		lang := strings.Split(o.lang+",", ",")[0]
		if lang == "" {
			lang = "en"
		}
		g.ShowUnwritten()
		err = previewWords(report, g, lang, o.page)
		tell = func() { tellWords(stdout, g, lang, o.page, report) }
	default:
		err = previewScreens(ctx, report, g, o, stdout, stderr)
		tell = func() { tellScreens(stdout, report) }
	}
	if err != nil {
		fmt.Fprintf(stderr, "handrail guide preview: %v\n", err)
		return 1
	}
	return report.print(stdout, o.json, tell)
}

// shownPages are the pages that can be shown, and before them the list of what is needed.
func shownPages(g *kiosk.Guide) []string {
	if hasList(g, listPage) {
		return append([]string{listPage}, pageIDs(g)...)
	}
	return pageIDs(g)
}

func pageIDs(g *kiosk.Guide) []string {
	var ids []string
	for _, p := range g.Pages {
		ids = append(ids, p.ID)
	}
	return ids
}

// previewScreens opens the screens and does what is asked.
func previewScreens(ctx context.Context, report *guideReport, g *kiosk.Guide, o previewFlags, stdout, stderr io.Writer) error {
	left := len(g.Unwritten())
	g.ShowUnwritten()
	languages, err := previewLanguages(g, o.lang)
	if err != nil {
		return err
	}
	if o.out != "" {
		if err := os.MkdirAll(o.out, 0o755); err != nil {
			return err
		}
	}
	var script *kiosk.PreviewScript
	if o.script != "" {
		data, err := os.ReadFile(o.script)
		if err != nil {
			return err
		}
		if script, err = kiosk.ParsePreviewScript(o.script, data); err != nil {
			return err
		}
	}
	origin, end, err := o.origin(ctx, stderr)
	if err != nil {
		return err
	}
	defer end()
	if origin == "" {
		origin = g.Service.Origin
	}
	instead, err := serveStandIn(g)
	if err != nil {
		return err
	}
	defer instead.end()
	live := !o.offline && answers(ctx, origin+g.Service.Start)
	if !live && !o.offline {
		report.note("the service does not answer at %s; stand-ins are shown for its pages", origin)
		fmt.Fprintf(stderr, "The service does not answer at %s: stand-ins are shown for its pages.\n", origin)
	}
	if !live {
		origin = instead.origin
	}
	fmt.Fprintln(stderr, "The screens are being opened.")
	r, err := openRehearsal(ctx, g, origin, languages, o.out != "" || script != nil, logger(io.Discard, false))
	if err != nil {
		return err
	}
	defer r.close()
	show := &showing{rehearsal: r, guide: g, instead: instead, live: live, origin: origin, o: o, languages: languages, lang: languages[0], level: kiosk.Level(o.level), report: report, stderr: stderr}
	report.Figures["live"], report.Figures["left_to_write"], report.Figures["pictures"] = 0, float64(left), 0
	if live {
		report.Figures["live"] = 1
	}
	if left > 0 {
		report.note("%s left to write; they are shown as ✎", textsLeft(left))
	}
	switch {
	case script != nil:
		return show.script(ctx, script.Steps)
	case o.out != "":
		return show.pictures(ctx)
	}
	return show.talk(ctx, os.Stdin, stdout)
}

// previewLanguages are those that are asked for, or all of the guide, English first.
func previewLanguages(g *kiosk.Guide, asked string) ([]string, error) {
	all := slices.Sorted(maps.Keys(g.Service.Name))
	if asked != "" {
		for _, lang := range commaList(asked) {
			if !slices.Contains(all, lang) {
				return nil, fmt.Errorf("the guide does not speak %q; it speaks %s", lang, strings.Join(all, ", "))
			}
		}
		return commaList(asked), nil
	}
	words, err := i18n.Load()
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(lang string) bool { return !slices.Contains(words.Languages(), lang) })
	if at := slices.Index(all, "en"); at > 0 {
		all = append([]string{"en"}, slices.Delete(all, at, at+1)...)
	}
	if len(all) == 0 {
		return nil, errors.New("the guide speaks no language that the screens have")
	}
	return all, nil
}

// answers tells whether there is a service.
func answers(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return false
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return false
	}
	response.Body.Close()
	return response.StatusCode < 500
}

func tellScreens(w io.Writer, r *guideReport) {
	for _, row := range r.Rows {
		if p, ok := row.(pictureRow); ok {
			fmt.Fprintln(w, p.File)
		}
	}
	fmt.Fprintf(w, "%s\n", counted(int(r.Figures["pictures"]), "picture"))
}

// textsLeft says how many texts are left.
func textsLeft(n int) string {
	if n == 1 {
		return "1 text is"
	}
	return fmt.Sprintf("%d texts are", n)
}
