// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"embed"
	"encoding/json"
	"strings"

	"handrail/kiosk"
)

//go:embed all:page/dist
var pageFiles embed.FS

// pageScript is the script of the isolated world, built from page/*.ts.
func pageScript() string {
	data, err := pageFiles.ReadFile("page/dist/page.js")
	if err != nil {
		return ""
	}
	return string(data)
}

// ScriptBuilt tells whether the script was built into this binary.
func ScriptBuilt() bool { return pageScript() != "" }

// Box is a rectangle in CSS px.
type Box struct {
	X float64 `json:"x"`
	Y float64 `json:"y"`
	W float64 `json:"w"`
	H float64 `json:"h"`
}

// PageReport is the script's account of the page: kiosk.PageSeen before its words are wrapped.
type PageReport struct {
	Page   string                 `json:"page"`
	Fresh  bool                   `json:"fresh"`
	Sights map[string]kiosk.Sight `json:"sights"`
	Scores map[string]float64     `json:"scores"`
	Done   map[string]bool        `json:"done"`
	Skips  map[string]bool        `json:"skips"`
	Signs  []kiosk.Sign           `json:"signs"`
	Errors []ReportedError        `json:"errors"`
	RingY  int                    `json:"ringY"`
	At     float64                `json:"at"` // when the citizen did what this answers, Unix time in ms; 0: the page changed by itself
}

// ReportedError is a validation error of the site: the step that it is about, "" when that is none, and the site's words.
type ReportedError struct {
	Step  string `json:"step"`
	Words string `json:"words"`
}

// Event is the report as the session's event.
func (r PageReport) Event() kiosk.PageSeen {
	seen := kiosk.PageSeen{Page: r.Page, Fresh: r.Fresh, Sights: r.Sights, Done: r.Done, Skips: r.Skips, Signs: r.Signs, RingY: r.RingY}
	for _, e := range r.Errors {
		seen.Errors = append(seen.Errors, kiosk.SiteError{Step: e.Step, Words: kiosk.NewPrivate(e.Words)})
	}
	return seen
}

// What a message of the script may be at most. A script of ours says far less; a page that has taken its process over may
// say anything.
const (
	mostMessage = 4 << 20 // bytes
	mostSteps   = 400     // of which something is said
	mostErrors  = 30
	mostSigns   = 20
	longestWord = 400 // of an error, characters

	longestAddress = 8 << 10 // bytes
)

// parseMessage reads one message of the script: a PageReport, a frameReport, an outlineChange, a Picked, a givenFile, or "hosts", "alive", "print" or "veil". nil when it
// is none of these, or has in it what the script never says.
func parseMessage(payload string) any {
	if len(payload) > mostMessage {
		return nil
	}
	var kind struct {
		T string `json:"t"`
	}
	if strings.HasPrefix(payload, `{"t":"outline",`) { // the long ones are read once
		kind.T = "outline"
	} else if json.Unmarshal([]byte(payload), &kind) != nil {
		return nil
	}
	switch kind.T {
	case "page":
		var r PageReport
		if json.Unmarshal([]byte(payload), &r) != nil || !plausible(r.Sights, r.Scores, r.Done) || len(r.Errors) > mostErrors {
			return nil
		}
		if len(r.Skips) > mostSteps || len(r.Signs) > mostSigns {
			return nil
		}
		for i := range r.Errors {
			r.Errors[i].Words = cut(r.Errors[i].Words)
		}
		return r
	case "frame":
		var r frameReport
		if json.Unmarshal([]byte(payload), &r) != nil || !plausible(r.Sights, r.Scores, r.Done) || len(r.Errors) > mostErrors || len(r.Signs) > mostSigns {
			return nil
		}
		for i := range r.Errors {
			r.Errors[i].Words = cut(r.Errors[i].Words)
		}
		return r
	case "outline":
		var o outlineChange
		if json.Unmarshal([]byte(payload), &o) != nil || len(o.Pieces) > mostOutlined || len(o.N) > 64 {
			return nil
		}
		return o
	case "picked":
		var p Picked
		if json.Unmarshal([]byte(payload), &p) != nil || len(p.ID) > 64 {
			return nil
		}
		return p
	case "editing":
		var e editingReport
		if json.Unmarshal([]byte(payload), &e) != nil || len(e.Value) > 4*mostEcho || len(e.Lang) > 40 || e.Length < 0 {
			return nil
		}
		return e
	case "file":
		var f givenFile
		if json.Unmarshal([]byte(payload), &f) != nil || len(f.Address) > longestAddress {
			return nil
		}
		return f
	case "hosts", "alive", "veil", "window", "stopped", "print":
		return kind.T
	}
	return nil
}

// plausible tells whether what is said of steps could be the script's.
func plausible(sights map[string]kiosk.Sight, scores map[string]float64, done map[string]bool) bool {
	if len(sights) > mostSteps || len(scores) > mostSteps || len(done) > mostSteps {
		return false
	}
	for _, sight := range sights {
		if sight != kiosk.Sure && sight != kiosk.Likely && sight != kiosk.Unknown {
			return false
		}
	}
	return true
}

// cut shortens words of the page to what a person can be shown.
func cut(words string) string {
	if r := []rune(words); len(r) > longestWord {
		return string(r[:longestWord])
	}
	return words
}

// heard takes one message of the script; from is nil when it is the page's own, and without a payload a frame has gone.
func (s *Service) heard(m message) {
	if m.window != nil {
		switch {
		case s.wanted == nil:
		case m.window.UserGesture:
			s.wanted(m.window.URL)
		default: // without a touch of the citizen a page opens nothing, as in any browser
			s.tell(Seen{Kind: SeenBlocked})
		}
		return
	}
	if m.payload == "" {
		if joined, ok := s.rejoined(); ok {
			s.tell(Seen{Kind: SeenPage, Page: joined})
		}
		return
	}
	switch said := parseMessage(m.payload).(type) {
	case PageReport:
		if m.from == nil {
			s.alive()
			s.tell(Seen{Kind: SeenPage, Page: s.joinTop(said)})
		}
	case frameReport:
		if m.from == nil {
			return
		}
		if joined, ok := s.joinFrame(m.from, said); ok {
			s.tell(Seen{Kind: SeenPage, Page: joined})
			s.watchFrames(false)
		}
	case outlineChange:
		s.heardOutline(m.from, said)
	case Picked:
		s.heardPicked(said)
	case editingReport:
		s.tell(Seen{Kind: SeenEditing, Editing: said.editing()})
	case givenFile:
		s.tasks().Go(func() { s.takeGiven(m.from, said.Address) })
	case string:
		switch said {
		case "print":
			s.tell(Seen{Kind: SeenPrint})
		case "alive":
			s.tell(Seen{Kind: SeenAlive})
		case "stopped":
			s.tell(Seen{Kind: SeenBlocked})
		case "window":
			s.tell(Seen{Kind: SeenWindow})
		case "veil":
			s.tell(Seen{Kind: SeenVeil})
		case "hosts":
			s.tasks().Go(func() { s.openShadows(m.from) })
		}
	default:
		if s.authored != nil && len(m.payload) <= mostMessage {
			s.authored(m.payload)
		}
	}
}

type scriptTarget struct {
	Role         string     `json:"role,omitempty"`
	Name         kiosk.Text `json:"name,omitempty"`
	Group        kiosk.Text `json:"group,omitempty"`
	Heading      kiosk.Text `json:"heading,omitempty"`
	Near         kiosk.Text `json:"near,omitempty"`
	Tag          string     `json:"tag,omitempty"`
	Type         string     `json:"type,omitempty"`
	Tokens       []string   `json:"tokens,omitempty"`
	Autocomplete string     `json:"autocomplete,omitempty"`
	Option       string     `json:"option,omitempty"`
	Ordinal      int        `json:"ordinal,omitempty"`
	CSS          string     `json:"css,omitempty"`
	XPath        string     `json:"xpath,omitempty"`
	Shadow       []string   `json:"shadow,omitempty"`
	Frame        string     `json:"frame,omitempty"`
	Within       []string   `json:"within,omitempty"`
}

type scriptStep struct {
	ID      string        `json:"id"`
	Kind    kiosk.Kind    `json:"kind"`
	Target  *scriptTarget `json:"target,omitempty"`
	Done    kiosk.Done    `json:"done"`
	Appears *scriptTarget `json:"appears,omitempty"`
	When    *scriptWhen   `json:"when,omitempty"`
}

// scriptWhen is a choice on the page that a step depends on; other conditions are the session's.
type scriptWhen struct {
	Step   string `json:"step"`
	Option string `json:"option"`
}

type scriptPage struct {
	ID        string         `json:"id"`
	Path      string         `json:"path"`
	Heading   kiosk.Text     `json:"heading,omitempty"`
	Landmarks []scriptTarget `json:"landmarks,omitempty"`
	State     string         `json:"state,omitempty"`
	Steps     []scriptStep   `json:"steps"`
}

type scriptLoad struct {
	Hosts  []string     `json:"hosts,omitempty"` // that a page may lead to; none: anywhere
	Origin string       `json:"origin"`
	Pages  []scriptPage `json:"pages"`
}

// scriptGuide is the part of a guide that the script needs: no words for people, no invented data.
func scriptGuide(g *kiosk.Guide) scriptLoad {
	load := scriptLoad{Origin: g.Service.Origin, Pages: []scriptPage{}}
	for _, p := range g.Pages {
		out := scriptPage{ID: p.ID, Path: p.Path, Heading: p.Heading, State: p.State, Steps: []scriptStep{}}
		for _, l := range p.Landmarks {
			out.Landmarks = append(out.Landmarks, scriptTarget(l))
		}
		for _, s := range p.Steps {
			step := scriptStep{ID: s.ID, Kind: s.Kind, Done: s.Done}
			if s.Target != nil {
				target := scriptTarget(*s.Target)
				step.Target = &target
			}
			if s.Appears != nil {
				appears := scriptTarget(*s.Appears)
				step.Appears = &appears
			}
			if s.When != nil && s.When.Step != "" {
				step.When = &scriptWhen{s.When.Step, s.When.Option}
			}
			out.Steps = append(out.Steps, step)
		}
		load.Pages = append(load.Pages, out)
	}
	return load
}

// benchScript measures how robust the engine is, and answers what tests ask of it; it is never part of a terminal's page.
func benchScript() string {
	data, err := pageFiles.ReadFile("page/dist/bench.js")
	if err != nil {
		return ""
	}
	return string(data)
}
