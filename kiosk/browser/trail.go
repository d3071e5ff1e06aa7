// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"net/url"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

// mostTrail is how many pages of a way are kept.
const mostTrail = 200

// arrived notes the address of a page that was loaded. A page that was there before ends the way that led on from it.
func (s *Service) arrived(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if placeOf(address) == "" {
		s.trail = nil
		return
	}
	for i, before := range s.trail {
		if placeOf(before) == placeOf(address) {
			s.trail = append(s.trail[:i:i], address)
			return
		}
	}
	if len(s.trail) >= mostTrail {
		s.trail = s.trail[1:]
	}
	s.trail = append(s.trail, address)
}

// placeOf is an address without query and fragment; "" when it is no page of the web.
func placeOf(address string) string {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") {
		return ""
	}
	return u.Scheme + "://" + u.Host + u.Path
}

// Reload loads the page again. A page that did not come because of what was sent to get it is sent for again: that is
// what "try again" means to who pressed the key.
func (s *Service) Reload() error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	_, err := cdp.Call(ctx, s.target, page.Reload, page.ReloadParams{})
	return err
}

// Resume asks for the page that was there last by its address, after its process died. Nothing that the citizen sent is
// sent a second time.
func (s *Service) Resume() error {
	s.mu.Lock()
	n := len(s.trail)
	here := ""
	if n > 0 {
		here = s.trail[n-1]
	}
	s.mu.Unlock()
	if here == "" {
		return s.Reload()
	}
	return s.Open(here)
}

// Back asks for the page before by its address: a page that came as the answer to something sent is not sent for again,
// and the same page with an error in it is no page before. A page that the service's own script made of this one, and
// the first, are left by the window's history. With nothing to go back to it does nothing.
func (s *Service) Back() error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	history, err := cdp.Call(ctx, s.target, page.GetNavigationHistory, cdp.Empty{})
	if err != nil || history.CurrentIndex < 1 || int(history.CurrentIndex) > len(history.Entries)-1 {
		return err
	}
	now := placeOf(history.Entries[history.CurrentIndex].URL)
	s.mu.Lock()
	n := len(s.trail)
	before := ""
	if n > 1 && placeOf(s.trail[n-1]) == now {
		before = s.trail[n-2]
	}
	s.mu.Unlock()
	if before != "" {
		return s.Open(before)
	}
	return s.historyBack()
}

// historyBack goes one entry back in the window's history.
func (s *Service) historyBack() error {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	history, err := cdp.Call(ctx, s.target, page.GetNavigationHistory, cdp.Empty{})
	if err != nil || history.CurrentIndex < 1 || int(history.CurrentIndex) > len(history.Entries)-1 {
		return err
	}
	entry := history.Entries[history.CurrentIndex-1]
	_, err = cdp.Call(ctx, s.target, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: entry.ID})
	return err
}
