// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"errors"
	"regexp"
)

// Bell rings for the people of the office in which the terminal stands: somebody wants a person from the room. Later: nobody
// waits at the terminal; the number stands on a ticket that somebody took home, and no word of theirs is kept beside it.
// Answered by BellNow once it is on disk. Sending it again changes nothing; Cancel takes it back.
type Bell struct {
	ID string `json:"id"`
	// Language is the person's.
	Language string `json:"language"`
	Later    bool   `json:"later,omitempty"`
	// Number is six digits, with Later only.
	Number string `json:"number,omitempty"`
	// Team is where the person stood, with Later only.
	Team *ForTeam `json:"team,omitempty"`
}

// BellState is how a bell stands.
type BellState string

const (
	BellRung   BellState = "rung"
	BellComing BellState = "coming"
	BellOver   BellState = "over"
)

// BellNow tells a terminal how its bell stands. By is who comes.
type BellNow struct {
	ID    string    `json:"id"`
	State BellState `json:"state"`
	Later bool      `json:"later,omitempty"`
	By    string    `json:"by,omitempty"`
}

// Come says "I am coming" to a bell; Settled that somebody was there, or that a number was dealt with.
type Come struct {
	ID string `json:"id"`
}

type Settled struct {
	ID string `json:"id"`
}

// Rung is a bell as the people of the office see it.
type Rung struct {
	ID       string `json:"id"`
	Terminal string `json:"terminal"`
	Place    string `json:"place"`
	Language string `json:"language"`
	Later    bool   `json:"later,omitempty"`
	Number   string `json:"number,omitempty"`
	At       int64  `json:"at"`
	// By is who comes; empty: nobody yet.
	By string `json:"by,omitempty"`
	// Team is where the person stood.
	Team *ForTeam `json:"team,omitempty"`
}

func (*Bell) Kind() string    { return "bell" }
func (*BellNow) Kind() string { return "bell_now" }
func (*Come) Kind() string    { return "come" }
func (*Settled) Kind() string { return "settled" }

var numberForm = regexp.MustCompile(`^[0-9]{6}$`)

func (m *Bell) check() error {
	if !ValidLanguage(m.Language) {
		return errors.New("language: not a language tag")
	}
	if m.Later && !numberForm.MatchString(m.Number) || !m.Later && m.Number != "" {
		return errors.New("number: six digits, for later only")
	}
	if m.Team != nil && !m.Later {
		return errors.New("team: for later only")
	}
	if err := m.Team.check(); err != nil {
		return err
	}
	return checkID(m.ID)
}

func (m *BellNow) check() error {
	switch m.State {
	case BellRung, BellComing, BellOver:
	default:
		return errors.New("state: unknown")
	}
	if err := checkWords(m.By, 80); err != nil {
		return err
	}
	return checkID(m.ID)
}

func (m *Come) check() error    { return checkID(m.ID) }
func (m *Settled) check() error { return checkID(m.ID) }
