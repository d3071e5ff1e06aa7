// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// TestMain lets the test's program stand in for handrail where a process of ours is started as a command, and puts away
// the binary that the journeys had built.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[1], "-test.") {
		os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	status := m.Run()
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(status)
}

var builtIn string // folder of the binary, once there is one

// handrail is the path of the real program, built once from the sources as they are: with the race detector when the test
// has it.
var handrail = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "handrail-test")
	if err != nil {
		return "", err
	}
	builtIn = dir
	path := filepath.Join(dir, "handrail")
	args := []string{"build", "-o", path}
	if raced {
		args = append(args, "-race")
	}
	if out, err := exec.Command("go", append(args, ".")...).CombinedOutput(); err != nil {
		return "", fmt.Errorf("building handrail: %w\n%s", err, out)
	}
	return path, nil
})
