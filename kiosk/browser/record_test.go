// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"go.uber.org/goleak"

	"handrail/kiosk"
	"handrail/kiosk/stage"
)

// benefit is a service with a mistake to make, a branch, a password and a page that repeats what was written.
func benefit(t *testing.T) *httptest.Server {
	t.Helper()
	write := func(w http.ResponseWriter, heading, rest string) {
		fmt.Fprintf(w, `<!doctype html><html lang="en"><meta charset="utf-8"><title>%s - Benefit</title><main><h1>%s</h1>%s</main>`, heading, heading, rest)
	}
	form := func(rest string) string { return `<form method="post">` + rest + `<button>Next</button></form>` }
	name := `<label for="n">Full name</label> <input id="n" name="fullName" autocomplete="name">`
	mux := http.NewServeMux()
	mux.HandleFunc("GET /name", func(w http.ResponseWriter, _ *http.Request) { write(w, "Your name", form(name)) })
	mux.HandleFunc("POST /name", func(w http.ResponseWriter, r *http.Request) {
		switch given := r.FormValue("fullName"); {
		case strings.TrimSpace(given) == "":
			write(w, "Your name", `<div role="alert"><a href="#n">Enter your name</a></div>`+form(name))
		case given == "12345" || len(given) > 50:
			write(w, "Your name", `<div role="alert"><a href="#n">`+given+` is no name</a></div>`+form(name))
		default:
			http.SetCookie(w, &http.Cookie{Name: "who", Value: strings.ReplaceAll(given, " ", "_")})
			http.Redirect(w, r, "/home", http.StatusSeeOther)
		}
	})
	mux.HandleFunc("GET /home", func(w http.ResponseWriter, r *http.Request) {
		who, _ := r.Cookie("who")
		write(w, "Your home", `<p>Welcome, `+strings.ReplaceAll(who.Value, "_", " ")+`.</p>`+form(`<fieldset><legend>Do you rent?</legend><label><input type="radio" name="rent" value="y">Yes</label>
			<label><input type="radio" name="rent" value="n">No</label></fieldset>
			<label for="m">Since</label> <select id="m" name="since"><option value="">-</option><option value="5">May</option><option value="3">March</option></select>`))
	})
	mux.HandleFunc("POST /home", func(w http.ResponseWriter, r *http.Request) {
		to := "/send"
		if r.FormValue("rent") != "y" {
			to = "/owner"
		}
		http.SetCookie(w, &http.Cookie{Name: "since", Value: r.FormValue("since")})
		http.Redirect(w, r, to, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /owner", func(w http.ResponseWriter, _ *http.Request) { write(w, "Your property", form("")) })
	mux.HandleFunc("GET /send", func(w http.ResponseWriter, r *http.Request) {
		who, _ := r.Cookie("who")
		since, _ := r.Cookie("since")
		write(w, "Declare", `<dl><dt>Name</dt><dd>`+strings.ReplaceAll(who.Value, "_", " ")+`</dd><dt>Rent</dt><dd>Yes</dd><dt>Since</dt><dd>`+map[string]string{"5": "May", "3": "March"}[since.Value]+`</dd></dl>`+
			`<form method="post"><label for="s">Password</label> <input id="s" type="password" name="s"><button>Accept and send</button></form>`)
	})
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/done", http.StatusSeeOther) })
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) { write(w, "Sent", "") })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func authoring(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if !ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
}

func TestRecordLearnCheck(t *testing.T) {
	authoring(t)
	service := benefit(t)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	v, err := OpenVisitor(ctx, VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r, err := v.OpenRecorder(RecordOptions{URL: service.URL + "/name?tracking=1"})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []kiosk.ScriptLine{
		{Press: "Next"},
		{Fill: "full name", With: "Testina Musterova", Or: "Probus Fictus", Wrong: "12345"},
		{Press: "Next"},
		{Choose: "Do you rent?", With: "Yes"},
		{Choose: "Since", With: "May"},
		{Press: "Next"},
		{Fill: "Password", With: "canary-password"},
		{Declare: "Accept and send"},
	} {
		if err := r.Do(ctx, line); err != nil {
			t.Fatal(err)
		}
	}
	recording := r.Recording()
	r.Close()
	text, _ := json.Marshal(recording)
	if strings.Contains(string(text), "canary") || strings.Contains(string(text), "tracking") {
		t.Errorf("the recording holds a password or a query: %s", text)
	}
	got := ""
	for _, p := range recording.Pages {
		got += p.Path + ":"
		for _, a := range p.Acts {
			got += " " + string(a.Kind)
		}
		got += fmt.Sprintf(" %s %d; ", p.State, len(p.Errors))
	}
	if want := "/name: press fill press  1; /home: choose choose press  0; /send: secret declare login 0; /done:  0; "; got != want {
		t.Errorf("recorded %q, want %q", got, want)
	}

	// A page with a password is the citizen's own. Here it is taken for an ordinary one, to go on.
	for i := range recording.Pages {
		if p := &recording.Pages[i]; p.State == "login" {
			p.State, p.Acts = "", p.Acts[1:]
		}
	}
	g, _ := kiosk.Draft(recording, kiosk.DraftOptions{ID: "benefit", Day: "2026-11-21"})
	var before *Walker
	open := func(g *kiosk.Guide, person string) *Walker {
		t.Helper()
		if before != nil {
			before.Close() // a tab behind another is slow
		}
		w, err := v.OpenWalker(g, WalkOptions{Origin: service.URL, Person: person, Width: 816, Height: 2000, Submit: true, Authoring: true, PageLimit: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		before = w
		return w
	}
	defer func() { before.Close() }()
	a := open(g, "a").Learn(ctx)
	if a.Ended != nil || !slices.Equal(a.Pages, []string{"name", "home", "send", "done"}) {
		t.Fatalf("the first learned of %v and ended: %v", a.Pages, a.Ended)
	}
	b := open(g, "b").Learn(ctx)
	if b.Ended == nil || !slices.Equal(b.Pages, []string{"name", "home"}) {
		t.Errorf("the second, whom another choice leads where the guide does not, learned of %v and ended: %v", b.Pages, b.Ended)
	}
	if !slices.Contains(a.Errors, LearnedError{"name", "full-name", "Enter your name"}) {
		t.Errorf("errors %v", a.Errors)
	}
	words := kiosk.PublicWords("benefit", a.Words, b.Words, []string{"12345"})
	public := func(page, part string) (n int) {
		for seen := range a.Words {
			if seen.Page == page && strings.Contains(seen.Words, part) && words.Public("benefit", page, seen.Place, seen.Words) {
				n++
			}
		}
		return n
	}
	if public("name", "Enter your name") == 0 || public("home", "Do you rent?") == 0 || public("home", "Next") == 0 {
		t.Error("words of the page are not public")
	}
	if public("home", "Welcome")+public("name", "12345")+public("name", "xxx")+public("home", "Testina") > 0 {
		t.Error("words of a person are public")
	}

	checked := open(g, "a").Check(ctx)
	if checked.Ended != nil || len(checked.Targets) != 6 {
		t.Fatalf("%+v", checked)
	}
	for _, target := range checked.Targets {
		if target.Sight != kiosk.Sure || target.Score < 0.95 {
			t.Errorf("%+v", target)
		}
	}

	// A field of which nothing is as it was but its role, its kind and its place.
	drifted := *g
	drifted.Pages = slices.Clone(g.Pages)
	steps := slices.Clone(g.Pages[0].Steps)
	steps[0].Target = &kiosk.Target{Role: "textbox", Name: kiosk.Text{"en": "Applicant"}, Tag: "input", Autocomplete: "name", Tokens: []string{"who"}, CSS: "#who", Ordinal: 1}
	drifted.Pages[0].Steps = steps
	drifted.Pages[1].Heading = kiosk.Text{"en": "Where you live"}
	checked = open(&drifted, "a").Check(ctx)
	if checked.Ended != nil || len(checked.Pages) != 4 {
		t.Fatalf("the walk did not go on: %+v", checked)
	}
	first := checked.Targets[0]
	if first.Sight == kiosk.Sure || first.Proposed == nil || first.Proposed.CSS != "#n" || first.Proposed.Name["en"] != "Full name" || first.ProposedScore <= 0 {
		t.Errorf("%+v", first)
	}
	if len(checked.Headings) != 1 || checked.Headings[0] != (CheckedHeading{"home", "Your home"}) {
		t.Errorf("headings %+v", checked.Headings)
	}
	if drifted.Pages[0].Steps[0].Target.CSS != "#who" {
		t.Error("the caller's guide was changed")
	}
}

func TestRecordSaysWhatIsWrong(t *testing.T) {
	authoring(t)
	service := benefit(t)
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if _, err := v.OpenRecorder(RecordOptions{URL: "forms"}); err == nil || !strings.Contains(err.Error(), `"forms" is not the address of a page`) {
		t.Error(err)
	}
	r, err := v.OpenRecorder(RecordOptions{URL: service.URL + "/name", Limit: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Do(t.Context(), kiosk.ScriptLine{Press: "Start now"}); err == nil || !strings.Contains(err.Error(), `press "Start now": the page has no such control; its buttons and links are "Next"`) {
		t.Error(err)
	}
}

// An author's hand on a real display: nothing is driven through the browser.
func TestRecordAnAuthorsHand(t *testing.T) {
	authoring(t)
	service := benefit(t)
	dir, err := os.MkdirTemp("", "author")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	display, err := stage.StartDisplay(context.Background(), stage.DisplayOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer display.Close()
	v, err := OpenAuthor(t.Context(), AuthorOptions{Display: display.Name(), Authority: display.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	r, err := v.OpenRecorder(RecordOptions{URL: service.URL + "/name"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	hand, err := stage.OpenHand(display.Name(), display.Authority())
	if err != nil {
		t.Fatal(err)
	}
	defer hand.Close()
	touch := func(selector string) {
		t.Helper()
		at, err := VisitorEval[[]float64](v, `(() => { const r = document.querySelector(`+quote(selector)+`).getBoundingClientRect();
			return [screenX + r.x + r.width / 2, screenY + outerHeight - innerHeight + r.y + r.height / 2] })()`)
		if err != nil {
			t.Fatal(err)
		}
		if err := hand.Click(int(at[0]), int(at[1])); err != nil {
			t.Fatal(err)
		}
	}
	touch("#n")
	if err := v.Wait(`document.activeElement?.id === "n"`, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := hand.Type("testina"); err != nil {
		t.Fatal(err)
	}
	if err := v.Wait(`document.querySelector("#n").value === "testina"`, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	touch("button")
	if err := v.Wait(`location.pathname === "/home" && document.querySelector("button")`, 20*time.Second); err != nil {
		t.Fatal(err)
	}
	if err := r.await(t.Context(), 20*time.Second, "the second page", func() bool { return len(r.pages) == 2 }); err != nil {
		t.Fatal(err)
	}
	recording := r.Recording()
	acts := recording.Pages[0].Acts
	if len(acts) != 2 || acts[0].Kind != kiosk.FillIn || acts[0].Value != "testina" || acts[1].Kind != kiosk.Press || acts[1].Target.Name["en"] != "Next" {
		t.Errorf("%+v", acts)
	}
	// The author closes the window.
	_, _ = cdp.Call(v.ctx, v.target, page.Close, cdp.Empty{})
	select {
	case <-r.Done():
	case <-time.After(30 * time.Second):
		t.Error("the recording does not end with the window")
	}
}
