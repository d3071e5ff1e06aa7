// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/kiosk"
)

// TestFileBox: a box for a file opens no dialog of the browser; what we put there is what the site gets.
func TestFileBox(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	got := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if r.ParseMultipartForm(1<<20) != nil {
				return
			}
			sent := r.Host
			for _, header := range r.MultipartForm.File["paper"] {
				if file, err := header.Open(); err == nil {
					data, _ := io.ReadAll(file)
					file.Close()
					sent += "; " + header.Filename + " " + header.Header.Get("Content-Type") + " " + string(data)
				}
			}
			got <- sent
			return
		}
		several, frame := "", `<iframe src="http://other.test/form" style="position:absolute;left:20px;top:200px;width:500px;height:300px"></iframe>`
		if r.Host == "other.test" {
			several, frame = "multiple", ""
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>Form</title><form method=post enctype=multipart/form-data><input type=file id=paper name=paper %s
			style="position:absolute;left:20px;top:20px;width:300px;height:60px"></form>%s`, several, frame)
	}))
	defer proxy.Close()
	defer proxy.CloseClientConnections()
	boxes := make(chan Seen, 100)
	b, hand := openOnStage(t, strings.TrimPrefix(proxy.URL, "http://"), func(s Seen) {
		if s.Kind == SeenFileBox {
			boxes <- s
		}
	}, func(string) {})
	defer b.Close()
	if ok, err := b.Service.GiveFiles([]File{{"paper.jpg", []byte("x")}}); ok || err == nil {
		t.Error("a file goes into no box")
	}
	guide := &kiosk.Guide{ID: "papers", Service: kiosk.Service{Origin: "http://form.test", Start: "/form", Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "form", Path: "/form", Steps: []kiosk.Step{{ID: "read", Kind: kiosk.Read, Done: kiosk.DonePerson}}}}}
	if err := b.Service.Prepare(guide); err != nil {
		t.Fatal(err)
	}
	if err := b.Service.Open("http://form.test/form"); err != nil {
		t.Fatal(err)
	}
	touch := func(x, y int) Seen {
		t.Helper()
		for deadline := time.Now().Add(patience); ; {
			if err := hand.Click(x, y); err != nil {
				t.Fatal(err)
			}
			select {
			case seen := <-boxes:
				return seen
			case <-time.After(time.Second):
				if time.Now().After(deadline) {
					t.Fatal("the touch of the box is not told")
				}
			}
		}
	}
	give := func(files ...File) {
		t.Helper()
		if ok, err := b.Service.GiveFiles(files); err != nil || !ok {
			t.Fatalf("given %v, %v", ok, err)
		}
	}
	sent := func(want string) {
		t.Helper()
		select {
		case sent := <-got:
			if sent != want {
				t.Errorf("the site got %q, not %q", sent, want)
			}
		case <-time.After(patience):
			t.Fatal("the site got nothing")
		}
	}
	one, two := File{"paper-1.jpg", []byte("\xff\xd8\xff words on a paper")}, File{"paper-2.jpg", []byte("\xff\xd8\xff words on another")}

	// A frame of another site, whose box takes several.
	inOther(t, b, "1")
	if seen := touch(140, 250); !seen.Several {
		t.Error("that its box takes several is not told")
	}
	give(one, two)
	inOther(t, b, "void document.forms[0].submit()")
	sent("other.test; paper-1.jpg image/jpeg \xff\xd8\xff words on a paper; paper-2.jpg image/jpeg \xff\xd8\xff words on another")

	// The page's own takes one; what is given then takes the place of what was given before.
	for len(boxes) > 0 {
		<-boxes
	}
	for _, file := range []File{one, two} {
		if seen := touch(100, 50); seen.Several {
			t.Error("its box takes one")
		}
		give(file)
	}
	if ok, _ := b.Service.GiveFiles([]File{one, two}); ok {
		t.Error("a box for one holds two")
	}
	give(two)
	if _, err := evaluate[any](b.Service.ctx, b.Service.target, "void document.forms[0].submit()", ""); err != nil {
		t.Fatal(err)
	}
	sent("form.test; paper-2.jpg image/jpeg \xff\xd8\xff words on another")
}
