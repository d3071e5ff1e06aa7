// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
)

// failed is a document that could not be loaded, and why, in the browser's name for it (net::ERR_...).
type failed struct {
	request network.RequestID
	why     string
}

// loadingFailed notes why a document did not come. It is called in the order of the browser's messages: the error page that follows finds it.
func (s *Service) loadingFailed(e *network.EventLoadingFailed) {
	if e.Type != network.ResourceTypeDocument {
		return
	}
	s.mu.Lock()
	s.failed = failed{e.RequestID, e.ErrorText}
	there := string(s.loader) == string(e.RequestID)
	s.mu.Unlock()
	if there && e.ErrorText == "net::ERR_CONTENT_DECODING_FAILED" { // it is there already, and empty
		s.tell(Seen{Kind: SeenDeadEnd})
		s.tasks().Go(s.turnBack)
	}
}

// committed notes which page is there.
func (s *Service) committed(f *cdp.Frame) {
	if f.ParentID != "" {
		return
	}
	s.mu.Lock()
	s.loader = f.LoaderID
	s.mu.Unlock()
}

// unshowables begin the names of what a browser can reach and will not show: a certificate that nobody knows, redirects
// without end. To wait and try again is no help there. Everything else counts as a service that does not answer.
var unshowables = []string{"CERT_", "SSL_", "BAD_SSL_", "TOO_MANY_REDIRECTS", "INVALID_RESPONSE", "INVALID_REDIRECT", "UNSAFE_", "UNKNOWN_URL_SCHEME",
	"DISALLOWED_URL_SCHEME", "RESPONSE_HEADERS_", "BLOCKED_BY_", "INVALID_HTTP_RESPONSE", "INVALID_AUTH_CREDENTIALS", "UNEXPECTED_PROXY_AUTH"}

// unsure tells whether an error page stands for somebody who cannot prove to be the service: a certificate of another, or one that is
// over, or has not begun. Where the terminal's clock is wrong that is every service.
func (s *Service) unsure(f *cdp.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	why, ok := strings.CutPrefix(s.failed.why, "net::ERR_CERT_")
	if ok = ok && string(s.failed.request) == string(f.LoaderID); ok {
		s.browser.options.Log.Warn("the service cannot prove that it is the service; is the clock of this terminal right?", "why", why)
	}
	return ok
}

// unshowable tells whether an error page stands for such an answer, and there is a form to go back to.
func (s *Service) unshowable(f *cdp.Frame) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	why, ok := strings.CutPrefix(s.failed.why, "net::ERR_")
	return ok && string(s.failed.request) == string(f.LoaderID) && len(s.trail) > 0 &&
		slices.ContainsFunc(unshowables, func(begin string) bool { return strings.HasPrefix(why, begin) })
}

// A page is asked now and then whether it is still there. One that gives no answer for so long hangs: its script is stopped, which leaves
// what was written; if that does not help, its process ends.
const (
	beat      = 3 * time.Second
	hangLimit = 10 * time.Second
)

// feel watches over pages that hang, until the window is gone.
func (s *Service) feel() {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
		}
		s.mu.Lock()
		id, open := s.context, len(s.trail) > 0
		s.mu.Unlock()
		if id == "" || !open || s.answers(id, hangLimit) {
			continue
		}
		s.mu.Lock()
		same := s.context == id
		s.mu.Unlock()
		if !same || s.ctx.Err() != nil {
			continue // the next document is there
		}
		s.browser.options.Log.Info("a page hangs; its script is stopped")
		ctx, cancel := context.WithTimeout(s.ctx, pageTimeout)
		_, _ = cdp.Call(ctx, s.target, runtime.TerminateExecution, cdp.Empty{})
		cancel()
		if s.answers(id, beat) {
			s.alive()
			s.tell(Seen{Kind: SeenHung})
			continue
		}
		s.browser.options.Log.Info("it still hangs; its process ends")
		ctx, cancel = context.WithTimeout(s.ctx, pageTimeout)
		_, _ = cdp.Call(ctx, s.target, page.Crash, cdp.Empty{})
		cancel()
	}
}

// answers tells whether a document answers in time, or is no longer the one that is there.
func (s *Service) answers(id string, limit time.Duration) bool {
	ctx, cancel := context.WithTimeout(s.ctx, limit)
	defer cancel()
	_, err := evaluate[int](ctx, s.target, "0", id)
	return !errors.Is(err, context.DeadlineExceeded)
}
