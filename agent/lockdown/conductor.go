// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

//go:embed page.html
var hostilePage []byte

// order is what the hostile page is told to do.
type order struct {
	ID     string `json:"id,omitempty"`
	Script string `json:"script,omitempty"`
	Touch  bool   `json:"touch,omitempty"`
	Clear  bool   `json:"clear,omitempty"` // take away what earlier scripts left
}

// presence is what the page says of itself when it asks for an order.
type presence struct {
	Me   string // of this document: a page that was loaded anew is another
	Size string // as the page measures itself
}

// conductor is the hostile service: every address of it is the same page, which asks it again and again what to do.
type conductor struct {
	mu     sync.Mutex
	orders chan order
	asked  chan presence
	ran    chan string
}

func newConductor() *conductor {
	return &conductor{orders: make(chan order), asked: make(chan presence, 1), ran: make(chan string, 64)}
}

func (c *conductor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	to := r.URL.Query().Get("to")
	if u, err := url.Parse(to); err != nil || !strings.HasSuffix(u.Hostname(), ".evil.test") {
		to = ""
	}
	switch r.URL.Path {
	case "/next":
		c.next(w, r)
	case "/ran":
		id, _ := url.QueryUnescape(r.URL.RawQuery)
		select {
		case c.ran <- id:
		default:
		}
	case "/favicon.ico":
		http.NotFound(w, r)
	case "/x/redirect":
		http.Redirect(w, r, to, http.StatusFound)
	case "/x/refresh":
		h.Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><meta http-equiv="refresh" content="0;url=%s">%s`, to, hostilePage)
	case "/x/auth":
		h.Set("WWW-Authenticate", `Basic realm="Sign in with your bank"`)
		w.WriteHeader(http.StatusUnauthorized)
		w.Write(hostilePage)
	case "/x/proxy-auth":
		h.Set("Proxy-Authenticate", `Basic realm="Sign in with your bank"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		w.Write(hostilePage)
	case "/x/nothing":
		w.WriteHeader(http.StatusNoContent)
	case "/x/loop":
		http.Redirect(w, r, fmt.Sprintf("/x/loop?%x", rand.Uint64()), http.StatusFound)
	case "/x/garbled":
		h.Set("Content-Encoding", "gzip")
		h.Set("Content-Type", "text/html")
		fmt.Fprint(w, "this is not compressed")
	case "/x/download":
		h.Set("Content-Disposition", `attachment; filename="x.desktop"`)
		h.Set("Content-Type", "application/octet-stream")
		fmt.Fprint(w, "[Desktop Entry]\n")
	case "/x/extension":
		h.Set("Content-Type", "application/x-chrome-extension")
		fmt.Fprint(w, "Cr24")
	case "/x/mhtml":
		h.Set("Content-Type", "multipart/related; boundary=x")
		fmt.Fprint(w, "--x\r\nContent-Type: text/html\r\n\r\n<h1>x</h1>\r\n--x--\r\n")
	case "/x/pdf":
		h.Set("Content-Type", "application/pdf")
		_, _ = io.WriteString(w, smallPDF)
	case "/x/sw.js":
		h.Set("Content-Type", "text/javascript")
		h.Set("Service-Worker-Allowed", "/x/")
		if out, _ := url.QueryUnescape(r.URL.RawQuery); strings.HasPrefix(out, "http://") && strings.HasSuffix(out, ".evil.test") {
			fmt.Fprintf(w, "fetch(%q, {mode: 'no-cors'}).catch(() => {}); ", out+"/sw")
			return
		}
		fmt.Fprint(w, "onpush = () => {};")
	case "/x/worker.js": // a worker, shared or not, with its forbidden host in the query
		h.Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, "fetch('http://'+%q, {mode: 'no-cors'}).catch(() => {});", host(r))
	case "/x/socket.js":
		h.Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, "try { new WebSocket('ws://'+%q) } catch (e) {}", host(r))
	default:
		h.Set("Content-Type", "text/html; charset=utf-8")
		w.Write(hostilePage)
	}
}

// host is the forbidden host in the query of a worker's address.
func host(r *http.Request) string {
	name := r.URL.Query().Get("host")
	if !strings.HasSuffix(name, ".evil.test") {
		return ""
	}
	return name
}

// next keeps the page waiting for an order.
func (c *conductor) next(w http.ResponseWriter, r *http.Request) {
	select { // the newest is what counts
	case <-c.asked:
	default:
	}
	here := presence{Me: r.URL.Query().Get("me"), Size: r.URL.Query().Get("size")}
	select {
	case c.asked <- here:
	default:
	}
	select {
	case o := <-c.orders:
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(o)
	case <-time.After(20 * time.Second):
		w.WriteHeader(http.StatusNoContent)
	case <-r.Context().Done():
	}
}

// give hands an order to the page, which must ask for it within the limit.
func (c *conductor) give(ctx context.Context, o order, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case c.orders <- o:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

// arm hands an order to the page that waits for a touch, and returns when it lies ready.
func (c *conductor) arm(ctx context.Context, o order, limit time.Duration) bool {
	_, ok := c.ask(ctx, o, limit)
	return ok
}

// alive asks whether a page answers, and which: an order that clears it up, and then its next question.
func (c *conductor) alive(ctx context.Context, limit time.Duration) (presence, bool) {
	return c.ask(ctx, order{Clear: true}, limit)
}

// ask hands over an order and waits for the page's next question: then it has taken the order.
func (c *conductor) ask(ctx context.Context, o order, limit time.Duration) (presence, bool) {
	select {
	case <-c.asked:
	default:
	}
	if !c.give(ctx, o, limit) {
		return presence{}, false
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case p := <-c.asked:
		return p, true
	case <-timer.C:
	case <-ctx.Done():
	}
	return presence{}, false
}

// forgetRan drops what was reported before.
func (c *conductor) forgetRan() {
	for {
		select {
		case <-c.ran:
		default:
			return
		}
	}
}

// didRun waits for the page to say that it tried a vector.
func (c *conductor) didRun(id string, limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for {
		select {
		case got := <-c.ran:
			if got == id {
				return true
			}
		case <-timer.C:
			return false
		}
	}
}

const smallPDF = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
	"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
