// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf16"
)

// The search looks for the values of an unattended journey in files and in the memory of processes. It is a process of its
// own, so that what it looks for is nowhere else.

// sought is what the search is asked.
type sought struct {
	Seed  string
	Names []string
	Dirs  []string
	Pids  []int
	Text  [][]byte // anything else to search, such as what a connection received
}

// finding is one place in which a value was found. It names the value, and never holds it.
type finding struct {
	Name  string `json:"name"`
	Where string `json:"where"`
}

type findings struct {
	Found      []finding `json:"found"`
	Files      int       `json:"files"`
	Processes  int       `json:"processes"`
	Bytes      int64     `json:"bytes"`
	Unreadable []string  `json:"unreadable"` // processes whose memory this user may not read
}

func search(ctx context.Context, s sought) (findings, error) {
	input, err := json.Marshal(s)
	if err != nil {
		return findings{}, err
	}
	command := self()
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "search")...)
	cmd.Stdin = bytes.NewReader(input)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return findings{}, fmt.Errorf("search: %w", err)
	}
	var f findings
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
	w := newSearcher(s)
	for _, dir := range s.Dirs {
		w.searchDir(dir)
	}
	for _, pid := range s.Pids {
		w.searchProcess(pid)
	}
	for i, text := range s.Text {
		w.look(fmt.Sprintf("received %d", i), text)
	}
	_ = json.NewEncoder(stdout).Encode(w.found)
	return 0
}

type pattern struct {
	name  string
	bytes []byte
}

type searcher struct {
	patterns []pattern
	longest  int
	found    findings
	seen     map[finding]bool
}

func newSearcher(s sought) *searcher {
	w := &searcher{seen: map[finding]bool{}}
	w.found.Found, w.found.Unreadable = []finding{}, []string{}
	for _, name := range s.Names {
		value := canary(s.Seed, name)
		wide := make([]byte, 0, 2*len(value))
		for _, unit := range utf16.Encode([]rune(value)) {
			wide = append(wide, byte(unit), byte(unit>>8))
		}
		for _, form := range [][]byte{[]byte(value), wide, []byte(strings.ToUpper(value)), []byte(strings.ToLower(value))} {
			w.patterns = append(w.patterns, pattern{name, form})
			w.longest = max(w.longest, len(form))
		}
	}
	return w
}

func (w *searcher) look(where string, data []byte) {
	w.found.Bytes += int64(len(data))
	for _, p := range w.patterns {
		f := finding{p.name, where}
		if !w.seen[f] && bytes.Contains(data, p.bytes) {
			w.seen[f] = true
			w.found.Found = append(w.found.Found, f)
		}
	}
}

func (w *searcher) searchDir(dir string) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			w.found.Unreadable = append(w.found.Unreadable, path)
			return nil
		}
		w.found.Files++
		w.look(path, data)
		return nil
	})
}

// searchProcess reads the memory of a process that may hold written data: everything readable but files mapped for reading.
func (w *searcher) searchProcess(pid int) {
	where := fmt.Sprintf("memory of %s (%d)", processName(pid), pid)
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	memory, err2 := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil || err2 != nil {
		w.found.Unreadable = append(w.found.Unreadable, where)
		return
	}
	defer maps.Close()
	defer memory.Close()
	w.found.Processes++
	buffer := make([]byte, 1<<20)
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 5 || fields[1][0] != 'r' {
			continue
		}
		if fields[1][1] != 'w' && len(fields) > 5 && strings.HasPrefix(fields[5], "/") {
			continue
		}
		from, to, ok := strings.Cut(fields[0], "-")
		start, err1 := strconv.ParseUint(from, 16, 64)
		end, err2 := strconv.ParseUint(to, 16, 64)
		if !ok || err1 != nil || err2 != nil || (len(fields) > 5 && fields[5] == "[vvar]") {
			continue
		}
		for _, run := range present(pid, start, end) {
			w.searchRange(memory, where, run[0], run[1], buffer)
		}
	}
}

// present are the parts of a range that are in memory or swapped out, by the kernel's page map (proc_pid_pagemap(5)): what
// was never touched holds nothing. Without a page map it is the whole range.
func present(pid int, start, end uint64) [][2]uint64 {
	page := uint64(os.Getpagesize())
	pages, err := os.Open(fmt.Sprintf("/proc/%d/pagemap", pid))
	if err != nil {
		return [][2]uint64{{start, end}}
	}
	defer pages.Close()
	entries := make([]byte, 8*((end-start)/page))
	n, err := pages.ReadAt(entries, int64(start/page*8))
	if n < len(entries) && err != nil {
		return [][2]uint64{{start, end}}
	}
	var runs [][2]uint64
	for i := 0; i+8 <= len(entries); i += 8 {
		if binary.LittleEndian.Uint64(entries[i:])>>62 == 0 {
			continue
		}
		at := start + uint64(i/8)*page
		if last := len(runs) - 1; last >= 0 && runs[last][1] == at {
			runs[last][1] = at + page
		} else {
			runs = append(runs, [2]uint64{at, at + page})
		}
	}
	return runs
}

// processName is the program and, for a program of ours, its subcommand.
func processName(pid int) string {
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	words := strings.Split(string(line), "\x00")
	name := filepath.Base(words[0])
	if len(words) > 1 && !strings.HasPrefix(words[1], "-") {
		name += " " + words[1]
	}
	return name
}

func (w *searcher) searchRange(memory *os.File, where string, start, end uint64, buffer []byte) {
	for at := start; at < end; {
		n, err := memory.ReadAt(buffer[:min(uint64(len(buffer)), end-at)], int64(at))
		if n > 0 {
			w.look(where, buffer[:n])
		}
		if err != nil && n == 0 {
			at += 4096 // a page that is not there
			continue
		}
		if at+uint64(n) >= end {
			return
		}
		at += uint64(max(n-w.longest, 1)) // so that nothing is missed across two reads
	}
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
