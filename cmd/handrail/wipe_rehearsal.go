// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"handrail/agent/residue"
	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/kiosk/guides"
	"handrail/kiosk/stage"
	"handrail/peripherals/emulator"
)

// wiping is a terminal on which sessions are rehearsed. This process is the world outside: the site, the card, the
// printer. It is not searched, and neither is the volunteer's browser, which stands in another house.
type wiping struct {
	*journey
	o      wipeOptions
	site   *rehearsalSite
	office *emulator.Office // nil: there can be none here
	people io.Writer        // nil with -json
	seeds  []string         // of all sessions so far
	before []int            // processes of the session in front, and
	births map[int]string   // when each was started
	front  int
}

// perform opens the terminal and rehearses every ending.
func (r *wiping) perform(stderr io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "wipe") // short: a socket's path has at most 107 characters
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	r.o.lang, r.o.config = "en", "idle: {after: 10s, warning: 20s}\n"
	if err := r.startOffice(); err != nil {
		return err
	}
	if r.office != nil {
		defer r.office.Close()
	}
	r.o.demoOptions.dir = dir + "/t"
	if dir, err = emptied(r.o.demoOptions.dir); err != nil {
		return err
	}
	d := &demo{o: r.o.demoOptions, dir: dir, log: logger(stderr, r.o.verbose)}
	r.demo = d
	defer func() {
		if err != nil {
			r.picture("failed")
			fmt.Fprintln(stderr, "the terminal's last words:\n"+lastWords(d.path("log", "terminal.log")))
		}
		r.putAway()
	}()
	if r.site, err = startRehearsalSite(); err != nil {
		return err
	}
	defer r.site.close()
	d.origin = r.site.origin
	if err := d.startDevices(); err != nil {
		return err
	}
	if err := d.startHub(r.ctx); err != nil {
		return err
	}
	if err := d.enrol(r.ctx); err != nil {
		return err
	}
	if err := d.startAgent(r.ctx); err != nil {
		return err
	}
	if r.guide, err = guides.Load("defra-forms"); err != nil {
		return err
	}
	r.seed = newSeed()
	if err := r.meet(); err != nil {
		return err
	}
	for _, ending := range r.o.endings {
		if err := r.rehearse(ending); err != nil {
			return fmt.Errorf("%s: %w", ending, err)
		}
		r.report.Figures["endings"]++
	}
	return nil
}

// rehearse is one session: planted, found, ended, searched for.
func (r *wiping) rehearse(ending string) error {
	began := time.Now()
	if err := r.fresh(); err != nil {
		return err
	}
	if err := r.plant(); err != nil {
		return fmt.Errorf("planting: %w", err)
	}
	planted := time.Since(began)
	during, err := r.lookDuring()
	if err != nil {
		return fmt.Errorf("searching while it lives: %w", err)
	}
	if err := r.endBy(ending, during); err != nil {
		return fmt.Errorf("ending: %w", err)
	}
	ended := time.Since(began)
	after, err := r.lookAfter()
	if err != nil {
		return fmt.Errorf("searching after: %w", err)
	}
	f := r.report.Figures
	f["planted"] += float64(len(wipePlaces))
	f["found_during"] += float64(len(during.Names()))
	f["found_after"] += float64(len(after.Found))
	f["files"], f["processes"], f["sockets"], f["megabytes"] = float64(after.Files), float64(after.Processes), float64(after.Sockets), float64(after.Bytes>>20)
	for _, place := range wipePlaces {
		row := map[string]any{"ending": ending, "place": place, "during": kindsOf(during, place), "after": kindsOf(after, r.seed+"/"+place)}
		r.report.Rows = append(r.report.Rows, row)
	}
	for _, found := range after.Found {
		_, place, _ := strings.Cut(found.Name, "/")
		r.report.Notes = append(r.report.Notes, fmt.Sprintf("After %s the value of %s is in %s.", ending, place, found.Where))
	}
	for _, place := range wipePlaces {
		if !during.Names()[place] {
			r.report.Notes = append(r.report.Notes, fmt.Sprintf("Before %s the value of %s was not found although the session lived.", ending, place))
		}
	}
	for _, what := range after.Unreadable {
		r.report.Notes = append(r.report.Notes, "Not readable for this user, so not searched: "+what)
	}
	if r.people != nil {
		fmt.Fprintf(r.people, "%-14s %2d planted, %2d found while it lived, %d after (%d files, %d processes, %d sockets and pipes, %d MB); planted in %.1f s, ended and gone after %.1f s, all in %.1f s\n",
			ending, len(wipePlaces), len(during.Names()), len(after.Found), after.Files, after.Processes, after.Sockets, after.Bytes>>20,
			planted.Seconds(), ended.Seconds(), time.Since(began).Seconds())
	}
	return nil
}

// fresh waits for the start screen with a spare behind it, and gives the next person other values.
func (r *wiping) fresh() error {
	r.seed = newSeed()
	r.seeds = append(r.seeds, r.seed)
	r.site.expect(r.seed)
	if r.hand != nil {
		_ = r.hand.end()
	}
	var err error
	if r.hand, err = startHand(r.display, r.authority, r.seed); err != nil {
		return err
	}
	// Whoever was there leaves: the end screen is touched away, and so is the word that something was lost.
	for range 6 {
		look, err := r.settled("a screen of ours", func(l session.Look) bool { return l.Page == "" && l.Screen != "" })
		if err != nil {
			return err
		}
		if look.Screen == "start" {
			break
		}
		for _, key := range []string{"end-yes", "extend", "end"} {
			if box, ok := look.Keys[key]; ok {
				if err := r.touch(box); err != nil {
					return err
				}
				break
			}
		}
	}
	_, err = r.await("the spare", func(l session.Look) bool {
		stats, err := r.control.Stats()
		return err == nil && stats.SpareReady && l.Screen == "start"
	})
	return err
}

// plant puts a value into every place.
func (r *wiping) plant() error {
	if err := r.chooseLanguage(); err != nil {
		return err
	}
	if err := r.openService(); err != nil {
		return err
	}
	page, err := r.pageIsDone()
	if err != nil {
		return err
	}
	// The page has called for being printed too, which is asked in a screen of ours: not now.
	if _, err := r.await("the sheets", func(l session.Look) bool {
		return l.Screen == "sheets" && l.Keys["print-no"].W > 0 && !strings.HasPrefix(l.Sheets, kiosk.SheetsMaking)
	}); err != nil {
		return err
	}
	if err := r.press("print-no"); err != nil {
		return err
	}
	if _, err := r.await("the page", func(l session.Look) bool { return l.Screen == "companion" && l.Page == "applicant-one" }); err != nil {
		return err
	}
	if err := r.printLetter(page); err != nil {
		return fmt.Errorf("the letter: %w", err)
	}
	if err := r.press("print-no"); err != nil {
		return err
	}
	if _, err := r.await("the page", func(l session.Look) bool { return l.Screen == "companion" && l.Page == "applicant-one" }); err != nil {
		return err
	}
	if err := r.getChat(); err != nil {
		return fmt.Errorf("help: %w", err)
	}
	if err := r.takeCard(); err != nil {
		return fmt.Errorf("card: %w", err)
	}
	for _, name := range plantedByHand {
		at := page.Boxes[name]
		if err := errors.Join(r.hand.do(gesture{Click: &at}), r.hand.do(gesture{Canary: name})); err != nil {
			return err
		}
	}
	return r.copyText()
}

// pageIsDone waits until the page says that it has planted all it can.
func (r *wiping) pageIsDone() (*told, error) {
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(25 * time.Millisecond) {
		if page := r.site.heard(); page != nil {
			for _, name := range plantedByPage {
				if !slices.Contains(page.Done, name) {
					return nil, fmt.Errorf("the page could not plant all: %v", page.Done)
				}
			}
			return page, nil
		}
	}
	return nil, errors.New("the page does not say that it has planted its values")
}

// takeCard has the card read and two of its fields taken over.
func (r *wiping) takeCard() error {
	fields := map[string]string{"date_of_birth": "1951-03-14"}
	for _, name := range plantedByCard {
		fields[name] = canary(r.seed, name)
	}
	if err := r.insertCard(emulator.Identity("Rehearsal", fields)); err != nil {
		return err
	}
	for _, name := range cardCanaries {
		if err := r.press("card-" + name); err != nil {
			return err
		}
	}
	if err := r.press("take"); err != nil {
		return err
	}
	_, err := r.await("both names filled", func(l session.Look) bool { return l.Screen == "companion" && l.Filled == "ok" })
	return err
}

// insertCard puts a card in until it is asked about, as a person does: what comes up meanwhile, such as the end of a call, can
// close the question.
func (r *wiping) insertCard(card emulator.Card) error {
	asked := func(l session.Look) bool { return l.Screen == "card" && l.Card == "ready" }
	for range 3 {
		r.reader.Insert(card)
		for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
			if look, err := r.control.Look(); err == nil && look.Painted >= 0 && asked(look) {
				return nil
			}
		}
		r.reader.Remove()
		if _, err := r.await("the card to be out", func(l session.Look) bool { return l.Card == "" }); err != nil {
			return err
		}
	}
	return errors.New("nobody is asked about the card")
}

// getChat has a volunteer write to the citizen. The call goes on.
func (r *wiping) getChat() error {
	if err := r.press("help"); err != nil {
		return err
	}
	look, err := r.settled("ask key", func(l session.Look) bool { return l.Screen == "help" && l.Keys["ask"].W > 0 })
	if err != nil {
		return err
	}
	v := r.volunteer
	if err := r.touch(look.Keys["ask"]); err != nil {
		return err
	}
	if err := v.Wait(`document.querySelector("[data-screen=ringing]")`, 20*time.Second); err != nil {
		return err
	}
	time.Sleep(500 * time.Millisecond) // Accept ignores what comes at once
	if err := v.Click("[data-name=accept]"); err != nil {
		return err
	}
	if err := v.Wait(`document.querySelector("[data-screen=call] [data-name=chat-text]")`, 20*time.Second); err != nil {
		return err
	}
	if look, err = r.await("the call", func(l session.Look) bool { return l.LineUp && l.Keys["stop-help"].W > 0 }); err != nil {
		return err
	}
	spoken := look.Spoken
	if err := v.Click("[data-name=chat-text]"); err != nil {
		return err
	}
	if err := v.Type(canary(r.seed, "chat")); err != nil {
		return err
	}
	if err := v.Click("[data-name=chat-send]"); err != nil {
		return err
	}
	if err := v.Wait(`document.querySelector("[data-name=chat-lines] [data-from=me]")`, 10*time.Second); err != nil {
		return err
	}
	// It is read to the citizen. Then they go on alone, so that the card can be used.
	if _, err := r.await("the message read aloud", func(l session.Look) bool { return l.Spoken > spoken }); err != nil {
		return err
	}
	if err := r.press("stop-help"); err != nil {
		return err
	}
	if err := v.Wait(`document.querySelector("[data-screen=after],[data-screen=desk]")`, 15*time.Second); err != nil {
		return err
	}
	_ = v.Click("[data-screen=after] [data-name=skip]")
	_, err = r.await("alone again", func(l session.Look) bool { return l.Screen == "companion" })
	return err
}

// copyText copies what was typed last, and sees that the display's clipboard has it.
func (r *wiping) copyText() error {
	if err := errors.Join(r.hand.do(gesture{Key: "ctrl+a"}), r.hand.do(gesture{Key: "ctrl+c"})); err != nil {
		return err
	}
	want := canary(r.seed, "clipboard")
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		text, err := stage.Selection(r.display, r.authority, "CLIPBOARD")
		if text == want {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("what was copied is not in the clipboard (%v)", err)
		}
	}
}

// outside are the processes that are not the terminal's. The print server is not; its files are searched.
func (r *wiping) outside() []int {
	out := []int{os.Getpid()}
	if r.hand != nil {
		out = append(out, family(r.hand.cmd.Process.Pid)...)
	}
	if r.office != nil {
		out = append(out, family(r.office.Pid())...)
	}
	return append(out, family(r.volunteer.Pid())...)
}

// inside are all other processes there are: in a private machine every one, else those that were started from here.
func (r *wiping) inside() []int {
	all := ours()
	if isPrivate() {
		all = nil
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if pid, err := strconv.Atoi(e.Name()); err == nil {
				all = append(all, pid)
			}
		}
	}
	not := r.outside()
	return slices.DeleteFunc(all, func(pid int) bool { return slices.Contains(not, pid) })
}

func (r *wiping) dirs() []string {
	if isPrivate() {
		return privateFolders
	}
	return []string{r.dir}
}

func (r *wiping) lookDuring() (residue.Findings, error) {
	stats, err := r.control.Stats()
	if err != nil {
		return residue.Findings{}, err
	}
	r.front, r.before, r.births = stats.FrontPid, family(stats.FrontPid), map[int]string{}
	for _, pid := range r.before {
		r.births[pid] = beginning(pid)
	}
	return search(r.ctx, sought{Seed: r.seed, Names: wipePlaces, Dirs: r.dirs(), Pids: r.inside(), Below: privateFolders})
}

// searchAfter looks for the values of this session and of all before it: in files, processes, clipboards, and on the paper
// that came out.
func (r *wiping) lookAfter() (residue.Findings, error) {
	if err := r.hand.end(); err != nil {
		return residue.Findings{}, err
	}
	r.hand = nil
	s := sought{Seeds: r.seeds, Names: wipePlaces, Dirs: r.dirs(), Pids: r.inside(), Below: privateFolders}
	for _, slip := range r.printer.Slips() {
		s.Text = append(s.Text, []byte(slip.Text()))
	}
	if r.agent.up() {
		for _, name := range stage.Selections {
			text, err := stage.Selection(r.display, r.authority, name)
			if err != nil {
				return residue.Findings{}, err
			}
			s.Text = append(s.Text, []byte(text))
		}
	}
	if r.office != nil {
		jobs, err := r.office.Jobs()
		if err != nil {
			return residue.Findings{}, err
		}
		r.report.Figures["jobs_after"] += float64(len(jobs))
	}
	after, err := search(r.ctx, s)
	if err != nil {
		return after, err
	}
	if !r.agent.up() {
		return after, r.restart()
	}
	return after, nil
}

// restart switches the terminal on again, as after a power cut.
func (r *wiping) restart() error {
	r.reader.Remove()
	if err := r.agent.start(r.ctx); err != nil {
		return err
	}
	return r.dial()
}

// kindsOf names, without process numbers and file names, where a value was found.
func kindsOf(f residue.Findings, name string) []string {
	kinds := []string{}
	for _, found := range f.Found {
		kind, _, _ := strings.Cut(found.Where, " (")
		if strings.HasPrefix(kind, "/") {
			kind = "file"
		}
		if found.Name == name && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}
