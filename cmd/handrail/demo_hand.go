// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"handrail/kiosk/stage"
)

// Values for the unattended journey are made from a seed, so that only two processes ever hold them: the hand, which types
// them and has ended before anybody looks for them, and the search. Each is unique to the run and 12 characters or more.
var canaryNames = []string{"address-line-1", "address-line-2", "town", "phone", "email", "middle-name"}

// cardCanaries are the values on the unattended journey's card.
var cardCanaries = []string{"family_name", "given_names"}

// canary is the value of a name under a seed.
func canary(seed, name string) string {
	mac := hmac.New(sha256.New, []byte(seed))
	mac.Write([]byte(name))
	sum := mac.Sum(nil)
	letters, digits := make([]byte, 14), make([]byte, 9)
	for i := range letters {
		letters[i] = 'a' + sum[i]%26
	}
	for i := range digits {
		digits[i] = '0' + sum[14+i]%10
	}
	switch name {
	case "phone":
		return "+447" + string(digits)
	case "email":
		return string(letters) + "@example.org"
	}
	letters[0] -= 'a' - 'A'
	return string(letters)
}

// gesture is one thing that the hand does.
type gesture struct {
	Display, Authority, Seed string  `json:",omitempty"`
	Click                    *[2]int `json:",omitempty"`
	Type                     string  `json:",omitempty"`
	Canary                   string  `json:",omitempty"` // types the value of this name
	Key                      string  `json:",omitempty"`
	Middle                   *[2]int `json:",omitempty"` // presses the middle button there
	Copied                   string  `json:",omitempty"` // the value of this name can be pasted, in both ways
	Nothing                  bool    `json:",omitempty"` // nothing can be pasted, in no way
}

// handCommand is the process that touches and types in an unattended journey, as a person would: through the X server.
func handCommand(_ context.Context, _ []string, stdout, stderr io.Writer) int {
	lines := bufio.NewScanner(os.Stdin)
	var hand *stage.Hand
	seed := ""
	pasted := func([]string, string) error { return errors.New("no display yet") }
	for lines.Scan() {
		var g gesture
		err := json.Unmarshal(lines.Bytes(), &g)
		switch {
		case err != nil:
		case g.Display != "":
			seed = g.Seed
			hand, err = stage.OpenHand(g.Display, g.Authority)
			pasted = func(from []string, want string) error {
				for _, name := range from {
					if text, err := stage.Selection(g.Display, g.Authority, name); err != nil || text != want {
						return errors.Join(fmt.Errorf("%s holds %d letters, and not what it should", name, len(text)), err)
					}
				}
				return nil
			}
		case hand == nil:
			err = errors.New("no display yet")
		case g.Click != nil:
			err = hand.Click(g.Click[0], g.Click[1])
			time.Sleep(120 * time.Millisecond) // nobody types in the same moment
		case g.Canary != "":
			err = hand.Type(canary(seed, g.Canary))
		case g.Type != "":
			err = hand.Type(g.Type)
		case g.Key != "":
			err = hand.Key(g.Key)
		case g.Middle != nil:
			err = hand.Press(g.Middle[0], g.Middle[1], 2)
		case g.Copied != "":
			err = pasted([]string{"CLIPBOARD", "PRIMARY"}, canary(seed, g.Copied))
		case g.Nothing:
			err = pasted(stage.Selections, "")
		}
		if err != nil {
			fmt.Fprintln(stdout, "error:", err)
		} else {
			fmt.Fprintln(stdout, "ok")
		}
	}
	if hand != nil {
		hand.Close()
	}
	return 0
}

// fingers is the hand's process seen from the journey.
type fingers struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines *bufio.Scanner
}

func startHand(display, authority, seed string) (*fingers, error) {
	cmd := ownCommand("hand")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &fingers{cmd: cmd, in: in, lines: bufio.NewScanner(out)}
	return f, f.do(gesture{Display: display, Authority: authority, Seed: seed})
}

func (f *fingers) do(g gesture) error {
	if err := json.NewEncoder(f.in).Encode(g); err != nil {
		return fmt.Errorf("hand: %w", err)
	}
	if !f.lines.Scan() {
		return errors.New("hand: it is gone")
	}
	if text := f.lines.Text(); text != "ok" {
		return fmt.Errorf("hand: %s", text)
	}
	return nil
}

// end waits until the process is gone, and with it what it typed.
func (f *fingers) end() error {
	f.in.Close()
	done := make(chan error, 1)
	go func() { done <- f.cmd.Wait() }()
	select {
	case err := <-done:
		return err
	case <-time.After(5 * time.Second):
		_ = f.cmd.Process.Kill()
		return <-done
	}
}
