// SPDX-License-Identifier: Apache-2.0

package citizen

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/evanw/esbuild/pkg/api"

	"handrail/ui"
)

const chromium = "/usr/lib/chromium/chromium"

// bundle builds the gallery the way ui/build does, into a folder of the test's own.
func bundle(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	result := api.Build(api.BuildOptions{
		EntryPointsAdvanced: []api.EntryPoint{{InputPath: "gallery.tsx", OutputPath: "gallery"}},
		Bundle:              true, Write: true, Outdir: dir, Format: api.FormatESModule, Target: api.ES2022,
		JSX: api.JSXAutomatic, JSXImportSource: "preact", NodePaths: []string{"../node_modules"}, AssetNames: "fonts/[name]",
		Loader: map[string]api.Loader{".woff2": api.LoaderFile, ".woff": api.LoaderEmpty},
	})
	reader := api.Build(api.BuildOptions{EntryPoints: []string{"pdf.ts"}, Bundle: true, Write: true, Outfile: filepath.Join(dir, "citizen-pdf.js"),
		Format: api.FormatESModule, Target: api.ES2022, NodePaths: []string{"../node_modules"}})
	for _, m := range append(result.Errors, reader.Errors...) {
		t.Errorf("build: %s", m.Text)
	}
	if sheets, err := os.ReadFile("testdata/sample.pdf"); err != nil || os.WriteFile(filepath.Join(dir, "sample.pdf"), sheets, 0o600) != nil {
		t.Fatalf("the sample of sheets: %v", err)
	}
	page := `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="gallery.css"></head>` +
		`<body><div id="app"></div><script type="module" src="gallery.js"></script></body></html>`
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// open starts a Chromium on the built gallery and gives its address.
func open(t *testing.T) (context.Context, string) {
	t.Helper()
	if testing.Short() {
		t.Skip("needs Chromium")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("no Chromium here")
	}
	if _, err := os.Stat("../node_modules/preact"); err != nil {
		t.Skip("the page's libraries are not installed: npm ci in ui")
	}
	files := http.FileServer(http.Dir(bundle(t)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", ui.CSP)
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(chromium), chromedp.Headless, chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-gpu", true), chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("autoplay-policy", "no-user-gesture-required"), chromedp.Flag("disable-background-networking", true), chromedp.Flag("force-color-profile", "srgb"),
	}
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // our own pages only
	}
	ctx, cancel := context.WithTimeout(context.Background(), 12*time.Minute)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		if err := chromedp.Cancel(ctx); err != nil {
			t.Logf("ending Chromium: %v", err)
		}
		cancel()
	})
	return ctx, server.URL
}

// sight is what look.js finds on a screen.
type sight struct {
	Problems []string              `json:"problems"`
	Controls map[string][4]float64 `json:"controls"`
	Rails    int                   `json:"rails"`
	RailEnd  [2]float64            `json:"railEnd"`
	Branch   []float64             `json:"branchEnd"`
	Knobs    int                   `json:"knobs"`
	Words    string                `json:"words"`
}

func look(ctx context.Context, url string) (sight, error) {
	var s sight
	script, err := os.ReadFile("testdata/look.js")
	if err != nil {
		return s, err
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(url)); err != nil {
		return s, err
	}
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(script), chromedp.EvalAwaitPromise))
	if err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(raw), &s)
}

func TestEveryScreen(t *testing.T) {
	ctx, base := open(t)
	shots := os.Getenv("HANDRAIL_SHOTS")
	only := os.Getenv("HANDRAIL_SCREENS") // names, divided by commas
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 800), chromedp.Navigate(base+"/?names")); err != nil {
		t.Fatal(err)
	}
	names, err := chromedp.Run(ctx, chromedp.Evaluate[[]string]("[...document.querySelectorAll('li,a')].map(a => a.dataset.name).filter(Boolean)"))
	if err != nil {
		t.Fatal(err)
	}
	if len(names) < 30 {
		t.Fatalf("the gallery has %d screens", len(names))
	}
	for _, mode := range strings.Split(modes(), ",") {
		controls := map[string]map[string][4]float64{}
		width, height := int64(1280), int64(800)
		if mode == "portrait" {
			width, height = height, width
		}
		if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, height)); err != nil {
			t.Fatal(err)
		}
		for _, lang := range languages(mode) {
			for _, name := range names {
				if only != "" && !strings.Contains(","+only+",", ","+name+",") {
					continue
				}
				t.Run(strings.Trim(mode+"/"+lang+"/"+name, "/"), func(t *testing.T) {
					s, err := look(ctx, fmt.Sprintf("%s/?view=%s&lang=%s&%s", base, name, lang, mode))
					if err != nil {
						t.Fatal(err)
					}
					if shots != "" {
						shoot(t, ctx, filepath.Join(shots, fmt.Sprintf("%s-%s%s.png", name, lang, mode)))
					}
					for _, p := range s.Problems {
						t.Error(p)
					}
					if controls[lang] == nil {
						controls[lang] = s.Controls
					}
					for control, box := range s.Controls {
						if was := controls[lang][control]; was != box {
							t.Errorf("control %s is at %v, elsewhere at %v", control, box, was)
						}
					}
					if strings.HasPrefix(name, "keyboard") { // the rail goes round it, with the knobs of three steps
						if s.Branch == nil || !slices.Contains(map[bool][]float64{false: {660, 620}, true: {500, 780}}[mode == "large"], s.Branch[0]) || s.Branch[1] < 160 || s.Branch[1] > 200 || s.Knobs != 3 {
							t.Errorf("the branch leaves the companion at %v, with %d knobs", s.Branch, s.Knobs)
						}
					} else if s.Branch != nil && (s.Branch[0] != 816 && s.Branch[0] != 464 || s.Branch[1] < 300) && mode != "large" {
						t.Errorf("the branch leaves the companion at %v", s.Branch)
					}
					if !strings.HasPrefix(name, "keyboard") && s.Knobs != 0 && s.Knobs != 6 && s.Knobs != 7 {
						t.Errorf("%d knobs", s.Knobs)
					}
					help := s.Controls["help"]
					if s.Rails != 1 {
						t.Errorf("%d rails", s.Rails)
					}
					if x, y := s.RailEnd[0], s.RailEnd[1]; x <= help[0] || x >= help[0]+help[2] || y <= help[1] || y >= help[1]+help[3] {
						t.Errorf("the rail ends at %v, which is not inside Help %v", s.RailEnd, help)
					}
				})
			}
		}
	}
}

// languages are all that there are in the plain mode. In the others it is English and Arabic, or those of HANDRAIL_LANGS.
func languages(mode string) []string {
	if l := os.Getenv("HANDRAIL_LANGS"); l != "" {
		return strings.Split(l, ",")
	}
	if mode == "" {
		return []string{"en", "fr", "de", "ar", "uk", "pt"}
	}
	return []string{"en", "ar"}
}

// modes are the ways a screen can look. Upright screens are looked at by hand.
func modes() string {
	if m := os.Getenv("HANDRAIL_MODES"); m != "" {
		return m
	}
	return ",contrast,large"
}

func shoot(t *testing.T, ctx context.Context, file string) {
	t.Helper()
	data, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
