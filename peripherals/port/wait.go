// SPDX-License-Identifier: Apache-2.0

package port

import (
	"context"
	"os"
	"time"
)

// lookEvery is how often Wait looks for a port. A look is one stat, so this is
// cheap, and it works for device nodes, symlinks and folders alike.
const lookEvery = 200 * time.Millisecond

// Wait returns nil once there is something at path, following symlinks, and
// ctx's error if that ends first.
func Wait(ctx context.Context, path string) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}
