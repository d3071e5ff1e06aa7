// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"handrail/kiosk/browser"
	"handrail/kiosk/stage"
)

func screens(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("opens the screens")
	}
	if !browser.ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
}

// Without the service every page of a guide with nearly all kinds of control is recognised beside its stand-in, and pictured.
func TestPreviewWithoutTheService(t *testing.T) {
	screens(t)
	out := t.TempDir()
	status, report, rows := author(t, "preview", "../../kiosk/guides/defra-components", "-offline", "-lang", "en", "-out", out)
	steps := 1 // the list of what is needed
	g, _, err := loadDraft("../../kiosk/guides/defra-components")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range g.Pages {
		steps += max(1, len(p.Steps))
	}
	if status != 0 || len(rows) != steps || report.Figures["live"] != 0 {
		t.Errorf("status %d, %d pictures of %d steps, %v", status, len(rows), steps, report.Notes)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		if sight := row["sight"]; sight != nil && sight != "sure" {
			t.Errorf("%v/%v: %v", row["page"], row["step"], sight)
		}
		seen[picture(t, row["file"].(string))] = true
	}
	if len(seen) < steps-1 {
		t.Errorf("%d of %d pictures differ", len(seen), steps)
	}
}

// picture reads a picture and gives something by which two are told apart.
func picture(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	image, err := png.Decode(strings.NewReader(string(data)))
	if err != nil || image.Bounds().Dx() != 1280 || image.Bounds().Dy() != 800 {
		t.Fatalf("%s: %v", file, err)
	}
	return string(data)
}

// A script touches the real keys, in a draft that has texts to write and whose service does not answer.
func TestPreviewByScript(t *testing.T) {
	screens(t)
	dir := filepath.Join(t.TempDir(), "hmpo-basic")
	if err := os.CopyFS(dir, os.DirFS("../../kiosk/guides/hmpo-basic")); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "guide.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	draft := strings.NewReplacer("{en: Write your name}", `{en: ""}`, "http://127.0.0.1:3010", "http://127.0.0.1:9").Replace(string(data))
	if err := os.WriteFile(filepath.Join(dir, "guide.yaml"), []byte(draft), 0o600); err != nil {
		t.Fatal(err)
	}
	script, out := filepath.Join(t.TempDir(), "look.yaml"), t.TempDir()
	lines := "steps:\n  - page: readiness\n    language: en\n  - shot: list\n  - language: ar\n  - shot: list-arabic\n  - page: your-name\n    step: name\n    language: en\n    level: guide-me\n  - shot: name\n  - touch: why\n  - shot: why\n  - language: ar\n  - shot: arabic\n" +
		"  - page: your-age\n    step: age\n    error: empty\n  - shot: refused\n" +
		"  - page: readiness\n    language: en\n  - touch: begin\n  - shot: asked\n  - page: submit\n  - shot: submit\n"
	if err := os.WriteFile(script, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	status, report, rows := author(t, "preview", dir, "-script", script, "-out", out)
	if status != 0 || len(rows) != 8 || report.Figures["left_to_write"] == 0 {
		t.Fatalf("status %d, %+v", status, report)
	}
	notes := strings.Join(report.Notes, "\n")
	for _, want := range []string{"does not answer at http://127.0.0.1:9", "left to write"} {
		if !strings.Contains(notes, want) {
			t.Errorf("nothing says %q: %s", want, notes)
		}
	}
	if rows[0]["page"] != "readiness" || rows[1]["lang"] != "ar" || rows[2]["step"] != "name" || rows[4]["lang"] != "ar" || rows[5]["error"] != "empty" || rows[6]["page"] != "readiness" || rows[7]["page"] != "submit" {
		t.Errorf("%v", rows)
	}
	seen := map[string]bool{}
	for _, row := range rows {
		seen[picture(t, row["file"].(string))] = true
	}
	if len(seen) != 8 {
		t.Errorf("%d of 8 pictures differ", len(seen))
	}
}

// On a screen of their own an author sees the citizen's screens, chooses on the page or writes lines, and sees what comes of it.
func TestPreviewInAWindow(t *testing.T) {
	screens(t)
	dir, err := os.MkdirTemp("", "author")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	display, err := stage.StartDisplay(t.Context(), stage.DisplayOptions{Dir: filepath.Join(dir, "display"), Width: 1000, Height: 760})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { display.Close() })
	program, err := handrail()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "guide", "preview", "../../kiosk/guides/hmpo-basic", "-offline", "-page", "readiness", "-level", "guide-me", "-lang", "en,ar")
	cmd.Env = append(os.Environ(), "DISPLAY="+display.Name(), "XAUTHORITY="+display.Authority())
	var complaints strings.Builder
	cmd.Stderr = &complaints
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 100)
	ended := make(chan error, 1)
	go func() {
		for scanner := bufio.NewScanner(stdout); scanner.Scan(); {
			lines <- scanner.Text()
		}
		close(lines)
		ended <- cmd.Wait()
	}()
	end := sync.OnceValue(func() error {
		stdin.Close()
		limit := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
		defer limit.Stop()
		return <-ended
	})
	t.Cleanup(func() { end() })
	link := ""
	for line := range lines {
		var ok bool
		if link, ok = strings.CutPrefix(line, "The screens: "); ok {
			break
		}
	}
	if link == "" {
		t.Fatalf("it ended with %v: %s", end(), complaints.String())
	}

	// What is painted on the author's screen: the companion is paper, and the service's page beside it is white.
	seen := func(what string, ok func(left, right float64) bool) {
		t.Helper()
		left, right := 0., 0.
		for deadline := time.Now().Add(90 * time.Second); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
			shot, err := stage.Screenshot(display.Name(), display.Authority())
			if err != nil {
				t.Fatal(err)
			}
			if left, right = white(shot, image.Rect(0, 250, 500, 700)), white(shot, image.Rect(500, 250, 1000, 700)); ok(left, right) {
				return
			}
		}
		t.Fatalf("did not come: %s; white is %.2f of the left and %.2f of the right", what, left, right)
	}
	seen("the list", func(left, right float64) bool { return left < 0.2 && right > 0.05 && right < 0.6 })
	fmt.Fprintln(stdin, "page your-name name")
	seen("a page with the companion at its right", func(left, right float64) bool { return left > 0.6 && right < 0.5 })

	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar, Timeout: 2 * time.Minute, Transport: &http.Transport{DisableKeepAlives: true}}
	choose := func(what, value string) int {
		t.Helper()
		base, _, _ := strings.Cut(link, "?")
		response, err := client.Post(base+"do", "application/json", strings.NewReader(fmt.Sprintf(`{"do":%q,"name":%q}`, what, value)))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if response, err := client.Get(link); err != nil || response.StatusCode != http.StatusOK {
		t.Fatal(response, err)
	} else {
		response.Body.Close()
	}
	if status := choose("language", "ar"); status != http.StatusNoContent {
		t.Errorf("Arabic was answered %d", status)
	}
	seen("the companion at the left, as Arabic is read", func(left, right float64) bool { return left < 0.5 && right > 0.6 })
	for what, value := range map[string]string{"language": "xx", "level": "alone", "page": "nowhere"} {
		if status := choose(what, value); status != http.StatusConflict {
			t.Errorf("%s %s was answered %d", what, value, status)
		}
	}
	if status := choose("page", "readiness"); status != http.StatusNoContent {
		t.Errorf("the list was answered %d", status)
	}
	seen("the list in Arabic", func(left, right float64) bool { return right < 0.2 && left > 0.05 && left < 0.6 })
	fmt.Fprintln(stdin, "quit")
	if err := end(); err != nil {
		t.Errorf("it ended with %v: %s", err, complaints.String())
	}
}

// white is how much of a part of a picture is white.
func white(picture image.Image, part image.Rectangle) float64 {
	n := 0
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			if r, g, b, _ := picture.At(x, y).RGBA(); r>>8 == 0xFF && g>>8 == 0xFF && b>>8 == 0xFF {
				n++
			}
		}
	}
	return float64(n) / float64(part.Dx()*part.Dy())
}
