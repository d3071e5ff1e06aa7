// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"sync"
	"time"

	"github.com/chromedp/cdproto/network"
)

// quietFor is how long a page must load nothing to count as quiet.
const quietFor = 800 * time.Millisecond

// quiet watches whether a page loads anything. What stays open for good (event streams, sockets) does not count.
type quiet struct {
	mu      sync.Mutex
	loading map[network.RequestID]bool
	timer   *time.Timer
	ended   bool
	tell    func()
}

func newQuiet(tell func()) *quiet {
	return &quiet{loading: map[network.RequestID]bool{}, tell: tell}
}

// heard takes an event of the browser.
func (q *quiet) heard(event any) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		switch e.Type {
		case network.ResourceTypeEventSource, network.ResourceTypeWebSocket, network.ResourceTypePing:
			return
		}
		q.loading[e.RequestID] = true
	case *network.EventLoadingFinished:
		delete(q.loading, e.RequestID)
	case *network.EventLoadingFailed:
		delete(q.loading, e.RequestID)
	default:
		return
	}
	q.reset()
}

// arm tells of the quiet once more, also when it is quiet already: somebody begins to wait for it.
func (q *quiet) arm() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.reset()
}

func (q *quiet) reset() {
	if q.timer != nil {
		q.timer.Stop()
	}
	if q.ended || len(q.loading) > 0 {
		return
	}
	q.timer = time.AfterFunc(quietFor, func() {
		q.mu.Lock()
		still := len(q.loading) == 0 && !q.ended
		q.mu.Unlock()
		if still {
			q.tell()
		}
	})
}

func (q *quiet) stop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.ended = true
	if q.timer != nil {
		q.timer.Stop()
	}
}
