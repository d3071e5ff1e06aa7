// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// TestFileBox: a box for a file opens no dialog of the browser; what we put there is what the site gets.
func TestFileBox(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	got := make(chan string, 1)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if file, header, err := r.FormFile("paper"); err == nil {
				data, _ := io.ReadAll(file)
				got <- header.Filename + " " + header.Header.Get("Content-Type") + " " + string(data)
			}
			return
		}
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `<!doctype html><title>Form</title><form method=post enctype=multipart/form-data><input type=file id=paper name=paper style="position:absolute;left:20px;top:20px;width:300px;height:60px"></form>`)
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
	if err := b.Service.Open("http://form.test/form"); err != nil {
		t.Fatal(err)
	}
	own := func(expression string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(b.Service.ctx, time.Minute)
		defer cancel()
		if _, err := evaluate[any](ctx, b.Service.target, expression, ""); err != nil {
			t.Fatal(err)
		}
	}
	touched := false
	for deadline := time.Now().Add(time.Minute); !touched; {
		if err := hand.Click(100, 50); err != nil {
			t.Fatal(err)
		}
		select {
		case <-boxes:
			touched = true
		case <-time.After(time.Second):
			if time.Now().After(deadline) {
				t.Fatal("the touch of the box is not told")
			}
		}
	}
	ok, err := b.Service.GiveFiles([]File{{"paper.jpg", []byte("\xff\xd8\xff words on a paper")}})
	if err != nil || !ok {
		t.Fatalf("given %v, %v", ok, err)
	}
	own("void document.forms[0].submit()")
	select {
	case sent := <-got:
		if want := "paper.jpg image/jpeg \xff\xd8\xff words on a paper"; sent != want {
			t.Errorf("the site got %q", sent)
		}
	case <-time.After(time.Minute):
		t.Fatal("the site got nothing")
	}
}
