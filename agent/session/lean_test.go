// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"testing"
)

func TestUntouched(t *testing.T) {
	const smaps = `00400000-00403000 r--p 00000000 08:01 77 /usr/bin/handrail
Rss:                  12 kB
Anonymous:             0 kB
00403000-01498000 r-xp 00003000 08:01 77 /usr/bin/handrail
Anonymous:             0 kB
02a5e000-02a60000 r--p 0265e000 08:01 77 /usr/bin/handrail
Anonymous:             8 kB
02a60000-02b00000 rw-p 02660000 08:01 77 /usr/bin/handrail
Anonymous:             0 kB
c000000000-c000400000 rw-p 00000000 00:00 0
Anonymous:             0 kB
7f00000000-7f00001000 r-xp 00000000 08:01 78 /usr/lib/libc.so.6
Anonymous:             0 kB
`
	want := []region{{0x400000, 0x403000}, {0x403000, 0x1498000}}
	if got := untouched(smaps, "/usr/bin/handrail"); !slices.Equal(got, want) {
		t.Errorf("got %x, want %x", got, want)
	}
	for _, text := range []string{"", "Anonymous: 0 kB\n", "x-y r--p 0 0 0 /usr/bin/handrail\nAnonymous: 0 kB\n"} {
		if got := untouched(text, "/usr/bin/handrail"); len(got) != 0 {
			t.Errorf("%q: %x", text, got)
		}
	}
	GiveBack() // and everything goes on
	GiveBack()
}
