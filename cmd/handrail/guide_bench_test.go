// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"handrail/kiosk/browser"
)

// The pages that the weights of the engine were tuned on are booking, school and townhall; these it had not seen.
func TestGuideBenchOnPagesNotTunedOn(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if !browser.ScriptBuilt() {
		t.Fatal("the page's script is not built; run: make build")
	}
	server := httptest.NewServer(http.FileServer(http.Dir("../../kiosk/browser/testdata/pages")))
	defer server.Close()
	args := []string{"-json", "-mutations", "34", "-seed", "77"}
	for _, page := range []string{"portal", "tax", "licence"} {
		args = append(args, "-url", server.URL+"/"+page+".html")
	}
	var stdout, stderr bytes.Buffer
	status := guideBench(t.Context(), args, &stdout, &stderr)
	var report guideBenchReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("status %d, %v: %s", status, err, stderr.String())
	}
	f := report.Figures
	// The time is the machine's, and is not asserted here.
	if f["right"] < 0.95 || f["wrong"] > 0.001 || f["removed_pointed"] > 0.01 || f["translated_right"] < 0.9 {
		t.Errorf("the goals do not hold: %v", f)
	}
	if f["right"] <= f["baseline_right"] || f["wrong"] >= f["baseline_wrong"] {
		t.Errorf("not better than the recorder's list: %v", f)
	}
	if f["lookups"] < 4000 || f["removed"] != f["controls"] || f["page_ms_70"] <= 0 {
		t.Errorf("too little was measured: %v", f)
	}
	for _, note := range report.Notes {
		if !strings.HasPrefix(note, "The machine was busy") {
			t.Errorf("note: %q", note)
		}
	}
}

func TestGuideBenchRefuses(t *testing.T) {
	for _, test := range []struct{ args, says string }{
		{"", "name a page"},
		{"-url ftp://x", "http or https"},
		{"-url http://127.0.0.1:1/ -mutations 3", "from 17 to 2000"},
		{"http://127.0.0.1:1/", "give pages by -url"},
	} {
		var stdout, stderr bytes.Buffer
		if status := guideBench(t.Context(), strings.Fields(test.args), &stdout, &stderr); status != 2 || !strings.Contains(stderr.String(), test.says) {
			t.Errorf("%q: status %d, %q", test.args, status, stderr.String())
		}
	}
}

func TestGuideBenchSum(t *testing.T) {
	page := browser.Robust{Restored: true, Controls: 70, Removed: 70, RemovedPointed: 7, MS: []float64{3, 5, 4}, Kinds: map[string]browser.RobustTally{
		"ids":        {Lookups: 60, Right: 60, Sure: 50, BaselineRight: 30, BaselineWrong: 3},
		"translated": {Lookups: 40, Right: 20, Wrong: 1},
	}}
	r := guideBenchSum([]benchedPage{{"http://x/", page}})
	for name, want := range map[string]float64{"lookups": 100, "right": 0.8, "wrong": 0.01, "sure": 0.5, "translated_right": 0.5, "removed_pointed": 0.1, "page_ms_70": 4, "baseline_right": 0.3, "baseline_wrong": 0.03} {
		if r.Figures[name] != want {
			t.Errorf("%s is %v, want %v", name, r.Figures[name], want)
		}
	}
	if r.OK {
		t.Error("all is said to be well")
	}
	// Pages that the weights were tuned on are told, and are in no figure beside others.
	worse := page
	worse.RemovedPointed = 70
	mixed := guideBenchSum([]benchedPage{{"http://x/school.html?a=b", worse}, {"http://x/", page}})
	for _, name := range []string{"lookups", "right", "wrong", "removed", "removed_pointed", "page_ms_70"} {
		if mixed.Figures[name] != r.Figures[name] {
			t.Errorf("%s is %v with a page that was tuned on, %v without", name, mixed.Figures[name], r.Figures[name])
		}
	}
	if mixed.Figures["tuned_pages"] != 1 || !mixed.Rows[0].Tuned || mixed.Rows[1].Tuned || len(mixed.Notes) != 1 {
		t.Errorf("nothing is said of the page that was tuned on: %+v", mixed)
	}
	small := page
	small.Controls = 10
	if f := guideBenchSum([]benchedPage{{"http://x/", page}, {"http://y/", small}}).Figures; f["page_ms_70"] != 4 {
		t.Errorf("a small page made a large one cheaper: %v", f["page_ms_70"])
	}
	if empty := guideBenchSum(nil); empty.OK {
		t.Error("nothing was measured, and all is said to be well")
	}
}

// The pages behind the first are measured on the way through the form.
func TestGuideBenchOnTheWay(t *testing.T) {
	const service = "../../e-service/hmpo"
	if testing.Short() {
		t.Skip("starts a browser and a service")
	}
	if _, err := os.Stat(service + "/node_modules"); err != nil {
		t.Skip("the service is not installed: make judges")
	}
	var stdout, stderr bytes.Buffer
	status := guideBench(t.Context(), []string{"-json", "-mutations", "17", "-seed", "3", "-guide", "../../kiosk/guides/hmpo-branching", "-e-service", service}, &stdout, &stderr)
	var report guideBenchReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("status %d, %v: %s", status, err, stderr.String())
	}
	var pages []string
	for _, row := range report.Rows {
		if row.URL != "" {
			pages = append(pages, row.URL)
		}
	}
	if got, want := strings.Join(pages, " "), "hmpo-branching/start hmpo-branching/choose-direction hmpo-branching/left-branch hmpo-branching/done"; got != want {
		t.Errorf("measured %s, want %s; %s", got, want, stderr.String())
	}
	f := report.Figures
	if f["kinds"] != 17 || f["right"] < 0.95 || f["wrong"] > 0.001 || f["removed_pointed"] > 0.01 || f["translated_right"] < 0.9 {
		t.Errorf("the goals do not hold: %v", f)
	}
}
