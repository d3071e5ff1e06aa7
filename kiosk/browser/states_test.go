// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"handrail/kiosk"
)

// states are pages of all kinds, made for these tests: what services have that the demo's do not.
var states = map[string]string{
	"plain":         `<h1>plain</h1><label for=a>Name</label><input id=a>`,
	"login":         `<h1>login</h1><label for=a>Name</label><input id=a><label for=p>Password</label><input id=p type=password>`,
	"login-hidden":  `<h1>login-hidden</h1><div hidden><input type=password></div><label for=a>Name</label><input id=a>`,
	"login-shadow":  `<h1>login-shadow</h1><div id=h></div><script nonce=n>h.attachShadow({mode: "open"}).append(Object.assign(document.createElement("input"), {type: "password"}))</script>`,
	"code":          `<h1>code</h1><label for=a>Code</label><input id=a autocomplete=one-time-code>`,
	"payment":       `<h1>payment</h1><label for=a>Card</label><input id=a autocomplete="billing cc-number">`,
	"payment-frame": `<h1>payment-frame</h1><iframe src="https://js.stripe.com/v3/card" width=300 height=120></iframe>`,
	"captcha":       `<h1>captcha</h1><iframe src="https://www.google.com/recaptcha/api2/anchor?k=x" width=304 height=78></iframe>`,
	"captcha-badge": `<h1>captcha-badge</h1><div class=grecaptcha-badge><iframe src="https://www.google.com/recaptcha/api2/anchor?k=x" width=256 height=60></iframe></div>`,
	"eid":           `<h1>eid</h1><form><input type=hidden name=SAMLRequest value=x><button>Go on</button></form>`,
	"cookies":       `<h1>cookies</h1><div class=cookie-banner role=region>We use cookies<button>Accept</button><button>Reject</button></div>`,
	"cookie-page":   `<h1>cookie-page</h1><p class=about-cookies>We use cookies for this and that, and this takes a page to tell without anything to touch.</p>`,
}

func TestSignsOfStates(t *testing.T) {
	want := map[string][]kiosk.Sign{
		"plain": nil, "login-hidden": nil, "captcha-badge": nil, "cookie-page": nil,
		"login": {kiosk.SignLogin}, "login-shadow": {kiosk.SignLogin}, "code": {kiosk.SignCode}, "payment": {kiosk.SignPayment}, "payment-frame": {kiosk.SignPayment},
		"captcha": {kiosk.SignCaptcha}, "eid": {kiosk.SignEID}, "cookies": {kiosk.SignCookies},
	}
	site := http.NewServeMux()
	site.HandleFunc("/{page}", func(w http.ResponseWriter, r *http.Request) { html(w, states[r.PathValue("page")]) })
	w, port := openTab(t, site, func(port string) *kiosk.Guide {
		g := &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://office.localhost:" + port, Start: "/plain"}}
		for name := range states {
			g.Pages = append(g.Pages, kiosk.Page{ID: name, Path: "/" + name, Heading: kiosk.Text{"en": name}})
		}
		return g
	})
	for name := range states {
		goTo(t, w, "http://office.localhost:"+port+"/"+name, name)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		r, err := w.await(ctx, "the signs of "+name, func(r PageReport, _ int) bool { return r.Page == name && slices.Equal(r.Signs, want[name]) })
		cancel()
		if err != nil {
			t.Errorf("%s: %v, signs %v", name, err, r.Signs)
		}
	}
}

// A step waits for what appears; another is left out unless a choice was made; and a window of its own opens in ours.
func TestStepsThatWaitAndDepend(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("/form", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>form</h1><fieldset id=f><legend>Do you rent?</legend><input type=radio name=r id=y value=yes><label for=y>Yes</label><input type=radio name=r id=n value=no><label for=n>No</label></fieldset>
			<label for=l>Landlord</label><input id=l><button id=b>Check</button> <a href=/other target=_blank>Rules</a>
			<script nonce=n>b.onclick = () => setTimeout(() => { const p = document.createElement("div"); p.setAttribute("role", "status"); p.setAttribute("aria-label", "Checked"); p.textContent = "Checked"; document.body.append(p); }, 200);</script>`)
	})
	site.HandleFunc("/other", func(w http.ResponseWriter, _ *http.Request) { html(w, `<h1>other</h1>`) })
	choose := kiosk.Step{ID: "rent", Kind: kiosk.Choose, Done: kiosk.DoneChecked, Target: &kiosk.Target{Role: "radiogroup", Name: kiosk.Text{"en": "Do you rent?"}}}
	landlord := field("landlord", "Landlord", "")
	landlord.When = &kiosk.When{Step: "rent", Option: "yes"}
	check := kiosk.Step{ID: "check", Kind: kiosk.Press, Done: kiosk.DoneAppears, Target: &kiosk.Target{Role: "button", Name: kiosk.Text{"en": "Check"}},
		Appears: &kiosk.Target{Role: "status", Name: kiosk.Text{"en": "Checked"}}}
	link := kiosk.Step{ID: "rules", Kind: kiosk.Press, Done: kiosk.DonePage, Target: &kiosk.Target{Role: "link", Name: kiosk.Text{"en": "Rules"}}}
	w, port := openTab(t, site, func(port string) *kiosk.Guide {
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://office.localhost:" + port, Start: "/form"}, Pages: []kiosk.Page{
			{ID: "form", Path: "/form", Heading: kiosk.Text{"en": "form"}, Steps: []kiosk.Step{choose, landlord, check, link}},
			{ID: "other", Path: "/other", Heading: kiosk.Text{"en": "other"}}}}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	await := func(what string, ok func(PageReport) bool) {
		t.Helper()
		if r, err := w.await(ctx, what, func(r PageReport, _ int) bool { return ok(r) }); err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
	}
	goTo(t, w, "http://office.localhost:"+port+"/form", "form")
	await("the step that is left out", func(r PageReport) bool { return r.Skips["landlord"] && !r.Skips["check"] })
	if err := w.choose(ctx, &choose, "no"); err != nil {
		t.Fatal(err)
	}
	await("still left out", func(r PageReport) bool { return r.Done["rent"] && r.Skips["landlord"] })
	if err := w.choose(ctx, &choose, "yes"); err != nil {
		t.Fatal(err)
	}
	await("the step that is to be done", func(r PageReport) bool { return !r.Skips["landlord"] && !r.Done["check"] })
	if err := w.press(ctx, "form", &check, nil); err != nil {
		t.Fatal(err)
	}
	await("what appears", func(r PageReport) bool { return r.Done["check"] })
	if err := w.press(ctx, "form", &link, nil); err != nil {
		t.Fatal(err)
	}
	await("the page that wanted a window of its own", func(r PageReport) bool { return r.Page == "other" })
}

func TestQuietIsTold(t *testing.T) {
	told := make(chan struct{}, 8)
	release := make(chan struct{})
	site := http.NewServeMux()
	site.HandleFunc("/wait", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Security-Policy", "connect-src 'self'")
		fmt.Fprint(w, `<!doctype html><h1>wait</h1><script>fetch("/slow")</script>`)
	})
	site.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	})
	w, port := openTab(t, site, func(port string) *kiosk.Guide {
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://office.localhost:" + port, Start: "/wait"}, Pages: []kiosk.Page{{ID: "wait", Path: "/wait", Heading: kiosk.Text{"en": "wait"}}}}
	})
	q := w.service.quiet
	q.mu.Lock()
	q.tell = func() {
		select {
		case told <- struct{}{}:
		default:
		}
	}
	q.mu.Unlock()
	goTo(t, w, "http://office.localhost:"+port+"/wait", "wait")
	for loading := 0; loading == 0; { // the slow one is on its way
		q.mu.Lock()
		loading = len(q.loading)
		q.mu.Unlock()
		time.Sleep(5 * time.Millisecond)
		if t.Context().Err() != nil {
			t.Fatal("nothing is loading")
		}
	}
	for len(told) > 0 {
		<-told
	}
	q.arm()
	q.mu.Lock()
	about := q.timer != nil && q.timer.Stop()
	q.mu.Unlock()
	if about {
		t.Fatal("something is loading, and it is about to be called quiet")
	}
	close(release)
	select {
	case <-told:
	case <-time.After(20 * time.Second):
		t.Fatal("all has loaded, and that is not told")
	}
}
