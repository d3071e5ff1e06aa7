// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGateOpensAndCloses(t *testing.T) {
	const browser = "browser-1"
	base := Config{Office: "x", Languages: []string{"en"}, Dir: t.TempDir()}
	good := Score{At: time.Now(), Browser: browser, Config: base.Mark(), Vectors: 200, OK: true}
	bad := good
	bad.OK, bad.Breakouts, bad.Effects = false, 2, 5
	for _, c := range []struct {
		name     string
		score    *Score
		reason   string
		browser  string
		office   string
		open, on bool
		says     string
	}{
		{"never tried", nil, "", browser, "x", true, false, "never tried"},
		{"passed", &good, "", browser, "x", true, true, "nothing got out"},
		{"another browser", &good, "", "browser-2", "x", true, false, "changed"},
		{"another configuration", &good, "", browser, "y", true, false, "changed"},
		{"failed", &bad, "", browser, "x", false, false, "closed to the public"},
		{"failed, and another browser since", &bad, "", "browser-2", "x", false, false, "closed to the public"},
		{"failed, and opened in writing", &bad, "staff are in the room", browser, "x", true, false, "staff are in the room"},
		{"passed, and opened in writing", &good, "staff are in the room", browser, "x", true, true, "nothing got out"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := base
			config.Dir = t.TempDir()
			score := Score{}
			if c.score != nil {
				score = *c.score
				score.Config = config.Mark()
				if err := score.Write(config.Dir); err != nil {
					t.Fatal(err)
				}
			}
			config.Office, config.Lockdown.OpenAnyway = c.office, c.reason
			open, p := gate(config, c.browser)
			if open != c.open || p.On != c.on || !strings.Contains(p.Why, c.says) {
				t.Errorf("open %v, %+v", open, p)
			}
			if n := len(clipped(sentence(p.Why), 300)); n > 310 {
				t.Errorf("the health page takes 300 characters, this has %d", n)
			}
		})
	}
	broken := base
	if err := os.WriteFile(filepath.Join(broken.Dir, ScoreFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if open, p := gate(broken, browser); open {
		t.Errorf("a score that cannot be read opens the terminal: %+v", p)
	}
}
