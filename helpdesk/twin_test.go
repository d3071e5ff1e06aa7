// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/evanw/esbuild/pkg/api"
)

var ownImport = regexp.MustCompile(`from "\./([\w-]+)"`)

// askTwin has Node run testdata/NAME_twin.mjs beside modules of the volunteer's page (ui/parts), gives it a question and reads its answer.
func askTwin(t *testing.T, name string, modules []string, question, answer any) {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not here; the page's half is not tried")
	}
	runner, err := os.ReadFile("testdata/" + name + "_twin.mjs")
	if err != nil {
		t.Fatal(err)
	}
	asked, err := json.Marshal(question)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"twin.mjs": runner, "question.json": asked}
	for _, module := range modules {
		source, err := os.ReadFile("../ui/parts/" + module + ".ts")
		if err != nil {
			t.Fatal(err)
		}
		plain := api.Transform(string(source), api.TransformOptions{Loader: api.LoaderTS, Format: api.FormatESModule, Target: api.ES2022})
		if len(plain.Errors) > 0 {
			t.Fatalf("%s.ts: %v", module, plain.Errors)
		}
		files[module+".mjs"] = ownImport.ReplaceAll(plain.Code, []byte(`from "./$1.mjs"`))
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, node, filepath.Join(dir, "twin.mjs"), filepath.Join(dir, "question.json"))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("node: %v\n%s", err, stderr.String())
	}
	if err := json.Unmarshal(out, answer); err != nil {
		t.Fatal(err)
	}
}
