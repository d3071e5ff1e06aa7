// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
)

// changeLine puts a line of ours between the terminal and the hub, and makes it thin or whole.
func (p *play) changeLine(args []string) (err error) {
	switch {
	case args[0] == "ours":
		if err := p.close(); err != nil {
			return err
		}
		p.line, err = newThinLine()
		return err
	case p.line == nil:
		return errors.New("write line ours, before demo")
	case args[0] == "thin":
		p.line.thin.Store(true)
	case args[0] == "whole":
		p.line.thin.Store(false)
	default:
		return fmt.Errorf("line: %q is not understood", args[0])
	}
	return nil
}
