// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdh"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk/browser"
	"handrail/peripherals"
	"handrail/provisioning"
	"handrail/ui"
)

// patience is how long a condition may take on a busy machine. Nothing here is measured.
const patience = 40 * time.Second

// TestConsolePages enrols a terminal through the admin's console and helps it through the volunteer's desk: the real hub,
// the real line and seal of a terminal, the real pages in a real browser.
func TestConsolePages(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath(browser.Binary); err != nil {
		t.Skip("Chromium is not installed")
	}
	if !ui.Built() {
		t.Skip("the pages are not built: go run ./ui/build")
	}
	dir := t.TempDir()
	at := startTestHub(t, dir)
	person, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	p := page{t, person}

	identity := p.enrolATerminal(dir, at)
	p.helpIt(dir, identity)
}

func startTestHub(t *testing.T, dir string) hubAddresses {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int, 1)
	var said bytes.Buffer
	go func() {
		ended <- hubCommand(ctx, []string{"-dir", dir, "-office", "Linden", "-people", "127.0.0.1:0", "-terminals", "127.0.0.1:0", "-voice", "127.0.0.1:0"}, io.Discard, &said)
	}()
	t.Cleanup(func() {
		cancel()
		if code := <-ended; code != 0 {
			t.Errorf("the hub ended with %d: %s", code, said.String())
		}
	})
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		data, err := os.ReadFile(filepath.Join(dir, "hub.json"))
		if err == nil {
			var at hubAddresses
			if err := json.Unmarshal(data, &at); err != nil {
				t.Fatal(err)
			}
			return at
		}
		if time.Now().After(deadline) {
			t.Fatal("the hub did not start")
		}
	}
}

func invite(t *testing.T, dir string, args ...string) string {
	t.Helper()
	var out, errs bytes.Buffer
	if code := hubCommand(t.Context(), append([]string{"invite", "-dir", dir}, args...), &out, &errs); code != 0 {
		t.Fatalf("invite: %s", errs.String())
	}
	for _, word := range strings.Fields(out.String()) {
		if strings.HasPrefix(word, "http") {
			return word
		}
	}
	t.Fatalf("invite printed no link: %s", out.String())
	return ""
}

// page is a browser with short words for what a person does in it.
type page struct {
	t *testing.T
	*browser.Visitor
}

func (p page) open(address string) {
	p.t.Helper()
	if err := p.Open(address); err != nil {
		p.t.Fatal(err)
	}
}

func (p page) see(expression string) {
	p.t.Helper()
	if err := p.Wait(expression, patience); err != nil {
		said, _ := browser.VisitorEval[string](p.Visitor, `location.href + " " + document.body.innerText.slice(0, 600)`)
		p.t.Fatalf("%v; the page shows: %s", err, said)
	}
}

func (p page) press(name string) {
	p.t.Helper()
	selector := fmt.Sprintf("[data-name=%q]", name)
	p.see(`document.querySelector('` + selector + `')`)
	if err := p.Click(selector); err != nil {
		p.t.Fatal(err)
	}
}

func (p page) write(name, text string) {
	p.t.Helper()
	p.press(name)
	if err := p.Type(text); err != nil {
		p.t.Fatal(err)
	}
}

func (p page) read(expression string) string {
	p.t.Helper()
	s, err := browser.VisitorEval[string](p.Visitor, expression)
	if err != nil {
		p.t.Fatal(err)
	}
	return s
}

func (p page) enrolATerminal(dir string, at hubAddresses) *provisioning.Identity {
	t := p.t
	p.open(invite(t, dir, "-role", "admin", "-name", "Nadia"))
	p.see(`document.querySelector("[data-screen=overview] [data-name=overview-title]")`)
	p.press("enrol")
	p.write("code-name", "Terminal 7")
	p.write("code-place", "Linden Library")
	p.press("make-code")
	p.see(`document.querySelector("[data-name=code]")`)
	code := p.read(`document.querySelector("[data-name=code]").dataset.code`)
	if command := p.read(`document.querySelector("[data-name=command]").textContent`); !strings.Contains(command, code) {
		t.Errorf("the command %q does not hold the code", command)
	}
	type enrolled struct {
		identity *provisioning.Identity
		err      error
	}
	done := make(chan enrolled, 1)
	words := make(chan [4]string, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	t.Cleanup(cancel)
	go func() {
		id, err := provisioning.Enrol(ctx, provisioning.EnrolOptions{
			Dir: filepath.Join(dir, "terminal"), Hub: at.Terminals, Code: code, Every: 50 * time.Millisecond,
			OnWords: func(w [4]string) { words <- w },
		})
		done <- enrolled{id, err}
	}()
	select {
	case shown := <-words:
		p.see(fmt.Sprintf(`document.querySelector("[data-words='%s']")`, strings.Join(shown[:], " ")))
	case e := <-done:
		t.Fatalf("enrolling ended before the words: %v", e.err)
	}
	p.press("words-same")
	p.see(`document.querySelector("[data-name=decided][data-state=trusted]")`)
	e := <-done
	if e.err != nil {
		t.Fatal(e.err)
	}
	p.press("to-overview")
	p.see(fmt.Sprintf(`document.querySelector("[data-name=terminal-knob][data-terminal='%s']")`, e.identity.ID))
	p.open(strings.TrimSuffix(at.People, "/") + "/admin/#/terminal/" + e.identity.ID)
	p.see(`document.querySelector("[data-screen=terminal] [data-name=terminal-title]")?.textContent.includes("Terminal 7")`)
	return e.identity
}

// caller is a terminal in need of help: its line, and the seal once somebody has accepted.
type caller struct {
	t       *testing.T
	link    *helpdesk.Link
	id      string
	key     *ecdh.PrivateKey
	states  chan *helpdesk.CallState
	frames  chan *helpdesk.Frame
	theirs  []byte // the volunteer's key of the last time
	page    []byte // the key of the page that knows where the citizen stands
	current *helpdesk.Seal
	guide   string // that the person is in; empty: one that the hub does not know
}

func (c *caller) take(m helpdesk.Message) {
	switch m := m.(type) {
	case *helpdesk.CallState:
		if len(m.PageKey) > 0 && !bytes.Equal(m.PageKey, c.page) {
			c.page = m.PageKey
			sealed, err := helpdesk.SealSituation(c.page, m.ID, helpdesk.Situation{Page: "address", Step: "address", GuideName: "Fishing licence", StepTitle: "Your address",
				StepIndex: 2, StepTotal: 3, Level: "guide-me", Tried: map[string]int{"hint": 2}, Devices: map[string]string{"reader": "reader.ready"}})
			if err == nil {
				err = c.link.Send(&helpdesk.Sealed{ID: m.ID, Data: sealed})
			}
			if err != nil {
				c.t.Error(err)
			}
		}
		c.states <- m
	case *helpdesk.Frame:
		c.frames <- m
	}
}

// accepted waits until a volunteer has accepted, with a key that was not there before.
func (c *caller) accepted() {
	c.t.Helper()
	for {
		select {
		case s := <-c.states:
			if s.State != "accepted" || len(s.PublicKey) == 0 || bytes.Equal(s.PublicKey, c.theirs) {
				continue
			}
			c.theirs = s.PublicKey
			seal, err := helpdesk.NewSeal(helpdesk.TerminalSide, c.id, c.key, s.PublicKey)
			if err != nil {
				c.t.Fatal(err)
			}
			c.current = seal
			return
		case <-time.After(patience):
			c.t.Fatal("nobody accepted")
		}
	}
}

func (c *caller) show(contents ...helpdesk.Content) {
	c.t.Helper()
	for _, content := range contents {
		data, err := c.current.SealContent(content)
		if err != nil {
			c.t.Fatal(err)
		}
		if err := c.link.Send(&helpdesk.Frame{ID: c.id, Data: data}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// got waits for what the volunteer did next, but for what their page says of itself: how much of the outline it has drawn.
func (c *caller) got() helpdesk.Content {
	c.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case f := <-c.frames:
			content, err := c.current.OpenContent(helpdesk.VolunteerSide, f.Data)
			if err != nil {
				c.t.Fatal(err)
			}
			if _, ofItself := content.(*helpdesk.Drawn); !ofItself {
				return content
			}
		case <-limit:
			c.t.Fatal("nothing came from the volunteer")
		}
	}
}

func callTerminal(t *testing.T, identity *provisioning.Identity) *caller {
	t.Helper()
	c := &caller{t: t, states: make(chan *helpdesk.CallState, 100), frames: make(chan *helpdesk.Frame, 100)}
	c.link = helpdesk.NewLink(helpdesk.LinkOptions{URL: identity.SocketURL(), TLS: identity.TLS(), OnMessage: c.take})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- c.link.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	c.ask(identity)
	return c
}

// ask asks for help, for the first time or once more.
func (c *caller) ask(identity *provisioning.Identity) {
	t := c.t
	t.Helper()
	key, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	c.id, c.key = helpdesk.NewID(), key
	r := helpdesk.Request{
		ID: c.id, Languages: []string{"ar"}, Mode: "text", Guide: cmp.Or(c.guide, "licence"),
		PublicKey: key.PublicKey().Bytes(), CreatedAt: helpdesk.Now(),
	}
	r.Certificate = identity.Certificate().Raw
	if r.Signature, err = identity.Sign(r.SignedBytes()); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); c.link.Send(&helpdesk.AskHelp{Request: r}) != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the terminal has no line to the hub")
		}
	}
}

var samplePage = &helpdesk.Outline{Page: "address", W: 816, H: 688, Nodes: []helpdesk.Node{
	{ID: "h", NodeKind: "heading", Box: [4]int{30, 40, 400, 44}, Text: "What is your address?"},
	{ID: "l", NodeKind: "label", Box: [4]int{30, 120, 120, 24}, Text: "Postcode"},
	{ID: "f", NodeKind: "field", Box: [4]int{30, 150, 200, 42}, State: []string{"answered", "error"}},
	{ID: "x", NodeKind: "text", Box: [4]int{300, 150, 200, 24}, Bar: 160},
}}

func (p page) helpIt(dir string, identity *provisioning.Identity) {
	t := p.t
	p.open(invite(t, dir, "-role", "volunteer", "-name", "Amina", "-languages", "ar,en"))
	p.see(`document.querySelector("[data-screen=desk] [data-name=available]")`)
	if p.read(`document.querySelector("[data-name=available]").ariaChecked`) != "true" {
		p.press("available")
		p.see(`document.querySelector("[data-name=available][aria-checked=true]")`)
	}
	c := callTerminal(t, identity)
	p.see(`document.querySelector("[data-screen=ringing] [data-name=ring-service]")?.textContent === "Fishing licence"`)
	p.press("accept")
	c.accepted()
	p.see(fmt.Sprintf(`document.querySelector("[data-name=digits]")?.dataset.digits === %q`, c.current.CheckDigits()))

	texts := helpdesk.StepText{Lang: "en", Titles: []string{"Start", "Your address", "Send"}, What: "Write your postcode.", Why: "They send a letter.", Missing: "It is on any letter."}
	step := &helpdesk.StepShown{Index: 2, Total: 3, Volunteer: texts, Citizen: texts}
	c.show(&helpdesk.Consent{See: true, Point: true}, step, samplePage)
	p.see(`document.querySelectorAll("[data-screen=call] [data-element]").length === 4`)
	if got := p.read(`document.querySelector("[data-element=h]").textContent`); got != "What is your address?" {
		t.Errorf("public words on the page: %q", got)
	}
	if got := p.read(`document.querySelector("[data-element=x]").textContent`); got != "" {
		t.Errorf("words that are not public are drawn as %q, want a bar", got)
	}

	p.press("point")
	if err := p.Click("[data-element=f]"); err != nil {
		t.Fatal(err)
	}
	if point, ok := c.got().(*helpdesk.Point); !ok || point.Element != "f" {
		t.Fatalf("the terminal was not told to point at f: %+v", point)
	}
	c.show(&helpdesk.Pointed{Element: "f", OK: true})
	p.see(`document.querySelector("[data-name=pointing][data-seen=true]")`)
	p.press("phrase-take-your-time")
	if phrase, ok := c.got().(*helpdesk.Phrase); !ok || phrase.ID != "take-your-time" {
		t.Fatalf("the terminal was not told the phrase: %+v", phrase)
	}
	c.show(&helpdesk.Heard{Phrase: "take-your-time", OK: true})
	p.see(`document.querySelector("[data-said=heard] [data-name=phrase-take-your-time]")`)

	// The citizen stops showing the page: what was seen is gone, and pointing with it.
	c.show(&helpdesk.Consent{Point: false})
	p.see(`document.querySelectorAll("[data-element]").length === 0 && document.querySelector("[data-name=point][aria-disabled=true]")`)
	if _, ok := c.got().(*helpdesk.LetGo); !ok {
		t.Error("the page did not let go when pointing was no longer agreed")
	}

	// The volunteer's page is loaded again: the call goes on under a new key.
	p.open(p.read(`location.href`))
	c.accepted()
	c.show(&helpdesk.Consent{See: true}, step, samplePage)
	p.see(fmt.Sprintf(`document.querySelector("[data-name=digits]")?.dataset.digits === %q && document.querySelectorAll("[data-element]").length === 4`, c.current.CheckDigits()))

	p.press("end-call")
	if _, ok := c.got().(*helpdesk.Bye); !ok {
		t.Error("no goodbye before the call ended")
	}
	p.press("code-address")
	p.press("done")
	p.see(`document.querySelector("[data-screen=desk] [data-name=past-call] .chip") && document.querySelector("[data-name=past-guide]").textContent === "Fishing licence"`)
}

// TestConsolesHaveWordsForEveryDeviceState keeps the two lists together: the states that drivers know, and the consoles' words.
func TestConsolesHaveWordsForEveryDeviceState(t *testing.T) {
	for _, lang := range []string{"en", "ar"} {
		data, err := os.ReadFile(filepath.Join("..", "..", "ui", "i18n", "desk."+lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		words := map[string]string{}
		if err := json.Unmarshal(data, &words); err != nil {
			t.Fatal(err)
		}
		for _, s := range peripherals.States() {
			if words["state."+string(s)] == "" {
				t.Errorf("%s: no words for %s", lang, s)
			}
		}
	}
}
