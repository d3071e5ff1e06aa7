// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Goals in MB of what is resident: the agent, and a worker without its browser.
const (
	agentMemory  = 40
	workerMemory = 60
)

var memoryNames = []string{"memory-spare", "memory-agent", "memory-worker"}

// memory weighs a terminal at its start screen with a spare behind it, beside one "chromium --kiosk" on the same page. Both
// stand still. Of pages that processes share each counts its part (PSS), and ours are all processes of both sessions: the
// browsers and the workers.
func (b *benchRun) memory() error {
	peer, err := startPlainKiosk(b.ctx, b.journey.path("peer"))
	if err != nil {
		return err
	}
	defer peer.close()
	if err := b.spareReady(); err != nil {
		return err
	}
	var spare, plain, agents, workers []float64
	for range b.o.runs {
		time.Sleep(2 * time.Second) // what was just started still gives memory back
		stats, err := b.journey.control.Stats()
		if err != nil {
			return err
		}
		ours, err := pss(append(family(stats.FrontPid), family(stats.SparePid)...))
		if err != nil {
			return err
		}
		theirs, err := pss(family(peer.pid()))
		if err != nil {
			return err
		}
		spare, plain = append(spare, ours), append(plain, theirs)
		agents = append(agents, residentMB(b.journey.agent.pid()))
		workers = append(workers, max(residentMB(stats.FrontPid), residentMB(stats.SparePid)))
		b.tell("memory: both sessions %s MB, the plain kiosk %s MB, agent %s MB, worker %s MB", tidy(ours), tidy(theirs), tidy(agents[len(agents)-1]), tidy(workers[len(workers)-1]))
	}
	b.add("memory-spare", "MB", "one chromium --kiosk on the same page", spare, plain, 1.8)
	b.goalRow("memory-agent", "MB", agents, agentMemory)
	b.goalRow("memory-worker", "MB", workers, workerMemory)
	return nil
}

// goalRow is a row that is held against a goal itself: nobody else has such a thing.
func (b *benchRun) goalRow(name, unit string, values []float64, goal float64) {
	row := benchRow{Name: name, Ours: round3(median(values)), Peer: goal, PeerName: "no peer; the goal itself", Unit: unit, Goal: 1}
	row.Ratio = round3(row.Ours / row.Peer)
	row.Holds = row.Ours > 0 && row.Ours <= goal
	b.report.Rows = append(b.report.Rows, row)
	b.report.Figures[strings.ReplaceAll(name, "-", "_")+"_runs"] = float64(len(values))
}

// pss is the memory of processes in MB; of a page that several processes share each has its part (proc_pid_smaps_rollup).
func pss(pids []int) (float64, error) {
	sum := 0.0
	for _, pid := range pids {
		kb, err := lineOf(pid, "smaps_rollup", "Pss:")
		if err != nil {
			return 0, err
		}
		sum += kb
	}
	return sum / 1024, nil
}

// residentMB is what of one process is in memory, shared or not, in MB; 0 when it is gone.
func residentMB(pid int) float64 {
	kb, _ := lineOf(pid, "status", "VmRSS:")
	return kb / 1024
}

// lineOf reads a figure in kB of a file of /proc/PID. A process that is gone has none.
func lineOf(pid int, file, name string) (float64, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/%s", pid, file))
	if os.IsNotExist(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("memory: %w", err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(lines.Text(), name); ok {
			return strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(rest, "kB")), 64)
		}
	}
	return 0, nil
}
