// SPDX-License-Identifier: Apache-2.0

package residue

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Process looks at a process: its memory, its arguments and environment, and what waits unread in its sockets and pipes.
func (s *Search) Process(pid int) {
	number := strconv.Itoa(pid)
	if stat, err := os.ReadFile("/proc/" + number + "/stat"); err != nil || strings.Contains(string(stat), ") Z ") {
		return // it has ended, and has no memory any more
	}
	name := programOf(number) + " (" + number + ")"
	s.memory(pid, "memory of "+name)
	s.waiting(pid, name)
}

// Below looks at the files that a process can see and we cannot, where it has a file tree of its own: the given folders of
// it. A tree is looked at once, through the first process that shows it.
func (s *Search) Below(pid int, dirs ...string) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/mnt", pid))
	ours, _ := os.Readlink("/proc/self/ns/mnt")
	root := fmt.Sprintf("/proc/%d/root", pid)
	if err != nil || own == ours || s.trees[own] {
		return
	}
	if entries, err := os.ReadDir(root); err != nil || len(entries) == 0 {
		return // a page's process is shut into an empty folder
	}
	s.trees[own] = true
	for _, dir := range dirs {
		s.Folder(root + dir)
	}
}

// memory reads what of a process's memory may hold written data: everything readable but files mapped for reading.
func (s *Search) memory(pid int, where string) {
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	memory, err2 := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil || err2 != nil {
		s.unreadable(where)
		return
	}
	defer maps.Close()
	defer memory.Close()
	s.found.Processes++
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
			s.stretch(memory, where, run[0], run[1])
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
	const many = 8 << 16 // entries of a reserved range are read piece by piece
	var runs [][2]uint64
	entries := make([]byte, min(many, 8*((end-start)/page)))
	for at := start; at < end; {
		want := entries[:min(uint64(len(entries)), 8*((end-at)/page))]
		n, err := pages.ReadAt(want, int64(at/page*8))
		if n < len(want) && err != nil {
			return [][2]uint64{{start, end}}
		}
		for i := 0; i+8 <= len(want); i += 8 {
			if binary.LittleEndian.Uint64(want[i:])>>62 == 0 {
				continue
			}
			from := at + uint64(i/8)*page
			if last := len(runs) - 1; last >= 0 && runs[last][1] == from {
				runs[last][1] = from + page
			} else {
				runs = append(runs, [2]uint64{from, from + page})
			}
		}
		at += uint64(len(want)/8) * page
		if len(want) == 0 {
			break
		}
	}
	return runs
}

func (s *Search) stretch(memory *os.File, where string, start, end uint64) {
	for at := start; at < end; {
		n, err := memory.ReadAt(s.buffer[:min(uint64(len(s.buffer)), end-at)], int64(at))
		if n > 0 {
			s.Bytes(where, s.buffer[:n])
		}
		if err != nil && n == 0 {
			at += 4096 // a page that is not there
			continue
		}
		if at+uint64(n) >= end {
			return
		}
		at += uint64(max(n-s.patterns.longest, 1)) // so that nothing is missed across two reads
	}
}

// waiting looks at what a process has been sent and has not read yet, without taking it away: sockets by MSG_PEEK, pipes by
// tee(2). It needs the same right as reading memory.
func (s *Search) waiting(pid int, name string) {
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return
	}
	defer unix.Close(pidfd)
	for _, e := range entries {
		target, err := os.Readlink(dir + "/" + e.Name())
		if err != nil {
			continue
		}
		kind, _, _ := strings.Cut(target, ":")
		if kind != "socket" && kind != "pipe" {
			continue
		}
		number, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		fd, err := unix.PidfdGetfd(pidfd, number, 0)
		if err != nil {
			s.unreadable(kind + " of " + name)
			continue
		}
		s.found.Sockets++
		if kind == "socket" {
			s.peek(fd, "socket of "+name)
		} else {
			s.tee(fd, "pipe of "+name)
		}
		unix.Close(fd)
	}
}

func (s *Search) peek(fd int, where string) {
	n, _, err := unix.Recvfrom(fd, s.buffer, unix.MSG_PEEK|unix.MSG_DONTWAIT)
	if err == nil && n > 0 {
		s.Bytes(where, s.buffer[:n])
	}
}

func (s *Search) tee(fd int, where string) {
	var pair [2]int
	if unix.Pipe2(pair[:], unix.O_CLOEXEC|unix.O_NONBLOCK) != nil {
		return
	}
	defer unix.Close(pair[0])
	defer unix.Close(pair[1])
	_, _ = unix.FcntlInt(uintptr(pair[1]), unix.F_SETPIPE_SZ, len(s.buffer))
	n, err := unix.Tee(fd, pair[1], len(s.buffer), unix.SPLICE_F_NONBLOCK)
	if err != nil || n == 0 {
		return
	}
	if got, err := unix.Read(pair[0], s.buffer); err == nil && got > 0 {
		s.Bytes(where, s.buffer[:got])
	}
}
