// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"handrail/helpdesk"
	"handrail/helpdesk/hub"
	"handrail/kiosk/browser"
	"handrail/ui"
)

// Two volunteers of one language, each with a passkey in a browser of their own: the first page makes the team's key, the second
// gets it from the first. Somebody asks while nobody is there; whoever comes first reads where they stand, though the terminal says
// it to no page. The same of a number that somebody took home, and after the page was loaded again with the passkey.
func TestTeamKeyOfTwoPages(t *testing.T) {
	if testing.Short() {
		t.Skip("starts two browsers")
	}
	if _, err := exec.LookPath(browser.Binary); err != nil {
		t.Skip("Chromium is not installed")
	}
	if !ui.Built() {
		t.Skip("the pages are not built: go run ./ui/build")
	}
	dir := t.TempDir()
	at := startTestHub(t, dir)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(at.People, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	people := "http://localhost:" + port // passkeys have names, not numbers
	identity := enrolled(t, dir, at)
	teamHeld := `document.querySelector("[data-name=own-key][data-kept=passkey][data-teams=ar]")`
	member := func(name string) page {
		t.Helper()
		v, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.Close() })
		p := page{t, v}
		if err := v.Authenticator(); err != nil {
			t.Fatal(err)
		}
		link := invite(t, dir, "-role", "volunteer", "-name", name, "-languages", "ar")
		p.open(people + link[strings.Index(link, "/join/"):])
		p.see(`document.querySelector("[data-name=own-key][data-kept=browser]")`) // there is no passkey yet, and it is said
		p.open(people + "/sign-in/")
		p.see(`!document.getElementById("in").hidden`)
		if err := v.Click("#add"); err != nil {
			t.Fatal(err)
		}
		p.see(`document.getElementById("says").textContent.includes("added")`)
		return p
	}
	picture := func(p page, name string) {
		if folder := os.Getenv("HANDRAIL_TEST_PICTURES"); folder != "" {
			data, err := p.Screenshot()
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, name), data, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}

	amina := member("Amina")
	amina.open(people + "/desk/")
	amina.see(teamHeld)
	ben := member("Ben")
	ben.open(people + "/desk/")
	ben.see(teamHeld) // from Amina's page, by itself
	amina.Close()
	ben.press("available") // off duty
	ben.see(`document.querySelector("[data-name=available][aria-checked=false]")`)

	// The terminal knows the team's key by its line. It never answers the key of a page: what is read is what lay at the hub.
	var mu sync.Mutex
	var team []byte
	queued := map[string]bool{}
	link := runLink(t, helpdesk.LinkOptions{URL: identity.SocketURL(), TLS: identity.TLS(), OnMessage: func(m helpdesk.Message) {
		mu.Lock()
		defer mu.Unlock()
		switch m := m.(type) {
		case *helpdesk.TeamKeys:
			team = m.Keys["ar"]
		case *helpdesk.Queued:
			queued[m.ID] = true
		case *helpdesk.BellNow:
			queued[m.ID] = true
		}
	}})
	known := func() []byte { mu.Lock(); defer mu.Unlock(); return team }
	eventually(t, "the terminal knows the team's key", func() bool { return known() != nil })
	askAt := func(step string) string {
		t.Helper()
		r := signedRequest(t, identity)
		if r.Team, err = helpdesk.SealForTeam(known(), r.ID, helpdesk.Situation{GuideName: "Fishing licence", StepTitle: step, StepIndex: 2, StepTotal: 3}); err != nil {
			t.Fatal(err)
		}
		if err := link.Send(&helpdesk.AskHelp{Request: r}); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the request waits", func() bool { mu.Lock(); defer mu.Unlock(); return queued[r.ID] })
		return r.ID
	}
	read := func(p page, step string) {
		t.Helper()
		p.see(`document.querySelector("[data-screen=ringing] [data-name=ring-service]")?.textContent === "Fishing licence"`)
		p.see(fmt.Sprintf(`document.querySelector("[data-screen=ringing] .ringrail").textContent.includes(%q)`, step))
	}
	first := askAt("Your address")
	ben.press("available")
	read(ben, "Your address")
	picture(ben, "team-ring.png")
	ben.press("decline")
	if err := link.Send(&helpdesk.Cancel{ID: first}); err != nil {
		t.Fatal(err)
	}
	ben.see(`document.querySelector("[data-screen=desk]")`)

	// Ben's browser forgets what it was told, and says that it needs the passkey; he signs in with that and has his key again.
	ben.open(people + "/sign-in/")
	ben.read(`indexedDB.deleteDatabase("handrail").onsuccess = () => { document.title = "forgotten"; }, ""`)
	ben.see(`document.title === "forgotten"`)
	ben.open(people + "/desk/")
	ben.see(`document.querySelector("[data-name=own-key][data-kept=away]")`)
	ben.open(people + "/sign-in/")
	ben.read(`(() => { const x = new XMLHttpRequest(); x.open("POST", "/api/desk/sign-out", false); x.send(); return ""; })()`)
	ben.open(people + "/sign-in/")
	ben.see(`!document.getElementById("out").hidden`)
	ben.read(`(() => { const f = fetch; window.fetch = (u, o) => { sessionStorage.sent = (sessionStorage.sent ?? "") + (o?.body ?? ""); return f(u, o); }; return ""; })()`)
	if err := ben.Click("#passkey"); err != nil {
		t.Fatal(err)
	}
	ben.see(`location.pathname === "/desk/"`)
	ben.see(teamHeld)
	if sent := ben.read(`sessionStorage.sent`); !strings.Contains(sent, `"clientExtensionResults":{}`) || strings.Contains(sent, "prf") {
		t.Errorf("the passkey's secret went to the hub, or nothing did: %s", sent)
	}
	picture(ben, "team-desk.png")
	askAt("Your photo")
	read(ben, "Your photo")

	// An admin takes away Amina's access: Ben's page makes a new key by itself, and terminals have that.
	before := known()
	admin := signIn(t, dir, at, hub.Person{Name: "Nadia", Role: hub.Admin})
	status, body := ask(t, "GET", at.People+"/api/admin/people", admin, "")
	var all struct {
		People []hub.AccountReport `json:"people"`
	}
	if err := json.Unmarshal([]byte(body), &all); err != nil {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	for _, p := range all.People {
		if p.Name == "Amina" {
			if status, body := ask(t, "POST", at.People+"/api/admin/people/"+p.ID+"/remove", admin, "{}"); status != http.StatusOK {
				t.Fatalf("%d %s", status, body)
			}
		}
	}
	eventually(t, "the terminal has a new key of the team", func() bool { is := known(); return is != nil && !bytes.Equal(is, before) })
}
