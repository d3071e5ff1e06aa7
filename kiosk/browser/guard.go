// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"strings"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// withoutQuestions takes away from pages what asks the person something and no policy forbids, or looks at the whole screen. It runs in
// the page's own world before any script of the page.
const withoutQuestions = `for (const [of, name] of [["Navigator", "registerProtocolHandler"], ["Navigator", "unregisterProtocolHandler"]])
	if (globalThis[of]) delete globalThis[of].prototype[name];
delete globalThis.EyeDropper;`

// questions are the permissions (Permissions API names) that a page could ask a person for. The microphone is not among them: a policy grants
// it to our own page alone.
var questions = []string{"geolocation", "notifications", "camera", "midi", "clipboard-read", "clipboard-write", "background-sync", "background-fetch",
	"periodic-background-sync", "persistent-storage", "idle-detection", "local-fonts", "window-management", "storage-access", "top-level-storage-access",
	"keyboard-lock", "pointer-lock", "nfc", "payment-handler", "speaker-selection", "local-network-access", "display-capture", "accelerometer", "gyroscope",
	"magnetometer", "ambient-light-sensor", "captured-surface-control", "web-app-installation"}

// refuseQuestions answers them all with no, before anybody is asked.
func (b *Browser) refuseQuestions() {
	c := chromedp.FromContext(b.root)
	for _, name := range questions {
		if b.options.Camera && name == "camera" {
			continue // a policy grants it to our own page alone
		}
		_, err := cdp.Call(b.root, c.Browser, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: name, Sysex: name == "midi"}, Setting: cdpbrowser.PermissionSettingDenied})
		if err != nil {
			b.options.Log.Debug("this browser knows no such permission", "name", name, "why", err)
		}
	}
}

// StayOn names the hosts (host:port) that the service's pages may lead to; the script stops the others before the page is left. It holds
// for pages that are prepared afterwards.
func (s *Service) StayOn(hosts []string) {
	list := make([]string, len(hosts))
	for i, h := range hosts {
		list[i] = strings.ToLower(h)
	}
	s.mu.Lock()
	s.hosts = list
	s.mu.Unlock()
}

// dropNothing ends whatever a page lets somebody drag, before it has begun. The browser would show a place at the edge of any of its windows,
// ours too, in which what is dropped opens a second page; and while something is dragged, no other touch is heard.
func (s *Service) dropNothing() error {
	each(&s.browser.tasks, cdp.Events(s.ctx, s.target, input.DragIntercepted), func(e input.EventDragIntercepted) {
		// Else the page would wait for its end, deaf to everything.
		_, err := cdp.Call(s.ctx, s.target, input.DispatchDragEvent, input.DispatchDragEventParams{Type: input.DispatchDragEventTypeDragCancel, Data: e.Data})
		if err != nil && s.ctx.Err() == nil {
			s.browser.options.Log.Warn("what a page lets be dragged is not let go", "why", err)
		}
	})
	_, err := cdp.Call(s.ctx, s.target, input.SetInterceptDrags, input.SetInterceptDragsParams{Enabled: true})
	return err
}

// lost tells whether the window shows something that is none of the service's pages: an error page of the browser, or a page of a place that
// is not listed.
func (s *Service) lost(ctx context.Context) bool {
	tree, err := cdp.Call(ctx, s.target, page.GetFrameTree, cdp.Empty{})
	if err != nil || tree.FrameTree == nil || tree.FrameTree.Frame == nil {
		return false
	}
	f := tree.FrameTree.Frame
	return f.UnreachableURL != "" || !s.belongs(f.URL)
}

// belongs tells whether an address is one of the service's, as far as can be told.
func (s *Service) belongs(address string) bool {
	return placeOf(address) != "" && (s.browser.options.Listed == nil || s.browser.options.Listed(address))
}

// turnBack leads from a page that is none of the service's back to the form: by the window's history, which brings back what was written, and
// where that does not help by its address. Only one such attempt is under way at a time.
func (s *Service) turnBack() {
	s.mu.Lock()
	busy := s.turning
	s.turning = true
	s.mu.Unlock()
	if busy {
		return
	}
	defer func() {
		s.mu.Lock()
		s.turning = false
		s.mu.Unlock()
	}()
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	for try := range 3 {
		if try == 0 && s.backIsForm(ctx) {
			_ = s.historyBack()
		} else {
			_ = s.Resume()
		}
		for range 30 {
			select {
			case <-ctx.Done():
				return
			case <-time.After(50 * time.Millisecond):
			}
			if !s.lost(ctx) {
				return
			}
		}
	}
	s.tell(Seen{Kind: SeenDeadEnd}) // it is somewhere else still: covered, with one key that tries again
}

// backIsForm tells whether the entry before the present one in the window's history is a page of the service.
func (s *Service) backIsForm(ctx context.Context) bool {
	history, err := cdp.Call(ctx, s.target, page.GetNavigationHistory, cdp.Empty{})
	if err != nil || history.CurrentIndex < 1 || int(history.CurrentIndex) > len(history.Entries)-1 {
		return false
	}
	return s.belongs(history.Entries[history.CurrentIndex-1].URL)
}

// hideFrame makes the element invisible in which a frame of the page shows that it could not be loaded: that page is the browser's and tells
// a citizen nothing. It keeps its place: what it was to be counts as a sign of the page's state.
func (s *Service) hideFrame(id cdp.FrameID) {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	owner, err := cdp.Call(ctx, s.target, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: id})
	if err != nil {
		return // gone already
	}
	node, err := cdp.Call(ctx, s.target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: owner.BackendNodeID})
	if err != nil || node.Object == nil {
		return
	}
	_, _ = cdp.Call(ctx, s.target, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
		ObjectID: node.Object.ObjectID, FunctionDeclaration: `function () { this.style.setProperty("clip-path", "inset(50%)", "important") }`})
}
