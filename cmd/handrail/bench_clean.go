// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"time"

	"handrail/agent"
	"handrail/agent/egress"
	"handrail/agent/session"
	"handrail/kiosk/browser"
	"handrail/kiosk/stage"
	"handrail/provisioning/image"
	"handrail/ui"
)

// cleanPage compares ending a session. Both sides are looked at from outside, by reading their display's pixels: from the
// touch, or the kill, until the first look at which the new page is all there.
func (b *benchRun) cleanPage() error {
	kiosk, err := startPlainKiosk(b.ctx, b.journey.path("peer"))
	if err != nil {
		return err
	}
	defer kiosk.close()
	var ours, peer, own, erased []float64
	for i := range b.o.runs {
		if err := b.begin(); err != nil {
			return err
		}
		end, err := b.endOnce()
		if err != nil {
			return err
		}
		ours, erased, own = append(ours, end.clean), append(erased, end.erased), append(own, end.agents)
		// The next person touches the end screen away; the spare behind it is started meanwhile.
		if err := b.spareReady(); err != nil {
			return err
		}
		if err := b.leaveEnd(); err != nil {
			return err
		}
		again, err := kiosk.restart(b.ctx)
		if err != nil {
			return err
		}
		peer = append(peer, again)
		b.tell("clean-page %d of %d: ours %s ms (erased %s, agent alone %s), peer %s ms", i+1, b.o.runs, tidy(end.clean), tidy(end.erased), tidy(end.agents), tidy(again))
	}
	b.report.Figures["clean_page_agent_ms"], b.report.Figures["clean_page_erased_ms"] = median(own), median(erased)
	b.add("clean-page", "ms", "kill and restart chromium --kiosk on a new profile: same start screen, same confinement", ours, peer, 0.05)
	return nil
}

// ending is what was seen of one session's end, in ms after the touch: when the next screen was there, and when it said
// that everything is erased. agents is the agent's own figure, from its taking the wipe to what its new worker calls painted.
type ending struct{ clean, erased, agents float64 }

// endOnce ends a session in which the service's page is open, and measures from the citizen's last touch.
func (b *benchRun) endOnce() (ending, error) {
	j := b.journey
	if err := b.spareReady(); err != nil {
		return ending{}, err
	}
	before, err := j.control.Stats()
	if err != nil {
		return ending{}, err
	}
	if err := j.press("end"); err != nil {
		return ending{}, err
	}
	look, err := j.settled("the question whether to end", func(l session.Look) bool { return l.Keys["end-yes"].W > 0 })
	if err != nil {
		return ending{}, err
	}
	// The control socket is asked on a line of its own, for this one may be waiting for a look at a session that ends.
	control, err := agent.DialControl(j.path("control.sock"))
	if err != nil {
		return ending{}, err
	}
	defer control.Close()
	touched := make(chan error, 1)
	start := time.Now()
	go func() { touched <- j.touch(look.Keys["end-yes"]) }()
	swapped := false
	mark := func() bool {
		if !swapped {
			stats, err := control.Stats()
			swapped = err == nil && stats.FrontPid != 0 && stats.FrontPid != before.FrontPid
		}
		return swapped
	}
	// It is enough when the old worker is gone, and the new one's screen has stood still for a while.
	sights, err := watchScreen(b.ctx, j.display, j.authority, 30*time.Second, mark, func(all []sight) bool {
		at, ok := settledAt(all, sameWords)
		return ok && !alive(before.FrontPid) && all[len(all)-1].at.Sub(at) > 400*time.Millisecond
	})
	if touchErr := <-touched; touchErr != nil {
		err = errors.Join(err, touchErr)
	}
	if err != nil {
		return ending{}, err
	}
	clean, _ := settledAt(sights, sameScreen)
	erased, _ := settledAt(sights, sameWords)
	// What stands there is what the new worker says that it has painted.
	if _, err := j.await("the clean end screen", func(l session.Look) bool { return l.Screen == "end" && l.Page == "" }); err != nil {
		return ending{}, err
	}
	stats, err := j.control.Stats()
	return ending{clean: milliseconds(clean.Sub(start)), erased: milliseconds(erased.Sub(start)), agents: stats.CleanMS}, err
}

// leaveEnd touches the end screen away.
func (b *benchRun) leaveEnd() error {
	for _, key := range []string{"end", "home", "next"} {
		look, err := b.journey.settled("the end screen", b.journey.screen("end"))
		if err != nil {
			return err
		}
		if _, ok := look.Keys[key]; ok {
			if err := b.journey.press(key); err != nil {
				return err
			}
			_, err := b.journey.await("the start screen", b.journey.screen("start"))
			return err
		}
	}
	return errors.New("the end screen has no key that leaves it")
}

// plainKiosk is what a public computer commonly does between two people: "chromium --kiosk" is killed and started again on a
// new profile. It has a display of its own, shows the product's own start screen, and is shut in just as the product's browser
// is: a user, mounts, processes and a network of its own, the managed policy, the egress proxy.
type plainKiosk struct {
	display *stage.Display
	server  *http.Server
	proxy   *egress.Proxy
	stop    context.CancelFunc
	through string // the proxy's address
	policy  []byte
	address string
	cell    *browser.Cell
	cmd     *exec.Cmd
	gone    chan struct{}
	start   sight // the start screen, when all of it was there
}

// startPlainKiosk starts the display and a first browser, and keeps what its screen is in the end.
func startPlainKiosk(ctx context.Context, dir string) (k *plainKiosk, err error) {
	k = &plainKiosk{}
	defer func() {
		if err != nil {
			k.close()
			err = fmt.Errorf("the plain kiosk: %w", err)
		}
	}()
	if k.display, err = stage.StartDisplay(ctx, stage.DisplayOptions{Dir: dir}); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	host := "start.localhost:" + port
	k.address = "http://" + host + "/"
	view, err := session.StartScreen("Linden Town Hall", []string{"en", "ar"})
	if err != nil {
		return nil, err
	}
	k.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: startPage(view)}
	go k.server.Serve(listener)
	if k.policy, err = image.BrowserPolicy(image.PolicyOptions{Hosts: []string{host}}); err != nil {
		return nil, err
	}
	k.proxy = egress.New(egress.Options{})
	if k.through, err = k.proxy.Listen(); err != nil {
		return nil, err
	}
	k.proxy.SetAllowed([]string{host})
	var life context.Context
	life, k.stop = context.WithCancel(ctx)
	go k.proxy.Run(life)
	if err = k.launch(); err != nil {
		return nil, err
	}
	// Its screen in the end is what has stood for a second and is not one colour.
	sights, err := watchScreen(ctx, k.display.Name(), k.display.Authority(), 60*time.Second, func() bool { return true }, func(all []sight) bool {
		at, ok := settledAt(all, sameWords)
		return ok && all[len(all)-1].colours() > 8 && all[len(all)-1].at.Sub(at) > time.Second
	})
	if err != nil {
		return nil, err
	}
	k.start = sights[len(sights)-1]
	return k, nil
}

// startPage serves the citizen's page, which draws one view as soon as it can.
func startPage(view []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if path == "/" {
			path = "/citizen.html"
		}
		data, kind, ok := ui.File(path)
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(data)
		if path == "/citizen.html" {
			fmt.Fprintf(w, "<script type=module>const draw = () => window.handrailShow ? window.handrailShow(%s) : setTimeout(draw, 1); draw()</script>", view)
		}
	})
}

func (k *plainKiosk) launch() error {
	cmd := exec.Command(browser.Binary, "--kiosk", "--no-first-run", "--no-default-browser-check", "--window-position=0,0", "--window-size=1280,800", k.address)
	uid := browser.FreeUID()
	cell, err := browser.Confine(cmd, browser.Confinement{UID: uid, GID: uid, Display: k.display.Name(), Authority: k.display.Authority(),
		Policy: k.policy, Proxy: k.through})
	if err != nil {
		return err
	}
	k.cell = cell
	if log, err := os.Create(k.display.Authority() + ".browser.log"); err == nil {
		cmd.Stderr = log
		defer log.Close()
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	gone := make(chan struct{})
	k.cmd, k.gone = cmd, gone
	go func() {
		_ = cmd.Wait()
		close(gone)
	}()
	return nil
}

// restart kills the browser with all that it started and starts it again on a new profile, and waits until its start screen
// is what it was at first, as exactly as ours must be what it is in the end.
func (k *plainKiosk) restart(ctx context.Context) (ms float64, err error) {
	begin := time.Now()
	if err := k.kill(); err != nil {
		return 0, err
	}
	if err := k.launch(); err != nil {
		return 0, err
	}
	sights, err := watchScreen(ctx, k.display.Name(), k.display.Authority(), 60*time.Second, func() bool { return true }, func(all []sight) bool {
		return all[len(all)-1].differs(k.start) <= sameScreen
	})
	if err != nil {
		return 0, err
	}
	return milliseconds(sights[len(sights)-1].at.Sub(begin)), nil
}

// pid is the browser's first process.
func (k *plainKiosk) pid() int { return k.cmd.Process.Pid }

func (k *plainKiosk) kill() error {
	if k.cell == nil {
		return nil
	}
	err := k.cell.Kill()
	if k.gone != nil {
		<-k.gone
	}
	return err
}

func (k *plainKiosk) close() {
	_ = k.kill()
	if k.stop != nil {
		k.stop()
	}
	if k.server != nil {
		k.server.Close()
	}
	if k.display != nil {
		k.display.Close()
	}
}
