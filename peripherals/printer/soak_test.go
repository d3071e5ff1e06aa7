// SPDX-License-Identifier: Apache-2.0

package printer

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// soak is how often something is done: as the environment says, or usually, or in a hurry.
func soak(t *testing.T, variable string, usual, short int) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv(variable)); err == nil && n > 1 {
		return n
	}
	if testing.Short() {
		return short
	}
	return usual
}

func resident(t *testing.T) int {
	t.Helper()
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Skip(err)
	}
	var size, pages int
	if _, err := fmt.Sscan(string(data), &size, &pages); err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}

func descriptors(t *testing.T) int {
	t.Helper()
	all, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	return len(all)
}
