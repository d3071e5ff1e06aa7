// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"errors"
	"regexp"
	"slices"
)

// Node is one visible element of the outline.
type Node struct {
	// ID names the element for pointing, for as long as the page stands.
	ID string `json:"id"`
	// NodeKind: "heading", "text", "link", "button", "field", "area", "choice", "list", "group", "image", "nav", "error", ...
	NodeKind string `json:"kind"`
	// Box is x, y, width, height in CSS px of the page's viewport.
	Box [4]int `json:"box"`
	// State: "empty", "answered", "error", "here" (the person's focus), "disabled", "required", "secret", "revealed".
	// Never a value or which choice was taken.
	State []string `json:"state,omitempty"`
	// Text only if these words are the same for everyone.
	Text string `json:"text,omitempty"`
	// Bar is the width in px, rounded, of the grey bar that stands for words that are not.
	Bar int `json:"bar,omitempty"`
}

// Outline is the page as the volunteer sees it. Page is the guide's name of the page; there is no title and no address.
type Outline struct {
	// N counts what was sent of the page in this call, whole or changed, from 1.
	N    int    `json:"n"`
	Page string `json:"page"`
	// Alone: the person does this alone ("login", "eid", "captcha", "payment"), and nothing of the page is sent.
	Alone string `json:"alone,omitempty"`
	W     int    `json:"w"`
	H     int    `json:"h"`
	Nodes []Node `json:"nodes"`
}

// Changed makes the outline N from the outline Of: every box is moved by Move, but for those in Moved, which are moved by what
// stands there; then Gone go, then Nodes come or take the place of those with their ids.
type Changed struct {
	N     int      `json:"n"`
	Of    int      `json:"of"`
	Move  [2]int   `json:"move"`
	Moved []Moved  `json:"moved,omitempty"`
	Gone  []string `json:"gone,omitempty"`
	Nodes []Node   `json:"nodes,omitempty"`
}

// Moved are elements that went the same way.
type Moved struct {
	By  [2]int   `json:"by"`
	IDs []string `json:"ids"`
}

// Drawn tells the terminal which outline the volunteer's page has drawn; 0: none, and the next is to be whole.
type Drawn struct {
	N int `json:"n"`
}

func (*Outline) Kind() string { return "outline" }
func (*Changed) Kind() string { return "changed" }
func (*Drawn) Kind() string   { return "drawn" }

// Apply makes the next outline; ok is false when the change is of another.
func (c *Outline) Apply(by *Changed) (next *Outline, ok bool) {
	if by.Of != c.N {
		return nil, false
	}
	out := *c
	out.N, out.Nodes = by.N, make([]Node, 0, len(c.Nodes)+len(by.Nodes))
	gone, instead, moved := map[string]bool{}, map[string]Node{}, map[string][2]int{}
	for _, m := range by.Moved {
		for _, id := range m.IDs {
			moved[id] = m.By
		}
	}
	for _, id := range by.Gone {
		gone[id] = true
	}
	for _, n := range by.Nodes {
		instead[n.ID] = n
	}
	for _, n := range c.Nodes {
		if gone[n.ID] {
			continue
		}
		if new, ok := instead[n.ID]; ok {
			out.Nodes = append(out.Nodes, new)
			delete(instead, n.ID)
			continue
		}
		move, own := moved[n.ID]
		if !own {
			move = by.Move
		}
		n.Box[0], n.Box[1] = n.Box[0]+move[0], n.Box[1]+move[1]
		out.Nodes = append(out.Nodes, n)
	}
	for _, n := range by.Nodes {
		if _, ok := instead[n.ID]; ok {
			out.Nodes = append(out.Nodes, n)
			delete(instead, n.ID)
		}
	}
	return &out, true
}

var (
	kindForm   = regexp.MustCompile(`^[a-z][a-z-]{0,23}$`)
	nodeStates = map[string]bool{"empty": true, "answered": true, "error": true, "here": true, "disabled": true,
		"required": true, "secret": true, "revealed": true}
)

// maxNodes and maxSpan bound an outline: no screen has more.
const (
	maxNodes = 3000
	maxSpan  = 1 << 20
	maxCount = 1 << 40
)

func (c *Outline) checkContent() error {
	if c.Page != "" && !nameForm.MatchString(c.Page) || c.Alone != "" && !kindForm.MatchString(c.Alone) {
		return errors.New("page or alone: a short name")
	}
	if c.N < 0 || c.N > maxCount || c.W < 0 || c.H < 0 || c.W > maxSpan || c.H > maxSpan {
		return errors.New("n, w or h: too large")
	}
	if c.Alone != "" && len(c.Nodes) > 0 {
		return errors.New("nodes: what is done alone has none")
	}
	if c.Nodes == nil {
		c.Nodes = []Node{} // a list in JSON, never null
	}
	return checkNodes(c.Nodes)
}

func (c *Changed) checkContent() error {
	if c.N < 1 || c.N > maxCount || c.Of < 1 || c.Of >= c.N || !within(c.Move[0]) || !within(c.Move[1]) || len(c.Gone) > maxNodes {
		return errors.New("n, of, move or gone: does not fit")
	}
	named := slices.Clone(c.Gone)
	if len(c.Moved) > maxNodes {
		return errors.New("moved: too many")
	}
	for i := range c.Moved {
		m := &c.Moved[i]
		if len(m.IDs) > maxNodes || !within(m.By[0]) || !within(m.By[1]) {
			return errors.New("moved: does not fit")
		}
		if m.IDs == nil {
			m.IDs = []string{} // a list in JSON, never null
		}
		named = append(named, m.IDs...)
	}
	for _, id := range named {
		if !elementForm.MatchString(id) {
			return errors.New("gone or moved: not the id of an element")
		}
	}
	return checkNodes(c.Nodes)
}

func (c *Drawn) checkContent() error {
	if c.N < 0 || c.N > maxCount {
		return errors.New("n: too large")
	}
	return nil
}

func within(v int) bool { return v >= -maxSpan && v <= maxSpan }

func checkNodes(nodes []Node) error {
	if len(nodes) > maxNodes {
		return errors.New("nodes: too many")
	}
	for i := range nodes {
		n := &nodes[i]
		if !elementForm.MatchString(n.ID) || !kindForm.MatchString(n.NodeKind) {
			return errors.New("nodes: an id or kind is not a short name")
		}
		for _, v := range n.Box {
			if !within(v) {
				return errors.New("nodes: a box is too large")
			}
		}
		for _, st := range n.State {
			if !nodeStates[st] {
				return errors.New("nodes: an unknown state")
			}
		}
		if n.Bar < 0 || n.Bar > maxSpan || len(n.State) > len(nodeStates) {
			return errors.New("nodes: a bar or state does not fit")
		}
		if err := checkWords(n.Text, 2000); err != nil {
			return err
		}
	}
	return nil
}
