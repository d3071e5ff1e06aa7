// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test program is its own launcher.
func init() {
	if len(os.Args) > 1 && os.Args[1] == LauncherCommand {
		os.Exit(EnterConfinement(os.Args[2:]))
	}
}

// confined runs a shell script in the place of a browser and returns what it
// said, with the cell, which is killed at the end of the test.
func confined(t *testing.T, c Confinement, script string) (string, *Cell) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", script)
	cell, err := Confine(cmd, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cell.Kill(); err != nil {
			t.Error(err)
		}
	})
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return string(out), cell
}

func protection(t *testing.T, cell *Cell, name string) Protection {
	t.Helper()
	for _, p := range cell.Protections() {
		if p.Name == name {
			if p.Why == "" {
				t.Errorf("protection %q has no sentence", name)
			}
			return p
		}
	}
	t.Fatalf("no protection %q", name)
	return Protection{}
}

// wants skips a test on a machine that does not allow the layer, and says so.
func wants(t *testing.T, layer func(layers) bool) {
	t.Helper()
	l, why := possibleLayers([]string{"/proc/self/exe", LauncherCommand})
	if !layer(l) {
		t.Skipf("this machine does not allow it: %s", why)
	}
}

func TestConfinedHasNoRights(t *testing.T) {
	devices := heardAndSeen
	heardAndSeen = nil
	t.Cleanup(func() { heardAndSeen = devices })
	out, cell := confined(t, Confinement{UID: FreeUID()}, "cat /proc/self/status; ulimit -c; umask; env")
	for _, line := range []string{"CapInh:\t0000000000000000", "CapPrm:\t0000000000000000", "CapEff:\t0000000000000000", "CapAmb:\t0000000000000000", "NoNewPrivs:\t1"} {
		if !strings.Contains(out, line+"\n") {
			t.Errorf("no line %q in\n%s", line, out)
		}
	}
	if !strings.Contains(out, "\n0\n0077\n") {
		t.Errorf("core files or permissions are left on:\n%s", out)
	}
	if strings.Contains(out, launchedEnv) || strings.Contains(out, "GOPATH=") || strings.Contains(out, "USER=") {
		t.Errorf("our environment is handed on:\n%s", out)
	}
	if os.Geteuid() == 0 {
		if !strings.Contains(out, "CapBnd:\t0000000000000000\n") || !strings.Contains(out, "Groups:\t \n") {
			t.Errorf("rights are left:\n%s", out)
		}
		uid := strconv.Itoa(cell.c.UID)
		if !strings.Contains(out, "Uid:\t"+strings.Join([]string{uid, uid, uid, uid}, "\t")+"\n") {
			t.Errorf("not user %s:\n%s", uid, out)
		}
		if !protection(t, cell, "separate unix user").On {
			t.Error("the separate user is not reported")
		}
	}
}

func TestConfinedSeesItsOwnFiles(t *testing.T) {
	wants(t, func(l layers) bool { return l.Mounts })
	hidden := t.TempDir()
	if err := os.WriteFile(filepath.Join(hidden, "identity.key"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := mounts(t)
	policy := `{"URLBlocklist":["*"]}`
	out, cell := confined(t, Confinement{UID: FreeUID(), Policy: []byte(policy), Hide: []string{hidden, "/var/log"}, Env: []string{"LANG=ar"}},
		`echo home=$HOME; ls -A $HOME /home /run /tmp /var/log /dev/shm /root; ls `+hidden+`; cat /etc/chromium/policies/managed/*;
		echo; echo x > /etc/chromium/x; echo x > $HOME/canary && echo lang=$LANG; echo x > /tmp/canary; echo x > /dev/shm/canary`+" 2>&1; exit 0")
	if strings.Contains(out, "identity.key") {
		t.Errorf("the hidden folder is seen:\n%s", out)
	}
	if !strings.Contains(out, policy) || !strings.Contains(out, "home="+cellHome) || !strings.Contains(out, "lang=ar") {
		t.Errorf("policy, home or language is missing:\n%s", out)
	}
	for _, path := range []string{"/tmp/canary", "/dev/shm/canary", cellHome, "/etc/chromium/policies/managed/handrail.json", "/etc/chromium/x"} {
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s is seen outside", path)
		}
	}
	if after := mounts(t); after != before {
		t.Errorf("mounts changed outside:\n%s\n%s", before, after)
	}
	for _, name := range []string{"private mounts", "tmpfs", "managed policy"} {
		if p := protection(t, cell, name); !p.On {
			t.Errorf("%s is off: %s", name, p.Why)
		}
	}
	if p := protection(t, cell, "firewall"); p.On {
		t.Error("a firewall is reported that nobody set up")
	}
}

func mounts(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestConfinedReachesOnlyTheProxy(t *testing.T) {
	wants(t, func(l layers) bool { return l.Network })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "proxy for %s", r.URL) })}
	go server.Serve(l)
	defer server.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("needs bash to open connections")
	}
	script := `bash -c '
		ask() { exec 5<>/dev/tcp/$1/$2 && printf "GET http://service.example/ HTTP/1.0\r\n\r\n" >&5 && cat <&5 && exec 5>&-; }
		(ask 127.0.0.1 3128); echo; echo direct:; (ask 127.0.0.1 ` + port + `) 2>/dev/null || echo refused; ls /sys/class/net >/dev/null; cat /proc/net/dev'`
	out, cell := confined(t, Confinement{UID: FreeUID(), Proxy: l.Addr().String()}, script)
	if !strings.Contains(out, "proxy for http://service.example/") {
		t.Errorf("the proxy is not reached:\n%s", out)
	}
	if !strings.Contains(out, "direct:\nrefused") || strings.Count(out, "proxy for") != 1 {
		t.Errorf("the machine's own ports are reached:\n%s", out)
	}
	if _, table, _ := strings.Cut(out, "Inter-|"); !strings.Contains(table, "lo:") || strings.Count(table, ":") != 1 {
		t.Errorf("more than a loopback interface:\n%s", out)
	}
	if p := protection(t, cell, "private network"); !p.On {
		t.Error(p.Why)
	}
}

// Files that are handed to the command keep their numbers: the DevTools pipe.
func TestConfinedKeepsItsPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	back, backW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	cmd := exec.Command("/bin/sh", "-c", "cat <&3 >&4; ls /proc/self/fd >&4; echo $0 $@ >&4", "zero", "--user-data-dir=/elsewhere", "--proxy-server=elsewhere", "--keep", "about:blank")
	cmd.ExtraFiles = []*os.File{r, backW}
	cell, err := Confine(cmd, Confinement{UID: FreeUID(), Proxy: "127.0.0.1:9"})
	if err != nil {
		t.Fatal(err)
	}
	defer cell.Kill()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	backW.Close()
	io.WriteString(w, "through the pipe\n")
	w.Close()
	got, err := io.ReadAll(back)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	if !strings.HasPrefix(string(got), "through the pipe\n0\n1\n2\n3\n4\n5\nzero") {
		t.Errorf("got %q", got)
	}
	args := string(got)
	if !strings.Contains(args, "--keep about:blank --user-data-dir="+cell.Profile()+" --proxy-server=http://127.0.0.1:") || strings.Contains(args, "elsewhere") {
		t.Errorf("arguments %q", got)
	}
}

// alive counts processes with a mark in their command line.
func alive(mark string) int {
	n := 0
	for _, p := range processes() {
		if p.state != 'Z' && strings.Contains(p.command, mark) && !strings.Contains(p.command, "-test.") {
			n++
		}
	}
	return n
}

const patience = 30 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen: %s", what)
		}
	}
}

func TestKillEndsEverything(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	mark := fmt.Sprintf("%d.987654", 10000000+os.Getpid())
	for _, c := range []struct {
		name   string
		layers layers
	}{
		{"as this machine allows", func() layers { l, _ := possibleLayers([]string{"/proc/self/exe", LauncherCommand}); return l }()},
		{"with nothing", layers{}},
		{"with mounts alone", layers{User: os.Geteuid() != 0, Mounts: true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cell := newCell(Confinement{UID: FreeUID(), GID: FreeUID()}, c.layers, "the test left it out")
			// One in the same group, one in a session of its own, one orphaned.
			cmd := exec.Command("/bin/sh", "-c", "sleep "+mark+" & setsid sleep "+mark+" & (setsid sh -c 'sleep "+mark+" & exit') ; sleep "+mark)
			if err := cell.prepare(cmd, []string{"/proc/self/exe", LauncherCommand}); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			reaped := make(chan struct{})
			go func() { cmd.Wait(); close(reaped) }()
			want := 4
			if c.layers.Mounts {
				wants(t, func(l layers) bool { return l.Mounts })
			}
			eventually(t, "all run", func() bool { return alive("sleep\x00"+mark) == want })
			home := cell.home
			if err := cell.Kill(); err != nil {
				t.Error(err)
			}
			if n := alive("sleep\x00" + mark); n != 0 {
				t.Errorf("%d processes live on", n)
			}
			<-reaped
			if _, err := os.Stat(home); err == nil {
				t.Errorf("%s was left behind", home)
			}
			if err := cell.Kill(); err != nil {
				t.Error(err)
			}
			if p := protection(t, cell, "tmpfs"); p.On != c.layers.Mounts || !p.On && !strings.Contains(p.Why, "on disk") {
				t.Errorf("tmpfs: %+v", p)
			}
			if !c.layers.Procs {
				if p := protection(t, cell, "private processes"); p.On || !strings.Contains(p.Why, "the test left it out") {
					t.Errorf("processes: %+v", p)
				}
			}
		})
	}
}

// A browser does not outlive the worker that started it, however that ends.
func TestBrowserDiesWithTheWorker(t *testing.T) {
	const role = "HANDRAIL_TEST_WORKER"
	if mark := os.Getenv(role); mark != "" {
		cmd := exec.Command("/bin/sh", "-c", "sleep "+mark+" & sleep "+mark)
		if _, err := Confine(cmd, Confinement{UID: FreeUID()}); err != nil {
			t.Fatal(err)
		}
		cmd.Run()
		return
	}
	wants(t, func(l layers) bool { return l.Procs })
	mark := fmt.Sprintf("%d.123456", 20000000+os.Getpid())
	worker := exec.Command("/proc/self/exe", "-test.run", "^TestBrowserDiesWithTheWorker$")
	worker.Env = append(os.Environ(), role+"="+mark)
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the browser runs", func() bool { return alive("sleep\x00"+mark) == 2 })
	worker.Process.Signal(syscall.SIGKILL)
	worker.Wait()
	eventually(t, "the browser is gone", func() bool { return alive(mark) == 0 })
}

func TestKillBeforeTheStart(t *testing.T) {
	mark := fmt.Sprintf("%d.555555", 30000000+os.Getpid())
	cmd := exec.Command("/bin/sleep", mark)
	cell, err := Confine(cmd, Confinement{UID: FreeUID()})
	if err != nil {
		t.Fatal(err)
	}
	if err := cell.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Run(); err == nil {
		t.Error("a browser that was killed before it started has started")
	}
	if n := alive(mark); n != 0 {
		t.Errorf("%d processes run", n)
	}
}

func TestConfineErrors(t *testing.T) {
	for name, c := range map[string]Confinement{
		"a display elsewhere": {Display: "host:7"},
		"no cookie":           {Display: ":99", Authority: "/no/such/file"},
	} {
		cmd := exec.Command("/bin/true")
		if _, err := Confine(cmd, c); err == nil {
			t.Errorf("%s: no error", name)
		}
		if err := cmd.Run(); err == nil {
			t.Errorf("%s: the browser starts without its walls", name)
		}
	}
	t.Setenv(launchedEnv, "1")
	if _, err := Confine(exec.Command("/bin/true"), Confinement{}); err == nil {
		t.Error("a launcher starts launchers")
	}
}

func TestLauncherRefusesStrangers(t *testing.T) {
	for _, args := range [][]string{nil, {"1", "2"}, {"x", "y"}, {"3"}, {"900", "901"}} {
		cmd := exec.CommandContext(context.Background(), "/proc/self/exe", append([]string{LauncherCommand}, args...)...)
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("%v: the launcher went on: %s", args, out)
		}
	}
}

func TestOrdersTravel(t *testing.T) {
	o := orders{Layers: layers{Mounts: true}, UID: 7, Policy: []byte(`{"a":1}`), Argv: []string{"b"}}
	b, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	var back orders
	if err := json.Unmarshal(b, &back); err != nil || back.UID != 7 || string(back.Policy) != `{"a":1}` || !back.Layers.Mounts {
		t.Errorf("%+v %v", back, err)
	}
}
