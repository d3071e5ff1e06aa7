// SPDX-License-Identifier: Apache-2.0

package kiosk

// Box is what a page said or asked in a box of the browser's own (JavaScript's alert and confirm). No such box is ever left on the
// screen: the words stand in our own instead. A question is answered with no until the citizen has said yes; then the same question,
// asked again, is answered with yes, once.
type Box struct {
	Words  Private
	Asks   bool
	Agreed bool // the citizen said yes, and has to touch the page again
	fresh  bool // nothing was seen of the page since
}

// SiteSaid: the page put up a box, which was closed. AnsweredBox: the citizen read it (Yes of what asks nothing), or answers it.
type (
	SiteSaid struct {
		Words Private
		Asks  bool
	}
	AnsweredBox struct{ Yes bool }
)

func (SiteSaid) event()    {}
func (AnsweredBox) event() {}

// AgreeOnce has the page's next question of these words answered with yes.
type AgreeOnce struct{ Words Private }

func (AgreeOnce) effect() {}

// onBox answers a page's box, and the citizen's answer to it.
func (s *Session) onBox(e Event) []Effect {
	if s.Guide == nil || !s.Opened {
		return nil
	}
	switch e := e.(type) {
	case SiteSaid:
		if s.Box != nil && s.Box.Agreed && e.Asks && s.Box.Words.Equal(e.Words) {
			return nil // it was asked once too often; what was said still holds
		}
		s.Box = &Box{Words: e.Words, Asks: e.Asks, fresh: true}
		name := "site_said"
		if e.Asks {
			name = "site_asked"
		}
		out := []Effect{Count{name}, Show{}}
		if s.Screen() == SiteSays {
			out = append(out, s.speakBox())
		}
		return out
	case AnsweredBox:
		if s.Box == nil {
			return nil
		}
		if s.Box.Asks && e.Yes && !s.Box.Agreed {
			s.Box.Agreed = true
			return []Effect{AgreeOnce{s.Box.Words}, Count{"site_agreed"}, Speak{[]Phrase{{Key: "box.again.title"}}}, Show{}}
		}
		s.Box = nil
		if s.Help.Accepted {
			return []Effect{Show{}} // the helper talks
		}
		return append(s.speakStep(), Show{})
	}
	return nil
}

// outlived tells that a box was of a page that is gone. One that came just before a new page is of that page.
func (s *Session) outlived(e PageSeen) {
	if s.Box != nil && e.Fresh && !s.Box.fresh {
		s.Box = nil
	}
	if s.Box != nil {
		s.Box.fresh = false
	}
}

func (s *Session) speakBox() Effect {
	if s.Box.Agreed {
		return Speak{[]Phrase{{Key: "box.again.title"}, {Key: "box.again.how"}}}
	}
	key := "box.says"
	if s.Box.Asks {
		key = "box.asks"
	}
	site := "en"
	if len(s.Guide.Service.Languages) > 0 {
		site = s.Guide.Service.Languages[0]
	}
	return Speak{[]Phrase{{Key: key}, {Words: s.Box.Words, Lang: site}}}
}
