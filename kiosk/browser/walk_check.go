// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"handrail/kiosk"
)

// CheckedTarget is how a step's target was found on the live page.
type CheckedTarget struct {
	Page, Step string
	Kind       kiosk.Kind
	Sight      kiosk.Sight
	Score      float64
	// Proposed is another fingerprint when the target was not found for sure and one element is far likelier than all
	// others; ProposedScore is how much of the old fingerprint that element still shows.
	Proposed      *kiosk.Target
	ProposedScore float64
}

// CheckedHeading is a page that is where the guide says, with another heading.
type CheckedHeading struct{ Page, Heading string }

// Checked is what came of walking a guide on the live service.
type Checked struct {
	Targets  []CheckedTarget
	Headings []CheckedHeading // that are not as the guide says
	Pages    []string         // visited, in their order
	Took     time.Duration
	Ended    error // why the walk did not come to its end; nil when it did
}

// checkSettle is how long targets may take to be found for sure.
const checkSettle = 3 * time.Second

// Check walks the guide, and tells of each target on the way how sure the engine is of it. Where one has drifted the walk
// goes on with the proposed fingerprint, so that all of the drift is found at once. The walker must be open for authoring.
func (w *Walker) Check(ctx context.Context) Checked {
	c := &check{Walker: w}
	w.onPage, w.lost = c.arrived, c.lost
	defer func() { w.onPage, w.lost = nil, nil }()
	// The guide is changed on the way: it is this walk's own.
	pages := append([]kiosk.Page(nil), w.guide.Pages...)
	for i := range pages {
		pages[i].Steps = append([]kiosk.Step(nil), pages[i].Steps...)
	}
	w.guide.Pages = pages
	walked, err := w.Walk(ctx, "")
	c.got.Took, c.got.Ended = walked.Took, err
	return c.got
}

type check struct {
	*Walker
	got Checked
}

func (c *check) arrived(ctx context.Context, page *kiosk.Page) error {
	c.got.Pages = append(c.got.Pages, page.ID)
	targets := map[string]scriptTarget{}
	for _, s := range page.Steps {
		if s.Target != nil {
			targets[s.ID] = scriptTarget(*s.Target)
		}
	}
	report := c.settle(ctx, page, targets)
	data, err := json.Marshal(targets)
	if err != nil {
		return err
	}
	changed := false
	for i := range page.Steps {
		step := &page.Steps[i]
		if step.Target == nil {
			continue
		}
		found := CheckedTarget{Page: page.ID, Step: step.ID, Kind: step.Kind, Sight: report.Sights[step.ID], Score: report.Scores[step.ID]}
		if found.Sight != kiosk.Sure {
			var proposal *struct {
				Target scriptTarget
				Score  float64
			}
			if proposal, err = inside[*struct {
				Target scriptTarget
				Score  float64
			}](c.service, c.frameFor(step), fmt.Sprintf("globalThis.handrailRecord.propose(%s, %s)", quote(step.ID), data)); err != nil {
				return err
			}
			if proposal != nil {
				target := kiosk.Target(proposal.Target)
				found.Proposed, found.ProposedScore = &target, math.Round(proposal.Score*100)/100
				step.Target, changed = &target, true
			}
		}
		c.got.Targets = append(c.got.Targets, found)
	}
	if changed {
		return c.reload(ctx)
	}
	return nil
}

// frameFor is the frame in which a step's target is looked for: that of its origin when there is one, else the page.
func (c *check) frameFor(step *kiosk.Step) *frame {
	f, _ := c.service.frameOfStep(step.ID)
	return f
}

// settle waits for all targets of a page to be found for sure, and takes what there is when that lasts too long.
func (c *check) settle(ctx context.Context, page *kiosk.Page, targets map[string]scriptTarget) PageReport {
	timer := time.NewTimer(checkSettle)
	defer timer.Stop()
	for {
		report, _, trouble := c.last()
		all := report.Page == page.ID
		for id := range targets {
			all = all && report.Sights[id] == kiosk.Sure
		}
		if all || trouble != nil {
			return report
		}
		select {
		case <-c.changed:
		case <-ctx.Done():
			return report
		case <-c.service.ctx.Done():
			return report
		case <-timer.C:
			return report
		}
	}
}

// lost looks whether the page is one of the guide's that only has another heading now, and goes on with that.
func (c *check) lost(ctx context.Context) bool {
	here, err := inPage[struct{ Path, Heading, Lang string }](c.service, "globalThis.handrailRecord.page()")
	if err != nil {
		return false
	}
	var candidate *kiosk.Page
	for i := range c.guide.Pages {
		p := &c.guide.Pages[i]
		if !p.MatchesPath(here.Path) || len(p.Heading) == 0 {
			continue
		}
		if candidate != nil {
			return false
		}
		candidate = p
	}
	if candidate == nil {
		return false
	}
	c.got.Headings = append(c.got.Headings, CheckedHeading{Page: candidate.ID, Heading: here.Heading})
	candidate.Heading, candidate.Landmarks = nil, nil
	return c.reload(ctx) == nil
}

// reload gives the present page, and all that follow, the guide as it is now.
func (c *check) reload(ctx context.Context) error {
	_, documents, _ := c.last()
	if err := c.service.Prepare(&c.guide); err != nil {
		return err
	}
	data, err := json.Marshal(scriptGuide(&c.guide))
	if err != nil {
		return err
	}
	if _, err := in[any](c.service, "load("+string(data)+")"); err != nil {
		return err
	}
	_, err = c.await(ctx, "the page to be looked at again", func(_ PageReport, n int) bool { return n > documents })
	return err
}
