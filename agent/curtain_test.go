// SPDX-License-Identifier: Apache-2.0

package agent

import (
	"image"
	"image/color"
	"os"
	"path/filepath"
	"testing"
)

// The curtain of one start is there for the next; a file that is none is not shown.
func TestCurtainIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, curtainFile)
	if _, err := readCurtain(path); !os.IsNotExist(err) {
		t.Errorf("before the first start: %v", err)
	}
	picture := image.NewRGBA(image.Rect(0, 0, 64, 40))
	picture.Set(3, 2, color.RGBA{0xfa, 0xf9, 0xf4, 0xff})
	a := New(Options{Config: Config{Dir: dir}})
	for range 2 {
		if err := a.keepCurtain(picture); err != nil {
			t.Fatal(err)
		}
		got, err := readCurtain(path)
		if err != nil || got.Bounds() != picture.Bounds() || color.RGBAModel.Convert(got.At(3, 2)) != color.RGBAModel.Convert(picture.At(3, 2)) {
			t.Errorf("another picture came back: %v", err)
		}
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files are there", len(entries))
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	huge := append([]byte(nil), whole...)
	copy(huge[16:24], []byte{0, 1, 0, 0, 0, 1, 0, 0}) // 65536 x 65536
	for _, data := range [][]byte{{}, []byte("no picture"), whole[:len(whole)/2], huge} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readCurtain(path); err == nil {
			t.Errorf("%d bytes were taken for a picture", len(data))
		}
	}
}

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
