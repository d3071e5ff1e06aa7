// SPDX-License-Identifier: Apache-2.0

package printer

import "math"

// canvas is what is printed as dots. It grows downward.
type canvas struct {
	dots int
	rows [][]bool
}

func (c *canvas) set(x, y int, black bool) {
	if x < 0 || x >= c.dots || y < 0 {
		return
	}
	for len(c.rows) <= y {
		c.rows = append(c.rows, nil)
	}
	if c.rows[y] == nil {
		c.rows[y] = make([]bool, c.dots)
	}
	c.rows[y][x] = black
}

func (c *canvas) at(x, y int) bool {
	return y >= 0 && y < len(c.rows) && c.rows[y] != nil && x >= 0 && x < c.dots && c.rows[y][x]
}

// fill sets the dots of a rectangle.
func (c *canvas) fill(x, y, wide, high int, black bool) {
	for dy := range high {
		for dx := range wide {
			c.set(x+dx, y+dy, black)
		}
	}
}

// paint sets every dot around (x, y) whose centre is inside, at most r away.
func (c *canvas) paint(x, y, r float64, black bool, inside func(dx, dy float64) bool) {
	for py := int(y - r - 1); py <= int(y+r+1); py++ {
		for px := int(x - r - 1); px <= int(x+r+1); px++ {
			dx, dy := float64(px)+.5-x, float64(py)+.5-y
			if math.Hypot(dx, dy) <= r && inside(dx, dy) {
				c.set(px, py, black)
			}
		}
	}
}

func (c *canvas) disc(x, y, r float64, black bool) {
	c.paint(x, y, r, black, func(float64, float64) bool { return true })
}

// stroke draws a line with round ends.
func (c *canvas) stroke(x0, y0, x1, y1, wide float64, black bool) {
	steps := max(int(math.Hypot(x1-x0, y1-y0)*2), 1)
	for i := range steps + 1 {
		t := float64(i) / float64(steps)
		c.disc(x0+(x1-x0)*t, y0+(y1-y0)*t, wide/2, black)
	}
}

// arc draws a quarter of a ring round (x, y); sx and sy say which quarter by the
// signs of its dots' distances.
func (c *canvas) arc(x, y, r, wide float64, sx, sy float64) {
	c.paint(x, y, r+wide/2, true, func(dx, dy float64) bool {
		return dx*sx >= 0 && dy*sy >= 0 && math.Hypot(dx, dy) >= r-wide/2
	})
}

// frame draws a box with round corners.
func (c *canvas) frame(x, y, wide, high int, line float64) {
	const r = 14.0
	x0, y0, x1, y1 := float64(x)+line/2, float64(y)+line/2, float64(x+wide)-line/2, float64(y+high)-line/2
	l := int(line)
	c.fill(x+int(r), y, wide-2*int(r), l, true)
	c.fill(x+int(r), y+high-l, wide-2*int(r), l, true)
	c.fill(x, y+int(r), l, high-2*int(r), true)
	c.fill(x+wide-l, y+int(r), l, high-2*int(r), true)
	c.arc(x0+r, y0+r, r, line, -1, -1)
	c.arc(x1-r, y0+r, r, line, 1, -1)
	c.arc(x0+r, y1-r, r, line, -1, 1)
	c.arc(x1-r, y1-r, r, line, 1, 1)
}
