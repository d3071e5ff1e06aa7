// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"handrail/kiosk"
	"handrail/kiosk/stage"
)

// beside is a citizen's session beside a real page on a real display: what the window sees reaches the session, and what the session wants of
// the page is done, one after the other, as in a terminal's worker.
type beside struct {
	t     *testing.T
	b     *Browser
	hand  *stage.Hand
	inbox chan any
	over  chan struct{} // closed at the end; something may still be on its way then

	mu      sync.Mutex
	session *kiosk.Session
	said    [][]kiosk.Phrase
	counted []string
}

const besideOrigin = "http://form.test"

// openBeside opens a browser for whose windows the site is all of the web, and a session that is on the guide's first page.
func openBeside(t *testing.T, site http.Handler, g *kiosk.Guide, level kiosk.Level) *beside {
	t.Helper()
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	proxy := httptest.NewServer(site)
	t.Cleanup(func() { proxy.CloseClientConnections(); proxy.Close() })
	s := &beside{t: t, inbox: make(chan any, 1000), over: make(chan struct{}), session: kiosk.NewSession(kiosk.Options{Guides: []*kiosk.Guide{g}, Languages: []string{"en"}})}
	listed := func(o *Options) {
		o.Confinement.Policy = []byte(`{"DefaultPopupsSetting": 2}`) // as on a terminal, where user namespaces are allowed
		o.Listed = func(address string) bool { return strings.HasPrefix(address, besideOrigin+"/") }
	}
	s.b, s.hand = openOnStage(t, strings.TrimPrefix(proxy.URL, "http://"), func(seen Seen) { s.post(seen) }, func(string) {}, listed)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.run()
	}()
	t.Cleanup(func() { s.b.Close(); close(s.over); <-done })
	s.do(kiosk.ChoseLanguage{Lang: "en"}, kiosk.ChoseLevel{Level: level}, kiosk.ChoseService{Guide: g.ID})
	if len(g.Needs) > 0 {
		s.do(kiosk.AskedStart{}, kiosk.AskedStart{}) // the list of what is needed, and that nothing of it was answered
	}
	s.until("the first page", func(s *kiosk.Session) bool { return s.Page != nil && s.Page.ID == g.Pages[0].ID })
	return s
}

// openBesideForm does it with a page of one step, to write the village.
func openBesideForm(t *testing.T, page string) *beside {
	t.Helper()
	site := http.NewServeMux()
	site.HandleFunc("/form", func(w http.ResponseWriter, _ *http.Request) { html(w, page) })
	village := field("village", "Village", "")
	village.Say = kiosk.Say{Title: en("Your village"), How: en("Write it."), Why: en("They ask.")}
	s := openBeside(t, site, &kiosk.Guide{ID: "g", Service: kiosk.Service{Origin: besideOrigin, Start: "/form", Languages: []string{"en"}},
		Pages: []kiosk.Page{{ID: "form", Path: "/form", Heading: en("Form"), Steps: []kiosk.Step{village}}}}, kiosk.GuideMe)
	s.on("form", "village", "")
	return s
}

// do has something happen to the session.
func (s *beside) do(events ...kiosk.Event) {
	for _, e := range events {
		s.post(e)
	}
}

func (s *beside) post(m any) {
	select {
	case s.inbox <- m:
	case <-s.over:
	}
}

func (s *beside) run() {
	for {
		var m any
		select {
		case m = <-s.inbox:
		case <-s.over:
			return
		}
		switch m := m.(type) {
		case kiosk.Event:
			s.apply(m)
		case Seen:
			switch m.Kind {
			case SeenPage:
				s.apply(m.Page.Event())
			case SeenWindow:
				s.apply(kiosk.WindowWanted{})
			case SeenFile:
				s.apply(kiosk.FileOffered{})
			case SeenPrint, SeenSheets:
				s.apply(kiosk.SheetsWanted{File: m.Kind == SeenSheets})
			case SeenSaid:
				s.apply(m.Said)
			case SeenVeil:
				s.apply(kiosk.TouchedVeil{})
			case SeenDown:
				s.apply(kiosk.SiteDown{})
			case SeenCrash:
				s.apply(kiosk.PageCrashed{})
			}
		}
	}
}

func (s *beside) apply(e kiosk.Event) {
	s.mu.Lock()
	effects, err := s.session.Apply(e)
	for _, effect := range effects {
		switch e := effect.(type) {
		case kiosk.Speak:
			s.said = append(s.said, e.Phrases)
		case kiosk.Count:
			s.counted = append(s.counted, e.Name)
		}
	}
	s.mu.Unlock()
	if err != nil {
		s.t.Error(err)
	}
	service := s.b.Service
	for _, effect := range effects {
		switch e := effect.(type) {
		case kiosk.OpenService:
			if err = service.Prepare(e.Guide); err == nil {
				err = service.Open(e.Guide.Service.Origin + e.Guide.Service.Start)
			}
		case kiosk.GoBack:
			err = service.Back()
		case kiosk.Reload:
			if err = service.Reload(); e.Careful {
				err = service.Resume()
			}
		case kiosk.AgreeOnce:
			service.Agree(e.Words.Reveal())
		case kiosk.FocusTarget:
			_, err = service.Focus(e.Step)
		case kiosk.Watch:
			_ = service.Watch(e, "right") // a page that is just loading is watched when it has told of itself
		}
		if err != nil {
			s.t.Logf("%T: %v", effect, err)
		}
	}
}

// until waits until the session is so.
func (s *beside) until(what string, ok func(*kiosk.Session) bool) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		s.mu.Lock()
		is := ok(s.session)
		at := s.at()
		s.mu.Unlock()
		if is {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("did not happen: %s; it is %s", what, at)
		}
	}
}

// at is where the session is, in a line for who reads a failure.
func (s *beside) at() string {
	page, step := "", ""
	if s.session.Page != nil {
		page = s.session.Page.ID
	}
	if at := s.session.Step(); at != nil {
		step = at.ID
	}
	return fmt.Sprintf("screen %s, page %q, step %q, state %q, alone %q, failure %q, seen %+v, counted %v",
		s.session.Screen(), page, step, s.session.State(), s.session.HandsOff(), s.session.Failure, s.session.Seen, s.counted)
}

// on waits for a page, its step and its state, with the step's target found and ringed where nothing else counts first.
func (s *beside) on(page, step, state string) {
	s.t.Helper()
	s.until(fmt.Sprintf("page %q, step %q, state %q", page, step, state), func(now *kiosk.Session) bool {
		id, at := "", ""
		if now.Page != nil {
			id = now.Page.ID
		}
		if next := now.Step(); next != nil {
			at = next.ID
		}
		return id == page && at == step && now.State() == state
	})
}

// own runs an expression in the page's own world.
func (s *beside) own(expression string) string {
	s.t.Helper()
	var value string
	eventually(s.t, "the page to answer "+expression, func() bool {
		var err error
		value, err = evaluate[string](s.b.Service.ctx, s.b.Service.target, "String("+expression+")", "")
		return err == nil
	})
	return value
}

// touch touches the middle of an element of the page, as a finger on the screen does: once the page is painted, for what comes before that the
// browser drops. The service's window lies in the corner of the display.
func (s *beside) touch(selector string) {
	s.t.Helper()
	x, y := s.middle(selector)
	if err := s.hand.Click(x, y); err != nil {
		s.t.Fatal(err)
	}
}

// middle is where on the display the middle of an element of the page is, once the page is painted.
func (s *beside) middle(selector string) (x, y int) {
	s.t.Helper()
	eventually(s.t, selector+" to be on the page", func() bool {
		at, err := evaluate[[]float64](s.b.Service.ctx, s.b.Service.target, `(() => { const r = document.querySelector(`+quote(selector)+`)?.getBoundingClientRect();
			const painted = document.readyState === "complete" && performance.getEntriesByName("first-contentful-paint").length > 0;
			return painted && r && r.width > 0 ? [r.x + r.width / 2, r.y + r.height / 2] : []; })()`, "")
		if err != nil || len(at) != 2 {
			return false
		}
		x, y = int(at[0]), int(at[1])
		return true
	})
	return x, y
}

// press touches the target of the step that counts, once it is found.
func (s *beside) press(selector string) {
	s.t.Helper()
	s.until("the step to be found", func(now *kiosk.Session) bool { return now.Sight(now.Step()) == kiosk.Sure })
	s.touch(selector)
}

// spoken is how often something was said, and what was said last.
func (s *beside) spoken() (times int, last []kiosk.Phrase) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if times = len(s.said); times > 0 {
		last = slices.Clone(s.said[times-1])
	}
	return times, last
}

// forget drops what was said so far.
func (s *beside) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.said = nil
}
