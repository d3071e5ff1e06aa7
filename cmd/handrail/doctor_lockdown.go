// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"handrail/agent"
	"handrail/agent/lockdown"
	"handrail/kiosk/browser"
	"handrail/ui"
)

const lockdownUsage = `usage: handrail doctor lockdown [-config agent.yaml] [-compare] [-json] [options]

Tries every known way out of a kiosk for real, against a terminal with this configuration: a display of its own, a hostile
page in place of the first service, a hand at its keyboard and mouse. Each is judged by what a person would then see, by the
windows and pages that are there, and by what reached a forbidden host. It runs in a network and a file tree of its own, and
changes nothing on the machine. It takes two to four minutes; -compare, which tries "chromium --kiosk" and a typical policy
file under openbox too, about ten more.

The result is kept beside the terminal's state, when a configuration is named. A terminal that let anything through does
not open to the public. The exit status is 0 if nothing got out: no breakout, at most four vectors with any effect, no channel and
no question for a name past the egress layers.

options:
`

// What a terminal must reach.
const (
	mostEffects   = 4
	leastVectors  = 125
	leastInstruct = 16 // channels that a plain browser must get out by, or the trial's own ears are deaf
)

type lockdownOptions struct {
	config, pictures, dir, only string
	compare, json, verbose      bool
	patience                    time.Duration
}

// doctorLockdown is "handrail doctor lockdown".
func doctorLockdown(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o lockdownOptions
	flags := flag.NewFlagSet("doctor lockdown", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.config, "config", "", "configuration `file` of the terminal; default: one with a practice service")
	flags.BoolVar(&o.compare, "compare", false, "try plain chromium --kiosk and a typical policy under openbox too")
	flags.BoolVar(&o.json, "json", false, "print one JSON object")
	flags.StringVar(&o.only, "only", "", "try only vectors with these `words` in their name; the result is not kept")
	flags.StringVar(&o.pictures, "pictures", "", "put a picture of whatever had an effect into this `folder`")
	flags.StringVar(&o.dir, "dir", "", "`folder` for everything that is written while it runs; default: a new one, removed at the end")
	flags.DurationVar(&o.patience, "patience", 6*time.Second, "how `long` the terminal may take to put things right; a machine that is busy with other things takes longer")
	flags.BoolVar(&o.verbose, "v", false, "log more")
	flags.Usage = func() { fmt.Fprint(flags.Output(), lockdownUsage); flags.PrintDefaults() }
	if err := flags.Parse(args); err != nil {
		return parseStatus(err)
	}
	if !ui.Built() || !browser.ScriptBuilt() {
		fmt.Fprintln(stderr, "handrail doctor lockdown: the screens were not built into this program. Build it with: make build")
		return 1
	}
	if !isApart() {
		return apart(ctx, append([]string{"doctor", "lockdown"}, args...), stdout, stderr)
	}
	// A terminal's Ctrl-C reaches this process and its starter; both end in good order.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	r := &lockdownRun{o: o, stderr: stderr, report: report{Figures: map[string]float64{}, Rows: []map[string]any{}, Notes: []string{}}}
	if !o.json {
		r.out = stdout
	}
	if err := r.run(ctx); err != nil {
		r.report.OK = false
		r.note("it could not be finished: %v", err)
		fmt.Fprintln(stderr, "handrail doctor lockdown:", err)
	}
	if o.json {
		encoder := json.NewEncoder(stdout)
		encoder.SetEscapeHTML(false)
		_ = encoder.Encode(r.report)
	} else {
		r.tell()
	}
	if !r.report.OK {
		return 1
	}
	return 0
}

// lockdownRun is one run of the trial.
type lockdownRun struct {
	o      lockdownOptions
	out    io.Writer // for people; nil with -json
	stderr io.Writer
	report report
}

func (r *lockdownRun) note(format string, a ...any) {
	r.report.Notes = append(r.report.Notes, fmt.Sprintf(format, a...))
}

func (r *lockdownRun) run(ctx context.Context) (err error) {
	config, err := agent.ParseConfig(strings.NewReader("office: Trial\nlanguages: [en]\nservices:\n  - guide: defra-forms\n"))
	if err != nil {
		return err
	}
	if r.o.config != "" {
		if config, err = agent.ReadConfig(r.o.config); err != nil {
			return err
		}
	}
	kept := config
	if r.o.dir == "" {
		if r.o.dir, err = os.MkdirTemp("", "handrail-lockdown-"); err != nil {
			return err
		}
		defer os.RemoveAll(r.o.dir)
	} else if _, err := emptied(r.o.dir); err != nil {
		return err
	}
	if err := os.Chmod(r.o.dir, 0o711); err != nil { // the peers' user passes through
		return err
	}
	if r.o.pictures != "" {
		if err := os.MkdirAll(r.o.pictures, 0o755); err != nil {
			return err
		}
	}
	if err := coverEtc(r.o.dir); err != nil {
		return err
	}
	outside, err := lockdown.OpenOutside()
	if err != nil {
		return err
	}
	defer outside.Close()

	if err := r.ours(ctx, outside, config); err != nil {
		return err
	}
	if err := r.peers(ctx, outside); err != nil {
		return err
	}
	f := r.report.Figures
	r.report.OK = f["breakouts"] == 0 && f["effects"] <= mostEffects && f["channels_out"] == 0 && f["lookups_out"] == 0 &&
		(f["vectors"] >= leastVectors || r.o.only != "")
	if f["plain_channels_out"] < leastInstruct {
		r.report.OK = false
		r.note("a plain browser got out by %.0f channels only: the trial cannot hear what it should, and its result says nothing", f["plain_channels_out"])
	}
	if r.o.config == "" || r.o.only != "" {
		return nil
	}
	score := agent.Score{At: time.Now().UTC(), Browser: agent.BrowserMark(browser.Binary), Config: kept.Mark(), Vectors: int(f["vectors"]), Effects: int(f["effects"]),
		Breakouts: int(f["breakouts"]), ChannelsOut: int(f["channels_out"]), LookupsOut: int(f["lookups_out"]), OK: r.report.OK}
	if err := score.Write(kept.Dir); err != nil {
		return err
	}
	r.note("the result is kept in %s", filepath.Join(kept.Dir, agent.ScoreFile))
	return nil
}

// vectors are those that were asked for.
func (r *lockdownRun) vectors() []lockdown.Vector {
	all := lockdown.Catalogue()
	if r.o.only == "" {
		return all
	}
	var out []lockdown.Vector
	for _, v := range all {
		if strings.Contains(v.ID, r.o.only) || string(v.Category) == r.o.only {
			out = append(out, v)
		}
	}
	return out
}

// ours tries the terminal.
func (r *lockdownRun) ours(ctx context.Context, outside *lockdown.Outside, config agent.Config) error {
	terminal, err := startTrial(ctx, config, filepath.Join(r.o.dir, "ours"), r.o.verbose, r.stderr)
	if err != nil {
		return err
	}
	defer terminal.Close()
	trial := &lockdown.Trial{Outside: outside, Terminal: terminal, Pictures: r.o.pictures, Settle: 250 * time.Millisecond, Patience: r.o.patience}
	r.say("trying %d ways out of this terminal", len(r.vectors()))
	rows, err := trial.Run(ctx, r.vectors(), func(row lockdown.Row) { r.saw("handrail", row) })
	if err != nil {
		return fmt.Errorf("%w\nthe terminal's last words:\n%s", err, lastWords(terminal.j.path("log", "terminal.log")))
	}
	effects, breakouts := count(rows)
	out, lookups, err := trial.Channels(ctx)
	if err != nil {
		return err
	}
	for _, err := range terminal.stuck {
		effects++
		r.note("%v", err)
	}
	f := r.report.Figures
	f["vectors"], f["effects"], f["breakouts"] = float64(len(rows)), float64(effects), float64(breakouts)
	f["channels"], f["channels_out"], f["lookups_out"] = float64(len(lockdown.Channels)), float64(len(out)), float64(lookups+terminal.Leaks())
	for _, name := range out {
		r.note("a page got out by: %s", name)
	}
	return nil
}

// peers tries what others do. Without -compare only the channels of a plain browser: they show that the trial would hear them.
func (r *lockdownRun) peers(ctx context.Context, outside *lockdown.Outside) error {
	const policy = "/etc/chromium/policies/managed/typical.json"
	for _, kind := range []string{"plain", "policy"} {
		if kind == "policy" {
			if !r.o.compare {
				return nil
			}
			if err := os.WriteFile(policy, []byte(lockdown.TypicalPolicy), 0o644); err != nil {
				return err
			}
		}
		if err := r.peer(ctx, outside, kind); err != nil {
			return fmt.Errorf("%s: %w", kind, err)
		}
	}
	return nil
}

func (r *lockdownRun) peer(ctx context.Context, outside *lockdown.Outside, kind string) (err error) {
	dir := filepath.Join(r.o.dir, kind)
	if err := os.MkdirAll(dir, 0o711); err != nil {
		return err
	}
	peer, err := lockdown.NewPeer(ctx, browser.Binary, dir, browser.FreeUID(), r.o.compare)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, peer.Close()) }()
	trial := &lockdown.Trial{Outside: outside, Terminal: peer, Settle: 700 * time.Millisecond}
	if r.o.compare {
		r.say("trying the same with %s", map[string]string{"plain": "chromium --kiosk", "policy": "a typical policy"}[kind])
		rows, err := trial.Run(ctx, r.vectors(), func(row lockdown.Row) { r.saw(kind, row) })
		if err != nil {
			return err
		}
		effects, breakouts := count(rows)
		r.report.Figures[kind+"_effects"], r.report.Figures[kind+"_breakouts"] = float64(effects), float64(breakouts)
	}
	out, lookups, err := trial.Channels(ctx)
	if err != nil {
		return err
	}
	r.report.Figures[kind+"_channels_out"], r.report.Figures[kind+"_lookups_out"] = float64(len(out)), float64(lookups)
	if kind == "plain" {
		for _, c := range lockdown.Channels {
			if !slices.Contains(out, c.Name) {
				r.note("a plain browser does not get out by %q either: that it is closed here says little", c.Name)
			}
		}
	}
	return nil
}

func count(rows []lockdown.Row) (effects, breakouts int) {
	for _, row := range rows {
		if row.Verdict != lockdown.Nothing {
			effects++
		}
		if row.Verdict == lockdown.Breakout {
			breakouts++
		}
	}
	return effects, breakouts
}

// saw notes one vector.
func (r *lockdownRun) saw(terminal string, row lockdown.Row) {
	r.report.Rows = append(r.report.Rows, map[string]any{"terminal": terminal, "vector": row.ID, "category": row.Category, "verdict": row.Verdict, "why": row.Why, "flash": row.Flash, "ms": row.MS})
	if r.out != nil {
		fmt.Fprintf(r.out, "%-9s %-9s %-11s %-44s %s\n", terminal, row.Verdict, row.Category, row.ID, row.Why)
	}
}

func (r *lockdownRun) say(format string, a ...any) {
	if r.out != nil {
		fmt.Fprintf(r.out, format+"\n", a...)
	}
}

// tell prints the score for people.
func (r *lockdownRun) tell() {
	f := r.report.Figures
	r.say("\n%.0f ways out were tried: %.0f had any effect, %.0f are breakouts", f["vectors"], f["effects"], f["breakouts"])
	r.say("of %.0f channels of a page %.0f led out; %.0f names were asked for past the egress layers", f["channels"], f["channels_out"], f["lookups_out"])
	for _, kind := range []string{"plain", "policy"} {
		if effects, ok := f[kind+"_effects"]; ok {
			r.say("%s: %.0f had an effect, %.0f were breakouts; %.0f channels led out", kind, effects, f[kind+"_breakouts"], f[kind+"_channels_out"])
		}
	}
	for _, note := range r.report.Notes {
		r.say("note: %s", note)
	}
	if r.report.OK {
		r.say("nothing gets out of this terminal")
	} else {
		r.say("this terminal does not open to the public like this")
	}
}
