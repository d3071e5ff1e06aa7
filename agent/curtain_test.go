// SPDX-License-Identifier: Apache-2.0

package agent

import "testing"

func TestSparesNeedMemory(t *testing.T) {
	total, ok := machineMemory()
	if !ok || total < 100 {
		t.Fatalf("this machine has %d MB, %v", total, ok)
	}
	for _, c := range []struct {
		name string
		b    BrowserConfig
		want bool
	}{
		{"enough", BrowserConfig{SpareFrom: total}, false},
		{"too little", BrowserConfig{SpareFrom: total + 1}, true},
		{"always", BrowserConfig{}, false},
		{"never", BrowserConfig{NoSpare: true}, true},
	} {
		if got := New(Options{Config: Config{Browser: c.b}}).spareless(); got != c.want {
			t.Errorf("%s: without a spare: %v", c.name, got)
		}
	}
	for text, want := range map[string]int{"MemTotal:        2048000 kB\nMemFree: 1 kB\n": 2000, "": 0, "MemTotal: much\n": 0} {
		if mb, ok := memoryOf(text); mb != want || ok != (want > 0) {
			t.Errorf("%q: %d MB, %v", text, mb, ok)
		}
	}
}
