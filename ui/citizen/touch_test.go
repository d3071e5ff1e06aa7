// SPDX-License-Identifier: Apache-2.0

package citizen

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// listen puts a binding into the page like the worker's and gives what was sent through it, apart from signs of life.
const listen = `window.sent = []; window.handrail = (s) => { const a = JSON.parse(s); if (a.do !== "touched") sent.push(a); }; "ok"`

func run[T any](t *testing.T, ctx context.Context, script string) T {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return got
}

// settle waits until what is on the screen may be touched.
const settle = `(async () => { for (let i = 0; i < 500; i++) { if (document.querySelector(".terminal").dataset.live === "true") return "live"; ` +
	`await new Promise((r) => setTimeout(r, 20)); } return "still not live"; })()`

func onView(t *testing.T, ctx context.Context, base, view string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(base+"/?view="+view)); err != nil {
		t.Fatal(err)
	}
	if got := run[string](t, ctx, settle); got != "live" {
		t.Fatal(got)
	}
	run[string](t, ctx, listen)
}

func sent(t *testing.T, ctx context.Context) string {
	t.Helper()
	return run[string](t, ctx, `JSON.stringify(sent.splice(0).filter((a) => a.do !== "painted"))`)
}

// touch is a real press of the pointer in the middle of a control.
func touch(t *testing.T, ctx context.Context, name string) {
	t.Helper()
	at := run[[]float64](t, ctx, `(() => { const b = document.querySelector('[data-name="`+name+`"]').getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`)
	if err := chromedp.Do(ctx, chromedp.MouseClickXY(at[0], at[1])); err != nil {
		t.Fatal(err)
	}
}

func TestTouches(t *testing.T) {
	ctx, base := open(t)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800)); err != nil {
		t.Fatal(err)
	}
	for _, each := range []struct{ view, name, want string }{
		{"start", "lang-ar", `[{"do":"language","lang":"ar"}]`},
		{"start", "hear-en", `[{"do":"hear","lang":"en"}]`},
		{"start", "back", `[]`}, // it rests
		{"start", "end", `[]`},
		{"home", "service-a", `[{"do":"service","id":"a"}]`},
		{"home", "ask-person", `[{"do":"help"}]`},
		{"companion", "next", `[{"do":"next"}]`},
		{"companion", "why", `[{"do":"shut"}]`}, // it is open
		{"companion", "missing", `[{"do":"open","what":"missing"}]`},
		{"companion", "read", `[{"do":"read"}]`},
		{"companion", "back", `[{"do":"back"}]`},
		{"companion", "help", `[{"do":"help"}]`},
		{"companion", "end", `[{"do":"end"}]`},
		{"companion-card", "card", `[{"do":"card"}]`},
		{"likely", "not-this", `[{"do":"not-this"}]`},
		{"error", "fixed", `[{"do":"fixed"}]`},
		{"says", "box-read", `[{"do":"box-no"}]`},
		{"asks", "box-yes", `[{"do":"box-yes"}]`},
		{"asks", "box-no", `[{"do":"box-no"}]`},
		{"error", "show-box", `[{"do":"show-box"}]`},
		{"card", "card-family_name", `[{"do":"tick","field":"family_name","on":false}]`},
		{"card", "card-card_number", `[{"do":"tick","field":"card_number","on":true}]`},
		{"card", "take", `[{"do":"take"}]`},
		{"card-names", "take", `[]`}, // nothing is chosen
		{"card-doubt", "card-card_number-1", `[{"do":"choose","field":"card_number","n":1}]`},
		{"card-names", "take-nothing", `[{"do":"take-nothing"}]`},
		{"help", "consent-point", `[{"do":"consent","what":"point","on":true}]`},
		{"help", "consent-see", `[{"do":"consent","what":"see","on":false}]`},
		{"help", "ask", `[{"do":"ask"}]`},
		{"help", "alone", `[{"do":"alone"}]`},
		{"waiting", "stop-help", `[{"do":"stop-help"}]`},
		{"waiting", "ticket", `[{"do":"ticket"}]`},
		{"pointing", "stop-help", `[{"do":"stop-help"}]`},
		{"pointing-text", "understood", `[{"do":"chat","text":"understood"}]`},
		{"confirm-end", "end-yes", `[{"do":"end-yes"}]`},
		{"confirm-end", "end-no", `[{"do":"end-no"}]`},
		{"idle", "extend", `[{"do":"extend"}]`},
		{"end", "face-3", `[{"do":"face","n":3}]`},
		{"failure-site", "retry", `[{"do":"retry"}]`},
	} {
		t.Run(each.view+"/"+each.name, func(t *testing.T) {
			onView(t, ctx, base, each.view)
			touch(t, ctx, each.name)
			if got := sent(t, ctx); got != each.want {
				t.Errorf("sent %s, want %s", got, each.want)
			}
		})
	}
}

// New content is inert: neither a touch that comes with it nor one that began before it counts; the four controls always do.
func TestNewContentIsInert(t *testing.T) {
	ctx, base := open(t)
	onView(t, ctx, base, "companion")
	const press = `document.querySelector('[data-name="next"]')`
	got := run[string](t, ctx, `(async () => {
		const key = `+press+`;
		const view = { rev: 7, screen: "companion", lang: "en", dir: "ltr", office: "", large: false, contrast: false, speaking: false, back: true, help: true, end: true,
			service: { x: 0, y: 0, w: 816, h: 688 }, step: { title: "Another step", how: "Do it.", key: "next", sight: "sure" } };
		key.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
		handrailShow(view);
		key.click();
		document.querySelector('[data-name="help"]').click();
		return JSON.stringify(sent.splice(0).filter((a) => a.do !== "painted"));
	})()`)
	if want := `[{"do":"help"}]`; got != want {
		t.Errorf("at once: %s, want %s", got, want)
	}
	if got := run[string](t, ctx, settle); got != "live" {
		t.Fatal(got)
	}
	got = run[string](t, ctx, `(() => { const key = `+press+`; key.click(); const held = JSON.stringify(sent.filter((a) => a.do !== "painted"));
		key.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true })); key.click(); return held + " " + JSON.stringify(sent.splice(0).filter((a) => a.do !== "painted")); })()`)
	if want := `[] [{"do":"next"}]`; got != want {
		t.Errorf("a press that began on the old screen, then a new one: %s, want %s", got, want)
	}
}

func TestPaintedAndLanguage(t *testing.T) {
	ctx, base := open(t)
	onView(t, ctx, base, "companion")
	got := run[string](t, ctx, `(async () => {
		handrailShow({ rev: 42, screen: "ready", lang: "ar", dir: "rtl", office: "", large: false, contrast: false, speaking: false, back: false, help: true, end: false });
		sent.splice(0);
		while (!sent.some((a) => a.rev === 42)) await new Promise((r) => setTimeout(r, 10));
		const root = document.querySelector(".terminal");
		return [JSON.stringify(sent.splice(0).filter((a) => a.rev !== 1)), root.dataset.screen, root.dataset.rev, document.documentElement.lang, document.documentElement.dir, root.dataset.layout].join(" ");
	})()`)
	if want := `[{"do":"painted","rev":42}] ready 42 ar rtl landscape`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Garbage from the worker's side shows the plain screen instead of an empty one.
func TestUnknownScreen(t *testing.T) {
	ctx, base := open(t)
	for _, view := range []string{
		`{ rev: 1, screen: "no-such-screen", lang: "xx", dir: "ltr" }`,
		`{ rev: 1, screen: "end", lang: "en", dir: "ltr" }`,
		`{ rev: 1, screen: "card", lang: "en", dir: "ltr" }`,
		`{ rev: 1, screen: "pointing", lang: "en", dir: "ltr" }`,
		`{ rev: 1, screen: "failure", lang: "en", dir: "ltr", failure: { kind: "unheard-of", truths: [], keys: [] } }`,
	} {
		onView(t, ctx, base, "companion")
		words := run[string](t, ctx, `handrailShow(`+view+`); new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(() => r(document.querySelector("h1")?.textContent ?? ""))))`)
		if strings.TrimSpace(words) == "" {
			t.Errorf("%s shows no title", view)
		}
	}
}

func TestSpeech(t *testing.T) {
	ctx, base := open(t)
	onView(t, ctx, base, "companion")
	// A tenth of a second of silence, as WAV.
	const wav = `(() => { const n = 800, b = new DataView(new ArrayBuffer(44 + n)); const s = (o, x) => [...x].forEach((c, i) => b.setUint8(o + i, c.charCodeAt(0)));
		s(0, "RIFF"); b.setUint32(4, 36 + n, true); s(8, "WAVEfmt "); b.setUint32(16, 16, true); b.setUint16(20, 1, true); b.setUint16(22, 1, true); b.setUint32(24, 8000, true);
		b.setUint32(28, 8000, true); b.setUint16(32, 1, true); b.setUint16(34, 8, true); s(36, "data"); b.setUint32(40, n, true);
		for (let i = 0; i < n; i++) b.setUint8(44 + i, 128); return URL.createObjectURL(new Blob([b], { type: "audio/wav" })); })()`
	const until = `while (!sent.some((a) => a.do === "spoken")) await new Promise((r) => setTimeout(r, 10)); return JSON.stringify(sent.splice(0).filter((a) => a.do !== "painted"));`
	for _, each := range []struct{ name, script, want string }{
		{"one", `handrailSpeak({ id: "a", url: ` + wav + ` });`, `[{"do":"spoken","id":"a"}]`},
		{"a new one stops the old", `handrailSpeak({ id: "b", url: ` + wav + ` }); handrailSpeak({ id: "c", url: ` + wav + ` });`, `[{"do":"spoken","id":"c"}]`},
		{"no such sound", `handrailSpeak({ id: "d", url: "nothing.wav" });`, `[{"do":"spoken","id":"d","failed":true}]`},
		{"stopped", `handrailSpeak({ id: "e", url: ` + wav + ` }); handrailSpeak(null); handrailSpeak({ id: "f", url: ` + wav + ` });`, `[{"do":"spoken","id":"f"}]`},
	} {
		t.Run(each.name, func(t *testing.T) {
			if got := run[string](t, ctx, `(async () => { `+each.script+until+` })()`); got != each.want {
				t.Errorf("%s, want %s", got, each.want)
			}
		})
	}
}

// The page's answers are what view.ts says: every action that a key can send is JSON with a "do".
func TestActionsAreObjects(t *testing.T) {
	ctx, base := open(t)
	onView(t, ctx, base, "companion")
	run[string](t, ctx, `window.raw = []; window.handrail = (s) => raw.push(s); document.querySelectorAll("button").forEach((b) => b.click()); "ok"`)
	for _, s := range run[[]string](t, ctx, `raw`) {
		var action struct {
			Do string `json:"do"`
		}
		if err := json.Unmarshal([]byte(s), &action); err != nil || action.Do == "" {
			t.Errorf("%s: %v", s, err)
		}
	}
}
