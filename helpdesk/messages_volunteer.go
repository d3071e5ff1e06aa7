// SPDX-License-Identifier: Apache-2.0

package helpdesk

import "errors"

// Volunteer to hub. ui/volunteer/protocol.ts has the same shapes in TypeScript.

// Hello opens the desk; answered by Desk. Call is the call that the page still shows, after its line was lost: if it went
// to somebody else meanwhile, Ended follows.
type Hello struct {
	Call string `json:"call,omitempty"`
	// Key is the page's own, ECDH P-256: terminals seal to it what is only for whoever is rung.
	Key []byte `json:"key,omitempty"`
}

// Available switches ringing on or off. With Minutes: on until then, or paused until then.
type Available struct {
	On      bool `json:"on"`
	Minutes int  `json:"minutes,omitempty"`
}

// Accept takes the request that rings here, or takes up a call again after a reload, with a fresh key.
type Accept struct {
	ID        string `json:"id"`
	PublicKey []byte `json:"public_key"`
}

// Decline passes a ring on. No reason is asked.
type Decline struct {
	ID string `json:"id"`
}

// HandOver gives a call to somebody else: it is offered again, to others first. Answered by Ended "other".
type HandOver struct {
	ID string `json:"id"`
}

// After notes issue codes of a call that is over. There is no free text in it.
type After struct {
	ID    string   `json:"id"`
	Codes []string `json:"codes"`
}

// Hub to volunteer.

// Skill is one language of a volunteer.
type Skill struct {
	Code  string `json:"code"`
	Speak bool   `json:"speak"`
	Read  bool   `json:"read"`
	Write bool   `json:"write"`
}

// Me is the signed-in person.
type Me struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Role   string `json:"role"`
	Office string `json:"office"`
	// OfficeKey is the CA's public key (DER SubjectPublicKeyInfo). A page keeps the first that it sees.
	OfficeKey []byte  `json:"office_key,omitempty"`
	Languages []Skill `json:"languages"`
}

// PastCall is all that is kept of a call.
type PastCall struct {
	ID        string   `json:"id"`
	At        int64    `json:"at"`
	Seconds   int64    `json:"seconds"`
	Language  string   `json:"language"`
	Guide     string   `json:"guide"`
	GuideName string   `json:"guide_name"`
	StepTitle string   `json:"step_title"`
	StepIndex int      `json:"step_index"`
	StepTotal int      `json:"step_total"`
	Ended     string   `json:"ended"`
	Codes     []string `json:"codes"`
}

// Around counts volunteers with their desk open.
type Around struct {
	Here int `json:"here"`
	// Free: available and not in a call.
	Free int `json:"free"`
	// Languages spoken by those who are here, sorted.
	Languages []string `json:"languages"`
}

// OpenCall is a call that can be taken up again before Until.
type OpenCall struct {
	Request Request `json:"request"`
	Until   int64   `json:"until"`
}

// Desk is everything the volunteer's first screen shows.
type Desk struct {
	Me         Me             `json:"me"`
	Available  bool           `json:"available"`
	Until      int64          `json:"until,omitempty"`
	Waiting    map[string]int `json:"waiting"`
	Volunteers Around         `json:"volunteers"`
	Calls      []PastCall     `json:"calls"`
	Call       *OpenCall      `json:"call,omitempty"`
	// Bells are those of the places that the volunteer is of, oldest first.
	Bells []Rung `json:"bells,omitempty"`
}

// Ring offers a request to one volunteer until Until.
type Ring struct {
	Request  Request `json:"request"`
	Language string  `json:"language"`
	Waited   int64   `json:"waited"`
	Until    int64   `json:"until"`
	Others   int     `json:"others"`
	// Phrases: they have no language in common; there is the phrasebook.
	Phrases bool `json:"phrases,omitempty"`
}

// Accepted begins a call, or takes it up again (Resumed).
type Accepted struct {
	ID      string  `json:"id"`
	Request Request `json:"request"`
	Resumed bool    `json:"resumed"`
	LineUp  bool    `json:"line_up"`
}

// Taken ends a ring: By somebody, or its time ran out.
type Taken struct {
	ID string `json:"id"`
	By string `json:"by,omitempty"`
}

// Cancelled ends a ring because the person no longer asks.
type Cancelled struct {
	ID string `json:"id"`
}

// Ended ends a call. Why: "citizen", "volunteer", "line" or "other" (it was given to somebody else).
type Ended struct {
	ID      string `json:"id"`
	Why     string `json:"why"`
	Seconds int64  `json:"seconds"`
}

// Line says whether the terminal's line holds.
type Line struct {
	ID string `json:"id"`
	Up bool   `json:"up"`
}

func (*Hello) Kind() string     { return "hello" }
func (*Available) Kind() string { return "available" }
func (*Accept) Kind() string    { return "accept" }
func (*HandOver) Kind() string  { return "hand_over" }
func (*Decline) Kind() string   { return "decline" }
func (*After) Kind() string     { return "after" }
func (*Desk) Kind() string      { return "desk" }
func (*Ring) Kind() string      { return "ring" }
func (*Accepted) Kind() string  { return "accepted" }
func (*Taken) Kind() string     { return "taken" }
func (*Cancelled) Kind() string { return "cancelled" }
func (*Ended) Kind() string     { return "ended" }
func (*Line) Kind() string      { return "line" }

func (m *Hello) check() error {
	if len(m.Key) > 0 {
		if err := checkKey(m.Key); err != nil {
			return err
		}
	}
	if m.Call == "" {
		return nil
	}
	return checkID(m.Call)
}

func (m *Available) check() error {
	if m.Minutes < 0 || m.Minutes > 24*60 {
		return errors.New("minutes: from 0 to 1440")
	}
	return nil
}

func (m *Accept) check() error {
	if err := checkKey(m.PublicKey); err != nil {
		return err
	}
	return checkID(m.ID)
}

func (m *Decline) check() error { return checkID(m.ID) }

func (m *HandOver) check() error { return checkID(m.ID) }

func (m *After) check() error {
	if len(m.Codes) > 12 {
		return errors.New("codes: at most twelve")
	}
	for _, c := range m.Codes {
		if !codeForm.MatchString(c) {
			return errors.New("codes: short names only")
		}
	}
	return checkID(m.ID)
}

func (m *Desk) check() error { return m.Me.check() }

func (m *Me) check() error {
	if len(m.Languages) > 64 {
		return errors.New("languages: too many")
	}
	for _, s := range m.Languages {
		if !ValidLanguage(s.Code) {
			return errors.New("languages: one is not a language tag")
		}
	}
	return checkWords(m.Name, 80)
}

func (m *Ring) check() error      { return m.Request.check() }
func (m *Accepted) check() error  { return m.Request.check() }
func (m *Taken) check() error     { return checkID(m.ID) }
func (m *Cancelled) check() error { return checkID(m.ID) }
func (m *Ended) check() error     { return checkID(m.ID) }
func (m *Line) check() error      { return checkID(m.ID) }
