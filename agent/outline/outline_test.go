// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"handrail/helpdesk"
	"handrail/kiosk"
	"handrail/kiosk/browser"
)

func guideWith(public ...browser.OutlineNode) (*kiosk.Guide, *kiosk.Page) {
	g := &kiosk.Guide{ID: "g", Pages: []kiosk.Page{{ID: "one"}}, Words: kiosk.Words{}}
	for _, n := range public {
		g.Words[kiosk.WordHash("g", "one", n.Place, n.Text)] = true
	}
	return g, &g.Pages[0]
}

func TestOnlyPublicWordsLeave(t *testing.T) {
	heading := browser.OutlineNode{ID: "a", Kind: "heading", Text: "Your name", Place: "h11", Box: [4]int{0, 0, 300, 30}}
	letter := browser.OutlineNode{ID: "b", Kind: "text", Text: "A", Place: "span1", Box: [4]int{0, 40, 10, 30}}
	one := browser.OutlineNode{ID: "c", Kind: "label", Text: "1", Place: "label1", Box: [4]int{0, 80, 10, 30}}
	g, page := guideWith(heading, letter, one)
	text := func(g *kiosk.Guide, page *kiosk.Page, n browser.OutlineNode) string {
		return new(Sieve).Of(g, page, browser.Outline{Nodes: []browser.OutlineNode{n}}, nil).Nodes[0].Text
	}
	for _, c := range []struct {
		name string
		node browser.OutlineNode
		want string
	}{
		{"public", heading, "Your name"},
		{"the same with other spaces", browser.OutlineNode{Kind: "heading", Text: " Your \n name ", Place: "h11"}, "Your name"},
		{"at another place", browser.OutlineNode{Kind: "text", Text: "Your name", Place: "p1"}, ""},
		{"with a number", browser.OutlineNode{Kind: "heading", Text: "Your name 7", Place: "h11"}, ""},
		{"a letter by itself", letter, ""},
		{"a choice of one digit", one, "1"},
	} {
		if got := text(g, page, c.node); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if text(nil, nil, heading) != "" || text(g, nil, heading) != "" || text(g, &kiosk.Page{ID: "two"}, heading) != "" {
		t.Error("words are told without a guide or of another page")
	}
}

// A sieve that goes on from one page or guide to another lets nothing through that was public only before, and keeps no word that never was.
func TestSieveForgetsWithThePage(t *testing.T) {
	public := browser.OutlineNode{ID: "a", Kind: "heading", Text: "Your name", Place: "h11", Box: [4]int{0, 0, 300, 30}}
	private := browser.OutlineNode{ID: "b", Kind: "text", Text: "Ada Lovelace", Place: "p1", Box: [4]int{0, 40, 300, 30}}
	g, page := guideWith(public)
	other, _ := guideWith()
	seen := browser.Outline{Nodes: []browser.OutlineNode{public, private}}
	var s Sieve
	for _, at := range []struct {
		guide *kiosk.Guide
		page  *kiosk.Page
		want  string
	}{{g, page, "Your name"}, {g, page, "Your name"}, {g, nil, ""}, {g, page, "Your name"}, {other, page, ""}, {nil, nil, ""}, {g, &kiosk.Page{ID: "two"}, ""}, {g, page, "Your name"}} {
		out := s.Of(at.guide, at.page, seen, nil)
		if out.Nodes[0].Text != at.want || out.Nodes[1].Text != "" {
			t.Fatalf("%+v, want %q", out.Nodes, at.want)
		}
		for of := range s.words {
			if of.text == private.Text {
				t.Fatal("it keeps a word that is nobody's but the person's")
			}
		}
	}
}

func TestBarsTellNoLength(t *testing.T) {
	seen := map[int]bool{}
	for width := 1; width <= 816; width++ {
		out := new(Sieve).Of(nil, nil, browser.Outline{Nodes: []browser.OutlineNode{{Kind: "text", Text: "x", Box: [4]int{0, 0, width, 20}}}}, nil)
		n := out.Nodes[0]
		if n.Bar < width || n.Box[2] != n.Bar {
			t.Fatalf("width %d: bar %d in a box of %d", width, n.Bar, n.Box[2])
		}
		seen[n.Bar] = true
	}
	if len(seen) > 5 {
		t.Fatalf("%d lengths can be told apart", len(seen))
	}
}

func TestRevealedIsShownAsItWas(t *testing.T) {
	g, page := guideWith()
	seen := browser.Outline{Nodes: []browser.OutlineNode{{ID: "a", Kind: "field", State: []string{"answered"}, Box: [4]int{0, 0, 300, 40}}, {ID: "b", Kind: "secret", Box: [4]int{0, 50, 300, 40}}}}
	show := func(id string) []helpdesk.Node {
		return new(Sieve).Of(g, page, seen, &Revealed{ID: id, Text: kiosk.NewPrivate("12 Long  Road")}).Nodes
	}
	if n := show("a"); n[0].Text != "12 Long Road" || n[0].State[1] != "revealed" || n[1].Text != "" {
		t.Errorf("%+v", n)
	}
	for _, n := range show("b") {
		if n.Text != "" {
			t.Errorf("a secret is shown: %+v", n)
		}
	}
	page.State = "payment"
	if n := show("a"); len(n) != 0 {
		t.Errorf("a payment is shown: %+v", n)
	}
}

// anyOutline draws an outline with ids, boxes and states that often stay as they were.
func anyOutline(t *rapid.T) helpdesk.Outline {
	out := helpdesk.Outline{Page: rapid.SampledFrom([]string{"one", "one", "one", "two"}).Draw(t, "page"), W: 816, H: 688, Nodes: []helpdesk.Node{}}
	dy := rapid.IntRange(-3, 3).Draw(t, "scroll") * 40
	for i := range rapid.IntRange(0, 12).Draw(t, "nodes") {
		if rapid.IntRange(0, 4).Draw(t, "there") == 0 {
			continue
		}
		n := helpdesk.Node{ID: fmt.Sprintf("e%d", i), NodeKind: "field", Box: [4]int{10, 50*i + dy, 200, 40}}
		if rapid.Bool().Draw(t, "answered") {
			n.State = []string{"answered"}
		}
		out.Nodes = append(out.Nodes, n)
	}
	return out
}

// Whatever the pages do, and whichever pieces are lost: a helper who applies what comes, and says so when it does not fit,
// has the terminal's outline.
func TestStreamKeepsTheHelperUpToDate(t *testing.T) {
	byID := func(o helpdesk.Outline) map[string]helpdesk.Node {
		m := map[string]helpdesk.Node{}
		for _, n := range o.Nodes {
			if _, twice := m[n.ID]; twice {
				t.Fatalf("%s is there twice", n.ID)
			}
			m[n.ID] = n
		}
		return m
	}
	rapid.Check(t, func(t *rapid.T) {
		var s Stream
		var have *helpdesk.Outline
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			now := anyOutline(t)
			lost := rapid.IntRange(0, 5).Draw(t, "lost") == 0
			for content := s.Next(now); content != nil && !lost; content = s.Next(now) {
				data, err := helpdesk.EncodeContent(content)
				if err != nil {
					t.Fatal(err)
				}
				back, err := helpdesk.DecodeContent(helpdesk.TerminalSide, data)
				if err != nil {
					t.Fatal(err)
				}
				switch c := back.(type) {
				case *helpdesk.Outline:
					have = c
				case *helpdesk.Changed:
					next := (*helpdesk.Outline)(nil)
					ok := false
					if have != nil {
						next, ok = have.Apply(c)
					}
					if !ok { // "drawn 0"
						s.Forget()
						continue
					}
					have = next
				}
			}
			if have == nil || lost {
				continue
			}
			if have.N == s.Sent() {
				if diff := cmp.Diff(byID(now), byID(*have)); diff != "" || have.Page != now.Page {
					t.Fatalf("the helper has another outline:\n%s", diff)
				}
			}
		}
	})
}

func TestScrollingIsAFewBytes(t *testing.T) {
	var s Stream
	page := func(dy int) helpdesk.Outline {
		out := helpdesk.Outline{Page: "one", W: 816, H: 688}
		for i := range 90 {
			out.Nodes = append(out.Nodes, helpdesk.Node{ID: fmt.Sprintf("abc.%d", i), NodeKind: "text", Box: [4]int{10, 30*i + dy, 200, 20}, Text: "Public words"})
		}
		return out
	}
	if _, whole := s.Next(page(0)).(*helpdesk.Outline); !whole {
		t.Fatal("the first is not whole")
	}
	change, ok := s.Next(page(-300)).(*helpdesk.Changed)
	if data, _ := json.Marshal(change); !ok || len(data) > 80 || strings.Contains(string(data), "Public") {
		t.Fatalf("scrolling is told as %s", data)
	}
	if s.Next(page(-300)) != nil {
		t.Fatal("what did not change is told again")
	}
	s.Forget()
	if _, whole := s.Next(page(-300)).(*helpdesk.Outline); !whole {
		t.Fatal("after Forget the next is not whole")
	}
}

func TestPace(t *testing.T) {
	now := time.Unix(1000, 0)
	var p Pace
	if p.Wait(now) != 0 {
		t.Fatal("the first waits")
	}
	p.Sent(1, 1000, now)
	if wait := p.Wait(now); wait != unseen {
		t.Fatalf("before the last is drawn: %v", wait)
	}
	if p.Drawn(1, now.Add(900*time.Millisecond)); p.Wait(now) != 0 {
		t.Fatal("it is drawn, and the next waits")
	}
	p.Drawn(99, now) // nothing was sent under this number
	p.Sent(2, 1000, now)
	if p.Wait(now) == 0 {
		t.Fatal("what was never sent counts as drawn")
	}
	if p.Trip(now) != 900*time.Millisecond || p.Trip(now.Add(2*time.Second)) != 2*time.Second {
		t.Fatalf("it took %v, and 2 s by now: %v", p.Trip(now), p.Trip(now.Add(2*time.Second)))
	}
	if p.Wait(now.Add(unseen)) != 0 {
		t.Fatal("a helper who does not answer gets nothing more")
	}
	// In the long run no more goes than the line is to carry.
	p, sent := Pace{}, 0
	end := now.Add(10 * time.Minute)
	for n := 1; now.Before(end); n++ {
		if wait := p.Wait(now); wait > 0 {
			now = now.Add(wait)
		}
		p.Sent(n, 900, now)
		p.Drawn(n, now)
		sent += 900
	}
	if kbit := float64(sent-burst) * 8 / 1000 / 600; kbit > 4.8 {
		t.Fatalf("%.2f kbit/s", kbit)
	}
}
