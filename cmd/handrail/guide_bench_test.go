// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
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
	if len(report.Notes) != 0 {
		t.Errorf("notes: %q", report.Notes)
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
	page := browser.Robust{Controls: 70, Removed: 70, RemovedPointed: 7, MS: []float64{3, 5, 4}, Kinds: map[string]browser.RobustTally{
		"ids":        {Lookups: 60, Right: 60, Sure: 50, BaselineRight: 30, BaselineWrong: 3},
		"translated": {Lookups: 40, Right: 20, Wrong: 1},
	}}
	r := guideBenchSum([]string{"http://x/"}, []browser.Robust{page})
	for name, want := range map[string]float64{"lookups": 100, "right": 0.8, "wrong": 0.01, "sure": 0.5, "translated_right": 0.5, "removed_pointed": 0.1, "page_ms_70": 4, "baseline_right": 0.3, "baseline_wrong": 0.03} {
		if r.Figures[name] != want {
			t.Errorf("%s is %v, want %v", name, r.Figures[name], want)
		}
	}
	if r.OK {
		t.Error("all is said to be well")
	}
	if empty := guideBenchSum(nil, nil); empty.OK {
		t.Error("nothing was measured, and all is said to be well")
	}
}
