// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// home is a process of the page that has its own messages: the page itself, or a frame of another origin that Chromium
// runs in a process of its own, which is then a target of its own.
type home struct {
	ctx    context.Context
	target *chromedp.Target
	root   string // id of its topmost frame
}

// frame is a document within the service's page: a payment's, an identity provider's.
type frame struct {
	*home
	id        string
	origin    string
	context   string // unique id of our world in it
	contextID runtime.ExecutionContextID
}

func (s *Service) tasks() *sync.WaitGroup { return &s.browser.tasks }

// frameWait is how long a frame waits for the frame round it to be known.
const frameWait = 10 * time.Second

// followFrames attaches to frames that get a process of their own, as they come.
func (s *Service) followFrames() {
	c := chromedp.FromContext(s.ctx)
	if c == nil || c.Browser == nil {
		return
	}
	var mu sync.Mutex
	attached := map[target.ID]context.CancelFunc{}
	each(s.tasks(), cdp.Events(s.ctx, c.Browser, target.TargetCreated), func(e target.EventTargetCreated) {
		mu.Lock()
		defer mu.Unlock()
		id := e.TargetInfo.TargetID
		if e.TargetInfo.Type != "iframe" || attached[id] != nil {
			return
		}
		ctx, cancel := context.WithCancel(s.ctx)
		attached[id] = cancel
		s.tasks().Go(func() { s.attachFrame(ctx, id) })
	})
	each(s.tasks(), cdp.Events(s.ctx, c.Browser, target.TargetDestroyed), func(e target.EventTargetDestroyed) {
		mu.Lock()
		defer mu.Unlock()
		if cancel := attached[e.TargetID]; cancel != nil {
			cancel()
			delete(attached, e.TargetID)
		}
	})
	each(s.tasks(), cdp.Events(s.ctx, c.Browser, target.TargetCrashed), func(e target.EventTargetCrashed) {
		if string(e.TargetID) != s.home.root {
			s.tasks().Go(func() { s.hideFrame(cdp.FrameID(e.TargetID)) })
		}
	})
	_, _ = cdp.Call(s.ctx, c.Browser, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true})
}

// attachFrame puts the script into a frame whose document is there already, when it belongs to this window. It returns
// when the frame is gone.
func (s *Service) attachFrame(within context.Context, id target.ID) {
	// Asked in this order: the browser dies of the question which element the frame of its own viewer lies in.
	if !s.ofTheWeb(within, id) || !s.owns(within, string(id)) {
		return
	}
	ctx, cancel := chromedp.NewContext(within, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return
	}
	h := &home{ctx: ctx, target: chromedp.FromContext(ctx).Target, root: string(id)}
	if chromedp.Listen(ctx, func(event any) { s.fromHome(h, event) }) != nil {
		return
	}
	s.mu.Lock()
	sources := []string{s.source, s.authoring}
	s.homes = append(s.homes, h)
	close(s.homesGrew)
	s.homesGrew = make(chan struct{})
	s.mu.Unlock()
	defer s.homeEnded(h)
	if s.browser.cell != nil && s.keepIn(h) != nil {
		return
	}
	if _, err := cdp.Call(ctx, h.target, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world}); err != nil {
		return
	}
	// Without "immediately" the document that is there would have no script.
	for _, source := range sources {
		if source == "" {
			continue
		}
		if _, err := cdp.Call(ctx, h.target, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: source, WorldName: world, RunImmediately: new(true),
		}); err != nil {
			return
		}
	}
	// Whether it could be loaded: that may have been decided before anybody listened.
	if _, err := cdp.Call(ctx, h.target, page.Enable, page.EnableParams{}); err != nil {
		return
	}
	if tree, err := cdp.Call(ctx, h.target, page.GetFrameTree, cdp.Empty{}); err == nil && tree.FrameTree != nil && tree.FrameTree.Frame != nil && tree.FrameTree.Frame.UnreachableURL != "" {
		s.hideFrame(cdp.FrameID(id))
	}
	<-ctx.Done()
}

// keepIn has what a frame asks of the person, prints and gives come to us, as it is with the page itself.
func (s *Service) keepIn(h *home) error {
	if err := s.followFileBoxes(h); err != nil {
		return err
	}
	own := page.AddScriptToEvaluateOnNewDocumentParams{Source: ownWays, RunImmediately: new(true)}
	if _, err := cdp.Call(h.ctx, h.target, page.AddScriptToEvaluateOnNewDocument, own); err != nil {
		return err
	}
	return s.takeSheets(h)
}

// ofTheWeb tells whether a frame holds a page. The browser's own viewer of documents lies in frames too, and a script put into
// those takes the whole page down.
func (s *Service) ofTheWeb(ctx context.Context, id target.ID) bool {
	limit := time.NewTimer(frameWait)
	defer limit.Stop()
	for {
		info, err := cdp.Call(ctx, chromedp.FromContext(s.ctx).Browser, target.GetTargetInfo, target.GetTargetInfoParams{TargetID: id})
		if err != nil || info.TargetInfo == nil {
			return false
		}
		if address := info.TargetInfo.URL; address != "" { // else nothing is in it yet
			scheme, _, _ := strings.Cut(address, ":")
			return slices.Contains([]string{"http", "https", "about", "blob"}, scheme)
		}
		select {
		case <-time.After(30 * time.Millisecond):
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// owns tells whether a frame is in this window's page. The frame round it may be known only a little later.
func (s *Service) owns(ctx context.Context, id string) bool {
	limit := time.NewTimer(frameWait)
	defer limit.Stop()
	for {
		s.mu.Lock()
		grew := s.homesGrew
		s.mu.Unlock()
		if _, err := s.seatOf(id); err == nil {
			return true
		}
		select {
		case <-grew:
		case <-limit.C:
			return false
		case <-ctx.Done():
			return false
		}
	}
}

// fromHome hears what the page and its frames have in common: their worlds come and go, their scripts tell, and they open windows. What scripts
// tell is queued behind the world that it comes from.
func (s *Service) fromHome(h *home, event any) {
	switch e := event.(type) {
	case *runtime.EventExecutionContextCreated:
		if id, ok := frameOfWorld(e.Context); ok {
			s.frameBegan(&frame{id: id, origin: e.Context.Origin, home: h, context: e.Context.UniqueID, contextID: e.Context.ID})
		}
	case *page.EventFrameNavigated:
		if h != s.home && e.Frame.UnreachableURL != "" {
			s.tasks().Go(func() { s.hideFrame(e.Frame.ID) })
		}
	case *page.EventWindowOpen:
		s.said.put(message{window: e})
	case *runtime.EventExecutionContextDestroyed:
		s.framesEnded(func(f *frame) bool { return f.home == h && f.context == e.ExecutionContextUniqueID })
	case *runtime.EventExecutionContextsCleared:
		s.framesEnded(func(f *frame) bool { return f.home == h })
	case *runtime.EventBindingCalled:
		if f := s.frameOf(h, e.ExecutionContextID); f != nil && e.Name == tellBinding {
			s.said.put(message{from: f, payload: e.Payload})
		}
	}
}

// frameOfWorld is the frame whose document has this world; ok is false when it is not our world.
func frameOfWorld(w *runtime.ExecutionContextDescription) (id string, ok bool) {
	var aux struct {
		FrameID string `json:"frameId"`
	}
	if w == nil || w.Name != world || json.Unmarshal(w.AuxData, &aux) != nil {
		return "", false
	}
	return aux.FrameID, true
}

// frameBegan notes our world in a frame's document.
func (s *Service) frameBegan(f *frame) {
	s.mu.Lock()
	if s.frames == nil {
		s.frames = map[string]*frame{}
	}
	s.frames[f.id] = f
	delete(s.inside, f.id)
	if s.ringed == f.id {
		s.ringed = ""
	}
	outline := s.outlines.on
	s.mu.Unlock()
	if outline {
		s.tasks().Go(func() { _, _ = inFrame[any](f, "outline(true)") })
	}
}

// framesEnded forgets frames and what they told, and tells what is left.
func (s *Service) framesEnded(which func(*frame) bool) {
	s.mu.Lock()
	told, outlined := false, false
	for id, f := range s.frames {
		if which(f) {
			_, had := s.inside[id]
			_, seen := s.outlines.inside[id]
			told, outlined = told || had, outlined || seen
			delete(s.frames, id)
			delete(s.inside, id)
			delete(s.outlines.inside, id)
		}
	}
	outlined = outlined && s.outlines.on
	s.mu.Unlock()
	if told {
		s.said.put(message{})
	}
	if outlined {
		s.tasks().Go(s.tellWhole)
	}
}

func (s *Service) homeEnded(h *home) {
	s.mu.Lock()
	s.homes = slices.DeleteFunc(s.homes, func(other *home) bool { return other == h })
	s.mu.Unlock()
	s.framesEnded(func(f *frame) bool { return f.home == h })
}

// frameOf is the frame of a world; nil is the page itself, or a world that is gone.
func (s *Service) frameOf(h *home, id runtime.ExecutionContextID) *frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.frames {
		if f.home == h && f.contextID == id {
			return f
		}
	}
	return nil
}

// frameOfStep is the frame in which a step of the present page has its target; nil when it is in the page itself.
// missing is true when its frame is not there, or when several frames have something that fits.
func (s *Service) frameOfStep(step string) (f *frame, missing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := s.top.Page + "/" + step
	if !s.places[key] {
		return nil, false
	}
	id, _, _ := s.holder(key)
	if f := s.frames[id]; f != nil && f.ctx.Err() == nil {
		return f, false
	}
	return nil, true
}

func inFrame[T any](f *frame, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(f.ctx, callTimeout)
	defer cancel()
	return evaluate[T](ctx, f.target, "globalThis.handrail."+expression, f.context)
}

// inStep runs an expression where the step's target is.
func inStep[T any](s *Service, step, expression string) (T, error) {
	f, missing := s.frameOfStep(step)
	switch {
	case missing:
		var zero T
		return zero, fmt.Errorf("service: the frame of step %s is not there", step)
	case f != nil:
		s.mu.Lock()
		page := s.top.Page
		s.mu.Unlock()
		return inFrame[T](f, "at("+quote(page)+")."+expression)
	}
	return in[T](s, expression)
}

func (s *Service) targetOf(step string) *chromedp.Target {
	if f, _ := s.frameOfStep(step); f != nil {
		return f.target
	}
	return s.target
}

// watchFrames tells the frame that has the step's target to ring it, and all others to ring nothing. It is asked again
// whenever a frame has told something: which frame it is may change. anew: the step or its ring is another than before.
func (s *Service) watchFrames(anew bool) {
	s.ringing.Lock()
	defer s.ringing.Unlock()
	s.mu.Lock()
	if len(s.places) == 0 {
		s.mu.Unlock()
		return
	}
	id := ""
	if s.watched.Step != "" {
		id, _, _ = s.holder(s.watched.Page + "/" + s.watched.Step)
	}
	if id == s.ringed && !anew {
		s.mu.Unlock()
		return
	}
	s.ringed = id
	watched, frames := s.watched, slices.Collect(maps.Values(s.frames))
	s.mu.Unlock()
	for _, f := range frames {
		w := watched
		if f.id != id {
			w.Step = ""
		}
		if _, err := inFrame[any](f, w.call()); err != nil {
			s.framesEnded(func(other *frame) bool { return other == f }) // its document is gone
		}
	}
	if watched.Veil {
		s.veilRound(id)
	}
}

// veilRound has the page, and each frame round the one that has the step's target, leave its veil open at the next frame on the way
// there. The frame itself veils all but the target.
func (s *Service) veilRound(id string) {
	s.mu.Lock()
	f := s.frames[id]
	s.mu.Unlock()
	_, _ = in[any](s, "through(null)")
	if f == nil {
		return
	}
	seats, err := s.seatsOf(f)
	if err != nil {
		return // its document is gone
	}
	for _, at := range seats {
		s.openVeil(at)
	}
}

// openVeil tells the script in whose document a frame's element lies; which of the documents of its process that is, only trying shows.
func (s *Service) openVeil(at seat) {
	s.mu.Lock()
	worlds := []runtime.ExecutionContextID{}
	if at.home == s.home {
		worlds = append(worlds, s.contextID)
	}
	for _, f := range s.frames {
		if f.home == at.home {
			worlds = append(worlds, f.contextID)
		}
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(at.home.ctx, callTimeout)
	defer cancel()
	for _, world := range worlds {
		node, err := cdp.Call(ctx, at.home.target, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: at.node, ExecutionContextID: world})
		if err != nil || node.Object == nil {
			continue
		}
		_, _ = cdp.Call(ctx, at.home.target, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
			ObjectID: node.Object.ObjectID, FunctionDeclaration: "function() { globalThis.handrail.through(this) }", Silent: new(true)})
		_, _ = cdp.Call(ctx, at.home.target, runtime.ReleaseObject, runtime.ReleaseObjectParams{ObjectID: node.Object.ObjectID})
		return
	}
}

// openShadows hands the closed shadow roots of a document to our world in it. The page is not patched and notices
// nothing.
func (s *Service) openShadows(f *frame) {
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	t := s.target
	s.mu.Lock()
	id := s.contextID
	s.mu.Unlock()
	if f != nil {
		t, id = f.target, f.contextID
	}
	const group = "handrail-shadows"
	defer cdp.Call(ctx, t, runtime.ReleaseObjectGroup, runtime.ReleaseObjectGroupParams{ObjectGroup: group})
	list, err := cdp.Call(ctx, t, runtime.Evaluate, runtime.EvaluateParams{Expression: "globalThis.handrail.hosts()", ContextID: id, ObjectGroup: group})
	if err != nil || list.Result == nil || list.Result.ObjectID == "" {
		return
	}
	elements, err := cdp.Call(ctx, t, runtime.GetProperties, runtime.GetPropertiesParams{ObjectID: list.Result.ObjectID, OwnProperties: new(true)})
	if err != nil {
		return
	}
	for _, p := range elements.Result {
		if p.Value == nil || p.Value.Subtype != "node" {
			continue
		}
		node, err := cdp.Call(ctx, t, dom.DescribeNode, dom.DescribeNodeParams{ObjectID: p.Value.ObjectID})
		if err != nil || node.Node == nil {
			continue
		}
		for _, root := range node.Node.ShadowRoots {
			if root.ShadowRootType != cdp.ShadowRootTypeClosed {
				continue
			}
			object, err := cdp.Call(ctx, t, dom.ResolveNode, dom.ResolveNodeParams{BackendNodeID: root.BackendNodeID, ExecutionContextID: id, ObjectGroup: group})
			if err != nil || object.Object == nil {
				continue
			}
			_, _ = cdp.Call(ctx, t, runtime.CallFunctionOn, runtime.CallFunctionOnParams{
				ObjectID: object.Object.ObjectID, FunctionDeclaration: "function() { globalThis.handrail.adopt(this) }", Silent: new(true),
			})
		}
	}
}
