// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"handrail/kiosk"
)

// onePDF is a document as small as can be.
const onePDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj 3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF"

// waysGuide leads through pages that want a window of their own, give files, ask for a declaration or a password in a frame, and close the form.
func waysGuide() *kiosk.Guide {
	say := func(title string) kiosk.Say { return kiosk.Say{Title: en(title), How: en("Do it.")} }
	press := func(id, name string, kind kiosk.Kind) kiosk.Step {
		return kiosk.Step{ID: id, Kind: kind, Done: kiosk.DonePage, Say: say(name), Target: &kiosk.Target{Role: "button", Name: en(name), Tag: "button"}}
	}
	village := field("village", "Village", "")
	village.Say, village.Card = say("Your village"), "village"
	return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: besideOrigin, Start: "/form", Languages: []string{"en"}}, Pages: []kiosk.Page{
		{ID: "form", Path: "/form", Heading: en("Form"), Steps: []kiosk.Step{village, press("next", "Next", kiosk.Press)}},
		{ID: "sign", Path: "/sign", Heading: en("Sign"), Steps: []kiosk.Step{village, press("send", "Accept and send", kiosk.Declare)}},
		{ID: "bank", Path: "/bank", Heading: en("Bank"), Steps: []kiosk.Step{village}},
		{ID: "closed", Path: "/closed", Heading: en("Your form was closed"), State: "expired"},
	}}
}

func waysSite() http.Handler {
	site := http.NewServeMux()
	page := func(path, body string) {
		site.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { html(w, body) })
	}
	const village = `<p><label for=v>Village</label> <input id=v></p>`
	page("/form", `<h1>Form</h1>`+village+`<form action=/sign><button>Next</button></form>
		<p><button type=button id=opens>Rules</button> <button type=button id=pops>Terms</button> <a id=blank href=/rules target=_blank>Rules</a> <a id=file href=/file>Form as a file</a> <a id=pdf href=/pdf>Form as a PDF</a> <a id=bank href=/bank>Bank</a> <a id=closed href=/closed>Closed</a></p>
		<script nonce=n>opens.onclick = () => open("/rules"); pops.onclick = () => open("/rules?what=terms", "terms", "popup,width=900,height=600");</script>`)
	page("/rules", `<h1>Rules</h1><p>Nobody has a guide to these.</p>`)
	page("/sign", `<h1>Sign</h1>`+village+`<form action=/sent><button>Accept and send</button></form>`)
	page("/sent", `<h1>Sent</h1>`)
	page("/closed", `<h1>Your form was closed</h1><p>You were away for too long.</p>`)
	site.HandleFunc("/bank", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Bank</h1>`+village+`<iframe id=frame src="http://bank.test/login" width=400 height=160></iframe><script nonce=n>window.leave = () => frame.remove();</script>`)
	})
	page("/login", `<p><label for=u>User</label> <input id=u></p><p><label for=p>Password</label> <input id=p type=password></p>`)
	site.HandleFunc("/file", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="form.bin"`)
		w.Write([]byte("x"))
	})
	site.HandleFunc("/pdf", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/pdf")
		w.Write([]byte(onePDF))
	})
	return site
}

// What services do to people beside asking them: each is recognised on a real page, has the session's own answer, and the way back leads to the
// step that was left.
func TestWaysOutOfTheStep(t *testing.T) {
	s := openBeside(t, waysSite(), waysGuide(), kiosk.GuideMe)
	s.on("form", "village", "")
	speaks := func(key string) {
		t.Helper()
		s.until("the words of "+key, func(*kiosk.Session) bool {
			return slices.ContainsFunc(s.said, func(all []kiosk.Phrase) bool { return len(all) > 0 && all[0].Key == key+".title" })
		})
	}

	// A window of its own: there is but one. What was to be in it is shown in ours, that is said, and Back leads to the step.
	for _, opener := range []string{"#opens", "#pops", "#blank"} {
		s.forget()
		s.touch(opener)
		s.on("", "", kiosk.NoticeWindow)
		speaks("page.new-tab")
		eventually(t, "the page in our window", func() bool { return strings.HasPrefix(s.own("location.pathname"), "/rules") })
		eventually(t, "no other window", func() bool { return s.b.Strangers() == 0 })
		s.do(kiosk.WentBack{})
		s.on("form", "village", "")
		s.until("the step to be found", func(now *kiosk.Session) bool { return now.Sight(now.Step()) == kiosk.Sure })
	}

	// A file, and a document: the one is not kept, the other is for paper; the form is still there.
	still := func(link string) {
		t.Helper()
		s.on("form", "village", "")
		if at := s.own("location.pathname"); at != "/form" {
			t.Errorf("after %s the window is at %s", link, at)
		}
	}
	s.forget()
	s.touch("#file")
	s.on("form", "village", kiosk.NoticeFile)
	speaks("page.download")
	s.do(kiosk.SaidNext{})
	still("#file")
	s.touch("#pdf")
	s.until("the sheets", func(now *kiosk.Session) bool {
		return now.Screen() == kiosk.SheetsShown && now.Sheets.State == kiosk.SheetsNone
	})
	s.do(kiosk.SaidNoPrint{})
	still("#pdf")

	// A password in the frame of somebody else is the citizen's alone, as long as it is there.
	s.touch("#bank")
	s.on("bank", "village", string(kiosk.SignLogin))
	s.until("the citizen to be alone", func(now *kiosk.Session) bool { return now.HandsOff() == "login" && len(now.Offered()) == 0 })
	speaks("page.login")
	s.own("leave()")
	s.until("the citizen not to be alone", func(now *kiosk.Session) bool { return now.HandsOff() == "" && now.State() == "" })
	s.do(kiosk.WentBack{})
	s.on("form", "village", "")

	// A declaration: whoever reads it and presses is the citizen.
	s.do(kiosk.SaidNext{})
	s.on("form", "next", "")
	s.press("form button")
	s.on("sign", "village", "")
	s.do(kiosk.SaidNext{})
	s.on("sign", "send", "")
	s.until("the citizen to be alone", func(now *kiosk.Session) bool { return now.HandsOff() == "declaration" })
	s.do(kiosk.WentBack{}) // to the box that was passed
	s.on("sign", "village", "")
	s.do(kiosk.WentBack{})
	s.on("form", "village", "")

	// The site has closed the form: that is said, and to begin again begins at the first step.
	s.forget()
	s.touch("#closed")
	s.until("the words of it", func(now *kiosk.Session) bool {
		return now.Screen() == kiosk.FailureShown && now.Failure == "session-lost"
	})
	s.do(kiosk.AskedRetry{})
	s.on("form", "village", "")
	s.until("the form to be there", func(now *kiosk.Session) bool { return now.Screen() == kiosk.Companion })
}
