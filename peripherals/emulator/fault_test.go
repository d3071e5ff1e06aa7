// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"testing"
)

func TestFaultScripts(t *testing.T) {
	f, err := ParseFaults("1 flip 9; every/3 noise 2\n4 lose; 5 refuse; 6 time 2; 7 gone; 8 cut 1; 9 after 1; 10 late 1ms; 11 unplug")
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{
		0: "ab", 1: "a`", 2: "\x41\x8aab", 4: "", 5: "\x03\x15\x16", 6: "\x80\x80ab", 7: "\x50\x02ab", 8: "\x41\x8aa", 9: "ab\x41", 10: "ab", 11: "",
	} {
		if got := f.Reply(n, []byte("ab")); !bytes.Equal(got, []byte(want)) {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	for _, bad := range []string{"x flip", "1", "1 explode", "every/0 flip", "1 flip x", "-1 flip", "1 late 5", "1 lose 3", "1 flip 1 1"} {
		if _, err := ParseFaults(bad); err == nil {
			t.Errorf("%q is a script", bad)
		}
	}
}

func TestReaderKinds(t *testing.T) {
	if _, err := NewReader(ReaderOptions{Kind: "telepathy"}); err == nil {
		t.Error("there is a reader of thoughts")
	}
	for _, kind := range ReaderKinds {
		r, err := NewReader(ReaderOptions{Kind: kind})
		if err != nil {
			t.Fatal(err)
		}
		r.Insert(Cards()[0])
		r.Remove()
		r.Close()
	}
}

// Whatever is sent to an emulated reader, it goes on.
func FuzzCommands(f *testing.F) {
	f.Add([]byte{0x00, 0x00, 0xFF, 0x02, 0xFE, 0xD4, 0x02, 0x2A, 0x00})
	f.Add([]byte{0x02, 0x62, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x63, 0x03})
	f.Fuzz(func(t *testing.T, in []byte) {
		r := &Reader{sock: &socket{}, seen: map[string]int{}, pullAfter: -1}
		blocks := newCardBlocks(1, 32, func([]byte) []byte { return swOK })
		blocks.take(in)
		for rest := in; len(rest) > 0; {
			next, command := cutPN(rest)
			if command != nil {
				r.chip(command)
			}
			if len(next) >= len(rest) {
				break
			}
			rest = next
		}
		for rest := in; len(rest) > 0; {
			next, msg, _ := cutACRCommand(rest)
			if msg != nil {
				r.acrReply(msg)
			}
			if len(next) >= len(rest) {
				break
			}
			rest = next
		}
	})
}
