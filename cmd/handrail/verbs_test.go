// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"handrail/agent/session"
	"handrail/kiosk/browser"
	"handrail/kiosk/stage"
	"handrail/peripherals/emulator"
)

// verbs are the words of the scripts. testdata/script/README tells them to people.
func (p *play) verbs() map[string]func(*testscript.TestScript, bool, []string) {
	out := map[string]func(*testscript.TestScript, bool, []string){}
	verb := func(name string, few, many int, do func(args []string) error) {
		out[name] = func(ts *testscript.TestScript, neg bool, args []string) {
			switch {
			case len(args) < few || len(args) > many:
				ts.Fatalf("%s: wrong number of words; see README", name)
			case name != "demo" && name != "configure" && name != "hostile" && name != "bus" && name != "printer" && name != "line" && name != "office-printer" && p.j == nil:
				ts.Fatalf("%s: write demo first", name)
			}
			err := do(args)
			if p.j != nil {
				_ = p.look()
			}
			if neg {
				ts.Fatalf("%s: there is no ! before it", name)
			}
			ts.Check(err)
		}
	}
	verb("configure", 1, 1, p.configure)
	verb("amend", 1, 1, p.amend)
	verb("score", 1, 1, p.score)
	verb("demo", 0, 1, func(args []string) error { return p.open(append(args, "en")[0]) })
	verb("begin", 0, 0, func([]string) error { return errors.Join(p.j.chooseLanguage(), p.j.chooseService()) })
	verb("touch", 1, 1, func(args []string) error { return p.j.press(args[0]) })
	verb("see", 1, 9, p.see)
	verb("says", 1, 1, func(args []string) error { return p.says(args[0]) })
	verb("silent", 1, 1, func(args []string) error { return p.silent(args[0]) })
	verb("walk", 1, 1, func(args []string) error { return p.j.walkTo(args[0])() })
	verb("step", 0, 1, p.step)
	verb("press", 0, 0, func([]string) error { return p.press() })
	verb("send", 0, 0, func([]string) error { return p.j.send() })
	verb("card", 1, 2, p.card)
	verb("pull", 1, 1, func(args []string) error { return p.plug(args[0], false) })
	verb("plug", 1, 1, func(args []string) error { return p.plug(args[0], true) })
	verb("printer", 1, 1, p.printer)
	verb("paper", 1, 2, p.paper)
	verb("volunteer", 1, 2, p.volunteer)
	verb("outbox", 1, 1, p.outbox)
	verb("break", 1, 1, func(args []string) error { return p.kill(args[0]) })
	verb("bus", 0, 0, func([]string) error { return p.withBus() })
	verb("site", 1, 1, func(args []string) error { return p.siteGoes(args[0]) })
	verb("copy", 1, 1, func(args []string) error { return p.copyValue(args[0]) })
	verb("paste", 1, 1, func(args []string) error { return p.paste(args[0]) })
	verb("erased", 0, 0, func([]string) error { return p.erased() })
	verb("end", 0, 0, func([]string) error { return p.end() })
	verb("helped", 0, 0, func([]string) error { return p.helped() })
	verb("let-go", 0, 0, func([]string) error { return p.letGo() })
	verb("found", 1, 9, p.found)
	verb("forgotten", 0, 0, func([]string) error { return p.forgotten() })
	verb("resize", 2, 2, p.resize)
	verb("fill", 0, 0, func([]string) error { return p.fill() })
	verb("no-cores", 0, 0, func([]string) error { return p.noCores() })
	verb("listening", 0, 0, func([]string) error { return p.listening() })
	verb("next-person", 0, 0, func([]string) error { return p.nextPerson() })
	verb("line", 1, 1, p.changeLine)
	verb("hostile", 0, 1, p.hostileSite)
	verb("office-printer", 1, 1, p.officePrinter)
	verb("office-paper", 0, 1, p.officePaper)
	verb("write", 1, 1, p.write)
	verb("journal", 3, 3, p.journal)
	out["figure"] = figure
	out["ours"] = func(ts *testscript.TestScript, _ bool, _ []string) {
		if p.j == nil {
			ts.Fatalf("ours: write demo first")
		}
		ts.Check(p.ours(ts.Logf))
	}
	verb("meet", 0, 0, func([]string) error { return p.again() })
	return out
}

// see waits for a screen, and for what is said of it: page=, step=, card=, explain=, line=up ... An empty value is "none".
func (p *play) see(args []string) error {
	for _, a := range args[1:] {
		if name, _, ok := strings.Cut(a, "="); !ok || !slices.Contains([]string{"page", "step", "sight", "card", "explain", "lang", "filled", "line", "key", "writing", "level", "state", "alone", "proposed", "sheets"}, name) {
			return fmt.Errorf("see: %q is nothing that can be seen", a)
		}
	}
	_, err := p.j.await("screen "+strings.Join(args, " "), func(l session.Look) bool {
		if l.Screen != args[0] {
			return false
		}
		line := "down"
		if l.LineUp {
			line = "up"
		}
		is := map[string]string{"page": l.Page, "step": l.Step, "sight": l.Sight, "card": l.Card, "explain": l.Explain, "lang": l.Lang, "filled": l.Filled, "line": line, "writing": strconv.Itoa(l.Writing),
			"level": l.Level, "state": l.State, "alone": l.HandsOff, "proposed": l.Proposed, "sheets": l.Sheets}
		for _, a := range args[1:] {
			name, want, _ := strings.Cut(a, "=")
			if name == "key" {
				if l.Keys[want].W == 0 {
					return false
				}
			} else if is[name] != want {
				return false
			}
		}
		return true
	})
	return err
}

func (p *play) stands(l session.Look, text string) bool {
	return slices.ContainsFunc(l.Says, func(key string) bool {
		return key == text || strings.Contains(p.words.T(p.j.o.lang, key, nil), text)
	})
}

// says waits until a sentence stands on the screen: its words, or its name in the catalogue.
func (p *play) says(text string) error {
	var before []string // all that it said meanwhile, by screen
	_, err := p.j.await(fmt.Sprintf("the words %q", text), func(l session.Look) bool {
		if said := fmt.Sprint(l.Screen, " ", l.Says); !slices.Contains(before, said) {
			before = append(before, said)
		}
		return p.stands(l, text)
	})
	if err != nil {
		err = fmt.Errorf("%w; it said %q", err, before)
	}
	return err
}

// silent checks that a sentence does not stand on the screen that is there now.
func (p *play) silent(text string) error {
	look, err := p.j.await("the screen", func(session.Look) bool { return true })
	if err == nil && p.stands(look, text) {
		err = fmt.Errorf("the screen says %q", text)
	}
	return err
}

// step does what the companion asks for, once or so many times.
func (p *play) step(args []string) error {
	times, err := strconv.Atoi(append(args, "1")[0])
	if err != nil {
		return err
	}
	for range times {
		look, err := p.j.await("a step", func(l session.Look) bool {
			return l.Screen == "companion" && l.Step != "" && l.Sight == "sure" && l.Steps[l.Step].W > 0
		})
		if err != nil {
			return err
		}
		if err := p.j.doStep(look); err != nil {
			return fmt.Errorf("page %s, step %s: %w", look.Page, look.Step, err)
		}
	}
	return nil
}

// press touches what is ringed on the page and waits for nothing.
func (p *play) press() error {
	look, err := p.j.await("a step on the page", func(l session.Look) bool { return l.Sight == "sure" && l.Steps[l.Step].W > 0 })
	if err != nil {
		return err
	}
	return p.j.touch(look.Steps[look.Step])
}

// configure adds a line to the terminal's configuration, for this script alone.
func (p *play) configure(args []string) error {
	err := p.close()
	p.config = args[0] + "\n"
	return err
}

// card puts a card in or takes it out: insert NAME, remove, pull-after N.
func (p *play) card(args []string) error {
	what := append(args, "")[1]
	switch args[0] {
	case "insert":
		for _, c := range emulator.Cards() {
			if c.ID == what {
				p.j.reader.Insert(c)
				return nil
			}
		}
		return fmt.Errorf("there is no card called %q", what)
	case "remove":
		p.j.reader.Remove()
		return nil
	case "pull-after":
		n, err := strconv.Atoi(what)
		p.j.reader.PullAfter(n)
		return err
	}
	return fmt.Errorf("card: %q is not understood", args[0])
}

// plug pulls a plug or puts it back in.
func (p *play) plug(name string, in bool) error {
	for _, plug := range p.j.plugs() {
		if plug.Name != name {
			continue
		}
		if !in && name == "power" {
			if err := p.mark(); err != nil {
				return err
			}
		}
		if !in {
			return plug.Pull()
		}
		if err := plug.Plug(); err != nil {
			return err
		}
		if name == "power" {
			return p.again()
		}
		return nil
	}
	return fmt.Errorf("there is no plug called %q", name)
}

func (p *play) printer(args []string) error {
	switch args[0] {
	case "presenter": // another one, before demo
		if err := p.close(); err != nil {
			return err
		}
		p.presenter = "kiosk-80"
		return nil
	case "take":
		p.j.printer.Take()
		return nil
	case "paper-out", "paper-in":
		p.j.printer.PaperOut(args[0] == "paper-out")
		return nil
	}
	return fmt.Errorf("printer: %q is not understood", args[0])
}

// paper looks at what came out since the script began: contains TEXT, or none.
func (p *play) paper(args []string) error {
	switch {
	case args[0] == "none":
		if slips := p.j.printer.Slips()[p.slips:]; len(slips) > 0 {
			return fmt.Errorf("%d slips came out", len(slips))
		}
		return nil
	case args[0] == "contains" && len(args) == 2:
		return p.slip(args[1])
	}
	return fmt.Errorf("paper: %q is not understood", args[0])
}

// slip waits until a slip is cut off that has a text.
func (p *play) slip(text string) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		var all []string
		for _, s := range p.j.printer.Slips()[p.slips:] {
			if s.Cut && strings.Contains(flat(s.Text()), flat(text)) {
				return nil
			}
			all = append(all, s.Text())
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("no slip has %q; there are %d:\n%s", text, len(all), strings.Join(all, "\n---\n"))
		}
	}
}

// rings are the requests that the volunteer's page was rung for since the script began, in order.
func (p *play) rings() []string {
	var ids []string
	for _, message := range p.j.volunteer.Received()[p.heard:] {
		var m struct {
			Type    string `json:"type"`
			Request struct {
				ID string `json:"id"`
			} `json:"request"`
		}
		if json.Unmarshal(message, &m) == nil && m.Type == "ring" {
			ids = append(ids, m.Request.ID)
		}
	}
	return ids
}

// volunteer does or sees something at the volunteer's desk.
func (p *play) volunteer(args []string) error {
	v := p.j.volunteer
	switch args[0] {
	case "duty", "off-duty":
		if err := v.Wait(`!document.querySelector("[data-name=line-down]")`, limit); err != nil {
			return err
		}
		if args[0] == "off-duty" {
			return errors.Join(p.j.goOnDuty(), v.Click("[data-name=available]"), v.Wait(`document.querySelector("[data-name=available][aria-checked=false]")`, limit))
		}
		// Who becomes available may be rung in the same moment.
		return errors.Join(v.Click("[data-name=available][aria-checked=false]"), v.Wait(`document.querySelector("[data-name=available][aria-checked=true],[data-screen=ringing]")`, limit))
	case "rung":
		return v.Wait(`document.querySelector("[data-screen=ringing]")`, limit)
	case "rings": // so often in this script
		if ids := p.rings(); strconv.Itoa(len(ids)) != append(args, "")[1] {
			return fmt.Errorf("the volunteer was rung %d times: %v", len(ids), ids)
		}
		return nil
	case "requests": // so many different ones
		ids := p.rings()
		slices.Sort(ids)
		if n := len(slices.Compact(ids)); strconv.Itoa(n) != append(args, "")[1] {
			return fmt.Errorf("the volunteer was rung for %d requests", n)
		}
		return nil
	case "quiet":
		return v.Wait(`document.querySelector("[data-screen=desk]")`, limit)
	case "cut":
		return v.Wait(`document.querySelector("[data-name=line-down]")`, limit)
	case "accept":
		// Accept ignores what comes right after the ring: a hand may have been on the way to something else.
		for deadline := time.Now().Add(limit); ; time.Sleep(300 * time.Millisecond) {
			if _, err := p.j.control.Look(); err != nil {
				return err
			}
			if v.Wait(`document.querySelector("[data-screen=call]")`, time.Millisecond) == nil {
				return nil
			}
			if time.Now().After(deadline) {
				return errors.New("no call came of accepting")
			}
			_ = v.Click("[data-name=accept]")
		}
	case "bell": // somebody asks for a person from the room, and is told that one comes
		return errors.Join(v.Wait(`document.querySelector("[data-name=bell]")`, limit), v.Click("[data-name=bell-come]"),
			v.Wait(`document.querySelector("[data-name=bell][data-coming]")`, limit))
	case "bells": // so many now
		return v.Wait(fmt.Sprintf(`document.querySelectorAll("[data-name=bell]").length === %s`, append(args, "")[1]), limit)
	case "numbers": // so many that somebody may come back with; each is on a paper
		if err := v.Wait(fmt.Sprintf(`document.querySelectorAll("[data-name=number]").length === %s`, append(args, "")[1]), limit); err != nil {
			return err
		}
		return p.onPaper()
	case "number-stood": // where whoever took the number home stood, as the team's key shows it
		err := v.Wait(fmt.Sprintf(`document.querySelector("[data-name=number-stood]")?.textContent.includes(%q)`, append(args, "")[1]), limit)
		if err != nil {
			said, _ := browser.VisitorEval[string](v, `document.querySelector("[data-name=own-key]")?.outerHTML + " " + document.querySelector("[data-name=numbers]")?.textContent`)
			err = fmt.Errorf("%w; it says: %s", err, said)
		}
		return err
	case "number-settled":
		return v.Click("[data-name=number-settled]")
	case "thin": // told that the line carries no voice, and no longer speaking
		return v.Wait(`document.querySelector("[data-name=voice][data-theirs=thin][data-state='']")`, limit)
	case "phrase": // said, and heard on the terminal to its end; another sentence may cut it off
		id := append(args, "")[1]
		for deadline := time.Now().Add(limit); ; {
			if err := v.Click(fmt.Sprintf("[data-name=phrase-%s]", id)); err != nil {
				return err
			}
			if err := v.Wait(fmt.Sprintf(`["heard", "unheard"].includes(document.querySelector("[data-name=phrase-%s]")?.closest("[data-said]").dataset.said)`, id), limit); err != nil {
				return err
			}
			if v.Wait(fmt.Sprintf(`document.querySelector("[data-name=phrase-%s]")?.closest("[data-said=heard]")`, id), time.Millisecond) == nil {
				return nil
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("the phrase %s was not heard", id)
			}
		}
	case "outline":
		return v.Wait(`document.querySelector("[data-screen=call] [data-element]")`, limit)
	case "over":
		if err := v.Wait(`document.querySelector("[data-screen=after]")`, limit); err != nil {
			return err
		}
		return p.rest()
	}
	return fmt.Errorf("volunteer: %q is not understood", args[0])
}

// end ends the session as the citizen does, and waits until it is erased and the next person's screen says so.
func (p *play) end() error {
	if err := p.mark(); err != nil {
		return err
	}
	if err := p.j.press("end"); err != nil {
		return err
	}
	if _, err := p.j.await("the question, or the end", func(l session.Look) bool { return l.Screen == "confirm-end" || p.j.swapped(p.front) }); err != nil {
		return err
	}
	if !p.j.swapped(p.front) {
		if err := p.j.press("end-yes"); err != nil {
			return err
		}
	}
	if err := p.erased(); err != nil {
		return err
	}
	return p.says("end.erased")
}

// sites are the processes of third parties.
func (p *play) sites() []int {
	pids := []int{p.j.service.pid()}
	if p.site != nil {
		pids = append(pids, p.site.Process.Pid)
	}
	return pids
}

// found looks for values that the hand has typed, by the names of their steps: each is in the memory of the session, or
// finding nothing later would prove nothing; none is in a file.
func (p *play) found(names []string) error {
	pids := ours(append(p.sites(), p.j.hand.cmd.Process.Pid)...)
	found, err := search(p.ctx, sought{Seed: p.j.seed, Names: names, Dirs: []string{p.dir}, Pids: pids})
	if err != nil {
		return err
	}
	left := slices.Clone(names)
	for _, f := range found.Found {
		if strings.HasPrefix(f.Where, "/") {
			return fmt.Errorf("%s stands in the file %s", f.Name, f.Where)
		}
		left = slices.DeleteFunc(left, func(name string) bool { return name == f.Name })
	}
	if len(left) > 0 {
		return fmt.Errorf("what was typed is not found while the session lives: %s", strings.Join(left, ", "))
	}
	return nil
}

// forgotten looks for everything that the hand has typed: in files, and in the memory of every process of ours.
func (p *play) forgotten() error {
	if err := p.j.hand.end(); err != nil {
		return err
	}
	p.j.hand = nil
	found, err := search(p.ctx, sought{Seed: p.j.seed, Names: canaryNames, Dirs: []string{p.dir}, Pids: ours(p.sites()...), Text: p.j.volunteer.Received()})
	if err != nil {
		return err
	}
	var where []string
	for _, f := range found.Found {
		command := ""
		if at := strings.LastIndexByte(f.Where, '('); at >= 0 {
			pid, _ := strconv.Atoi(strings.Trim(f.Where[at:], "()"))
			command = fmt.Sprint(" ", commandOf(pid))
		}
		where = append(where, f.Name+" in "+f.Where+command)
	}
	if len(where) > 0 {
		return errors.New("values outlived the session: " + strings.Join(where, "; "))
	}
	return p.newHand()
}

// fill writes into the folder for the session's files until no more goes in.
func (p *play) fill() error {
	if err := p.mark(); err != nil {
		return err
	}
	for _, pid := range p.marked {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if !isBrowser(pid) || strings.Contains(string(command), "--type=") {
			continue
		}
		f, err := os.Create(fmt.Sprintf("/proc/%d/root/tmp/citizen/fill", pid))
		if err != nil {
			return err
		}
		defer f.Close()
		block := make([]byte, 1<<20)
		for range 1 << 10 {
			if _, err = f.Write(block); err != nil {
				break
			}
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("a gigabyte went in: %v", err)
		}
		p.broke = time.Now()
		return nil
	}
	return errors.New("fill: the browser was not found")
}

// resize changes the resolution of the display, and waits until our windows fill it and nothing of them lies beside it.
func (p *play) resize(args []string) error {
	w, err := strconv.Atoi(args[0])
	h, err2 := strconv.Atoi(args[1])
	if err = errors.Join(err, err2, stage.Resize(p.j.display, p.j.authority, w, h)); err != nil {
		return err
	}
	for deadline := time.Now().Add(limit); ; time.Sleep(50 * time.Millisecond) {
		windows, err := stage.Windows(p.j.display, p.j.authority)
		if err != nil {
			return err
		}
		look, _ := p.j.control.Look()
		full, beside := false, false
		for _, s := range windows {
			full = full || s.Rect == stage.Rect{W: w, H: h}
			beside = beside || s.Rect.X < 0 || s.Rect.Y < 0 || s.Rect.X+s.Rect.W > w || s.Rect.Y+s.Rect.H > h
		}
		page := look.Place
		if full && !beside && page.W > 0 && page.X >= 0 && page.X+page.W <= w && page.Y+page.H <= h && look.Painted >= 0 {
			p.j.picture("resized")
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("on %d x %d the page has %+v, and the windows are %+v", w, h, page, windows)
		}
	}
}

// noCores checks that no process of the terminal may leave a core file (proc_pid_limits(5)).
func (p *play) noCores() error {
	processes := family(p.j.agent.pid())
	browsers := 0
	for _, pid := range processes {
		data, err := os.ReadFile(fmt.Sprintf("/proc/%d/limits", pid))
		if err != nil || len(data) == 0 {
			continue // it has ended
		}
		if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(data) {
			return fmt.Errorf("%s may leave a core file:\n%s", commandOf(pid), data)
		}
		if isBrowser(pid) {
			browsers++
		}
	}
	if len(processes) < 3 || browsers == 0 {
		return fmt.Errorf("%d processes were found, %d of them browsers'", len(processes), browsers)
	}
	return nil
}

// outbox waits until the terminal's outbox holds nothing that the hub does not have (sent), or until it does (waiting).
func (p *play) outbox(args []string) error {
	for deadline := time.Now().Add(limit); ; time.Sleep(100 * time.Millisecond) {
		n, err := p.unsent()
		if err != nil {
			return err
		}
		switch {
		case args[0] == "sent" && n == 0, args[0] == "waiting" && n > 0:
			return nil
		case time.Now().After(deadline):
			return fmt.Errorf("the outbox holds %d messages that the hub does not have", n)
		}
	}
}

// figure checks a figure of the command before, which was asked for -json: figure NAME = 0, figure NAME > 20.
func figure(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("write: figure NAME = NUMBER; or > or <")
	}
	var r report
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &r))
	got, ok := r.Figures[args[0]]
	want, err := strconv.ParseFloat(args[2], 64)
	ts.Check(err)
	if !ok {
		ts.Fatalf("there is no figure %s", args[0])
	}
	holds := map[string]bool{"=": got == want, ">": got > want, "<": got < want}
	if !holds[args[1]] {
		ts.Fatalf("%s is %v, not %s %s", args[0], got, args[1], args[2])
	}
}
