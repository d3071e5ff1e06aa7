// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// prober asks the engine what it makes of pages that a test wrote.
type prober struct {
	v     *Visitor
	frame cdp.FrameID
	world runtime.ExecutionContextID
}

// probed is what it said: see page/probe.ts.
type probed struct {
	Lost     bool
	Page     string
	Features int
	Trees    int
	Errors   []struct {
		Words string
		Field int
	}
	Found []struct {
		At    int
		Sight kiosk.Sight
		Score float64
	}
	Again bool
	Twins []int
}

func newProber(t testing.TB) *prober {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if benchScript() == "" {
		t.Fatal("the page's script is not built; run: make build")
	}
	v, err := OpenVisitor(context.Background(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	p := &prober{v: v}
	p.fresh(t)
	return p
}

// fresh begins a new document with a new world.
func (p *prober) fresh(t testing.TB) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.v.ctx, 20*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	tree, err := cdp.Call(ctx, p.v.target, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	p.frame = tree.FrameTree.Frame.ID
	made, err := cdp.Call(ctx, p.v.target, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: p.frame, WorldName: "probe"})
	if err != nil {
		t.Fatal(err)
	}
	p.world = made.ExecutionContextID
	if _, err := p.eval(ctx, benchScript()+";0"); err != nil {
		t.Fatal(err)
	}
}

func (p *prober) eval(ctx context.Context, expression string) ([]byte, error) {
	result, err := cdp.Call(ctx, p.v.target, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: p.world, ReturnByValue: new(true)})
	if err == nil && result.ExceptionDetails != nil {
		err = fmt.Errorf("the engine failed: %s", benchFault(result.ExceptionDetails))
	}
	if err != nil {
		return nil, err
	}
	return result.Result.Value, nil
}

// ask writes a page and asks about it. Without targets every control is asked for by the fingerprint that it has.
func (p *prober) ask(t testing.TB, body string, pages []kiosk.Page, targets []kiosk.Target, path string) (probed, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p.v.ctx, 30*time.Second)
	defer cancel()
	if _, err := cdp.Call(ctx, p.v.target, page.SetDocumentContent, page.SetDocumentContentParams{FrameID: p.frame, HTML: "<!doctype html><html lang=en><body>" + body}); err != nil {
		t.Fatal(err)
	}
	load := scriptGuide(&kiosk.Guide{Pages: pages})
	var wanted any
	if targets != nil {
		list := []scriptTarget{}
		for _, one := range targets {
			list = append(list, scriptTarget(one))
		}
		wanted = list
	}
	arguments, err := json.Marshal([]any{load.Pages, wanted, path})
	if err != nil {
		t.Fatal(err)
	}
	value, err := p.eval(ctx, "handrailProbe(..."+string(arguments)+")")
	if err != nil {
		return probed{}, err
	}
	var out probed
	if err := json.Unmarshal(value, &out); err != nil {
		t.Fatalf("%v: %s", err, value)
	}
	return out, nil
}

func en(s string) kiosk.Text { return kiosk.Text{"en": s} }

// Pages are known by their path, and by their heading or what else stands on them; a page that could be two is neither.
func TestRecognise(t *testing.T) {
	p := newProber(t)
	button := func(name string) kiosk.Step {
		return kiosk.Step{ID: "s", Kind: kiosk.Press, Done: kiosk.DonePage, Target: &kiosk.Target{Role: "button", Name: en(name), Tag: "button"}}
	}
	group := func(name string) []kiosk.Target {
		return []kiosk.Target{{Role: "radiogroup", Name: en(name)}}
	}
	landmark := func(role, name string) []kiosk.Target { return []kiosk.Target{{Role: role, Name: en(name)}} }
	guide := []kiosk.Page{
		{ID: "pets", Path: "/form", Landmarks: group("Do you have a pet?")},
		{ID: "cars", Path: "/form", Landmarks: group("Do you have a car?")},
		{ID: "name", Path: "/same", Heading: en("Your details"), Landmarks: landmark("textbox", "Full name")},
		{ID: "age", Path: "/same", Heading: en("Your details"), Landmarks: landmark("textbox", "Age")},
		{ID: "one", Path: "/alike", Heading: en("Question"), Steps: []kiosk.Step{button("Left")}},
		{ID: "two", Path: "/alike", Heading: en("Question"), Steps: []kiosk.Step{button("Right")}},
		{ID: "any", Path: "/deep/*", Heading: en("A list")},
		{ID: "exact", Path: "/deep/list", Heading: en("A list")},
		{ID: "hidden", Path: "/views", Heading: en("Second view")},
		{ID: "nav", Path: "/parts", Landmarks: landmark("navigation", "Steps of the form")},
		{ID: "alert", Path: "/parts", Landmarks: landmark("alert", "Your session has ended")},
		{ID: "small", Path: "/parts", Landmarks: landmark("heading", "A small heading")},
		{ID: "shadow", Path: "/parts", Heading: en("In the shadow")},
		{ID: "down", Path: "/**", Landmarks: landmark("heading", "Sorry, there is a problem")},
	}
	yesno := func(question string) string {
		return `<fieldset><legend>` + question + `</legend><label><input type=radio name=a value=y>Yes</label><label><input type=radio name=a value=n>No</label></fieldset><button>Next</button>`
	}
	for _, test := range []struct{ name, path, body, want string }{
		{"no heading, one question", "/form", yesno("Do you have a pet?"), "pets"},
		{"no heading, the other question", "/form", yesno("Do you have a car?"), "cars"},
		{"no heading, a third", "/form", yesno("Do you have a garden?"), ""},
		{"no heading, both questions", "/form", yesno("Do you have a pet?") + yesno("Do you have a car?"), ""},
		{"nothing at all", "/form", "", ""},
		{"one heading, the name", "/same", `<h1>Your details</h1><label>Full name <input></label>`, "name"},
		{"one heading, the age", "/same", `<h1>Your details</h1><label>Age <input></label>`, "age"},
		{"one heading, neither", "/same", `<h1>Your details</h1><label>Height <input></label>`, ""},
		{"alike, told by the steps", "/alike", `<h1>Question</h1><button>Right</button>`, "two"},
		{"alike, and nothing tells", "/alike", `<h1>Question</h1><button>Middle</button>`, ""},
		{"alike, and both are there", "/alike", `<h1>Question</h1><button>Left</button><button>Right</button>`, ""},
		{"the exact path first", "/deep/list", `<h1>A list</h1>`, "exact"},
		{"another path", "/deep/other/", `<h1>A list</h1>`, "any"},
		{"a view that is not shown", "/views", `<div hidden><h1>First view</h1></div><div><h1>Second view</h1></div>`, "hidden"},
		{"another view", "/views", `<div hidden><h1>Second view</h1></div><div><h1>First view</h1></div>`, ""},
		{"by its navigation", "/parts", `<nav aria-label="Steps of the form"><a href="/1">1</a></nav>`, "nav"},
		{"by an alert", "/parts", `<div role=alert>Your session has ended</div>`, "alert"},
		{"by a small heading", "/parts", `<h3>A small heading</h3>`, "small"},
		{"a similar heading is another page", "/elsewhere", `<h1>Sorry, there is no problem</h1>`, ""},
		{"at any path", "/else/where", `<h1>Sorry, there is a problem</h1>`, "down"},
	} {
		got, err := p.ask(t, test.body, guide, nil, test.path)
		if err != nil || got.Page != test.want {
			t.Errorf("%s: page %q, %v; want %q", test.name, got.Page, err, test.want)
		}
	}
	if _, err := p.eval(p.v.ctx, `{ const box = document.createElement("div"); document.body.replaceChildren(box); box.attachShadow({mode: "open"}).innerHTML = "<h1>In the shadow</h1>"; 0 }`); err != nil {
		t.Fatal(err)
	}
	load, _ := json.Marshal(scriptGuide(&kiosk.Guide{Pages: guide}).Pages)
	value, err := p.eval(p.v.ctx, "handrailProbe("+string(load)+", [], '/parts').page")
	if err != nil || string(value) != `"shadow"` {
		t.Errorf("a heading in a shadow root: %s, %v", value, err)
	}
}

// Two that are alike in everything are never told apart for sure, and what is gone is not replaced by its neighbour.
func TestAlikeAndGone(t *testing.T) {
	p := newProber(t)
	village := kiosk.Target{Role: "textbox", Name: en("Village"), Tag: "input", Tokens: []string{"village"}, CSS: "#village"}
	town := kiosk.Target{Role: "textbox", Name: en("Town"), Tag: "input", Tokens: []string{"town"}, CSS: "#town"}
	full := village
	full.Ordinal, full.XPath, full.Shadow = 1, "/html/body/div[1]/label/input", []string{"x-form"}
	const one = `<div><label>Village <input name=village></label></div>`
	for _, test := range []struct {
		name, body string
		targets    []kiosk.Target
		want       []string
	}{
		{"alone", one, []kiosk.Target{village}, []string{"sure 0"}},
		{"two alike", one + one, []kiosk.Target{village}, []string{"unknown"}},
		{"three alike, two wanted", one + one + one, []kiosk.Target{village, town}, []string{"unknown", "unknown"}},
		{"gone, the other there", `<label for=town>Town</label><input id=town>`, []kiosk.Target{village, town}, []string{"unknown", "sure 0"}},
		{"both gone", `<label for=x>Country</label><input id=x>`, []kiosk.Target{village, town}, []string{"unknown", "unknown"}},
		{"not shown", `<div style="display:none">` + one + `</div>`, []kiosk.Target{village}, []string{"unknown"}},
		{"known from all sides, alike, and nothing certain near", one + one, []kiosk.Target{full}, []string{"not sure"}},
	} {
		got, err := p.ask(t, test.body, nil, test.targets, "/")
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		for i, want := range test.want {
			f := got.Found[i]
			said := string(f.Sight)
			if f.Sight != kiosk.Unknown {
				said = fmt.Sprintf("%s %d", f.Sight, f.At)
			}
			if want == "not sure" && f.Sight != kiosk.Sure {
				continue
			}
			if said != want {
				t.Errorf("%s: %s (%.2f), want %s", test.name, said, f.Score, want)
			}
		}
	}
	// A page of 20,000 controls is looked at no further than is sensible, and nobody is told that one of them is meant.
	got, err := p.ask(t, strings.Repeat(one, 20000), []kiosk.Page{{ID: "x", Path: "/"}}, []kiosk.Target{village}, "/")
	if err != nil || got.Features > 4000 || got.Found[0].Sight != kiosk.Unknown {
		t.Errorf("of 20,000 alike: %d looked at, %+v, %v", got.Features, got.Found, err)
	}
	// So is one of 20,000 shadow roots or of summaries that refer to everything.
	got, err = p.ask(t, `<div role=alert>`+strings.Repeat(`<a href="#f">Wrong</a>`, 5000)+`</div>`+strings.Repeat(`<input aria-invalid=true aria-describedby="e"><p id=e class=error>No</p>`, 5000), nil, []kiosk.Target{}, "/")
	if err != nil || len(got.Errors) > 30 {
		t.Errorf("%d errors are told, %v", len(got.Errors), err)
	}
}
