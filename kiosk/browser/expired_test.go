// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"net/http/httputil"
	"os"
	"slices"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"

	"handrail/kiosk"
)

// A real service forgets a person in the middle of its form: its session is gone, as after too long a wait. The citizen is told that the site has
// closed the form, and what they do next begins it again at its first step, in which every page is found as before.
func TestServiceForgetsTheCitizen(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a service, a display and a browser")
	}
	origin := startService(t, "hmpo")
	g, err := kiosk.LoadGuide(os.DirFS("../guides"), "hmpo-basic")
	if err != nil {
		t.Fatal(err)
	}
	g.Service.Origin = besideOrigin
	service := &httputil.ReverseProxy{
		Transport: &http.Transport{DisableKeepAlives: true}, // nothing waits when the test looks for what was left behind
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(origin) },
	}
	site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if "http://"+r.Host != besideOrigin || r.Method == http.MethodConnect {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		service.ServeHTTP(w, r)
	})
	s := openBeside(t, site, g, kiosk.GuideMe)
	begin := func() {
		t.Helper()
		s.on("start", "continue", "")
		s.press("main form button")
		s.on("your-name", "name", "")
		s.press("#name")
		if err := s.hand.Type("Testina"); err != nil {
			t.Fatal(err)
		}
		s.on("your-name", "continue", "")
		s.press("main form button")
		s.on("your-age", "age", "")
	}
	begin()
	session := network.DeleteCookiesParams{Name: "connect.sid", URL: besideOrigin}
	if _, err := cdp.Call(t.Context(), s.b.Service.target, network.DeleteCookies, session); err != nil {
		t.Fatal(err)
	}
	s.forget()
	s.do(kiosk.SaidNext{})
	s.on("your-age", "continue", "")
	s.press("main form button")
	s.until("the words of it", func(now *kiosk.Session) bool {
		return now.Screen() == kiosk.FailureShown && now.Failure == "session-lost" && now.Page != nil && now.Page.State == "expired" &&
			slices.ContainsFunc(s.said, func(all []kiosk.Phrase) bool { return len(all) > 0 && all[0].Key == "failure.session-lost.title" })
	})
	s.do(kiosk.AskedRetry{})
	begin()

	// With every cookie gone it has a problem of its own, whatever is tried: after one more try the form begins again too.
	if _, err := cdp.Call(t.Context(), s.b.Service.target, network.ClearBrowserCookies, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	s.do(kiosk.SaidNext{})
	s.on("your-age", "continue", "")
	s.press("main form button")
	failed := func(kind string) {
		t.Helper()
		s.until(kind, func(now *kiosk.Session) bool { return now.Screen() == kiosk.FailureShown && now.Failure == kind })
	}
	failed("site-down")
	s.do(kiosk.AskedRetry{})
	failed("form-gone")
	s.do(kiosk.AskedRetry{})
	begin()
}
