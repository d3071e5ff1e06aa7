// SPDX-License-Identifier: Apache-2.0

package outline

import (
	"encoding/json"
	"slices"
	"time"

	"handrail/helpdesk"
)

// Stream makes of one outline after the other what the helper does not know yet. Its zero value knows that they know
// nothing. For one goroutine.
type Stream struct {
	last *helpdesk.Outline // that they have, or will have
	n    int
}

// Next is what makes the helper's outline this one: nil when it is already, a change when that is shorter, else the whole.
func (s *Stream) Next(now helpdesk.Outline) helpdesk.Content {
	if s.last != nil {
		now.N = s.last.N
		if equal(*s.last, now) {
			return nil
		}
	}
	s.n++
	now.N = s.n
	before := s.last
	s.last = &now
	if before == nil || before.Page != now.Page || before.Alone != now.Alone || before.W != now.W || before.H != now.H {
		return &now
	}
	change := difference(before, &now)
	// Where little is new and little is gone there is nothing to weigh: what stays is named at most.
	if 2*len(change.Nodes)+len(change.Gone) >= len(now.Nodes) && size(change) >= size(&now) {
		return &now
	}
	return change
}

// Forget has the next outline sent whole.
func (s *Stream) Forget() { s.last = nil }

// Sent is the number of what was sent last.
func (s *Stream) Sent() int { return s.n }

// difference is what changes one outline into another. Most of a page that was scrolled has moved by the same: that is said once.
func difference(a, b *helpdesk.Outline) *helpdesk.Changed {
	change := &helpdesk.Changed{N: b.N, Of: a.N}
	before := make(map[string]helpdesk.Node, len(a.Nodes))
	for _, n := range a.Nodes {
		before[n.ID] = n
	}
	moves, most := map[[2]int]int{}, 0
	for _, n := range b.Nodes {
		old, ok := before[n.ID]
		if !ok {
			continue
		}
		move := [2]int{n.Box[0] - old.Box[0], n.Box[1] - old.Box[1]}
		if moves[move]++; moves[move] > most {
			most, change.Move = moves[move], move
		}
	}
	there := make(map[string]bool, len(b.Nodes))
	ways := map[[2]int]int{} // where in Moved each way is
	for _, n := range b.Nodes {
		there[n.ID] = true
		old, ok := before[n.ID]
		move := [2]int{n.Box[0] - old.Box[0], n.Box[1] - old.Box[1]}
		old.Box[0], old.Box[1] = n.Box[0], n.Box[1]
		switch {
		case !ok || !equalNodes(old, n):
			change.Nodes = append(change.Nodes, n)
		case move != change.Move:
			at, ok := ways[move]
			if !ok {
				at = len(change.Moved)
				ways[move] = at
				change.Moved = append(change.Moved, helpdesk.Moved{By: move})
			}
			change.Moved[at].IDs = append(change.Moved[at].IDs, n.ID)
		}
	}
	for _, n := range a.Nodes {
		if !there[n.ID] {
			change.Gone = append(change.Gone, n.ID)
		}
	}
	return change
}

func equal(a, b helpdesk.Outline) bool {
	return a.Page == b.Page && a.Alone == b.Alone && a.W == b.W && a.H == b.H && slices.EqualFunc(a.Nodes, b.Nodes, equalNodes)
}

func equalNodes(a, b helpdesk.Node) bool {
	return a.ID == b.ID && a.NodeKind == b.NodeKind && a.Box == b.Box && a.Text == b.Text && a.Bar == b.Bar && slices.Equal(a.State, b.State)
}

func size(c any) int {
	data, _ := json.Marshal(c)
	return len(data)
}

// Rates of a Pace: what a thin line carries beside a voice, and what may go at once after a while of silence.
const (
	bytesASecond = 560
	burst        = 6000
	// unseen is how long what was sent may stay unanswered before more is sent all the same.
	unseen = 3 * time.Second
)

// Pace says when the next outline may go: when the last is drawn, and as much as the line is to carry. What changes in between is
// sent together. For one goroutine; times are the caller's, and never go back.
type Pace struct {
	spent  float64
	at     time.Time
	sent   int // the last that was sent
	sentAt time.Time
	drawn  int
	trip   time.Duration // of what was drawn last
}

// Wait is how long the next has to wait; 0: it may go now.
func (p *Pace) Wait(now time.Time) time.Duration {
	p.refill(now)
	var wait time.Duration
	if over := p.spent - burst; over > 0 {
		wait = time.Duration(over / bytesASecond * float64(time.Second))
	}
	if p.sent > p.drawn {
		wait = max(wait, p.sentAt.Add(unseen).Sub(now))
	}
	return max(wait, 0)
}

func (p *Pace) refill(now time.Time) {
	if !p.at.IsZero() {
		p.spent = max(0, p.spent-now.Sub(p.at).Seconds()*bytesASecond)
	}
	p.at = now
}

// Sent notes that the outline n was sent, in so many bytes.
func (p *Pace) Sent(n, bytes int, now time.Time) {
	p.refill(now)
	p.spent += float64(bytes)
	p.sent, p.sentAt = n, now
}

// Drawn notes what the helper has drawn.
func (p *Pace) Drawn(n int, now time.Time) {
	before := p.drawn
	if p.drawn = max(p.drawn, min(n, p.sent)); p.drawn > before && p.drawn == p.sent {
		p.trip = now.Sub(p.sentAt)
	}
}

// Trip is how long it took until what was sent last was drawn and its answer was here, or has taken by now if that is longer.
func (p *Pace) Trip(now time.Time) time.Duration {
	if p.sent > p.drawn {
		return max(p.trip, now.Sub(p.sentAt))
	}
	return p.trip
}
