// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Protection says whether one layer of the confinement holds, and in one
// sentence what that means or why it does not.
type Protection struct {
	Name string `json:"name"`
	On   bool   `json:"on"`
	Why  string `json:"why"`
}

// possible remembers what this machine allows, by launcher.
var possible = struct {
	sync.Mutex
	known map[string]tried
}{known: map[string]tried{}}

type tried struct {
	layers layers
	whyNot string
}

// possibleLayers tries which walls can be built here, by building them around a
// launcher that then ends. It is done once a process.
func possibleLayers(launcher []string) (layers, string) {
	possible.Lock()
	defer possible.Unlock()
	key := strings.Join(launcher, "\x00")
	if t, ok := possible.known[key]; ok {
		return t.layers, t.whyNot
	}
	user := os.Geteuid() != 0
	var t tried
	for _, l := range []layers{
		{User: user, Mounts: true, Procs: true, Network: true},
		{User: user, Mounts: true, Procs: true},
		{User: user, Mounts: true},
	} {
		err := tryLayers(launcher, l)
		if err == nil {
			t.layers = l
			break
		}
		t.whyNot = err.Error()
	}
	possible.known[key] = t
	return t.layers, t.whyNot
}

// tryLayers starts a launcher with these layers and nothing to become.
func tryLayers(launcher []string, l layers) error {
	cell := newCell(Confinement{}, l, "")
	defer cell.Kill()
	o := orders{Layers: l, Home: cellHome}
	if l.Network {
		o.Listen = cellProxy
	}
	spec, reportFile, err := cell.brief(o)
	if err != nil {
		return err
	}
	var said strings.Builder
	cmd := exec.Command(launcher[0], append(append([]string{}, launcher[1:]...), "3", "4")...)
	cmd.ExtraFiles = []*os.File{spec, reportFile}
	cmd.Env = []string{launchedEnv + "=1"}
	cmd.Stderr = &said
	cmd.SysProcAttr = l.attr()
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("the kernel refused: %w", err)
	}
	kill := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer kill.Stop()
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("trying it failed: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

// Protections says which walls stand around the browser. It waits for the
// launcher to be done with them, so call it once the command has been started.
func (cell *Cell) Protections() []Protection {
	var r report
	select {
	case <-cell.reported:
		r = cell.report
	case <-time.After(20 * time.Second):
	}
	l := cell.layers
	missing := "this kernel or container does not allow it"
	if cell.whyNot != "" {
		missing += " (" + cell.whyNot + ")"
	}
	if !r.Ready {
		missing = "the browser's launcher did not report that it was done"
		l = layers{}
	}
	var out []Protection
	add := func(name string, on bool, yes, no string) {
		p := Protection{Name: name, On: on, Why: yes}
		if !on {
			p.Why = no
		}
		if why := r.Off[name]; why != "" {
			p.On, p.Why = false, why
		}
		out = append(out, p)
	}
	add("separate unix user", r.Ready && cell.c.UID != 0,
		fmt.Sprintf("the browser runs as user %d, which owns nothing here", cell.c.UID),
		userMissing(cell.c.UID))
	add("private mounts", l.Mounts, "the browser sees its own file tree, without homes and run-time folders", missing)
	add("tmpfs", l.Mounts, "profile, home and temporary files are in memory and vanish with the browser",
		"without private mounts they are in a folder on disk, which is removed at the end")
	add("managed policy", l.Mounts && len(cell.c.Policy) > 0, "the browser alone sees the hardened policy",
		policyMissing(cell.c.Policy))
	add("private processes", l.Procs, "the browser sees no other process, and ending it ends all of its processes", missing)
	add("private network", l.Network, "the browser's own network holds the egress proxy and nothing else",
		networkMissing(cell.c.Proxy, missing))
	on, why := cell.sandbox()
	add("browser sandbox", on, why, why)
	add("firewall", false, "", "no firewall rules are set: nothing on this machine is changed by a trial run")
	return out
}

func userMissing(uid int) string {
	if os.Geteuid() != 0 {
		return "only root can give the browser a user of its own"
	}
	if uid == 0 {
		return "no user was chosen for the browser"
	}
	return "the browser's launcher did not report that it was done"
}

func policyMissing(policy []byte) string {
	if len(policy) == 0 {
		return "no policy was given"
	}
	return "without private mounts the policy would have to be written to this machine's /etc"
}

func networkMissing(proxy, missing string) string {
	if proxy == "" {
		return "no egress proxy was given"
	}
	return missing
}

// sandbox looks at the browser's renderers: each must have a system call filter
// and process numbers of its own.
func (cell *Cell) sandbox() (bool, string) {
	cell.mu.Lock()
	pidfd := cell.pidfd
	cell.mu.Unlock()
	root := pidOf(pidfd)
	if root == 0 {
		return false, "the browser is not running"
	}
	all := processes()
	ours := map[int]bool{root: true}
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if ours[p.parent] && !ours[p.pid] {
				ours[p.pid], grown = true, true
			}
		}
	}
	outer := len(strings.Fields(statusOf(root, "NSpid")))
	renderers := 0
	for _, p := range all {
		if !ours[p.pid] || !strings.Contains(p.command, "--type=renderer") {
			continue
		}
		renderers++
		if statusOf(p.pid, "Seccomp") != "2" {
			return false, fmt.Sprintf("page process %d has no system call filter", p.pid)
		}
		if len(strings.Fields(statusOf(p.pid, "NSpid"))) <= outer {
			return false, fmt.Sprintf("page process %d has no namespace of its own", p.pid)
		}
	}
	if renderers == 0 {
		return false, "no page has been opened yet"
	}
	return true, fmt.Sprintf("all %d page processes have a system call filter and namespaces of their own", renderers)
}

// statusOf reads one line of /proc/PID/status.
func statusOf(pid int, name string) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}
