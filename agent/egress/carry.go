// SPDX-License-Identifier: Apache-2.0

package egress

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"sync"
	"time"
)

// dial connects to a listed host:port. All addresses are tried within one limit.
func (p *Proxy) dial(ctx context.Context, to string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, p.o.DialTimeout)
	defer cancel()
	if dial, ok := p.relayed(to); ok {
		conn, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		return &patient{Conn: conn, idle: p.o.IdleTimeout}, nil
	}
	addresses, err := p.addresses(ctx, to)
	if err != nil {
		return nil, err
	}
	var dialer net.Dialer
	var first error
	for i, address := range addresses {
		// Each address gets its share of the time that is left.
		deadline, _ := ctx.Deadline()
		share := time.Until(deadline) / time.Duration(len(addresses)-i)
		each, done := context.WithTimeout(ctx, share)
		conn, err := dialer.DialContext(each, "tcp", address)
		done()
		if err == nil {
			return &patient{Conn: conn, idle: p.o.IdleTimeout}, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// patient is a connection that gives up when nothing moves for a while.
type patient struct {
	net.Conn
	idle time.Duration
}

func (c *patient) Read(b []byte) (int, error) {
	c.Conn.SetReadDeadline(time.Now().Add(c.idle))
	return c.Conn.Read(b)
}

func (c *patient) Write(b []byte) (int, error) {
	c.Conn.SetWriteDeadline(time.Now().Add(c.idle))
	return c.Conn.Write(b)
}

// CloseWrite tells the other side that no more will come.
func (c *patient) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// tunnel answers CONNECT (RFC 9110, 9.3.6): bytes go both ways unread.
func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, to string) {
	upstream, err := p.dial(r.Context(), to)
	if err != nil {
		p.fail(w, to, err)
		return
	}
	defer upstream.Close()
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.fail(w, to, err)
		return
	}
	conn.SetDeadline(time.Time{})
	browser := &patient{Conn: conn, idle: p.o.IdleTimeout}
	defer browser.Close()
	if _, err := io.WriteString(browser, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		return
	}
	stop := context.AfterFunc(r.Context(), func() {
		browser.Close()
		upstream.Close()
	})
	defer stop()
	// What the browser sent right behind its request is in the buffer.
	early := io.LimitReader(buffered.Reader, int64(buffered.Reader.Buffered()))
	var both sync.WaitGroup
	both.Go(func() { pour(upstream.(*patient), io.MultiReader(early, browser)) })
	both.Go(func() { pour(browser, upstream) })
	both.Wait()
}

// pour copies one direction. An orderly end is passed on and leaves the other
// direction open; anything else ends both.
func pour(to *patient, from io.Reader) {
	if _, err := io.Copy(to, from); err != nil || to.CloseWrite() != nil {
		to.Close()
	}
}

// forwarder carries unencrypted requests, and WebSockets that ask for an upgrade
// on them. Hop-by-hop headers (RFC 9110, 7.6.1) are removed both ways.
func (p *Proxy) forwarder() http.Handler {
	transport := &http.Transport{
		DialContext:            func(ctx context.Context, _, addr string) (net.Conn, error) { return p.dial(ctx, addr) },
		DisableCompression:     true,
		ResponseHeaderTimeout:  time.Minute,
		IdleConnTimeout:        30 * time.Second,
		MaxIdleConnsPerHost:    8,
		MaxResponseHeaderBytes: 256 << 10,
	}
	return &httputil.ReverseProxy{
		Transport: transport,
		Rewrite: func(r *httputil.ProxyRequest) {
			// The host is the one that was judged, not what the header says.
			r.Out.Host = r.Out.URL.Host
			if host, port, err := net.SplitHostPort(r.Out.Host); err == nil && port == "80" {
				r.Out.Host = host
			}
		},
		// Only the proxy itself may wear its mark.
		ModifyResponse: func(r *http.Response) error {
			r.Header.Del(Header)
			if r.StatusCode == http.StatusProxyAuthRequired { // a site that speaks as if it were this proxy, to have the citizen asked for a password
				r.StatusCode, r.Status = http.StatusForbidden, ""
				r.Header.Del("Proxy-Authenticate")
			}
			return nil
		},
		FlushInterval: -1,
		ErrorLog:      slog.NewLogLogger(p.log.Handler(), slog.LevelDebug),
		ErrorHandler: func(w http.ResponseWriter, r *http.Request, err error) {
			p.fail(w, r.URL.Host, err)
		},
	}
}

func (p *Proxy) closeIdle() {
	if r, ok := p.forward.(*httputil.ReverseProxy); ok {
		r.Transport.(*http.Transport).CloseIdleConnections()
	}
}

// deny refuses a host that is not on the list, or that leads where it must not.
func (p *Proxy) deny(w http.ResponseWriter, to string) {
	p.count(to)
	p.answer(w, http.StatusForbidden, Denied, "This page is not part of the service",
		"This terminal opens only the pages that belong to the service you chose. Your form is still there: go back to it.")
}

// fail answers for a host that could not be reached.
func (p *Proxy) fail(w http.ResponseWriter, to string, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.Is(err, errPrivate):
		p.log.Warn("a listed name leads into a private network", "host", to)
		p.deny(w, to)
	case errors.As(err, &tooLarge):
		p.answer(w, http.StatusRequestEntityTooLarge, Denied, "This is too large to send",
			fmt.Sprintf("The page tried to send more than %d megabytes. Nothing was sent.", tooLarge.Limit>>20))
	default:
		p.log.Debug("a listed host does not answer", "host", to, "error", err)
		p.answer(w, http.StatusBadGateway, Down, "The service does not answer",
			"The website of this service cannot be reached right now. This is not your fault. You can wait and try again.")
	}
}

// answer is one of the proxy's own small pages. It loads nothing.
func (p *Proxy) answer(w http.ResponseWriter, status int, mark, title, text string) {
	page := "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">" +
		"<title>" + html.EscapeString(title) + "</title>" +
		"<body style=\"font:1.5rem/1.5 sans-serif;max-width:32em;margin:15vh auto;padding:0 1em\">" +
		"<h1>" + html.EscapeString(title) + "</h1><p>" + html.EscapeString(text) + "</p></body></html>\n"
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(page)))
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	h.Set("Connection", "close")
	h.Set(Header, mark)
	w.WriteHeader(status)
	io.WriteString(w, page)
}
