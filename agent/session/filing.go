// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"fmt"

	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/peripherals"
	"handrail/peripherals/scanner"
)

// filing is what goes on while a page is given pictures of papers. They are in the memory of the companion's page and of this process,
// and, once given, on the tmpfs of the browser; nobody else is shown them.
type filing struct {
	scanner *scanner.Scanner // nil: there is none
	stop    context.CancelFunc
	scan    []byte // what the scanner gave last
	path    string // where the companion reads it
	given   int    // counts pictures that were given to pages
}

// prepareFiling finds the scanner in the set-up.
func (w *Worker) prepareFiling(o *kiosk.Options) (err error) {
	o.Camera = w.setup.Camera
	if c, ok := w.setup.Devices["scanner"]; ok {
		w.filing.scanner, err = scanner.Open(c)
		o.Scanner = err == nil
	}
	return err
}

// givePictures puts the pictures that the companion shows into the box of the page.
func (w *Worker) givePictures() {
	first := w.filing.given + 1
	w.filing.given += browser.MostPictures
	w.tasks.Go(func() {
		pictures, err := w.browser.Companion.Pictures()
		given := false
		if err == nil {
			var files []browser.File
			for i, picture := range pictures {
				files = append(files, browser.File{Name: fmt.Sprintf("paper-%d.jpg", first+i), Data: picture})
			}
			given, err = w.browser.Service.GiveFiles(files)
		}
		for _, picture := range pictures {
			clear(picture)
		}
		if err != nil {
			w.log.Warn("pictures for the page", "why", err)
		}
		w.post(kiosk.PictureGiven{OK: given})
	})
}

// takeScan has the scanner take a picture, and the companion show it.
func (w *Worker) takeScan() {
	w.dropScan()
	if w.filing.scanner == nil {
		w.later = append(w.later, kiosk.Scanned{State: string(peripherals.ScannerAbsent)})
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.filing.stop = cancel
	w.tasks.Go(func() {
		page, state, err := w.filing.scanner.Scan(ctx)
		w.post(func() {
			if ctx.Err() != nil {
				clear(page) // it was called back
				return
			}
			_ = w.wire.Send(Line{T: "device", Name: "scanner", State: string(state)})
			if err != nil {
				w.log.Warn("a scan", "why", err)
				w.apply(kiosk.Scanned{State: string(state)})
				return
			}
			w.filing.scan, w.filing.path = page, "/scans/"+paperID()+".jpg"
			w.browser.Companion.LayPicture(w.filing.path, page)
			w.apply(kiosk.Scanned{})
		})
	})
}

// dropScan calls a scan back that is under way, and forgets what came of the last.
func (w *Worker) dropScan() {
	if w.filing.stop != nil {
		w.filing.stop()
	}
	w.browser.Companion.LayPicture("", nil)
	clear(w.filing.scan)
	w.filing.stop, w.filing.scan, w.filing.path = nil, nil, ""
}

// filingView is what the companion draws of giving pictures.
type filingView struct {
	State   string `json:"state"`
	Src     string `json:"src,omitempty"`   // of what the scanner gave
	Several bool   `json:"several"`         // the box takes more than one
	Other   string `json:"other,omitempty"` // what else a picture can be taken with: "camera", "scanner"
}

func (w *Worker) filingView() *filingView {
	return &filingView{w.session.Filing, w.filing.path, w.session.Several, w.session.OtherSource()}
}
