// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// KillPage kills one of the processes that draw pages in a browser whose processes all descend from root: 0 is the one that was started
// last. A browser has an empty one in store now and then.
func KillPage(root, number int) error {
	type process struct{ pid, parent, began int }
	all := map[int]process{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		data, _ := os.ReadFile("/proc/" + e.Name() + "/stat")
		fields := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:])) // proc_pid_stat(5), from its third field
		if len(fields) < 20 {
			continue
		}
		p := process{pid: pid}
		p.parent, _ = strconv.Atoi(fields[1])
		p.began, _ = strconv.Atoi(fields[19])
		all[pid] = p
	}
	var renderers []process
	for pid, p := range all {
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if !bytes.Contains(command, []byte("--type=renderer")) {
			continue
		}
		for up := p.parent; up > 1; up = all[up].parent {
			if up == root {
				renderers = append(renderers, p)
				break
			}
		}
	}
	if len(renderers) <= number {
		return errNoPage
	}
	slices.SortFunc(renderers, func(a, b process) int { return b.began - a.began })
	return syscall.Kill(renderers[number].pid, syscall.SIGKILL)
}

// errNoPage: there is no process of a page with that number. A browser starts another in its own time.
var errNoPage = errors.New("no process of a page was found")

// breakPage kills the process of the page that is there.
func (t *Trial) breakPage(ctx context.Context) error {
	for number := range 4 {
		err := t.Terminal.KillPage(number)
		for again := 0; errors.Is(err, errNoPage) && again < 10 && ctx.Err() == nil; again++ {
			time.Sleep(500 * time.Millisecond)
			err = t.Terminal.KillPage(0)
		}
		if err != nil {
			return err
		}
		for range 4 { // a killed process ends soon, and its page is another one then, or none
			if p, ok := t.Outside.page.alive(ctx, 500*time.Millisecond); !ok || p.Me != t.page.Me {
				return nil
			}
		}
	}
	return errors.New("the page's process was not found")
}

// eitherWay makes a port answer over TLS too, with a certificate that it has made itself, to whoever begins like that (RFC 8446, 5.1).
func eitherWay(l net.Listener) (net.Listener, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "form.localhost"}, DNSNames: []string{"form.localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return either{l, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{certificate}, PrivateKey: key}}}}, nil
}

type either struct {
	net.Listener
	config *tls.Config
}

func (l either) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &eitherConn{Conn: c, config: l.config}, nil
}

// eitherConn decides with the first byte, which its client sends.
type eitherConn struct {
	net.Conn
	config *tls.Config
	once   sync.Once
	inner  net.Conn
}

func (c *eitherConn) Read(b []byte) (int, error) {
	c.once.Do(func() {
		first := make([]byte, 1)
		n, err := c.Conn.Read(first)
		c.inner = &begun{c.Conn, first[:n]}
		if err == nil && first[0] == 0x16 {
			c.inner = tls.Server(c.inner, c.config)
		}
	})
	return c.inner.Read(b)
}

func (c *eitherConn) Write(b []byte) (int, error) {
	if c.inner == nil {
		return c.Conn.Write(b)
	}
	return c.inner.Write(b)
}

// begun is a connection of which the first bytes were read already.
type begun struct {
	net.Conn
	first []byte
}

func (c *begun) Read(b []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(b, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	return c.Conn.Read(b)
}
