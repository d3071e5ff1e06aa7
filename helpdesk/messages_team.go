// SPDX-License-Identifier: Apache-2.0

package helpdesk

import "errors"

// TeamKeys tells a terminal the public keys of the teams, by language. Sent on connecting and when they change.
type TeamKeys struct {
	Keys map[string][]byte `json:"keys"`
}

// OwnKey is a key of a volunteer's, kept by one of their passkeys (WebAuthn, extension prf) or in one browser.
type OwnKey struct {
	Key []byte `json:"key"`
	// Credential is the passkey's; empty: the private half is in one browser and nowhere else.
	Credential []byte `json:"credential,omitempty"`
	// Wrapped is the private half, encrypted in the page under a key that only that passkey gives.
	Wrapped []byte `json:"wrapped,omitempty"`
}

// Copy is a team's private key, sealed to the key Holder of a member.
type Copy struct {
	Holder []byte `json:"holder"`
	Data   []byte `json:"data"`
}

// Team is what a volunteer's page is told of the team of one of their languages.
type Team struct {
	Language string `json:"language"`
	// Key is empty as long as nobody made one.
	Key []byte `json:"key,omitempty"`
	// Copies are those sealed to keys of the volunteer's.
	Copies []Copy `json:"copies,omitempty"`
	// Lacking are keys of members that have no copy. Renew: somebody who is no member any more has one, or nobody has: the page
	// is to make a new key, for all of Lacking.
	Lacking [][]byte `json:"lacking,omitempty"`
	Renew   bool     `json:"renew,omitempty"`
}

// Keys is told a volunteer's page after its Hello, and when it changes.
type Keys struct {
	// Person is the volunteer.
	Person string `json:"person"`
	// Passkeys are those of the account: what a page has of another is of no use any more.
	Passkeys [][]byte `json:"passkeys,omitempty"`
	Mine     []OwnKey `json:"mine,omitempty"`
	Teams    []Team   `json:"teams,omitempty"`
}

// KeepKey keeps a key that a volunteer's page has made. Answered by Keys.
type KeepKey OwnKey

// KeepTeam keeps copies of a team's key for those who lack it, or a new key in place of Before with the copies of it. Done only
// if the key is still Before, or Key, by then; Keys follows.
type KeepTeam struct {
	Language string `json:"language"`
	Key      []byte `json:"key"`
	Before   []byte `json:"before,omitempty"`
	Copies   []Copy `json:"copies"`
}

// MaxLacking is how many members a page is asked to seal a team's key to at a time.
const MaxLacking = 32

// maxCredential is the longest name of a passkey, bytes (Web Authentication, level 3, section 4).
const maxCredential = 1023

// maxTeams bounds the languages of one volunteer, or of a hub.
const maxTeams = 64

func (*TeamKeys) Kind() string { return "team_keys" }
func (*Keys) Kind() string     { return "keys" }
func (*KeepKey) Kind() string  { return "keep_key" }
func (*KeepTeam) Kind() string { return "keep_team" }

func (m *TeamKeys) check() error {
	if len(m.Keys) > 256 {
		return errors.New("keys: too many languages")
	}
	for language, key := range m.Keys {
		if !ValidLanguage(language) {
			return errors.New("keys: one is of no language")
		}
		if err := checkKey(key); err != nil {
			return err
		}
	}
	return nil
}

func (k *OwnKey) check() error {
	if len(k.Credential) > maxCredential || len(k.Wrapped) > 512 || (len(k.Credential) > 0) != (len(k.Wrapped) > 0) {
		return errors.New("credential and wrapped: both or neither, and not so long")
	}
	return checkKey(k.Key)
}

func checkCopies(all []Copy) error {
	if len(all) > 2*MaxLacking {
		return errors.New("copies: too many")
	}
	for _, c := range all {
		if len(c.Data) == 0 || len(c.Data) > 512 {
			return errors.New("copies: one is empty or too large")
		}
		if err := checkKey(c.Holder); err != nil {
			return err
		}
	}
	return nil
}

func (m *Keys) check() error {
	if len(m.Passkeys) > 64 || len(m.Mine) > 64 || len(m.Teams) > maxTeams {
		return errors.New("passkeys, mine or teams: too many")
	}
	for _, id := range m.Passkeys {
		if len(id) == 0 || len(id) > maxCredential {
			return errors.New("passkeys: one is empty or too long")
		}
	}
	for _, k := range m.Mine {
		if err := k.check(); err != nil {
			return err
		}
	}
	for _, t := range m.Teams {
		if !ValidLanguage(t.Language) || len(t.Lacking) > MaxLacking {
			return errors.New("teams: one is of no language, or lacks too many")
		}
		if len(t.Key) > 0 {
			if err := checkKey(t.Key); err != nil {
				return err
			}
		}
		for _, key := range t.Lacking {
			if err := checkKey(key); err != nil {
				return err
			}
		}
		if err := checkCopies(t.Copies); err != nil {
			return err
		}
	}
	return nil
}

func (m *KeepKey) check() error { return (*OwnKey)(m).check() }

func (m *KeepTeam) check() error {
	if !ValidLanguage(m.Language) || len(m.Copies) == 0 {
		return errors.New("language or copies: missing")
	}
	if len(m.Before) > 0 {
		if err := checkKey(m.Before); err != nil {
			return err
		}
	}
	if err := checkCopies(m.Copies); err != nil {
		return err
	}
	return checkKey(m.Key)
}
