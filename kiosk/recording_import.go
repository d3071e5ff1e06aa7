// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// maxImport is the size of a file that is imported, in bytes.
const maxImport = 4 << 20

// importedStep is one step of a Chrome DevTools Recorder export, as far as a draft has use for it. The value of a change is
// not among its fields: what somebody typed never gets as far as this program's memory.
type importedStep struct {
	Type           string            `json:"type"`
	Target         string            `json:"target"` // main, or the address of another window or frame
	Key            string            `json:"key"`
	URL            string            `json:"url"`
	Selectors      []json.RawMessage `json:"selectors"` // each a list that leads into shadow roots, or one selector
	Frame          []int             `json:"frame"`
	AssertedEvents []struct {
		Type  string `json:"type"`
		URL   string `json:"url"`
		Title string `json:"title"`
	} `json:"assertedEvents"`
}

// ImportRecording reads a recording that was exported from Chrome DevTools' Recorder as JSON. lang is the language of the
// service's pages. Values are dropped; notes say what else was left out.
func ImportRecording(data []byte, lang string) (*Recording, []string, error) {
	if len(data) > maxImport {
		return nil, nil, fmt.Errorf("recording: it has %d bytes, at most %d are read", len(data), maxImport)
	}
	var file struct {
		Title string         `json:"title"`
		Steps []importedStep `json:"steps"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	if err := decoder.Decode(&file); err != nil {
		return nil, nil, fmt.Errorf("recording: this is not a recording exported as JSON: %w", err)
	}
	i := importer{lang: lang}
	for n, step := range file.Steps {
		if n == 2000 || len(i.out.Pages) == 200 {
			i.note("only the first %d steps are read", n)
			break
		}
		var next *importedStep
		if n+1 < len(file.Steps) {
			next = &file.Steps[n+1]
		}
		i.step(n+1, step, next)
	}
	if len(i.out.Pages) == 0 {
		return nil, nil, errors.New("recording: it goes to no page; export it as JSON, with its first step navigate")
	}
	return &i.out, i.notes, nil
}

type importer struct {
	out   Recording
	lang  string
	frame string // origin of the frame that the present step is in
	notes []string
}

func (i *importer) note(format string, args ...any) {
	i.notes = append(i.notes, fmt.Sprintf(format, args...))
}

func (i *importer) step(n int, s importedStep, next *importedStep) {
	leads := len(s.AssertedEvents) > 0
	if t := s.Target; t != "" && t != "main" && s.Type != "navigate" && len(s.Frame) == 0 && origin(t) != i.out.Origin {
		if framed(t) == "" {
			i.note("step %d is in another window and is left out: a terminal has one", n)
			return
		}
		i.frame = framed(t)
		defer func() { i.frame = "" }()
	}
	switch s.Type {
	case "navigate":
		i.page(s.URL, "")
	case "click", "doubleClick", "change", "keyDown":
		if len(i.out.Pages) == 0 {
			i.note("step %d is before the first page and is left out", n)
			return
		}
		if s.Type != "keyDown" {
			i.act(n, s, next, leads)
		} else if s.Key == "Enter" && leads {
			i.note("step %d: the Enter key led on; add the button that a citizen touches instead", n)
		}
	case "waitForElement":
		i.landmark(s)
	case "setViewport", "keyUp", "scroll", "hover", "close", "emulateNetworkConditions":
	case "":
		i.note("step %d has no type and is left out", n)
	default:
		i.note("step %d of the kind %q is left out", n, shorten(s.Type))
	}
	for _, e := range s.AssertedEvents {
		if e.Type == "navigation" && e.URL != "" {
			i.page(e.URL, e.Title)
		}
	}
}

// landmark keeps the name of an element that was waited for as the page's heading, when it is one.
func (i *importer) landmark(s importedStep) {
	if len(i.out.Pages) == 0 {
		return
	}
	target, ok := i.target(s.Selectors)
	last := &i.out.Pages[len(i.out.Pages)-1]
	if ok && last.Heading == "" && (target.Role == "heading" || target.Tag == "h1") {
		last.Heading = target.Name.In(i.lang)
	}
}

// origin is that of an address; "" when it has none.
func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// framed is the origin of a frame that the Recorder names by its address; "" when that is none that a guide can say.
func framed(address string) string {
	if o := origin(address); o != "" && plainOrigin(o) {
		return o
	}
	return ""
}

// page begins another page, unless it is the one that is there. Only the path of its address is kept.
func (i *importer) page(address, title string) {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || checkPath("/"+strings.TrimPrefix(u.EscapedPath(), "/")) != nil || strings.Contains(u.EscapedPath(), "*") {
		return
	}
	origin, path := u.Scheme+"://"+u.Host, "/"+strings.TrimPrefix(u.EscapedPath(), "/")
	if len(i.out.Pages) == 0 {
		i.out.Origin, i.out.Start = origin, path
	} else if origin != i.out.Origin {
		i.note("a page of %s is left out: a guide has one origin", shorten(origin))
		return
	}
	if last := len(i.out.Pages) - 1; last >= 0 && i.out.Pages[last].Path == path && (len(i.out.Pages[last].Acts) == 0 || title == "") {
		i.out.Pages[last].Title = siteWords(title)
		return
	}
	i.out.Pages = append(i.out.Pages, RecordedPage{Path: path, Lang: i.lang, Title: siteWords(title)})
}

func (i *importer) act(n int, s importedStep, next *importedStep, leads bool) {
	if len(s.Frame) > 0 {
		i.note("step %d is in a frame, of which only the place in the page is known; when the frame is of another origin, add frame: to its target", n)
	}
	if s.Type != "change" && next != nil && next.Type == "change" && slices.EqualFunc(s.Selectors, next.Selectors, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
		return // the click only brought the keyboard there
	}
	target, ok := i.target(s.Selectors)
	if !ok {
		i.note("step %d says nothing by which its element could be known, and is left out", n)
		return
	}
	target.Frame = i.frame
	act := RecordedAct{Kind: Press, Target: target}
	switch {
	case target.Role == "file":
		act.Kind = Upload
	case s.Type == "change" && (target.Role == "combobox" || target.Role == "listbox"):
		act.Kind = Choose
	case s.Type == "change":
		act.Kind = FillIn
		if !slices.Contains(kindRules[FillIn].roles, target.Role) {
			act.Target.Role = "textbox"
		}
	case leads || target.Role == "button" || target.Role == "link":
		if !slices.Contains(kindRules[Press].roles, target.Role) {
			act.Target.Role = "button"
		}
	default:
		act.Kind = Choose
		if !slices.Contains(kindRules[Choose].roles, target.Role) {
			act.Target.Role = "radio"
			i.note("step %d: it is not known what was touched; the draft says it is a choice, look at its role", n)
		}
	}
	last := &i.out.Pages[len(i.out.Pages)-1]
	last.Acts = append(last.Acts, act)
}

var (
	ariaSelector = regexp.MustCompile(`^aria/(.*?)(?:\[role="([a-z]+)"\])?$`)
	tagAtEnd     = regexp.MustCompile(`(?:^|[\s>+~])([a-z][a-z0-9-]*)[^\s>+~]*$`)
	idSelector   = regexp.MustCompile(`^#[A-Za-z][\w-]*$`)
	typeIn       = regexp.MustCompile(`\[type=['"]?([a-z]+)['"]?\]`)
)

// tagRoles are the roles of elements that a selector names by their tag.
var tagRoles = map[string]string{"button": "button", "a": "link", "select": "combobox", "textarea": "textbox", "label": "radio", "summary": "button"}

// target makes a fingerprint of selectors.
func (i *importer) target(selectors []json.RawMessage) (t Target, ok bool) {
	for _, raw := range selectors {
		var chain []string
		if json.Unmarshal(raw, &chain) != nil {
			var one string
			if json.Unmarshal(raw, &one) != nil {
				continue
			}
			chain = []string{one}
		}
		if len(chain) == 0 || len(chain) > mostRoots+1 {
			continue
		}
		if hosts, ok := shadowHosts(chain[:len(chain)-1]); ok && len(hosts) > len(t.Shadow) {
			t.Shadow = hosts
		}
		s := chain[len(chain)-1] // those before lead into shadow roots
		switch {
		case strings.HasPrefix(s, "aria/"):
			parts := ariaSelector.FindStringSubmatch(s)
			if parts == nil {
				continue
			}
			if name := siteWords(parts[1]); name != "" && t.Name == nil {
				t.Name = Text{i.lang: name}
			}
			if slices.Contains(targetRoles, parts[2]) {
				t.Role = parts[2]
			}
		case strings.HasPrefix(s, "text/"):
			if name := siteWords(strings.TrimPrefix(s, "text/")); name != "" && t.Name == nil {
				t.Name = Text{i.lang: name}
			}
		case strings.HasPrefix(s, "xpath/"):
			if path := strings.TrimPrefix(s, "xpath/"); t.XPath == "" && plainXPath(path) && siteWords(path) == path {
				t.XPath = path
			}
		default:
			if s = strings.TrimPrefix(s, "pierce/"); t.CSS == "" && siteWords(s) == s && s != "" && !strings.Contains(s, "/") {
				t.CSS = s
			}
		}
	}
	if t.Tag == "" && t.CSS == "" {
		if parts := strings.FieldsFunc(t.XPath, func(r rune) bool { return r == '/' }); len(parts) > 0 {
			t.Tag, _, _ = strings.Cut(parts[len(parts)-1], "[")
			if !plainTag(t.Tag) {
				t.Tag = ""
			} else if t.Role == "" {
				t.Role = tagRoles[t.Tag]
			}
		}
	}
	if m := tagAtEnd.FindStringSubmatch(t.CSS); m != nil {
		t.Tag = m[1]
		if t.Role == "" {
			t.Role = tagRoles[t.Tag]
		}
		if kind := typeIn.FindStringSubmatch(t.CSS); kind != nil && t.Tag == "input" {
			t.Type = kind[1]
		}
	}
	if t.Role == "" && (t.Type == "radio" || t.Type == "checkbox" || t.Type == "file") {
		t.Role = t.Type
	}
	if idSelector.MatchString(t.CSS) {
		t.Tokens = tokensOf(t.CSS[1:])
	}
	return t, t.CSS != "" || t.XPath != "" || len(t.Name) > 0
}

// shadowHosts are the tags of the hosts of shadow roots, by the selectors that lead to them; ok is false when one does not say it.
func shadowHosts(chain []string) (hosts []string, ok bool) {
	for _, s := range chain {
		m := tagAtEnd.FindStringSubmatch(strings.TrimPrefix(s, "pierce/"))
		if m == nil || !plainTag(m[1]) {
			return nil, false
		}
		hosts = append(hosts, m[1])
	}
	return hosts, true
}

// tokensOf splits an id at case, dash and underscore.
func tokensOf(id string) []string {
	apart := regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(id, "$1 $2")
	var out []string
	for _, token := range strings.FieldsFunc(strings.ToLower(apart), func(r rune) bool { return !wordRune(r) }) {
		if !slices.Contains(out, token) {
			out = append(out, token)
		}
	}
	return out
}
