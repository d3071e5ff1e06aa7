// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/goccy/go-yaml"

	"handrail/provisioning"
)

// ScoreFile is where a terminal keeps what came of trying every known way out of it, in its folder.
const ScoreFile = "lockdown.json"

// Score is the result of "handrail doctor lockdown".
type Score struct {
	At          time.Time `json:"at"`
	Browser     string    `json:"browser"` // see BrowserMark
	Config      string    `json:"config"`  // see Config.Mark
	Vectors     int       `json:"vectors"`
	Effects     int       `json:"effects"`
	Breakouts   int       `json:"breakouts"`
	ChannelsOut int       `json:"channels_out"`
	LookupsOut  int       `json:"lookups_out"`
	OK          bool      `json:"ok"`
}

// Write keeps the score in the terminal's folder.
func (s Score) Write(dir string) error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return fmt.Errorf("score: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("score: %w", err)
	}
	path := filepath.Join(dir, ScoreFile)
	if err := os.WriteFile(path+".new", append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("score: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("score: %w", err)
	}
	return nil
}

// ReadScore reads it; ok is false when this terminal was never tried.
func ReadScore(dir string) (s Score, ok bool, err error) {
	data, err := os.ReadFile(filepath.Join(dir, ScoreFile))
	if errors.Is(err, os.ErrNotExist) {
		return s, false, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil {
		return Score{}, true, fmt.Errorf("score: %w", err) // one that cannot be read counts as a bad one
	}
	return s, true, nil
}

// gate decides from the last score whether a terminal opens to the public, and says on the health page how it stands. Never tried, or tried
// with another browser or configuration, it opens and asks for a trial; one from which something got out stays closed until a trial is passed,
// or an admin gives a reason in the configuration.
func gate(c Config, browser string) (open bool, p provisioning.Protection) {
	p.Name = "lockdown trial"
	score, tried, err := ReadScore(c.Dir)
	const try = "try it with: handrail doctor lockdown -config agent.yaml"
	switch {
	case !tried:
		p.Why = "this terminal was never tried; " + try
		return true, p
	case err != nil:
		p.Why = "the score of the last trial cannot be read; " + try
	case !score.OK:
		p.Why = fmt.Sprintf("in the last trial of %s %d ways out led out and %d more had an effect, %d channels and %d questions for names got past; mend that, and %s",
			score.At.Format(time.DateOnly), score.Breakouts, max(0, score.Effects-score.Breakouts), score.ChannelsOut, score.LookupsOut, try)
	case score.Browser != browser || score.Config != c.Mark():
		p.Why = "browser or configuration changed since the trial of " + score.At.Format(time.DateOnly) + "; " + try
		return true, p
	default:
		p.On, p.Why = true, fmt.Sprintf("%d ways out were tried on %s: %d had any effect, nothing got out", score.Vectors, score.At.Format(time.DateOnly), score.Effects)
		return true, p
	}
	if reason := c.Lockdown.OpenAnyway; reason != "" {
		p.Why = "open although it should not be, because an admin wrote: " + reason + " (" + p.Why + ")"
		return true, p
	}
	p.Why = "closed to the public: " + p.Why
	return false, p
}

// BrowserMark tells one installed browser from another, without starting it: its size and the time of its installation.
func BrowserMark(binary string) string {
	info, err := os.Stat(binary)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d-%d", info.Size(), info.ModTime().Unix())
}

// Mark tells one configuration from another, as far as what the terminal shows and admits depends on it.
func (c Config) Mark() string {
	c.Lockdown = LockdownConfig{}
	data, err := yaml.Marshal(c)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%x", sha256.Sum256(data))[:16]
}
