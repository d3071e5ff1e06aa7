// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"crypto/ecdh"
	"crypto/hpke"
	"encoding/json"
	"errors"
	"fmt"
)

// Situation is where somebody who asks stands: which step of which page, how they got there, how their devices are. While they
// wait it lies at the hub sealed to the key of their language's team (ForTeam). When a volunteer is rung, the terminal seals it as well
// to the key of that volunteer's page (CallState.PageKey), and the hub passes on what it cannot read: HPKE (RFC 9180), base mode, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.
// ui/parts/hpke.ts is its twin.
type Situation struct {
	Page      string            `json:"page,omitempty"`
	Step      string            `json:"step,omitempty"`
	GuideName string            `json:"guide_name,omitempty"`
	StepTitle string            `json:"step_title,omitempty"`
	StepIndex int               `json:"step_index,omitempty"`
	StepTotal int               `json:"step_total,omitempty"`
	Level     string            `json:"level,omitempty"`
	Tried     map[string]int    `json:"tried,omitempty"`
	Devices   map[string]string `json:"devices,omitempty"`
}

// Sealed carries a Situation from a terminal to the page of the volunteer who is rung, or in the call.
type Sealed struct {
	ID   string `json:"id"`
	Data []byte `json:"data"`
}

func (*Sealed) Kind() string { return "situation" }

// maxSituation bounds a sealed situation, bytes.
const maxSituation = 8 << 10

func (m *Sealed) check() error {
	if len(m.Data) == 0 || len(m.Data) > maxSituation {
		return errors.New("data: empty or too large")
	}
	return checkID(m.ID)
}

func situationInfo(id string) []byte { return []byte("handrail situation v1\x00" + id) }

// SealSituation seals a situation to a page's key (uncompressed point), for one request.
func SealSituation(page []byte, id string, s Situation) ([]byte, error) {
	point, err := ecdh.P256().NewPublicKey(page)
	if err != nil {
		return nil, errors.New("the page's key is not a point of P-256")
	}
	to, err := hpke.NewDHKEMPublicKey(point)
	if err != nil {
		return nil, fmt.Errorf("sealing a situation: %w", err)
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("sealing a situation: %w", err)
	}
	return hpke.Seal(to, hpke.HKDFSHA256(), hpke.AES256GCM(), situationInfo(id), plain)
}

// OpenSituation opens what was sealed to this key for this request; its error wraps ErrSeal.
func OpenSituation(key *ecdh.PrivateKey, id string, data []byte) (Situation, error) {
	var s Situation
	mine, err := hpke.NewDHKEMPrivateKey(key)
	if err != nil {
		return s, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	plain, err := hpke.Open(mine, hpke.HKDFSHA256(), hpke.AES256GCM(), situationInfo(id), data)
	if err != nil {
		return s, fmt.Errorf("%w: it was not sealed to this page for this request", ErrSeal)
	}
	if err := strictDecode(plain, &s); err != nil {
		return Situation{}, fmt.Errorf("%w: %w", ErrSeal, err)
	}
	return s, nil
}
