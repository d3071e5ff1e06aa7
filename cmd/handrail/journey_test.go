// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"handrail/peripherals/emulator"
	"handrail/ui/i18n"
)

// TestJourneys runs the journeys of testdata/script, one after another, with the real program. How to write one is in
// testdata/script/README.
func TestJourneys(t *testing.T) {
	words, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	service, err := filepath.Abs("../../e-service")
	if err != nil {
		t.Fatal(err)
	}
	p := &play{ctx: t.Context(), words: words, service: service}
	program := []string{os.Args[0]} // with -short, this test's own program is handrail
	if !testing.Short() {
		path, err := handrail()
		if err != nil {
			t.Fatal(err)
		}
		program = []string{path}
		before := self
		self = func() []string { return program }
		defer func() { self = before }()
	}
	defer func() {
		if err := p.close(); err != nil {
			t.Error(err)
		}
	}()
	commands := p.verbs()
	commands["handrail"] = func(ts *testscript.TestScript, neg bool, args []string) {
		err := ts.Exec(program[0], args...)
		if err != nil && !neg {
			ts.Fatalf("handrail: %v", err)
		}
		if err == nil && neg {
			ts.Fatalf("handrail said that all is well")
		}
	}
	testscript.RunT(inOrder{t, p.after}, testscript.Params{
		Dir: filepath.Join("testdata", "script"), Cmds: commands,
		Condition: func(name string) (bool, error) {
			if name != "cups" {
				return false, fmt.Errorf("there is no condition %q", name)
			}
			return emulator.NoOffice() == nil, nil
		},
		Setup: func(e *testscript.Env) error {
			e.Setenv("ESERVICE", service)
			return nil
		},
	})
}

// inOrder is a test whose scripts run one after another: a machine has one pair of eyes.
type inOrder struct {
	*testing.T
	after func(*testing.T)
}

func (inOrder) Parallel()     {}
func (inOrder) Verbose() bool { return testing.Verbose() }

func (o inOrder) Run(name string, f func(testscript.T)) {
	o.T.Run(name, func(t *testing.T) {
		defer o.after(t)
		f(inOrder{t, o.after})
	})
}

// after puts the stage in order for the next script. What failed is told with the terminal's last words, and starts anew.
func (p *play) after(t *testing.T) {
	defer func() { // after the terminal has ended
		if p.line != nil && p.j == nil {
			p.line.close()
			p.line = nil
		}
	}()
	if p.j == nil {
		return
	}
	if t.Failed() {
		p.j.picture("failed-" + filepath.Base(t.Name()))
		t.Log("the terminal's last words:\n" + lastWords(p.j.path("log", "terminal.log")))
		t.Log("the hub's last words:\n" + lastWords(p.j.path("log", "hub.log")))
	} else if err := p.quiet(); err != nil {
		t.Error(fmt.Errorf("the stage is not as it was: %w", err))
	} else if p.config == "" && p.presenter == "" && p.line == nil {
		return
	}
	p.config, p.presenter = "", ""
	if err := p.close(); err != nil {
		t.Error(err)
	}
}
