// SPDX-License-Identifier: Apache-2.0

package session

import (
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// GiveBack returns memory to the machine that starting took: what the heap has left over, and those pages of the program's own file that
// were read once. A page that is needed after all is there again at the next touch; the file stays in the machine's cache for as long as
// there is room.
func GiveBack() {
	debug.FreeOSMemory()
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, r := range untouched(string(maps), program) {
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, r.from, r.to-r.from, unix.MADV_DONTNEED)
	}
}

// region is a part of this process's memory, from one address to before another.
type region struct{ from, to uintptr }

// untouched lists the regions that show a file as it is (proc_pid_smaps(5)): not writable now, and never written before.
func untouched(smaps, file string) (out []region) {
	var at region
	for line := range strings.Lines(smaps) {
		f := strings.Fields(line)
		if len(f) >= 5 && !strings.HasSuffix(f[0], ":") { // from-to permissions offset device inode [path]
			at = region{}
			from, to, _ := strings.Cut(f[0], "-")
			a, err := strconv.ParseUint(from, 16, 64)
			b, err2 := strconv.ParseUint(to, 16, 64)
			if err == nil && err2 == nil && len(f) == 6 && f[5] == file && !strings.Contains(f[1], "w") {
				at = region{uintptr(a), uintptr(b)}
			}
		}
		if at.to > 0 && len(f) == 3 && f[0] == "Anonymous:" && f[1] == "0" {
			out = append(out, at)
		}
	}
	return out
}
