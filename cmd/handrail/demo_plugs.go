// SPDX-License-Identifier: Apache-2.0

package main

import "context"

// plugs are the things that a person can pull out of the demo, each the real thing.
func (d *demo) plugs() []plug {
	process := func(name string, p *part, in, out string) plug {
		return plug{Name: name, Pull: p.kill, Plug: func() error { return p.start(context.Background()) },
			State: func() (bool, string) {
				if p.up() {
					return true, in
				}
				return false, out
			}}
	}
	device := func(name string, pull func(), push func() error, in, out string) plug {
		return plug{Name: name,
			Pull: func() error { pull(); d.pulled.Store(name, true); return nil },
			Plug: func() error {
				if err := push(); err != nil {
					return err
				}
				d.pulled.Delete(name)
				return nil
			},
			State: func() (bool, string) {
				if _, pulled := d.pulled.Load(name); pulled {
					return false, out
				}
				return true, in
			}}
	}
	return []plug{
		device("reader", d.reader.Unplug, d.reader.Plug, "plugged in", "The screen offers typing."),
		device("printer", d.printer.Unplug, d.printer.Plug, "plugged in", "The receipt is shown large."),
		process("hub", d.hub, "running", "A request for help is kept."),
		process("site", d.service, "running", "The screen says that the site is down."),
		process("power", d.agent, "on", "The terminal is off."),
	}
}
