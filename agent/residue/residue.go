// SPDX-License-Identifier: Apache-2.0

// Package residue looks for what is left of a person: known values, in every form in which programs keep text, in files,
// in the memory of processes and in what waits in their sockets and pipes. It finds places and never repeats a value.
package residue

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Finding is one place in which a value was found. It names the value, and never holds it.
type Finding struct {
	Name  string `json:"name"`
	Where string `json:"where"` // "memory of PROGRAM (PID)", "SOCKET of PROGRAM (PID)" or a path
}

// Findings are the result of a search, and how much was looked at.
type Findings struct {
	Found      []Finding `json:"found"`
	Files      int       `json:"files"`
	Processes  int       `json:"processes"`
	Sockets    int       `json:"sockets"` // and pipes
	Bytes      int64     `json:"bytes"`
	Unreadable []string  `json:"unreadable"` // what this user may not read
}

// Names are the values that were found somewhere.
func (f Findings) Names() map[string]bool {
	names := map[string]bool{}
	for _, found := range f.Found {
		names[found.Name] = true
	}
	return names
}

// Search is a search going on. It is for one goroutine.
type Search struct {
	patterns patterns
	found    Findings
	seen     map[Finding]bool
	trees    map[string]bool // file trees of other processes that were looked at
	buffer   []byte
}

// shortest is the length, in bytes, below which a value could be there by chance.
const shortest = 8

// New begins a search for values by their names. Values of less than eight bytes are left out.
func New(values map[string]string) *Search {
	s := &Search{seen: map[Finding]bool{}, trees: map[string]bool{}, buffer: make([]byte, 1<<20)}
	s.found.Found, s.found.Unreadable = []Finding{}, []string{}
	for name, value := range values {
		if len(value) >= shortest {
			s.patterns.add(name, value)
		}
	}
	s.patterns.prepare()
	return s
}

// Findings is what was found so far.
func (s *Search) Findings() Findings { return s.found }

// Bytes looks at some bytes.
func (s *Search) Bytes(where string, data []byte) {
	s.found.Bytes += int64(len(data))
	s.patterns.find(data, func(name string) {
		f := Finding{name, where}
		if !s.seen[f] {
			s.seen[f] = true
			s.found.Found = append(s.found.Found, f)
		}
	})
}

// Folder looks at every regular file under a folder, and at the names of all that is in it. A folder that is not there holds
// nothing.
func (s *Search) Folder(dir string) {
	_ = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			if !os.IsNotExist(err) {
				s.found.Unreadable = append(s.found.Unreadable, path)
			}
			return nil
		}
		s.Bytes(path, []byte(e.Name()))
		if e.Type().IsRegular() {
			s.file(path)
		}
		return nil
	})
}

func (s *Search) file(path string) {
	f, err := os.Open(path)
	if err != nil {
		if !os.IsNotExist(err) && !errors.Is(err, syscall.ENXIO) { // a socket mounted over a file is none
			s.found.Unreadable = append(s.found.Unreadable, path)
		}
		return
	}
	defer f.Close()
	s.found.Files++
	kept := 0 // the end of what was read before, so that nothing is missed across two reads
	for {
		n, err := io.ReadFull(f, s.buffer[kept:])
		s.Bytes(path, s.buffer[:kept+n])
		if err != nil {
			return
		}
		kept = copy(s.buffer, s.buffer[len(s.buffer)-s.patterns.longest:])
	}
}

// unreadable notes once what this user may not read.
func (s *Search) unreadable(what string) {
	if !slices.Contains(s.found.Unreadable, what) {
		s.found.Unreadable = append(s.found.Unreadable, what)
	}
}

// programOf is a process's program and, for a program with several parts, which of them it is. Chromium writes its command
// line anew, with blanks between the words.
func programOf(pid string) string {
	line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
	words := strings.FieldsFunc(string(line), func(r rune) bool { return r == 0 || r == ' ' })
	program, err := os.Readlink("/proc/" + pid + "/exe")
	if err != nil && len(words) > 0 {
		program = words[0]
	}
	name := filepath.Base(strings.TrimSuffix(program, " (deleted)"))
	for _, word := range words {
		if kind, ok := strings.CutPrefix(word, "--type="); ok {
			return name + " " + kind
		}
	}
	if len(words) > 1 && !strings.ContainsAny(words[1][:1], "-/") {
		name += " " + words[1]
	}
	return name
}
