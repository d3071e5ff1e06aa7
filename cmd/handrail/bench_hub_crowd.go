// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

// raiseFiles lets this process have as many connections as the system allows, and says how many.
func raiseFiles() int {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &l) != nil {
		return 1024
	}
	l.Cur = l.Max
	more := syscall.Rlimit{Cur: max(l.Max, 1<<17), Max: max(l.Max, 1<<17)}
	if syscall.Setrlimit(syscall.RLIMIT_NOFILE, &more) == nil { // some may
		return int(more.Cur)
	}
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &l)
	return int(l.Cur)
}

// crowd are many websockets that hold the line with one goroutine for all reading: what they are told is thrown away but
// by the one that is looked at.
type crowd struct {
	conns []*websocket.Conn
	locks []sync.Mutex // of who writes
	all   sync.WaitGroup
}

// write sends a message by one connection.
func (c *crowd) write(i, kind int, data []byte) error {
	c.locks[i].Lock()
	defer c.locks[i].Unlock()
	return c.conns[i].WriteMessage(kind, data)
}

// pong answers the nats-server's own pings.
func (c *crowd) pong(i int, data []byte) {
	if bytes.HasPrefix(data, []byte("PING")) {
		c.write(i, websocket.BinaryMessage, []byte("PONG\r\n"))
	}
}

const ipBindAddressNoPort = 24 // of linux/in.h

// dialFrom spreads connections over loopback addresses: from one there are at most some 28000 ports.
func dialFrom(i int) func(ctx context.Context, network, address string) (net.Conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, byte(1+i/10000), 1)}, Timeout: 20 * time.Second, KeepAlive: -1,
		Control: func(_, _ string, c syscall.RawConn) error { // a port that another server's connection had is free for this one (ip(7))
			return c.Control(func(fd uintptr) { syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, ipBindAddressNoPort, 1) })
		}}
	return d.DialContext
}

var crowdPool sync.Pool

// join opens n connections, a few at a time. hello is sent on each, and every message after that goes to hear.
func (c *crowd) join(ctx context.Context, n int, address func(i int) string, hello []byte, hear func(i int, data []byte)) error {
	c.conns, c.locks = make([]*websocket.Conn, n), make([]sync.Mutex, n)
	var failed error
	var once sync.Once
	var dialing sync.WaitGroup
	slots := make(chan struct{}, 64)
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		slots <- struct{}{}
		dialing.Go(func() {
			defer func() { <-slots }()
			var secure *tls.Config
			if strings.HasPrefix(address(i), "wss:") {
				var err error
				if secure, err = lineKey(i); err != nil {
					once.Do(func() { failed = err })
					return
				}
			}
			d := websocket.Dialer{TLSClientConfig: secure, NetDialContext: dialFrom(i), ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &crowdPool, HandshakeTimeout: 30 * time.Second}
			conn, _, err := d.DialContext(ctx, address(i), nil)
			if err == nil && len(hello) > 0 {
				err = conn.WriteMessage(websocket.BinaryMessage, hello)
			}
			if err != nil {
				once.Do(func() { failed = fmt.Errorf("connection %d: %w", i, err) })
				return
			}
			c.conns[i] = conn
			c.all.Go(func() {
				for {
					_, data, err := conn.ReadMessage()
					if err != nil {
						return
					}
					hear(i, data)
				}
			})
		})
	}
	dialing.Wait()
	return errors.Join(failed, ctx.Err())
}

func (c *crowd) close() {
	for _, conn := range c.conns {
		if conn != nil {
			conn.Close()
		}
	}
	c.all.Wait()
}

// pressers are the terminals that this process holds and that ask; the others only wait, in a process of their own, which
// has its own limit of open files.
func pressers(n int) int { return min(n, 200) }

// queue is a process that holds idle connections.
type queue struct {
	cmd *exec.Cmd
	in  io.WriteCloser
}

func startQueue(ctx context.Context, address, hello string, n int) (*queue, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	q := &queue{cmd: exec.Command(self, "bench", "hub-queue", address, hello, strconv.Itoa(n))}
	q.cmd.Env = append(os.Environ(), benchHubEnv+"=1")
	q.cmd.Stderr = os.Stderr
	q.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if q.in, err = q.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := q.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := q.cmd.Start(); err != nil {
		return nil, err
	}
	end := context.AfterFunc(ctx, func() { q.cmd.Process.Kill() })
	defer end()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "connected\n" {
		q.close()
		return nil, errors.New("the idle connections could not be made")
	}
	return q, nil
}

func (q *queue) close() {
	if q != nil {
		q.in.Close()
		q.cmd.Process.Kill()
		q.cmd.Wait()
	}
}

// benchHubQueue is the process of a queue; it ends when nobody holds its standard input any more.
func benchHubQueue(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) != 3 {
		return 2
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return 2
	}
	raiseFiles()
	var c crowd
	defer c.close()
	address := func(i int) string {
		if args[1] == "" {
			return args[0] + strconv.Itoa(i)
		}
		return args[0]
	}
	if err := c.join(ctx, n, address, []byte(args[1]), c.pong); err != nil {
		fmt.Fprintln(stderr, "idle connections:", err)
		return 1
	}
	fmt.Fprintln(stdout, "connected")
	io.Copy(io.Discard, os.Stdin)
	return 0
}
