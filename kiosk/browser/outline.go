// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"handrail/kiosk"
)

// Outline is the script's account of what is on the page, with what is in its frames. Text is only a candidate: it must
// not leave the worker before it was found among the guide's public words.
type Outline struct {
	W, H, Scroll int
	Nodes        []OutlineNode
	name         string // of what the next says how it is another
}

// OutlineNode is one element of it.
type OutlineNode struct {
	ID    string   `json:"id"`
	Kind  string   `json:"kind"`
	Box   [4]int   `json:"box"`
	State []string `json:"state,omitempty"`
	Text  string   `json:"text,omitempty"`
	Place string   `json:"place,omitempty"`
}

// outlineChange makes the outline N of the outline Of, "" of nothing: its pieces one after the other.
type outlineChange struct {
	N      string         `json:"n"`
	Of     string         `json:"of"`
	W      int            `json:"w"`
	H      int            `json:"h"`
	Scroll int            `json:"scroll"`
	Pieces []outlinePiece `json:"pieces"`
}

// outlinePiece is an element as it is now, or a part of the outline before: from an element on, so many, moved by so much.
type outlinePiece struct {
	node                *OutlineNode
	from, count, dx, dy int
}

func (p *outlinePiece) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '[' {
		var part [4]int
		err := json.Unmarshal(data, &part)
		p.from, p.count, p.dx, p.dy = part[0], part[1], part[2], part[3]
		return err
	}
	p.node = new(OutlineNode)
	return json.Unmarshal(data, p.node)
}

// apply makes the next outline; ok is false when the change is of another, or has more in it than an outline.
func (o *Outline) apply(by outlineChange) (next Outline, ok bool) {
	if by.Of != "" && by.Of != o.name {
		return Outline{}, false
	}
	next = Outline{W: by.W, H: by.H, Scroll: by.Scroll, name: by.N, Nodes: make([]OutlineNode, 0, len(o.Nodes)+len(by.Pieces))}
	for _, p := range by.Pieces {
		if p.node != nil {
			next.Nodes = append(next.Nodes, *p.node)
		} else {
			if by.Of == "" || p.from < 0 || p.count < 0 || p.from > len(o.Nodes) || p.count > len(o.Nodes)-p.from {
				return Outline{}, false
			}
			for _, n := range o.Nodes[p.from : p.from+p.count] {
				n.Box[0], n.Box[1] = n.Box[0]+p.dx, n.Box[1]+p.dy
				next.Nodes = append(next.Nodes, n)
			}
		}
		if len(next.Nodes) > mostOutlined {
			return Outline{}, false
		}
	}
	return next, true
}

// Pointed is what an outline id points at.
type Pointed struct {
	Step  string `json:"step"`
	Text  string `json:"text"`
	Place string `json:"place"`
}

// Picked is the element that the citizen touched to show it; Never: what stands in it is shown to nobody.
type Picked struct {
	ID    string `json:"id"`
	Never bool   `json:"never"`
}

// Spot is a place in an element's box, in thousandths of its width and height.
type Spot struct{ X, Y int }

// outlines are those of the page itself and of the documents of other origins in it, each in its own coordinates.
type outlines struct {
	on     bool
	top    Outline
	inside map[string]frameOutline // by frame id
	lost   bool                    // and has been asked for as a whole
	joins  bool                    // somebody puts them together now
	again  bool                    // and has to once more
}

type frameOutline struct {
	from *frame
	seen Outline
}

// mostOutlined bounds what is put together of a page and its frames.
const mostOutlined = 1500

// heardOutline puts what a document tells together with what the others told last.
func (s *Service) heardOutline(from *frame, change outlineChange) {
	s.mu.Lock()
	on := s.outlines.on
	if from != nil {
		if from = s.frames[from.id]; from == nil {
			s.mu.Unlock()
			return // its world is not known yet; it tells again when it is
		}
	}
	before := &s.outlines.top
	if from != nil {
		inside := s.outlines.inside[from.id].seen
		before = &inside
	}
	seen, ok := before.apply(change)
	switch {
	case !ok && on && !s.outlines.lost: // what was told was lost with a page that is not there any more: all of it, once more
		s.outlines.lost = true
		s.tasks().Go(func() { _ = s.everywhere("outline(true)") })
	case !ok:
	case from == nil:
		s.outlines.top = seen
	default:
		if s.outlines.inside == nil {
			s.outlines.inside = map[string]frameOutline{}
		}
		s.outlines.inside[from.id] = frameOutline{from, seen}
	}
	if change.Of == "" {
		s.outlines.lost = false
	}
	inside := s.outlines.inside
	s.mu.Unlock()
	if !ok {
		return
	}
	if !on {
		return
	}
	if len(inside) == 0 {
		s.tell(Seen{Kind: SeenOutline, Outline: seen})
		return
	}
	// Where a frame lies is asked of the browser, which must not wait for whoever reads its messages.
	s.mu.Lock()
	first := !s.outlines.joins
	s.outlines.joins, s.outlines.again = true, true
	s.mu.Unlock()
	if !first {
		return
	}
	s.tasks().Go(func() {
		for {
			s.mu.Lock()
			again := s.outlines.again
			s.outlines.joins, s.outlines.again = again, false
			s.mu.Unlock()
			if !again {
				return
			}
			s.tellWhole()
		}
	})
}

// tellWhole tells the page with its frames, each where it lies now.
func (s *Service) tellWhole() {
	s.mu.Lock()
	whole := s.outlines.top
	whole.Nodes = slices.Clone(whole.Nodes)
	frames := make([]frameOutline, 0, len(s.outlines.inside))
	for _, f := range s.outlines.inside {
		frames = append(frames, f)
	}
	s.mu.Unlock()
	slices.SortFunc(frames, func(a, b frameOutline) int { return strings.Compare(a.from.id, b.from.id) })
	for _, f := range frames {
		place, err := s.placeOf(f.from)
		if err != nil {
			s.mu.Lock()
			if s.outlines.inside[f.from.id].from == f.from {
				delete(s.outlines.inside, f.from.id) // it is not on the page any more
			}
			s.mu.Unlock()
			continue
		}
		for _, n := range f.seen.Nodes {
			n.Box[0] += int(place.X)
			n.Box[1] += int(place.Y)
			shown := float64(n.Box[0]) < place.X+place.W && float64(n.Box[0]+n.Box[2]) > place.X && float64(n.Box[1]) < place.Y+place.H && float64(n.Box[1]+n.Box[3]) > place.Y
			if shown && len(whole.Nodes) < mostOutlined {
				whole.Nodes = append(whole.Nodes, n)
			}
		}
	}
	s.tell(Seen{Kind: SeenOutline, Outline: whole})
}

// everywhere runs an expression in the page and in every frame of it.
func (s *Service) everywhere(expression string) error {
	s.mu.Lock()
	frames := make([]*frame, 0, len(s.frames))
	for _, f := range s.frames {
		if f.ctx.Err() == nil {
			frames = append(frames, f)
		}
	}
	s.mu.Unlock()
	for _, f := range frames {
		_, _ = inFrame[any](f, expression) // of one that is gone nothing is wanted
	}
	_, err := in[any](s, expression)
	return err
}

// Outline starts or stops the reports of the page's outline.
func (s *Service) Outline(on bool) error {
	s.mu.Lock()
	s.outlines = outlines{on: on, joins: s.outlines.joins}
	s.mu.Unlock()
	return s.everywhere(fmt.Sprintf("outline(%v)", on))
}

// Point rings the element of an outline id for the volunteer, or a spot of it; "" lets go. ok is false when it is not on the
// page any more.
func (s *Service) Point(id string, at *Spot) (p Pointed, ok bool, err error) {
	if id == "" {
		return Pointed{}, false, s.everywhere(`point("")`)
	}
	expression := "point(" + quote(id) + ")"
	if at != nil {
		expression = fmt.Sprintf("point(%s,%d,%d)", quote(id), at.X, at.Y)
	}
	result, err := inElement[*Pointed](s, id, expression)
	if err != nil || result == nil {
		return Pointed{}, false, err
	}
	return *result, true, nil
}

// Pick has the citizen's next touch of the page say what they mean, and do nothing else; SeenPicked tells of it.
func (s *Service) Pick(on bool) error { return s.everywhere(fmt.Sprintf("pick(%v)", on)) }

// ShownBy is what stands in an element now. ok is false when it is gone, or never shown to anybody.
func (s *Service) ShownBy(id string) (value kiosk.Private, ok bool, err error) {
	text, err := inElement[*string](s, id, "shown("+quote(id)+")")
	if err != nil || text == nil {
		return kiosk.Private{}, false, err
	}
	return kiosk.NewPrivate(*text), true, nil
}

// inElement runs an expression in the document that an outline id is of.
func inElement[T any](s *Service, id, expression string) (T, error) {
	s.mu.Lock()
	var within *frame
	for _, f := range s.outlines.inside {
		if slices.ContainsFunc(f.seen.Nodes, func(n OutlineNode) bool { return n.ID == id }) {
			within = f.from
		}
	}
	s.mu.Unlock()
	if within != nil {
		return inFrame[T](within, expression)
	}
	return in[T](s, expression)
}

func (s *Service) heardPicked(picked Picked) {
	s.tasks().Go(func() { _ = s.everywhere("pick(false)") })
	s.tell(Seen{Kind: SeenPicked, Picked: picked})
}
