// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	"handrail/kiosk/browser"
)

// onPaper checks that every number at the volunteer's desk stands on a paper that came out.
func (p *play) onPaper() error {
	numbers, err := browser.VisitorEval[[]string](p.j.volunteer, `[...document.querySelectorAll("[data-name=number]")].map((n) => n.dataset.number)`)
	if err != nil {
		return err
	}
	for _, n := range numbers {
		if len(n) != 6 {
			return fmt.Errorf("%q is no number of a ticket", n)
		}
		if err := p.slip(n[:3] + "-" + n[3:]); err != nil {
			return err
		}
	}
	return nil
}
