// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"handrail/agent/store"
	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/provisioning"
	"handrail/provisioning/server"
)

// With this variable set the test binary is the hub, so that a test can kill one.
const beTheHub = "HANDRAIL_TEST_BE_THE_HUB"

func init() {
	if os.Getenv(beTheHub) == "" {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := hubCommand(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

const hubPatience = 60 * time.Second

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for limit := time.Now().Add(hubPatience); time.Now().Before(limit); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// hubProcess is a hub of its own process.
type hubProcess struct {
	t   *testing.T
	dir string
	at  hubAddresses
	cmd *exec.Cmd
	log bytes.Buffer
}

func startHub(t *testing.T, dir string, at hubAddresses) *hubProcess {
	t.Helper()
	h := &hubProcess{t: t, dir: dir}
	os.Remove(filepath.Join(dir, "hub.json"))
	people, terminals := "127.0.0.1:0", "127.0.0.1:0"
	if at.People != "" {
		people, terminals = strings.TrimPrefix(at.People, "http://"), strings.TrimPrefix(at.Terminals, "https://")
	}
	h.cmd = exec.Command(os.Args[0], "-dir", dir, "-people", people, "-terminals", terminals, "-voice", "127.0.0.1:0", "-office", "Library")
	h.cmd.Env = append(os.Environ(), beTheHub+"=1")
	h.cmd.Stderr = &h.log
	if err := h.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.kill)
	eventually(t, "the hub listens", func() bool {
		text, err := os.ReadFile(filepath.Join(dir, "hub.json"))
		return err == nil && json.Unmarshal(text, &h.at) == nil
	})
	return h
}

// kill ends the hub the way a power cut does, kill -9.
func (h *hubProcess) kill() {
	if h.cmd != nil {
		h.cmd.Process.Kill()
		h.cmd.Wait()
		h.cmd = nil
	}
}

// enrolled makes an identity in the hub of dir.
func enrolled(t *testing.T, dir string, at hubAddresses) *provisioning.Identity {
	t.Helper()
	fleet, err := server.New(server.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer fleet.Close()
	code, err := fleet.Code("Terminal 1", "Library", true, "test")
	if err != nil {
		t.Fatal(err)
	}
	id, err := provisioning.Enrol(t.Context(), provisioning.EnrolOptions{Dir: t.TempDir(), Hub: at.Terminals, Code: code.Code, Every: 10 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// runLink keeps a line up until the test ends.
func runLink(t *testing.T, o helpdesk.LinkOptions) *helpdesk.Link {
	t.Helper()
	link := helpdesk.NewLink(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- link.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("link: %v", err)
		}
	})
	return link
}

func signedRequest(t *testing.T, id *provisioning.Identity) helpdesk.Request {
	t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	r := helpdesk.Request{ID: helpdesk.NewID(), Languages: []string{"ar"}, Mode: helpdesk.Voice, PublicKey: key.PublicKey().Bytes(), CreatedAt: helpdesk.Now()}
	if r.Signature, err = id.Sign(r.SignedBytes()); err != nil {
		t.Fatal(err)
	}
	return r
}

// signIn opens an invitation link and returns the cookie.
func signIn(t *testing.T, dir string, at hubAddresses, p hub.Person) string {
	t.Helper()
	return signInOf(t, dir, "", at, p)
}

// signInOf is signIn with a PostgreSQL database.
func signInOf(t *testing.T, dir, db string, at hubAddresses, p hub.Person) string {
	t.Helper()
	path, _, err := hub.Invite(dir, db, p)
	if err != nil {
		t.Fatal(err)
	}
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	client := &http.Client{Transport: tr, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Get(at.People + path)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(resp.Cookies()) != 1 {
		t.Fatalf("signing in: %s", resp.Status)
	}
	return resp.Cookies()[0].Name + "=" + resp.Cookies()[0].Value
}

// deskPage is a volunteer's page.
type deskPage struct {
	conn *websocket.Conn
	mu   sync.Mutex
	got  []helpdesk.Message
	done chan struct{}
}

func openDesk(t *testing.T, at hubAddresses, cookie string) *deskPage {
	t.Helper()
	return openDeskAs(t, at, &helpdesk.Hello{}, cookie)
}

// firstOf is the first message that fits, nil when there is none.
func (d *deskPage) firstOf(fits func(helpdesk.Message) bool) helpdesk.Message {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, m := range d.got {
		if fits(m) {
			return m
		}
	}
	return nil
}

// openDeskAs opens it as a page that says hello in this way.
func openDeskAs(t *testing.T, at hubAddresses, hello *helpdesk.Hello, cookie string) *deskPage {
	t.Helper()
	conn, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(at.People, "http")+"/desk/ws", http.Header{"Origin": {at.People}, "Cookie": {cookie}})
	if err != nil {
		t.Fatal(err)
	}
	d := &deskPage{conn: conn, done: make(chan struct{})}
	go func() {
		defer close(d.done)
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			m, err := helpdesk.Decode(helpdesk.HubToVolunteer, data)
			if err != nil {
				t.Errorf("%v: %s", err, data)
				return
			}
			d.mu.Lock()
			d.got = append(d.got, m)
			d.mu.Unlock()
		}
	}()
	t.Cleanup(func() { conn.Close(); <-d.done })
	d.send(t, hello)
	return d
}

func (d *deskPage) send(t *testing.T, m helpdesk.Message) {
	t.Helper()
	data, err := helpdesk.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.conn.WriteMessage(websocket.TextMessage, data); err != nil {
		t.Fatal(err)
	}
}

func (d *deskPage) count(f func(helpdesk.Message) bool) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, m := range d.got {
		if f(m) {
			n++
		}
	}
	return n
}

// The hub is killed between the press of Help and the ring. Whether the request had been confirmed, was on its way or was
// pressed while no hub was there: after the restart a volunteer is rung for it, once.
func TestHubKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a hub of its own process several times")
	}
	for _, when := range []string{"confirmed", "on its way", "while it was down"} {
		t.Run(when, func(t *testing.T) {
			dir := t.TempDir()
			h := startHub(t, dir, hubAddresses{})
			id := enrolled(t, dir, h.at)
			outbox, err := store.Open(filepath.Join(t.TempDir(), "terminal.db"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { outbox.Close() })
			link := runLink(t, helpdesk.LinkOptions{URL: id.SocketURL(), TLS: id.TLS(), Outbox: outbox})
			eventually(t, "the line is up", link.Connected)

			r := signedRequest(t, id)
			pending := func() int {
				rows, err := outbox.Pending()
				if err != nil {
					t.Fatal(err)
				}
				return len(rows)
			}
			press := func() {
				if err := link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
					t.Fatal(err)
				}
			}
			switch when {
			case "confirmed":
				press()
				eventually(t, "the hub has confirmed it", func() bool { return pending() == 0 })
				h.kill()
			case "on its way":
				press()
				h.kill()
			default:
				h.kill()
				eventually(t, "the line is lost", func() bool { return !link.Connected() })
				press()
				if pending() != 1 {
					t.Fatal("the request is not in the outbox")
				}
			}
			h = startHub(t, dir, h.at)
			page := openDesk(t, h.at, signIn(t, dir, h.at, hub.Person{Name: "Amina", Role: hub.Volunteer, Languages: []helpdesk.Skill{{Code: "ar", Speak: true}}}))
			rings := func() int {
				return page.count(func(m helpdesk.Message) bool { ring, ok := m.(*helpdesk.Ring); return ok && ring.Request.ID == r.ID })
			}
			eventually(t, "she is rung", func() bool { return rings() > 0 })
			eventually(t, "the outbox is empty", func() bool { return pending() == 0 })
			page.send(t, &helpdesk.Accept{ID: r.ID, PublicKey: r.PublicKey})
			eventually(t, "she has the call", func() bool {
				return page.count(func(m helpdesk.Message) bool { _, ok := m.(*helpdesk.Accepted); return ok }) == 1
			})
			if err := link.Send(&helpdesk.Hangup{ID: r.ID}); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the call is among hers", func() bool {
				return page.count(func(m helpdesk.Message) bool { d, ok := m.(*helpdesk.Desk); return ok && len(d.Calls) == 1 }) > 0
			})
			if n := rings(); n != 1 {
				t.Errorf("she was rung %d times", n)
			}
		})
	}
}

// inProcess runs a hub in the test until it ends.
func inProcess(t *testing.T, dir string, more ...string) hubAddresses {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var out, errs syncBuffer
	done := make(chan int, 1)
	go func() {
		args := []string{"-dir", dir, "-people", "127.0.0.1:0", "-terminals", "127.0.0.1:0", "-voice", "127.0.0.1:0", "-office", "Library"}
		done <- hubCommand(ctx, append(args, more...), &out, &errs)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-done; code != 0 {
			t.Errorf("the hub ended with %d: %s", code, errs.String())
		}
		if _, err := os.Stat(filepath.Join(dir, "hub.json")); err == nil {
			t.Error("hub.json is still there after the hub stopped")
		}
	})
	eventually(t, "the hub listens", func() bool { return strings.Contains(out.String(), "terminals") })
	return readAddresses(dir)
}

// syncBuffer is a buffer for two goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func ask(t *testing.T, method, url, cookie, body string, header ...string) (int, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Cookie", cookie)
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	resp, err := (&http.Client{Transport: tr, Timeout: hubPatience}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// The admin enrols a terminal in the console, sees it, and revokes it: its live connection closes and it stays out.
func TestHubEnrolAndRevoke(t *testing.T) {
	dir := t.TempDir()
	at := inProcess(t, dir)
	cookie := signIn(t, dir, at, hub.Person{Name: "Nadia", Role: hub.Admin})
	status, body := ask(t, "POST", at.People+"/api/admin/codes", cookie, `{"name":"Terminal 1","place":"Library"}`, "Origin", at.People)
	var code server.NewCodeAnswer
	if err := json.Unmarshal([]byte(body), &code); status != http.StatusCreated || err != nil {
		t.Fatalf("%d %s", status, body)
	}
	if want := "handrail enrol -hub " + at.Terminals + " -code " + code.Code; code.Command != want {
		t.Errorf("command %q, want %q", code.Command, want)
	}

	// The command of the console, run at the terminal.
	identity := filepath.Join(t.TempDir(), "identity")
	var out, errs syncBuffer
	done := make(chan int, 1)
	go func() {
		done <- enrolCommand(t.Context(), append(strings.Fields(code.Command)[2:], "-dir", identity), &out, &errs)
	}()
	eventually(t, "the terminal shows words", func() bool { return strings.Contains(out.String(), "Waiting for the office") })
	shown := strings.Join(strings.Fields(strings.Split(out.String(), "\n")[2]), " ")
	var all server.Enrolments
	if _, body = ask(t, "GET", at.People+"/api/admin/enrolments", cookie, ""); json.Unmarshal([]byte(body), &all) != nil || len(all.Enrolments) != 1 {
		t.Fatal(body)
	}
	e := all.Enrolments[0]
	if shown != strings.Join(e.Words, " ") {
		t.Errorf("the terminal shows %q, the console %q", shown, e.Words)
	}
	if status, body := ask(t, "POST", at.People+"/api/admin/enrolments/"+e.ID+"/confirm", cookie, "", "Origin", "http://evil.example"); status != http.StatusForbidden || !strings.Contains(body, `"error"`) {
		t.Errorf("another site confirmed: %d %s", status, body)
	}
	if status, body := ask(t, "POST", at.People+"/api/admin/enrolments/"+e.ID+"/confirm", cookie, "", "Origin", at.People); status != http.StatusNoContent {
		t.Fatalf("confirm: %d %s", status, body)
	}
	if code := <-done; code != 0 || !strings.Contains(out.String(), "Terminal 1, Library now belongs to Library.") {
		t.Fatalf("enrol ended with %d: %s%s", code, out.String(), errs.String())
	}
	id, err := provisioning.Load(identity)
	if err != nil {
		t.Fatal(err)
	}

	link := runLink(t, helpdesk.LinkOptions{URL: id.SocketURL(), TLS: id.TLS()})
	eventually(t, "the line is up", link.Connected)
	health, err := json.Marshal(provisioning.Health{Version: "test", Devices: []provisioning.Device{{Name: "printer", State: "printer.ready", OK: true}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := link.Send(&helpdesk.HealthReport{Health: health}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the console shows it working", func() bool {
		_, body := ask(t, "GET", at.People+"/api/admin/overview", cookie, "")
		var o server.Overview
		return json.Unmarshal([]byte(body), &o) == nil && len(o.Terminals) == 1 && o.Terminals[0].State == "works" && o.Terminals[0].Connected && o.Level == "ok"
	})
	if status, body := ask(t, "POST", at.People+"/api/admin/terminals/"+id.ID+"/revoke", cookie, "", "Origin", at.People); status != http.StatusNoContent {
		t.Fatalf("revoke: %d %s", status, body)
	}
	eventually(t, "its connection is closed and it is told why", func() bool {
		return !link.Connected() && strings.Contains(link.Reason(), server.ErrRevoked.Error())
	})
}

func TestHubCommandRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "hub.yaml")
	run := func(args ...string) (int, string) {
		var out, errs bytes.Buffer
		code := hubCommand(t.Context(), args, &out, &errs)
		return code, errs.String()
	}
	if err := os.WriteFile(file, []byte("office: Library\nports: 3\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, says := run("-config", file); code != 2 || !strings.Contains(says, "[2:1]") || !strings.Contains(says, "ports") {
		t.Errorf("unknown key: %d %s", code, says)
	}
	if code, says := run("-dir", dir, "-people", "0.0.0.0:0"); code != 1 || !strings.Contains(says, "plain HTTP") {
		t.Errorf("plain HTTP for everybody: %d %s", code, says)
	}
	if code, says := run("-help"); code != 0 || !strings.Contains(says, "ca.key") {
		t.Errorf("help: %d %s", code, says)
	}
	if code, _ := run("-nonsense"); code != 2 {
		t.Errorf("unknown flag: %d", code)
	}
	if code, _ := run("extra"); code != 2 {
		t.Errorf("extra argument: %d", code)
	}
	inProcess(t, dir)
	if code, says := run("-dir", dir, "-people", "127.0.0.1:0", "-terminals", "127.0.0.1:0", "-voice", "127.0.0.1:0"); code != 1 || !strings.Contains(says, "another hub") {
		t.Errorf("two hubs in one folder: %d %s", code, says)
	}
	var out, errs bytes.Buffer
	if code := hubCommand(t.Context(), []string{"invite", "-dir", dir, "-name", "Amina", "-languages", "ar,en"}, &out, &errs); code != 0 || !strings.HasPrefix(out.String(), readAddresses(dir).People+"/join/") {
		t.Errorf("invite while it runs: %d %s %s", code, out.String(), errs.String())
	}
	if code, says := run("invite", "-dir", dir, "-name", "Amina"); code != 1 || !strings.Contains(says, "languages") {
		t.Errorf("a volunteer without a language: %d %s", code, says)
	}
	if readAddresses(t.TempDir()).People != "http://localhost:8440" {
		t.Error("no default address")
	}
}
