// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/kiosk"
)

// sheetsPage prints itself in each way that a page has, and gives files.
const sheetsPage = `<!doctype html><html lang=en><meta charset=utf-8><title>Form</title><h1>Your papers</h1>
<style>.sheet { break-before: page; } button, a { display: block; height: 40px; width: 300px; }</style>
<button id=print onclick="print()">Print</button><button id=command onclick="document.execCommand('print')">Print too</button>
<button id=frame onclick="inner.contentWindow.print()">Print a frame</button>
<a id=shown href=/paper.pdf>Your letter</a><a id=attached href=/letter>Your letter as a file</a><a id=other href=/other>Something else</a>
<form method=post action=/posted><button id=post>Make my letter</button></form>
<iframe id=inner src=/inner width=200 height=60></iframe>
<p class=sheet>Second sheet</p><p class=sheet>Third sheet</p>`

// TestSheets: what the page wants on paper comes to us as a PDF in memory, whichever way it asks; the window stays as it is.
func TestSheets(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/paper.pdf", r.URL.Path == "/posted" && r.Method == http.MethodPost:
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = io.WriteString(w, onePDF)
		case r.URL.Path == "/letter":
			w.Header().Set("Content-Type", "application/octet-stream")
			w.Header().Set("Content-Disposition", `attachment; filename="letter.PDF"`)
			_, _ = io.WriteString(w, onePDF)
		case r.URL.Path == "/other":
			w.Header().Set("Content-Type", "application/pdf")
			fmt.Fprint(w, "this is none")
		case r.URL.Path == "/inner":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<p>inner")
		default:
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, sheetsPage)
		}
	}))
	defer proxy.Close()
	defer proxy.CloseClientConnections()
	seen := make(chan Seen, 1000)
	b, _ := openOnStage(t, strings.TrimPrefix(proxy.URL, "http://"), func(s Seen) {
		if s.Kind == SeenPrint || s.Kind == SeenSheets || s.Kind == SeenFile || s.Kind == SeenPage {
			seen <- s
		}
	}, func(string) {})
	defer b.Close()
	await := func(what string, kind SeenKind) Seen {
		t.Helper()
		for deadline := time.After(time.Minute); ; {
			select {
			case s := <-seen:
				if s.Kind == kind {
					return s
				}
			case <-deadline:
				t.Fatalf("%s: nothing is told", what)
			}
		}
	}
	en := kiosk.Text{"en": "Your papers"}
	guide := &kiosk.Guide{ID: "papers", Service: kiosk.Service{Origin: "http://form.test", Start: "/form", Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en, Steps: []kiosk.Step{{ID: "read", Kind: kiosk.Read, Done: kiosk.DonePerson}}}}}
	if err := b.Service.Prepare(guide); err != nil {
		t.Fatal(err)
	}
	if err := b.Service.Open("http://form.test/form"); err != nil {
		t.Fatal(err)
	}
	await("the page", SeenPage)
	click := func(id string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(b.Service.ctx, time.Minute)
		defer cancel()
		if _, err := evaluate[any](ctx, b.Service.target, fmt.Sprintf("void document.getElementById(%q).click()", id), ""); err != nil {
			t.Fatal(err)
		}
	}
	for _, id := range []string{"print", "command", "frame"} {
		click(id)
		await(id, SeenPrint)
	}
	made, err := b.Service.Sheets()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(regexp.MustCompile(`/Type\s*/Page\b`).FindAll(made, -1)); n != 3 || !bytes.HasPrefix(made, []byte("%PDF-")) {
		t.Errorf("%d sheets in %d bytes", n, len(made))
	}
	for _, id := range []string{"shown", "attached", "post"} {
		click(id)
		if s := await(id, SeenSheets); string(s.Sheets) != onePDF {
			t.Errorf("%s: %d bytes came", id, len(s.Sheets))
		}
	}
	click("other")
	await("something else", SeenFile)
	if at, err := evaluate[string](b.Service.ctx, b.Service.target, "location.pathname + document.title", ""); err != nil || at != "/formForm" {
		t.Errorf("the window is at %q, %v", at, err)
	}
}
