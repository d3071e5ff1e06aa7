// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"handrail/kiosk/browser"
	"handrail/ui"
)

func TestBenchRow(t *testing.T) {
	for _, c := range []struct {
		name       string
		ours, peer []float64
		goal       float64
		want       benchRow
	}{
		{"holds", []float64{3, 1, 2}, []float64{40, 20}, 0.1, benchRow{Ours: 2, Peer: 30, Ratio: 0.067, Goal: 0.1, Holds: true}},
		{"just holds", []float64{1}, []float64{1}, 1, benchRow{Ours: 1, Peer: 1, Ratio: 1, Goal: 1, Holds: true}},
		{"does not", []float64{2}, []float64{1}, 1, benchRow{Ours: 2, Peer: 1, Ratio: 2, Goal: 1}},
		{"no peer", []float64{2}, nil, 1, benchRow{Ours: 2, Goal: 1}},
		{"nothing of ours", nil, []float64{2}, 1, benchRow{Peer: 2, Goal: 1}},
	} {
		c.want.Name, c.want.Unit, c.want.PeerName = "n", "ms", "p"
		if diff := cmp.Diff(c.want, newBenchRow("n", "ms", "p", c.ours, c.peer, c.goal)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// What -json prints and what -out writes are read by others: their shapes stand.
func TestBenchShapes(t *testing.T) {
	out := filepath.Join(t.TempDir(), "bench.json")
	b := &benchRun{report: benchReport{OK: true, Figures: map[string]float64{}, Rows: []benchRow{}, Notes: []string{}}}
	b.o.out, b.o.json = out, true
	b.add("clean-page", "ms", "a peer", []float64{2, 1, 3}, []float64{100}, 0.05)
	b.add("walk", "ms", "another", []float64{200}, []float64{100}, 1)
	var text bytes.Buffer
	if err := b.write(&text); err != nil {
		t.Fatal(err)
	}
	const rows = `{"name":"clean-page","ours":2,"peer":100,"peer_name":"a peer","unit":"ms","ratio":0.02,"goal":0.05,"holds":true}`
	want := `{"ok":true,"figures":{"clean_page_max":3,"clean_page_min":1,"clean_page_peer_max":100,"clean_page_peer_min":100,"clean_page_peer_runs":1,"clean_page_runs":3,` +
		`"walk_max":200,"walk_min":200,"walk_peer_max":100,"walk_peer_min":100,"walk_peer_runs":1,"walk_runs":1},"rows":[` + rows +
		`,{"name":"walk","ours":200,"peer":100,"peer_name":"another","unit":"ms","ratio":2,"goal":1,"holds":false}],"notes":[]}` + "\n"
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Error(diff)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var kept []benchRow
	if err := json.Unmarshal(data, &kept); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.report.Rows, kept); diff != "" {
		t.Error(diff)
	}
	text.Reset()
	b.report.Notes = []string{"A note."}
	if err := b.report.print(&text); err != nil {
		t.Fatal(err)
	}
	table := `
name        ours  peer  unit  ratio  goal     holds  n  peer is
clean-page  2.0   100   ms    0.020  <= 0.05  yes    3  a peer
walk        200   100   ms    2.000  <= 1     NO     1  another

A note.
`
	if diff := cmp.Diff(table, text.String()); diff != "" {
		t.Error(diff)
	}
}

func TestBenchAsked(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"-help"}, 0, "usage: handrail bench"},
		{[]string{"walk", "-runs", "0"}, 2, "a number from 1 to 50"},
		{[]string{"walk", "wlak"}, 2, `there is no "wlak"; there are outline-bytes, help-latency, clean-page`},
		{[]string{"-nonsense"}, 2, "-nonsense"},
	} {
		var stderr bytes.Buffer
		if status := benchCommand(t.Context(), c.args, io.Discard, &stderr); status != c.status || !strings.Contains(stderr.String(), c.says) {
			t.Errorf("bench %q: status %d, %s", c.args, status, stderr.String())
		}
	}
	flags := flag.NewFlagSet("x", flag.ContinueOnError)
	runs := flags.Int("runs", 5, "")
	names, err := parseMixed(flags, []string{"a", "-runs", "3", "b"})
	if err != nil || *runs != 3 || cmp.Diff([]string{"a", "b"}, names) != "" {
		t.Errorf("%v, %d, %v", names, *runs, err)
	}
}

func TestSettledAt(t *testing.T) {
	begin := time.Now()
	at := func(ms int, mark bool, shade byte) sight {
		return sight{at: begin.Add(time.Duration(ms) * time.Millisecond), mark: mark, pixels: bytes.Repeat([]byte{shade}, 300), w: 10, h: 10}
	}
	for _, c := range []struct {
		name   string
		sights []sight
		want   int // ms; -1 never
	}{
		{"nothing seen", nil, -1},
		{"the old one still", []sight{at(10, false, 1), at(20, false, 1)}, -1},
		{"the same picture before it was ours", []sight{at(10, false, 90), at(20, true, 90), at(30, true, 90)}, 20},
		{"over another picture", []sight{at(10, false, 1), at(20, true, 50), at(30, true, 90), at(40, true, 90)}, 30},
		{"there, away, there again", []sight{at(10, true, 90), at(20, true, 50), at(30, true, 90)}, 30},
		{"rounding is no change", []sight{at(10, true, 88), at(20, true, 90)}, 10},
	} {
		got := -1
		if when, ok := settledAt(c.sights, sameScreen); ok {
			got = int(when.Sub(begin) / time.Millisecond)
		}
		if got != c.want {
			t.Errorf("%s: %d ms, want %d", c.name, got, c.want)
		}
	}
	if d := at(0, true, 1).differs(sight{pixels: []byte{1, 1, 1}}); d != 1 {
		t.Errorf("a picture of another size differs by %v", d)
	}
}

func TestThin(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 10, 3))
	for x := range 10 {
		img.Set(x, 0, color.RGBA{1, 2, 3, 255})
	}
	s := thin(img)
	if s.w != 4 || s.h != 3 || len(s.pixels) != 3*4*3 {
		t.Fatalf("%d x %d, %d bytes", s.w, s.h, len(s.pixels))
	}
	if !bytes.Equal(s.pixels[:3], []byte{1, 2, 3}) || s.pixels[3*4] != 0 {
		t.Errorf("not the pixels of the picture: %v", s.pixels)
	}
}

func TestPictureViewer(t *testing.T) {
	picture := func(change func(m *image.Gray)) []byte {
		m := image.NewGray(image.Rect(0, 0, 200, 100))
		for i := range m.Pix {
			m.Pix[i] = 240
		}
		change(m)
		var data bytes.Buffer
		if err := jpeg.Encode(&data, m, &jpeg.Options{Quality: pictureQuality}); err != nil {
			t.Fatal(err)
		}
		return data.Bytes()
	}
	line := func(x int) func(m *image.Gray) {
		return func(m *image.Gray) {
			for y := range 100 {
				m.SetGray(x, y, color.Gray{0})
			}
		}
	}
	v := &pictureViewer{}
	v.see([]byte("no picture at all"))
	v.see(picture(func(*image.Gray) {}))
	changed := v.await(browser.Box{X: 20, Y: 20, W: 40, H: 40})
	v.see(picture(line(150)))
	select {
	case <-changed:
		t.Error("a change elsewhere counts")
	default:
	}
	v.see(picture(line(30)))
	select {
	case <-changed:
	default:
		t.Error("a change at the place does not count")
	}
	v.see(picture(line(40))) // nobody waits any more
}

// The walk of both sides, once, as the command does it.
func TestBenchWalk(t *testing.T) {
	if testing.Short() {
		t.Skip("starts browsers")
	}
	const service = "../../e-service"
	if _, err := os.Stat(filepath.Join(service, "node_modules", "playwright-core")); err != nil || !ui.Built() || !browser.ScriptBuilt() {
		t.Skip("needs the e-service's packages and the built screens: make build")
	}
	dir := filepath.Join(t.TempDir(), "bench")
	var stdout, stderr bytes.Buffer
	status := benchCommand(t.Context(), []string{"-json", "-runs", "1", "-dir", dir, "-e-service", service, "walk"}, &stdout, &stderr)
	var report benchReport
	if err := json.Unmarshal(stdout.Bytes(), &report); err != nil {
		t.Fatalf("%v: %s%s", err, stdout.String(), stderr.String())
	}
	// How fast it was is the benchmark's to say; here both have to arrive.
	if len(report.Rows) != 1 || report.Rows[0].Ours <= 0 || report.Rows[0].Peer <= 0 || report.Figures["walk_pages"] != 8 || report.Figures["walk_steps"] < 15 {
		t.Errorf("%+v, %s", report, stderr.String())
	}
	if (status == 0) != report.OK {
		t.Errorf("status %d where ok is %v", status, report.OK)
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("its folder is still there")
	}
}

// Benches of their own add their rows to the file, and take the place of those they wrote before.
func TestRowsAreAdded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "bench.json")
	for _, rows := range [][]benchRow{{{Name: "a", Ours: 1}, {Name: "b", Ours: 2}}, {{Name: "b", Ours: 3}, {Name: "c", Ours: 4}}} {
		if err := addRows(file, rows); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []benchRow
	if err := json.Unmarshal(data, &rows); err != nil || len(rows) != 3 || rows[0].Ours != 1 || rows[1].Ours != 3 || rows[2].Name != "c" {
		t.Fatalf("%v %s", err, data)
	}
	if err := os.WriteFile(file, []byte("no rows"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := addRows(file, rows); err == nil {
		t.Error("a file of something else was overwritten")
	}
}
