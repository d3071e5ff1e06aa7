// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

const benchOutlineUsage = `usage: handrail bench outline [-json] [-seconds N] [-runs N] [-peers FOLDER] [-out FILE]

Measures what a helper receives of a page in a call, beside rrweb with its masks on, of the same page in the same run: bytes of
the first sight, kbit/s while a person types, scrolls, reads and touches, ms from a touch until what it changed has come through
a relay and is understood (the two sides taking turns), and how many of a person's words, planted in every place that a page has,
could be found in it. The exit status is 0 when none was
found in ours and all was measured.

options:
`

// onlookBench is one run of it.
type onlookBench struct {
	ctx     context.Context
	visitor *browser.Visitor
	page    *canaryPage
	guide   *kiosk.Guide
	seconds int
	runs    int
	rrweb   string
	report  benchReport
}

func benchOutline(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bench outline", flag.ContinueOnError)
	flags.SetOutput(stderr)
	asJSON := flags.Bool("json", false, "print one JSON object")
	seconds := flags.Int("seconds", 30, "`seconds` of browsing on each side, from 5 to 600")
	runs := flags.Int("runs", 30, "`touches` on each side, from 3 to 200")
	out := flags.String("out", "", "put the rows, as JSON, into this `file` too, with those that it has")
	peers := flags.String("peers", peersFolder, "`folder` with rrweb installed")
	flags.Usage = func() { fmt.Fprint(flags.Output(), benchOutlineUsage); flags.PrintDefaults() }
	names, err := parseMixed(flags, args)
	if err != nil {
		return parseStatus(err)
	}
	if len(names) > 0 || *seconds < 5 || *seconds > 600 || *runs < 3 || *runs > 200 {
		fmt.Fprint(stderr, "handrail bench outline: it takes no names, and numbers within their bounds\n\n"+benchOutlineUsage)
		return 2
	}
	b := &onlookBench{ctx: ctx, seconds: *seconds, runs: *runs, report: benchReport{Figures: map[string]float64{"load_before": load()}, Rows: []benchRow{}, Notes: []string{}}}
	bundle, err := os.ReadFile(filepath.Join(*peers, "node_modules", "rrweb", "dist", "rrweb.umd.min.cjs"))
	if err != nil {
		b.report.Notes = append(b.report.Notes, "rrweb is not installed, so there is nothing to compare with: make judges")
	}
	b.rrweb = string(bundle)
	err = b.run()
	b.report.OK = err == nil && b.report.Figures["leaks"] == 0
	if err != nil {
		b.report.Notes = append(b.report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail bench outline:", err)
	}
	if *out != "" {
		if err := addRows(*out, b.report.Rows); err != nil {
			fmt.Fprintln(stderr, "handrail bench outline:", err)
			return 1
		}
	}
	writer := &benchRun{report: b.report}
	writer.o.json = *asJSON
	if !*asJSON {
		for _, name := range []string{"first_bytes", "kbit_s", "latency_ms", "latency_ratio", "page_ms", "canaries", "leaks", "peer_leaks"} {
			fmt.Fprintf(stdout, "%-14s %s\n", name, tidy(b.report.Figures[name]))
		}
	}
	if err := writer.write(stdout); err != nil || !b.report.OK {
		return 1
	}
	return 0
}

func (b *onlookBench) run() (err error) {
	if b.visitor, err = browser.OpenVisitor(b.ctx, browser.VisitorOptions{Width: 816, Height: 688}); err != nil {
		return err
	}
	defer b.visitor.Close()
	hunt, err := huntCanaries(b.ctx, b.visitor, 3*time.Second)
	if err != nil {
		return err
	}
	b.report.Figures["canaries"], b.report.Figures["leaks"], b.report.Figures["public_texts"] = float64(hunt.Canaries), float64(len(hunt.Leaks)), float64(hunt.Public)
	for _, leak := range hunt.Leaks {
		b.report.Notes = append(b.report.Notes, "a helper can tell: "+leak)
	}
	if b.page, err = serveCanaries(); err != nil {
		return err
	}
	defer b.page.close()
	if b.guide, err = canaryGuide(b.ctx, b.visitor, b.page); err != nil {
		return err
	}
	ours, err := b.openOurs()
	if err != nil {
		return fmt.Errorf("ours: %w", err)
	}
	defer ours.close()
	f := b.report.Figures
	if b.rrweb == "" {
		if ours.latency, err = b.touches(ours); err != nil {
			return fmt.Errorf("ours: %w", err)
		}
		f["first_bytes"], f["kbit_s"], f["latency_ms"] = ours.first, round3(ours.kbit), round3(median(ours.latency))
		f["page_ms"], err = b.cost()
		return err
	}
	peer, err := b.openPeer()
	if err != nil {
		return fmt.Errorf("rrweb: %w", err)
	}
	defer peer.close()
	for _, side := range slices.Repeat([]*onlookSide{ours, peer}, turns) {
		ms, err := b.touches(side)
		if err != nil {
			return fmt.Errorf("%s: %w", side.name, err)
		}
		side.latency = append(side.latency, ms...)
	}
	f["first_bytes"], f["kbit_s"], f["latency_ms"] = ours.first, round3(ours.kbit), round3(median(ours.latency))
	if f["page_ms"], err = b.cost(); err != nil {
		return fmt.Errorf("cost: %w", err)
	}
	f["peer_first_bytes"], f["peer_kbit_s"], f["peer_latency_ms"], f["peer_leaks"] = peer.first, round3(peer.kbit), round3(median(peer.latency)), float64(peer.leaks())
	if f["peer_latency_ms"] > 0 {
		f["latency_ratio"] = round3(f["latency_ms"] / f["peer_latency_ms"])
	}
	b.report.Rows = append(b.report.Rows,
		newBenchRow("outline-first", "bytes", "rrweb's snapshot, deflated", []float64{ours.first}, []float64{peer.first}, 0.5),
		newBenchRow("outline-browsing", "kbit/s", fmt.Sprintf("the goal itself; rrweb's events, deflated in one stream, not sealed: %.1f", peer.kbit), []float64{ours.kbit}, []float64{4.8}, 1),
		newBenchRow("outline-page", "ms", "the goal itself, of a page with 600 elements", []float64{f["page_ms"]}, []float64{8}, 1),
		newBenchRow("outline-latency", "ms", "rrweb's event through the same relay, parsed, not sealed", ours.latency, peer.latency, 1))
	for _, name := range []string{"outline_first", "outline_browsing", "outline_page"} {
		f[name+"_runs"] = 1
	}
	f["outline_latency_runs"] = float64(len(ours.latency))
	return nil
}

// turns is how often the two sides change places.
const turns = 3

// onlookSide is one side: a tab of the page, what was received of it, and what was measured.
type onlookSide struct {
	name        string
	tab         *browser.Onlooker
	received    *received
	first, kbit float64
	latency     []float64 // ms
	leaks       func() int
	close       func()
}

// received counts what a side receives; ours and the peer's differ only in this.
type received struct {
	mu    sync.Mutex
	bytes int
	last  time.Time // when the last change of the page came
	n     int       // changes of the page
	wake  chan struct{}
}

// add counts what came; changed: it tells that the page has become another, not only what the person does.
func (r *received) add(bytes int, at time.Time, changed bool) {
	r.mu.Lock()
	r.bytes += bytes
	if changed {
		r.last, r.n = at, r.n+1
	}
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

func (r *received) read() (bytes, n int, last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.bytes, r.n, r.last
}

// quiet waits until nothing came for a while.
func (r *received) quiet(ctx context.Context) error {
	for limit := time.Now().Add(20 * time.Second); time.Now().Before(limit); {
		select {
		case <-r.wake:
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(400 * time.Millisecond):
			return nil
		}
	}
	return errUnsettled
}

// browse does what a person does on a form: types at a person's speed, scrolls, reads, and touches something now and then.
func (b *onlookBench) browse(tab *browser.Onlooker) (time.Duration, error) {
	begin := time.Now()
	pause := func(ms int) {
		select {
		case <-time.After(time.Duration(ms) * time.Millisecond):
		case <-b.ctx.Done():
		}
	}
	fields := []string{"#name", "#typed", "#priv", "#area"}
	for round := 0; time.Since(begin) < time.Duration(b.seconds)*time.Second; round++ {
		if err := tab.Click(b.ctx, fields[round%len(fields)]); err != nil {
			return 0, err
		}
		for _, r := range "Ada Lovelace" {
			if err := tab.Type(b.ctx, string(r)); err != nil {
				return 0, err
			}
			pause(120)
		}
		pause(1300)
		for _, dy := range []float64{240, 240, -480} {
			if err := tab.Wheel(b.ctx, "", dy); err != nil {
				return 0, err
			}
			pause(700)
		}
		if err := tab.Click(b.ctx, "#hint"); err != nil {
			return 0, err
		}
		pause(1300)
	}
	return time.Since(begin), b.ctx.Err()
}

// touches has a side touch a button that shows or hides a sentence, and waits for the news of it.
func (b *onlookBench) touches(side *onlookSide) (ms []float64, err error) {
	tab, r := side.tab, side.received
	if err := tab.Front(); err != nil {
		return nil, err
	}
	for i := range (b.runs+turns-1)/turns + 2 {
		if err := r.quiet(b.ctx); err != nil {
			return nil, err
		}
		_, before, _ := r.read()
		box, err := tab.Box("#hint")
		if err != nil {
			return nil, err
		}
		if err := r.quiet(b.ctx); err != nil {
			return nil, err
		}
		_, before, _ = r.read()
		start := time.Now()
		if err := tab.Press(b.ctx, box); err != nil {
			return nil, err
		}
		for limit := time.Now().Add(15 * time.Second); ; {
			_, n, at := r.read()
			if n > before {
				if i >= 2 { // the first find nothing warm
					ms = append(ms, milliseconds(at.Sub(start)))
				}
				break
			}
			if time.Now().After(limit) {
				return nil, errors.New("the touch did not arrive")
			}
			select {
			case <-r.wake:
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return ms, nil
}

const benchWho = "answer=Yes&town=Aville"

func (b *onlookBench) openOurs() (s *onlookSide, err error) {
	d, err := openHelperEnd(b.visitor, b.guide, 816, 688)
	if err != nil {
		return nil, err
	}
	r := &received{wake: make(chan struct{}, 1)}
	s = &onlookSide{name: "ours", tab: d.tab, received: r, close: d.close}
	defer func() {
		if err != nil {
			d.close()
		}
	}()
	d.onMessage = func(m helperMessage) {
		change, ok := m.Content.(*helpdesk.Changed)
		r.add(m.Bytes, m.At, !ok || len(change.Nodes)+len(change.Gone) > 0)
	}
	if err = d.viaRelay(b.ctx); err != nil {
		return nil, err
	}
	if err = d.visit(b.ctx, b.page.address("eve", benchWho)); err != nil {
		return nil, err
	}
	for _, m := range d.opened() { // the first may be of a page that is not yet there whole
		if m.Content.Kind() == "outline" {
			s.first = max(s.first, float64(m.Bytes))
		}
	}
	before, _, _ := r.read()
	took, err := b.browse(d.tab)
	if err != nil {
		return nil, err
	}
	_ = d.settle(b.ctx, 5*time.Second)
	after, _, _ := r.read()
	s.kbit = float64(after-before) * 8 / 1000 / took.Seconds()
	return s, nil
}

// rrwebMutation stands in each of its events that tells of changed elements: type 3 is "incremental", source 0 "mutation".
const rrwebMutation = `"type":3,"data":{"source":0,`

// openPeer records the same page with rrweb, every mask that it has switched on.
func (b *onlookBench) openPeer() (s *onlookSide, err error) {
	tab, err := b.visitor.OpenPlain(816, 688)
	if err != nil {
		return nil, err
	}
	r := &received{wake: make(chan struct{}, 1)}
	s = &onlookSide{name: "rrweb", tab: tab, received: r, close: tab.Close}
	defer func() {
		if err != nil {
			s.close()
		}
	}()
	var all strings.Builder // the lock of r is its own
	counted := &countingWriter{}
	deflater, _ := flate.NewWriter(counted, flate.BestCompression) // the level is valid
	relay, err := openRelay(b.ctx, func(event []byte) {
		var parsed map[string]any
		if json.Unmarshal(event, &parsed) != nil {
			return
		}
		at, before := time.Now(), counted.n
		deflater.Write(event)
		deflater.Flush()
		r.mu.Lock()
		all.Write(event)
		r.mu.Unlock()
		r.add(counted.n-before, at, bytes.Contains(event, []byte(rrwebMutation)))
	})
	if err != nil {
		return nil, err
	}
	s.close = func() { tab.Close(); relay.close() }
	s.leaks = func() (n int) {
		r.mu.Lock()
		defer r.mu.Unlock()
		for place := range b.page.used {
			if containsCanary(all.String(), canaryOf("eve", place)) {
				n++
			}
		}
		return n
	}
	if err = tab.Hear(b.ctx, "rrwebTell", func(event string, _ time.Time) { _ = relay.send([]byte(event)) }); err != nil {
		return nil, err
	}
	if err = tab.Open(b.page.address("eve", benchWho)); err != nil {
		return nil, err
	}
	if err = tab.Ready(b.ctx); err != nil {
		return nil, err
	}
	if err = tab.Run(b.ctx, b.rrweb+`;(globalThis.rrweb ?? globalThis.rrwebRecord).record({emit: (e) => rrwebTell(JSON.stringify(e)), maskAllInputs: true, maskTextSelector: "[data-private]"})`); err != nil {
		return nil, err
	}
	if err = r.quiet(b.ctx); err != nil {
		return nil, err
	}
	first, _, _ := r.read()
	if first == 0 {
		return nil, errors.New("it recorded nothing")
	}
	s.first = float64(first)
	took, err := b.browse(tab)
	if err != nil {
		return nil, err
	}
	after, _, _ := r.read()
	s.kbit = float64(after-first) * 8 / 1000 / took.Seconds()
	return s, nil
}

type countingWriter struct{ n int }

func (w *countingWriter) Write(p []byte) (int, error) {
	w.n += len(p)
	return len(p), nil
}

// cost is what an outline of a page with 600 elements takes in the page, ms: the median of what nine changes took.
func (b *onlookBench) cost() (float64, error) {
	d, err := openHelperEnd(b.visitor, b.guide, 816, 12000)
	if err != nil {
		return 0, err
	}
	defer d.close()
	if err := d.visit(b.ctx, b.page.at("127.0.0.1")+"/many"); err != nil {
		return 0, err
	}
	if n := len(d.raw().Nodes); n < 590 {
		return 0, fmt.Errorf("the page has %d elements", n)
	}
	var took []float64
	for range 9 {
		if err := d.tab.Run(b.ctx, `document.querySelector("p").classList.toggle("wide")`); err != nil {
			return 0, err
		}
		_ = d.settle(b.ctx, 5*time.Second)
		ms, err := d.tab.Cost()
		if err != nil {
			return 0, err
		}
		took = append(took, ms)
	}
	return round3(median(took)), nil
}
