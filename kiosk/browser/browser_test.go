// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"go.uber.org/goleak"

	"handrail/kiosk"
	"handrail/kiosk/stage"
)

// The page of an e-service that wishes us ill: it looks for our functions, for our origin, and takes away what we draw.
// Its own policy is as strict as can be, and it has spoilt everything that a script in its world would use.
const spitefulPage = `<!doctype html><html lang=en><meta charset=utf-8><title>Form</title>
<script nonce=n>
window.found = [];
for (const name of ["handrail", "handrailTell", "handrailGuide", "handrailShow"]) if (name in window) found.push(name);
Element.prototype.attachShadow = () => { found.push("attachShadow"); throw 1; };
EventTarget.prototype.addEventListener = () => { found.push("addEventListener"); };
JSON.stringify = () => "spoilt"; Array.prototype.push = function (x) { this[this.length] = x; };
window.asked = [];
fetch("https://handrail.internal/citizen.js").then(() => { asked[0] = "answered"; }, () => { asked[0] = "refused"; });
fetch("http://elsewhere.test/").then((r) => { asked[1] = r.status === 403 ? "refused" : "answered"; }, () => { asked[1] = "refused"; });
</script>
<h1>Your name</h1>
<form><label for=family>Family name</label><input id=family name=familyName autocomplete=family-name>
<label for=loud>Town</label><input id=loud name=town>
<fieldset><legend>Do you agree?</legend>
<input type=radio id=y name=agree value=yes style="opacity:0;position:absolute;width:1px;height:1px"><label for=y>Yes</label>
<input type=radio id=n name=agree value=no style="opacity:0;position:absolute;width:1px;height:1px"><label for=n>No</label></fieldset>
<button>Continue</button></form>
<iframe id=inner src="https://handrail.internal/" width=300 height=80></iframe>
<script nonce=n>
setTimeout(() => { window.agreed = confirm("Send everything?"); window.given = prompt("Your number?"); alert("Look"); window.alerted = true; }, 0);
loud.oninput = () => { loud.value = loud.value.toUpperCase(); };
window.taken = 0;
new MutationObserver((all) => { for (const one of all) for (const node of one.addedNodes) if (node.popover) { node.remove(); taken++; } }).observe(document, {subtree: true, childList: true});
</script>`

func spitefulGuide(origin string) *kiosk.Guide {
	en := func(s string) kiosk.Text { return kiosk.Text{"en": s} }
	return &kiosk.Guide{ID: "spite", Service: kiosk.Service{Origin: origin, Start: "/form", Languages: []string{"en"}}, Pages: []kiosk.Page{{
		ID: "form", Path: "/form", Heading: en("Your name"), Steps: []kiosk.Step{
			{ID: "family", Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: en("Family name"), Tag: "input", Tokens: []string{"family", "name"}, Autocomplete: "family-name"}},
			{ID: "town", Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: en("Town"), Tag: "input", Tokens: []string{"loud", "town"}}},
			{ID: "agree", Kind: kiosk.Choose, Done: kiosk.DoneChecked, Target: &kiosk.Target{Role: "radiogroup", Name: en("Do you agree?"), Tag: "fieldset"}},
			{ID: "gone", Kind: kiosk.FillIn, Done: kiosk.DoneValid, Target: &kiosk.Target{Role: "textbox", Name: en("Maiden name"), Tag: "input", Tokens: []string{"maiden", "name"}}},
		}}}}
}

// watcher keeps what the service's window reported last.
type watcher struct {
	mu   sync.Mutex
	last PageReport
}

func (w *watcher) see(s Seen) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.Kind == SeenPage {
		w.last = s.Page
	}
}

func (w *watcher) report() PageReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

// openOnStage opens a whole browser, both windows, on a stage of its own.
func openOnStage(t *testing.T, proxy string, see func(Seen), act func(string), more ...func(*Options)) (*Browser, *stage.Hand) {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a display and a browser")
	}
	if !ScriptBuilt() {
		t.Fatal("the page's script is not built; run: make build")
	}
	dir, err := os.MkdirTemp("", "stage")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	display, err := stage.StartDisplay(context.Background(), stage.DisplayOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { display.Close() })
	s, err := stage.Open(stage.Options{Display: display.Name(), Authority: display.Authority()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	hand, err := stage.OpenHand(display.Name(), display.Authority())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hand.Close() })
	class := "handrail-open-test"
	s.Place(class, stage.Rect{W: 816, H: 688}, true)
	uid := 0
	if os.Getuid() == 0 {
		uid = FreeUID()
	}
	o := Options{Class: class, Width: 1280, Height: 800, Proxy: proxy,
		Confinement: Confinement{UID: uid, GID: uid, Display: display.Name(), Authority: display.Authority()},
		Admit: func(_ context.Context, role string) error {
			s.Admit(class, map[string]stage.Role{CompanionWindow: stage.Companion, ServiceWindow: stage.Service}[role])
			return nil
		},
		Assets: companionAssets, OnAction: act,
		OnService: see,
	}
	for _, change := range more {
		change(&o)
	}
	b, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return b, hand
}

// companionAssets are a page of ours small enough for a test.
func companionAssets(path string) ([]byte, string, bool) {
	switch path {
	case "/citizen.html":
		return []byte(`<!doctype html><title>ours</title><script src=/citizen.js></script><p>ours`), "text/html", true
	case "/citizen.js":
		return []byte(`window.handrailShow = (v) => { document.title = v.rev; window.handrail(JSON.stringify({do: "painted", rev: v.rev})); }`), "text/javascript", true
	}
	return nil, "", false
}

func TestSpitefulPageCannotReachUs(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	var outside atomic.Int32
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Host != "form.test" {
			outside.Add(1)
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.WriteHeader(http.StatusForbidden)
			return
		}
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'none'; script-src 'nonce-n'; connect-src *; frame-src *; require-trusted-types-for 'script'")
		w.Write([]byte(spitefulPage))
	}))
	defer proxy.Close()
	defer proxy.CloseClientConnections()
	seen := &watcher{}
	actions := make(chan string, 100)
	b, hand := openOnStage(t, strings.TrimPrefix(proxy.URL, "http://"), seen.see, func(json string) { actions <- json })
	defer b.Close()

	if err := b.Companion.Show(map[string]int{"rev": 7}); err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-actions:
		if !strings.Contains(a, `"rev":7`) {
			t.Fatalf("the companion said %s", a)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the companion's binding does not work")
	}

	if err := b.Service.Prepare(spitefulGuide("http://form.test")); err != nil {
		t.Fatal(err)
	}
	if err := b.Service.Open("http://form.test/form"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the page to be recognised", func() bool { return seen.report().Page == "form" })
	report := seen.report()
	for step, want := range map[string]kiosk.Sight{"family": kiosk.Sure, "town": kiosk.Sure, "agree": kiosk.Sure, "gone": kiosk.Unknown} {
		if report.Sights[step] != want {
			t.Errorf("step %s is %s (%.2f), want %s", step, report.Sights[step], report.Scores[step], want)
		}
	}

	own := func(expression string) string {
		value, err := evaluate[string](b.Service.ctx, b.Service.target, "String("+expression+")", "")
		if err != nil {
			t.Fatalf("%s: %v", expression, err)
		}
		return value
	}
	eventually(t, "the page's requests to be answered", func() bool { return own("asked.length") == "2" && own("asked[0]") != "undefined" })
	if got := own("found.join()"); got != "" {
		t.Errorf("the page found %s", got)
	}
	if got := own("asked.join()"); got != "refused,refused" {
		t.Errorf("the page asked for our origin and for another host: %s", got)
	}
	tree, err := cdp.Call(b.Service.ctx, b.Service.target, page.GetFrameTree, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	for _, child := range tree.FrameTree.ChildFrames {
		if child.Frame.UnreachableURL == "" && strings.Contains(child.Frame.URL, "handrail.internal") {
			t.Errorf("the page framed our origin: %s", child.Frame.URL)
		}
	}
	if outside.Load() == 0 {
		t.Error("nothing was refused: the test did not try")
	}

	// Nothing is agreed to in the citizen's name, and nobody is kept from going on.
	eventually(t, "the dialogs to be gone", func() bool { return own("window.alerted") == "true" })
	if agreed, given := own("agreed"), own("given"); agreed != "false" || given != "null" {
		t.Errorf("confirm was answered %s, prompt %s", agreed, given)
	}

	// It takes the ring away; the ring comes back, and the page can go on as it likes.
	if err := b.Service.Watch(kiosk.Watch{Page: "form", Step: "family"}, "right"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the page to take the ring away", func() bool { return own("taken") != "0" })
	removed, err := in[int](b.Service, "removed()")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Service.Watch(kiosk.Watch{Page: "form", Step: "town"}, "right"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the ring to come back", func() bool {
		n, err := in[int](b.Service, "removed()")
		return err == nil && n > removed
	})

	// Filling: typed, read again, compared. A page that changes what was typed is found out.
	if ok, err := b.Service.Fill("family", kiosk.NewPrivate("Moreira-Łoś")); err != nil || !ok {
		t.Errorf("family name: filled %v, %v", ok, err)
	}
	if ok, _ := b.Service.Fill("town", kiosk.NewPrivate("Esch")); ok {
		t.Error("the page changed the town, and nobody noticed")
	}
	if ok, _ := b.Service.Fill("gone", kiosk.NewPrivate("Esch")); ok {
		t.Error("something was filled into a box that is not there")
	}

	// A transparent radio under its label: the touch is on the label, the effect is what counts.
	choices, err := b.Service.Choices("agree")
	if err != nil || len(choices) != 2 {
		t.Fatalf("choices %v, %v", choices, err)
	}
	box := choices["yes"]
	if err := hand.Click(int(box.X+box.W/2), int(box.Y+box.H/2)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the choice to be seen as done", func() bool { return seen.report().Done["agree"] })
	if own("document.getElementById('y').checked") != "true" {
		t.Error("the choice is seen as done and is not")
	}
}
