// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/kiosk"
)

// startService starts an e-service that nobody here wrote: "" is the first, or the name of its folder.
func startService(t *testing.T, name string) (origin *url.URL) {
	t.Helper()
	folder := filepath.Join("../../e-service", name)
	if testing.Short() {
		t.Skip("starts the e-service")
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Skip("the e-service is not installed: make deps")
	}
	cmd := exec.Command("node", "start.mjs", "-port", "0")
	cmd.Dir = folder
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); _ = cmd.Wait() }) // that ends it
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(strings.TrimPrefix(strings.TrimSpace(line), "ready "))
	if err != nil || u.Host == "" {
		t.Fatalf("the service began with %q", line)
	}
	return &url.URL{Scheme: "http", Host: u.Host}
}

// realService starts one and stands before it so that it can be shown in a frame: its answers are its own but for the header that forbids
// frames. It keeps the cookies, which a frame of a foreign page does not get.
func realService(t *testing.T) (port string) {
	t.Helper()
	origin := startService(t, "")
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&httputil.ReverseProxy{
		Transport: &http.Transport{DisableKeepAlives: true}, // nothing waits when the test looks for what was left behind
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(origin)
			r.Out.Host = r.In.Host
			for _, c := range jar.Cookies(origin) {
				r.Out.AddCookie(c)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			jar.SetCookies(origin, r.Cookies())
			r.Header.Del("Set-Cookie")
			r.Header.Del("X-Frame-Options")
			return nil
		},
	})
	t.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(server.Listener.Addr().String())
	return port
}

// A real form, in a frame of its own origin, in a frame of another, in an office's page: every step of its guide is found,
// filling works, and what the service refuses is told step by step.
func TestRealServiceInFrames(t *testing.T) {
	servicePort := realService(t)
	var port string
	site := http.NewServeMux()
	site.HandleFunc("/apply", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Apply</h1><iframe src="http://middle.localhost:`+port+`/middle" width=780 height=600></iframe>`)
	})
	site.HandleFunc("/middle", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<p>One moment</p><iframe src="http://form.localhost:`+servicePort+`/components/all-components" width=740 height=560></iframe>`)
	})
	real, err := kiosk.LoadGuide(os.DirFS("../guides"), "defra-components")
	if err != nil {
		t.Fatal(err)
	}
	steps := real.Pages[0].Steps
	w, port2 := openTab(t, site, func(p string) *kiosk.Guide {
		port = p
		for i := range steps {
			target := *steps[i].Target
			target.Frame, target.Within = "http://form.localhost:"+servicePort, []string{"http://middle.localhost:" + p}
			steps[i].Target = &target
		}
		return &kiosk.Guide{ID: "apply", Service: kiosk.Service{Origin: "http://office.localhost:" + p, Start: "/apply"},
			Pages: []kiosk.Page{{ID: "apply", Path: "/apply", Heading: kiosk.Text{"en": "Apply"}, Steps: steps}}}
	})
	goTo(t, w, "http://office.localhost:"+port2+"/apply", "apply")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	await := func(what string, ok func(PageReport) bool) PageReport {
		t.Helper()
		r, err := w.await(ctx, what, func(r PageReport, _ int) bool { return ok(r) })
		if err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		return r
	}
	await("every step to be found", func(r PageReport) bool {
		for _, s := range steps {
			if r.Sights[s.ID] != kiosk.Sure {
				return false
			}
		}
		return true
	})
	if ok, err := w.service.Fill("text-field", kiosk.NewPrivate("Testina")); err != nil || !ok {
		t.Fatalf("filled %v, %v", ok, err)
	}
	await("the text to count", func(r PageReport) bool { return r.Done["text-field"] })
	if err := w.service.Watch(kiosk.Watch{Page: "apply", Step: "continue"}, "right"); err != nil {
		t.Fatal(err)
	}
	box, ok, err := w.StepBox("continue")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if err := w.Tap(ctx, box); err != nil {
		t.Fatal(err)
	}
	r := await("the service to refuse it", func(r PageReport) bool { return len(r.Errors) > 0 })
	about := map[string]string{}
	for _, e := range r.Errors {
		about[e.Step] = e.Words
	}
	for _, s := range steps {
		switch s.ID {
		case "text-field", "continue":
			if about[s.ID] != "" {
				t.Errorf("%s is said to be wrong: %q", s.ID, about[s.ID])
			}
		case "number-field", "yes-no-field", "email-address-field", "radios-field", "select-field", "checkboxes-field":
			if about[s.ID] == "" {
				t.Errorf("%s: nothing is told of what the service says: %+v", s.ID, r.Errors)
			}
		}
	}
}
