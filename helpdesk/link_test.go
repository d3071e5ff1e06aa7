// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hubStub is a hub that does with each connection what the test says.
func hubStub(t *testing.T, serve func(n int, w http.ResponseWriter, r *http.Request)) string {
	t.Helper()
	var mu sync.Mutex
	n := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		n++
		mine := n
		mu.Unlock()
		serve(mine, w, r)
	}))
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func run(t *testing.T, o LinkOptions) *Link {
	t.Helper()
	l := NewLink(o)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l
}

func until(t *testing.T, what string, f func() bool) {
	t.Helper()
	for limit := time.Now().Add(30 * time.Second); time.Now().Before(limit); time.Sleep(2 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("never came true: %s", what)
}

// A request is sent again until it is confirmed, over refusals, cuts and a hub that says things nobody knows.
func TestLinkKeepsAsking(t *testing.T) {
	r := request(t)
	box := &memory{}
	if err := box.Put("broken", []byte("not a message")); err != nil {
		t.Fatal(err)
	}
	asked := make(chan int, 100)
	var up websocket.Upgrader
	url := hubStub(t, func(n int, w http.ResponseWriter, req *http.Request) {
		if n == 1 {
			http.Error(w, "the office has not yet said that the four words are the same", http.StatusForbidden)
			return
		}
		conn, err := up.Upgrade(w, req, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"news","from":"a newer hub"}`))
		for {
			_, data, err := conn.ReadMessage()
			if err != nil {
				return
			}
			m, err := Decode(TerminalToHub, data)
			if err != nil {
				t.Errorf("%v: %s", err, data)
				return
			}
			if ask, ok := m.(*AskHelp); !ok || ask.Request.ID != r.ID {
				t.Errorf("got %s", data)
			}
			asked <- n
			if n == 2 {
				return // cut before it is confirmed
			}
			answer, err := Encode(&Queued{ID: r.ID, Rev: 1})
			if err != nil {
				t.Error(err)
			}
			conn.WriteMessage(websocket.TextMessage, answer)
		}
	})
	var mu sync.Mutex
	var states []bool
	got := make(chan Message, 100)
	l := run(t, LinkOptions{URL: url, Outbox: box, OnMessage: func(m Message) { got <- m },
		OnState: func(up bool) { mu.Lock(); states = append(states, up); mu.Unlock() }})
	if err := l.Send(&Frame{r.ID, []byte("x")}); !errors.Is(err, ErrNoLine) && err != nil {
		t.Errorf("a frame without a line: %v", err)
	}
	if err := l.Send(&AskHelp{r}); err != nil {
		t.Fatal(err)
	}
	until(t, "it was asked for in the second connection", func() bool { return len(asked) > 0 })
	until(t, "the outbox is empty", func() bool { rows, _ := box.Pending(); return len(rows) == 0 })
	select {
	case m := <-got:
		if q, ok := m.(*Queued); !ok || q.ID != r.ID {
			t.Errorf("got %+v", m)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was told")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(states) < 3 || !states[0] || states[1] || !states[2] {
		t.Errorf("states: %v", states)
	}
}

// The reason of a refusal reaches whoever looks after the terminal.
func TestLinkReason(t *testing.T) {
	url := hubStub(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "the office no longer lets this terminal in", http.StatusForbidden)
	})
	l := run(t, LinkOptions{URL: url})
	until(t, "the reason is known", func() bool { return l.Reason() == "the office no longer lets this terminal in" })
	if l.Connected() {
		t.Error("connected")
	}
	if err := l.Send(&HealthReport{[]byte(`{}`)}); !errors.Is(err, ErrNoLine) {
		t.Errorf("health without a line: %v", err)
	}
	if err := l.Send(&Cancel{"not an id"}); !errors.Is(err, ErrMessage) {
		t.Errorf("a message that is none: %v", err)
	}
}

// The answer to a request does not confirm the cancel that replaced it.
func TestLinkCancelWins(t *testing.T) {
	box := &memory{}
	l := NewLink(LinkOptions{Outbox: box})
	r := request(t)
	if err := l.Send(&AskHelp{r}); err != nil {
		t.Fatal(err)
	}
	if err := l.Send(&Cancel{r.ID}); err != nil {
		t.Fatal(err)
	}
	for _, m := range []Message{&Queued{ID: r.ID}, &CallState{ID: r.ID, State: Ringing}} {
		if err := l.settle(m); err != nil {
			t.Fatal(err)
		}
	}
	rows, err := box.Pending()
	if err != nil || len(rows) != 1 || !strings.Contains(string(rows[0].Body), "cancel") {
		t.Fatalf("%s, %v", rows, err)
	}
	if err := l.settle(&CallState{ID: r.ID, State: Over}); err != nil {
		t.Fatal(err)
	}
	if rows, _ := box.Pending(); len(rows) != 0 {
		t.Errorf("%s", rows)
	}
}
