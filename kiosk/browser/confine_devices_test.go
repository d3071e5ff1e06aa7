// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A browser of another user hears and speaks through the machine's sound card, and has no other group.
func TestConfinedReachesSound(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes devices and other users' browsers")
	}
	dir := t.TempDir()
	device := func(name string, kind, mode uint32, gid int) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := unix.Mknod(path, kind, int(unix.Mkdev(1, 3))); err != nil {
			t.Skip("this machine lets nobody make a device: ", err)
		}
		if err := os.Chown(path, 0, gid); err != nil {
			t.Fatal(err)
		}
		if err := unix.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	device("controlC0", unix.S_IFCHR, 0o660, 4242)
	device("pcmC0D0p", unix.S_IFCHR, 0o660, 4242)
	device("video0", unix.S_IFCHR, 0o660, 4141)
	device("of-root", unix.S_IFCHR, 0o660, 0)
	device("for-reading", unix.S_IFCHR, 0o640, 4343)
	device("file", unix.S_IFREG, 0o660, 4444)
	devices := heardAndSeen
	heardAndSeen = []string{dir + "/*"}
	t.Cleanup(func() { heardAndSeen = devices })

	if got, want := deviceGroups(heardAndSeen), []uint32{4141, 4242}; !slices.Equal(got, want) {
		t.Errorf("groups %v, want %v", got, want)
	}
	out, _ := confined(t, Confinement{UID: FreeUID()}, "cat /proc/self/status")
	if !strings.Contains(out, "Groups:\t4141 4242 \n") {
		t.Errorf("not the groups of sound card and camera:\n%s", out)
	}
}
