// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"fmt"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/kiosk"
)

// formService is a service of three pages: a name, a choice and a list, and a declaration.
func formService(t *testing.T) *httptest.Server {
	t.Helper()
	form := func(w http.ResponseWriter, heading, rest string) {
		fmt.Fprintf(w, `<!doctype html><title>Form</title><main><h1>%s</h1><form method="post">%s</form></main>`, heading, rest)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /name", func(w http.ResponseWriter, _ *http.Request) {
		form(w, "Your name", `<label for="n">Full name</label><input id="n" name="fullName"><p style="height:2000px">Far down</p><button>Next</button>`)
	})
	mux.HandleFunc("POST /name", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("fullName") != "Testina Ä. 文" {
			form(w, "Your name", `<div role="alert"><a href="#n">Enter a real name</a></div><label for="n">Full name</label><input id="n" name="fullName"><button>Next</button>`)
			return
		}
		http.Redirect(w, r, "/choice", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /choice", func(w http.ResponseWriter, _ *http.Request) {
		form(w, "Choose", `<fieldset><legend>Do you agree?</legend><label><input type="radio" name="a" value="yes">Yes</label> <label><input type="radio" name="a" value="no">No</label></fieldset>
			<label for="m">Month</label><select id="m" name="month"><option value="">-</option><option value="5">May</option><option value="3">March</option></select><button>Next</button>`)
	})
	mux.HandleFunc("POST /choice", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("a") != "no" || r.FormValue("month") != "3" {
			http.Error(w, "not what was chosen", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, "/send", http.StatusSeeOther)
	})
	mux.HandleFunc("GET /send", func(w http.ResponseWriter, _ *http.Request) { form(w, "Declare", `<button>Accept and send</button>`) })
	mux.HandleFunc("POST /send", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/done", http.StatusSeeOther) })
	mux.HandleFunc("GET /done", func(w http.ResponseWriter, _ *http.Request) { form(w, "Sent", "") })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func formGuide() *kiosk.Guide {
	en := func(s string) kiosk.Text { return kiosk.Text{"en": s} }
	press := func(id, name string, kind kiosk.Kind) kiosk.Step {
		return kiosk.Step{ID: id, Kind: kind, Done: kiosk.DonePage, Target: &kiosk.Target{Role: "button", Name: en(name), Tag: "button"}}
	}
	return &kiosk.Guide{ID: "form", Service: kiosk.Service{Start: "/name"}, Pages: []kiosk.Page{
		{ID: "name", Path: "/name", Heading: en("Your name"), Steps: []kiosk.Step{
			{ID: "full", Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: en("Full name"), CSS: "#n"}, Try: &kiosk.Try{A: "Testina Ä. 文", B: "Nobody"}},
			press("next", "Next", kiosk.Press)}},
		{ID: "choice", Path: "/choice", Heading: en("Choose"), Steps: []kiosk.Step{
			{ID: "agree", Kind: kiosk.Choose, Done: kiosk.DoneChecked, Target: &kiosk.Target{Role: "radiogroup", Name: en("Do you agree?")}, Try: &kiosk.Try{A: "no", B: "yes"}},
			{ID: "month", Kind: kiosk.Choose, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "combobox", Name: en("Month"), CSS: "#m"}, Try: &kiosk.Try{A: "3", B: "May"}},
			press("next", "Next", kiosk.Press)}},
		{ID: "send", Path: "/send", Heading: en("Declare"), Steps: []kiosk.Step{
			{ID: "check", Kind: kiosk.Read, Done: kiosk.DonePerson}, press("accept", "Accept and send", kiosk.Declare)}},
		{ID: "done", Path: "/done", Heading: en("Sent"), State: "done"},
	}}
}

func TestWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if !ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	service := formService(t)
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	walk := func(t *testing.T, g *kiosk.Guide, o WalkOptions, until string) (Walked, error) {
		t.Helper()
		o.Origin = service.URL
		w, err := v.OpenWalker(g, o)
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		return w.Walk(ctx, until)
	}
	t.Run("to the end", func(t *testing.T) {
		walked, err := walk(t, formGuide(), WalkOptions{Submit: true}, "")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, p := range walked.Pages {
			got += fmt.Sprintf("%s %d, ", p.ID, p.Steps)
		}
		if want := "name 2, choice 3, send 1, done 0, "; got != want {
			t.Errorf("walked %q, want %q", got, want)
		}
		if walked.Took <= 0 {
			t.Error("it took no time")
		}
	})
	broken := func(change func(g *kiosk.Guide)) *kiosk.Guide {
		g := formGuide()
		change(g)
		return g
	}
	soon := WalkOptions{Submit: true, PageLimit: 1500 * time.Millisecond}
	for _, c := range []struct {
		name, want string
		guide      *kiosk.Guide
		options    WalkOptions
	}{
		{"a declaration is the citizen's", "page send: step accept: only a citizen may press this", formGuide(), WalkOptions{}},
		{"the site refuses", `page name: the same page came again; the site says "Enter a real name" (step "full")`, formGuide(), WalkOptions{Person: "b", Submit: true}},
		{"a page nobody knows", "page name: waited 1.5s for a page that the guide knows", broken(func(g *kiosk.Guide) { g.Pages[1].Path = "/other" }), soon},
		{"a target that is gone", "page choice: waited 1.5s for step agree to be found for sure", broken(func(g *kiosk.Guide) { g.Pages[1].Steps[0].Target.Name = kiosk.Text{"en": "Quite another question"} }), soon},
		{"an answer that the list lacks", "page choice: step month: the list does not have", broken(func(g *kiosk.Guide) { g.Pages[1].Steps[1].Try.A = "17" }), soon},
		{"nothing to answer", "page name: step full: it has no answer to try", broken(func(g *kiosk.Guide) { g.Pages[0].Steps[0].Try = nil }), soon},
		{"the service has closed the form", "page choice: the service has closed the form", broken(func(g *kiosk.Guide) { g.Pages[1].State = "expired" }), soon},
		{"the service has a problem", "page choice: the service says that it has a problem", broken(func(g *kiosk.Guide) { g.Pages[1].State = "down" }), soon},
		{"somebody has to say who they are", "page choice: it is a page of the kind login: only a citizen", broken(func(g *kiosk.Guide) { g.Pages[1].State = "login" }), soon},
		{"a way on is missing", "page choice: no step of it leads to the next page", broken(func(g *kiosk.Guide) { g.Pages[1].Steps = g.Pages[1].Steps[:2] }), soon},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := walk(t, c.guide, c.options, "")
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
	t.Run("cast", func(t *testing.T) {
		w, err := v.OpenWalker(formGuide(), WalkOptions{Origin: service.URL})
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		if walked, err := w.Walk(t.Context(), "choice"); err != nil || len(walked.Pages) != 2 {
			t.Fatalf("%v, %v", walked, err)
		}
		frames := make(chan []byte, 100)
		stop, err := w.Cast(80, func(frame []byte) { frames <- frame })
		if err != nil {
			t.Fatal(err)
		}
		select {
		case frame := <-frames:
			picture, err := jpeg.Decode(bytes.NewReader(frame))
			if err != nil || picture.Bounds().Dx() != 816 || picture.Bounds().Dy() != 688 {
				t.Errorf("a frame of %d bytes: %v", len(frame), err)
			}
		case <-time.After(20 * time.Second):
			t.Error("no frame came")
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if walked, err := w.WalkOn(t.Context(), "send"); err != nil || len(walked.Pages) != 2 {
			t.Errorf("walked on: %v, %v", walked, err)
		}
	})
}
