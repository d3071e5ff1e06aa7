// SPDX-License-Identifier: Apache-2.0

package kiosk

import "slices"

// Resume is what another worker needs to go on, when one was lost: how the citizen wants it, and which service. No value is
// in it, and none is anywhere: what was written on the service's pages is gone with the browser.
type Resume struct {
	Lang            string
	Level           Level
	Large, Contrast bool
	Guide           string `json:",omitempty"` // id of the service that was open
	MaybeSent       bool   // the service may have got what was written
}

// Resumable is how another worker would go on now; nil when there is nobody, or nothing to go on with.
func (s *Session) Resumable() *Resume {
	if s.Lang == "" || s.wiped || s.Finished || s.overlay == EndScreen {
		return nil
	}
	r := &Resume{Lang: s.Lang, Level: s.Level, Large: s.Large, Contrast: s.Contrast, MaybeSent: s.MaybeSent()}
	if s.Opened {
		r.Guide = s.Guide.ID
	}
	return r
}

// onLost answers a browser or page that died.
func (s *Session) onLost(e Event) []Effect {
	switch e := e.(type) {
	case Resumed:
		return s.resume(e.Resume)
	case PageCrashed:
		if s.Guide == nil || !s.Opened {
			return nil
		}
		s.crashes++
		s.noteNow(OutLost)
		s.errorAt, s.explain, s.Seen, s.Page = nil, nil, PageSeen{}, nil
		s.filling, s.watching = nil, Watch{}
		if s.crashes > mostCrashes {
			return s.fail("browser-lost")
		}
		// By its address: nothing that was sent is sent a second time. Which step it is, the page says when it is back.
		return append([]Effect{Count{"page_crashed"}, Reload{Careful: true}}, s.deadEnd(false)...)
	}
	return nil
}

// mostCrashes is how often one page is loaded again by itself after it died.
const mostCrashes = 2

// resume takes up a session of which nothing is left but how it was meant to be.
func (s *Session) resume(r Resume) []Effect {
	if s.Lang != "" || !slices.Contains(s.Languages, r.Lang) {
		return nil
	}
	s.Lang, s.Large, s.Contrast = r.Lang, r.Large, r.Contrast
	if slices.Contains(Levels(), r.Level) {
		s.Level = r.Level
	}
	for _, g := range s.Guides {
		if g.ID == r.Guide && s.Level != "" {
			s.Guide, s.Opened, s.maybeSent = g, true, r.MaybeSent
			return append(s.fail("browser-lost"), Count{"sessions_resumed"})
		}
	}
	return []Effect{Count{"sessions_resumed"}, Show{}}
}

// afresh tells whether going on means to begin the service again: of what was written nothing is left.
func (s *Session) afresh() bool {
	return s.Failure == "browser-lost" || s.Failure == "form-gone" || s.Page != nil && s.Page.State == "expired"
}
