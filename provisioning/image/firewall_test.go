// SPDX-License-Identifier: Apache-2.0

package image

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFirewallRefusesToCutOffTheMachine(t *testing.T) {
	for _, o := range []FirewallOptions{{FirstUser: 0, LastUser: 500}, {FirstUser: 2000, LastUser: 1000}, {FirstPort: 80, LastPort: 90}, {FirstPort: 3000, LastPort: 70000}} {
		if _, err := Firewall(o); err == nil {
			t.Errorf("%+v was taken", o)
		}
	}
}

const insideEnv = "HANDRAIL_TEST_FIREWALL"

// The rules are loaded with nft into a network that only this test has, and tried by processes of other users.
func TestFirewallByUser(t *testing.T) {
	switch os.Getenv(insideEnv) {
	case "dial":
		os.Exit(dialAll())
	case "network":
		insideNetwork(t)
		return
	}
	if os.Geteuid() != 0 {
		t.Skip("only root can be other users")
	}
	if _, err := exec.LookPath("nft"); err != nil {
		t.Skipf("nftables is not installed: %v", err)
	}
	cmd := exec.Command("/proc/self/exe", "-test.run=^TestFirewallByUser$", "-test.v")
	cmd.Env = append(os.Environ(), insideEnv+"=network")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET, Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Skipf("no network of its own here: %v", err)
		}
		t.Fatalf("%v\n%s", err, out)
	}
	if !strings.Contains(string(out), "--- PASS: TestFirewallByUser") {
		t.Fatalf("it did not run:\n%s", out)
	}
}

// insideNetwork builds a small world: the proxy's port, another port, the office's network, a name server, both kinds of address.
func insideNetwork(t *testing.T) {
	run := func(stdin string, name string, args ...string) {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s %q: %v: %s", name, args, err, out)
		}
	}
	run("", "ip", "link", "set", "lo", "up")
	run("", "ip", "addr", "add", "192.168.7.1/24", "dev", "lo")
	run("", "ip", "addr", "add", "11.0.0.1/24", "dev", "lo")
	rules, err := Firewall(FirewallOptions{})
	if err != nil {
		t.Fatal(err)
	}
	proxy := fmt.Sprintf("127.0.0.1:%d", FirstProxyPort)
	places := []string{proxy, "127.0.0.1:8080", "[::1]:" + strconv.Itoa(FirstProxyPort), fmt.Sprintf("192.168.7.1:%d", FirstProxyPort), "192.168.7.1:80", "11.0.0.1:443"}
	for _, place := range places {
		l, err := net.Listen("tcp", place)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				io.WriteString(c, "hello\n")
				c.Close()
			}
		}()
	}
	heard := make(chan string, 64)
	for _, place := range []string{"127.0.0.1:53", "11.0.0.1:53"} {
		c, err := net.ListenPacket("udp", place)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		go func() {
			buf := make([]byte, 100)
			for {
				n, _, err := c.ReadFrom(buf)
				if err != nil {
					return
				}
				heard <- string(buf[:n])
			}
		}()
	}
	try := func(uid int) map[string]bool {
		t.Helper()
		cmd := exec.Command("/proc/self/exe", append([]string{"-test.run=^TestFirewallByUser$", "--"}, places...)...)
		cmd.Env = []string{insideEnv + "=dial", "TRY_UID=" + strconv.Itoa(uid)}
		cmd.Dir = "/"
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("user %d: %v\n%s", uid, err, out)
		}
		reached := map[string]bool{}
		for line := range strings.Lines(string(out)) {
			reached[strings.TrimSpace(line)] = true
		}
		return reached
	}
	browser := FirstUser + 5
	if before := try(browser); len(before) != len(places) {
		t.Fatalf("without rules only %v were reached: the test does not see what it should", before)
	}
	drain(heard, 2)
	for range 2 { // loaded again they are the same
		run(string(rules), "nft", "-f", "-")
	}
	if got := try(browser); len(got) != 1 || !got[proxy] {
		t.Errorf("the browser's user reached %v, want the proxy alone", got)
	}
	select {
	case name := <-heard:
		t.Errorf("a name server heard %q", name)
	case <-time.After(100 * time.Millisecond):
	}
	for _, other := range []int{0, 1000, LastUser + 1} {
		if got := try(other); len(got) != len(places) {
			t.Errorf("user %d, whom the rules do not concern, reached %v only", other, got)
		}
		drain(heard, 2)
	}
	out, err := exec.Command("nft", "list", "table", "inet", FirewallTable).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "counter packets ") || strings.Contains(string(out), "counter packets 0 ") {
		t.Errorf("what was tried was not counted: %v\n%s", err, out)
	}
	if !FirewallHolds(string(out)) {
		t.Errorf("the rules that are loaded are not known again:\n%s", out)
	}
	if FirewallHolds(strings.ReplaceAll(string(out), "61999", "61000")) {
		t.Error("rules for one user count as rules for all")
	}
}

func drain(c chan string, n int) {
	for range n {
		select {
		case <-c:
		case <-time.After(2 * time.Second):
		}
	}
}

// dialAll is the process of a user: it prints every place that it reached, and sends a question to every name server.
func dialAll() int {
	for _, server := range []string{"127.0.0.1:53", "11.0.0.1:53"} {
		if c, err := net.Dial("udp", server); err == nil {
			fmt.Fprintf(c, "asked by %s", os.Getenv("TRY_UID"))
			c.Close()
		}
	}
	for i, arg := range os.Args {
		if arg != "--" {
			continue
		}
		for _, place := range os.Args[i+1:] {
			c, err := net.DialTimeout("tcp", place, time.Second)
			if err != nil {
				continue
			}
			c.SetDeadline(time.Now().Add(time.Second))
			if words, _ := io.ReadAll(c); string(words) == "hello\n" {
				fmt.Println(place)
			}
			c.Close()
		}
	}
	return 0
}
