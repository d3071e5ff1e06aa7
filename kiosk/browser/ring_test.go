// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"image"
	"net/http"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"

	"handrail/kiosk"
)

// Whatever the page does to it, the ring is on the screen and round its control.
func TestRingComesBack(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("/form", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Form</h1><div id=app></div><dialog id=d><p>Look here</p></dialog><div id=pop popover=manual>All over</div><script nonce=n>
			const draw = (gap) => { const space = document.createElement("p"); space.textContent = gap;
				const l = document.createElement("label"); l.htmlFor = "v"; l.textContent = "Village"; const i = document.createElement("input"); i.id = "v";
				app.replaceChildren(...Array.from({length: gap}, () => document.createElement("hr")), l, i); };
			draw(0);
			const act = {
				cover() { const c = document.createElement("div"); const s = new CSSStyleSheet(); s.replaceSync("#cover{position:fixed;inset:0;z-index:2147483647;background:#fff}"); c.id = "cover";
					document.adoptedStyleSheets = [s]; document.body.append(c); },
				uncover() { document.getElementById("cover").remove(); },
				popover() { const s = new CSSStyleSheet(); s.replaceSync("#pop{inset:0;width:auto;height:auto;margin:0;border:0;background:#fff}"); document.adoptedStyleSheets = [s]; pop.showPopover(); },
				unpop() { pop.hidePopover(); },
				dialog() { d.append(app); d.showModal(); },
				close() { d.close(); document.body.append(app); },
				clear() { for (const p of document.querySelectorAll("[popover]")) if (p !== pop) p.remove(); },
				away() { app.replaceChildren(); },
			};</script>`)
	})
	w, port := openTab(t, site, func(p string) *kiosk.Guide {
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://127.0.0.1:" + p}, Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en("Form"), Steps: []kiosk.Step{field("village", "Village", "")}}}}
	})
	goTo(t, w, "http://127.0.0.1:"+port+"/form", "form")
	if err := w.service.Watch(kiosk.Watch{Page: "form", Step: "village"}, "right"); err != nil {
		t.Fatal(err)
	}
	ringed := func(what string) {
		t.Helper()
		eventually(t, "the ring after "+what, func() bool {
			box, ok, err := w.StepBox("village")
			if err != nil || !ok {
				return false
			}
			ring, control := inked(t, w), image.Rect(int(box.X), int(box.Y), int(box.X+box.W), int(box.Y+box.H))
			return control.In(ring) && ring.Dy() < control.Dy()+60
		})
	}
	do := func(script string) {
		t.Helper()
		if _, err := evaluate[any](t.Context(), w.service.target, script+";0", ""); err != nil {
			t.Fatal(err)
		}
	}
	ringed("it was drawn")
	for _, step := range []struct{ do, what string }{
		{"act.clear()", "the page took it away"},
		{"draw(6)", "the page drew itself again, elsewhere"},
		{"act.cover()", "the page covered everything"},
		{"act.uncover()", "that was taken away"},
		{"act.popover()", "the page put a popover over everything"},
		{"act.unpop()", "that was closed"},
		{"act.dialog()", "the control went into a modal dialog"},
		{"act.clear()", "the page took it away from over the dialog"},
		{"act.close()", "the dialog was closed"},
		{"draw(2)", "the page drew itself once more"},
	} {
		do(step.do)
		ringed(step.what)
	}
	do("act.away()")
	eventually(t, "no ring when there is no control", func() bool { r, _, _ := w.last(); return inked(t, w).Empty() && r.Sights["village"] == kiosk.Unknown })
	do("draw(1)")
	ringed("the control came back")
}

// Filling is typed, left, read again and compared: what the page makes of it counts, not what was typed.
func TestFillIsCompared(t *testing.T) {
	fields := []struct {
		id, name, script string // of the page, on the field i
		value            string
		filled           bool
	}{
		{"plain", "Plain", ``, "Ana", true},
		{"grouped", "Account", `i.oninput = () => { i.value = i.value.replace(/\W/g, "").replace(/(.{4})(?=.)/g, "$1 "); };`, "LU280019400644750000", true},
		{"dated", "Date", `i.onblur = () => { i.value = i.value.replace(/^(\d\d)(\d\d)(\d{4})$/, "$1/$2/$3"); };`, "31121960", true},
		{"loud", "Loud", `i.oninput = () => { i.value = i.value.toUpperCase(); };`, "Ana", false},
		{"short", "Short", `i.maxLength = 2;`, "Ana", false},
		{"digits", "Digits", `i.oninput = () => { i.value = i.value.replace(/\D/g, ""); };`, "12a34", false},
		{"blurred", "Blurred", `i.onblur = () => { i.value = "Somebody"; };`, "Ana", false},
		{"emptied", "Emptied", `i.onchange = () => { i.value = ""; };`, "Ana", false},
		{"later", "Later", `i.oninput = () => setTimeout(() => { i.value = "Somebody"; }, 0);`, "Ana", false},
		{"added", "Added", `i.oninput = () => { if (!i.value.endsWith("x")) i.value += "x"; };`, "Ana", false},
		{"redrawn", "Redrawn", `i.onblur = () => { const o = i.cloneNode(); o.value = i.value; i.replaceWith(o); };`, "Ana", true},
		{"fixed", "Fixed", `i.readOnly = true; i.value = "Old";`, "Ana", false},
		{"secret", "Secret", `i.type = "password";`, "Ana", false},
	}
	site := http.NewServeMux()
	site.HandleFunc("/form", func(w http.ResponseWriter, _ *http.Request) {
		body := "<h1>Form</h1>"
		for _, f := range fields {
			body += `<p><label for=` + f.id + `>` + f.name + `</label> <input id=` + f.id + `></p><script nonce=n>{ const i = document.getElementById("` + f.id + `"); ` + f.script + ` }</script>`
		}
		html(w, body)
	})
	w, port := openTab(t, site, func(p string) *kiosk.Guide {
		var steps []kiosk.Step
		for _, f := range fields {
			steps = append(steps, field(f.id, f.name, ""))
		}
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://127.0.0.1:" + p}, Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en("Form"), Steps: steps}}}
	})
	goTo(t, w, "http://127.0.0.1:"+port+"/form", "form")
	for _, f := range fields {
		got, err := w.service.Fill(f.id, kiosk.NewPrivate(f.value))
		if err != nil || got != f.filled {
			now, _ := evaluate[string](t.Context(), w.service.target, `document.getElementById("`+f.id+`").value`, "")
			t.Errorf("%s: filled %v, %v; the field has %q", f.name, got, err, now)
		}
	}
	for _, same := range []struct {
		want, got string
		ok        bool
	}{{"Ana", "Ana", true}, {"A-b", "Ab", false}, {"1234", "12 34", true}, {"1234", "12345", false}, {"", "", true}, {"a", "", false}, {"4917", "(49) 17", true}, {"+49", "49", false}, {"a b", "ab", false}} {
		if sameButSpaced(same.want, same.got) != same.ok {
			t.Errorf("%q for %q: %v", same.got, same.want, !same.ok)
		}
	}
}

// A page that changes all the time is looked at no more often than it changes, and what is kept of it does not grow.
func TestStormIsBounded(t *testing.T) {
	site := http.NewServeMux()
	site.HandleFunc("/storm", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Storm</h1><label for=v>Village</label><input id=v><div id=app></div><script nonce=n>window.n = 0;
			setInterval(() => { n++; app.replaceChildren(...Array.from({length: 30}, (_, i) => { const b = document.createElement("button"); b.id = "b" + n + "-" + i; b.textContent = "Key " + n + " of " + i; return b; })); }, 16);</script>`)
	})
	site.HandleFunc("/clash", func(w http.ResponseWriter, _ *http.Request) {
		html(w, `<h1>Clash</h1><form><label for=v>Village</label><input id=v><input name=closest><input name=parentElement><input name=getAttribute><input name=querySelectorAll></form>`)
	})
	w, port := openTab(t, site, func(p string) *kiosk.Guide {
		steps := []kiosk.Step{field("village", "Village", "")}
		return &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: "http://127.0.0.1:" + p}, Pages: []kiosk.Page{{ID: "storm", Path: "/storm", Heading: en("Storm"), Steps: steps}, {ID: "clash", Path: "/clash", Heading: en("Clash"), Steps: steps}}}
	})
	base := "http://127.0.0.1:" + port
	goTo(t, w, base+"/storm", "storm")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	drawn := func() int {
		n, err := evaluate[int](ctx, w.service.target, "n", "")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	looked := func() int {
		n, err := in[int](w.service, "looks()")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	heap := func() float64 {
		if _, err := cdp.Call(ctx, w.service.target, heapprofiler.CollectGarbage, cdp.Empty{}); err != nil {
			t.Fatal(err)
		}
		used, err := cdp.Call(ctx, w.service.target, runtime.GetHeapUsage, cdp.Empty{})
		if err != nil {
			t.Fatal(err)
		}
		return used.UsedSize
	}
	eventually(t, "the storm to begin", func() bool { return drawn() >= 60 })
	before, beganLooks := drawn(), looked()
	first := heap()
	eventually(t, "the storm to go on", func() bool { return drawn() >= before+200 })
	if looks, draws := looked()-beganLooks, drawn()-before; looks > draws+2 || looks == 0 {
		t.Errorf("the page changed %d times and was looked at %d times", draws, looks)
	}
	// 200 changes brought 6,000 new elements with new words.
	if second := heap(); second > first+16<<20 {
		t.Errorf("what is kept grew from %.1f to %.1f MB", first/(1<<20), second/(1<<20))
	}
	if r, _, _ := w.last(); r.Sights["village"] != kiosk.Sure {
		t.Errorf("in the storm the village is %s", r.Sights["village"])
	}

	// Names that hide the browser's own: nobody knows this page, and the next is known again.
	goTo(t, w, base+"/clash", "")
	goTo(t, w, base+"/storm", "storm")
}
