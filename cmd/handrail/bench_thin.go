// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"handrail/kiosk/browser"
	"handrail/ui"
)

const benchThinUsage = `usage: handrail bench thin [options]

Measures a call without voices over a line that carries 10 kbit/s and takes 800 ms there and back: from the volunteer's Accept until
they see the page, beside its first picture over the same line, and from a phrase that the volunteer says until their page tells
that it was heard, beside the same on a line that carries everything. The line is a relay of the program's own between terminal and
hub.

options:
`

// benchThinLimit bounds the whole run.
const benchThinLimit = 5 * time.Minute

const thinPhrase = "take-your-time"

func benchThin(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o benchOptions
	flags := flag.NewFlagSet("bench thin", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.IntVar(&o.runs, "runs", 3, "`calls` measured, from 1 to 6")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.StringVar(&o.out, "out", "", "put the rows, as JSON, into this `file` too, with those that it has")
	flags.StringVar(&o.service, "e-service", "e-service", "`folder` of the e-service's starter, with its packages installed")
	flags.BoolVar(&o.verbose, "v", false, "log more")
	flags.Usage = func() { fmt.Fprint(flags.Output(), benchThinUsage); flags.PrintDefaults() }
	if code, done := parse(flags, args, stderr); done {
		return code
	}
	if o.runs < 1 || o.runs > 6 {
		fmt.Fprintf(stderr, "handrail bench thin: -runs %d: a number from 1 to 6\n", o.runs)
		return 2
	}
	if !ui.Built() {
		fmt.Fprintln(stderr, "handrail bench thin: the screens were not built into this program. Build it with: make build")
		return 1
	}
	var err error
	if o.dir, err = os.MkdirTemp("", "hr"); err != nil { // short: a socket's path has at most 107 characters
		fmt.Fprintln(stderr, "handrail bench thin:", err)
		return 1
	}
	o.lang = "en"
	ctx, cancel := context.WithTimeout(ctx, benchThinLimit)
	defer cancel()
	b := &benchRun{o: o, ctx: ctx, progress: stderr, report: benchReport{Figures: map[string]float64{"load_before": load()}, Rows: []benchRow{}, Notes: []string{}}}
	if err = b.thin(stderr); err != nil {
		b.report.Notes = append(b.report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail bench thin:", err)
	}
	b.report.OK = err == nil
	if o.out != "" {
		if err := addRows(o.out, b.report.Rows); err != nil {
			fmt.Fprintln(stderr, "handrail bench thin:", err)
			return 1
		}
	}
	b.o.out = ""
	if err := b.write(stdout); err != nil || !b.report.OK {
		return 1
	}
	return 0
}

func (b *benchRun) thin(stderr io.Writer) error {
	line, err := newThinLine()
	if err != nil {
		return err
	}
	defer line.close()
	b.o.hub, b.o.reach = []string{"-voice", line.voice, "-voice-public", line.voiceOutside()}, line.reach
	var outlines, phrases, whole, pictures []float64
	err = b.onTerminal(stderr, func() error {
		for i := range b.o.runs {
			line.thin.Store(true)
			if err := b.ringHelp(); err != nil {
				return err
			}
			seen, err := b.acceptHelp(time.Minute)
			if err != nil {
				return err
			}
			outlines = append(outlines, seen.Seconds())
			thin, err := b.sayPhrase()
			if err != nil {
				return err
			}
			phrases = append(phrases, thin.Seconds())
			line.thin.Store(false)
			wide, err := b.sayPhrase()
			if err != nil {
				return err
			}
			whole = append(whole, wide.Seconds())
			b.tell("call %d: the page after %s s; a phrase heard after %s s, on a whole line after %s s", i+1, tidy(seen.Seconds()), tidy(thin.Seconds()), tidy(wide.Seconds()))
			if err := b.endCall(); err != nil {
				return err
			}
		}
		if err := b.leaveDesk(); err != nil {
			return err
		}
		size, err := b.pictureOfFirst()
		if err != nil {
			return err
		}
		line.thin.Store(true)
		took, err := line.takes(b.ctx, int64(size))
		line.thin.Store(false)
		b.report.Figures["picture_bytes"] = float64(size)
		pictures = []float64{took.Seconds()}
		return err
	})
	if err != nil {
		return err
	}
	b.add("thin-outline", "s", fmt.Sprintf("CDP screencast, first frame, JPEG q%d, over the same line", pictureQuality), outlines, pictures, 0.2)
	b.add("thin-phrase", "s", "the same phrase on a line that carries everything", phrases, whole, 2)
	return nil
}

// sayPhrase has the volunteer say a phrase, and tells how long it takes until they know that it was heard to its end. Another sentence
// of the terminal's may cut it off; then it is said again.
func (b *benchRun) sayPhrase() (time.Duration, error) {
	v := b.journey.volunteer
	for range 5 {
		began := time.Now()
		if err := v.Click("[data-name=phrase-" + thinPhrase + "]"); err != nil {
			return 0, err
		}
		last := `[...document.querySelectorAll("[data-name=phrase-` + thinPhrase + `]")].at(-1)?.closest("[data-said]")?.dataset.said`
		if err := v.Wait(`["heard", "unheard"].includes(`+last+`)`, time.Minute); err != nil {
			return 0, err
		}
		took := time.Since(began)
		said, err := browser.VisitorEval[string](v, last)
		if err != nil {
			return 0, err
		}
		if said == "heard" {
			return took, nil
		}
	}
	return 0, errors.New("the phrase was not heard")
}

// pictureOfFirst is the size of a picture of the page that the calls are on.
func (b *benchRun) pictureOfFirst() (int, error) {
	visitor, err := browser.OpenVisitor(b.ctx, browser.VisitorOptions{Width: 816, Height: 688})
	if err != nil {
		return 0, err
	}
	defer visitor.Close()
	walker, err := visitor.OpenWalker(b.journey.guide, browser.WalkOptions{Origin: "http://127.0.0.1" + b.journey.origin[len("http://forms.localhost"):]})
	if err != nil {
		return 0, err
	}
	defer walker.Close()
	if _, err := walker.Walk(b.ctx, benchPages[0]); err != nil {
		return 0, err
	}
	return firstPicture(walker)
}
