// SPDX-License-Identifier: Apache-2.0

package residue

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The value is put together when it is needed, so that this program itself does not hold it as one.
func value() string { return strings.Join([]string{"Zw", "qu", "ib", "ble", "vor", "tex", "+7"}, "") }

func found(f Findings) []string {
	var where []string
	for _, one := range f.Found {
		where = append(where, one.Name+" "+one.Where)
	}
	slices.Sort(where)
	return where
}

func TestEveryFormIsFound(t *testing.T) {
	v := value()
	forms := map[string][]byte{
		"plain": []byte(v), "capitals": []byte(strings.ToUpper(v)), "small": []byte(strings.ToLower(v)), "wide": wide(v), "wide capitals": wide(strings.ToUpper(v)),
		"address": []byte(url.QueryEscape(v)), "hex": []byte(hex.EncodeToString([]byte(v))), "wide in hex": []byte(hex.EncodeToString(wide(v))),
	}
	for before := range 3 {
		for after := range 3 {
			text := strings.Repeat("a", before) + v + strings.Repeat("b", after)
			forms[fmt.Sprintf("base64 %d %d", before, after)] = []byte(base64.StdEncoding.EncodeToString([]byte(text)))
			forms[fmt.Sprintf("raw base64 %d %d", before, after)] = []byte(base64.RawStdEncoding.EncodeToString([]byte(text)))
		}
	}
	for name, form := range forms {
		for _, pad := range []int{0, 1, 2, 3, 100} {
			s := New(map[string]string{"v": v})
			s.Bytes("here", slices.Concat(make([]byte, pad), form, make([]byte, pad)))
			if !s.Findings().Names()["v"] {
				t.Errorf("%s is not found behind %d bytes", name, pad)
			}
		}
	}
	s := New(map[string]string{"v": v, "short": "abcdefg"})
	s.Bytes("here", []byte(v[:len(v)-1]+" "+"abcdefg"))
	if len(s.Findings().Found) != 0 {
		t.Errorf("found what is not there: %v", s.Findings())
	}
}

// One pass finds what looking for each pattern by itself finds.
func FuzzPatterns(f *testing.F) {
	f.Add(uint64(1), []byte("xxabcabcabdyy"))
	f.Fuzz(func(t *testing.T, seed uint64, data []byte) {
		r := rand.New(rand.NewPCG(seed, 0))
		var p patterns
		for n := range 1 + r.IntN(5) {
			one := make([]byte, 2+r.IntN(6))
			for i := range one {
				one[i] = byte('a' + r.IntN(3))
			}
			p.all = append(p.all, pattern{fmt.Sprint(n), one})
		}
		p.prepare()
		got := map[string]bool{}
		p.find(data, func(name string) { got[name] = true })
		for _, one := range p.all {
			if want := bytes.Contains(data, one.bytes); got[one.name] != want {
				t.Errorf("%q in %q: %v, want %v", one.bytes, data, got[one.name], want)
			}
		}
	})
}

func TestFilesAreReadAcrossTheBuffer(t *testing.T) {
	dir, v := t.TempDir(), value()
	for name, at := range map[string]int{"begin": 0, "edge": 1<<20 - 5, "later": 2<<20 + 77, "end": 3<<20 - len(v)} {
		data := make([]byte, 3<<20)
		copy(data[at:], v)
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "of "+strings.ToLower(v)), 0o700); err != nil {
		t.Fatal(err)
	}
	s := New(map[string]string{"v": v})
	s.Folder(dir)
	s.Folder(filepath.Join(dir, "nowhere"))
	want := []string{"v " + dir + "/begin", "v " + dir + "/edge", "v " + dir + "/end", "v " + dir + "/later", "v " + dir + "/of " + strings.ToLower(v)}
	if got := found(s.Findings()); !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
	if f := s.Findings(); f.Files != 4 || len(f.Unreadable) != 0 {
		t.Errorf("%+v", f)
	}
}

// A process is searched in its memory, in what waits in its pipes and in what waits in its sockets; what is there stays there.
func TestProcess(t *testing.T) {
	v := value()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	near, far := os.NewFile(uintptr(pair[0]), "near"), os.NewFile(uintptr(pair[1]), "far")
	defer near.Close()
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	cmd := exec.Command("sleep", "600")
	cmd.Env = []string{"WHO=" + v}
	cmd.ExtraFiles = []*os.File{read, far}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	read.Close()
	far.Close()
	for range 2 {
		if _, err := write.WriteString("in a pipe " + v); err != nil {
			t.Fatal(err)
		}
		if _, err := near.WriteString("in a socket " + v); err != nil {
			t.Fatal(err)
		}
		for range 2 { // looking takes nothing away
			s := New(map[string]string{"v": v})
			s.Process(cmd.Process.Pid)
			name := fmt.Sprintf("of sleep 600 (%d)", cmd.Process.Pid)
			want := []string{"v memory " + name, "v pipe " + name, "v socket " + name}
			if got := found(s.Findings()); !slices.Equal(got, want) {
				t.Fatalf("%v, %+v", got, s.Findings().Unreadable)
			}
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	s := New(map[string]string{"v": v})
	s.Process(cmd.Process.Pid)
	if f := s.Findings(); len(f.Found) != 0 || f.Processes != 0 {
		t.Errorf("a process that is gone was searched: %+v", f)
	}
}
