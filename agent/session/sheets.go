// SPDX-License-Identifier: Apache-2.0

package session

import (
	"context"
	"errors"
	"time"

	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/peripherals"
	"handrail/peripherals/printer"
)

// sheets are what the citizen may have printed on the office's printer. The PDF is in the memory of this process, of the
// browser that shows it, and, once the citizen has said so, of the printer: it is in no file and no journal.
type sheets struct {
	printer *printer.IPP // nil: there is none
	asked   bool         // the page has asked, and nobody has touched it since
	given   []byte       // a file of the service that nobody has answered yet
	pdf     []byte       // what is shown
	path    string       // where the companion reads it
	made    int          // counts what was shown
	stop    context.CancelFunc
}

const (
	// sheetsLimit is how long a print may take, with a stop for paper in it.
	sheetsLimit = 5 * time.Minute
	// drawLimit is how long the companion may take to make a picture of the first sheet.
	drawLimit = 30 * time.Second
)

// prepareSheets finds the office's printer in the set-up.
func (w *Worker) prepareSheets(o *kiosk.Options) (err error) {
	if o.SheetPrice, err = kiosk.ParsePrice(w.setup.PricePerPage); err != nil {
		return err
	}
	a4, ok := w.setup.Devices["a4"]
	if !ok {
		return nil
	}
	w.sheets.printer, err = printer.OpenIPP(a4.Port)
	o.SheetPrinter = err == nil
	return err
}

// wantSheets takes up that the page calls for being printed, or has given a file for it. A page that calls again and again
// is heard once until somebody touches it.
func (w *Worker) wantSheets(seen browser.Seen) {
	if w.sheets.asked {
		clear(seen.Sheets)
		return
	}
	w.sheets.asked, w.sheets.given = true, seen.Sheets
	w.apply(kiosk.SheetsWanted{File: seen.Kind == browser.SeenSheets})
	clear(w.sheets.given) // if nobody took it
	w.sheets.given = nil
}

// makeSheets makes sheets of the page, or takes the file that it gave, and has the companion draw them.
func (w *Worker) makeSheets(file bool) {
	if file {
		w.laySheets(w.sheets.given, nil)
		return
	}
	w.sheets.made++
	made := w.sheets.made
	w.tasks.Go(func() {
		pdf, err := w.browser.Service.Sheets()
		w.post(func() {
			if made == w.sheets.made {
				w.laySheets(pdf, err)
			}
		})
	})
}

func (w *Worker) laySheets(pdf []byte, err error) {
	s := &w.sheets
	s.given = nil
	if err != nil {
		w.log.Warn("sheets", "why", err)
		why := kiosk.SheetsBroken
		if errors.Is(err, browser.ErrSheetsTooLarge) {
			why = kiosk.SheetsMany
		}
		w.apply(kiosk.SheetsMade{Why: why})
		return
	}
	s.made++
	s.pdf, s.path = pdf, "/sheets/"+paperID()+".pdf"
	w.browser.Companion.Lay(s.path, pdf)
	w.show()
	path := s.path
	time.AfterFunc(drawLimit, func() { w.post(func() { w.onSheetsSeen(path, 0) }) })
}

// onSheetsSeen takes the companion's word that it has drawn the first sheet, and how many there are; 0: it cannot read it.
func (w *Worker) onSheetsSeen(path string, n int) {
	if path != w.sheets.path || w.session.Sheets.State != kiosk.SheetsMaking {
		return
	}
	switch {
	case n <= 0:
		w.apply(kiosk.SheetsMade{Why: kiosk.SheetsBroken})
	case n > browser.MaxSheets:
		w.apply(kiosk.SheetsMade{Why: kiosk.SheetsMany})
	default:
		w.apply(kiosk.SheetsMade{N: n})
	}
}

// dropSheets forgets what was shown, and calls a print back that is under way.
func (w *Worker) dropSheets() {
	s := &w.sheets
	if s.stop != nil {
		s.stop()
	}
	clear(s.given)
	if s.stop == nil {
		clear(s.pdf)
	}
	s.given, s.pdf, s.path, s.stop = nil, nil, "", nil
	s.made++
	w.browser.Companion.Lay("", nil)
}

// printSheets prints what is shown.
func (w *Worker) printSheets() {
	s := &w.sheets
	if s.printer == nil || s.pdf == nil {
		w.later = append(w.later, kiosk.SheetsPrinted{State: string(peripherals.PrinterAbsent)})
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), sheetsLimit)
	s.stop = cancel
	pdf, made := s.pdf, s.made
	office := *s.printer
	office.Stopped = func(state peripherals.State) {
		told := string(state)
		if state.CanPrint() {
			told = ""
		}
		w.post(kiosk.SheetsStopped{State: told})
	}
	w.tasks.Go(func() {
		defer cancel()
		job, err := office.PrintPDF(ctx, pdf)
		w.post(func() {
			_ = w.wire.Send(Line{T: "device", Name: "a4", State: string(job.State)})
			if made != w.sheets.made {
				clear(pdf) // it was called back, and is shown to nobody any more
				return
			}
			w.sheets.stop = nil
			w.apply(kiosk.SheetsPrinted{OK: err == nil, State: string(job.State)})
		})
	})
}

// sheetView is what the companion draws of the sheets.
type sheetView struct {
	State string      `json:"state"`
	Src   string      `json:"src,omitempty"` // of the PDF
	N     int         `json:"n"`
	Price *priceOf    `json:"price,omitempty"` // of all of them; absent: free
	Stop  string      `json:"stop,omitempty"`
	Where *whereOffer `json:"where,omitempty"`
}

type priceOf struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
}

// whereOffer is the slip that says where the page is found. State is "" before it was asked for.
type whereOffer struct {
	State string `json:"state"`
}

func (w *Worker) sheetView() *sheetView {
	s := w.session
	out := &sheetView{State: s.Sheets.State, Src: w.sheets.path, N: s.Sheets.N, Stop: s.Sheets.Stop}
	if !s.Sheets.Price.Free() {
		out.Price = &priceOf{float64(s.Sheets.Price.Thousandths) / 1000, s.Sheets.Price.Currency}
	}
	if s.Sheets.State == kiosk.SheetsNone && !s.NoPrinter {
		out.Where = &whereOffer{s.Sheets.Where}
	}
	return out
}
