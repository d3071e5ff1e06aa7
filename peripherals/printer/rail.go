// SPDX-License-Identifier: Apache-2.0

package printer

// The rail runs down the side at which text starts: it bends in at the top, has a
// knob at every step, and runs out to the tear edge at the end.

const bend = 40 // radius of the rail's bends

// beginRail starts the rail here, if it has not begun. It begins under the title,
// because a printer cannot set dots beside letters of double height.
func (l *layout) beginRail() {
	if l.railTop < 0 {
		l.railTop = l.y
	}
}

// endRail draws the rail down to here.
func (l *layout) endRail() {
	if l.railTop < 0 || l.y <= l.railTop {
		return
	}
	wide := float64(l.railWide)
	radius := float64(min(bend, l.start-l.railX-l.railWide))
	top := l.railTop
	foot := max(l.y+8, top+3*int(radius))

	// All of it is worked out for a rail at the left, and mirrored dot by dot.
	side, x := 1.0, float64(l.railX)
	if l.doc.RTL {
		side, x = -1, float64(l.p.Dots-l.railX)
	}
	c := &l.page.canvas
	c.arc(x+side*radius, float64(top)+radius+wide/2, radius, wide, -side, -1)
	c.disc(x+side*radius, float64(top)+wide/2, wide/2, true)
	from, to := top+int(radius+wide/2), foot-int(radius)
	c.fill(int(x)-l.railWide/2, from, l.railWide, to-from, true)
	c.arc(x+side*radius, float64(foot)-radius, radius, wide, -side, 1)
	run := l.p.Dots - l.end - l.railX - int(radius)
	c.stroke(x+side*radius, float64(foot), x+side*(radius+float64(run)-wide/2), float64(foot), wide, true)
	for _, k := range l.knobs {
		l.knob(x, float64(k.y), k.done)
	}
	l.y = foot + l.railWide
	l.railTop, l.knobs = -1, nil
}

// knob draws a step: black with a tick if it is done, an empty ring if not. Ticks
// are never mirrored.
func (l *layout) knob(x, y float64, done bool) {
	r := float64(knobRadius)
	if l.p.Dots < 500 {
		r = 14
	}
	c := &l.page.canvas
	c.disc(x, y, r, true)
	if !done {
		c.disc(x, y, r-4, false)
		return
	}
	c.stroke(x-r*.42, y+r*.02, x-r*.1, y+r*.36, 4, false)
	c.stroke(x-r*.1, y+r*.36, x+r*.45, y-r*.32, 4, false)
}
