// SPDX-License-Identifier: Apache-2.0

package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"handrail/agent"
	"handrail/agent/session"
	"handrail/kiosk/guides"
	"handrail/kiosk/stage"
	"handrail/peripherals/emulator"
	"handrail/ui/i18n"
)

// play is the product on one computer, and the citizen, volunteer and bad luck that scripts let act on it. Scripts share
// one as long as each leaves it as it found it.
type play struct {
	ctx     context.Context
	words   *i18n.Catalogue
	service string // folder of the e-service
	config  string // lines added to the terminal's configuration

	presenter string // the profile of a printer that holds paper out; "": the demo's printer
	office    *emulator.Office
	site      *exec.Cmd // of the tests, in the place of a service
	services  string    // of the terminal besides the demo's, for it
	guide     string    // of that service; "": the demo's
	bus       *bus      // of D-Bus; nil: none
	line      *thinLine // between terminal and hub; nil: none of ours

	j      *journey
	stderr *os.File
	dir    string
	ever   map[int]string // every process that was seen: pid, and when it started
	marked []int          // processes of the worker that was killed or is about to end
	broke  time.Time      // when something was broken last, and
	what   string         // what
	front  int            // the worker in front at that time

	slips  int // how many there were when the script began
	frames int // sealed for a helper when the session let go of them

	heard int // how many messages the volunteer's page had received
}

// limit is how long anything may take. Nothing is measured with it.
const limit = 60 * time.Second

// open starts the product, unless it runs, and goes to the first screen.
func (p *play) open(lang string) error {
	if p.j == nil {
		if err := p.start(lang); err != nil {
			return err
		}
	}
	p.j.o.lang = lang
	if err := p.nextPerson(); err != nil {
		return err
	}
	// Another citizen has other answers.
	if err := p.newHand(); err != nil {
		return err
	}
	p.slips, p.heard, p.marked = len(p.j.printer.Slips()), len(p.j.volunteer.Received()), nil
	return p.look()
}

func (p *play) start(lang string) (err error) {
	if p.dir, err = os.MkdirTemp("", "hr"); err != nil { // short: a socket's path has at most 107 characters
		return err
	}
	if p.stderr, err = os.Create(filepath.Join(p.dir, "demo.log")); err != nil {
		return err
	}
	p.ever = map[int]string{}
	p.j = &journey{ctx: p.ctx, report: report{Figures: map[string]float64{}}, began: time.Now(), stepAt: time.Now(), seed: rand.Text()}
	if p.j.guide, err = guides.Load(cmp.Or(p.guide, "defra-forms")); err != nil {
		return err
	}
	o := demoOptions{dir: filepath.Join(p.dir, "d"), service: p.service, lang: lang, shots: os.Getenv("HANDRAIL_SHOTS"), config: p.config, services: p.services, printer: p.presenter}
	if p.line != nil {
		o.hub, o.reach = []string{"-voice", p.line.voice, "-voice-public", p.line.voiceOutside()}, p.line.reach
	}
	if p.j.demo, err = openDemo(p.ctx, o, p.stderr); err != nil {
		p.j = nil
		p.stderr.Close()
		return errors.Join(err, os.RemoveAll(p.dir))
	}
	return p.j.meet()
}

func (p *play) newHand() error {
	if p.j.hand != nil {
		_ = p.j.hand.end()
	}
	p.j.seed = rand.Text()
	hand, err := startHand(p.j.display, p.j.authority, p.j.seed)
	p.j.hand = hand
	return err
}

// nextPerson touches whatever the last one left on the screen away.
func (p *play) nextPerson() error {
	look, err := p.j.await("start or end screen", func(l session.Look) bool { return l.Screen == "start" || l.Screen == "end" })
	if err == nil && look.Screen == "end" {
		err = p.j.press("end")
	}
	if err == nil {
		_, err = p.j.settled("start screen", p.j.screen("start"))
	}
	return err
}

// quiet checks that a script left everything as it found it.
func (p *play) quiet() error {
	for _, plug := range p.j.plugs() {
		if in, _ := plug.State(); !in {
			return fmt.Errorf("%s is still pulled", plug.Name)
		}
	}
	if _, in := p.j.reader.Inserted(); in {
		return errors.New("a card is still in the reader")
	}
	if p.j.printer.Sensors().PaperOut {
		return errors.New("the printer still has no paper")
	}
	if err := p.rest(); err != nil {
		return err
	}
	return p.look()
}

// rest brings the volunteer back to the desk.
func (p *play) rest() error {
	v := p.j.volunteer
	if err := v.Wait(`document.querySelector("[data-screen=after],[data-screen=desk]")`, limit); err != nil {
		return err
	}
	if err := v.Click("[data-screen=after] [data-name=skip]"); err != nil {
		return v.Wait(`document.querySelector("[data-screen=desk]")`, limit)
	}
	return v.Wait(`document.querySelector("[data-screen=desk]")`, limit)
}

// broken are words that no log may have.
var broken = regexp.MustCompile(`(?m)^(WARNING: DATA RACE|panic: |fatal error: ).*`)

// close ends the product, and finds fault with anything of it that is still there.
func (p *play) close() error {
	p.leaveSite()
	p.leaveBus()
	if p.office != nil {
		p.office.Close()
		p.office = nil
	}
	if p.j == nil {
		return nil
	}
	_ = p.look()
	p.j.putAway()
	j := p.j
	p.j = nil
	p.stderr.Close()
	var problems []error
	if left := p.left(15 * time.Second); left != "" {
		problems = append(problems, fmt.Errorf("still running after everything was ended: %s", left))
	}
	logs, _ := filepath.Glob(j.path("log", "*.log"))
	for _, name := range logs {
		data, _ := os.ReadFile(name)
		if at := broken.FindIndex(data); at != nil {
			problems = append(problems, fmt.Errorf("%s: %s", filepath.Base(name), data[at[0]:min(len(data), at[0]+3000)]))
		}
	}
	return errors.Join(append(problems, os.RemoveAll(p.dir))...)
}

// look notes every process that there is of ours now.
func (p *play) look() error {
	for _, pid := range ours() {
		if began := beginning(pid); began != "" && pid != os.Getpid() {
			p.ever[pid] = began
		}
	}
	return nil
}

// left names processes that were seen and are still there.
func (p *play) left(patience time.Duration) string {
	var names []string
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		names = nil
		for pid, began := range p.ever {
			if beginning(pid) == began && alive(pid) {
				command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
				names = append(names, fmt.Sprintf("%d %.80q", pid, command))
			}
		}
		if len(names) == 0 || time.Now().After(deadline) {
			return strings.Join(names, ", ")
		}
	}
}

// mark notes the worker in front and everything that it started.
func (p *play) mark() error {
	stats, err := p.j.control.Stats()
	if err != nil {
		return err
	}
	if stats.FrontPid == 0 {
		return errors.New("no worker is in front")
	}
	p.front, p.marked = stats.FrontPid, family(stats.FrontPid)
	return p.look()
}

// erased waits until nothing is left of the worker that was marked and of what it started, and another one is on.
func (p *play) erased() error {
	deadline := time.Now().Add(limit)
	for {
		var left []string
		for _, pid := range p.marked {
			if began, ok := p.ever[pid]; ok && beginning(pid) == began && alive(pid) {
				left = append(left, strconv.Itoa(pid))
			}
		}
		if len(left) == 0 && p.j.swapped(p.front) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("of the session's %d processes are left: %s", len(p.marked), strings.Join(left, " "))
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// kill ends a process of the session as an accident would.
func (p *play) kill(what string) error {
	if err := p.mark(); err != nil {
		return err
	}
	target := 0
	switch what {
	case "bus":
		return p.breakBus()
	case "worker":
		target = p.front
	case "browser":
		for _, pid := range p.marked {
			if command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid)); isBrowser(pid) && !strings.Contains(string(command), "--type=") {
				target = pid
			}
		}
	case "display":
		for _, pid := range family(p.j.agent.pid()) {
			if program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); strings.Contains(filepath.Base(program), "vnc") {
				target = pid
			}
		}
	case "page":
		target = p.pageProcess()
	default:
		return fmt.Errorf("break: there is no %q; there are worker, browser, page, display and bus", what)
	}
	if target == 0 {
		return fmt.Errorf("break: no process of the %s was found", what)
	}
	p.broke, p.what = time.Now(), what
	return syscall.Kill(target, syscall.SIGKILL)
}

// ours waits until what a person sees is a screen of ours, whole and without the service's page, and tells how long that
// took since something was broken. Without a display there is nothing to see until there is one again.
func (p *play) ours(tell func(format string, a ...any)) error {
	paper := [3]byte{0xfa, 0xf9, 0xf4}
	for deadline := time.Now().Add(limit); ; time.Sleep(5 * time.Millisecond) {
		seen := 0.0
		eye, err := stage.OpenEye(p.j.display, p.j.authority)
		if err == nil {
			var s sight
			if s, err = lookAt(eye, true); err == nil {
				seen = s.shows(paper)
			}
			eye.Close()
		}
		// The companion beside the service's page covers less than half; an end or start screen covers most.
		if seen > 0.5 && !p.serviceSeen() {
			tell("fault row: %s broken: a screen of ours after %v", p.what, time.Since(p.broke).Round(time.Millisecond))
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no screen of ours: %.2f of it is paper, %v", seen, err)
		}
		if !p.j.agent.up() {
			return errors.New("the terminal has ended")
		}
		p.meetAgain()
	}
}

// serviceSeen tells whether the worker that was broken still has the screen.
func (p *play) serviceSeen() bool {
	stats, err := p.j.control.Stats()
	return err == nil && stats.FrontPid == p.front
}

// meetAgain follows a terminal that has begun anew to its new display.
func (p *play) meetAgain() {
	if stats, err := p.j.control.Stats(); err == nil {
		p.j.display, p.j.authority = stats.Display, stats.Authority
		return
	}
	if control, err := agent.DialControl(p.j.path("control.sock")); err == nil {
		p.j.control.Close()
		p.j.control = control
	}
}

// pageProcess is the process in which the service's page is: of those that draw pages the one that was started last.
func (p *play) pageProcess() int {
	last, at := 0, 0
	for _, pid := range p.marked {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if began, _ := strconv.Atoi(beginning(pid)); isBrowser(pid) && strings.Contains(string(command), "--type=renderer") && began >= at {
			last, at = pid, began
		}
	}
	return last
}

// again meets the terminal once more, after its power was off.
func (p *play) again() error {
	_ = p.j.hand.end()
	p.j.hand = nil
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		p.j.control.Close()
		control, err := agent.DialControl(p.j.path("control.sock"))
		if err == nil {
			p.j.control = control
			var stats agent.Stats
			if stats, err = control.Stats(); err == nil && stats.Display == "" {
				err = errors.New("it has no display yet")
			}
			p.j.display, p.j.authority = stats.Display, stats.Authority
		}
		if err == nil {
			return p.newHand()
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}
