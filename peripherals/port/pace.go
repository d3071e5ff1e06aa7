// SPDX-License-Identifier: Apache-2.0

package port

import (
	"os"
	"sync"
	"time"
)

// Pace keeps a device from being flooded: cheap printers drop what overflows
// their buffer instead of holding the line. The zero Pace is no limit.
type Pace struct {
	// BytesPerSecond is how fast the device empties its buffer.
	BytesPerSecond int
	// Buffer is how many bytes it can hold; 256 if zero.
	Buffer int
}

// wholeWrite is the longest write that is never cut in two: a printer may take a
// real-time command that arrives in halves for something else.
const wholeWrite = 16

// pacer models the device's buffer: it fills by what we send and drains at the
// device's rate.
type pacer struct {
	rate, size int

	mu       sync.Mutex
	level    float64 // bytes thought to be in the device's buffer at time at
	at       time.Time
	deadline time.Time
	done     chan struct{}
	closed   bool
}

func newPacer(p Pace) *pacer {
	if p.Buffer <= 0 {
		p.Buffer = 256
	}
	return &pacer{rate: p.BytesPerSecond, size: max(p.Buffer, wholeWrite), at: time.Now(), done: make(chan struct{})}
}

// wait returns how many of want bytes may go out now, at least one, after waiting
// for room. It fails at the deadline and at close.
func (p *pacer) wait(want int) (int, error) {
	for {
		n, pause, err := p.room(want)
		if err != nil || n > 0 {
			return n, err
		}
		// Short naps, so that a deadline set meanwhile is noticed.
		timer := time.NewTimer(min(pause, 50*time.Millisecond))
		select {
		case <-timer.C:
		case <-p.done:
			timer.Stop()
		}
	}
}

func (p *pacer) room(want int) (n int, pause time.Duration, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case p.closed:
		return 0, 0, os.ErrClosed
	case !p.deadline.IsZero() && !now.Before(p.deadline):
		return 0, 0, os.ErrDeadlineExceeded
	case p.rate <= 0:
		return want, 0, nil
	}
	p.level = max(0, p.level-now.Sub(p.at).Seconds()*float64(p.rate))
	p.at = now
	free := p.size - int(p.level)
	need := min(want, wholeWrite)
	if free >= need {
		return min(want, free), 0, nil
	}
	return 0, time.Duration(float64(need-free)/float64(p.rate)*float64(time.Second)) + time.Millisecond, nil
}

func (p *pacer) sent(n int) {
	p.mu.Lock()
	p.level += float64(n)
	p.mu.Unlock()
}

func (p *pacer) setDeadline(t time.Time) {
	p.mu.Lock()
	p.deadline = t
	p.mu.Unlock()
}

func (p *pacer) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.done)
	}
}
