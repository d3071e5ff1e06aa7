// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"golang.org/x/net/dns/dnsmessage"
)

func TestMain(m *testing.M) {
	// A server's connection that spoke no HTTP lingers for half a second.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const limit = 30 * time.Second

// startProxy runs a proxy; it must end well.
func startProxy(t *testing.T, o Options) (*Proxy, *url.URL) {
	t.Helper()
	p := New(o)
	addr, err := p.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(limit):
			t.Error("the proxy did not end")
		}
	})
	return p, &url.URL{Scheme: "http", Host: addr}
}

// client is a browser as far as the proxy can tell.
func client(t *testing.T, proxy *url.URL) *http.Client {
	t.Helper()
	tr := &http.Transport{Proxy: http.ProxyURL(proxy), DisableCompression: true}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr, Timeout: limit}
}

func host(t *testing.T, server *httptest.Server) string {
	t.Helper()
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func get(t *testing.T, c *http.Client, target string) (*http.Response, string) {
	t.Helper()
	r, err := c.Get(target)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

// site is a server that tells what it was asked.
func site(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Connection", "X-Secret-Hop")
		w.Header().Set("X-Secret-Hop", "1")
		w.Header().Set(Header, "forged")
		fmt.Fprintf(w, "%s %s host=%s body=%s", r.Method, r.URL, r.Host, body)
		for _, name := range []string{"Proxy-Authorization", "Proxy-Connection", "Te", "X-Hop", "X-Forwarded-For", "Via"} {
			if v := r.Header.Get(name); v != "" {
				fmt.Fprintf(w, " %s=%s", name, v)
			}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestListedHostIsReached(t *testing.T) {
	s := site(t)
	_, port, _ := net.SplitHostPort(host(t, s))
	_, proxy := startProxy(t, Options{Allowed: []string{"Form.LOCALHOST.:" + port}})
	c := client(t, proxy)
	r, body := get(t, c, "http://form.localhost:"+port+"/a?b=c")
	if r.StatusCode != 200 || body != "GET /a?b=c host=form.localhost:"+port+" body=" {
		t.Errorf("%s: %s", r.Status, body)
	}
	if r.Header.Get("X-Secret-Hop") != "" || r.Header.Get(Header) != "" {
		t.Errorf("hop-by-hop or forged headers came through: %v", r.Header)
	}
	// The host is the one in the request line, and what was meant for the proxy
	// ends there.
	conn, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(limit))
	io.WriteString(conn, "POST http://form.localhost:"+port+"/ HTTP/1.1\r\nHost: elsewhere.example\r\nContent-Length: 3\r\n"+
		"Connection: X-Hop\r\nX-Hop: 1\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic x\r\nTe: gzip\r\n\r\nx=1")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(resp.Body)
	if string(b) != "POST / host=form.localhost:"+port+" body=x=1" {
		t.Errorf("got %s", b)
	}
}

func TestOffListIsRefused(t *testing.T) {
	s := site(t)
	_, port, _ := net.SplitHostPort(host(t, s))
	p, proxy := startProxy(t, Options{Allowed: []string{"form.localhost:" + port, "not a host", "form.localhost"}})
	c := client(t, proxy)
	for _, target := range []string{
		"http://127.0.0.1:" + port + "/secret?q=1", "http://localhost:" + port, "http://a.form.localhost:" + port, "http://form.localhost:1",
		"http://form.localhost", "http://[::1]:" + port, "http://evil.example/",
	} {
		r, body := get(t, c, target)
		if r.StatusCode != http.StatusForbidden || r.Header.Get(Header) != Denied || !strings.Contains(body, "not part of the service") {
			t.Errorf("%s: %s %v", target, r.Status, r.Header)
		}
		if len(body) > 2048 {
			t.Errorf("%s: a page of %d bytes", target, len(body))
		}
	}
	for _, target := range []string{"127.0.0.1:" + port, "evil.example:443", "FORM.localhost:443"} {
		if r := connect(t, proxy, target); r.StatusCode != http.StatusForbidden || r.Header.Get(Header) != Denied {
			t.Errorf("CONNECT %s: %s", target, r.Status)
		}
	}
	denied := p.Denied()
	want := map[string]int{"127.0.0.1": 2, "localhost": 1, "a.form.localhost": 1, "form.localhost": 3, "::1": 1, "evil.example": 2}
	for name, n := range want {
		if denied[name] != n {
			t.Errorf("denied %s %d times, want %d", name, denied[name], n)
		}
	}
	if len(denied) != len(want) {
		t.Errorf("denied %v", denied)
	}
}

// connect asks for a tunnel and returns the answer; the connection is closed.
func connect(t *testing.T, proxy *url.URL, target string) *http.Response {
	t.Helper()
	conn, r := tunnel(t, proxy, target)
	conn.Close()
	return r
}

func tunnel(t *testing.T, proxy *url.URL, target string) (net.Conn, *http.Response) {
	t.Helper()
	conn, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetDeadline(time.Now().Add(limit))
	fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", target, target)
	r, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "CONNECT"})
	if err != nil {
		t.Fatal(err)
	}
	return conn, r
}

func TestTunnel(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "through TLS") }))
	defer s.Close()
	_, proxy := startProxy(t, Options{Allowed: []string{host(t, s)}})
	tr := s.Client().Transport.(*http.Transport).Clone()
	tr.Proxy = http.ProxyURL(proxy)
	defer tr.CloseIdleConnections()
	if _, body := get(t, &http.Client{Transport: tr, Timeout: limit}, s.URL); body != "through TLS" {
		t.Errorf("got %s", body)
	}
}

// shake answers a WebSocket's opening handshake (RFC 6455, 4.2.2) and gives the
// connection.
func shake(w http.ResponseWriter, r *http.Request) (net.Conn, *bufio.Reader) {
	sum := sha1.Sum([]byte(r.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(sum[:]))
	return conn, rw.Reader
}

func TestWebSockets(t *testing.T) {
	echo := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") != "websocket" {
			http.Error(w, "not a WebSocket", http.StatusBadRequest)
			return
		}
		conn, from := shake(w, r)
		defer conn.Close()
		for {
			line, err := from.ReadString('\n')
			if err != nil {
				return
			}
			io.WriteString(conn, "echo "+line)
		}
	}))
	defer echo.Close()
	at := host(t, echo)
	p, proxy := startProxy(t, Options{Allowed: []string{at}})
	open := func(name string, conn net.Conn, target string) *bufio.Reader {
		t.Helper()
		fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n", target, at)
		from := bufio.NewReader(conn)
		r, err := http.ReadResponse(from, nil)
		if err != nil || r.StatusCode != http.StatusSwitchingProtocols || r.Header.Get("Sec-WebSocket-Accept") == "" {
			t.Fatalf("%s: %v %v", name, r, err)
		}
		io.WriteString(conn, name+"\n")
		if line, err := from.ReadString('\n'); err != nil || line != "echo "+name+"\n" {
			t.Fatalf("%s: %q %v", name, line, err)
		}
		return from
	}
	// By CONNECT, as browsers do, and by an upgrade of a forwarded request.
	tunnelled, r := tunnel(t, proxy, at)
	defer tunnelled.Close()
	if r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	forwarded, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer forwarded.Close()
	forwarded.SetDeadline(time.Now().Add(limit))
	readers := []*bufio.Reader{open("tunnel", tunnelled, "/a"), open("upgrade", forwarded, "http://"+at+"/b")}

	// A step that no longer needs the host cuts both.
	p.SetAllowed(nil)
	for _, from := range readers {
		if b, err := io.ReadAll(from); len(b) != 0 || errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("the WebSocket lives on: %q %v", b, err)
		}
	}
}

func TestNamesThatLeadInside(t *testing.T) {
	s := site(t)
	_, port, _ := net.SplitHostPort(host(t, s))
	lookups := map[string][]netip.Addr{
		"rebound.example": {netip.MustParseAddr("127.0.0.1")},
		"mapped.example":  {netip.MustParseAddr("::ffff:127.0.0.1")},
		"lan.example":     {netip.MustParseAddr("192.168.1.1"), netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")},
		"nat64.example":   {netip.MustParseAddr("64:ff9b::7f00:1")},
		"empty.example":   {},
	}
	var allowed []string
	for name := range lookups {
		allowed = append(allowed, name+":"+port)
	}
	p, proxy := startProxy(t, Options{Allowed: allowed, Lookup: func(_ context.Context, name string) ([]netip.Addr, error) { return lookups[name], nil }})
	c := client(t, proxy)
	for name := range lookups {
		want, mark := http.StatusForbidden, Denied
		if name == "empty.example" {
			want, mark = http.StatusBadGateway, Down
		}
		if r, _ := get(t, c, "http://"+name+":"+port+"/"); r.StatusCode != want || r.Header.Get(Header) != mark {
			t.Errorf("%s: %s", name, r.Status)
		}
		if r := connect(t, proxy, name+":"+port); r.StatusCode != want || r.Header.Get(Header) != mark {
			t.Errorf("CONNECT %s: %s", name, r.Status)
		}
	}
	if p.Denied()["rebound.example"] != 2 {
		t.Errorf("denied %v", p.Denied())
	}
	// The address itself, listed, is meant.
	p.SetAllowed([]string{"127.0.0.1:" + port})
	if r, _ := get(t, c, "http://127.0.0.1:"+port+"/"); r.StatusCode != 200 {
		t.Errorf("a listed address: %s", r.Status)
	}
}

func TestDownIsSaidPlainly(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := l.Addr().String()
	l.Close()
	p, proxy := startProxy(t, Options{
		Allowed: []string{gone, "nowhere.example:80"},
		Lookup:  func(context.Context, string) ([]netip.Addr, error) { return nil, fmt.Errorf("no such host") },
	})
	c := client(t, proxy)
	for _, target := range []string{"http://" + gone + "/", "http://nowhere.example/"} {
		r, body := get(t, c, target)
		if r.StatusCode != http.StatusBadGateway || r.Header.Get(Header) != Down || !strings.Contains(body, "not your fault") {
			t.Errorf("%s: %s %s", target, r.Status, body)
		}
		if strings.Contains(body, "example") || strings.Contains(body, "refused") {
			t.Errorf("%s: the page talks to engineers: %s", target, body)
		}
	}
	if r := connect(t, proxy, gone); r.StatusCode != http.StatusBadGateway || r.Header.Get(Header) != Down {
		t.Errorf("CONNECT: %s", r.Status)
	}
	if len(p.Denied()) != 0 {
		t.Errorf("denied %v", p.Denied())
	}
}

func TestUpstreamThatEndsInTheMiddle(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		w.Write([]byte("half"))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer s.Close()
	_, proxy := startProxy(t, Options{Allowed: []string{host(t, s)}})
	r, err := client(t, proxy).Get(s.URL)
	if err != nil {
		return // as good
	}
	defer r.Body.Close()
	if b, err := io.ReadAll(r.Body); err == nil {
		t.Errorf("half an answer passed for a whole one: %q", b)
	}
}

func TestSlowHeaderIsDropped(t *testing.T) {
	_, proxy := startProxy(t, Options{HeaderTimeout: 50 * time.Millisecond})
	conn, err := net.Dial("tcp", proxy.Host)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET http://form.localhost/ HTTP/1.1\r\nX-Slow: ")
	conn.SetReadDeadline(time.Now().Add(limit))
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the connection was not closed: %v", err)
	}
}

func TestSilentTunnelIsClosed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, proxy := startProxy(t, Options{Allowed: []string{l.Addr().String()}, IdleTimeout: 100 * time.Millisecond})
	conn, r := tunnel(t, proxy, l.Addr().String())
	defer conn.Close()
	if r.StatusCode != 200 {
		t.Fatal(r.Status)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Errorf("the tunnel was not closed: %v", err)
	}
}

func TestTooLargeUpload(t *testing.T) {
	s := site(t)
	_, proxy := startProxy(t, Options{Allowed: []string{host(t, s)}, MaxBody: 1000})
	r, err := client(t, proxy).Post(s.URL, "text/plain", strings.NewReader(strings.Repeat("x", 2000)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusRequestEntityTooLarge || r.Header.Get(Header) != Denied {
		t.Errorf("got %s", r.Status)
	}
}

func TestNotAPage(t *testing.T) {
	p, proxy := startProxy(t, Options{})
	for _, request := range []string{
		"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET https://form.example/ HTTP/1.1\r\nHost: form.example\r\n\r\n",
		"GET ftp://form.example/ HTTP/1.1\r\nHost: form.example\r\n\r\n",
		"CONNECT form.example HTTP/1.1\r\nHost: form.example\r\n\r\n",
		"CONNECT form.example:0 HTTP/1.1\r\nHost: form.example:0\r\n\r\n",
		"GET http://0x7f.1/ HTTP/1.1\r\nHost: 0x7f.1\r\n\r\n",
		"GET http://2130706433/ HTTP/1.1\r\nHost: 2130706433\r\n\r\n",
		"GET http://[fe80::1%25eth0]/ HTTP/1.1\r\nHost: [fe80::1]\r\n\r\n",
		"\x16\x03\x01\x02\x00 not HTTP \r\n\r\n",
	} {
		conn, err := net.Dial("tcp", proxy.Host)
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(limit))
		io.WriteString(conn, request)
		r, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Errorf("%q: %v", request, err)
		} else if r.StatusCode != http.StatusBadRequest {
			t.Errorf("%q: %s", request, r.Status)
		}
		conn.Close()
	}
	if len(p.Denied()) != 0 {
		t.Errorf("denied %v", p.Denied())
	}
}

func TestDeniedIsBounded(t *testing.T) {
	p := New(Options{})
	for i := range maxDenied + 50 {
		p.count(fmt.Sprintf("h%d.example:443", i))
	}
	d := p.Denied()
	if len(d) != maxDenied+1 || d[OtherHosts] != 50 {
		t.Errorf("%d hosts, %d others", len(d), d[OtherHosts])
	}
}

func TestListen(t *testing.T) {
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "form.example:0", "127.0.0.1"} {
		if a, err := New(Options{Addr: addr}).Listen(); err == nil {
			t.Errorf("%s: listening on %s", addr, a)
		}
	}
	if err := New(Options{}).Run(context.Background()); err == nil {
		t.Error("Run without Listen")
	}
}

// Many at once, with the list changing under them: for the race detector.
func TestManyAtOnce(t *testing.T) {
	s := site(t)
	p, proxy := startProxy(t, Options{Allowed: []string{host(t, s)}})
	var ok, refused atomic.Int64
	done := make(chan struct{})
	for range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			c := client(t, proxy)
			for range 20 {
				r, err := c.Get(s.URL)
				if err != nil {
					continue
				}
				io.Copy(io.Discard, r.Body)
				r.Body.Close()
				if r.StatusCode == 200 {
					ok.Add(1)
				} else {
					refused.Add(1)
				}
			}
		}()
	}
	for range 20 {
		p.SetAllowed(nil)
		p.Denied()
		p.SetAllowed([]string{host(t, s)})
	}
	for range 8 {
		<-done
	}
	if ok.Load() == 0 {
		t.Error("nothing came through")
	}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		"A.Example.:443": "a.example:443", "a.example:0443": "a.example:443", "[::FFFF:7f00:1]:80": "127.0.0.1:80", "[2001:DB8::0:1]:1": "[2001:db8::1]:1",
		"x_y.example:1": "x_y.example:1", "xn--mnchen-3ya.example:443": "xn--mnchen-3ya.example:443",
		"a.example": "", "a.example:0": "", "a.example:65536": "", "a..example:1": "", "-a.example:1": "", "127.1:80": "", "0x7f.0.0.1:80": "", "münchen.example:443": "", ":80": "", "*.example:80": "",
	} {
		got, ok := normal(in, "")
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q %v, want %q", in, got, ok, want)
		}
	}
}

func FuzzNormal(f *testing.F) {
	f.Add("A.Example.:443")
	f.Add("[::1]:80")
	f.Fuzz(func(t *testing.T, in string) {
		once, ok := normal(in, "80")
		if !ok {
			return
		}
		if twice, ok := normal(once, ""); !ok || twice != once {
			t.Errorf("%q: %q is not normal: %q", in, once, twice)
		}
	})
}

func TestPublic(t *testing.T) {
	for text, want := range map[string]bool{
		"1.1.1.1": true, "2606:4700::1": true, "127.0.0.1": false, "10.1.2.3": false, "172.16.0.1": false, "192.168.0.1": false, "169.254.169.254": false,
		"100.64.0.1": false, "0.0.0.0": false, "0.1.2.3": false, "255.255.255.255": false, "224.0.0.1": false, "::1": false, "::": false, "fe80::1": false,
		"fc00::1": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "2002:7f00:1::": false, "2001::1": false, "::127.0.0.1": false,
	} {
		if got := public(netip.MustParseAddr(text)); got != want {
			t.Errorf("%s: public %v, want %v", text, got, want)
		}
	}
}

// In a rehearsal everything passes and is told.
func TestLearning(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "through") }))
	defer s.Close()
	var mu sync.Mutex
	var told []string
	_, proxy := startProxy(t, Options{Learn: func(to string) { mu.Lock(); defer mu.Unlock(); told = append(told, to) }})
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(proxy), DisableKeepAlives: true}}
	r, err := client.Get(s.URL + "/page?of=somebody")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); string(body) != "through" {
		t.Errorf("answered %q", body)
	}
	mu.Lock()
	defer mu.Unlock()
	if want := host(t, s); len(told) != 1 || told[0] != want {
		t.Errorf("told %q, want %q and nothing of the page", told, want)
	}
}

// A site that answers as if it were a proxy must not have anybody asked for a password.
func TestSiteThatSpeaksAsAProxy(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Proxy-Authenticate", `Basic realm="Sign in with your bank"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		fmt.Fprint(w, "the page's own words")
	}))
	defer s.Close()
	_, proxy := startProxy(t, Options{Allowed: []string{host(t, s)}})
	r, body := get(t, client(t, proxy), s.URL)
	if r.StatusCode != http.StatusForbidden || r.Header.Get("Proxy-Authenticate") != "" || !strings.Contains(body, "own words") {
		t.Errorf("%s %v %q", r.Status, r.Header, body)
	}
}

// A name that leads to a public address when it is asked for first, and to this machine when it is asked for next: each connection goes to
// an address that was judged for it, so the second is refused.
func TestNameThatMovesInside(t *testing.T) {
	inside := site(t)
	_, port, _ := net.SplitHostPort(host(t, inside))
	resolver, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer resolver.Close()
	var asked atomic.Int32
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		buf := make([]byte, 1500)
		for {
			n, from, err := resolver.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			m.Response, m.Additionals = true, nil
			if m.Questions[0].Type == dnsmessage.TypeA {
				address := [4]byte{127, 0, 0, 1}
				if asked.Add(1) == 1 {
					address = [4]byte{9, 9, 9, 9} // public, and never connected to by this test
				}
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: address}}}
			}
			if packed, err := m.Pack(); err == nil {
				_, _ = resolver.WriteTo(packed, from)
			}
		}
	}()
	own := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", resolver.LocalAddr().String())
	}}
	p, proxy := startProxy(t, Options{Allowed: []string{"moving.example:" + port}, DialTimeout: 2 * time.Second,
		Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return own.LookupNetIP(ctx, "ip4", name+".")
		}})
	c := client(t, proxy)
	if first, err := p.addresses(t.Context(), "moving.example:"+port); err != nil || len(first) != 1 || first[0] != "9.9.9.9:"+port {
		t.Fatalf("the first answer: %v %v", first, err)
	}
	second, body := get(t, c, "http://moving.example:"+port+"/")
	if strings.Contains(body, "hello") || second.StatusCode != http.StatusForbidden || second.Header.Get(Header) != Denied {
		t.Errorf("after a public answer this machine was reached: %s %q", second.Status, body)
	}
	if asked.Load() < 2 || p.Denied()["moving.example"] != 1 {
		t.Errorf("asked for %d times, denied %v", asked.Load(), p.Denied())
	}
	resolver.Close()
	<-answered
}
