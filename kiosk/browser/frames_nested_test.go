// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"image"
	"image/png"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"

	"handrail/kiosk"
)

// inked is the part of the page's window that has the ring's amber in it.
func inked(t *testing.T, w *Walker) image.Rectangle {
	t.Helper()
	shot, err := cdp.Call(t.Context(), w.service.target, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng})
	if err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(shot.Data))
	if err != nil {
		t.Fatal(err)
	}
	var all image.Rectangle
	for y := picture.Bounds().Min.Y; y < picture.Bounds().Max.Y; y++ {
		for x := picture.Bounds().Min.X; x < picture.Bounds().Max.X; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); r>>8 == 0xF2 && g>>8 == 0xB2 && b>>8 == 0x33 {
				all = all.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return all
}

// A payment page of another origin holds the fields of a bank of a third, each field in a frame of its own; next to it are
// frames of that bank right in the page. Every document forbids all that a policy can forbid.
func TestFramesInFrames(t *testing.T) {
	var port string
	site := http.NewServeMux()
	frame := func(host, path, more string) string {
		return `<iframe src="http://` + host + `.localhost:` + port + path + `" ` + more + `></iframe>`
	}
	site.HandleFunc("/apply", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Apply</h1><p>Your order</p>`+frame("bank", "/number", `width=300 height=60`)+frame("bank", "/expiry", `width=300 height=60`)+
			`<div>`+frame("bank", "/twin", `width=300 height=50`)+frame("bank", "/twin", `width=300 height=50`)+`</div>`+
			"<dl><dd>"+frame("pay", "/pay", `width=600 height=300 id=pay`))
	})
	site.HandleFunc("/pay", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<p>Pay here</p><dl><dd>`+frame("bank", "/owner", `width=500 height=200`))
	})
	site.HandleFunc("/owner", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<p>Bank</p><label for=o>Card owner</label><input id=o><br><input type=checkbox id=k><label for=k>Keep</label>
			<p id=owner-error class=error-message hidden>Enter the name on the card</p>
			<script nonce=n>o.onblur = () => { if (o.value !== "Wrong") return; o.setAttribute("aria-describedby", "owner-error"); document.getElementById("owner-error").hidden = false; };</script>`)
	})
	site.HandleFunc("/number", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<card-field></card-field><script nonce=n>customElements.define("card-field", class extends HTMLElement { connectedCallback() {
			const root = this.attachShadow({mode: "closed"});
			const l = document.createElement("label"); l.htmlFor = "n"; l.textContent = "Card number";
			const i = document.createElement("input"); i.id = "n";
			const e = document.createElement("p"); e.id = "n-error"; e.textContent = "Card number is too short"; e.hidden = true;
			i.oninput = () => { if (i.value.length < 5) { i.setAttribute("aria-errormessage", "n-error"); e.hidden = false; } };
			root.append(l, i, e); } });</script>`)
	})
	site.HandleFunc("/expiry", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<label for=e>Expiry date</label><input id=e>`)
	})
	site.HandleFunc("/twin", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<label for=t>Voucher</label><input id=t>`)
	})
	w, port2 := openTab(t, site, func(p string) *kiosk.Guide {
		port = p
		bank, pay := "http://bank.localhost:"+p, "http://pay.localhost:"+p
		owner, keep, astray := field("owner", "Card owner", bank), field("keep", "Keep", bank), field("astray", "Card owner", bank)
		owner.Target.Within, keep.Target.Within, astray.Target.Within = []string{pay}, []string{pay}, []string{"http://other.localhost:" + p}
		keep.Kind, keep.Done, keep.Target.Role = kiosk.Choose, kiosk.DoneChecked, "checkbox"
		number := field("number", "Card number", bank)
		number.Target.Shadow = []string{"card-field"}
		return &kiosk.Guide{ID: "apply", Service: kiosk.Service{Origin: "http://office.localhost:" + p, Start: "/apply"}, Pages: []kiosk.Page{{ID: "apply", Path: "/apply",
			Heading: kiosk.Text{"en": "Apply"}, Steps: []kiosk.Step{number, field("expiry", "Expiry date", bank), field("voucher", "Voucher", bank), owner, keep, astray}}}}
	})
	goTo(t, w, "http://office.localhost:"+port2+"/apply", "apply")
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	defer cancel()
	see := func(what string, ok func(PageReport) bool) PageReport {
		t.Helper()
		r, err := w.await(ctx, what, func(r PageReport, _ int) bool { return ok(r) })
		if err != nil {
			t.Fatalf("%v: %+v", err, r)
		}
		return r
	}
	for _, step := range []string{"number", "expiry", "owner", "keep"} {
		see(step+" to be found", func(r PageReport) bool { return r.Sights[step] == kiosk.Sure })
	}
	// Two frames have a field that fits as well: nobody can say which is meant. And a chain of frames is not another.
	eventually(t, "both vouchers to be told of", func() bool {
		w.service.mu.Lock()
		defer w.service.mu.Unlock()
		n := 0
		for _, said := range w.service.inside {
			if said.Sights["apply/voucher"] == kiosk.Sure {
				n++
			}
		}
		return n == 2
	})
	if r := see("the page", func(r PageReport) bool { return r.Sights["voucher"] == kiosk.Unknown }); r.Sights["astray"] == kiosk.Sure || r.Sights["astray"] == kiosk.Likely {
		t.Errorf("a field in other frames is %s", r.Sights["astray"])
	}
	if ok, err := w.service.Fill("voucher", kiosk.NewPrivate("12345")); ok || err == nil {
		t.Errorf("one of two that are alike was filled: %v, %v", ok, err)
	}
	w.service.mu.Lock()
	if n := len(w.service.homes); n < 3 {
		t.Errorf("%d frames have a process of their own: the test shows too little", n)
	}
	w.service.mu.Unlock()

	// The ring is drawn where the control is, through both frames, and a touch there has its effect.
	if err := w.service.Watch(kiosk.Watch{Page: "apply", Step: "keep"}, "right"); err != nil {
		t.Fatal(err)
	}
	box, ok, err := w.StepBox("keep")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if box.X < 2*(8+40+2) || box.Y < 200 {
		t.Errorf("the control in two frames is at %+v", box)
	}
	control := image.Rect(int(box.X), int(box.Y), int(box.X+box.W), int(box.Y+box.H))
	eventually(t, "the ring round the control", func() bool { return control.In(inked(t, w)) })
	if ring := inked(t, w); ring.Dy() > control.Dy()+60 {
		t.Errorf("the ring is %v, the control %v", ring, control)
	}
	if err := w.Tap(ctx, box); err != nil {
		t.Fatal(err)
	}
	see("the touch to count", func(r PageReport) bool { return r.Done["keep"] })
	// Then another frame has the ring, and this one has it no more.
	if err := w.service.Watch(kiosk.Watch{Page: "apply", Step: "expiry"}, "right"); err != nil {
		t.Fatal(err)
	}
	if box, ok, err = w.StepBox("expiry"); err != nil || !ok {
		t.Fatal(ok, err)
	}
	control = image.Rect(int(box.X), int(box.Y), int(box.X+box.W), int(box.Y+box.H))
	eventually(t, "the ring round the other control", func() bool { ring := inked(t, w); return control.In(ring) && ring.Dy() < control.Dy()+60 })
	// Of two alike none is ringed.
	if err := w.service.Watch(kiosk.Watch{Page: "apply", Step: "voucher"}, "right"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "no ring", func() bool { return inked(t, w).Empty() })

	// What the frames' sites refuse is told, with the step that it is about.
	for step, value := range map[string]string{"owner": "Wrong", "number": "123"} {
		if ok, err := w.service.Fill(step, kiosk.NewPrivate(value)); err != nil || !ok {
			t.Fatalf("%s: filled %v, %v", step, ok, err)
		}
		words := map[string]string{"owner": "Enter the name on the card", "number": "Card number is too short"}[step]
		r := see("the error of "+step, func(r PageReport) bool {
			for _, e := range r.Errors {
				if e.Step == step {
					return true
				}
			}
			return false
		})
		for _, e := range r.Errors {
			if e.Step == step && e.Words != words {
				t.Errorf("%s: the site's words are %q", step, e.Words)
			}
		}
	}

	// A frame that goes takes with it what it said.
	if _, err := evaluate[any](ctx, w.service.target, `document.getElementById("pay").remove()`, ""); err != nil {
		t.Fatal(err)
	}
	r := see("the frame to be gone", func(r PageReport) bool { return r.Sights["owner"] != kiosk.Sure })
	if r.Sights["owner"] == kiosk.Likely || r.Done["keep"] || len(r.Errors) != 1 {
		t.Errorf("of a frame that is gone is told: %+v", r)
	}
	if r.Sights["number"] != kiosk.Sure {
		t.Errorf("the field of a frame that stayed is %s", r.Sights["number"])
	}
}
