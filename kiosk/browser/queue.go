// SPDX-License-Identifier: Apache-2.0

package browser

import (
	"context"
	"sync"
)

// queue hands values from a goroutine that must not wait to one that may. It has no limit: what fills it is bounded by
// what the script tells (a look at most every 40 ms).
type queue[T any] struct {
	mu     sync.Mutex
	values []T
	filled chan struct{}
}

func newQueue[T any]() *queue[T] { return &queue[T]{filled: make(chan struct{}, 1)} }

// put adds a value and never waits.
func (q *queue[T]) put(v T) {
	q.mu.Lock()
	q.values = append(q.values, v)
	q.mu.Unlock()
	select {
	case q.filled <- struct{}{}:
	default:
	}
}

// next waits for the next value; ok is false when ctx has ended.
func (q *queue[T]) next(ctx context.Context) (v T, ok bool) {
	for {
		q.mu.Lock()
		if len(q.values) > 0 {
			v, q.values = q.values[0], q.values[1:]
			q.mu.Unlock()
			return v, true
		}
		q.mu.Unlock()
		select {
		case <-q.filled:
		case <-ctx.Done():
			return v, false
		}
	}
}
