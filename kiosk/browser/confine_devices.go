// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"
)

// heardAndSeen are the devices that a browser's user of its own must reach, or the terminal is mute and blind: sound cards (speech, calls) and
// cameras. Which pages may use them is decided by the policy.
var heardAndSeen = []string{"/dev/snd/*", "/dev/video*"}

// deviceGroups gives the groups that may read and write character devices, in order and each once. Root's own group is never among them: what
// it alone may reach stays out of reach.
func deviceGroups(patterns []string) []uint32 {
	var groups []uint32
	for _, pattern := range patterns {
		found, _ := filepath.Glob(pattern) // the only error is a bad pattern
		for _, path := range found {
			var st unix.Stat_t
			if unix.Stat(path, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFCHR {
				continue
			}
			if st.Mode&0o060 == 0o060 && st.Gid != 0 && !slices.Contains(groups, st.Gid) {
				groups = append(groups, st.Gid)
			}
		}
	}
	slices.Sort(groups)
	return groups
}
