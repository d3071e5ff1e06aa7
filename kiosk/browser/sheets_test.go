// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/runtime"
	"go.uber.org/goleak"

	"handrail/kiosk"
)

// sheetsPage prints itself in each way that a page has, and gives files.
const sheetsPage = `<!doctype html><html lang=en><meta charset=utf-8><title>Form</title><h1>Your papers</h1>
<style>.sheet { break-before: page; } button, a { display: block; height: 40px; width: 300px; }</style>
<button id=print onclick="print()">Print</button><button id=command onclick="document.execCommand('print')">Print too</button>
<button id=frame onclick="inner.contentWindow.print()">Print a frame</button>
<a id=shown href=/paper.pdf>Your letter</a><a id=attached href=/letter>Your letter as a file</a><a id=other href=/other>Something else</a>
<a id=linked href=/linked.bin download>Keep your letter</a><a id=typed href="data:application/pdf;base64,{{.}}" download=letter.pdf>Typed</a>
<a id=note href="data:text/plain,hello" download=note.txt>A note</a><a id=table href=/table.csv download>A table</a><a id=moved href=/moved download>Moved</a><a id=gone href=/gone download>Gone</a>
<button id=made onclick="make('a')">Made here</button><button id=shows onclick="make('go')">Made and shown</button><button id=opens onclick="make('open')">Made and opened</button>
<script>function make(how) {
	const address = URL.createObjectURL(new Blob([atob("{{.}}")], { type: "application/pdf" })), a = document.createElement("a");
	if (how === "a") { a.href = address; a.download = "confirmation.pdf"; a.click(); URL.revokeObjectURL(address); }
	if (how === "go") location.href = address;
	if (how === "open") window.open(address);
}</script>
<form method=post action=/posted><button id=post>Make my letter</button></form>
<iframe id=inner src=/inner width=200 height=60></iframe><iframe src="http://other.test/inner" width=300 height=60></iframe>
<p class=sheet>Second sheet</p><p class=sheet>Third sheet</p>`

// inOther runs an expression in the frame of another site, once it is followed.
func inOther(t *testing.T, b *Browser, expression string) {
	t.Helper()
	var other *frame
	eventually(t, "the frame of another site", func() bool {
		b.Service.mu.Lock()
		defer b.Service.mu.Unlock()
		for _, f := range b.Service.frames {
			if f.origin == "http://other.test" && f.home != b.Service.home {
				other = f
			}
		}
		return other != nil
	})
	if _, err := evaluate[any](other.ctx, other.target, expression, ""); err != nil {
		t.Fatal(err)
	}
}

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
		case r.URL.Path == "/linked.bin", r.URL.Path == "/nameless":
			w.Header().Set("Content-Type", "application/octet-stream")
			if r.URL.Path == "/nameless" {
				w.Header().Set("Content-Disposition", "Attachment")
			}
			if c, err := r.Cookie("who"); r.URL.Path == "/linked.bin" && (err != nil || c.Value != "me") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			_, _ = io.WriteString(w, onePDF)
		case r.URL.Path == "/moved":
			http.Redirect(w, r, "/linked.bin?x=1", http.StatusFound)
		case r.URL.Path == "/gone":
			panic(http.ErrAbortHandler)
		case r.URL.Path == "/table.csv":
			fmt.Fprint(w, "a,b")
		case r.URL.Path == "/other":
			w.Header().Set("Content-Type", "application/pdf")
			fmt.Fprint(w, "this is none")
		case r.URL.Path == "/inner":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprintf(w, `<p>inner</p><a id=kept download=kept.pdf>kept</a><a id=given href=/nameless>given</a>
				<script>kept.href = URL.createObjectURL(new Blob([atob(%q)]))</script>`, base64.StdEncoding.EncodeToString([]byte(onePDF)))
		default: // its rules let no script read anything by its address
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; frame-src *; form-action *")
			w.Header().Set("Set-Cookie", "who=me; HttpOnly; SameSite=Strict")
			fmt.Fprint(w, strings.ReplaceAll(sheetsPage, "{{.}}", base64.StdEncoding.EncodeToString([]byte(onePDF))))
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
		for deadline := time.After(20 * time.Second); ; {
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
		touch := runtime.EvaluateParams{Expression: fmt.Sprintf("void document.getElementById(%q).click()", id), UserGesture: new(true)}
		if _, err := cdp.Call(ctx, b.Service.target, runtime.Evaluate, touch); err != nil {
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
	for _, id := range []string{"shown", "attached", "post", "linked", "moved", "typed", "made", "shows", "opens"} {
		click(id)
		if s := await(id, SeenSheets); string(s.Sheets) != onePDF {
			t.Errorf("%s: %d bytes came", id, len(s.Sheets))
		}
	}
	for _, id := range []string{"other", "note", "table", "gone"} {
		click(id)
		await(id, SeenFile)
	}
	// And from a frame of another site.
	for _, id := range []string{"kept", "given"} {
		inOther(t, b, fmt.Sprintf("void document.getElementById(%q).click()", id))
		if s := await(id, SeenSheets); string(s.Sheets) != onePDF {
			t.Errorf("%s: %d bytes came", id, len(s.Sheets))
		}
	}
	inOther(t, b, "print()")
	await("print in the frame", SeenPrint)
	if at, err := evaluate[string](b.Service.ctx, b.Service.target, "location.pathname + document.title", ""); err != nil || at != "/formForm" {
		t.Errorf("the window is at %q, %v", at, err)
	}
}
