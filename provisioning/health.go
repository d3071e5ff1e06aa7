// SPDX-License-Identifier: Apache-2.0

package provisioning

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"unicode/utf8"
)

// Health is a terminal's heartbeat, sent every 30 seconds and when something changes. It is value-free: it says how the
// machine is, and of people only how many there were.
type Health struct {
	Version string `json:"version"`
	// InUse: a session is open now, since InUseSince (Unix milliseconds). Which service or step is not told.
	InUse      bool  `json:"in_use"`
	InUseSince int64 `json:"in_use_since,omitempty"`
	// Sessions counts finished sessions.
	Sessions    int          `json:"sessions"`
	Devices     []Device     `json:"devices"`
	Protections []Protection `json:"protections"`
	// Counts are value-free counters by name.
	Counts map[string]int `json:"counts"`
}

// Device is one peripheral in plain words.
type Device struct {
	// Name: "reader", "printer", "sound", ...
	Name string `json:"name"`
	// State is a plain-language state name, "printer.paper_out".
	State string `json:"state"`
	// OK: it does its work. Otherwise the terminal works in part.
	OK bool `json:"ok"`
	// Sentence says the state in English.
	Sentence string `json:"sentence,omitempty"`
	// Since is when it came to this state (Unix milliseconds), 0 if not known.
	Since int64 `json:"since,omitempty"`
}

// Protection is one layer that keeps the browser in; Why says in a sentence why it is off.
type Protection struct {
	Name string `json:"name"`
	On   bool   `json:"on"`
	Why  string `json:"why,omitempty"`
}

// ErrHealth is wrapped by every error of DecodeHealth.
var ErrHealth = errors.New("health report refused")

var stateForm = regexp.MustCompile(`^[a-z][a-z0-9_.-]{0,63}$`)

// DecodeHealth reads a report within its limits. Unlike other messages it may have fields that this program does not know
// (a terminal may be newer than its hub); they are left out and not kept.
func DecodeHealth(data []byte) (Health, error) {
	var h Health
	if len(data) > 16<<10 {
		return Health{}, fmt.Errorf("%w: too large", ErrHealth)
	}
	if err := json.Unmarshal(data, &h); err != nil {
		return Health{}, fmt.Errorf("%w: malformed", ErrHealth)
	}
	if len(h.Devices) > 32 || len(h.Protections) > 32 || len(h.Counts) > 256 || h.Sessions < 0 || !words(h.Version, 80) {
		return Health{}, fmt.Errorf("%w: out of its limits", ErrHealth)
	}
	for _, d := range h.Devices {
		if !stateForm.MatchString(d.Name) || !stateForm.MatchString(d.State) || !words(d.Sentence, 200) {
			return Health{}, fmt.Errorf("%w: a device is out of its limits", ErrHealth)
		}
	}
	for _, p := range h.Protections {
		if p.Name == "" || !words(p.Name, 80) || !words(p.Why, 300) {
			return Health{}, fmt.Errorf("%w: a protection is out of its limits", ErrHealth)
		}
	}
	for name, n := range h.Counts {
		if !stateForm.MatchString(name) || n < 0 {
			return Health{}, fmt.Errorf("%w: a count is out of its limits", ErrHealth)
		}
	}
	return h, nil
}

func words(s string, limit int) bool {
	return utf8.ValidString(s) && utf8.RuneCountInString(s) <= limit
}
