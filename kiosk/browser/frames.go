// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"

	"handrail/kiosk"
)

// frame is a document of another origin in the service's page: a payment's, an identity provider's. Chromium may run it
// in a process of its own, which is then a target of its own.
type frame struct {
	id        string
	origin    string
	ctx       context.Context
	target    *chromedp.Target
	context   string // unique id of our world in it
	contextID runtime.ExecutionContextID
	own       bool // it has a process of its own
}

// frameReport is what the script in a frame says; its steps are keyed page/step.
type frameReport struct {
	Origin string                 `json:"origin"`
	Sights map[string]kiosk.Sight `json:"sights"`
	Scores map[string]float64     `json:"scores"`
	Done   map[string]bool        `json:"done"`
	RingY  int                    `json:"ringY"`
}

// framePlaces are the steps of a guide whose target is in a frame.
func framePlaces(g *kiosk.Guide) map[string]string {
	places := map[string]string{}
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			if s.Target != nil && s.Target.Frame != "" {
				places[p.ID+"/"+s.ID] = s.Target.Frame
			}
		}
	}
	return places
}

func (s *Service) tasks() *sync.WaitGroup { return &s.browser.tasks }

// followFrames attaches to frames that get a process of their own, as they come.
func (s *Service) followFrames() {
	c := chromedp.FromContext(s.ctx)
	if c == nil || c.Browser == nil {
		return
	}
	attached := map[target.ID]bool{}
	each(s.tasks(), cdp.Events(s.ctx, c.Browser, target.TargetCreated), func(e target.EventTargetCreated) {
		if e.TargetInfo.Type != "iframe" || attached[e.TargetInfo.TargetID] {
			return
		}
		attached[e.TargetInfo.TargetID] = true
		s.tasks().Go(func() { s.attachFrame(e.TargetInfo.TargetID) })
	})
	_, _ = cdp.Call(s.ctx, c.Browser, target.SetDiscoverTargets, target.SetDiscoverTargetsParams{Discover: true})
}

// attachFrame puts the script into a frame whose document is there already, when it belongs to this window. It returns
// when the frame is gone.
func (s *Service) attachFrame(id target.ID) {
	if !s.owns(string(id)) {
		return
	}
	ctx, cancel := chromedp.NewContext(s.ctx, chromedp.WithTargetID(id), chromedp.WithDetachOnCancel())
	defer cancel()
	if err := chromedp.Do(ctx); err != nil {
		return
	}
	t := chromedp.FromContext(ctx).Target
	s.mu.Lock()
	sources := []string{s.source, s.authoring}
	s.mu.Unlock()
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	each(&tasks, cdp.Events(ctx, t, runtime.ExecutionContextCreated), func(e runtime.EventExecutionContextCreated) {
		var aux struct {
			FrameID string `json:"frameId"`
		}
		if e.Context.Name == world && json.Unmarshal(e.Context.AuxData, &aux) == nil {
			s.frameBegan(&frame{id: aux.FrameID, origin: e.Context.Origin, ctx: ctx, target: t, context: e.Context.UniqueID, contextID: e.Context.ID, own: true})
		}
	})
	each(&tasks, cdp.Events(ctx, t, runtime.BindingCalled), func(e runtime.EventBindingCalled) {
		if e.Name == tellBinding {
			s.heard(&frame{id: string(id), ctx: ctx, target: t, contextID: e.ExecutionContextID}, e.Payload)
		}
	})
	if _, err := cdp.Call(ctx, t, runtime.AddBinding, runtime.AddBindingParams{Name: tellBinding, ExecutionContextName: world}); err != nil {
		return
	}
	// Without "immediately" the document that is there would have no script.
	for _, source := range sources {
		if source == "" {
			continue
		}
		if _, err := cdp.Call(ctx, t, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
			Source: source, WorldName: world, RunImmediately: new(true),
		}); err != nil {
			return
		}
	}
	<-ctx.Done()
}

// owns tells whether a frame is in this window's page.
func (s *Service) owns(id string) bool {
	tree, err := cdp.Call(s.ctx, s.target, page.GetFrameTree, cdp.Empty{})
	if err != nil || tree.FrameTree == nil {
		return false
	}
	// A frame with a process of its own is not in the tree, but the page knows the element that it is in.
	_, err = cdp.Call(s.ctx, s.target, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: cdp.FrameID(id)})
	return err == nil
}

// frameBegan notes our world in a frame's document and tells it which step counts now.
func (s *Service) frameBegan(f *frame) {
	s.mu.Lock()
	if s.frames == nil {
		s.frames = map[string]*frame{}
	}
	s.frames[f.id] = f
	watched := s.watched
	s.mu.Unlock()
	if watched != "" {
		s.tasks().Go(func() { _, _ = inFrame[any](f, watched) })
	}
}

// frameOf is the frame of a world in the page's own process; nil is the page itself.
func (s *Service) frameOf(id runtime.ExecutionContextID) *frame {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.frames {
		if !f.own && f.contextID == id && id != s.contextID {
			return f
		}
	}
	return nil
}

// frameOfStep is the frame in which a step of the present page has its target; nil when it is in the page itself.
// missing is true when its frame is not there.
func (s *Service) frameOfStep(step string) (f *frame, missing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	origin := s.places[s.top.Page+"/"+step]
	if origin == "" {
		return nil, false
	}
	for _, f := range s.frames {
		if f.origin == origin && f.ctx.Err() == nil {
			return f, false
		}
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

func (s *Service) watchFrames(expression string) {
	s.mu.Lock()
	s.watched = expression
	var frames []*frame
	if len(s.places) > 0 {
		for _, f := range s.frames {
			frames = append(frames, f)
		}
	}
	s.mu.Unlock()
	for _, f := range frames {
		if _, err := inFrame[any](f, expression); err != nil {
			s.mu.Lock()
			if s.frames[f.id] == f {
				delete(s.frames, f.id) // its document is gone
			}
			s.mu.Unlock()
		}
	}
}

// offsetOf is where the frame of a step lies in the page: its boxes are its own.
func (s *Service) offsetOf(step string) (Box, error) {
	f, _ := s.frameOfStep(step)
	offset, err := s.frameOffset(f)
	if err != nil {
		err = fmt.Errorf("service: the frame of step %s: %w", step, err)
	}
	return offset, err
}

// frameOffset is where a frame lies in the page; that of nil, the page itself, is nowhere else.
func (s *Service) frameOffset(f *frame) (Box, error) {
	if f == nil {
		return Box{}, nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	owner, err := cdp.Call(ctx, s.target, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: cdp.FrameID(f.id)})
	if err != nil {
		return Box{}, err
	}
	box, err := cdp.Call(ctx, s.target, dom.GetBoxModel, dom.GetBoxModelParams{BackendNodeID: owner.BackendNodeID})
	if err != nil || box.Model == nil || len(box.Model.Content) < 2 {
		return Box{}, fmt.Errorf("it has no place: %w", err)
	}
	return Box{X: box.Model.Content[0], Y: box.Model.Content[1]}, nil
}

// focusFrame gives the keyboard to the frame of a step, without which a field in it would not get what is typed.
func (s *Service) focusFrame(step string) error {
	f, _ := s.frameOfStep(step)
	if err := s.keyboardTo(f); err != nil {
		return fmt.Errorf("service: the frame of step %s: %w", step, err)
	}
	return nil
}

// keyboardTo gives the keyboard to a frame.
func (s *Service) keyboardTo(f *frame) error {
	if f == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(s.ctx, callTimeout)
	defer cancel()
	owner, err := cdp.Call(ctx, s.target, dom.GetFrameOwner, dom.GetFrameOwnerParams{FrameID: cdp.FrameID(f.id)})
	if err == nil {
		_, err = cdp.Call(ctx, s.target, dom.Focus, dom.FocusParams{BackendNodeID: owner.BackendNodeID})
	}
	return err
}

// joinTop adds what frames said to the page's own report.
func (s *Service) joinTop(r PageReport) PageReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r.Fresh {
		s.inside = nil
	}
	s.top = r
	return s.joined(r)
}

// joinFrame adds a frame's report to the page's last one; ok is false when there is no page that it could belong to.
func (s *Service) joinFrame(f frameReport) (PageReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inside == nil {
		s.inside = map[string]frameReport{}
	}
	s.inside[f.Origin] = f
	if s.top.Page == "" {
		return PageReport{}, false
	}
	r := s.top
	r.Fresh = false
	return s.joined(r), true
}

func (s *Service) joined(r PageReport) PageReport {
	if len(s.inside) == 0 {
		return r
	}
	sights, scores, done := map[string]kiosk.Sight{}, map[string]float64{}, map[string]bool{}
	for k, v := range r.Sights {
		sights[k] = v
	}
	for k, v := range r.Scores {
		scores[k] = v
	}
	for k, v := range r.Done {
		done[k] = v
	}
	for _, f := range s.inside {
		for key, sight := range f.Sights {
			page, step, _ := strings.Cut(key, "/")
			if page == r.Page && s.places[key] == f.Origin {
				sights[step], scores[step], done[step] = sight, f.Scores[key], f.Done[key]
			}
		}
	}
	r.Sights, r.Scores, r.Done = sights, scores, done
	return r
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
