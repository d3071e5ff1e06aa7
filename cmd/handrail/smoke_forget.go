// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

func alive(pid int) bool {
	if pid <= 0 || syscall.Kill(pid, 0) != nil {
		return false
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// searchDuring looks for all that was typed and taken from the card while the session lives, where the site shows it once
// more: it must be found, or the search would prove nothing. The processes that typed it and that are the card do not count.
func (j *journey) searchDuring() error {
	typed := append(append([]string(nil), canaryNames...), cardCanaries...)
	pids := without(ours(j.service.pid(), j.hand.cmd.Process.Pid), os.Getpid())
	found, err := search(j.ctx, sought{Seed: j.seed, Names: typed, Dirs: []string{j.dir}, Pids: pids})
	if err != nil {
		return err
	}
	names := found.Names()
	for _, f := range found.Found {
		if strings.HasPrefix(f.Where, "/") {
			return fmt.Errorf("%s stands in the file %s", f.Name, f.Where)
		}
	}
	j.report.Figures["canaries_found_during"] = float64(len(names))
	if len(names) != len(typed) {
		return fmt.Errorf("only %d of %d typed values were found in memory while the session lives: the search is not good enough", len(names), len(typed))
	}
	j.seen("search during", "%d of %d typed values found in the memory of the living session, 0 in files (%d processes, %d files, %d MB)",
		len(names), len(typed), found.Processes, found.Files, found.Bytes>>20)
	return nil
}

// searchAfter looks for every typed value, and for those of the card, everywhere: files, database, logs, what the
// volunteer's connection received, and the memory of every process of ours that is alive.
func (j *journey) searchAfter() error {
	if err := j.hand.end(); err != nil {
		return err
	}
	j.hand = nil
	received := j.volunteer.Received()
	typed, err := search(j.ctx, sought{Seed: j.seed, Names: canaryNames, Dirs: []string{j.dir}, Pids: ours(j.service.pid()), Text: received})
	if err != nil {
		return err
	}
	// This process is the card that was in the reader, so it alone may know what stands on it.
	card, err := search(j.ctx, sought{Seed: j.seed, Names: cardCanaries, Dirs: []string{j.dir}, Pids: without(ours(j.service.pid()), os.Getpid()), Text: received})
	if err != nil {
		return err
	}
	all := append(typed.Found, card.Found...)
	j.report.Figures["canaries_found_after"] = float64(len(all))
	j.report.Figures["processes_searched"] = float64(typed.Processes)
	for _, u := range typed.Unreadable {
		j.report.Notes = append(j.report.Notes, "not readable for this user: "+u)
	}
	if len(all) > 0 {
		var where []string
		for _, f := range all {
			where = append(where, f.Name+" in "+f.Where)
		}
		return errors.New("values outlived the session: " + strings.Join(where, "; "))
	}
	if planted := len(canaryNames) + len(cardCanaries); int(j.report.Figures["canaries_planted"]) < planted {
		return fmt.Errorf("only %.0f of %d values were typed or taken from the card", j.report.Figures["canaries_planted"], planted)
	}
	j.seen("search after", "0 of %d values found (%d files, %d processes, %d MB of memory, %d messages of the volunteer's connection)",
		len(canaryNames)+len(cardCanaries), typed.Files, typed.Processes, typed.Bytes>>20, len(received))
	if len(typed.Unreadable) > 0 && j.out != nil {
		fmt.Fprintf(j.out, "             not readable for this user: %s\n", strings.Join(typed.Unreadable, ", "))
	}
	return nil
}

func without(pids []int, not int) []int {
	var out []int
	for _, pid := range pids {
		if pid != not {
			out = append(out, pid)
		}
	}
	return out
}
