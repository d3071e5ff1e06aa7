// SPDX-License-Identifier: Apache-2.0

package kiosk

import (
	"slices"
	"strings"
	"testing"
)

// branching is a guide of four pages, two of which come instead of each other.
func branching() *Guide {
	page := func(id, state, instead string) Page {
		return Page{ID: id, Title: Text{"en": strings.ToUpper(id)}, State: state, Instead: instead}
	}
	return &Guide{Pages: []Page{page("ask", "", ""), page("left", "", ""), page("right", "", "left"), page("check", "", ""), page("end", "done", "")}}
}

func TestBranchesShareOnePlace(t *testing.T) {
	g := branching()
	s := &Session{Guide: g}
	for i, want := range []int{1, 2, 2, 3, 3} {
		s.Page = &g.Pages[i]
		if index, total := s.Progress(); index != want || total != 3 {
			t.Errorf("page %s is %d of %d instead of %d of 3", s.Page.ID, index, total, want)
		}
	}
}

func TestReceiptOfABranch(t *testing.T) {
	tests := map[string]struct {
		passed     []string
		finished   bool
		done, left []string
	}{
		"nothing yet":      {nil, false, nil, []string{"ASK", "LEFT", "CHECK"}},
		"the first way":    {[]string{"ask", "left"}, false, []string{"ASK", "LEFT"}, []string{"CHECK"}},
		"the other way":    {[]string{"ask", "right"}, false, []string{"ASK", "RIGHT"}, []string{"CHECK"}},
		"to the end":       {[]string{"ask", "right", "check"}, true, []string{"ASK", "RIGHT", "CHECK"}, nil},
		"both, going back": {[]string{"ask", "left", "right"}, false, []string{"ASK", "LEFT", "RIGHT"}, []string{"CHECK"}},
	}
	for name, test := range tests {
		passed := map[string]bool{}
		for _, id := range test.passed {
			passed[id] = true
		}
		r := newReceipt(branching(), "en", "", passed, test.finished)
		if !slices.Equal(r.Done, test.done) || !slices.Equal(r.Left, test.left) {
			t.Errorf("%s: done %v, left %v", name, r.Done, r.Left)
		}
	}
}

func TestInsteadOfWhat(t *testing.T) {
	with := func(id string) string {
		return strings.Replace(small, "    title: {en: Name, ar: الاسم}\n", "    title: {en: Name, ar: الاسم}\n    instead: "+id+"\n", 1)
	}
	for _, id := range []string{"end", "name", "nowhere"} {
		if _, err := ParseGuide("guide.yaml", []byte(with(id))); err == nil || !strings.Contains(err.Error(), "is no ordinary page before page") {
			t.Errorf("instead of %s: %v", id, err)
		}
	}
}
