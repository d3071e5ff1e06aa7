// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
)

// standIn serves pages in the place of a guide's service, made of what the guide knows of them: path, heading, and every
// control with its name. The engine recognises them as it does the real ones. Nothing that is written there is kept.
type standIn struct {
	guide  *kiosk.Guide // without frames: all of a page is in the page
	origin string
	end    func()
}

// serveStandIn begins to serve on a loopback port.
func serveStandIn(g *kiosk.Guide) (*standIn, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &standIn{guide: unframed(g), origin: "http://" + listener.Addr().String()}
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	s.end = func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
		<-done
	}
	return s, nil
}

// unframed is the guide with all targets in the page itself.
func unframed(g *kiosk.Guide) *kiosk.Guide {
	out := *g
	out.Pages = slices.Clone(g.Pages)
	for i := range out.Pages {
		out.Pages[i].Steps = slices.Clone(g.Pages[i].Steps)
		for j, step := range out.Pages[i].Steps {
			if step.Target != nil {
				target := *step.Target
				target.Frame, target.Within, target.Shadow, target.XPath = "", nil, nil, ""
				out.Pages[i].Steps[j].Target = &target
			}
		}
	}
	return &out
}

// address is where a page stands, with an error of the site on it when one is named.
func (s *standIn) address(page, step, explanation string) string {
	q := url.Values{"at": {page}}
	if explanation != "" {
		q.Set("step", step)
		q.Set("error", explanation)
	}
	return s.origin + s.path(page) + "?" + q.Encode()
}

// path is one that the guide's pattern fits.
func (s *standIn) path(page string) string {
	for _, p := range s.guide.Pages {
		if p.ID == page {
			return strings.ReplaceAll(strings.TrimSuffix(p.Path, "/**"), "*", "one") + strings.Repeat("/", btoi(p.Path == "/**"))
		}
	}
	return "/"
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	at := slices.IndexFunc(s.guide.Pages, func(p kiosk.Page) bool { return p.ID == r.URL.Query().Get("at") })
	if at < 0 {
		at = slices.IndexFunc(s.guide.Pages, func(p kiosk.Page) bool { return p.MatchesPath(r.URL.Path) })
	}
	if at < 0 && r.URL.Path == s.guide.Service.Start && len(s.guide.Pages) > 0 {
		at = 0
	}
	if at < 0 {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	fmt.Fprint(w, s.page(at, r.URL.Query().Get("step"), r.URL.Query().Get("error")))
}

const standInStyle = `body{font:18px/1.5 sans-serif;color:#222;background:#fff;margin:0;padding:28px 40px 90px}h1{font-size:30px;margin:18px 0 22px}
.note{color:#667;font-size:15px;border-bottom:1px solid #ccd;padding-bottom:10px}label{display:block;margin:14px 0 4px}fieldset{border:0;padding:0;margin:18px 0}legend{font-weight:bold}
fieldset label{display:inline-block;margin:6px 22px 6px 4px}input:not([type=radio]):not([type=checkbox]),select,textarea{font:inherit;padding:8px;border:2px solid #333;width:20em;max-width:90%}
button{display:block;font:inherit;padding:10px 22px;background:#2b5d4b;color:#fff;border:0;margin:22px 12px 0 0}a{display:inline-block;margin:14px 18px 0 0}[role=alert]{border:4px solid #b00;padding:12px 18px;margin:18px 0}`

// page is the HTML of a page.
func (s *standIn) page(at int, wrongStep, explanation string) string {
	p := s.guide.Pages[at]
	lang := s.guide.Service.Languages[0]
	say := func(t kiosk.Text) string { return html.EscapeString(t.In(lang)) }
	var b strings.Builder
	fmt.Fprintf(&b, "<!doctype html><html lang=%q><meta charset=utf-8><title>%s</title><style>%s</style><main><p class=note>A stand-in for the page %s. The service itself is not asked.</p>",
		lang, html.EscapeString(p.ID), standInStyle, html.EscapeString(p.ID))
	if len(p.Heading) > 0 {
		fmt.Fprintf(&b, "<h1>%s</h1>", say(p.Heading))
	}
	for _, l := range p.Landmarks {
		switch {
		case l.Role == "heading" && say(l.Name) == say(p.Heading):
		case l.Role == "heading":
			fmt.Fprintf(&b, "<h2>%s</h2>", say(l.Name))
		case !slices.ContainsFunc(p.Steps, func(step kiosk.Step) bool { return step.Target != nil && step.Target.CSS == l.CSS }):
			b.WriteString(s.control("landmark", &l, nil, nil, false))
		}
	}
	if text := s.wrong(p, wrongStep, explanation); text != "" {
		fmt.Fprintf(&b, "<div role=alert><a href=\"#%s\">%s</a></div>", html.EscapeString(s.idOf(p, wrongStep)), html.EscapeString(text))
	}
	next := s.address(p.ID, "", "")
	if at+1 < len(s.guide.Pages) {
		next = s.address(s.guide.Pages[at+1].ID, "", "")
	}
	u, _ := url.Parse(next)
	fmt.Fprintf(&b, "<form action=%q>", html.EscapeString(u.Path))
	for name := range u.Query() {
		fmt.Fprintf(&b, "<input type=hidden name=%q value=%q>", name, html.EscapeString(u.Query().Get(name)))
	}
	group := ""
	for _, step := range p.Steps {
		if step.Target == nil {
			continue
		}
		within := say(step.Target.Group)
		if within != group {
			if group != "" {
				b.WriteString("</fieldset>")
			}
			if within != "" {
				fmt.Fprintf(&b, "<fieldset><legend>%s</legend>", within)
			}
			group = within
		}
		b.WriteString(s.control(step.ID, step.Target, step.Try, &step, step.ID == wrongStep))
	}
	if group != "" {
		b.WriteString("</fieldset>")
	}
	b.WriteString("</form></main></html>")
	return b.String()
}

// wrong is what the site says of a mistake.
func (s *standIn) wrong(p kiosk.Page, step, explanation string) string {
	all := s.guide.Errors
	for _, other := range p.Steps {
		if other.ID == step {
			all = append(slices.Clone(other.Errors), all...)
		}
	}
	for _, e := range all {
		if e.ID == explanation && len(e.Match) > 0 {
			return e.Match[0]
		}
	}
	return ""
}

func (s *standIn) idOf(p kiosk.Page, step string) string {
	for _, other := range p.Steps {
		if other.ID == step && other.Target != nil {
			return idFor(step, other.Target)
		}
	}
	return ""
}

// idFor is the id that a fingerprint's selector asks for, or one of our own.
func idFor(step string, t *kiosk.Target) string {
	if id, ok := strings.CutPrefix(t.CSS, "#"); ok && !strings.ContainsAny(id, ` .:>[\`) {
		return id
	}
	if t.Role == "radiogroup" || t.Role == "group" {
		return "group-" + step
	}
	return "step-" + step
}

// control is one control as its fingerprint says.
func (s *standIn) control(step string, t *kiosk.Target, try *kiosk.Try, of *kiosk.Step, wrong bool) string {
	lang := s.guide.Service.Languages[0]
	name, id, e := html.EscapeString(t.Name.In(lang)), html.EscapeString(idFor(step, t)), html.EscapeString
	near := ""
	if words := t.Near.In(lang); words != "" && name == "" {
		near = "<p>" + e(words) + "</p>"
	}
	field := fmt.Sprintf("id=%q name=%q", id, e(strings.Join(t.Tokens, "-")))
	if wrong {
		field += ` aria-invalid=true`
	}
	if t.Autocomplete != "" {
		field += fmt.Sprintf(" autocomplete=%q", e(t.Autocomplete))
	}
	var options []string
	if try != nil {
		options = []string{try.A, try.B}
	}
	switch t.Role {
	case "radiogroup", "group":
		out := fmt.Sprintf("<fieldset %s><legend>%s</legend>", field, name)
		for i, option := range options {
			out += fmt.Sprintf("<input type=radio id=\"%s-%d\" name=%q value=%q><label for=\"%s-%d\">%s</label>", id, i, id, e(option), id, i, e(option))
		}
		return near + out + "</fieldset>"
	case "radio", "checkbox", "switch":
		kind := "checkbox"
		if t.Role == "radio" {
			kind = "radio"
		}
		return near + fmt.Sprintf("<p><input type=%s %s value=%q><label for=%q>%s</label></p>", kind, field, e(t.Option), id, name)
	case "combobox", "listbox":
		if t.Tag == "select" {
			out := fmt.Sprintf("<label for=%q>%s</label><select %s><option value=\"\"></option>", id, name, field)
			for _, option := range options {
				out += fmt.Sprintf("<option value=%q>%s</option>", e(option), e(option))
			}
			return near + out + "</select>"
		}
	case "link":
		return near + fmt.Sprintf("<a %s href=%q>%s</a>", field, "?", name)
	case "button", "tab", "menuitem":
		kind := "submit"
		if of == nil || of.Done != kiosk.DonePage {
			kind = "button"
		}
		return near + fmt.Sprintf("<button type=%s %s>%s</button>", kind, field, name)
	case "heading", "img", "region", "main", "form", "navigation", "alert", "status", "dialog", "table", "list", "progressbar":
		return fmt.Sprintf("<h2>%s</h2>", name)
	}
	if t.Tag == "textarea" {
		return near + fmt.Sprintf("<label for=%q>%s</label><textarea %s></textarea>", id, name, field)
	}
	kind := "text"
	if t.Type != "" {
		kind = t.Type
	}
	return near + fmt.Sprintf("<label for=%q>%s</label><input type=%q %s>", id, name, e(kind), field)
}
