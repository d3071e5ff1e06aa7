// SPDX-License-Identifier: Apache-2.0

package guides

import (
	"context"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/kiosk/browser"
)

// TestMain is also the launcher of the confined browser, as the program itself is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == browser.LauncherCommand {
		os.Exit(browser.EnterConfinement(os.Args[2:]))
	}
	os.Exit(m.Run())
}

// walks are the guides that an invented person walks to the end in a real browser: the folder of the service, and the pages
// that each of the two comes by. "defra-forms" has its own test beside this.
var walks = map[string]struct{ service, a, b string }{
	"defra-forms": {"", "start uk-passport how-many-people applicant-one applicant-one-address contact-details summary status",
		"start uk-passport how-many-people applicant-one applicant-one-address contact-details summary status"},
	"defra-components":  {"", "all-components summary status", "all-components summary status"},
	"hmpo-basic":        {"hmpo", "start your-name your-age your-favorite-color submit done", "start your-name your-age your-favorite-color submit done"},
	"hmpo-branching":    {"hmpo", "start choose-direction left-branch done", "start choose-direction right-branch done"},
	"hmpo-multiwizard":  {"hmpo", "start your-age is-adult done", "start your-age is-child done"},
	"hmpo-invalidation": {"hmpo", "start question1 question2 question3 question4 question5 done", "start question1 question2 question3 question4 question5 done"},
}

// TestWalks walks every built-in guide on its real service as both invented people: each page is recognised, each target
// found for sure, each answer typed and read again, and the confirmation reached.
func TestWalks(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the services and a browser: not with -short")
	}
	if !browser.ScriptBuilt() {
		t.Skip("the page's script is not built")
	}
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("no node here")
	}
	if got := slices.Sorted(maps.Keys(walks)); !slices.Equal(got, IDs()) {
		t.Fatalf("the guides %v are built in, and %v are walked", IDs(), got)
	}
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	origins := map[string]string{}
	for _, name := range []string{"", "hmpo"} {
		origins[name] = service(t, name)
	}
	visitor, err := browser.OpenVisitor(t.Context(), browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		t.Fatal(err)
	}
	defer visitor.Close()
	for _, id := range IDs() {
		for person, want := range map[string]string{"a": walks[id].a, "b": walks[id].b} {
			t.Run(id+"/"+person, func(t *testing.T) {
				if got := walk(t, visitor, id, browser.WalkOptions{Origin: origins[walks[id].service], Person: person, Submit: true}); got != want {
					t.Errorf("came by %s instead of %s", got, want)
				}
			})
		}
	}
}

// walk gives the pages that a person came by.
func walk(t *testing.T, visitor *browser.Visitor, id string, o browser.WalkOptions) string {
	t.Helper()
	g, err := Load(id)
	if err != nil {
		t.Fatal(err)
	}
	o.PageLimit = time.Minute
	walker, err := visitor.OpenWalker(g, o)
	if err != nil {
		t.Fatal(err)
	}
	defer walker.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	walked, err := walker.Walk(ctx, "")
	if err != nil {
		t.Fatalf("%v, after %v", err, pageIDs(walked))
	}
	return strings.Join(pageIDs(walked), " ")
}

func pageIDs(walked browser.Walked) []string {
	var ids []string
	for _, p := range walked.Pages {
		ids = append(ids, p.ID)
	}
	return ids
}

// TestSixLanguages: a built-in guide speaks all languages that our own screens have.
func TestSixLanguages(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range all {
		if got := slices.Sorted(maps.Keys(g.Service.Name)); !slices.Equal(got, []string{"ar", "de", "en", "fr", "pt", "uk"}) {
			t.Errorf("%s speaks %v", g.ID, got)
		}
	}
}
