// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/helpdesk"
	"handrail/peripherals"
	"handrail/provisioning"
)

// onSend gives a worker's message to the hub. A request is signed here: the worker has no identity.
func (a *Agent) onSend(l session.Line) {
	var m helpdesk.Message
	switch l.Name {
	case "request":
		m = &helpdesk.AskHelp{}
	case "cancel":
		m = &helpdesk.Cancel{}
	case "hangup":
		m = &helpdesk.Hangup{}
	case "frame":
		m = &helpdesk.Frame{}
	case "did":
		m = &helpdesk.Did{}
	case "bell":
		m = &helpdesk.Bell{}
	case "situation":
		m = &helpdesk.Sealed{}
	default:
		return
	}
	if err := json.Unmarshal(l.Message, m); err != nil {
		a.o.Log.Warn("a worker's message is left out", "why", err)
		return
	}
	if ask, ok := m.(*helpdesk.AskHelp); ok {
		ask.Request.Terminal, ask.Request.Place = a.identity.Name, a.o.Config.Office
		signature, err := a.identity.Sign(ask.Request.SignedBytes())
		if err != nil {
			a.o.Log.Error("the request could not be signed", "why", err)
			return
		}
		ask.Request.Signature, ask.Request.Certificate = signature, a.identity.Certificate().Raw
		a.calls[ask.Request.ID] = true
	}
	if bell, ok := m.(*helpdesk.Bell); ok && !bell.Later {
		a.calls[bell.ID] = true
	}
	if err := a.link.Send(m); err != nil {
		a.o.Log.Info("not sent to the hub", "what", l.Name, "why", err)
	}
}

// onHub passes a message of the hub on to the worker in front.
func (a *Agent) onHub(m helpdesk.Message) {
	data, err := helpdesk.Encode(m)
	if err != nil {
		return
	}
	if _, ok := m.(*helpdesk.Presence); ok {
		a.presence = data
		a.tellAll(session.Line{T: "hub", Message: data})
		return
	}
	if _, ok := m.(*helpdesk.TeamKeys); ok {
		a.teams = data
		a.tellAll(session.Line{T: "hub", Message: data})
		return
	}
	if state, ok := m.(*helpdesk.CallState); ok && state.State == helpdesk.Over {
		delete(a.calls, state.ID)
	}
	if bell, ok := m.(*helpdesk.BellNow); ok && bell.State == helpdesk.BellOver {
		delete(a.calls, bell.ID)
	}
	if a.front != nil {
		_ = a.front.wire.Send(session.Line{T: "hub", Message: data})
	}
}

// takeBack ends what was asked before this terminal was started: those sessions ended with its power. A number that somebody
// took home stays.
func (a *Agent) takeBack() {
	kept, err := a.store.Kept()
	if err != nil {
		a.o.Log.Error("requests of before the start are not taken back", "why", err)
	}
	for _, k := range kept {
		if m, err := helpdesk.Decode(helpdesk.TerminalToHub, k.Body); err == nil {
			if bell, ok := m.(*helpdesk.Bell); ok && bell.Later {
				continue
			}
		}
		if err := a.link.Send(&helpdesk.Hangup{ID: k.ID}); err != nil {
			a.o.Log.Error("a request of before the start is not taken back", "why", err)
		}
	}
}

// hangUpAll ends what a lost session left open at the hub.
func (a *Agent) hangUpAll() {
	for id := range a.calls {
		_ = a.link.Send(&helpdesk.Hangup{ID: id})
	}
	clear(a.calls)
}

func (a *Agent) onCount(name string) {
	if name == "sessions" {
		a.sessionSince = time.Now()
		a.report()
	}
	a.tasks.Go(func() { // the disk must not hold up the next screen
		if err := a.store.Count(name); err != nil {
			a.o.Log.Error("a count was not kept", "why", err)
		}
	})
}

func (a *Agent) onDevice(name, state string) {
	was := a.devices[name]
	if was.State == state {
		return
	}
	ok := state == "reader.ready" || state == "reader.reading" || state == "printer.ready" || state == "printer.paper_low" || state == "printer.held" || len(state) > 5 && state[:5] == "card."
	a.tasks.Go(func() {
		if err := a.store.NoteDevice(name, peripherals.State(state), time.Now()); err != nil {
			a.o.Log.Error("a device's state was not kept", "why", err)
		}
	})
	a.devices[name] = provisioning.Device{Name: name, State: state, OK: ok, Since: helpdesk.Now()}
	a.report()
}

// report tells the hub how the terminal is. It says nothing of any person.
func (a *Agent) report() {
	if !a.lineUp {
		return
	}
	health := provisioning.Health{Version: Version, Sessions: a.sessions, Devices: []provisioning.Device{}, Protections: []provisioning.Protection{}, Counts: map[string]int{}}
	if !a.sessionSince.IsZero() {
		health.InUse, health.InUseSince = true, a.sessionSince.UnixMilli()
	}
	for _, name := range []string{"reader", "printer"} {
		if d, ok := a.devices[name]; ok {
			health.Devices = append(health.Devices, d)
		}
	}
	if a.front != nil {
		for _, p := range a.protections(a.front.protections) {
			health.Protections = append(health.Protections, provisioning.Protection{Name: p.Name, On: p.On, Why: clipped(sentence(p.Why), 300)})
		}
	}
	if counts, err := a.store.Counts(); err == nil {
		health.Counts = counts
	}
	data, err := json.Marshal(health)
	if err == nil {
		err = a.link.Send(&helpdesk.HealthReport{Health: data})
	}
	if err != nil {
		a.o.Log.Debug("no report", "why", err)
	}
}

// stats are for the control socket.
func (a *Agent) stats() Stats {
	s := Stats{Sessions: a.sessions, CleanMS: float64(a.cleanIn) / float64(time.Millisecond), Refused: a.stage.Refused(), Display: a.ready.Display, Authority: a.ready.Authority}
	if a.front != nil && a.front.cmd.Process != nil {
		s.FrontPid = a.front.cmd.Process.Pid
	}
	if a.spare != nil && a.spare.cmd.Process != nil {
		s.SparePid, s.SpareReady = a.spare.cmd.Process.Pid, a.spare.ready
	}
	return s
}

// renew asks for a new certificate when the old one is old enough. It goes on in the background; a failure is tried again.
func (a *Agent) renew(ctx context.Context, now time.Time) {
	if a.renewing || !a.lineUp || !a.identity.Due(now) {
		return
	}
	a.renewing = true
	a.tasks.Go(func() {
		err := a.identity.Renew(ctx)
		a.post(func() {
			a.renewing = false
			if err != nil {
				a.o.Log.Warn("the certificate was not renewed; it is tried again", "why", err)
			}
		})
	})
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

// clipped is a text of at most so many characters.
func clipped(s string, most int) string {
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return s
}
