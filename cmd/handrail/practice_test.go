// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"handrail/kiosk/browser"
	"handrail/ui"
)

// A new volunteer goes through the six simulated calls, wrong choices first, in both languages of the desk. The hub hears
// nothing of it, and its counts stay as they are.
func TestPractice(t *testing.T) {
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
	startTestHub(t, dir)
	person, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
	if err != nil {
		t.Fatal(err)
	}
	defer person.Close()
	p := page{t, person}
	p.open(invite(t, dir, "-role", "volunteer", "-name", "Teresa", "-languages", "en"))
	p.see(`document.querySelector("[data-name=desk-title]")`)
	p.read(`(() => { window.said = []; const send = WebSocket.prototype.send; WebSocket.prototype.send = function (m) { said.push(m); return send.call(this, m); }; return "" })()`)
	desk := p.read(`document.querySelector(".today").innerText.replace(/\d+:\d+/g, "")`)

	scenarios := []string{"code", "names", "type", "email", "timeout", "line"}
	for _, lang := range []string{"en", "ar"} {
		p.read(fmt.Sprintf(`(() => { const s = document.querySelector("[data-name=console-language]"); s.value = %q; s.dispatchEvent(new Event("change")); return "" })()`, lang))
		p.see(fmt.Sprintf(`document.documentElement.lang === %q`, lang))
		p.press("nav-practice")
		p.see(fmt.Sprintf(`document.querySelectorAll(".scenario").length === %d`, len(scenarios)))
		p.picture("practice-" + lang)
		for _, id := range scenarios {
			p.press("scenario-" + id)
			p.see(`document.querySelector("[data-name=practice]")?.dataset.beat === "1"`)
			for beat := 1; ; beat++ {
				p.see(fmt.Sprintf(`document.querySelector("[data-name=practice]")?.dataset.beat === "%d"`, beat))
				if p.read(`document.querySelector("[data-name=practice-on]").getAttribute("aria-disabled") ?? ""`) != "true" {
					t.Fatalf("%s, beat %d: one can go on without a choice", id, beat)
				}
				// The choices one after the other until the one that helps.
				for i := 0; p.read(`document.querySelector("[data-name=practice]").dataset.solved`) != "true"; i++ {
					p.press(fmt.Sprintf("choice-%d", i))
					p.see(fmt.Sprintf(`document.querySelector("[data-name=choice-%d]").dataset.look !== ""`, i))
				}
				if id == "type" && beat == 3 {
					p.picture("practice-call-" + lang)
				}
				if p.read(`document.body.innerText.includes("{{") ? "raw" : ""`) != "" {
					t.Fatalf("%s, beat %d: a name was not put in", id, beat)
				}
				if clipped := p.read(`[...document.querySelectorAll(".practice button, .practice p, .practice h1, .practice .title")].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline").map(e => e.textContent).join(" | ")`); clipped != "" {
					t.Errorf("%s, %s, beat %d: too wide: %s", lang, id, beat, clipped)
				}
				p.press("practice-on")
				if p.read(`document.querySelector("[data-name=practice]")?.dataset.beat ?? ""`) == "" {
					break
				}
			}
		}
		if n := p.read(`String(document.querySelectorAll(".scenario .knob.done").length)`); n != "6" {
			t.Errorf("%s: %s of 6 scenarios are marked as done", lang, n)
		}
	}
	// The keys of the team are the page's own affair.
	if said := p.read(`JSON.stringify(said.filter(m => !/^keep_/.test(JSON.parse(m).type)))`); said != "[]" {
		t.Errorf("the hub was told of practice: %s", said)
	}
	p.press("nav-desk")
	p.read(`(() => { const s = document.querySelector("[data-name=console-language]"); s.value = "en"; s.dispatchEvent(new Event("change")); return "" })()`)
	p.see(`document.querySelector("[data-name=desk-title]")`)
	if now := p.read(`document.querySelector(".today").innerText.replace(/\d+:\d+/g, "")`); now != desk {
		t.Errorf("the desk's counts moved:\n%s\n%s", desk, now)
	}
}

// picture keeps what is on the page, when HANDRAIL_TEST_SHOTS names a folder.
func (p page) picture(name string) {
	p.t.Helper()
	dir := os.Getenv("HANDRAIL_TEST_SHOTS")
	if dir == "" {
		return
	}
	png, err := p.Screenshot()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/"+name+".png", png, 0o644); err != nil {
		p.t.Fatal(err)
	}
}
