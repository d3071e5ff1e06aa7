// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// DraftOptions say what a draft cannot find in a recording.
type DraftOptions struct {
	ID        string   // of the guide; the folder's name
	Languages []string // that the guide will speak; en and ar are always among them
	Day       string   // YYYY-MM-DD
}

// Draft makes a guide of a recording: pages, fingerprints and invented answers, with every text for people empty. Notes say
// in sentences what the author should look at.
func Draft(r Recording, o DraftOptions) (*Guide, []string) {
	d := drafter{blank: blank(o.Languages), ids: map[string]bool{}}
	langs := []string{}
	for _, p := range r.Pages {
		if p.Lang != "" && !slices.Contains(langs, p.Lang) {
			langs = append(langs, p.Lang)
		}
	}
	if len(langs) == 0 {
		langs = []string{"en"}
	}
	d.site = langs
	g := &Guide{Format: 1, ID: o.ID, Version: 1, Icon: "form", Service: Service{
		Name: d.blank(), Term: Text{}, Languages: langs, Origin: r.Origin, Start: r.Start, Licence: "CC-BY-4.0", Checked: o.Day,
	}, Receipt: ReceiptWords{Title: d.blank(), Done: []Text{d.blank()}, Next: []Text{d.blank()}}}
	for _, lang := range langs {
		g.Service.Term[lang] = term(r.Pages, lang)
	}
	d.notes = append(d.notes, r.Notes...)
	d.answers = answersOf(r)
	r.Pages = d.declarations(r)
	end, _ := r.end()
	for i, p := range r.Pages {
		g.Pages = append(g.Pages, d.page(p, i == end))
	}
	for lang, words := range g.Service.Term {
		if holds(words, d.answers) {
			g.Service.Term[lang] = "?"
			d.note("the service's own name for itself could not be told from what you wrote: put it under service, term, in place of the question mark")
		}
	}
	d.together(g)
	return g, d.notes
}

// answersOf are the texts that were written while recording; whatever holds one of them is not the page's own.
func answersOf(r Recording) []string {
	var answers []string
	for _, p := range r.Pages {
		for _, a := range p.Acts {
			if a.Kind == FillIn && len([]rune(a.Value)) > 2 {
				answers = append(answers, a.Value)
			}
		}
	}
	return answers
}

// end is the page on which the recording ended, and the one before it on the way; -1 when there is none.
func (r Recording) end() (end, before int) {
	way := r.Way
	if len(way) == 0 { // of a recording that is imported
		for i := range r.Pages {
			way = append(way, i)
		}
	}
	switch n := len(way); n {
	case 0:
		return -1, -1
	case 1:
		return way[0], -1
	default:
		return way[n-1], way[n-2]
	}
}

// term is what all titles of the pages in a language end with, from a dash or bar on, or the first title.
func term(pages []RecordedPage, lang string) string {
	first, common := "", -1
	for _, p := range pages {
		title := siteWords(p.Title)
		switch {
		case p.Lang != lang || title == "":
		case common < 0:
			first, common = title, len(title)
		default:
			n := 0
			for n < common && n < len(title) && title[len(title)-1-n] == first[len(first)-1-n] {
				n++
			}
			common = n
		}
	}
	if common < 0 {
		return cmp.Or(first, "?")
	}
	for _, between := range []string{" - ", " – ", " | "} {
		if _, rest, ok := strings.Cut(first[len(first)-common:], between); ok && common < len(first) && len(rest) > 3 {
			return strings.TrimSpace(rest)
		}
	}
	return first
}

type drafter struct {
	blank   func() Text
	site    []string
	answers []string // that the author wrote
	ids     map[string]bool
	notes   []string
}

func (d *drafter) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// blank gives a text that is still to be written, in each of the languages.
func blank(langs []string) func() Text {
	all := append(slices.Clone(wanted), langs...)
	return func() Text {
		t := Text{}
		for _, lang := range all {
			t[lang] = ""
		}
		return t
	}
}

func (d *drafter) page(p RecordedPage, last bool) Page {
	p.Path = d.openPath(p.Path)
	page := Page{ID: d.unique(d.ids, cmp.Or(slug(p.Heading), slug(p.Path[strings.LastIndex(p.Path, "/")+1:]), "page")), Title: d.blank(), Path: p.Path, State: p.State}
	if segments(p.Path) != nil {
		if id := slug(p.Path[strings.LastIndex(strings.TrimSuffix(p.Path, "/"), "/")+1:]); id != "" && !d.ids[id] {
			delete(d.ids, page.ID)
			page.ID = d.unique(d.ids, id)
		}
	}
	if heading := siteWords(p.Heading); heading != "" {
		if holds(heading, d.answers) {
			d.note("page %s: its heading holds an answer, so it is left out; add landmarks if another page has the same path", page.ID)
		} else {
			page.Heading = d.everywhere(Text{p.Lang: heading})
		}
	}
	acts := settled(p.Acts)
	if last && len(acts) == 0 {
		page.State = "done"
	}
	ids := map[string]bool{}
	for i, a := range acts {
		step := Step{ID: d.unique(ids, stepID(a)), Kind: a.Kind, Target: d.target(a.Target), Say: Say{Title: d.blank(), How: d.blank()}}
		rule := kindRules[a.Kind]
		step.Optional = rule.tried && saysOptional(a.Target)
		if rule.asks {
			step.Say.Why, step.Say.Missing = d.blank(), d.blank()
		}
		switch a.Kind {
		case FillIn, Secret:
			step.Done = DoneValid
		case Upload:
			step.Done = DoneValid
		case Choose:
			step.Done = DoneChecked
			if a.Target.Role == "combobox" || a.Target.Role == "listbox" {
				step.Done = DoneValid
			}
		default:
			step.Done = DonePerson
			if a.Kind == Declare && a.Target.Role == "checkbox" {
				step.Done = DoneChecked
			} else if i == len(acts)-1 {
				step.Done = DonePage
			}
		}
		if rule.tried {
			step.Try = d.try(page.ID, step.ID, a)
		}
		page.Steps = append(page.Steps, step)
	}
	if page.State == "" && len(acts) == 0 {
		d.note("page %s: nothing was done on it; add the step that leads on", page.ID)
	}
	if handsOff(page.State) {
		d.note("page %s seems to be a page of the kind %s: only the citizen acts there, and nothing was recorded of it", page.ID, page.State)
		page.Steps = []Step{{ID: "own-hand", Kind: Read, Done: DonePerson, Say: Say{Title: d.blank(), How: d.blank()}}}
	}
	for _, e := range p.Errors {
		d.explain(&page, e)
	}
	return page
}

// openPath puts a star in the place of what was written and came to stand in an address.
func (d *drafter) openPath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		if said, err := url.PathUnescape(part); err == nil && (holds(said, d.answers) || holds(strings.NewReplacer("+", " ", "-", " ", "_", " ").Replace(said), d.answers)) {
			parts[i] = "*"
		}
	}
	return strings.Join(parts, "/")
}

// binding are words by which a button or a box is a declaration, whatever the author called it.
var binding = []string{"declare", "declaration", "sign", "pay", "accept", "agree", "certify", "déclare", "signer", "payer", "accepter", "erkläre", "unterschreiben", "bezahlen"}

// declarations makes declarations of what only a citizen may press: what says so itself, and the press that leads to the end.
func (d *drafter) declarations(r Recording) []RecordedPage {
	out := slices.Clone(r.Pages)
	said := false
	for i := range out {
		out[i].Acts = slices.Clone(out[i].Acts)
		for j := range out[i].Acts {
			a := &out[i].Acts[j]
			switch {
			case a.Kind == Declare:
				said = true
			case a.Kind == Press && binds(a.Target.Name), a.Kind == Choose && a.Target.Role == "checkbox" && binds(a.Target.Name):
				a.Kind = Declare
				d.note("page %s: %q looks like a declaration, so only the citizen touches it; make it press or choose if it is not", out[i].Path, a.Target.Name.In(out[i].Lang))
			}
		}
	}
	if end, before := r.end(); !said && before >= 0 && len(out[end].Acts) == 0 {
		if acts := out[before].Acts; len(acts) > 0 && acts[len(acts)-1].Kind == Press {
			acts[len(acts)-1].Kind = Declare
			d.note("page %s: its last button leads to the end, so it is taken for the service's submit, which only the citizen presses", out[before].Path)
		}
	}
	return out
}

func binds(name Text) bool {
	for _, words := range name {
		for _, word := range strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if slices.Contains(binding, word) {
				return true
			}
		}
	}
	return false
}

// saysOptional tells whether the page itself says that a field may be left out.
func saysOptional(t Target) bool {
	for _, words := range t.Name {
		if low := strings.ToLower(words); strings.Contains(low, "(optional)") || strings.Contains(low, "(facultatif)") || strings.Contains(low, "(freiwillig)") {
			return true
		}
	}
	return false
}

// settled is what counts of the acts on a page: the last answer to each control, in the order of the controls' first
// answers, and of the presses only those after which nothing was done again (the others were refused).
func settled(acts []RecordedAct) []RecordedAct {
	var out []RecordedAct
	for i, a := range acts {
		if a.Popup {
			continue
		}
		if a.Kind == Press || a.Kind == Declare {
			if i != len(acts)-1 && slices.ContainsFunc(acts[i+1:], func(b RecordedAct) bool { return sameTarget(a.Target, b.Target) }) {
				continue // it was pressed again later
			}
			out = append(out, a)
			continue
		}
		at := slices.IndexFunc(out, func(b RecordedAct) bool { return b.Kind == a.Kind && sameTarget(a.Target, b.Target) })
		if at < 0 {
			out = append(out, a)
			continue
		}
		a.Target, a.Or, a.Wrong = out[at].Target, cmp.Or(a.Or, out[at].Or), cmp.Or(a.Wrong, out[at].Wrong)
		out[at] = a
	}
	// A press in between leads nowhere; the last one leads on.
	return out
}

// sameTarget tells whether two fingerprints were taken of the same control.
func sameTarget(a, b Target) bool {
	return a.Role == b.Role && a.CSS == b.CSS && a.Option == b.Option && (a.CSS != "" && a.CSS[0] == '#' || a.Ordinal == b.Ordinal)
}

func (d *drafter) target(t Target) *Target {
	for _, text := range []*Text{&t.Name, &t.Group, &t.Heading, &t.Near} {
		kept := Text{}
		for lang, words := range *text {
			if words = siteWords(words); words != "" && !holds(words, d.answers) {
				kept[lang] = words
			}
		}
		if *text = nil; len(kept) > 0 {
			*text = d.everywhere(kept)
		}
	}
	if t.Role == "" || !slices.Contains(targetRoles, t.Role) {
		t.Role = "button"
	}
	for _, s := range []*string{&t.CSS, &t.Option} {
		if siteWords(*s) != *s || holds(*s, d.answers) {
			*s = ""
		}
	}
	for _, s := range []*string{&t.Tag, &t.Type, &t.Autocomplete} {
		if strings.ContainsFunc(*s, func(r rune) bool { return !wordRune(r) && r != '-' && r != ' ' }) || len(*s) > 60 {
			*s = ""
		}
	}
	if !plainXPath(t.XPath) || holds(t.XPath, d.answers) {
		t.XPath = ""
	}
	if len(t.Shadow) > mostRoots || slices.ContainsFunc(t.Shadow, func(s string) bool { return !plainTag(s) }) {
		t.Shadow = nil
	}
	t.Tokens = slices.DeleteFunc(slices.Clone(t.Tokens), func(s string) bool {
		return len(s) > 40 || s == "" || s != strings.ToLower(s) || strings.ContainsAny(s, " -._") || siteWords(s) != s || holds(s, d.answers)
	})
	if len(t.Tokens) > 12 {
		t.Tokens = t.Tokens[:12]
	}
	return &t
}

// everywhere gives a text in each language of the site; what was not seen in a language stays as it was seen.
func (d *drafter) everywhere(t Text) Text {
	if len(t) == 0 {
		return nil
	}
	out := Text{}
	for _, lang := range d.site {
		out[lang] = t.In(lang)
	}
	return out
}

// try gives the answers of two invented people. What the author typed is kept in neither: a script says what an invented
// person answers, a hand only shows of what form an answer is.
func (d *drafter) try(page, step string, a RecordedAct) *Try {
	first, other := a.Value, a.Or
	if a.Kind == FillIn && !a.Given {
		first, other = invent(a.Value, 1), ""
	}
	switch {
	case other != "":
	case a.Kind == FillIn:
		other = invent(a.Value, 2)
	default:
		other = otherChoice(a)
	}
	if first == "" || other == "" || other == first {
		d.note("page %s, step %s: there is no second answer for another invented person; write try: by hand", page, step)
		return nil
	}
	try := &Try{A: siteWords(first), B: siteWords(other)}
	if wrong := a.Wrong; wrong != try.A && wrong != try.B && !strings.ContainsFunc(wrong, func(r rune) bool { return unicode.IsControl(r) || hidden(r) }) {
		try.Wrong = wrong
	}
	if try.A == "" || try.B == "" || try.A == try.B {
		return nil
	}
	return try
}

// explain keeps an error of the site with the step that it was about; its explanation is left to write.
func (d *drafter) explain(page *Page, e RecordedError) {
	if holds(e.Words, d.answers) {
		d.note("page %s: an error of the site repeats what was written, and is left out; explain it by the words that stay the same", page.ID)
		return
	}
	at := -1
	if e.Target != nil {
		at = slices.IndexFunc(page.Steps, func(s Step) bool { return s.Target != nil && sameTarget(*s.Target, *e.Target) })
	}
	if at >= 0 {
		AddError(page, page.Steps[at].ID, e.Words, d.blank)
	} else {
		AddError(page, "", e.Words, d.blank)
	}
}

// AddError adds an error of the site to a step of a draft, with an explanation that is still to be written, unless one
// matches it. Without a step it goes to the page's first that asks for something. It tells whether it added one.
func AddError(page *Page, step, words string, blank func() Text) bool {
	words = siteWords(words)
	at := slices.IndexFunc(page.Steps, func(s Step) bool { return s.ID == step })
	if at < 0 {
		at = slices.IndexFunc(page.Steps, func(s Step) bool { return kindRules[s.Kind].asks })
	}
	if at < 0 || len([]rune(words)) < 4 || len([]rune(words)) > lineLength {
		return false
	}
	s := &page.Steps[at]
	low := strings.ToLower(words)
	for _, e := range s.Errors {
		for _, m := range e.Match {
			if m = strings.ToLower(m); strings.Contains(low, m) || strings.Contains(m, low) {
				return false
			}
		}
	}
	s.Errors = append(s.Errors, Explanation{ID: "error-" + itoa(len(s.Errors)+1), Match: []string{words}, Title: blank(), How: blank()})
	return true
}

// Blank gives texts that are still to be written in the languages of a draft.
func (g *Guide) Blank() func() Text {
	var langs []string
	for lang := range g.Service.Name {
		langs = append(langs, lang)
	}
	return blank(langs)
}

// together drops what a repeated visit of a page would make a second page of.
func (d *drafter) together(g *Guide) {
	c := checker{site: d.site}
	var out []Page
	for _, p := range g.Pages {
		at := slices.IndexFunc(out, func(q Page) bool { return c.alike(p, q) })
		if at < 0 {
			out = append(out, p)
			continue
		}
		if len(p.Steps) > len(out[at].Steps) && out[at].State == p.State {
			p.ID = out[at].ID
			out[at] = p
		}
		d.note("page %s was visited more than once; the visit with most steps is kept", out[at].ID)
	}
	g.Pages = out
}

func (d *drafter) unique(seen map[string]bool, id string) string {
	for n := 1; ; n++ {
		name := id
		if n > 1 {
			name = id + "-" + itoa(n)
		}
		if !seen[name] {
			seen[name] = true
			return name
		}
	}
}

func stepID(a RecordedAct) string {
	for _, words := range a.Target.Name {
		if id := slug(words); id != "" {
			return id
		}
	}
	return cmp.Or(slug(strings.Join(a.Target.Tokens, " ")), string(a.Kind))
}

// slug makes lower-case words joined by dashes, at most 40 characters; letters beyond a to z are left out.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !wordRune(r) })
	out := ""
	for _, w := range words {
		if len(out)+len(w)+1 > 40 {
			break
		}
		out = strings.TrimPrefix(out+"-"+w, "-")
	}
	return out
}

// siteWords makes one line of visible words that a guide may hold.
func siteWords(s string) string {
	s = NormaliseWords(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		if hidden(r) {
			return -1
		}
		return r
	}, s))
	if r := []rune(s); len(r) > lineLength {
		s = strings.TrimSpace(string(r[:lineLength]))
	}
	return s
}

// holds tells whether words have one of the answers in them.
func holds(words string, answers []string) bool {
	low := strings.ToLower(NormaliseWords(words))
	return slices.ContainsFunc(answers, func(a string) bool {
		a = strings.ToLower(NormaliseWords(a))
		return a != "" && strings.Contains(low, a)
	})
}

func itoa(n int) string { return strconv.Itoa(n) }
