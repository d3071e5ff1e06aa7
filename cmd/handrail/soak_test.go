// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"handrail/agent"
	"handrail/agent/session"
	"handrail/kiosk/guides"
)

// footprint is what a terminal takes between two people.
type footprint struct {
	processes   int // of the agent and all that it started
	descriptors int // of the agent
	displayFDs  int // of the display server
	left        int // files and folders in the folder for temporary files
	agentMB     float64
	displayMB   float64
}

func (f footprint) String() string {
	return fmt.Sprintf("%d processes, %d + %d descriptors, %d left in the temporary folder, agent %.1f MB, display %.1f MB",
		f.processes, f.descriptors, f.displayFDs, f.left, f.agentMB, f.displayMB)
}

func descriptors(pid int) int {
	entries, _ := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	return len(entries)
}

func takeFootprint(agentPid int, temporary string) footprint {
	all := family(agentPid)
	f := footprint{processes: len(all), descriptors: descriptors(agentPid), agentMB: residentMB(agentPid)}
	for _, pid := range all {
		if program, _ := os.Readlink(fmt.Sprintf("/proc/%d/exe", pid)); strings.Contains(filepath.Base(program), "vnc") {
			f.displayFDs, f.displayMB = descriptors(pid), residentMB(pid)
		}
	}
	entries, _ := os.ReadDir(temporary)
	f.left = len(entries)
	return f
}

// TestManySessions has people come and go, one after another. Nothing of the terminal grows: no process, no descriptor, no
// file is left by any of them, and over a thousand (make soak) no memory is.
func TestManySessions(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the whole product")
	}
	sessions := 5
	if n, err := strconv.Atoi(os.Getenv("HANDRAIL_TEST_SESSIONS")); err == nil {
		sessions = n
	}
	program, err := handrail()
	if err != nil {
		t.Fatal(err)
	}
	before := self
	self = func() []string { return []string{program} }
	defer func() { self = before }()
	dir, err := os.MkdirTemp("", "hr")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	o := demoOptions{dir: filepath.Join(dir, "d"), lang: "en"}
	if o.dir, err = emptied(o.dir); err != nil {
		t.Fatal(err)
	}
	d := &demo{o: o, dir: o.dir, log: logger(log, false)}
	j := &journey{demo: d, ctx: t.Context(), seed: newSeed(), report: report{Figures: map[string]float64{}}, began: time.Now(), stepAt: time.Now()}
	defer j.putAway()
	site, err := startRehearsalSite()
	if err != nil {
		t.Fatal(err)
	}
	defer site.close()
	site.expect(j.seed)
	if err := d.startHub(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := d.enrol(t.Context()); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("office: Linden Town Hall\ndir: terminal\nlanguages: [en, ar]\nservices:\n  - guide: defra-forms\n    origin: %s\n", site.origin)
	if err := os.WriteFile(d.path("agent.yaml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	d.agent = &part{name: "terminal", logs: d.path("log"),
		command: func() *exec.Cmd {
			cmd := ownCommand("agent", "-config", d.path("agent.yaml"), "-control", d.path("control.sock"))
			cmd.Env = append(os.Environ(), "TMPDIR="+temporary)
			return cmd
		},
		ready: func(line string) bool { return strings.HasPrefix(line, "terminal ready") }}
	if err := d.agent.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if j.guide, err = guides.Load("defra-forms"); err != nil {
		t.Fatal(err)
	}
	if j.control, err = agent.DialControl(j.path("control.sock")); err != nil {
		t.Fatal(err)
	}
	stats, err := j.control.Stats()
	if err != nil {
		t.Fatal(err)
	}
	j.display, j.authority = stats.Display, stats.Authority
	if j.hand, err = startHand(j.display, j.authority, j.seed); err != nil {
		t.Fatal(err)
	}
	// ready waits until the terminal is as it is between two people: with a spare.
	ready := func() {
		t.Helper()
		if _, err := j.await("the start screen with a spare", func(l session.Look) bool {
			stats, err := j.control.Stats()
			return err == nil && stats.SpareReady && l.Screen == "start"
		}); err != nil {
			t.Fatal(err)
		}
	}
	// rest waits until nobody else is there, and looks.
	rest := func() footprint {
		t.Helper()
		ready()
		var f footprint
		for same := 0; same < 4; time.Sleep(150 * time.Millisecond) {
			now := takeFootprint(d.agent.pid(), temporary)
			if now.processes == f.processes && now.descriptors == f.descriptors {
				same++
			} else {
				same = 0
			}
			f = now
		}
		return f
	}
	var all []footprint
	every := max(1, sessions/100) // of a thousand, each tenth is looked at: to look takes as long as the session
	began := time.Now()
	for n := range sessions {
		if err := j.chooseLanguage(); err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		if err := j.openService(); err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		if _, err := j.await("the page", func(l session.Look) bool { return l.Page == "applicant-one" }); err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		for _, key := range []string{"end", "end-yes"} {
			if err := j.press(key); err != nil {
				t.Fatalf("session %d: %v", n, err)
			}
		}
		if _, err := j.await("the end", j.screen("end")); err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		if err := j.press("end"); err != nil {
			t.Fatalf("session %d: %v", n, err)
		}
		if (n+1)%every != 0 {
			ready()
			continue
		}
		all = append(all, rest())
		if len(all) == 1 || len(all)%10 == 0 || n == sessions-1 {
			t.Logf("after %d, %.1f s each: %v", n+1, time.Since(began).Seconds()/float64(n+1), all[len(all)-1])
		}
	}
	// The middle of each half: a browser ends a process of its own now and then, and starts it again.
	counts := func(of func(footprint) int, part []footprint) int {
		var values []int
		for _, f := range part {
			values = append(values, of(f))
		}
		slices.Sort(values)
		return values[len(values)/2]
	}
	half := len(all) / 2
	if half == 0 {
		return
	}
	for name, of := range map[string]func(footprint) int{
		"processes": func(f footprint) int { return f.processes }, "descriptors of the agent": func(f footprint) int { return f.descriptors },
		"descriptors of the display": func(f footprint) int { return f.displayFDs }, "temporary files": func(f footprint) int { return f.left },
	} {
		if early, late := counts(of, all[:half]), counts(of, all[half:]); late > early {
			t.Errorf("%s grew from %d to %d", name, early, late)
		}
	}
	if sessions >= 100 { // a heap finds its size in the first few
		first, last := all[len(all)/10], all[len(all)-1]
		if grown := last.agentMB - first.agentMB; grown > 8 {
			t.Errorf("the agent grew by %.1f MB", grown)
		}
		if grown := last.displayMB - first.displayMB; grown > 16 {
			t.Errorf("the display grew by %.1f MB", grown)
		}
	}
}
