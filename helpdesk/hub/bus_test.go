// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"handrail/helpdesk/hub/lab"
)

// Both buses do the same. ends are two connections to the same bus.
func TestBus(t *testing.T) {
	t.Run("in process", func(t *testing.T) {
		b := NewBell()
		busConforms(t, b, b)
	})
	t.Run("nats", func(t *testing.T) {
		c := servers(t, 3)
		a, err := OpenBus(c.URL(0), nil)
		if err != nil {
			t.Fatal(err)
		}
		b, err := OpenBus(c.URL(2), nil)
		if err != nil {
			t.Fatal(err)
		}
		busConforms(t, a, b)
		busSurvives(t, c)
	})
	for _, address := range []string{"nats://127.0.0.1:1", "http://127.0.0.1:1", "nonsense"} {
		if b, err := OpenBus(address, nil); err == nil {
			b.Close()
			t.Errorf("%s opened", address)
		}
	}
}

// listener collects what arrives.
type listener struct {
	mu   sync.Mutex
	got  []string
	more chan struct{}

	once    sync.Once
	reached chan struct{}
}

// reach rings until a listener hears it: one server of a cluster learns only after a while who listens at another.
func (l *listener) reach(t *testing.T, from Bus, subject string) {
	t.Helper()
	for limit := time.Now().Add(patience); ; {
		if err := from.Publish(subject, nil); err != nil {
			t.Fatal(err)
		}
		select {
		case <-l.reached:
			return
		case <-time.After(20 * time.Millisecond):
			if time.Now().After(limit) {
				t.Fatalf("nothing of %s gets through", subject)
			}
		}
	}
}

func listen(t *testing.T, b Bus, subject string) (*listener, func()) {
	t.Helper()
	l := &listener{more: make(chan struct{}, 1), reached: make(chan struct{})}
	cancel, err := b.Subscribe(subject, func(data []byte) {
		if len(data) == 0 { // see reach
			l.once.Do(func() { close(l.reached) })
			return
		}
		l.mu.Lock()
		l.got = append(l.got, string(data))
		l.mu.Unlock()
		select {
		case l.more <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return l, cancel
}

func (l *listener) wait(t *testing.T, n int) []string {
	t.Helper()
	limit := time.After(patience)
	for {
		l.mu.Lock()
		got := l.got
		l.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-l.more:
		case <-limit:
			t.Fatalf("%d of %d came", len(got), n)
		}
	}
}

func busConforms(t *testing.T, a, b Bus) {
	one, _ := listen(t, a, "desk.x")
	two, cancel := listen(t, b, "desk.x")
	other, _ := listen(t, b, "desk.y")
	one.reach(t, a, "desk.x")
	two.reach(t, a, "desk.x")
	other.reach(t, a, "desk.y")
	for i := range 500 {
		if err := a.Publish("desk.x", fmt.Append(nil, i)); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range []*listener{one, two} { // everybody, the publisher too, in order
		for i, got := range l.wait(t, 500) {
			if got != fmt.Sprint(i) {
				t.Fatalf("at %d came %s", i, got)
			}
		}
	}
	cancel()
	cancel() // twice is fine
	if err := a.Publish("desk.x", []byte("late")); err != nil {
		t.Fatal(err)
	}
	if err := a.Publish("desk.nobody", nil); err != nil {
		t.Errorf("nobody there: %v", err)
	}
	if err := a.Publish("desk.y", []byte("for y")); err != nil {
		t.Fatal(err)
	}
	one.wait(t, 501)
	if got := other.wait(t, 1); len(got) != 1 || got[0] != "for y" {
		t.Errorf("another subject got %q", got)
	}
	big := make([]byte, 400<<10)
	if err := b.Publish("desk.y", big); err != nil {
		t.Fatal(err)
	}
	if got := other.wait(t, 2); len(got[1]) != len(big) {
		t.Errorf("%d bytes came of %d", len(got[1]), len(big))
	}
	if two.mu.Lock(); len(two.got) != 500 {
		t.Errorf("%d came to one who had left", len(two.got)-500)
	}
	two.mu.Unlock()
	b.Close()
	a.Close()
}

// busSurvives kills the server that one bus is connected to: it goes on with another.
func busSurvives(t *testing.T, c *lab.NATS) {
	a, err := OpenBus(c.URL(0), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	b, err := OpenBus(c.URL(1), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	l, _ := listen(t, a, "desk.z")
	c.Kill(0)
	for limit := time.Now().Add(patience); ; {
		b.Publish("desk.z", []byte("still here")) // what is lost meanwhile is lost: it is a doorbell
		select {
		case <-l.more:
			return
		case <-time.After(20 * time.Millisecond):
			if time.Now().After(limit) {
				t.Fatal("nothing comes after one server was killed")
			}
		}
	}
}
