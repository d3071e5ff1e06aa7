// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "handrail/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); decoder.More(); {
		var p listed
		if err := decoder.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	return all
}

// room is the top folder of a package of ours.
func room(path string) string {
	rest, ok := strings.CutPrefix(path, "handrail/")
	if !ok {
		return ""
	}
	top, _, _ := strings.Cut(rest, "/")
	return top
}

// Arrows go one way: leaf <- service <- agent <- cmd. A server imports its parent, kiosk, ui and the database.
func TestImportsGoOneWay(t *testing.T) {
	may := map[string][]string{
		"kiosk":        {"kiosk"},
		"peripherals":  {"peripherals"},
		"ui":           {"ui"},
		"database":     {"database"},
		"helpdesk":     {"helpdesk", "kiosk"},
		"provisioning": {"provisioning", "kiosk"},
		"agent":        {"agent", "kiosk", "peripherals", "ui", "helpdesk", "provisioning", "database"},
		"cmd":          {"agent", "kiosk", "peripherals", "ui", "helpdesk", "provisioning"},
	}
	servers := map[string]bool{"handrail/helpdesk/hub": true, "handrail/provisioning/server": true}
	packages := list(t)
	if len(packages) < 15 {
		t.Fatalf("only %d packages are listed", len(packages))
	}
	for _, p := range packages {
		allowed := may[room(p.ImportPath)]
		if allowed == nil {
			t.Errorf("%s is in no room of the layout", p.ImportPath)
		}
		if servers[p.ImportPath] {
			allowed = append(append([]string(nil), allowed...), "ui", "database")
		}
		for _, i := range p.Imports {
			from := room(i)
			if from == "" {
				continue
			}
			if !contains(allowed, from) {
				t.Errorf("%s may not import %s", p.ImportPath, i)
			}
			if servers[i] && room(p.ImportPath) != "cmd" {
				t.Errorf("%s imports the server %s; only cmd does", p.ImportPath, i)
			}
		}
	}
}

// Each third-party library has one door.
func TestLibrariesHaveOneDoor(t *testing.T) {
	doors := map[string][]string{
		"github.com/chromedp/":            {"handrail/kiosk/browser"},
		"github.com/jezek/xgb":            {"handrail/kiosk/stage"},
		"go.bug.st/serial":                {"handrail/peripherals/port"},
		"github.com/mattn/go-sqlite3":     {"handrail/database"},
		"github.com/gorilla/websocket":    {"handrail/helpdesk", "handrail/helpdesk/hub", "handrail/cmd/handrail"},
		"github.com/pion/":                {"handrail/helpdesk/hub"},
		"github.com/creack/pty":           {"handrail/peripherals/emulator"},
		"github.com/evanw/esbuild":        {"handrail/ui/build"},
		"github.com/go-text/typesetting/": {"handrail/peripherals/printer"},
		"github.com/google/jsonschema-go": {"handrail/kiosk"},
		"github.com/OpenPrinting/goipp":   {"handrail/peripherals/printer"},
		"github.com/jackc/pgx/":           {"handrail/database"},
		"github.com/go-webauthn/":         {"handrail/helpdesk/hub"},
		"github.com/caddyserver/":         {"handrail/cmd/handrail"},
		"github.com/nats-io/":             {"handrail/helpdesk/hub"},
		"github.com/prometheus/":          {"handrail/helpdesk/hub"},
	}
	for _, p := range list(t) {
		for _, i := range p.Imports {
			for library, through := range doors {
				if strings.HasPrefix(i, library) && !contains(through, p.ImportPath) {
					t.Errorf("%s imports %s, whose door is %s", p.ImportPath, i, strings.Join(through, ", "))
				}
			}
		}
	}
}

// Every source file names its licence, and no file names a place outside the project.
func TestSourcesSpeakForThemselves(t *testing.T) {
	out, err := exec.Command("git", "-C", "../..", "ls-files").Output()
	if err != nil {
		t.Skip("this is not a checkout with git")
	}
	for _, name := range strings.Fields(string(out)) {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			continue
		}
		text := string(data)
		switch filepath.Ext(name) {
		case ".go", ".ts", ".tsx", ".mjs", ".css", ".sh", ".sql":
			if !strings.Contains(text[:min(len(text), 200)], "SPDX-License-Identifier: Apache-2.0") {
				t.Errorf("%s does not name its licence", name)
			}
		}
		if filepath.Ext(name) == ".go" && strings.Contains(text, "chromedp.Default"+"ExecAllocatorOptions") {
			t.Errorf("%s uses chromedp's default options, which are for tests and switch protections off", name)
		}
		for _, word := range []string{"registry." + "npmjs", "proxy." + "golang", "deb." + "debian.org"} {
			if strings.Contains(text, word) {
				t.Errorf("%s names the package registry %s", name, word)
			}
		}
	}
}

func contains(list []string, s string) bool {
	for _, l := range list {
		if l == s {
			return true
		}
	}
	return false
}
