// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"
)

// The voice relay is reached by its one name, by CONNECT alone, only while the way is open; closing it cuts a call.
func TestRelay(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	go func() {
		for {
			conn, err := far.Accept()
			if err != nil {
				return
			}
			go func() { defer conn.Close(); io.Copy(conn, conn) }()
		}
	}()
	p := New(Options{Allowed: []string{"service.example:443"}})
	address, err := p.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Run(ctx) }()
	defer func() { cancel(); <-ended }()

	connect := func(to string) (net.Conn, int) {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n", to, to)
		answer, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: "CONNECT"})
		if err != nil {
			t.Fatal(err)
		}
		return conn, answer.StatusCode
	}
	const name = "voice-k3.handrail.internal:3478"
	refused := func(to, when string) {
		t.Helper()
		conn, status := connect(to)
		defer conn.Close()
		if status != http.StatusForbidden {
			t.Errorf("%s: CONNECT %s answered %d", when, to, status)
		}
	}
	refused(name, "before a call")
	p.SetRelay(name, func(ctx context.Context) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", far.Addr().String())
	})
	refused("voice-k4.handrail.internal:3478", "another name")
	refused(far.Addr().String(), "the relay's own address")
	conn, status := connect(name)
	defer conn.Close()
	if status != http.StatusOK {
		t.Fatalf("during a call: CONNECT answered %d", status)
	}
	p.SetAllowed(nil) // another step of the guide: voice goes on
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	fmt.Fprint(conn, "hello")
	buf := make([]byte, 5)
	if _, err := io.ReadFull(conn, buf); err != nil || string(buf) != "hello" {
		t.Fatalf("through the relay came %q, %v", buf, err)
	}
	through, err := url.Parse("http://" + address)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through), DisableKeepAlives: true}}
	answer, err := browser.Get("http://" + name + "/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("a page at the relay's name answered %d", answer.StatusCode)
	}
	p.SetRelay("", nil)
	if n, err := conn.Read(buf); err == nil {
		t.Fatalf("after the call %d bytes still came", n)
	}
	refused(name, "after the call")
}
