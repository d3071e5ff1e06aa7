// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

//go:embed canaries/form.html
var canaryForm string

// canaryPage is a page on loopback that holds a person's words in every place that a page has: each is a canary, which may
// not be found in what a helper receives.
type canaryPage struct {
	server *http.Server
	port   int
	used   map[string]bool // names of canaries that the page asked for
}

// canaryPerson is one invented person who is on it.
type canaryPerson struct {
	Who    string
	Other  string // the second origin
	Answer string
	Town   string
	Row    int
	Frames bool // with frames of another origin and a document in them
	page   *canaryPage
}

// canaryOf is a person's canary of a place: letters that nothing else is written with.
func canaryOf(who, place string) string {
	sum := sha256.Sum256([]byte(who + "/" + place))
	word := []byte("Zq" + hex.EncodeToString(sum[:8]))
	for i := 2; i < len(word); i++ { // letters only, for what is taken for a name
		word[i] = 'a' + (word[i]-'0')%26
	}
	return string(word)
}

// C is the canary of a place, Letters and Pairs the same in pieces.
func (p canaryPerson) C(place string) string {
	p.page.used[place] = true
	return canaryOf(p.Who, place)
}
func (p canaryPerson) Letters(place string) []string { return pieces(p.C(place), 1) }
func (p canaryPerson) Pairs(place string) []string   { return pieces(p.C(place), 2) }
func (p canaryPerson) First() bool                   { return p.Row == 1 }
func (p canaryPerson) Second() bool                  { return p.Row == 2 }

func pieces(s string, n int) (out []string) {
	for ; len(s) > n; s = s[n:] {
		out = append(out, s[:n])
	}
	return append(out, s)
}

// All are the canaries that the page's script puts into it.
func (p canaryPerson) All() map[string]string {
	all := map[string]string{}
	for _, place := range []string{"canvas", "open-shadow", "value-in-shadow", "closed-shadow", "history-state", "push-state", "fragment", "local-storage", "cookie",
		"autofill-echo", "typed-echo", "drag-text", "inserted-heading", "inserted", "title-in-motion"} {
		all[place] = p.C(place)
	}
	return all
}

// PDF is a document with one line of text.
func (p canaryPerson) PDF() string {
	text := "BT /F1 18 Tf 10 20 Td (" + p.C("pdf") + ") Tj ET"
	return base64.StdEncoding.EncodeToString([]byte("%PDF-1.1\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj " +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 60]/Contents 4 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj " +
		fmt.Sprintf("4 0 obj<</Length %d>>stream\n%s\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%%%EOF", len(text), text)))
}

// serveCanaries starts the page. It is reached under two names, so that a frame of it is another origin's.
func serveCanaries() (*canaryPage, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	page := &canaryPage{port: listener.Addr().(*net.TCPAddr).Port, used: map[string]bool{}}
	form, err := template.New("form").Parse(canaryForm)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	person := func(r *http.Request) canaryPerson {
		q := r.URL.Query()
		p := canaryPerson{Who: q.Get("who"), Answer: q.Get("answer"), Town: q.Get("town"), Row: len(q.Get("row")), Other: page.at("localhost"), Frames: q.Get("answer") == "", page: page}
		if p.Answer == "" {
			p.Answer, p.Town = canaryOf(p.Who, "answer"), canaryOf(p.Who, "town")
		}
		return p
	}
	lock := make(chan struct{}, 1) // used is of one visit after the other
	handle := func(path string, write func(canaryPerson, *http.Request) ([]byte, error)) {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			lock <- struct{}{}
			body, err := write(person(r), r)
			<-lock
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write(body)
		})
	}
	handle("/form", func(p canaryPerson, r *http.Request) ([]byte, error) {
		p.C("address-query")
		var body bytes.Buffer
		err := form.Execute(&body, p)
		return body.Bytes(), err
	})
	handle("/frame", func(p canaryPerson, r *http.Request) ([]byte, error) {
		body := "<p>Another office</p><p>" + p.C("other-origin-frame") + "</p><input value=" + p.C("value-in-other-frame") + ">"
		if r.URL.Query().Get("deep") != "" {
			body += `<iframe width=200 height=60 src="` + page.at("127.0.0.1") + "/deep?who=" + p.Who + `"></iframe>`
		}
		return []byte("<!doctype html><title>" + p.C("frame-title") + "</title>" + body), nil
	})
	handle("/deep", func(p canaryPerson, r *http.Request) ([]byte, error) {
		return []byte("<!doctype html><p>Deep inside</p><p>" + p.C("nested-frame") + "</p>"), nil
	})
	handle("/many", func(canaryPerson, *http.Request) ([]byte, error) { // as many elements as an outline may have
		body := "<!doctype html><style>.wide{padding:3px}</style><h1>Many</h1>"
		for i := range 300 {
			body += fmt.Sprintf("<p><label for=f%d>Question %d</label> <input id=f%d></p>", i, i, i)
		}
		return []byte(body), nil
	})
	page.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go page.server.Serve(listener)
	return page, nil
}

func (p *canaryPage) at(host string) string { return fmt.Sprintf("http://%s:%d", host, p.port) }

// address is the form as one person has it.
func (p *canaryPage) address(who, answers string) string {
	return p.at("127.0.0.1") + "/form?who=" + who + "&" + answers + "&name=" + canaryOf(who, "address-query")
}

func (p *canaryPage) close() { p.server.Close() }

// canaryTrees are words of each tree that the page is made of.
var canaryTrees = []string{"About you", "Inside a frame", "Another office", "Deep inside", "In an open shadow", "In a closed shadow"}

// canaryGuide is a guide of that page, with the words that two people who are all different both saw there.
func canaryGuide(ctx context.Context, v *browser.Visitor, page *canaryPage) (*kiosk.Guide, error) {
	g := &kiosk.Guide{ID: "canaries", Service: kiosk.Service{Origin: page.at("127.0.0.1"), Start: "/form"}, Pages: []kiosk.Page{{ID: "form", Path: "/form"}}}
	var seen [2]map[kiosk.SeenWords]bool
	for i, who := range []string{"ada", "ben"} {
		seen[i] = map[kiosk.SeenWords]bool{}
		d, err := openHelperEnd(v, g, 816, 4000)
		if err != nil {
			return nil, err
		}
		err = d.visitWhole(ctx, page.address(who, ""), canaryTrees)
		for _, n := range d.raw().Nodes {
			if words := kiosk.NormaliseWords(n.Text); words != "" {
				seen[i][kiosk.SeenWords{Page: "form", Place: n.Place, Words: words}] = true
			}
		}
		d.close()
		if err != nil {
			return nil, err
		}
	}
	g.Words = kiosk.PublicWords(g.ID, seen[0], seen[1], nil)
	if len(g.Words) < 20 {
		return nil, fmt.Errorf("only %d words of the page are public: it was not seen whole", len(g.Words))
	}
	return g, nil
}

// canaryResult is what came of a visit of a person with a canary in every place.
type canaryResult struct {
	Canaries int
	Leaks    []string // places, and what can be told of an answer
	Public   int      // texts that the helper could read: without any, nothing would be proven
	Messages int
	Frames   map[string]bool // public words of each kind of tree, to see that all of the page was looked at
}

// huntCanaries visits the page as a third person, types, moves everything, and searches all that the helper's end opened.
func huntCanaries(ctx context.Context, v *browser.Visitor, motion time.Duration) (*canaryResult, error) {
	page, err := serveCanaries()
	if err != nil {
		return nil, err
	}
	defer page.close()
	g, err := canaryGuide(ctx, v, page)
	if err != nil {
		return nil, err
	}
	d, err := openHelperEnd(v, g, 816, 4000)
	if err != nil {
		return nil, err
	}
	closed := sync.OnceFunc(d.close)
	defer closed()
	const who = "eve"
	steps := []func() error{
		func() error { return d.visitWhole(ctx, page.address(who, ""), canaryTrees) },
		func() error { return d.typeInto(ctx, "#typed", canaryOf(who, "typed")) },
		func() error { return d.typeInto(ctx, "#auto", canaryOf(who, "typed-in-autofill")) },
		func() error { return d.typeInto(ctx, "#name", canaryOf(who, "typed-after-value")) },
		func() error { return d.tab.Click(ctx, "#old-yes") },
		func() error { return d.tab.Click(ctx, "#hint") },
		func() error { return d.tab.Resize(ctx, 816, 688) },
		func() error { return d.tab.Wheel(ctx, "", 600) },
		func() error { return d.tab.Wheel(ctx, "#scroller", 120) },
		func() error {
			return d.tab.Run(ctx, fmt.Sprintf("document.body.dataset.moved = ''; await motion(%d); document.body.dataset.moved = 'yes'", motion.Milliseconds()))
		},
		func() error { return d.settle(ctx, motion+20*time.Second) },
	}
	for i, step := range steps {
		if err := step(); err != nil {
			return nil, fmt.Errorf("canaries, step %d: %w", i+1, err)
		}
		if err := d.settle(ctx, 5*time.Second); err != nil && !errors.Is(err, errUnsettled) {
			return nil, err
		}
	}
	result := &canaryResult{Messages: len(d.opened()), Frames: map[string]bool{}}
	for _, place := range append([]string{"typed", "typed-in-autofill", "typed-after-value"}, keysOf(page.used)...) {
		result.Canaries++
		if d.received(canaryOf(who, place)) {
			result.Leaks = append(result.Leaks, place)
		}
	}
	for _, words := range canaryTrees {
		result.Frames[words] = d.receivedPlain(words)
	}
	result.Public = d.texts()
	closed()
	pairs, err := huntChoices(ctx, v, g, page)
	if err != nil {
		return nil, err
	}
	for name, difference := range pairs {
		result.Canaries++
		if difference != "" {
			result.Leaks = append(result.Leaks, name+": "+difference)
		}
	}
	slices.Sort(result.Leaks)
	return result, nil
}

// huntChoices has two people answer with words that are public elsewhere on the page, each another. What the helper receives
// of the one and of the other has to be the same, byte for byte but for the names of elements.
func huntChoices(ctx context.Context, v *browser.Visitor, g *kiosk.Guide, page *canaryPage) (map[string]string, error) {
	hunted := map[string]string{}
	answered := "answer=Yes&town=Aville&row=1"
	for _, c := range []struct {
		name, a, b string
		do         func(d *helperEnd, second bool) error
	}{
		{"answer-that-is-a-public-word", "answer=Yes&town=Aville", "answer=No&town=Btown", nil},
		{"style-of-the-selected-row", answered, "answer=Yes&town=Aville&row=11", nil},
		{"which-choice-was-touched", answered, answered, func(d *helperEnd, second bool) error {
			return d.tab.Click(ctx, map[bool]string{false: "#old-yes", true: "#old-no"}[second])
		}},
		{"whether-a-box-is-ticked", answered, answered, func(d *helperEnd, second bool) error {
			if err := d.tab.Click(ctx, "#alone"); err != nil || second {
				return err
			}
			return d.tab.Click(ctx, "#alone")
		}},
		{"which-option-was-picked", answered, answered, func(d *helperEnd, second bool) error {
			return d.tab.Choose(ctx, "#town", map[bool]string{false: "Aville", true: "Btown"}[second])
		}},
		{"how-long-an-answer-is", answered, answered, func(d *helperEnd, second bool) error {
			return d.typeInto(ctx, "#priv", map[bool]string{false: "a", true: "a much longer name"}[second])
		}},
	} {
		var got [2]string
		for i, answers := range []string{c.a, c.b} {
			d, err := openHelperEnd(v, g, 816, 4000)
			if err != nil {
				return nil, err
			}
			if err = d.visit(ctx, page.address("eve", answers)); err == nil && c.do != nil {
				err = c.do(d, i == 1)
			}
			if err == nil {
				err = d.settle(ctx, 10*time.Second)
			}
			got[i] = d.picture()
			d.close()
			if err != nil {
				return nil, fmt.Errorf("canaries, %s: %w", c.name, err)
			}
		}
		hunted[c.name] = firstDifference(got[0], got[1])
	}
	return hunted, nil
}

// firstDifference is where two texts part, with a little round it; "" when they are the same.
func firstDifference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	if i == len(a) && i == len(b) {
		return ""
	}
	around := func(s string) string { return s[max(0, min(i, len(s))-70):min(len(s), i+50)] }
	return fmt.Sprintf("%s <> %s", around(a), around(b))
}

func keysOf(set map[string]bool) []string {
	var keys []string
	for key := range set {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// containsCanary searches text for a canary as it is, in other letters, with something between its letters, and coded.
func containsCanary(text, canary string) bool {
	low := strings.ToLower(text)
	if strings.Contains(low, strings.ToLower(canary)) {
		return true
	}
	for _, coded := range []string{base64.StdEncoding.EncodeToString([]byte(canary))[:16], hex.EncodeToString([]byte(canary))} {
		if strings.Contains(low, strings.ToLower(coded)) {
			return true
		}
	}
	return false
}

func jsonOf(v any) string {
	data, _ := json.Marshal(v)
	return string(data)
}
