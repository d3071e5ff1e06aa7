// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
)

// badFrames are what no terminal and no page sends, by what the hub counts them as, with the code that closes the connection.
var badFrames = map[string]struct {
	kind int
	data string
	why  string
	code int
}{
	"not JSON":       {websocket.TextMessage, "hello", whyMessage, closeRefused},
	"an array":       {websocket.TextMessage, `[{"type":"hello"}]`, whyMessage, closeRefused},
	"two at once":    {websocket.TextMessage, `{"type":"hangup","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11"}{}`, whyMessage, closeRefused},
	"unknown":        {websocket.TextMessage, `{"type":"fill","value":"x"}`, whyMessage, closeRefused},
	"another field":  {websocket.TextMessage, `{"type":"hangup","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11","value":"x"}`, whyMessage, closeRefused},
	"of another one": {websocket.TextMessage, `{"type":"queued","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11","rev":1,"ahead":0,"free":0}`, whyMessage, closeRefused},
	"an empty frame": {websocket.TextMessage, `{"type":"frame","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11","data":""}`, whyMessage, closeRefused},
	"bytes":          {websocket.BinaryMessage, `{"type":"hangup","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11"}`, whyKind, closeRefused},
	"oversized":      {websocket.TextMessage, `{"type":"frame","data":"` + strings.Repeat("x", helpdesk.MaxMessage) + `"}`, whyOversized, websocket.CloseMessageTooBig},
}

// On both sockets, what must not be sent is refused and counted by why, and closes the connection with a code and a reason;
// so does more than anybody sends. Nobody else's connection is touched.
func TestBadFramesCloseTheConnection(t *testing.T) {
	r := newRig(t, Options{})
	bystander, calm := r.volunteer("Bystander", "en"), r.terminal("calm")
	sides := map[string]func(name string) *websocket.Conn{
		"volunteer": func(name string) *websocket.Conn { return r.rawDesk(t, name) },
		"terminal":  func(name string) *websocket.Conn { return r.rawTerminal(t, r.terminal(name)) },
	}
	wrongRole := map[string]string{"volunteer": `{"type":"cancel","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11"}`, "terminal": `{"type":"accept","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11","public_key":""}`}
	for side, connect := range sides {
		counted := func(why string) int { return r.refusals(t, side, why) }
		refuse := func(name, why string, code int, send func(c *websocket.Conn)) {
			t.Helper()
			before := counted(why)
			c := connect(side + strings.ReplaceAll(name, " ", ""))
			defer c.Close()
			send(c)
			got := closedWith(c)
			// Where much was still on its way, the system may cut the line before the code is read.
			if got.Code != code && got.Code != 0 || got.Code == 0 && why != whyOversized && why != whyRate {
				t.Errorf("%s, %s: closed with %d %q, want %d", side, name, got.Code, got.Text, code)
			}
			if got.Code == closeRefused && got.Text == "" {
				t.Errorf("%s, %s: no reason is given", side, name)
			}
			eventuallyTrue(t, side+", "+name+": counted", func() bool { return counted(why) == before+1 })
		}
		for name, bad := range badFrames {
			refuse(name, bad.why, bad.code, func(c *websocket.Conn) { c.WriteMessage(bad.kind, []byte(bad.data)) })
		}
		refuse("wrong role", whyMessage, closeRefused, func(c *websocket.Conn) { c.WriteMessage(websocket.TextMessage, []byte(wrongRole[side])) })
		refuse("a flood", whyRate, closeRefused, func(c *websocket.Conn) {
			for range 4 * burst {
				if c.WriteMessage(websocket.TextMessage, []byte(`{"type":"hangup","id":"9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11"}`)) != nil {
					return
				}
			}
		})
	}
	// Those who did nothing go on.
	id := helpdesk.NewID()
	if err := calm.link.Send(&helpdesk.Bell{ID: id, Language: "en"}); err != nil {
		t.Fatal(err)
	}
	calm.bell(id, helpdesk.BellRung)
	bystander.send(&helpdesk.Settled{ID: id})
	if refused := first[*helpdesk.Refused](bystander.box); refused.ID != id {
		t.Errorf("%+v", refused)
	}
}

// A volunteer reaches no call but their own, and a terminal neither: frames for another's are dropped, and nobody is told of them.
func TestFramesOfAnothersCall(t *testing.T) {
	r := newRig(t, Options{})
	helper := r.volunteer("Helper", "ar")
	c := r.terminal("t1")
	req, _ := c.ask("ar")
	helper.ring(req.ID)
	helper.accept(req.ID)
	c.state(req.ID, helpdesk.InCall)
	eve, other := r.volunteer("Eve", "en"), r.terminal("t2")
	frame := &helpdesk.Frame{ID: req.ID, Data: []byte("not of this call")}
	eve.send(frame)
	eve.send(&helpdesk.Hangup{ID: req.ID})
	eve.send(&helpdesk.HandOver{ID: req.ID})
	if err := other.link.Send(frame); err != nil && !strings.Contains(err.Error(), "no line") {
		t.Fatal(err)
	}
	// What the two say afterwards comes, in order, and nothing before it.
	ours := &helpdesk.Frame{ID: req.ID, Data: []byte("ours")}
	helper.send(ours)
	if got := wait(c.box, "a frame", func(m *helpdesk.Frame) bool { return true }); string(got.Data) != "ours" {
		t.Errorf("the terminal got %q", got.Data)
	}
	if err := c.link.Send(ours); err != nil {
		t.Fatal(err)
	}
	if got := wait(helper.box, "a frame", func(m *helpdesk.Frame) bool { return true }); string(got.Data) != "ours" {
		t.Errorf("the helper got %q", got.Data)
	}
}

// closedWith reads until the connection is closed, and says with which code and reason.
func closedWith(c *websocket.Conn) (closed websocket.CloseError) {
	for {
		if _, _, err := c.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok && e.Code != websocket.CloseAbnormalClosure {
				closed = *e
			}
			return closed
		}
	}
}

// refusals is a figure of /metrics: how many connections were closed because of what they sent.
func (r *rig) refusals(t *testing.T, side, why string) int {
	t.Helper()
	got := httptest.NewRecorder()
	r.hub.Figures().ServeHTTP(got, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	_, rest, found := strings.Cut(got.Body.String(), fmt.Sprintf("handrail_refused_total{side=%q,why=%q} ", side, why))
	if !found {
		return 0
	}
	number, _, _ := strings.Cut(rest, "\n")
	n, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (r *rig) rawDesk(t *testing.T, name string) *websocket.Conn {
	t.Helper()
	h := http.Header{"Origin": {r.people.URL}}
	for _, k := range r.join(Person{Name: name, Role: Volunteer, Languages: []helpdesk.Skill{{Code: "en", Speak: true}}}) {
		h.Add("Cookie", k.Name+"="+k.Value)
	}
	raw, _, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(r.people.URL, "http")+"/desk/ws", h)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (r *rig) rawTerminal(t *testing.T, c *caller) *websocket.Conn {
	t.Helper()
	c.cut()
	d := websocket.Dialer{TLSClientConfig: &tls.Config{RootCAs: c.o.TLS.RootCAs, Certificates: c.o.TLS.Certificates}}
	raw, _, err := d.Dial(c.o.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
