// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"

	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// Resize gives a display another of its resolutions (RandR 1.1, RRSetScreenConfig), as somebody who sets up a screen does.
func Resize(display, authority string, w, h int) error {
	x, err := dial(display, authority)
	if err != nil {
		return err
	}
	defer closeConn(x)
	if err := extend(x, "RANDR"); err != nil {
		return fmt.Errorf("resolution: %w", err)
	}
	if _, err := randr.QueryVersion(x, 1, 1).Reply(); err != nil {
		return fmt.Errorf("resolution: %w", err)
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	info, err := randr.GetScreenInfo(x, root).Reply()
	if err != nil {
		return fmt.Errorf("resolution: %w", err)
	}
	for i, size := range info.Sizes {
		if int(size.Width) != w || int(size.Height) != h {
			continue
		}
		r, err := randr.SetScreenConfig(x, root, xproto.TimeCurrentTime, info.ConfigTimestamp, uint16(i), randr.RotationRotate0, 0).Reply()
		if err != nil {
			return fmt.Errorf("resolution: %w", err)
		}
		if r.Status != randr.SetConfigSuccess {
			return fmt.Errorf("resolution: the display refused %dx%d (status %d)", w, h, r.Status)
		}
		return nil
	}
	return fmt.Errorf("resolution: the display has no %dx%d", w, h)
}
