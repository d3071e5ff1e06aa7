// SPDX-License-Identifier: Apache-2.0

package port

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestWatchSeesFoldersThatComeLater(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "serial", "by-id")
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- Wait(ctx, folder) }()
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	// A file, and a link to nothing, are no ports.
	if err := os.WriteFile(filepath.Join(folder, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(root, "nothing"), filepath.Join(folder, "dead")); err != nil {
		t.Fatal(err)
	}
	if c := Candidates(folder); len(c) != 0 {
		t.Fatalf("%q are ports", c)
	}
	if err := os.Symlink(os.DevNull, filepath.Join(folder, "a")); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(os.DevNull, filepath.Join(folder, "b")); err != nil {
		t.Fatal(err)
	}
	if l := List(folder); len(l) != 1 || l[0].Device != os.DevNull || l[0].Path != filepath.Join(folder, "a") {
		t.Errorf("one device behind two names: %+v", l)
	}
}

func TestWatchEnds(t *testing.T) {
	w := NewWatch(filepath.Join(t.TempDir(), "none"))
	defer w.Close()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for {
			if err := w.Next(ctx); err != nil {
				done <- err
				return
			}
		}
	}()
	cancel()
	select {
	case err := <-done:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it watches on")
	}
}

func TestGenerations(t *testing.T) {
	_, link := newPTY(t)
	one := open(t, Options{Path: link})
	one.Close()
	if two := open(t, Options{Path: link}); two.Generation() <= one.Generation() {
		t.Error("the second opening is no later generation")
	}
}
