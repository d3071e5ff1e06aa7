// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
)

// Verb is something a volunteer did in a call, as the helpers' journal has it.
type Verb string

const (
	DidLook  Verb = "looked"  // was shown the page's words
	DidPoint Verb = "pointed" // at an element or a spot
	DidSpeak Verb = "spoke"   // their voice was heard
	DidSay   Verb = "said"    // a phrase of the phrasebook
	DidWrite Verb = "wrote"   // a line of chat
	DidEnd   Verb = "ended"   // the call, whoever ended it
)

// Did is told by the terminal, which sees what the hub cannot: that the volunteer of a call did something, at a step. What
// they pointed at or said is not in it.
type Did struct {
	ID   string `json:"id"`
	Verb Verb   `json:"verb"`
	// Step is the guide's name for where it happened; may be empty.
	Step string `json:"step,omitempty"`
}

func (*Did) Kind() string { return "did" }

func (m *Did) check() error {
	switch m.Verb {
	case DidLook, DidPoint, DidSpeak, DidSay, DidWrite:
	default:
		return errors.New("verb: unknown")
	}
	if m.Step != "" && !nameForm.MatchString(m.Step) {
		return errors.New("step: a short name")
	}
	return checkID(m.ID)
}

// Number is how a call is called on the citizen's slip and in the helpers' journal: nine digits in threes, made from the
// request's id, which cannot be found out from them.
func Number(id string) string {
	sum := sha256.Sum256([]byte("handrail number\x00" + id))
	n := binary.BigEndian.Uint64(sum[:]) % 1_000_000_000
	return fmt.Sprintf("%03d-%03d-%03d", n/1_000_000, n/1000%1000, n%1000)
}
