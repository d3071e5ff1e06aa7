// SPDX-License-Identifier: Apache-2.0

package guides

import (
	"bufio"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// service starts the e-service in a folder of e-service ("" is that folder itself) and gives its origin. It ends with the test.
func service(t *testing.T, name string) string {
	t.Helper()
	folder := filepath.Join("../../e-service", name)
	if testing.Short() {
		t.Skip("starts the e-service: not with -short")
	}
	if _, err := os.Stat(filepath.Join(folder, "node_modules")); err != nil {
		t.Skipf("the e-service is not installed: npm ci --ignore-scripts in %s", folder)
	}
	cmd := exec.Command("node", "start.mjs", "-port", "0")
	cmd.Dir = folder
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	lines := bufio.NewReader(stdout)
	first := make(chan string, 1)
	rest := make(chan string, 1)
	go func() {
		line, _ := lines.ReadString('\n')
		first <- line
		all, _ := io.ReadAll(lines)
		rest <- string(all)
	}()
	t.Cleanup(func() {
		stdin.Close() // what ends it
		more := <-rest
		if err := cmd.Wait(); err != nil || more != "" || said.Len() > 0 {
			t.Errorf("the service ended with %v and said %q %q", err, more, said.String())
		}
	})
	select {
	case line := <-first:
		address, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
		u, err := url.Parse(address)
		if !ok || err != nil || u.Host == "" {
			t.Fatalf("the service began with %q", line)
		}
		return u.Scheme + "://" + u.Host
	case <-time.After(2 * time.Minute):
		cmd.Process.Kill()
		t.Fatal("the service did not start within two minutes")
		return ""
	}
}
