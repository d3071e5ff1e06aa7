// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"

	"handrail/agent/residue"
)

// The search looks for the values of unattended journeys in files and in processes. It is a process of its own, so that what
// it looks for is nowhere else.

// sought is what the search is asked.
type sought struct {
	Seed  string
	Names []string
	Seeds []string // in place of Seed: several journeys; what is found is then named SEED/NAME
	Dirs  []string
	Pids  []int
	Below []string // folders of the file trees that only these processes see
	Text  [][]byte // anything else to search, such as what a connection received
}

func search(ctx context.Context, s sought) (residue.Findings, error) {
	input, err := json.Marshal(s)
	if err != nil {
		return residue.Findings{}, err
	}
	command := self()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "search")...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return residue.Findings{}, fmt.Errorf("search: %w", err)
	}
	var f residue.Findings
	return f, json.Unmarshal(out, &f)
}

// searchCommand is the searching process.
func searchCommand(_ context.Context, args []string, stdout, stderr io.Writer) int {
	if err := flag.NewFlagSet("search", flag.ContinueOnError).Parse(args); err != nil {
		return 2
	}
	var s sought
	if err := json.NewDecoder(os.Stdin).Decode(&s); err != nil {
		fmt.Fprintln(stderr, "handrail search:", err)
		return 2
	}
	values := map[string]string{}
	for _, name := range s.Names {
		if len(s.Seeds) == 0 {
			values[name] = canary(s.Seed, name)
		}
		for _, seed := range s.Seeds {
			values[seed+"/"+name] = canary(seed, name)
		}
	}
	looking := residue.New(values)
	for _, dir := range s.Dirs {
		looking.Folder(dir)
	}
	for _, pid := range s.Pids {
		looking.Process(pid)
		if len(s.Below) > 0 {
			looking.Below(pid, s.Below...)
		}
	}
	for i, text := range s.Text {
		looking.Bytes(fmt.Sprintf("received %d", i), text)
	}
	_ = json.NewEncoder(stdout).Encode(looking.Findings())
	return 0
}

// ours are the processes that this one started, and theirs, and theirs; those of the e-service are the third party's.
func ours(except ...int) []int {
	parent := map[int]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue
		}
		_, rest, ok := strings.Cut(string(stat[max(0, bytes.LastIndexByte(stat, ')')):]), " ")
		fields := strings.Fields(rest)
		if ok && len(fields) > 1 {
			parent[pid], _ = strconv.Atoi(fields[1])
		}
	}
	skip := map[int]bool{}
	for _, pid := range except {
		skip[pid] = true
	}
	var out []int
	for pid := range parent {
		for at := pid; at > 1; at = parent[at] {
			if skip[at] {
				break
			}
			if at == os.Getpid() {
				out = append(out, pid)
				break
			}
		}
	}
	return out
}
