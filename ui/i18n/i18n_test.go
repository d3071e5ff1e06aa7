// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

type testCase struct {
	Lang string         `json:"lang"`
	Key  string         `json:"key"`
	Args map[string]any `json:"args"`
	Want string         `json:"want"`
}

func readCases(t *testing.T) (tables map[string]map[string]string, cases []testCase) {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Tables map[string]map[string]string `json:"tables"`
		Cases  []testCase                   `json:"cases"`
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber() // a number is written as it stands, as in the browser
	if err := decoder.Decode(&file); err != nil {
		t.Fatal(err)
	}
	return file.Tables, file.Cases
}

func TestT(t *testing.T) {
	tables, cases := readCases(t)
	c := &Catalogue{words: tables}
	for _, each := range cases {
		if got := c.T(each.Lang, each.Key, each.Args); got != each.Want {
			t.Errorf("T(%q, %q, %v) = %q, want %q", each.Lang, each.Key, each.Args, got, each.Want)
		}
	}
}

// The browser's side gives the same answers over the same table.
func TestTInTheBrowsersLanguage(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node here")
	}
	_, cases := readCases(t)
	dir := t.TempDir()
	result := api.Build(api.BuildOptions{EntryPoints: []string{"i18n.ts"}, Bundle: true, Write: true, Format: api.FormatESModule,
		Outfile: filepath.Join(dir, "i18n.mjs"), Target: api.ES2022})
	for _, m := range result.Errors {
		t.Fatalf("i18n.ts: %s", m.Text)
	}
	table, err := filepath.Abs("testdata/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	script := `import { catalogue } from "./i18n.mjs"; import { readFileSync } from "node:fs";
const { tables, cases } = JSON.parse(readFileSync(process.argv[2], "utf8")); const t = catalogue(tables);
console.log(JSON.stringify(cases.map((c) => t(c.lang, c.key, c.args))));`
	file := filepath.Join(dir, "run.mjs")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(node, file, table).Output()
	if err != nil {
		t.Fatalf("node: %v", err)
	}
	var got []string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, each := range cases {
		if got[i] != each.Want {
			t.Errorf("t(%q, %q, %v) = %q, want %q", each.Lang, each.Key, each.Args, got[i], each.Want)
		}
	}
}

func FuzzFill(f *testing.F) {
	f.Add("{{name}} is {{here", "Amina")
	f.Add("}}{{}}{{ }}", "")
	f.Fuzz(func(t *testing.T, s, name string) {
		fill(s, map[string]any{"name": name}) // must end, and not panic
	})
}

func TestPhrase(t *testing.T) {
	c, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := c.Phrase("ar-LB", "take-your-time"); !ok || got != "خذ وقتك." {
		t.Errorf("Phrase = %q, %v", got, ok)
	}
	if got, ok := c.Phrase("xx", "take-your-time"); !ok || got != "Take your time." {
		t.Errorf("Phrase in a language without it = %q, %v", got, ok)
	}
	if _, ok := c.Phrase("en", "no-such"); ok {
		t.Error("a phrase that does not exist was found")
	}
	if n := len(c.Phrases()); n < 30 {
		t.Errorf("%d phrases", n)
	}
}
