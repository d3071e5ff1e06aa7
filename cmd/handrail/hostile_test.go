// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"time"

	"handrail/agent/session"
	"handrail/agent/store"
)

// hostileSite starts the site of testdata/hostile.mjs, for this script alone, in the place of a service of the terminal.
func (p *play) hostileSite(args []string) error {
	if err := p.close(); err != nil {
		return err
	}
	site := exec.CommandContext(p.ctx, "node", append([]string{"testdata/hostile.mjs"}, args...)...)
	out, err := site.StdoutPipe()
	if err == nil {
		err = site.Start()
	}
	if err != nil {
		return err
	}
	p.site = site
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("the site does not say where it is: %w", err)
	}
	p.guide = "hmpo-basic"
	p.services = fmt.Sprintf("  - guide: hmpo-basic\n    origin: http://office.localhost:%s\n", strings.TrimSpace(port))
	p.config = "# with a site of the tests\n"
	if slices.Contains(args, "files") {
		p.config = "  scanner: {driver: sane, port: \"test:0\"}\nbrowser: {microphone: emulated, camera: emulated}\n"
	}
	return nil
}

// leaveSite ends it.
func (p *play) leaveSite() {
	if p.site != nil {
		_ = p.site.Process.Kill()
		_ = p.site.Wait()
	}
	p.site, p.guide, p.services = nil, "", ""
}

// write types an invented value, by which it can be found again, into the box of the present step.
func (p *play) write(args []string) error {
	look, err := p.j.await("a box to write in", func(l session.Look) bool { return l.Sight == "sure" && l.Steps[l.Step].W > 0 })
	if err != nil {
		return err
	}
	if err := p.j.touch(look.Steps[look.Step]); err != nil {
		return err
	}
	if err := p.j.hand.do(gesture{Canary: args[0]}); err != nil {
		return err
	}
	return p.j.hand.do(gesture{Key: "Tab"})
}

// journal waits until the terminal has counted an outcome at a step of a page of the guide.
func (p *play) journal(args []string) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		all, err := p.j.control.Journal()
		if err != nil {
			return err
		}
		at := slices.IndexFunc(all, func(c store.Counted) bool {
			return c.Guide == p.j.guide.ID && c.Page == args[0] && c.Step == args[1] && string(c.Outcome) == args[2]
		})
		if at >= 0 {
			if c := all[at]; c.N < 1 || c.Score < 0 || c.Score > 1 || c.MS < 0 {
				return fmt.Errorf("the journal has %+v", c)
			}
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the journal has no %v; it has %+v", args, all)
		}
	}
}
