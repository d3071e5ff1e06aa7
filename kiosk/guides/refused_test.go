// SPDX-License-Identifier: Apache-2.0

package guides

import (
	"context"
	"testing"
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// TestRefusalsAreExplained lets two invented people send every page of the forms with branches, with a form in a form, and
// with answers that are asked again: empty, wrong, too long, and at last right. Whatever the site says against it, on the
// way of either of them, is found beside its field and has an explanation of ours; every page refused something.
func TestRefusalsAreExplained(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the service and a browser: not with -short")
	}
	if !browser.ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
	origin := service(t, "hmpo")
	visitor, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer visitor.Close()
	for _, id := range []string{"hmpo-branching", "hmpo-multiwizard", "hmpo-invalidation"} {
		t.Run(id, func(t *testing.T) {
			g, err := Load(id)
			if err != nil {
				t.Fatal(err)
			}
			refused := map[string]bool{}
			for _, person := range []string{"a", "b"} {
				w, err := visitor.OpenWalker(g, browser.WalkOptions{Origin: origin, Person: person, Width: 816, Height: 2000, Submit: true, Authoring: true, PageLimit: 30 * time.Second})
				if err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
				learned := w.Learn(ctx)
				cancel()
				w.Close()
				if learned.Ended != nil {
					t.Fatalf("person %s came by %v and ended: %v", person, learned.Pages, learned.Ended)
				}
				for _, e := range learned.Errors {
					refused[e.Page] = true
					page := pageOf(g, e.Page)
					if e.Step == "" {
						t.Errorf("page %s: %q stands at no step", e.Page, e.Words)
					} else if g.Explain(page, e.Step, kiosk.NewPrivate(e.Words)) == nil {
						t.Errorf("page %s, step %s: %q has no explanation", e.Page, e.Step, e.Words)
					}
				}
				for _, seen := range learned.Pages {
					if asks(pageOf(g, seen)) && !refused[seen] {
						t.Errorf("page %s refused nothing of person %s", seen, person)
					}
				}
			}
		})
	}
}

func pageOf(g *kiosk.Guide, id string) *kiosk.Page {
	for i := range g.Pages {
		if g.Pages[i].ID == id {
			return &g.Pages[i]
		}
	}
	return nil
}

// asks tells whether a page has a question that must be answered.
func asks(p *kiosk.Page) bool {
	for _, s := range p.Steps {
		if !s.Optional && (s.Kind == kiosk.FillIn || s.Kind == kiosk.Choose) {
			return true
		}
	}
	return false
}
