// SPDX-License-Identifier: Apache-2.0

package guides

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"handrail/kiosk"
)

// visitor walks the service as a browser without scripts would.
type visitor struct {
	t      *testing.T
	client *http.Client
	origin string
	path   string
	page   string // its HTML
}

func newVisitor(t *testing.T, origin string) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, client: &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}, origin: origin}
}

func (v *visitor) see(res *http.Response, err error) {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		v.t.Fatalf("%s: %s, %v", res.Request.URL, res.Status, err)
	}
	v.path, v.page = res.Request.URL.Path, string(body)
}

func (v *visitor) open(path string) { v.t.Helper(); v.see(v.client.Get(v.origin + path)) }

// send presses the page's button with these answers.
func (v *visitor) send(answers url.Values) {
	v.t.Helper()
	for _, input := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(v.page, -1) {
		answers.Set(input[1], html.UnescapeString(input[2]))
	}
	v.see(v.client.PostForm(v.origin+v.path, answers))
}

// texts gives the words of the elements that a pattern finds, without tags.
func (v *visitor) texts(pattern string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`(?s)`+pattern).FindAllStringSubmatch(v.page, -1) {
		text := regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(m[len(m)-1], " ")
		all = append(all, kiosk.NormaliseWords(html.UnescapeString(text)))
	}
	return all
}

// on finds the guide's page that is on the screen, which must be this one.
func (v *visitor) on(g *kiosk.Guide, want kiosk.Page) {
	v.t.Helper()
	headings := v.texts(`<h1[^>]*>(.*?)</h1>`)
	for _, p := range g.Pages {
		if p.MatchesPath(v.path) && len(headings) > 0 && p.Heading["en"] == headings[0] {
			if p.ID != want.ID {
				v.t.Fatalf("on page %s instead of %s", p.ID, want.ID)
			}
			return
		}
	}
	v.t.Fatalf("no page of the guide is at %s with the headings %q; want %s", v.path, headings, want.ID)
}

// groups are the names of the choices that belong together, by step.
var groups = map[string]string{"have-passport": "ukPassport", "yes-no-field": "yesNoField", "radios-field": "radiosField", "checkboxes-field": "checkboxesField"}

// answers are what an invented person says on a page; field names are the elements' ids.
func answers(p kiosk.Page, person func(kiosk.Try) string) url.Values {
	values := url.Values{}
	for _, s := range p.Steps {
		if s.Try == nil {
			continue
		}
		id := strings.TrimPrefix(s.Target.CSS, "#")
		if name, ok := groups[s.ID]; ok {
			id = name
		}
		values.Set(id, person(*s.Try))
	}
	return values
}

// TestDefraForms walks the guide on the service itself: every page is recognised, every target's words are on it, both
// invented people get through, and every error that it can give has its explanation.
func TestDefraForms(t *testing.T) {
	g, err := Load("defra-forms")
	if err != nil {
		t.Fatal(err)
	}
	origin := service(t, "")

	for name, person := range map[string]func(kiosk.Try) string{
		"a": func(try kiosk.Try) string { return try.A },
		"b": func(try kiosk.Try) string { return try.B },
	} {
		t.Run("person "+name, func(t *testing.T) {
			v := newVisitor(t, origin)
			v.open(g.Service.Start)
			for _, p := range g.Pages {
				if p.State == "down" {
					continue
				}
				v.on(g, p)
				for _, s := range p.Steps {
					v.target(s)
				}
				if p.State == "done" {
					return
				}
				v.send(answers(p, person))
			}
			t.Error("the confirmation was not reached")
		})
	}

	t.Run("errors", func(t *testing.T) { explainsErrors(t, g, origin) })
}

// explainsErrors leaves every field of a guide's form empty, answers it wrongly and too long, and wants an explanation of
// whatever the site says to it; and a use for each explanation.
func explainsErrors(t *testing.T, g *kiosk.Guide, origin string) {
	v := newVisitor(t, origin)
	v.open(g.Service.Start)
	used := map[string]bool{}
	for _, p := range g.Pages {
		if p.State != "" || p.ID == "summary" {
			break
		}
		v.on(g, p)
		for _, wrong := range []func(kiosk.Try) string{
			func(kiosk.Try) string { return "" },
			func(try kiosk.Try) string { return try.Wrong },
			func(kiosk.Try) string { return strings.Repeat("x", 101) },
		} {
			if len(answers(p, wrong)) == 0 {
				break
			}
			v.send(answers(p, wrong))
			if v.path != p.Path { // everything there was fine
				v.open(p.Path)
				continue
			}
			v.explained(g, p, used)
		}
		v.send(answers(p, func(try kiosk.Try) string { return try.A }))
	}
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			for _, e := range s.Errors {
				if key := s.ID + "/" + e.ID; !used[key] {
					t.Errorf("the explanation %s was never needed", key)
				}
			}
		}
	}
	for _, e := range g.Errors {
		if !used["/"+e.ID] {
			t.Errorf("the explanation %s was never needed", e.ID)
		}
	}
}

// target looks for what a step points at.
func (v *visitor) target(s kiosk.Step) {
	v.t.Helper()
	if s.Target == nil {
		return
	}
	var found []string
	switch id := strings.TrimPrefix(s.Target.CSS, "#"); s.Target.Role {
	case "button":
		found = v.texts(`<button [^>]*>(.*?)</button>`)
	case "radiogroup":
		found = v.texts(`<legend[^>]*>(.*?)</legend>`)
	default:
		found = v.texts(`<label[^>]* for="` + regexp.QuoteMeta(id) + `"[^>]*>(.*?)</label>`)
		element := regexp.MustCompile(`<` + s.Target.Tag + `[^>]* id="` + regexp.QuoteMeta(id) + `"[^>]*>`).FindString(v.page)
		for attribute, want := range map[string]string{"type": s.Target.Type, "autocomplete": s.Target.Autocomplete} {
			if want != "" && !strings.Contains(element, attribute+`="`+want+`"`) {
				v.t.Errorf("step %s: %s should have %s %s", s.ID, element, attribute, want)
			}
		}
	}
	if len(found) != 1 || found[0] != s.Target.Name["en"] {
		v.t.Errorf("step %s points at %q, and the page has %q", s.ID, s.Target.Name["en"], found)
	}
}

// explained wants an explanation for each error beside a field, at that field's step.
func (v *visitor) explained(g *kiosk.Guide, p kiosk.Page, used map[string]bool) {
	v.t.Helper()
	matches := regexp.MustCompile(`(?s)<p id="([^"]*)-error" class="govuk-error-message">(.*?)</p>`).FindAllStringSubmatch(v.page, -1)
	if len(matches) == 0 {
		v.t.Errorf("%s: refused without an error", p.ID)
	}
	for _, m := range matches {
		text := kiosk.NormaliseWords(html.UnescapeString(regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(m[2], " ")))
		known := false
		for _, s := range p.Steps {
			if s.Target == nil || (s.Target.CSS != "#"+m[1] && !strings.HasPrefix(s.Target.CSS, "#"+m[1]+"__") && s.Target.Role != "radiogroup") {
				continue
			}
			if e := g.Explain(&p, s.ID, kiosk.NewPrivate(text)); e != nil {
				known, used[s.ID+"/"+e.ID], used["/"+e.ID] = true, true, true
			}
		}
		if !known {
			v.t.Errorf("%s, field %s: %q has no explanation", p.ID, m[1], text)
		}
	}
}
