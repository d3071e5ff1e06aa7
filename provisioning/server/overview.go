// SPDX-License-Identifier: Apache-2.0

package server

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"handrail/provisioning"
)

// Report is one terminal as the console shows it.
type Report struct {
	ID               string                    `json:"id"`
	Name             string                    `json:"name"`
	Place            string                    `json:"place"`
	State            string                    `json:"state"`
	Sentence         string                    `json:"sentence"`
	Since            int64                     `json:"since"`
	LastSeen         int64                     `json:"last_seen"`
	Connected        bool                      `json:"connected"`
	InUse            bool                      `json:"in_use"`
	InUseSince       int64                     `json:"in_use_since,omitempty"`
	Version          string                    `json:"version"`
	Sessions         int                       `json:"sessions"`
	Devices          []provisioning.Device     `json:"devices"`
	Protections      []provisioning.Protection `json:"protections"`
	Counts           map[string]int            `json:"counts"`
	EnrolledAt       int64                     `json:"enrolled_at"`
	CertificateUntil int64                     `json:"certificate_until"`
}

// Todo is something that needs a person.
type Todo struct {
	What     string `json:"what"`
	Why      string `json:"why"`
	Place    string `json:"place"`
	Terminal string `json:"terminal"`
	Icon     string `json:"icon"`
	Urgency  string `json:"urgency"`
	Since    int64  `json:"since"`
}

// Fine is something that was checked and needs nobody. Text says it in English; What, with its figures, lets a page say it in the
// language of its person: "devices" and "protections" (N of Count), "sessions" (Count), "identity" (At, Unix milliseconds).
type Fine struct {
	Icon  string `json:"icon"`
	Text  string `json:"text"`
	What  string `json:"what"`
	N     int    `json:"n,omitempty"`
	Count int    `json:"count,omitempty"`
	At    int64  `json:"at,omitempty"`
}

// Site is a place and its terminals.
type Site struct {
	Place     string         `json:"place"`
	Sentence  string         `json:"sentence"`
	Terminals []SiteTerminal `json:"terminals"`
}

// SiteTerminal is one knob of a site's rail.
type SiteTerminal struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	State string `json:"state"`
}

// Overview answers "is everything all right, and if not, what do I do".
type Overview struct {
	Office    string   `json:"office"`
	Now       int64    `json:"now"`
	Level     string   `json:"level"`
	Title     string   `json:"title"`
	Summary   string   `json:"summary"`
	Todo      []Todo   `json:"todo"`
	Fine      []Fine   `json:"fine"`
	Sites     []Site   `json:"sites"`
	Terminals []Report `json:"terminals"`
}

const (
	works  = "works"
	part   = "part"
	silent = "silent"
)

// Overview describes the whole office now.
func (s *Server) Overview() (Overview, error) {
	o := Overview{Office: s.o.Office, Now: s.now(), Todo: []Todo{}, Fine: []Fine{}, Sites: []Site{}, Terminals: []Report{}}
	trusted, err := s.store.terminals("trusted")
	if err != nil {
		return o, err
	}
	pending, err := s.store.terminals("pending")
	if err != nil {
		return o, err
	}
	for _, t := range trusted {
		r := s.describe(t)
		o.Terminals = append(o.Terminals, r)
		o.Todo = append(o.Todo, s.todo(r)...)
	}
	slices.SortStableFunc(o.Terminals, func(a, b Report) int {
		return cmp.Or(cmp.Compare(a.Place, b.Place), cmp.Compare(a.Name, b.Name))
	})
	for _, t := range pending {
		o.Todo = append(o.Todo, Todo{What: "Compare four words with " + t.Name, Why: "It asks to join and may do nothing until then.",
			Place: t.Place, Terminal: t.ID, Icon: "words", Urgency: "soon", Since: t.EnrolledAt})
	}
	order := map[string]int{"now": 0, "soon": 1, "note": 2}
	slices.SortStableFunc(o.Todo, func(a, b Todo) int {
		return cmp.Or(cmp.Compare(order[a.Urgency], order[b.Urgency]), cmp.Compare(a.Since, b.Since))
	})
	o.Sites = sites(o.Terminals)
	o.Fine = s.fine(o.Terminals)
	o.Level, o.Title, o.Summary = verdict(o)
	return o, nil
}

// describe puts a terminal's last report and its silence into words.
func (s *Server) describe(t terminal) Report {
	s.mu.Lock()
	connected := s.connected[t.ID] > 0
	s.mu.Unlock()
	if !s.store.db.Alone() { // its line may be another hub's
		connected = connected || s.now()-t.LastSeen <= s.o.SilentAfter.Milliseconds()
	}
	h, err := provisioning.DecodeHealth([]byte(t.Health))
	if err != nil { // no report yet
		h = provisioning.Health{}
	}
	r := Report{ID: t.ID, Name: t.Name, Place: t.Place, LastSeen: t.LastSeen, Connected: connected, InUse: h.InUse, InUseSince: h.InUseSince,
		Version: h.Version, Sessions: h.Sessions, Devices: h.Devices, Protections: h.Protections, Counts: h.Counts,
		EnrolledAt: t.EnrolledAt, CertificateUntil: t.CertificateUntil, State: works, Sentence: "Works.", Since: t.ChangedAt}
	if r.Devices == nil {
		r.Devices = []provisioning.Device{}
	}
	if r.Protections == nil {
		r.Protections = []provisioning.Protection{}
	}
	if r.Counts == nil {
		r.Counts = map[string]int{}
	}
	for i := range r.Devices {
		if d := &r.Devices[i]; d.Sentence == "" {
			d.Sentence = deviceWords(*d).sentence
		}
	}
	switch {
	case t.LastSeen == 0:
		r.State, r.Sentence, r.Since = silent, "Not heard from since it was enrolled.", t.EnrolledAt
	case s.now()-t.LastSeen > s.o.SilentAfter.Milliseconds():
		r.State, r.Sentence, r.Since = silent, "Silent since "+s.clock(t.LastSeen)+".", t.LastSeen
		r.InUse, r.InUseSince = false, 0
	case !wholly(h):
		r.State, r.Sentence = part, partWords(h)
	case r.InUse:
		r.Sentence = "Works. In use since " + s.clock(r.InUseSince) + "."
	}
	return r
}

// partWords: "The printer needs paper. The rest works."
func partWords(h provisioning.Health) string {
	var broken []string
	for _, d := range h.Devices {
		if !d.OK {
			broken = append(broken, cmp.Or(d.Sentence, deviceWords(d).sentence))
		}
	}
	if len(broken) < len(h.Devices) {
		broken = append(broken, "The rest works.")
	}
	return strings.Join(broken, " ")
}

// todo lists what a terminal needs from a person.
func (s *Server) todo(r Report) []Todo {
	if r.LastSeen == 0 {
		return []Todo{{What: "Start " + r.Name, Why: r.Sentence, Place: r.Place, Terminal: r.ID, Icon: "plug", Urgency: "soon", Since: r.Since}}
	}
	if r.State == silent {
		return []Todo{{What: "See why " + r.Name + " is silent", Why: r.Sentence, Place: r.Place, Terminal: r.ID, Icon: "plug", Urgency: "now", Since: r.Since}}
	}
	var all []Todo
	for _, d := range r.Devices {
		if d.OK {
			continue
		}
		w := deviceWords(d)
		all = append(all, Todo{What: fmt.Sprintf(w.todo, r.Name), Why: d.Sentence, Place: r.Place, Terminal: r.ID, Icon: w.icon, Urgency: "now", Since: cmp.Or(d.Since, r.Since)})
	}
	for _, p := range r.Protections {
		if !p.On {
			all = append(all, Todo{What: fmt.Sprintf("%s runs without: %s", r.Name, p.Name), Why: p.Why, Place: r.Place, Terminal: r.ID, Icon: "lock", Urgency: "note", Since: r.Since})
		}
	}
	if r.CertificateUntil-s.now() < (s.o.CertLife / 12).Milliseconds() { // it should have renewed itself at a third
		all = append(all, Todo{What: "See why " + r.Name + " does not renew its certificate", Why: "It runs out on " + s.day(r.CertificateUntil) + ".",
			Place: r.Place, Terminal: r.ID, Icon: "wrench", Urgency: "soon", Since: r.Since})
	}
	return all
}

type wording struct{ todo, sentence, icon string }

// deviceWords says what a device in this state needs. States it does not know get words that are true of any.
func deviceWords(d provisioning.Device) wording {
	name := map[string]string{"reader": "card reader"}[d.Name]
	name = cmp.Or(name, strings.ReplaceAll(d.Name, "_", " "))
	icon := "wrench"
	if d.Name == "reader" || d.Name == "printer" {
		icon = d.Name
	}
	if d.OK {
		return wording{sentence: "The " + name + " works.", icon: icon}
	}
	_, what, _ := strings.Cut(d.State, ".")
	switch what {
	case "absent":
		return wording{"Plug in the " + name + " of %s", "The " + name + " is not there.", icon}
	case "paper_out":
		return wording{"Put paper in %s", "The " + name + " needs paper.", icon}
	case "cover_open":
		return wording{"Close the " + name + " of %s", "The cover of the " + name + " is open.", icon}
	case "silent":
		return wording{"See to the " + name + " of %s", "The " + name + " does not answer.", icon}
	default:
		return wording{"See to the " + name + " of %s", "The " + name + " does not work (" + d.State + ").", icon}
	}
}

func sites(all []Report) []Site {
	places := []Site{}
	for _, r := range all { // sorted by place
		if len(places) == 0 || places[len(places)-1].Place != r.Place {
			places = append(places, Site{Place: r.Place, Terminals: []SiteTerminal{}})
		}
		site := &places[len(places)-1]
		site.Terminals = append(site.Terminals, SiteTerminal{ID: r.ID, Name: r.Name, State: r.State})
		if r.State != works {
			site.Sentence += r.Name + ": " + r.Sentence + " "
		}
	}
	for i := range places {
		places[i].Sentence = strings.TrimSpace(places[i].Sentence)
		if places[i].Sentence != "" {
			continue
		}
		places[i].Sentence = "All well."
		used := 0
		for _, r := range all {
			if r.Place == places[i].Place && r.InUse {
				used++
			}
		}
		if used > 0 {
			places[i].Sentence = fmt.Sprintf("All well. %d in use now.", used)
		}
	}
	return places
}

// fine says what was checked and holds; nothing that was not looked at.
func (s *Server) fine(all []Report) []Fine {
	fine := []Fine{}
	devices, devicesOK, on, protections, sessions := 0, 0, 0, 0, 0
	until := int64(0)
	for _, r := range all {
		if r.State == silent {
			continue
		}
		for _, d := range r.Devices {
			devices++
			if d.OK {
				devicesOK++
			}
		}
		for _, p := range r.Protections {
			protections++
			if p.On {
				on++
			}
		}
		sessions += r.Sessions
		if until == 0 || r.CertificateUntil < until {
			until = r.CertificateUntil
		}
	}
	if devices > 0 && devices == devicesOK {
		fine = append(fine, Fine{Icon: "printer", Text: fmt.Sprintf("%d of %d devices do their work", devicesOK, devices), What: "devices", N: devicesOK, Count: devices})
	}
	if protections > 0 {
		fine = append(fine, Fine{Icon: "lock", Text: fmt.Sprintf("%d of %d protections are on", on, protections), What: "protections", N: on, Count: protections})
	}
	if sessions > 0 {
		fine = append(fine, Fine{Icon: "erase", Text: fmt.Sprintf("%d sessions finished", sessions), What: "sessions", Count: sessions})
	}
	if until > s.now() {
		fine = append(fine, Fine{Icon: "badge", Text: "No terminal's identity runs out before " + s.day(until), What: "identity", At: until})
	}
	return fine
}

// verdict is the title, which is the answer in one sentence, and the figures under it.
func verdict(o Overview) (level, title, summary string) {
	count := map[string]int{}
	heard := false
	for _, r := range o.Terminals {
		count[r.State]++
		heard = heard || r.LastSeen > 0
	}
	people := 0
	for _, t := range o.Todo {
		if t.Urgency != "note" {
			people++
		}
	}
	total := len(o.Terminals)
	switch {
	case heard && count[silent] == total:
		level, title = "now", "Something needs you now."
	case people > 0:
		level, title = "nearly", "Nearly everything is all right."
	default:
		level, title = "ok", "Everything is all right."
	}
	if total == 0 {
		return level, title, "No terminal is enrolled yet."
	}
	if total == 1 {
		summary = "The only terminal " + map[string]string{works: "works fully", part: "works in part", silent: "is silent"}[o.Terminals[0].State] + "."
	} else {
		parts := []string{fmt.Sprintf("%d of %d terminals work fully", count[works], total)}
		if n := count[part]; n > 0 {
			parts = append(parts, number(n)+plural(n, " works", " work")+" in part")
		}
		if n := count[silent]; n > 0 {
			parts = append(parts, number(n)+plural(n, " is", " are")+" silent")
		}
		summary = strings.Join(parts, ", ") + "."
	}
	if people > 0 {
		n := number(people)
		summary += " " + strings.ToUpper(n[:1]) + n[1:] + plural(people, " thing needs", " things need") + " a person."
	}
	return level, title, summary
}

func number(n int) string {
	small := []string{"none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n < len(small) {
		return small[n]
	}
	return fmt.Sprint(n)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// clock writes a time of today as a clock time, any other with its day.
func (s *Server) clock(ms int64) string {
	t, now := time.UnixMilli(ms), s.o.Now()
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04")
	}
	return t.Format("2 January, 15:04")
}

func (s *Server) day(ms int64) string { return time.UnixMilli(ms).Format("2 January 2006") }
