// SPDX-License-Identifier: Apache-2.0

package session

import (
	"fmt"

	"handrail/kiosk"
	"handrail/kiosk/browser"
)

// givePicture puts the picture that the companion shows into the box of the page. It is in the memory of the companion's page
// and of this process, and on the tmpfs of the browser; nobody else is shown it.
func (w *Worker) givePicture() {
	w.pictures++
	name := fmt.Sprintf("paper-%d.jpg", w.pictures)
	w.tasks.Go(func() {
		picture, err := w.browser.Companion.Picture()
		given := false
		if err == nil {
			given, err = w.browser.Service.GiveFiles([]browser.File{{Name: name, Data: picture}})
			clear(picture)
		}
		if err != nil {
			w.log.Warn("a picture for the page", "why", err)
		}
		w.post(kiosk.PictureGiven{OK: given})
	})
}

// filing is what the companion draws of giving a picture.
type filing struct {
	State string `json:"state"`
}

func (w *Worker) filingView() *filing {
	return &filing{w.session.Filing}
}
