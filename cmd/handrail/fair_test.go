// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"handrail/helpdesk"
	"handrail/kiosk/browser"
	"handrail/provisioning"
	"handrail/ui"
)

// judge is axe-core, of the pages' development packages.
const judge = "../../ui/node_modules/axe-core/axe.min.js"

// TestPagesAreFairToEverybody has axe-core look at every page and state of the volunteer's and the admin's consoles, light and dark, and
// at every screen of the citizen's, in a language that is read from the left and in one that is read from the right: nothing of
// WCAG 2.0 and 2.1, levels A and AA, may be broken that a machine can find.
func TestPagesAreFairToEverybody(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := exec.LookPath(browser.Binary); err != nil {
		t.Skip("Chromium is not installed")
	}
	if !ui.Built() {
		t.Skip("the pages are not built: go run ./ui/build")
	}
	source, err := os.ReadFile(judge)
	if err != nil {
		t.Skip("axe-core is not installed: npm ci in ui")
	}
	person, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	f := &fairness{page: page{t, person}, source: string(source), seen: map[string]bool{}}
	dir := t.TempDir()
	at := startTestHub(t, dir)
	f.home = strings.TrimSuffix(at.People, "/")
	identity := f.enrolATerminal(dir, at)
	f.open(invite(t, dir, "-role", "volunteer", "-name", "Amina", "-languages", "ar,en", "-places", "Linden Library"))
	f.see(`document.querySelector("[data-screen=desk] [data-name=available]")`)
	f.looks()
	var c *caller
	for _, lang := range []string{"en", "ar"} {
		f.lang = lang
		f.read(fmt.Sprintf(`(localStorage.setItem("handrail-console-language", %q), "")`, lang))
		f.admins(identity)
		c = f.volunteers(identity, c)
	}
	f.citizens()
	if len(f.seen) < 80 {
		t.Errorf("only %d pages were looked at", len(f.seen))
	}
}

// looks makes the console dark by its key. It is dark too when it is opened again, until somebody makes it light.
func (f *fairness) looks() {
	f.t.Helper()
	for _, look := range []struct{ name, paper string }{{"dark", "rgb(15, 24, 29)"}, {"light", "rgb(251, 249, 244)"}} {
		f.press("console-look")
		for range 2 {
			f.see(fmt.Sprintf(`document.documentElement.dataset.look === %q && getComputedStyle(document.body).backgroundColor === %q`, look.name, look.paper))
			f.open(f.home + "/desk/")
			f.see(`document.querySelector("[data-screen=desk] [data-name=available]")`)
		}
	}
	f.read(`(localStorage.removeItem("handrail-console-look"), "")`)
}

// fairness is a browser with a judge in it.
type fairness struct {
	page
	source string
	home   string
	lang   string
	seen   map[string]bool
}

// judging is the judge with what it is to look for. What moves is looked at where it comes to rest.
const judging = `
window.judge = async () => {
	for (const a of document.getAnimations()) { try { a.finish() } catch { a.cancel() } }
	const r = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"], iframes: false, preload: false })
	return r.violations.flatMap((v) => v.nodes.map((n) => v.id + ": " + n.html.slice(0, 200) + " " + n.failureSummary.replace(/\s+/g, " ")))
}; ""`

// fair waits for a screen, has the judge look at it, and keeps a picture.
func (f *fairness) fair(name, shown string) {
	f.t.Helper()
	f.see(fmt.Sprintf(`(%s) && document.documentElement.lang === %q && document.fonts.status === "loaded"`, shown, f.lang))
	if f.read(`typeof judge`) == "undefined" {
		f.read(f.source + ";" + judging)
	}
	for _, look := range []string{"light", "dark"} {
		f.read(fmt.Sprintf(`document.documentElement.dataset.look = %q, judged = undefined, judge().then((found) => { judged = found }, (e) => { judged = ["the judge failed: " + e] }), ""`, look))
		f.see(`judged !== undefined`)
		f.found(name+" "+look, f.lang, f.read(`JSON.stringify(judged)`))
		f.picture(name + "-" + look + "-" + f.lang)
	}
	f.read(`delete document.documentElement.dataset.look, ""`)
}

// found says what the judge found on a screen.
func (f *fairness) found(name, lang, list string) {
	f.t.Helper()
	var found []string
	if err := json.Unmarshal([]byte(list), &found); err != nil {
		f.t.Fatal(err)
	}
	for _, violation := range found {
		f.t.Errorf("%s, %s: %s", name, lang, violation)
	}
	f.seen[name+" "+lang] = true
}

func (f *fairness) admins(identity *provisioning.Identity) {
	visit := func(name, hash, shown string) {
		f.t.Helper()
		f.open(f.home + "/admin/?" + name + "#/" + hash)
		f.fair(name, shown)
	}
	visit("overview", "overview", `document.querySelector("[data-name=overview-title]")`)
	if words := f.read(`document.querySelector(".fine-list").innerText`); f.lang == "ar" && strings.ContainsAny(words, "abcdefghijklmnopqrstuvwxyz") {
		f.t.Errorf("the overview is not all in Arabic: %s", words)
	}
	visit("terminals", "terminals", `document.querySelector("[data-name=terminal-row]")`)
	visit("terminal", "terminal/"+identity.ID, `document.querySelector("[data-name=terminal-title]")`)
	f.press("revoke")
	f.fair("terminal-revoke", `document.querySelector("[role=alertdialog]")`)
	visit("people", "people", `document.querySelector("[data-name=person][data-person=Amina]")`)
	f.press("invite-ar")
	f.press("person-remove")
	f.fair("people-remove", `document.querySelector("[role=alertdialog]")`)
	f.press("person-remove-no")
	f.write("invite-name", "Noor")
	f.press("invite")
	f.fair("people-invited", `document.querySelector("[data-name=invite-link]")`)
	visit("enrol", "enrol", `document.querySelector("[data-name=make-code]")`)
	f.write("code-name", "Terminal 8")
	f.write("code-place", "Linden Library")
	f.press("make-code")
	f.fair("enrol-code", `document.querySelector("[data-name=code]")`)
}

func (f *fairness) volunteers(identity *provisioning.Identity, c *caller) *caller {
	t := f.t
	f.open(f.home + "/desk/")
	f.see(`document.querySelector("[data-screen=desk] [data-name=available]")`)
	if f.read(`document.querySelector("[data-name=available]").ariaChecked`) == "true" {
		f.press("available")
	}
	f.fair("off-duty", `document.querySelector("[data-name=available][aria-checked=false]")`)
	f.press("nav-phrases")
	f.fair("phrases", `document.querySelector("[data-screen=phrases]")`)
	f.press("nav-practice")
	f.fair("practice", `document.querySelector(".scenario")`)
	f.press("scenario-type")
	f.press("choice-0")
	f.fair("practice-call", `document.querySelector("[data-name=choice-0][data-look]:not([data-look=''])")`)
	f.open(f.home + "/desk/")
	f.press("available")
	f.fair("desk", `document.querySelector("[data-name=available][aria-checked=true]")`)

	service := "Fishing licence"
	if c == nil {
		c = callTerminal(t, identity)
	} else {
		c.guide, service = "defra-forms", "استمارة تدريب لجواز السفر" // the hub knows it by name
		c.ask(identity)
	}
	now, later := helpdesk.NewID(), helpdesk.NewID()
	for _, bell := range []*helpdesk.Bell{{ID: now, Language: "uk"}, {ID: later, Language: "pt", Later: true, Number: "417205"}} {
		if err := c.link.Send(bell); err != nil {
			t.Fatal(err)
		}
	}
	f.fair("ringing", fmt.Sprintf(`document.querySelector("[data-screen=ringing] [data-name=ring-service]")?.textContent === %q && document.querySelector("[data-name=bell]")`, service))
	f.press("accept")
	c.accepted()
	f.fair("call-begins", `document.querySelector("[data-name=digits]")`)
	texts := helpdesk.StepText{Lang: "en", Titles: []string{"Start", "Your address", "Send"}, What: "Write your postcode.", Why: "They send a letter.", Missing: "It is on any letter."}
	step := &helpdesk.StepShown{Index: 2, Total: 3, Volunteer: texts, Citizen: texts}
	c.show(&helpdesk.Consent{Talk: true}, step)
	f.fair("call-talk-only", `document.querySelector("[data-name=call][data-see=false] [data-name=voice]")`)
	c.show(&helpdesk.Consent{Talk: true, See: true, Point: true}, samplePage)
	f.see(`document.querySelectorAll("[data-screen=call] [data-element]").length === 4`)
	f.press("point")
	if err := f.Click("[data-element=f]"); err != nil {
		t.Fatal(err)
	}
	f.press("phrase-take-your-time")
	c.show(&helpdesk.Chat{Text: "Thank you"}, &helpdesk.Pointed{Element: "f", OK: true}, &helpdesk.Heard{Phrase: "take-your-time", OK: true})
	f.fair("call", `document.querySelector("[data-said=heard]") && document.querySelector("[data-name=pointing][data-seen=true]")`)
	f.press("keys")
	f.fair("call-keys", `document.querySelector("dialog[open]")`)
	f.press("keys-close")
	f.press("end-call")
	f.press("code-address")
	f.fair("after", `document.querySelector("[data-screen=after] [data-name=code-address][aria-pressed=true]")`)
	f.press("done")
	f.fair("desk-bells", `[...document.querySelectorAll("[data-screen=desk] [data-name=past-guide]")].some((e) => e.textContent === "`+service+`") && document.querySelector("[data-name=bell]") && document.querySelector("[data-name=number]")`)
	f.open(f.home + "/admin/?bells#/overview")
	f.fair("overview-bells", `document.querySelector("[data-name=bell]") && document.querySelector("[data-name=number]")`)
	f.press("bell-come")
	f.fair("overview-bell-coming", `document.querySelector("[data-name=bell][data-coming]")`)
	f.press("bell-settled")
	f.see(`!document.querySelector("[data-name=bell]")`)
	f.press("number-settled")
	f.see(`!document.querySelector("[data-name=number]")`)
	return c
}

// citizens are the screens of the gallery, one after the other in the page.
func (f *fairness) citizens() {
	server := httptest.NewServer(ui.Handler("citizen-gallery"))
	defer server.Close()
	f.open(server.URL + "/?view=home")
	f.see(`window.handrailSamples`)
	f.read(f.source + ";" + judging)
	f.read(`judged = {}, done = false, (async () => {
		for (const lang of ["en", "ar"]) for (const name of handrailSamples.names) {
			handrailSamples.show(name, lang)
			await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)))
			judged[name + " " + lang] = document.documentElement.lang === lang ? await judge().catch((e) => ["the judge failed: " + e]) : ["it is not shown in this language"]
		}
		done = true
	})(), ""`)
	if err := f.Wait(`done`, 15*patience); err != nil {
		f.t.Fatal(err)
	}
	var judged map[string]json.RawMessage
	if err := json.Unmarshal([]byte(f.read(`JSON.stringify(judged)`)), &judged); err != nil {
		f.t.Fatal(err)
	}
	for screen, found := range judged {
		name, lang, _ := strings.Cut(screen, " ")
		f.found("citizen's "+name, lang, string(found))
	}
}
