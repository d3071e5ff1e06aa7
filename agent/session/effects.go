// SPDX-License-Identifier: Apache-2.0

package session

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"handrail/kiosk"
)

// carryOut does what the session wants done. What comes of it returns as an event.
func (w *Worker) carryOut(effect kiosk.Effect) {
	var err error
	switch e := effect.(type) {
	case kiosk.Show:
		w.show()
	case kiosk.Speak:
		w.speak(e.Phrases)
	case kiosk.OpenService:
		err = w.openService(e.Guide)
	case kiosk.LeaveService:
		w.proxy.SetAllowed(nil)
		w.passing = nil
		err = w.browser.Service.Open("about:blank")
	case kiosk.Reload:
		if e.Careful {
			err = w.browser.Service.Resume()
		} else {
			err = w.browser.Service.Reload()
		}
	case kiosk.AgreeOnce:
		w.browser.Service.Agree(e.Words.Reveal())
	case kiosk.GoBack:
		err = w.browser.Service.Back()
	case kiosk.Watch:
		// A page that is just loading has no script yet; its first report is fresh, and then it is watched anew.
		if watchErr := w.browser.Service.Watch(e, w.side()); watchErr != nil {
			w.log.Debug("watch", "why", watchErr)
		}
	case kiosk.Wake:
		time.AfterFunc(time.Duration(e.Seconds)*time.Second, func() {
			select {
			case w.inbox <- kiosk.Woke{Page: e.Page, Step: e.Step}:
			default: // nobody reads any more
			}
		})
	case kiosk.FocusTarget:
		_, err = w.browser.Service.Focus(e.Step)
	case kiosk.Fill:
		ok, fillErr := w.browser.Service.Fill(e.Step, e.Value)
		err = fillErr
		w.later = append(w.later, kiosk.Filled{Step: e.Step, OK: ok})
	case kiosk.ForgetCard:
		w.devices.forget()
	case kiosk.AskHelp:
		err = w.askHelp(e)
	case kiosk.RingBell:
		err = w.ringBell(e)
	case kiosk.SendBellAway:
		err = w.sendBellAway(e)
	case kiosk.AskBack:
		err = w.askBack(e)
	case kiosk.PrintTicket:
		w.printTicket(e.Number)
	case kiosk.SetConsent:
		w.setConsent(e.Consent)
	case kiosk.Pick:
		err = w.pick(e.On)
	case kiosk.Reveal:
		err = w.reveal(e.ID)
	case kiosk.HangUp:
		w.hangUp(e.ID)
	case kiosk.PrintPage:
		w.printPage()
	case kiosk.GivePicture:
		w.givePictures()
	case kiosk.Scan:
		w.takeScan()
	case kiosk.DropScan:
		w.dropScan()
	case kiosk.MakeSheets:
		w.makeSheets(e.File)
	case kiosk.DropSheets:
		w.dropSheets()
	case kiosk.PrintSheets:
		w.printSheets()
	case kiosk.Print:
		w.devices.print(w.document(e.Receipt))
	case kiosk.Count:
		_ = w.wire.Send(Line{T: "count", Name: e.Name})
	case kiosk.Note:
		w.note(e.Noted)
	case kiosk.Wipe:
		if len(w.proxy.Denied()) > 0 {
			_ = w.wire.Send(Line{T: "count", Name: "sessions_with_denied_hosts"})
		}
		_ = w.wire.Send(Line{T: "wipe", Ending: &e.Ending})
	}
	if err != nil {
		w.log.Warn("something did not work", "what", strings.TrimPrefix(typeName(effect), "kiosk."), "why", err)
	}
}

// openService lets the proxy pass what this guide needs, and nothing else, and opens its first page.
func (w *Worker) openService(g *kiosk.Guide) error {
	w.browser.Service.StayOn(append(g.AllHosts(), w.originHosts(g)...))
	if err := w.browser.Service.Prepare(g); err != nil {
		return err
	}
	w.passing = nil
	w.pass(g, nil, nil)
	return w.browser.Service.Open(w.origins[g.ID] + g.Service.Start)
}

// originHosts is the host of a guide's service, as the proxy names it.
func (w *Worker) originHosts(g *kiosk.Guide) []string {
	if u, err := url.Parse(w.origins[g.ID]); err == nil {
		return []string{hostPort(u)}
	}
	return nil
}

// pass lets the proxy pass what a page and step of a guide need, and nothing else. What goes on with hosts that are no longer
// among them is cut.
func (w *Worker) pass(g *kiosk.Guide, page *kiosk.Page, step *kiosk.Step) {
	hosts := append(g.HostsAt(page, step), w.originHosts(g)...)
	if w.passing != nil && slices.Equal(hosts, w.passing) {
		return
	}
	w.passing = hosts
	w.proxy.SetAllowed(hosts)
}

// passStep follows the session. On a page that nobody knows, what was open stays so: it may be on the way to the next.
func (w *Worker) passStep() {
	if s := w.session; s.Guide != nil && s.Page != nil && w.passing != nil {
		w.pass(s.Guide, s.Page, s.Step())
	}
}

// hostPort is the host of an address with its port, also where the address leaves it out.
func hostPort(u *url.URL) string {
	if u.Port() == "" {
		return u.Host + map[string]string{"https": ":443", "http": ":80"}[u.Scheme]
	}
	return u.Host
}

// side is where the companion lies beside the service's page.
func (w *Worker) side() string {
	if w.rtl() {
		return "left"
	}
	return "right"
}
