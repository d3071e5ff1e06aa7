// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"handrail/agent/store"
)

func commandOf(pid int) string {
	command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	words := strings.Split(strings.TrimRight(string(command), "\x00"), "\x00")
	return strings.Join(words[:min(len(words), 2)], " ")
}

// socket is one that listens for TCP connections.
type socket struct {
	net     string // the network namespace that it is in
	address netip.AddrPort
	owners  []string
}

// listening checks what the terminal's processes listen on while a session is open: one loopback port, that of the egress
// proxy, and inside the browser's own network one loopback port that leads there.
func (p *play) listening() error {
	pids := family(p.j.agent.pid())
	if len(pids) < 6 {
		return fmt.Errorf("only %d processes of the terminal are there", len(pids))
	}
	here, err := os.Readlink("/proc/self/ns/net")
	if err != nil {
		return err
	}
	outside, inside, browsers := 0, map[string]int{}, 0
	for _, s := range listeners(pids) {
		if !s.address.Addr().IsLoopback() {
			return fmt.Errorf("%v listens on %s", s.owners, s.address)
		}
		if s.net == here {
			outside++
			for _, owner := range s.owners {
				if !strings.Contains(owner, " agent") && !strings.Contains(owner, " worker") {
					return fmt.Errorf("%s listens on %s", owner, s.address)
				}
			}
			continue
		}
		inside[s.net]++
	}
	for _, pid := range pids {
		if isBrowser(pid) {
			browsers++
		}
	}
	if browsers == 0 {
		return errors.New("no browser is among the terminal's processes")
	}
	if outside < 1 || outside > 2 { // the proxy of the session, and of the spare where each has its own
		return fmt.Errorf("the terminal listens on %d ports, where only the egress proxy's is to be", outside)
	}
	for ns, n := range inside {
		if n != 1 {
			return fmt.Errorf("%d ports are listened on in the browser's own network %s", n, ns)
		}
	}
	return nil
}

// listeners are the listening TCP sockets of processes, each in its own network.
func listeners(pids []int) []socket {
	byInode := map[string]*socket{}
	var order []*socket
	networks := map[string]bool{}
	for _, pid := range pids {
		ns, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", pid))
		if err != nil || networks[ns] {
			continue
		}
		networks[ns] = true
		for _, table := range []string{"tcp", "tcp6"} {
			for inode, address := range listenTable(fmt.Sprintf("/proc/%d/net/%s", pid, table)) {
				byInode[inode] = &socket{net: ns, address: address}
			}
		}
	}
	for _, pid := range pids {
		links, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
		for _, link := range links {
			target, _ := os.Readlink(link)
			inode, ok := strings.CutPrefix(target, "socket:[")
			if s := byInode[strings.TrimSuffix(inode, "]")]; ok && s != nil {
				if len(s.owners) == 0 {
					order = append(order, s)
				}
				s.owners = append(s.owners, fmt.Sprintf("%d %s", pid, commandOf(pid)))
			}
		}
	}
	var out []socket
	for _, s := range order {
		out = append(out, *s)
	}
	return out
}

// listenTable reads /proc/PID/net/tcp or tcp6: the addresses in state LISTEN (0A) by inode. See proc_pid_net(5).
func listenTable(path string) map[string]netip.AddrPort {
	out := map[string]netip.AddrPort{}
	f, err := os.Open(path)
	if err != nil {
		return out
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) < 10 || fields[3] != "0A" {
			continue
		}
		host, port, _ := strings.Cut(fields[1], ":")
		number, err := strconv.ParseUint(port, 16, 16)
		if err != nil || len(host)%8 != 0 {
			continue
		}
		var raw []byte
		for i := 0; i < len(host); i += 8 { // words of the host's byte order, which is little-endian here
			word, _ := strconv.ParseUint(host[i:i+8], 16, 32)
			raw = append(raw, byte(word), byte(word>>8), byte(word>>16), byte(word>>24))
		}
		if address, ok := netip.AddrFromSlice(raw); ok {
			out[fields[9]] = netip.AddrPortFrom(address.Unmap(), uint16(number))
		}
	}
	return out
}

// unsent counts what the terminal keeps for the hub.
func (p *play) unsent() (int, error) {
	s, err := store.Open(p.j.path("terminal", "terminal.db"))
	if err != nil {
		return 0, err
	}
	defer s.Close()
	rows, err := s.Pending()
	return len(rows), err
}
