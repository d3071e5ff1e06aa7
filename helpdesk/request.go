// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"crypto/ecdh"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"time"
	"unicode"
	"unicode/utf8"
)

// Mode is how the citizen wants to be helped.
type Mode string

const (
	Voice Mode = "voice"
	Text  Mode = "text"
	Show  Mode = "show"
)

// Request asks for help. A terminal says in it what the hub matches on: languages, mode, guide. The rest of where somebody stands
// (Page, Step, their names, Level, Tried, Devices) it leaves empty here, or the hub refuses it (InClear): it is sealed to the
// language's team (Team) and to the page of whoever is rung (Sealed), whose page fills it in. Everything in it is known before the citizen has typed a letter or is a count: no word of the
// person's is in it, and there is no field that could hold one.
type Request struct {
	// ID is a random UUID made by the terminal (NewID). Sending a request again changes nothing.
	ID string `json:"id"`
	// Terminal and Place are names for people; the hub replaces them by those it enrolled.
	Terminal string `json:"terminal"`
	Place    string `json:"place"`
	// Languages are BCP 47 tags, the spoken one first.
	Languages []string `json:"languages"`
	Mode      Mode     `json:"mode"`
	// Guide, Page and Step are ids of the guide; empty when there is no guide yet.
	Guide string `json:"guide"`
	Page  string `json:"page"`
	Step  string `json:"step"`
	// GuideName and StepTitle are the guide's own words, in English.
	GuideName string `json:"guide_name"`
	StepTitle string `json:"step_title"`
	// StepIndex counts from 1; 0 when there is no guide yet.
	StepIndex int `json:"step_index"`
	StepTotal int `json:"step_total"`
	// Level is the level of support: "with-me", "guide-me", "i-try" or empty.
	Level string `json:"level"`
	// Tried counts what happened before: "hint", "back", "site_error", ...
	Tried map[string]int `json:"tried,omitempty"`
	// Devices are plain-language states by device: "reader": "reader.ready".
	Devices map[string]string `json:"devices,omitempty"`
	// Team is where the person stands, for whoever of the language's team comes first; nil when the team has no key yet.
	Team *ForTeam `json:"team,omitempty"`
	// PublicKey is the session's ephemeral ECDH P-256 key (uncompressed point, SEC 1 section 2.3.3).
	PublicKey []byte `json:"public_key"`
	// Signature is the terminal's, over SignedBytes (ECDSA P-256 with SHA-256, ASN.1).
	Signature []byte `json:"signature"`
	// Certificate is of the key that signed, by the office's CA (DER), for the volunteer's page, which does not take the hub's word.
	Certificate []byte `json:"certificate,omitempty"`
	// CreatedAt is the terminal's clock, Unix milliseconds. The hub counts waiting time by its own.
	CreatedAt int64 `json:"created_at"`
}

// maxCertificate is several times the size of a terminal's.
const maxCertificate = 2 << 10

// SignedBytes is what the terminal's identity signs, so that a session's key cannot be put under another request.
func (r *Request) SignedBytes() []byte {
	return append([]byte("handrail help request v1\x00"+r.ID+"\x00"), r.PublicKey...)
}

// InClear names a field that says where somebody stands and is not sealed, empty when there is none.
func (r *Request) InClear() string {
	for _, f := range []struct {
		name   string
		filled bool
	}{
		{"page", r.Page != ""}, {"step", r.Step != ""}, {"guide_name", r.GuideName != ""}, {"step_title", r.StepTitle != ""},
		{"step_index", r.StepIndex != 0}, {"step_total", r.StepTotal != 0}, {"level", r.Level != ""}, {"tried", len(r.Tried) > 0}, {"devices", len(r.Devices) > 0},
	} {
		if f.filled {
			return f.name
		}
	}
	return ""
}

// NewID makes the id of a request: a random UUID (RFC 9562, version 4).
func NewID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// Now is the present in the unit of all messages.
func Now() int64 { return time.Now().UnixMilli() }

var (
	idForm       = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)
	languageForm = regexp.MustCompile(`^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$`)
	nameForm     = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	codeForm     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,39}$`)
)

func (r *Request) check() error {
	if err := checkID(r.ID); err != nil {
		return err
	}
	for _, s := range []string{r.Terminal, r.Place, r.GuideName, r.StepTitle} {
		if err := checkWords(s, 120); err != nil {
			return err
		}
	}
	if len(r.Languages) == 0 || len(r.Languages) > 8 {
		return errors.New("languages: one to eight are needed")
	}
	for _, l := range r.Languages {
		if !ValidLanguage(l) {
			return errors.New("languages: one is not a language tag")
		}
	}
	switch r.Mode {
	case Voice, Text, Show:
	default:
		return errors.New("mode: voice, text or show")
	}
	for _, s := range []string{r.Guide, r.Page, r.Step, r.Level} {
		if s != "" && !nameForm.MatchString(s) {
			return errors.New("guide, page, step and level are short names")
		}
	}
	if r.StepIndex < 0 || r.StepTotal < 0 || r.StepIndex > r.StepTotal || r.StepTotal > 500 {
		return errors.New("step_index and step_total do not fit")
	}
	if len(r.Tried) > 24 || len(r.Devices) > 16 {
		return errors.New("tried or devices: too many")
	}
	for k, n := range r.Tried {
		if !nameForm.MatchString(k) || n < 0 || n > 9999 {
			return errors.New("tried: counts by short name")
		}
	}
	for k, v := range r.Devices {
		if !nameForm.MatchString(k) || !nameForm.MatchString(v) {
			return errors.New("devices: state names by short name")
		}
	}
	if err := checkKey(r.PublicKey); err != nil {
		return err
	}
	if err := r.Team.check(); err != nil {
		return err
	}
	if len(r.Certificate) > maxCertificate {
		return errors.New("certificate: too long")
	}
	if len(r.Signature) == 0 || len(r.Signature) > 80 {
		return errors.New("signature: missing or too long")
	}
	return nil
}

// ValidLanguage tells whether s has the form of a language tag.
func ValidLanguage(s string) bool { return languageForm.MatchString(s) }

func checkID(id string) error {
	if !idForm.MatchString(id) {
		return errors.New("id: not a UUID")
	}
	return nil
}

func checkKey(key []byte) error {
	if _, err := ecdh.P256().NewPublicKey(key); err != nil {
		return errors.New("public_key: not a point of P-256")
	}
	return nil
}

// checkWords accepts up to limit characters of printable text.
func checkWords(s string, limit int) error {
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return fmt.Errorf("a text is longer than %d characters", limit)
	}
	for _, r := range s {
		if unicode.IsControl(r) && r != '\n' {
			return errors.New("a text has control characters")
		}
	}
	return nil
}
