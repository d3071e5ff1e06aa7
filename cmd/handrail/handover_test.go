// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os/exec"
	"testing"

	"handrail/kiosk/browser"
	"handrail/ui"
)

// A volunteer who cannot go on gives the call to another who is free: it rings there, and is over here.
func TestHandOver(t *testing.T) {
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
	open := func() page {
		v, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 1440, Height: 900})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { v.Close() })
		return page{t, v}
	}
	amina := open()
	identity := amina.enrolATerminal(dir, at)
	onDuty := func(p page, name string) {
		p.open(invite(t, dir, "-role", "volunteer", "-name", name, "-languages", "ar,en"))
		p.see(`document.querySelector("[data-screen=desk] [data-name=available]")`)
		if p.read(`document.querySelector("[data-name=available]").ariaChecked`) != "true" {
			p.press("available")
			p.see(`document.querySelector("[data-name=available][aria-checked=true]")`)
		}
	}
	onDuty(amina, "Amina")
	c := callTerminal(t, identity)
	amina.press("accept")
	c.accepted()
	amina.see(`document.querySelector("[data-screen=call]")`)
	if amina.read(`String(document.querySelector("[data-name=hand-over]") === null)`) != "true" {
		t.Error("a call can be given away although nobody else is free")
	}
	teresa := open()
	onDuty(teresa, "Teresa")
	amina.press("hand-over")
	amina.press("hand-over-no")
	amina.press("hand-over")
	amina.picture("hand-over")
	amina.press("hand-over-yes")
	teresa.see(`document.querySelector("[data-screen=ringing]")`)
	amina.see(`document.querySelector("[data-screen=after]")`)
	teresa.press("accept")
	c.accepted()
	teresa.see(`document.querySelector("[data-screen=call]")`)
}
