// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"go.uber.org/goleak"

	"handrail/kiosk"
)

// openTab opens a walker's tab on a site of one's own, served under every *.localhost name.
func openTab(t *testing.T, site http.Handler, g func(port string) *kiosk.Guide) (*Walker, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if !ScriptBuilt() {
		t.Fatal("the page's script is not built; run: make build")
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	server := httptest.NewServer(site)
	t.Cleanup(server.Close)
	_, port, _ := net.SplitHostPort(server.Listener.Addr().String())
	v, err := OpenVisitor(t.Context(), VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	w, err := v.OpenWalker(g(port), WalkOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, port
}

// goTo opens an address and waits until the page of this id is recognised.
func goTo(t *testing.T, w *Walker, address, id string) PageReport {
	t.Helper()
	_, documents, _ := w.last()
	if err := w.service.Open(address); err != nil {
		t.Fatal(err)
	}
	return seePage(t, w, documents, id)
}

func seePage(t *testing.T, w *Walker, documents int, id string) PageReport {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	report, err := w.await(ctx, "page "+id, func(r PageReport, n int) bool { return n > documents && r.Page == id })
	if err != nil {
		t.Fatalf("%v; last seen %+v", err, report)
	}
	return report
}

func html(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'nonce-n'; frame-src *; require-trusted-types-for 'script'")
	fmt.Fprint(w, "<!doctype html><html lang=en><title>t</title>"+body)
}

func field(id, name, frame string) kiosk.Step {
	return kiosk.Step{ID: id, Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: kiosk.Text{"en": name}, Tag: "input", Frame: frame}}
}

func TestFramesAndShadows(t *testing.T) {
	var port string
	site := http.NewServeMux()
	site.HandleFunc("/pay", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Pay</h1><p>Your order</p><label for=o>Order</label><input id=o>
			<open-box></open-box><closed-box></closed-box><div id=plain></div>
			<iframe src="/inner" style="border:7px solid; margin-left:30px" width=400 height=90></iframe>
			<iframe src="http://bank.localhost:`+port+`/card" style="border:3px solid; margin-left:50px" width=400 height=120></iframe>
			<script nonce=n>
			window.roots = {};
			const field = (root, id, name) => { const l = document.createElement("label"); l.htmlFor = id; l.textContent = name; const i = document.createElement("input"); i.id = id; root.append(l, i); };
			customElements.define("open-box", class extends HTMLElement { connectedCallback() { field(this.attachShadow({mode: "open"}), "s", "Open code"); } });
			customElements.define("closed-box", class extends HTMLElement { connectedCallback() { roots.closed = this.attachShadow({mode: "closed"}); field(roots.closed, "c", "Closed code"); } });
			roots.plain = plain.attachShadow({mode: "closed"}); field(roots.plain, "p", "Plain code");
			</script>`)
	})
	site.HandleFunc("/inner", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<label for=i>Inner code</label><input id=i>`)
	})
	site.HandleFunc("/card", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<p>Bank</p><label for=n>Card holder</label><input id=n><br><input type=checkbox id=k><label for=k>Keep</label>`)
	})
	w, port2 := openTab(t, site, func(p string) *kiosk.Guide {
		port = p
		bank := "http://bank.localhost:" + p
		keep := kiosk.Step{ID: "keep", Kind: kiosk.Choose, Done: kiosk.DoneChecked, Target: &kiosk.Target{Role: "checkbox", Name: kiosk.Text{"en": "Keep"}, Tag: "input", Frame: bank}}
		return &kiosk.Guide{ID: "pay", Service: kiosk.Service{Origin: "http://office.localhost:" + p, Start: "/pay"}, Pages: []kiosk.Page{{ID: "pay", Path: "/pay",
			Heading: kiosk.Text{"en": "Pay"}, Steps: []kiosk.Step{field("order", "Order", ""), field("open", "Open code", ""), field("closed", "Closed code", ""),
				field("plain", "Plain code", ""), field("inner", "Inner code", ""), field("holder", "Card holder", bank), keep}}}}
	})
	goTo(t, w, "http://office.localhost:"+port2+"/pay", "pay")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for _, step := range []string{"order", "open", "closed", "plain", "inner", "holder", "keep"} {
		if r, err := w.await(ctx, step+" to be found", func(r PageReport, _ int) bool { return r.Sights[step] == kiosk.Sure }); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
	}
	w.service.mu.Lock()
	own := len(w.service.homes) > 0
	w.service.mu.Unlock()
	if !own {
		t.Error("the bank's frame has no process of its own: the test shows nothing")
	}
	for _, step := range []string{"order", "open", "closed", "plain", "inner", "holder"} {
		if ok, err := w.service.Fill(step, kiosk.NewPrivate("Canary "+step)); err != nil || !ok {
			t.Errorf("%s: filled %v, %v", step, ok, err)
		}
		if _, err := w.await(ctx, step+" to be done", func(r PageReport, _ int) bool { return r.Done[step] }); err != nil {
			t.Error(err)
		}
	}
	got, err := evaluate[string](ctx, w.service.target, `[o.value, document.querySelector("open-box").shadowRoot.getElementById("s").value,
		roots.closed.getElementById("c").value, roots.plain.getElementById("p").value, frames[0].document.getElementById("i").value].join()`, "")
	if want := "Canary order,Canary open,Canary closed,Canary plain,Canary inner"; err != nil || got != want {
		t.Errorf("the page has %q, %v; want %q", got, err, want)
	}
	// A touch at the place that is told hits the box in the frame's own process: the coordinates are right.
	if err := w.service.Watch(kiosk.Watch{Page: "pay", Step: "keep"}, "right"); err != nil {
		t.Fatal(err)
	}
	box, ok, err := w.StepBox("keep")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := w.Tap(ctx, box); err != nil {
		t.Fatal(err)
	}
	if _, err := w.await(ctx, "the touch to count", func(r PageReport, _ int) bool { return r.Done["keep"] }); err != nil {
		t.Error(err)
	}
	if box, ok, err := w.StepBox("inner"); err != nil || !ok || box.X < 37 {
		t.Errorf("the field in the same origin's frame is at %+v, %v, %v", box, ok, err)
	}
}

func TestPageThatNeverRests(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("/storm", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Storm</h1><div id=app></div><p id=tick></p><div hidden>`+strings.Repeat("<i>x</i>", 20000)+`</div><script nonce=n>
			window.n = 0;
			const draw = () => {
				const l = document.createElement("label"); l.htmlFor = "v"; l.textContent = "Village";
				const old = document.getElementById("v");
				const i = document.createElement("input"); i.id = "v"; i.value = old ? old.value : "";
				if (!old || document.activeElement !== old) app.replaceChildren(l, i);
				tick.textContent = ++n;
			};
			setInterval(draw, 16);</script>`)
	})
	site.HandleFunc("/twins", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Twins</h1><div><label>Village<input></label></div><div><label>Village<input></label></div>`)
	})
	site.HandleFunc("/many", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Many</h1>`+strings.Repeat("<label>Village<input></label>", 20000))
	})
	site.HandleFunc("/away", func(w http.ResponseWriter, _ *http.Request) { html(w, `<h1>The service does not answer</h1>`) })
	site.HandleFunc("/sorry", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Sorry, there is a problem with the service</h1>`)
	})
	w, port := openTab(t, site, func(p string) *kiosk.Guide {
		village := []kiosk.Step{field("village", "Village", "")}
		one := func(id string) kiosk.Page {
			return kiosk.Page{ID: id, Path: "/" + id, Steps: village}
		}
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://127.0.0.1:" + p}, Pages: []kiosk.Page{one("storm"), one("twins"),
			{ID: "down", Path: "/**", Landmarks: []kiosk.Target{{Role: "heading", Name: kiosk.Text{"en": "Sorry, there is a problem with the service"}}}}}}
	})
	base := "http://127.0.0.1:" + port
	goTo(t, w, base+"/storm", "storm")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	if _, err := w.await(ctx, "the village", func(r PageReport, _ int) bool { return r.Sights["village"] == kiosk.Sure }); err != nil {
		t.Fatal(err)
	}
	// The page goes on, and so do we: it draws a hundred times more, and what is filled in meanwhile is seen.
	if ok, err := w.service.Fill("village", kiosk.NewPrivate("Esch")); err != nil || !ok {
		t.Errorf("filled %v, %v", ok, err)
	}
	if _, err := w.await(ctx, "the village to be done", func(r PageReport, _ int) bool { return r.Done["village"] }); err != nil {
		t.Error(err)
	}
	first, _ := evaluate[int](ctx, w.service.target, "n", "")
	eventually(t, "the page to go on", func() bool {
		n, err := evaluate[int](ctx, w.service.target, "n", "")
		return err == nil && n >= first+100
	})

	r := goTo(t, w, base+"/twins", "twins")
	if r.Sights["village"] != kiosk.Unknown {
		t.Errorf("of two that are alike in all, one is %s", r.Sights["village"])
	}

	// A similar heading is another page.
	goTo(t, w, base+"/sorry", "down")
	goTo(t, w, base+"/away", "")

	goTo(t, w, base+"/many", "")
}

// A page before is asked for again; what was sent is never sent a second time.
func TestBackAfterRefusal(t *testing.T) {
	sent := make(chan string, 20)
	site := http.NewServeMux()
	for _, name := range []string{"one", "two"} {
		form := `<h1>` + name + `</h1><form method=post><label for=v>Village</label><input id=v name=v><button>Next</button></form>`
		site.HandleFunc("GET /"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Cache-Control", "no-store")
			html(w, form)
		})
		site.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
			sent <- name
			w.Header().Set("Cache-Control", "no-store")
			if r.FormValue("v") == "" {
				html(w, `<div role=alert><a href="#v">Enter a village</a></div>`+form)
				return
			}
			http.Redirect(w, r, "/two", http.StatusSeeOther)
		})
	}
	w, port := openTab(t, site, func(p string) *kiosk.Guide {
		steps := []kiosk.Step{field("village", "Village", ""), {ID: "next", Kind: kiosk.Press, Done: kiosk.DonePage, Target: &kiosk.Target{Role: "button", Name: kiosk.Text{"en": "Next"}, Tag: "button"}}}
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://127.0.0.1:" + p}, Pages: []kiosk.Page{
			{ID: "one", Path: "/one", Steps: steps}, {ID: "two", Path: "/two", Steps: steps}}}
	})
	base := "http://127.0.0.1:" + port
	press := func(page string) PageReport {
		t.Helper()
		_, documents, _ := w.last()
		box, ok, err := w.StepBox("next")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := w.Tap(t.Context(), box); err != nil {
			t.Fatal(err)
		}
		return seePage(t, w, documents, page)
	}
	goTo(t, w, base+"/one", "one")
	if r := press("one"); len(r.Errors) != 1 || r.Errors[0].Step != "village" {
		t.Fatalf("the refusal was seen as %+v", r.Errors)
	}
	if ok, err := w.service.Fill("village", kiosk.NewPrivate("Esch")); err != nil || !ok {
		t.Fatal(ok, err)
	}
	press("two")
	press("two") // refused: this page is now the answer to something sent
	_, documents, _ := w.last()
	if err := w.service.Back(); err != nil {
		t.Fatal(err)
	}
	if r := seePage(t, w, documents, "one"); len(r.Errors) != 0 {
		t.Errorf("the page before has errors: %+v", r.Errors)
	}
	_, documents, _ = w.last()
	if err := w.service.Resume(); err != nil {
		t.Fatal(err)
	}
	seePage(t, w, documents, "one")
	if n := len(sent); n != 3 {
		t.Errorf("forms were sent %d times, the citizen sent 3", n)
	}
	// A renderer that dies: the page is asked for again, nothing is sent.
	press("one")
	_, documents, _ = w.last()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { _, _ = cdp.Call(ctx, w.service.target, page.Crash, cdp.Empty{}) }()
	eventually(t, "the crash to be seen", func() bool { _, _, trouble := w.last(); return trouble != nil })
	w.mu.Lock()
	w.trouble = nil
	w.mu.Unlock()
	if err := w.service.Resume(); err != nil {
		t.Fatal(err)
	}
	seePage(t, w, documents, "one")
	if n := len(sent); n != 4 {
		t.Errorf("forms were sent %d times, the citizen sent 4", n)
	}
}
