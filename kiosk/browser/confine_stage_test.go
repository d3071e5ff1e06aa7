// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"handrail/kiosk/stage"
)

// The hostile page: a field to type in, a frame of red at its edges, and a row of
// buttons, 40 pixels high, each of which tries something.
const hostilePage = `<!doctype html><meta charset=utf-8><title>hostile</title>
<style>*{margin:0;box-sizing:border-box} html,body{height:100%;background:#fff} body{border:6px solid #f00;padding:4px}
#field,#choice{height:40px;width:300px;vertical-align:top} #choice{position:absolute;right:0;bottom:0;width:200px} button,a{display:block;height:40px;width:300px}</style>
<input id=field autofocus><select id=choice><option>first<option>second<option>third<option>fourth</select>
<script>
window.done = [];
const link = document.createElement('a'); link.href = '/other'; link.target = '_blank'; link.textContent = 'blank';
const tries = {
	open: () => window.open('/other'),
	popup: () => window.open('/other', 'p', 'popup,width=1200,height=780,left=0,top=0'),
	cover: () => { for (let i = 0; i < 5; i++) window.open('about:blank', 'c' + i, 'popup,left=0,top=0,width=400,height=400') },
	move: () => { moveTo(0, 0); moveBy(-400, -50); },
	resize: () => { resizeTo(1280, 800); resizeBy(400, 400); },
	fullscreen: () => document.documentElement.requestFullscreen({navigationUI: 'show'}),
	leave: () => document.exitFullscreen(),
	pip: () => documentPictureInPicture.requestWindow({width: 900, height: 700}),
	blank: () => link.click(),
	ask: () => Notification.requestPermission(),
	where: () => navigator.geolocation.getCurrentPosition(() => {}),
	download: () => { const a = document.createElement('a'); a.href = 'data:text/plain,x'; a.download = 'x.desktop'; a.click(); },
	file: () => { const f = document.createElement('input'); f.type = 'file'; f.click(); },
	focus: () => window.focus(),
};
for (const name in tries) {
	const b = document.createElement('button'); b.textContent = name;
	b.onclick = () => { try { tries[name]() } catch (e) {} window.done.push(name) };
	document.body.append(b);
}
</script>`

// hall is a stage with one confined browser on it: a companion of plain gold and
// a service window.
type hall struct {
	t       *testing.T
	display *stage.Display
	stage   *stage.Stage
	hand    *stage.Hand
	cell    *Cell
	service context.Context
	rect    image.Rectangle
	boxed   bool // a box may lie on the page
}

// openHall starts everything. The proxy answers every request with the hostile
// page, whatever its host.
func openHall(t *testing.T, policy string) *hall {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a display and a browser")
	}
	if _, err := os.Stat(Binary); err != nil {
		t.Skipf("no Chromium here: %v", err)
	}
	h := &hall{t: t, rect: image.Rect(440, 90, 1256, 780)}
	dir, err := os.MkdirTemp("", "hall")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if h.display, err = stage.StartDisplay(context.Background(), stage.DisplayOptions{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.display.Close() })
	if h.stage, err = stage.Open(stage.Options{Display: h.display.Name(), Authority: h.display.Authority()}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- h.stage.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if h.hand, err = stage.OpenHand(h.display.Name(), h.display.Authority()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.hand.Close() })

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	proxy := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(hostilePage))
	})}
	go proxy.Serve(l)
	t.Cleanup(func() { proxy.Close() })

	const class = "handrail-test"
	h.stage.Admit(class, stage.Companion)
	h.stage.Place(class, stage.Rect{X: h.rect.Min.X, Y: h.rect.Min.Y, W: h.rect.Dx(), H: h.rect.Dy()}, true)
	var confineErr error
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(Binary), chromedp.Flag("no-sandbox", false), chromedp.Flag("class", class), chromedp.Flag("user-data-dir", "-"),
		chromedp.Flag("kiosk", true), chromedp.Flag("no-first-run", true), chromedp.Flag("ozone-platform", "x11"), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.ModifyCmdFunc(func(cmd *exec.Cmd) {
			h.cell, confineErr = Confine(cmd, Confinement{
				UID: FreeUID(), Display: h.display.Name(), Authority: h.display.Authority(),
				Policy: []byte(policy), Proxy: l.Addr().String(),
			})
		}))
	t.Cleanup(stop)
	t.Cleanup(func() {
		if h.cell != nil {
			if err := h.cell.Kill(); err != nil {
				t.Error(err)
			}
		}
	})
	companion, stopCompanion := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	t.Cleanup(stopCompanion)
	if err := chromedp.Do(companion); err != nil {
		t.Fatal(err, confineErr)
	}
	if _, err := chromedp.Run(companion, chromedp.Evaluate[bool](`document.documentElement.style.background = 'gold', true`)); err != nil {
		t.Fatal(err)
	}
	h.mapped(h.stage.Mapped(class, stage.Companion))
	h.stage.Admit(class, stage.Service)
	service, stopService := chromedp.NewContext(companion, chromedp.WithNewWindow(true))
	t.Cleanup(stopService)
	h.service = service
	if err := chromedp.Do(service); err != nil {
		t.Fatal(err)
	}
	h.mapped(h.stage.Mapped(class, stage.Service))
	for _, ctx := range []context.Context{companion, service} {
		if err := fullscreen(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if err := chromedp.Do(service, chromedp.Navigate("http://service.example/")); err != nil {
		t.Fatal(err)
	}
	h.stage.FocusService(class)
	h.eventually("both windows are painted in their places", func() bool { return h.inPlace(h.shot()) == "" })
	return h
}

func (h *hall) mapped(ch <-chan struct{}) {
	h.t.Helper()
	select {
	case <-ch:
	case <-time.After(patience):
		h.t.Fatal("the window was never mapped")
	}
}

func (h *hall) eventually(what string, ok func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.keep("failed")
			h.t.Fatalf("did not happen: %s; the screen: %s", what, h.inPlace(h.shot()))
		}
	}
}

func (h *hall) shot() image.Image {
	h.t.Helper()
	img, err := stage.Screenshot(h.display.Name(), h.display.Authority())
	if err != nil {
		h.t.Fatal(err)
	}
	return img
}

// keep writes a screenshot for the one who reads a failed test.
func (h *hall) keep(name string) {
	dir := os.Getenv("HANDRAIL_TEST_PICTURES")
	if dir == "" {
		return
	}
	f, err := os.Create(filepath.Join(dir, strings.ReplaceAll(h.t.Name()+"-"+name, "/", "-")+".png"))
	if err != nil {
		h.t.Error(err)
		return
	}
	defer f.Close()
	png.Encode(f, h.shot())
}

var (
	gold = color.RGBA{0xff, 0xd7, 0, 0xff}
	red  = color.RGBA{0xff, 0, 0, 0xff}
)

// inPlace says what is wrong with the screen: all outside the service's
// rectangle must be the companion's gold, and the rectangle's corners the red of
// the page.
func (h *hall) inPlace(img image.Image) string {
	if img.Bounds() != image.Rect(0, 0, 1280, 800) {
		return fmt.Sprintf("the display is %v", img.Bounds())
	}
	pixels := img.(*image.RGBA)
	row := bytes.Repeat([]byte{gold.R, gold.G, gold.B, gold.A}, 1280)
	for y := range 800 {
		line := pixels.Pix[y*pixels.Stride:][:4*1280]
		left, right := line, line[4*1280:]
		if y >= h.rect.Min.Y && y < h.rect.Max.Y {
			left, right = line[:4*h.rect.Min.X], line[4*h.rect.Max.X:]
		}
		if !bytes.Equal(left, row[:len(left)]) || !bytes.Equal(right, row[:len(right)]) {
			return fmt.Sprintf("the companion is covered at height %d", y)
		}
	}
	for _, p := range []image.Point{h.rect.Min, {h.rect.Min.X, h.rect.Max.Y - 1}, {h.rect.Max.X - 1, h.rect.Min.Y}, {h.rect.Max.X - 1, h.rect.Max.Y - 1}} {
		if !h.boxed && img.At(p.X, p.Y) != red {
			return fmt.Sprintf("the service is not at its corner %v", p)
		}
	}
	return ""
}

// js asks the page; a page that does not answer in time is a failed test.
func js[T any](h *hall, expression string) T {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.service, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		h.keep("silent")
		h.t.Fatalf("the page does not answer: %v", err)
	}
	return v
}

// types checks that plain typing arrives in the page's field.
func (h *hall) types(text string) {
	h.t.Helper()
	js[bool](h, `field.value = '', true`)
	if err := h.hand.Click(h.rect.Min.X+60, h.rect.Min.Y+30); err != nil {
		h.t.Fatal(err)
	}
	h.eventually("the field has the keyboard", func() bool { return js[bool](h, `document.hasFocus() && document.activeElement === field`) })
	if err := h.hand.Type(text); err != nil {
		h.t.Fatal(err)
	}
	h.eventually("what was typed is in the field", func() bool { return js[string](h, `field.value`) == text })
}

// closeTabs closes what is not ours, as the target guard does, until only the
// two pages are left.
func (h *hall) closeTabs() {
	h.t.Helper()
	c := chromedp.FromContext(h.service)
	h.eventually("a new tab is closed", func() bool {
		all, err := cdp.Call(h.service, c.Browser, target.GetTargets, target.GetTargetsParams{})
		if err != nil {
			h.t.Fatal(err)
		}
		closed := false
		for _, info := range all.TargetInfos {
			if info.Type == "page" && info.OpenerID != "" {
				_, err := cdp.Call(h.service, c.Browser, target.CloseTarget, target.CloseTargetParams{TargetID: info.TargetID})
				closed = err == nil || closed
			}
		}
		return closed
	})
}

// settle gives a forbidden effect the time to show, and looks at the screen.
func (h *hall) settle(what string) {
	h.t.Helper()
	h.look(what, 4)
}

// look looks at the screen a number of times.
func (h *hall) look(what string, times int) {
	h.t.Helper()
	for range times {
		time.Sleep(75 * time.Millisecond)
		if wrong := h.inPlace(h.shot()); wrong != "" {
			h.keep(what)
			h.t.Errorf("%s: %s", what, wrong)
			return
		}
	}
}

// With no policy and no target guard, only the stage.
func TestHostilePageStaysInItsPlace(t *testing.T) {
	h := openHall(t, "")
	h.types("Plain typing, 123!")

	names := js[[]string](h, `[...document.querySelectorAll('button')].map(b => b.textContent)`)
	for i, name := range names {
		before := js[int](h, `done.length`)
		if err := h.hand.Click(h.rect.Min.X+60, h.rect.Min.Y+10+40+40*i+20); err != nil {
			t.Fatal(err)
		}
		h.eventually("the page tried "+name, func() bool { return js[int](h, `done.length`) > before })
		if name == "open" || name == "blank" {
			h.closeTabs() // inside the window: the target guard's
			h.eventually("the page is back", func() bool { return h.inPlace(h.shot()) == "" })
		}
		h.settle(name)
	}
	if h.stage.Refused() < 3 {
		t.Errorf("only %d windows were refused: the page did not try", h.stage.Refused())
	}
	if got := js[string](h, `[innerWidth, innerHeight, screenX, screenY].join()`); got != "816,690,440,90" {
		t.Errorf("the page is told that it is at %s", got)
	}
	h.types("It still works")

	// A list at the very edge stays inside, and can be chosen from.
	h.boxed = true
	if err := h.hand.Click(h.rect.Max.X-100, h.rect.Max.Y-26); err != nil {
		t.Fatal(err)
	}
	h.settle("a list")
	for _, key := range []string{"Down", "Down", "Return"} {
		if err := h.hand.Key(key); err != nil {
			t.Fatal(err)
		}
	}
	h.eventually("the third is chosen", func() bool { return js[string](h, `choice.value`) == "third" })
}

func TestKeysLeadNowhere(t *testing.T) {
	h := openHall(t, "")
	h.types("before")
	refused := h.stage.Refused()
	for _, key := range []string{
		"ctrl+n", "ctrl+o", "ctrl+s", "ctrl+p", "ctrl+shift+p", "shift+Escape", "ctrl+shift+n", "ctrl+t", "ctrl+shift+t", "ctrl+l", "ctrl+f", "ctrl+h", "ctrl+j",
		"ctrl+u", "ctrl+d", "ctrl+shift+i", "ctrl+shift+Delete", "ctrl+plus", "F1", "F3", "F5", "F6", "F7", "F10", "shift+F10", "F11", "F12", "Menu",
		"alt+F4", "alt+Home", "alt+Left", "alt+f", "alt+d", "ctrl+w", "ctrl+shift+w", "ctrl+q", "Escape",
	} {
		if err := h.hand.Key(key); err != nil {
			t.Fatal(err)
		}
		h.look(key, 1)
	}
	if err := h.hand.Hold("Escape", 2500*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	h.settle("Escape held down")
	h.settle("all keys")
	if n := h.stage.Refused() - refused; n != 0 {
		t.Errorf("%d windows were tried: keys reached the browser", n)
	}
	h.types("Plain typing, after: OK?")
	// What a person needs in a form still works.
	for _, key := range []string{"ctrl+a", "ctrl+x", "ctrl+v", "ctrl+v"} {
		if err := h.hand.Key(key); err != nil {
			t.Fatal(err)
		}
	}
	h.eventually("cut and paste work", func() bool { return js[string](h, `field.value`) == "Plain typing, after: OK?Plain typing, after: OK?" })
}

// Printing and message boxes hold the page up until they are answered, which is
// the target guard's; the stage keeps them off the companion.
func TestBoxesStayInside(t *testing.T) {
	for _, try := range []string{"print()", "alert('Your computer is infected')", "confirm('?')", "prompt('Password')"} {
		t.Run(strings.SplitN(try, "(", 2)[0], func(t *testing.T) {
			h := openHall(t, "")
			js[bool](h, `setTimeout(() => { `+try+`; done.push('back') }, 0), true`)
			h.boxed = true
			h.settle(try)
		})
	}
}

func TestConfinedChromium(t *testing.T) {
	h := openHall(t, `{"URLBlocklist": ["*", "chrome://*"], "URLAllowlist": [".service.example"]}`)
	for _, p := range h.cell.Protections() {
		switch p.Name {
		case "firewall":
			continue
		case "separate unix user":
			if os.Geteuid() != 0 {
				continue
			}
		case "browser sandbox":
		default:
			if l, _ := possibleLayers([]string{"/proc/self/exe", LauncherCommand}); l != h.cell.layers || !l.Network {
				continue
			}
		}
		if !p.On {
			t.Errorf("%s is off: %s", p.Name, p.Why)
		}
	}
	if h.cell.layers.Mounts {
		for _, url := range []string{"chrome://settings", "http://other.example/", "file:///etc/passwd"} {
			ctx, cancel := context.WithTimeout(h.service, patience)
			err := chromedp.Do(ctx, chromedp.Navigate(url))
			cancel()
			if err == nil || !strings.Contains(err.Error(), "ERR_BLOCKED_BY_ADMINISTRATOR") {
				t.Errorf("%s: %v, want the policy's refusal", url, err)
			}
		}
	}
	profile := h.cell.Profile()
	if _, err := os.Stat(profile); err == nil && h.cell.layers.Mounts {
		t.Errorf("the profile %s is seen outside", profile)
	}
	started := time.Now()
	if err := h.cell.Kill(); err != nil {
		t.Error(err)
	}
	t.Logf("all processes of the browser ended in %v", time.Since(started).Round(time.Millisecond))
	for _, p := range processes() {
		if h.cell.c.UID != 0 && p.uid == h.cell.c.UID && p.state != 'Z' {
			t.Errorf("process %d lives on: %q", p.pid, p.command)
		}
	}
}
