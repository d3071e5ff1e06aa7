// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"fmt"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// Cast sends the walker's page as pictures (JPEG of a quality from 0 to 100), the way a helper would see it who sees
// pixels. Nothing of the product does that: it is the yardstick of the outline. Each picture is given to onFrame, one at
// a time, and acknowledged before, so that the next may follow. stop ends it and returns when no more will come.
func (w *Walker) Cast(quality int, onFrame func(jpeg []byte)) (stop func() error, err error) {
	s := w.service
	ctx, cancel := context.WithCancel(s.ctx)
	ended := make(chan struct{})
	frames := cdp.Events(ctx, s.target, page.ScreencastFrame)
	w.host.tasks.Go(func() {
		defer close(ended)
		for frame, err := range frames {
			if err != nil {
				return
			}
			_, _ = cdp.Call(ctx, s.target, page.ScreencastFrameAck, page.ScreencastFrameAckParams{SessionID: frame.SessionID})
			onFrame(frame.Data)
		}
	})
	q := int64(quality)
	_, err = cdp.Call(s.ctx, s.target, page.StartScreencast, page.StartScreencastParams{
		Format: page.StartScreencastFormatJpeg, Quality: &q, MaxWidth: int64(w.options.Width), MaxHeight: int64(w.options.Height), EveryNthFrame: 1,
	})
	if err != nil {
		cancel()
		<-ended
		return nil, fmt.Errorf("screencast: %w", err)
	}
	return func() error {
		cancel()
		<-ended
		_, err := cdp.Call(s.ctx, s.target, page.StopScreencast, cdp.Empty{})
		return err
	}, nil
}
