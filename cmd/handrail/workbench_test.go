// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"handrail/kiosk/stage"
	"handrail/peripherals"
	"handrail/peripherals/card"
	"handrail/peripherals/emulator"
	"handrail/peripherals/printer"
)

// bench is a workbench on a real listener, and a browser's worth of client that opened its link.
type bench struct {
	url    string
	client *http.Client
}

func startBench(t *testing.T, o workbenchOptions) (*workbench, bench) {
	t.Helper()
	w := newWorkbench(o)
	server := httptest.NewServer(w)
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	b := bench{url: server.URL, client: &http.Client{Jar: jar, Transport: server.Client().Transport}}
	resp, err := b.client.Get(server.URL + w.Path())
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return w, b
}

func (b bench) do(t *testing.T, action, name string) (status int, says string) {
	t.Helper()
	body, _ := json.Marshal(workbenchAction{Do: action, Name: name})
	resp, err := b.client.Post(b.url+"/do", "application/json", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(text)
}

// until reads pushed states until one is as wanted, and answers it.
func (b bench) until(t *testing.T, what string, ok func(workbenchState) bool) workbenchState {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "GET", b.url+"/state", nil)
	resp, err := b.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	var last workbenchState
	for lines.Scan() {
		data, found := strings.CutPrefix(lines.Text(), "data: ")
		if !found {
			continue
		}
		last = workbenchState{}
		if err := json.Unmarshal([]byte(data), &last); err != nil {
			t.Fatal(err)
		}
		if ok(last) {
			return last
		}
	}
	t.Fatalf("the bench never showed %s; last: %+v", what, last)
	return last
}

func TestWorkbenchIsOnlyForWhoOpenedItsLink(t *testing.T) {
	w, b := startBench(t, workbenchOptions{})
	get := func(path string, change func(*http.Request)) int {
		req, _ := http.NewRequest("GET", b.url+path, nil)
		if change != nil {
			change(req)
		}
		resp, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	withCookie := func(r *http.Request) {
		for _, c := range b.client.Jar.Cookies(r.URL) {
			r.AddCookie(c)
		}
	}
	for _, c := range []struct {
		name, path string
		change     func(*http.Request)
		want       int
	}{
		{"no cookie", "/", nil, 403},
		{"no cookie, state", "/state", nil, 403},
		{"no cookie, screen", "/screen", nil, 403},
		{"wrong token", "/?token=0123456789abcdef0123456789abcdef", nil, 403},
		{"the link", w.Path(), nil, 303},
		{"a name that resolves to this machine", w.Path(), func(r *http.Request) { r.Host = "bench.example:80" }, 403},
		{"another site with the cookie", "/slip/1", func(r *http.Request) { withCookie(r); r.Header.Set("Origin", "http://evil.example") }, 403},
		{"the person, no printer", "/slip/1", withCookie, 404},
		{"the person, no screen", "/screen", withCookie, 503},
	} {
		if got := get(c.path, c.change); got != c.want {
			t.Errorf("%s: status %d, want %d", c.name, got, c.want)
		}
	}
	resp, err := b.client.Post(b.url+"/do", "text/plain", strings.NewReader(`{"do":"remove"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusUnsupportedMediaType {
		t.Errorf("an action as text/plain, which another site could send: status %d", resp.StatusCode)
	}
}

func TestWorkbenchCardsReachTheReader(t *testing.T) {
	link := filepath.Join(t.TempDir(), "reader")
	reader, err := emulator.NewReader(emulator.ReaderOptions{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	driver, err := card.Open(peripherals.Config{Driver: "ccid-serial", Port: link})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	seen := map[peripherals.CardEventKind]int{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- driver.Run(ctx, func(e peripherals.CardEvent) {
			mu.Lock()
			defer mu.Unlock()
			seen[e.Kind]++
		})
	}()
	defer func() { cancel(); <-done }()
	waitFor := func(kind peripherals.CardEventKind, n int) {
		t.Helper()
		for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			mu.Lock()
			got := seen[kind]
			mu.Unlock()
			if got >= n {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("event %v: %d times, want %d; seen %v", kind, got, n, seen)
			}
		}
	}

	_, b := startBench(t, workbenchOptions{Reader: reader})
	s := b.until(t, "cards", func(s workbenchState) bool { return len(s.Cards) > 0 && s.Inserted == "" })
	id := emulator.Cards()[0].ID
	if s.Cards[0].ID != id {
		t.Fatalf("first card %q, want %q", s.Cards[0].ID, id)
	}
	if status, says := b.do(t, "insert", id); status != 204 {
		t.Fatalf("insert: %d %s", status, says)
	}
	waitFor(peripherals.CardRead, 1)
	b.until(t, "the card in the reader", func(s workbenchState) bool { return s.Inserted == id })
	b.do(t, "remove", "")
	waitFor(peripherals.CardRemoved, 1)
	b.do(t, "pull-early", id)
	waitFor(peripherals.CardFailed, 1)
	b.until(t, "the card out again", func(s workbenchState) bool { return s.Inserted == "" })
	if status, says := b.do(t, "insert", "no such card"); status != 409 || !strings.Contains(says, "no such card") {
		t.Errorf("a card that is not there: %d %q", status, says)
	}
}

func TestWorkbenchPaperComesOutAndIsTornOff(t *testing.T) {
	link := filepath.Join(t.TempDir(), "printer")
	paper, err := emulator.NewPrinter(emulator.PrinterOptions{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	defer paper.Close()
	driver, err := printer.Open(peripherals.Config{Driver: "escpos", Port: link})
	if err != nil {
		t.Fatal(err)
	}
	defer driver.Close()
	_, b := startBench(t, workbenchOptions{Printer: paper})
	printSlip := func() (peripherals.State, error) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		return driver.Print(ctx, peripherals.Document{Lang: "en", Blocks: []peripherals.Block{
			{Kind: peripherals.Title, Text: "Help with rent"}, {Kind: peripherals.Text, Text: "You did today"}, {Kind: peripherals.Cut},
		}})
	}
	if state, err := printSlip(); err != nil || state != peripherals.PrinterReady {
		t.Fatalf("print: %v %v", state, err)
	}
	s := b.until(t, "a slip", func(s workbenchState) bool { return len(s.Slips) == 1 })
	if !strings.Contains(s.Slips[0].Text, "You did today") || s.Torn != 0 {
		t.Errorf("slip %+v, torn %d", s.Slips[0], s.Torn)
	}
	resp, err := b.client.Get(b.url + "/slip/1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	picture, err := png.Decode(resp.Body)
	if err != nil {
		t.Fatalf("the slip as a picture: %v", err)
	}
	if picture.Bounds().Dx() != 576 {
		t.Errorf("the slip is %d dots wide, want 576", picture.Bounds().Dx())
	}
	b.do(t, "tear", "")
	b.until(t, "the slip torn off", func(s workbenchState) bool { return s.Torn == s.Slips[0].Number })
	b.do(t, "paper-out", "")
	b.until(t, "no paper", func(s workbenchState) bool { return s.PaperOut })
	if state, err := printSlip(); err == nil || state != peripherals.PrinterPaperOut {
		t.Errorf("printing without paper: %v %v", state, err)
	}
	b.do(t, "paper-in", "")
	b.until(t, "paper again", func(s workbenchState) bool { return !s.PaperOut })
}

func TestWorkbenchPullsPlugs(t *testing.T) {
	var out atomic.Bool
	_, b := startBench(t, workbenchOptions{Plugs: []plug{{
		Name: "hub",
		Pull: func() error { out.Store(true); return nil },
		Plug: func() error { return errors.New("the hub did not start: the port is taken") },
		State: func() (bool, string) {
			if out.Load() {
				return false, "Requests wait on the terminal"
			}
			return true, ""
		},
	}}, Links: func() workbenchLinks { return workbenchLinks{Desk: "http://127.0.0.1:1/desk/"} }})
	if status, says := b.do(t, "pull", "hub"); status != 204 {
		t.Fatalf("pull: %d %s", status, says)
	}
	s := b.until(t, "the hub pulled", func(s workbenchState) bool { return len(s.Plugs) == 1 && !s.Plugs[0].In })
	if s.Plugs[0].Says != "Requests wait on the terminal" || s.Links.Desk == "" {
		t.Errorf("state %+v", s)
	}
	if status, says := b.do(t, "plug", "hub"); status != 409 || says != "The hub did not start: the port is taken.\n" {
		t.Errorf("plug that fails: %d %q", status, says)
	}
	if status, _ := b.do(t, "pull", "moon"); status != 409 {
		t.Errorf("a plug that is not there: %d", status)
	}
}

// TestWorkbenchShowsTheScreen speaks RFB (RFC 6143) through the websocket to a real X server.
func TestWorkbenchShowsTheScreen(t *testing.T) {
	if testing.Short() {
		t.Skip("starts an X server")
	}
	if _, err := exec.LookPath("Xvnc"); err != nil {
		t.Skip("Xvnc is not installed")
	}
	display, err := stage.StartDisplay(t.Context(), stage.DisplayOptions{Dir: t.TempDir(), Width: 640, Height: 400})
	if err != nil {
		t.Fatal(err)
	}
	defer display.Close()
	_, b := startBench(t, workbenchOptions{RFB: display.RFB})
	dialer := websocket.Dialer{Jar: b.client.Jar, Subprotocols: []string{"binary"}, HandshakeTimeout: 20 * time.Second}
	address := "ws" + strings.TrimPrefix(b.url, "http") + "/screen"
	if _, resp, err := dialer.Dial(address, nil); err == nil || resp.StatusCode != 403 {
		t.Fatalf("a client without an Origin was let in: %v", err)
	}
	page, _, err := dialer.Dial(address, http.Header{"Origin": {b.url}})
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	page.SetReadDeadline(time.Now().Add(30 * time.Second))
	screen := &frames{page: page}
	if v := screen.read(t, 12); string(v) != "RFB 003.008\n" {
		t.Fatalf("version %q", v)
	}
	screen.write(t, []byte("RFB 003.008\n"))
	kinds := screen.read(t, int(screen.read(t, 1)[0]))
	if !bytes.Contains(kinds, []byte{1}) {
		t.Fatalf("security types %v, want None among them", kinds)
	}
	screen.write(t, []byte{1})
	if result := screen.read(t, 4); !bytes.Equal(result, make([]byte, 4)) {
		t.Fatalf("security result %v", result)
	}
	screen.write(t, []byte{1}) // shared
	head := screen.read(t, 24)
	if w, h := int(head[0])<<8|int(head[1]), int(head[2])<<8|int(head[3]); w != 640 || h != 400 {
		t.Errorf("screen %dx%d, want 640x400", w, h)
	}
	display.Close()
	if _, _, err := page.ReadMessage(); err == nil {
		// The desktop's name may still be on its way; after it the screen is gone.
		for err == nil {
			_, _, err = page.ReadMessage()
		}
	}
}

// frames reads a byte stream out of a websocket's binary frames.
type frames struct {
	page *websocket.Conn
	rest []byte
}

func (f *frames) read(t *testing.T, n int) []byte {
	t.Helper()
	for len(f.rest) < n {
		_, data, err := f.page.ReadMessage()
		if err != nil {
			t.Fatal(err)
		}
		f.rest = append(f.rest, data...)
	}
	out := f.rest[:n]
	f.rest = f.rest[n:]
	return out
}

func (f *frames) write(t *testing.T, data []byte) {
	t.Helper()
	if err := f.page.WriteMessage(websocket.BinaryMessage, data); err != nil {
		t.Fatal(err)
	}
}

// TestWorkbenchLeavesNothingRunning opens the state and the screen's door and goes away in the middle.
func TestWorkbenchLeavesNothingRunning(t *testing.T) {
	before := goleak.IgnoreCurrent()
	server := httptest.NewServer(nil)
	w := newWorkbench(workbenchOptions{Cards: []emulator.Card{}})
	server.Config.Handler = w
	jar, _ := cookiejar.New(nil)
	client := &http.Client{Jar: jar, Transport: &http.Transport{}}
	b := bench{url: server.URL, client: client}
	if resp, err := client.Get(server.URL + w.Path()); err != nil {
		t.Fatal(err)
	} else {
		resp.Body.Close()
	}
	b.until(t, "anything", func(workbenchState) bool { return true })
	client.CloseIdleConnections()
	server.Close()
	goleak.VerifyNone(t, before)
}
