// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"time"

	"handrail/agent"
	"handrail/agent/session"
	"handrail/kiosk"
	"handrail/kiosk/browser"
	"handrail/kiosk/guides"
	"handrail/kiosk/stage"
	"handrail/peripherals/emulator"
)

// report is what a command prints with -json.
type report struct {
	OK      bool               `json:"ok"`
	Figures map[string]float64 `json:"figures"`
	Rows    []map[string]any   `json:"rows"`
	Notes   []string           `json:"notes"`
}

// journey is the unattended run: what a citizen, a volunteer and somebody with a card do, and what was seen of it.
type journey struct {
	*demo
	ctx       context.Context
	seed      string
	guide     *kiosk.Guide
	hand      *fingers
	control   *agent.Control
	volunteer *browser.Visitor
	display   string
	authority string
	out       io.Writer // for people; nil with -json
	report    report
	began     time.Time
	stepAt    time.Time
	shot      int
}

// smoke performs the journey. It prints each step with what was observed; 0 only if all of it was.
func smoke(ctx context.Context, o demoOptions, stdout, stderr io.Writer) int {
	j := &journey{ctx: ctx, report: report{Figures: map[string]float64{}, Rows: []map[string]any{}, Notes: []string{}}, began: time.Now(), stepAt: time.Now()}
	if !o.json {
		j.out = stdout
	}
	raw := make([]byte, 16)
	rand.Read(raw)
	j.seed = hex.EncodeToString(raw)
	err := j.run(o, stderr)
	j.report.OK = err == nil
	j.report.Figures["seconds"] = time.Since(j.began).Seconds()
	if err != nil {
		j.report.Notes = append(j.report.Notes, err.Error())
		fmt.Fprintln(stderr, "handrail demo -smoke:", err)
		if j.demo != nil {
			fmt.Fprintln(stderr, "the terminal's last words:\n"+lastWords(j.path("log", "terminal.log")))
		}
	}
	if o.json {
		_ = json.NewEncoder(stdout).Encode(j.report)
	} else if err == nil {
		fmt.Fprintf(stdout, "\nall of it was seen to happen, in %.1f s\n", j.report.Figures["seconds"])
	}
	if err != nil {
		return 1
	}
	return 0
}

func (j *journey) run(o demoOptions, stderr io.Writer) (err error) {
	if j.demo, err = openDemo(j.ctx, o, stderr); err != nil {
		return err
	}
	defer func() {
		j.putAway()
		if err == nil && !o.keep {
			err = os.RemoveAll(j.dir)
		}
	}()
	if j.guide, err = guides.Load("defra-forms"); err != nil {
		return err
	}
	if err := j.meet(); err != nil {
		return err
	}
	j.seen("everything is started", "hub, terminal %s, e-service %s, reader, printer", j.display, j.origin)
	for _, act := range []struct {
		name string
		do   func() error
	}{
		{"language", j.chooseLanguage}, {"service", j.chooseService}, {"wrong answer", j.answerWrongly}, {"first pages", j.walkTo("applicant-one")},
		{"card", j.useCard}, {"to the address", j.walkTo("applicant-one-address")}, {"help", j.getHelp}, {"the rest", j.walkTo("summary")}, {"found while it lives", j.searchDuring}, {"sending", j.send},
		{"end", j.endSession}, {"forgotten", j.searchAfter},
	} {
		if err := act.do(); err != nil {
			j.picture("failed")
			return fmt.Errorf("%s: %w", act.name, err)
		}
	}
	return nil
}

// meet opens the hand, the control socket and the volunteer's browser.
func (j *journey) meet() (err error) {
	if j.control, err = agent.DialControl(j.path("control.sock")); err != nil {
		return err
	}
	stats, err := j.control.Stats()
	if err != nil {
		return err
	}
	j.display, j.authority = stats.Display, stats.Authority
	if j.hand, err = startHand(j.display, j.authority, j.seed); err != nil {
		return err
	}
	if j.volunteer, err = browser.OpenVisitor(j.ctx, browser.VisitorOptions{Width: 1440, Height: 900}); err != nil {
		return err
	}
	if err := j.volunteer.Open(j.office.desk); err != nil {
		return err
	}
	if err := j.volunteer.Wait(`document.querySelector("[data-screen=desk]")`, 15*time.Second); err != nil {
		return err
	}
	if err := j.goOnDuty(); err != nil {
		return err
	}
	return j.picturesOfDesks()
}

// picturesOfDesks takes pictures of the pages that are not on the journey's way.
func (j *journey) picturesOfDesks() error {
	if j.o.shots == "" {
		return nil
	}
	j.pictureOf("desk")
	j.o.listen = "127.0.0.1:0"
	if err := j.serveWorkbench(); err != nil {
		return err
	}
	visitor, err := browser.OpenVisitor(j.ctx, browser.VisitorOptions{Width: 1440, Height: 900})
	if err != nil {
		return err
	}
	defer visitor.Close()
	own := j.volunteer
	j.volunteer = visitor
	defer func() { j.volunteer = own }()
	for _, page := range []struct{ name, address, until string }{
		{"workbench", "http://" + j.address + j.bench.Path(), `document.querySelector("[data-name=screen][data-live=true]")`},
		{"admin", j.office.admin, `document.querySelector("[data-screen]")`},
		{"admin-enrol", j.office.people + "/admin/#/enrol", `document.querySelector("[data-name=make-code]")`},
	} {
		if err := visitor.Open(page.address); err != nil {
			return err
		}
		if err := visitor.Wait(page.until, 20*time.Second); err != nil {
			return fmt.Errorf("%s: %w", page.name, err)
		}
		time.Sleep(time.Second) // the page is still filling
		j.pictureOf(page.name)
	}
	return nil
}

// goOnDuty makes the volunteer available, when their desk does not open so.
func (j *journey) goOnDuty() error {
	if err := j.volunteer.Wait(`document.querySelector("[data-name=available]")`, 10*time.Second); err != nil {
		return err
	}
	on, err := browser.VisitorEval[bool](j.volunteer, `!!document.querySelector("[data-name=available][aria-checked=true]")`)
	if err != nil || on {
		return err
	}
	if err := j.volunteer.Click("[data-name=available]"); err != nil {
		return err
	}
	return j.volunteer.Wait(`document.querySelector("[data-name=available][aria-checked=true]")`, 10*time.Second)
}

func (j *journey) putAway() {
	if j.hand != nil {
		_ = j.hand.end()
	}
	if j.control != nil {
		j.control.Close()
	}
	if j.volunteer != nil {
		_ = j.volunteer.Close()
	}
	j.close()
}

// seen notes a step and what was observed.
func (j *journey) seen(step, format string, a ...any) {
	what := fmt.Sprintf(format, a...)
	ms := float64(time.Since(j.stepAt).Microseconds()) / 1000
	j.stepAt = time.Now()
	j.report.Figures["steps"]++
	j.report.Rows = append(j.report.Rows, map[string]any{"step": step, "seen": what, "ms": ms})
	if j.out != nil {
		fmt.Fprintf(j.out, "%7.0f ms  %-28s %s\n", ms, step, what)
	}
}

// await looks at the screen until it is what is wanted and has stood still.
func (j *journey) await(what string, ok func(session.Look) bool) (session.Look, error) {
	deadline := time.Now().Add(30 * time.Second)
	for {
		look, err := j.control.Look()
		if err == nil && look.Painted >= 0 && ok(look) {
			return look, nil
		}
		if j.ctx.Err() != nil {
			return look, j.ctx.Err()
		}
		if time.Now().After(deadline) {
			return look, fmt.Errorf("waited for %s; on the screen: %s, page %q, step %q (%s), card %q, error %v", what, look.Screen, look.Page, look.Step, look.Sight, look.Card, err)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// settled is await, and then once more after the companion takes touches: new content is inert for 300 ms.
func (j *journey) settled(what string, ok func(session.Look) bool) (session.Look, error) {
	if _, err := j.await(what, ok); err != nil {
		return session.Look{}, err
	}
	time.Sleep(350 * time.Millisecond)
	return j.await(what, ok)
}

func (j *journey) screen(name string) func(session.Look) bool {
	return func(l session.Look) bool { return l.Screen == name }
}

func (j *journey) touch(b browser.Box) error {
	return j.hand.do(gesture{Click: &[2]int{int(b.X + b.W/2), int(b.Y + b.H/2)}})
}

// press touches a key of the companion by its name, once it is there.
func (j *journey) press(key string) error {
	look, err := j.settled("key "+key, func(l session.Look) bool { _, ok := l.Keys[key]; return ok })
	if err != nil {
		return err
	}
	return j.touch(look.Keys[key])
}

// picture takes a picture of the terminal's screen, when pictures were asked for.
func (j *journey) picture(name string) {
	if j.o.shots == "" || j.display == "" {
		return
	}
	img, err := stage.Screenshot(j.display, j.authority)
	if err == nil {
		err = os.MkdirAll(j.o.shots, 0o755)
	}
	if err != nil {
		return
	}
	j.shot++
	f, err := os.Create(filepath.Join(j.o.shots, fmt.Sprintf("%s-%02d-%s.png", j.o.lang, j.shot, name)))
	if err != nil {
		return
	}
	defer f.Close()
	_ = png.Encode(f, img)
}

// pictureOf takes a picture of the volunteer's page.
func (j *journey) pictureOf(name string) {
	if j.o.shots == "" {
		return
	}
	if data, err := j.volunteer.Screenshot(); err == nil && os.MkdirAll(j.o.shots, 0o755) == nil {
		j.shot++
		_ = os.WriteFile(filepath.Join(j.o.shots, fmt.Sprintf("%s-%02d-%s.png", j.o.lang, j.shot, name)), data, 0o644)
	}
}

func (j *journey) chooseLanguage() error {
	if _, err := j.settled("start screen", j.screen("start")); err != nil {
		return err
	}
	j.picture("start")
	if err := j.press("lang-" + j.o.lang); err != nil {
		return err
	}
	if _, err := j.settled("levels", func(l session.Look) bool { return l.Screen == "level" && l.Lang == j.o.lang }); err != nil {
		return err
	}
	j.picture("level")
	if err := j.press("level-guide-me"); err != nil {
		return err
	}
	look, err := j.settled("home screen", func(l session.Look) bool { return l.Screen == "home" && l.Lang == j.o.lang })
	if err != nil {
		return err
	}
	j.picture("home")
	j.seen("language", "home screen in %s with %d keys", look.Lang, len(look.Keys))
	return nil
}

// openService chooses the service and says that one can start.
func (j *journey) openService() error {
	if err := j.press("service-" + j.guide.ID); err != nil {
		return err
	}
	// What is needed is asked about; whoever says nothing is asked once more, and can start.
	for range 2 {
		look, err := j.settled("what is needed, or the first page", func(l session.Look) bool { return l.Screen == "readiness" || l.Screen == "companion" })
		if err != nil {
			return err
		}
		if look.Screen == "companion" {
			break
		}
		j.picture("readiness")
		if err := j.press("begin"); err != nil {
			return err
		}
	}
	return nil
}

func (j *journey) chooseService() error {
	if err := j.openService(); err != nil {
		return err
	}
	look, err := j.await("first page", func(l session.Look) bool { return l.Screen == "companion" && l.Page == "start" && l.Sight == "sure" })
	if err != nil {
		return err
	}
	j.seen("service", "page %q recognised, step %q %s", look.Page, look.Step, look.Sight)
	if err := j.touch(look.Steps[look.Step]); err != nil {
		return err
	}
	_, err = j.await("second page", func(l session.Look) bool { return l.Page == "uk-passport" })
	return err
}

// answerWrongly goes on without an answer: the site refuses, and its own words are explained.
func (j *journey) answerWrongly() error {
	look, err := j.await("question", func(l session.Look) bool {
		return l.Step == "have-passport" && l.Sight == "sure" && l.Steps["continue"].W > 0
	})
	if err != nil {
		return err
	}
	j.picture("companion")
	if err := j.speech(); err != nil {
		return err
	}
	if err := j.touch(look.Steps["continue"]); err != nil {
		return err
	}
	look, err = j.settled("site's error explained", func(l session.Look) bool { return l.Screen == "error" && l.Explain != "" })
	if err != nil {
		return err
	}
	j.picture("site-error")
	j.seen("wrong answer", "the site's own error was recognised and explained as %q", look.Explain)
	if err := j.press("show-box"); err != nil {
		return err
	}
	return nil
}

// speech waits until something was spoken to its end in this session.
func (j *journey) speech() error {
	look, err := j.await("speech played to its end", func(l session.Look) bool { return l.Spoken > 0 })
	if err == nil {
		j.seen("speech", "%d sound played to its end in the companion", look.Spoken)
	}
	return err
}

var errLost = errors.New("the journey lost its way")

// walkTo does step after step, the way the companion says, until a page is reached.
func (j *journey) walkTo(page string) func() error {
	return func() error {
		for range 60 {
			look, err := j.await("a step", func(l session.Look) bool {
				return l.Page == page || ((l.Screen == "companion" || l.Screen == "error" || l.Screen == "pointing") && l.Page != "" && l.Step != "" && l.Sight != "unknown")
			})
			if err != nil {
				return err
			}
			if look.Page == page {
				j.seen("page "+page, "reached, step %q %s", look.Step, look.Sight)
				return nil
			}
			if err := j.doStep(look); err != nil {
				return fmt.Errorf("page %s, step %s: %w", look.Page, look.Step, err)
			}
		}
		return errLost
	}
}

// doStep does what a step asks, and waits until the terminal has seen that it is done.
func (j *journey) doStep(look session.Look) error {
	step := j.step(look.Page, look.Step)
	if step == nil {
		return errLost
	}
	key := look.Page + "/" + look.Step
	moved := func(l session.Look) bool { return l.Page+"/"+l.Step != key }
	switch step.Kind {
	case kiosk.Read:
		return errors.Join(j.press("next"), second(j.await("the next step", moved)))
	case kiosk.Press, kiosk.Declare:
		if err := j.touch(look.Steps[look.Step]); err != nil {
			return err
		}
	case kiosk.Choose:
		if box, ok := look.Choices[step.Try.A]; ok {
			if err := j.touch(box); err != nil {
				return err
			}
		} else if err := errors.Join(j.touch(look.Steps[look.Step]), j.hand.do(gesture{Type: step.Try.A}), j.hand.do(gesture{Key: "Return"}), j.hand.do(gesture{Key: "Tab"})); err != nil {
			return err
		}
	default:
		if err := j.touch(look.Steps[look.Step]); err != nil {
			return err
		}
		g := gesture{Type: step.Try.A}
		for _, name := range canaryNames {
			if name == step.ID {
				g = gesture{Canary: name}
			}
		}
		if err := errors.Join(j.hand.do(g), j.hand.do(gesture{Key: "Tab"})); err != nil {
			return err
		}
		if g.Canary != "" {
			j.report.Figures["canaries_planted"]++
		}
	}
	_, err := j.await("the step to be done", moved)
	return err
}

func second[T any](_ T, err error) error { return err }

func (j *journey) step(page, step string) *kiosk.Step {
	for p := range j.guide.Pages {
		for s := range j.guide.Pages[p].Steps {
			if j.guide.Pages[p].ID == page && j.guide.Pages[p].Steps[s].ID == step {
				return &j.guide.Pages[p].Steps[s]
			}
		}
	}
	return nil
}

// useCard puts a card in, ticks both names, and sees them filled in, read again and found equal.
func (j *journey) useCard() error {
	fields := map[string]string{"date_of_birth": "1951-03-14", "card_number": "592-0000000-00", "place_of_birth": "Sampletown", "nationality": "Utopian"}
	for _, name := range cardCanaries {
		fields[name] = canary(j.seed, name)
	}
	if _, err := j.await("names page", func(l session.Look) bool { return l.Page == "applicant-one" && l.Sight == "sure" }); err != nil {
		return err
	}
	j.reader.Insert(emulator.Identity("Unattended", fields))
	j.report.Figures["canaries_planted"] += float64(len(cardCanaries))
	if _, err := j.await("card's consent", func(l session.Look) bool { return l.Screen == "card" && l.Card == "ready" }); err != nil {
		return err
	}
	j.picture("card-consent")
	for _, name := range cardCanaries {
		if err := j.press("card-" + name); err != nil {
			return err
		}
	}
	j.picture("card-ticked")
	if err := j.press("take"); err != nil {
		return err
	}
	look, err := j.await("both names filled", func(l session.Look) bool {
		return l.Screen == "companion" && l.Filled == "ok" && l.Step != "first-name" && l.Step != "surname"
	})
	if err != nil {
		return err
	}
	j.report.Figures["fields_filled"] = 2
	j.picture("card-filled")
	j.seen("card", "2 fields offered, ticked, filled, read again and equal; next step %q", look.Step)
	j.reader.Remove()
	_, err = j.await("card out", func(l session.Look) bool { return l.Card == "" })
	return err
}

// send touches the site's own button, which nobody but the citizen may, and sees the confirmation recognised.
func (j *journey) send() error {
	if _, err := j.await("summary", func(l session.Look) bool { return l.Page == "summary" && l.Screen == "companion" }); err != nil {
		return err
	}
	look, err := j.control.Look()
	if err != nil {
		return err
	}
	if look.Step != "send" {
		if err := j.press("next"); err != nil {
			return err
		}
	}
	look, err = j.await("their own button", func(l session.Look) bool { return l.Step == "send" && l.Sight == "sure" && l.Steps["send"].W > 0 })
	if err != nil {
		return err
	}
	if _, ok := look.Keys["next"]; ok {
		return errors.New("a key of ours stands beside a button that only the citizen may press")
	}
	j.picture("declare")
	if err := j.touch(look.Steps["send"]); err != nil {
		return err
	}
	if _, err := j.await("confirmation", func(l session.Look) bool { return l.Page == "status" }); err != nil {
		return err
	}
	j.picture("sent")
	j.seen("sent", "the service's confirmation was recognised")
	return nil
}
