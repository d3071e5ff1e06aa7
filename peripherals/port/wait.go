// SPDX-License-Identifier: Apache-2.0

package port

import (
	"context"
	"os"
)

// Wait returns nil once there is something at path, following symlinks, and
// ctx's error if that ends first. A folder counts once there is something in it.
func Wait(ctx context.Context, path string) error {
	w := NewWatch(path)
	defer w.Close()
	for {
		if len(Candidates(path)) > 0 {
			return nil
		}
		if err := w.Next(ctx); err != nil {
			return err
		}
	}
}

// Candidates are the ports at path: itself, or what is in it if it is a folder;
// none if there is nothing.
func Candidates(path string) []string {
	fi, err := os.Stat(path)
	if err != nil {
		return nil
	}
	if !fi.IsDir() {
		return []string{path}
	}
	return inFolder(path)
}
