// SPDX-License-Identifier: Apache-2.0

package lockdown

import (
	"crypto/tls"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"handrail/kiosk/stage"
)

func TestCatalogueIsWhole(t *testing.T) {
	known := map[string]bool{"key": true, "type": true, "hold": true, "click": true, "double": true, "right": true, "middle": true, "button": true,
		"with": true, "long": true, "drag": true, "wheel": true, "edge": true, "wait": true, "break": true}
	seen := map[string]bool{}
	for _, v := range Catalogue() {
		if v.ID == "" || seen[v.ID] {
			t.Errorf("%q is there twice, or has no name", v.ID)
		}
		seen[v.ID] = true
		if v.Script == "" && len(v.Hand) == 0 {
			t.Errorf("%s does nothing", v.ID)
		}
		for _, g := range v.Hand {
			if word, _, _ := strings.Cut(g, " "); !known[word] {
				t.Errorf("%s: gesture %q", v.ID, g)
			}
		}
	}
	if len(seen) < 125 {
		t.Errorf("only %d vectors", len(seen))
	}
	if len(Channels) != 22 || Channels[stunChannel-1].Name != "STUN" || Channels[transportChannel-1].Name != "WebTransport" || Channels[prefetchChannel-1].Name != "dns-prefetch" {
		t.Errorf("the channels are numbered otherwise than their listeners")
	}
}

func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name string
		e    evidence
		want Verdict
	}{
		{"all as it was", evidence{answers: true}, Nothing},
		{"a caret", evidence{answers: true, inside: unnoticed}, Nothing},
		{"data out", evidence{answers: true, hits: 1}, Breakout},
		{"a name asked for", evidence{answers: true, lookups: 1}, Breakout},
		{"another page", evidence{answers: true, strangers: 1}, Breakout},
		{"another window", evidence{answers: true, windows: []string{"1x1"}}, Breakout},
		{"a bar over the page", evidence{answers: true, inside: 5000}, Breakout},
		{"an error page", evidence{inside: 500000}, Breakout},
		{"beside the page", evidence{answers: true, outside: 5000}, Breakout},
		{"zoom", evidence{answers: true, inside: 5000, resized: true}, Effect},
		{"our own screen", evidence{own: true, inside: 500000}, Effect},
		{"our own screen, and data out", evidence{own: true, hits: 1}, Breakout},
		{"our own screen, as it is to be", evidence{own: true, ends: true, back: true, inside: 500000}, Nothing},
		{"our own screen, and no way back", evidence{own: true, ends: true, inside: 500000}, Breakout},
		{"a page that stays broken", evidence{ends: true, missed: true, answers: true}, Breakout},
		{"loaded anew", evidence{answers: true, anew: true}, Effect},
		{"a page that hangs", evidence{}, Effect},
		{"a list of a form", evidence{answers: true, listed: true, inside: 5000, windows: []string{"100x100"}}, Nothing},
		{"a list of a form outside its place", evidence{answers: true, listed: true, outside: 5000, windows: []string{"100x100"}}, Breakout},
	} {
		if got, why := c.e.judge(); got != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got, why, c.want)
		}
	}
}

func TestDiffers(t *testing.T) {
	a, b := image.NewRGBA(image.Rect(0, 0, 100, 100)), image.NewRGBA(image.Rect(0, 0, 100, 100))
	if n, _ := differs(a, b, a.Bounds()); n != 0 {
		t.Errorf("the same differs by %d", n)
	}
	draw.Draw(b, image.Rect(10, 20, 30, 25), image.NewUniform(color.White), image.Point{}, draw.Src)
	if n, box := differs(a, b, a.Bounds()); n != 100 || box != image.Rect(10, 20, 30, 25) {
		t.Errorf("%d in %v", n, box)
	}
	if n, _ := differs(a, b, image.Rect(0, 0, 20, 100)); n != 50 {
		t.Errorf("%d in the left part", n)
	}
	if n, _ := differs(a, image.NewRGBA(image.Rect(0, 0, 50, 50)), a.Bounds()); n != 100*100 {
		t.Errorf("another display differs by %d", n)
	}
}

func TestNewWindows(t *testing.T) {
	one := stage.Sight{Class: "a", Rect: stage.Rect{W: 10, H: 20}}
	if got := newWindows([]stage.Sight{one}, []stage.Sight{one}); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if got := newWindows([]stage.Sight{one}, []stage.Sight{one, one}); len(got) != 1 || got[0] != "10x20" {
		t.Errorf("%q", got)
	}
}

func TestReply(t *testing.T) {
	ask := func(name string, kind dnsmessage.Type) (dnsmessage.Message, string) {
		t.Helper()
		question := dnsmessage.Message{Header: dnsmessage.Header{ID: 7, RecursionDesired: true}, Questions: []dnsmessage.Question{{
			Name: dnsmessage.MustNewName(name), Type: kind, Class: dnsmessage.ClassINET}}}
		packed, err := question.Pack()
		if err != nil {
			t.Fatal(err)
		}
		answer, asked := reply(packed)
		var m dnsmessage.Message
		if err := m.Unpack(answer); err != nil {
			t.Fatal(err)
		}
		return m, asked
	}
	m, asked := ask("C7.evil.test.", dnsmessage.TypeA)
	if body, ok := m.Answers[0].Body.(*dnsmessage.AResource); !ok || body.A != [4]byte{11, 0, 1, 7} || asked != "c7.evil.test" || m.ID != 7 {
		t.Errorf("%+v, %q", m, asked)
	}
	if m, _ := ask("out.evil.test.", dnsmessage.TypeAAAA); len(m.Answers) != 0 || m.RCode != dnsmessage.RCodeSuccess {
		t.Errorf("%+v", m)
	}
	if m, _ := ask("example.org.", dnsmessage.TypeA); m.RCode != dnsmessage.RCodeNameError {
		t.Errorf("%+v", m)
	}
}

func FuzzReply(f *testing.F) {
	f.Add([]byte("\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x02c7\x04evil\x04test\x00\x00\x01\x00\x01"))
	f.Fuzz(func(t *testing.T, question []byte) {
		if answer, _ := reply(question); len(answer) > 4096 {
			t.Errorf("%d bytes answer %d", len(answer), len(question))
		}
	})
}

func TestEitherWay(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	either, err := eitherWay(l)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "here") }))
	s.Listener.Close()
	s.Listener = either
	s.Start()
	defer s.Close()
	at := l.Addr().String()
	read := func(c *http.Client, address string) (string, error) {
		r, err := c.Get(address)
		if err != nil {
			return "", err
		}
		defer r.Body.Close()
		data, err := io.ReadAll(r.Body)
		return string(data), err
	}
	if text, err := read(s.Client(), "http://"+at); text != "here" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	if _, err := read(s.Client(), "https://"+at); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("a certificate that nobody knows was taken: %v", err)
	}
	trusting := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer trusting.CloseIdleConnections()
	if text, err := read(trusting, "https://"+at); text != "here" || err != nil {
		t.Errorf("%q %v", text, err)
	}
}
