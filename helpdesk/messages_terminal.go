// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"encoding/json"
	"errors"
)

// Terminal to hub.

// AskHelp puts a request into the queue. Answered by Queued once it is on disk, or by Refused.
type AskHelp struct {
	Request Request `json:"request"`
}

// Cancel takes a request back before it was accepted; answered by CallState "ended". Unknown ids are fine.
type Cancel struct {
	ID string `json:"id"`
}

// Hangup ends a call, from either side. To the terminal it is answered by CallState "ended", to the volunteer by Ended.
type Hangup struct {
	ID string `json:"id"`
}

// Frame carries sealed content between terminal and volunteer, in both directions. The hub cannot read Data.
type Frame struct {
	ID   string `json:"id"`
	Data []byte `json:"data"`
}

// HealthReport is the terminal's heartbeat. The help desk does not look into it: provisioning.Health has the shape.
type HealthReport struct {
	Health json.RawMessage `json:"health"`
}

// Hub to terminal.

// Queued confirms that a request is on the hub's disk: the terminal may take it out of its outbox. It is sent again
// when the figures change.
type Queued struct {
	ID  string `json:"id"`
	Rev int64  `json:"rev"`
	// Ahead counts people waiting longer who could be given the same volunteers.
	Ahead int `json:"ahead"`
	// Free counts volunteers for these languages who could answer now.
	Free int `json:"free"`
	// Estimate is the waiting time to expect in seconds, measured on recent requests in the same language. Nil: not known.
	Estimate *int `json:"estimate,omitempty"`
}

// State of a request.
type State string

const (
	// Waiting: nobody is rung now.
	Waiting State = "waiting"
	// Ringing: a volunteer is rung.
	Ringing State = "ringing"
	// InCall: a volunteer accepted; CallState carries who and their key. Sent again, with a new key, after they reload.
	InCall State = "accepted"
	// Reoffered: the volunteer was lost; somebody else is looked for.
	Reoffered State = "reoffered"
	// Over: nothing follows.
	Over State = "ended"
)

// Person is a volunteer as a citizen may know them.
type Person struct {
	Name string `json:"name"`
	// Languages they speak, best match first.
	Languages []string `json:"languages"`
}

// CallState tells the terminal how its request stands. A higher Rev overtakes a lower one.
type CallState struct {
	ID    string `json:"id"`
	Rev   int64  `json:"rev"`
	State State  `json:"state"`
	// Why it ended: "citizen", "volunteer", "line", "expired".
	Why       string  `json:"why,omitempty"`
	Volunteer *Person `json:"volunteer,omitempty"`
	// PublicKey is the volunteer's ephemeral ECDH P-256 key, only with "accepted".
	PublicKey []byte `json:"public_key,omitempty"`
	// PageKey is the key of the page of whoever is rung or accepted: a Situation is sealed to it. Empty: they have none.
	PageKey []byte `json:"page_key,omitempty"`
	// VolunteerUp is false while an accepted volunteer's own line is lost.
	VolunteerUp bool `json:"volunteer_up,omitempty"`
}

// Presence counts, by language, volunteers who are at their desk and free. Sent on connecting and when it changes, so
// that the terminal can say before asking whether somebody is there.
type Presence struct {
	Free map[string]int `json:"free"`
}

// Refused says in a sentence why something was not done. To a terminal with an ID: that request will never be taken.
type Refused struct {
	ID  string `json:"id,omitempty"`
	Why string `json:"why"`
}

func (*AskHelp) Kind() string      { return "request" }
func (*Cancel) Kind() string       { return "cancel" }
func (*Hangup) Kind() string       { return "hangup" }
func (*Frame) Kind() string        { return "frame" }
func (*HealthReport) Kind() string { return "health" }
func (*Queued) Kind() string       { return "queued" }
func (*CallState) Kind() string    { return "state" }
func (*Presence) Kind() string     { return "presence" }
func (*Refused) Kind() string      { return "refused" }

func (m *AskHelp) check() error { return m.Request.check() }
func (m *Cancel) check() error  { return checkID(m.ID) }
func (m *Hangup) check() error  { return checkID(m.ID) }

func (m *Frame) check() error {
	if len(m.Data) == 0 || len(m.Data) > MaxFrame {
		return errors.New("data: empty or too large")
	}
	return checkID(m.ID)
}

func (m *HealthReport) check() error {
	if len(m.Health) == 0 || len(m.Health) > 16<<10 {
		return errors.New("health: empty or too large")
	}
	return nil
}

func (m *Queued) check() error {
	if m.Rev < 0 || m.Ahead < 0 || m.Free < 0 || m.Estimate != nil && *m.Estimate < 0 {
		return errors.New("a count is below nought")
	}
	return checkID(m.ID)
}

func (m *CallState) check() error {
	switch m.State {
	case Waiting, Over:
		if len(m.PageKey) > 0 {
			return errors.New("page_key: only while somebody is rung or accepted")
		}
		fallthrough
	case Ringing, Reoffered:
		if len(m.PublicKey) > 0 {
			return errors.New("public_key: only with accepted")
		}
	case InCall:
		if m.Volunteer == nil {
			return errors.New("volunteer: missing")
		}
		if err := checkKey(m.PublicKey); err != nil {
			return err
		}
	default:
		return errors.New("state: unknown")
	}
	if len(m.PageKey) > 0 {
		if err := checkKey(m.PageKey); err != nil {
			return err
		}
	}
	if m.Volunteer != nil {
		if err := m.Volunteer.check(); err != nil {
			return err
		}
	}
	if m.Why != "" && !codeForm.MatchString(m.Why) {
		return errors.New("why: unknown")
	}
	return checkID(m.ID)
}

func (p *Person) check() error {
	if len(p.Languages) > 64 {
		return errors.New("languages: too many")
	}
	for _, l := range p.Languages {
		if !ValidLanguage(l) {
			return errors.New("languages: one is not a language tag")
		}
	}
	return checkWords(p.Name, 80)
}

func (m *Presence) check() error {
	if len(m.Free) > 256 {
		return errors.New("free: too many languages")
	}
	for l, n := range m.Free {
		if !ValidLanguage(l) || n < 0 {
			return errors.New("free: counts by language tag")
		}
	}
	return nil
}

func (m *Refused) check() error {
	if m.ID != "" {
		if err := checkID(m.ID); err != nil {
			return err
		}
	}
	return checkWords(m.Why, 300)
}
