// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"handrail/kiosk/browser"
	"handrail/kiosk/guides"
)

// walk compares walking all pages of the form. Each side has a browser of its own that stays, new cookies for each walk,
// and one walk before the first that counts. They take turns in blocks, since the peer is a program that walks n times.
func (b *benchRun) walk(stderr io.Writer) error {
	dir, err := emptied(b.o.dir)
	if err != nil {
		return err
	}
	o := b.o.demoOptions
	d := &demo{o: o, dir: dir, log: logger(stderr, b.o.verbose)}
	defer b.remove(dir)
	defer d.close()
	if err := d.startService(b.ctx); err != nil {
		return err
	}
	origin := "http://127.0.0.1" + d.origin[strings.LastIndex(d.origin, ":"):]
	var ours, peer []float64
	blocks := []int{(b.o.runs + 1) / 2, b.o.runs / 2}
	for _, runs := range blocks {
		if runs == 0 {
			continue
		}
		took, err := b.walkOurs(origin, runs)
		if err != nil {
			return err
		}
		ours = append(ours, took...)
		if took, err = b.walkPeer(origin, runs); err != nil {
			return err
		}
		peer = append(peer, took...)
		b.tell("walk: ours %s ms, peer %s ms (medians so far)", tidy(median(ours)), tidy(median(peer)))
	}
	b.add("walk", "ms", "playwright-core", ours, peer, 1)
	return nil
}

// walkOurs walks with the engine of the terminal: pages recognised, targets found by fingerprint, each effect verified.
func (b *benchRun) walkOurs(origin string, runs int) ([]float64, error) {
	guide, err := guides.Load("defra-forms")
	if err != nil {
		return nil, err
	}
	visitor, err := browser.OpenVisitor(b.ctx, browser.VisitorOptions{Width: 816, Height: 690})
	if err != nil {
		return nil, err
	}
	defer visitor.Close()
	var took []float64
	for i := range runs + 1 {
		walker, err := visitor.OpenWalker(guide, browser.WalkOptions{Origin: origin, Width: 816, Height: 690, Submit: true})
		if err != nil {
			return nil, err
		}
		walked, err := walker.Walk(b.ctx, "")
		walker.Close()
		if err != nil {
			return nil, err
		}
		steps := 0
		for _, page := range walked.Pages {
			steps += page.Steps
		}
		b.report.Figures["walk_pages"], b.report.Figures["walk_steps"] = float64(len(walked.Pages)), float64(steps)
		if i > 0 {
			took = append(took, milliseconds(walked.Took))
		}
	}
	return took, nil
}

// walkPeer walks with playwright-core.
func (b *benchRun) walkPeer(origin string, runs int) ([]float64, error) {
	cmd := exec.CommandContext(b.ctx, "node", "peer.mjs", "-url", origin, "-runs", strconv.Itoa(runs+1))
	cmd.Dir = b.o.service
	cmd.WaitDelay = 5 * time.Second
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("the peer: %w: %s", err, strings.TrimSpace(said.String()))
	}
	var walked struct {
		Pages int       `json:"pages"`
		Runs  []float64 `json:"runs"`
	}
	if err := json.Unmarshal(out, &walked); err != nil {
		return nil, fmt.Errorf("the peer: %w", err)
	}
	if len(walked.Runs) != runs+1 {
		return nil, fmt.Errorf("the peer walked %d times, not %d", len(walked.Runs), runs+1)
	}
	if pages := b.report.Figures["walk_pages"]; float64(walked.Pages) != pages {
		return nil, fmt.Errorf("the peer walked %d pages where we walked %.0f", walked.Pages, pages)
	}
	return walked.Runs[1:], nil
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
