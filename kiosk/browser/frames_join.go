// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"maps"
	"slices"
	"strings"

	"handrail/kiosk"
)

// frameReport is what the script in a frame says; its steps are keyed page/step.
type frameReport struct {
	Sights map[string]kiosk.Sight `json:"sights"`
	Scores map[string]float64     `json:"scores"`
	Done   map[string]bool        `json:"done"`
	Signs  []kiosk.Sign           `json:"signs"`
	Errors []struct {
		Steps []string `json:"steps"` // one a page of the guide that the frame has part in; none when it is about no step
		Words string   `json:"words"`
	} `json:"errors"`
}

// framePlaces are the steps of a guide whose target is in a frame, as page/step.
func framePlaces(g *kiosk.Guide) map[string]bool {
	places := map[string]bool{}
	for _, p := range g.Pages {
		for _, s := range p.Steps {
			if s.Target != nil && s.Target.Frame != "" {
				places[p.ID+"/"+s.ID] = true
			}
		}
	}
	return places
}

// joinTop adds what frames said to the page's own report. What a frame said stands until its document is gone: it may have
// been ready before the page that it is in.
func (s *Service) joinTop(r PageReport) PageReport {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.top, s.met = r, true
	return s.joined(r)
}

// joinFrame adds a frame's report to the page's last one; ok is false when there is no page that it could belong to.
func (s *Service) joinFrame(from *frame, report frameReport) (PageReport, bool) {
	s.mu.Lock()
	if s.frames[from.id] != from {
		s.mu.Unlock()
		return PageReport{}, false
	}
	if s.inside == nil {
		s.inside = map[string]frameReport{}
	}
	s.inside[from.id] = report
	s.mu.Unlock()
	return s.rejoined()
}

// rejoined is the page's last report with what frames say now.
func (s *Service) rejoined() (PageReport, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.met {
		return PageReport{}, false
	}
	r := s.top
	r.Fresh, r.At = false, 0
	return s.joined(r), true
}

var sightRank = map[kiosk.Sight]int{kiosk.Sure: 2, kiosk.Likely: 1}

// holder is the frame that has a step's target, and what it says of it. Where two have something that fits as well, nobody
// can say which is meant.
func (s *Service) holder(key string) (id string, sight kiosk.Sight, score float64) {
	sight = kiosk.Unknown
	for _, other := range slices.Sorted(maps.Keys(s.inside)) {
		said, ok := s.inside[other].Sights[key]
		switch {
		case !ok:
		case id == "" || sightRank[said] > sightRank[sight]:
			id, sight, score = other, said, s.inside[other].Scores[key]
		case sightRank[said] > 0 && sightRank[said] == sightRank[sight]:
			return "", kiosk.Unknown, score
		}
	}
	return id, sight, score
}

func (s *Service) joined(r PageReport) PageReport {
	r.Signs = s.signsWith(r.Signs)
	if len(s.places) == 0 || len(s.inside) == 0 {
		return r
	}
	r.Sights, r.Scores, r.Done, r.Errors = own(r.Sights), own(r.Scores), own(r.Done), slices.Clone(r.Errors)
	here := false
	for key := range s.places {
		page, step, _ := strings.Cut(key, "/")
		if page != r.Page {
			continue
		}
		here = true
		id, sight, score := s.holder(key)
		r.Sights[step], r.Scores[step], r.Done[step] = sight, score, id != "" && s.inside[id].Done[key]
	}
	if !here {
		return r
	}
	for _, id := range slices.Sorted(maps.Keys(s.inside)) {
		for _, e := range s.inside[id].Errors {
			if len(r.Errors) >= mostErrors {
				return r
			}
			step := ""
			for _, key := range e.Steps {
				if page, at, _ := strings.Cut(key, "/"); page == r.Page {
					step = at
				}
			}
			r.Errors = append(r.Errors, ReportedError{Step: step, Words: e.Words})
		}
	}
	return r
}

// signsWith are a page's signs and those of the frames in it: a password is the citizen's alone wherever it is asked for.
func (s *Service) signsWith(signs []kiosk.Sign) []kiosk.Sign {
	for _, id := range slices.Sorted(maps.Keys(s.inside)) {
		for _, sign := range s.inside[id].Signs {
			if !slices.Contains(signs, sign) && len(signs) < mostSigns {
				signs = append(slices.Clone(signs), sign)
			}
		}
	}
	return signs
}

// own is a copy that may be written to.
func own[V any](m map[string]V) map[string]V {
	if m = maps.Clone(m); m == nil {
		return map[string]V{}
	}
	return m
}
