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
