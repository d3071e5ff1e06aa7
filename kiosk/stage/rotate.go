// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// Rotation is how a screen hangs on its wall: what is drawn is turned, so that it stands upright on it.
type Rotation string

// The rotations that a screen can have. Left is a quarter turn against the clock.
const (
	Upright  Rotation = ""
	Left     Rotation = "left"
	Right    Rotation = "right"
	Inverted Rotation = "inverted"
)

// turn is what a rotation is for the display (RandR 1.5, Rotation), and for what touches it: the matrix that takes a point of the
// panel, from 0 to 1, to the point of the picture (xorg.conf(5), TransformationMatrix).
var turns = map[Rotation]struct {
	randr  uint16
	matrix [9]float64
}{
	Upright:  {randr.RotationRotate0, [9]float64{1, 0, 0, 0, 1, 0, 0, 0, 1}},
	Left:     {randr.RotationRotate90, [9]float64{0, -1, 1, 1, 0, 0, 0, 0, 1}},
	Inverted: {randr.RotationRotate180, [9]float64{-1, 0, 1, 0, -1, 1, 0, 0, 1}},
	Right:    {randr.RotationRotate270, [9]float64{0, 1, 0, -1, 0, 1, 0, 0, 1}},
}

// Known reports whether there is such a rotation.
func (r Rotation) Known() bool { _, ok := turns[r]; return ok }

// touchSection has Xorg turn whatever touches the screen, also what is plugged in later. It is empty for an upright one.
func touchSection(r Rotation) string {
	if r == Upright {
		return ""
	}
	m := turns[r].matrix
	return fmt.Sprintf(`Section "InputClass"
	Identifier "handrail touch"
	MatchIsTouchscreen "on"
	Option "TransformationMatrix" "%g %g %g %g %g %g %g %g %g"
EndSection
`, m[0], m[1], m[2], m[3], m[4], m[5], m[6], m[7], m[8])
}

// Rotate turns a display (RandR 1.1, RRSetScreenConfig); it keeps the resolution that it has. A stage that is on it lays its windows
// out anew.
func Rotate(display, authority string, r Rotation) error {
	turn, ok := turns[r]
	if !ok {
		return fmt.Errorf("rotation: there is no %q; there are left, right and inverted", r)
	}
	x, err := dial(display, authority)
	if err != nil {
		return err
	}
	defer closeConn(x)
	if err := extend(x, "RANDR"); err != nil {
		return fmt.Errorf("rotation: %w", err)
	}
	if _, err := randr.QueryVersion(x, 1, 1).Reply(); err != nil {
		return fmt.Errorf("rotation: %w", err)
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	// The reply's fixed part is read here: xgb falls over its list of refresh rates with some drivers.
	info, err := randr.GetScreenInfo(x, root).Cookie.Reply()
	if err != nil {
		return fmt.Errorf("rotation: %w", err)
	}
	if len(info) < 32 {
		return fmt.Errorf("rotation: the display answered %d bytes", len(info))
	}
	rotations, since, size, now := uint16(info[1]), xgb.Get32(info[16:]), xgb.Get16(info[22:]), xgb.Get16(info[24:])
	if now == turn.randr {
		return nil
	}
	if rotations&turn.randr == 0 {
		return fmt.Errorf("rotation: this display cannot be turned %q", r)
	}
	answer, err := randr.SetScreenConfig(x, root, xproto.TimeCurrentTime, xproto.Timestamp(since), size, turn.randr, 0).Reply()
	if err != nil {
		return fmt.Errorf("rotation: %w", err)
	}
	if answer.Status != randr.SetConfigSuccess {
		return fmt.Errorf("rotation: the display refused %q (status %d)", r, answer.Status)
	}
	return nil
}
