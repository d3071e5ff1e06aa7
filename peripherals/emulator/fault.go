// SPDX-License-Identifier: Apache-2.0

package emulator

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// FaultWords says what a script of faults may have.
const FaultWords = "WHICH WHAT [HOW MUCH]; ... where WHICH is a reply's number from 0, every/N, or all, and WHAT is " +
	"flip [BIT], noise [BYTES], after [BYTES], cut [BYTES], lose, refuse, time [TIMES], late [DURATION], gone, unplug [DURATION]"

// Faults are things that go wrong on a reader's line, as scripted.
type Faults struct {
	list []fault

	mu     sync.Mutex
	reader *Reader
}

type fault struct {
	at, every int // at counts if every is 0
	what      string
	amount    int
	wait      time.Duration
}

// ParseFaults reads a script such as "3 flip 17; every/5 noise 4; 9 unplug 2s".
func ParseFaults(script string) (*Faults, error) {
	f := &Faults{}
	for _, text := range strings.FieldsFunc(script, func(r rune) bool { return r == ';' || r == '\n' }) {
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		bad := func() (*Faults, error) {
			return nil, fmt.Errorf("fault %q: want %s", strings.TrimSpace(text), FaultWords)
		}
		if len(words) < 2 || len(words) > 3 {
			return bad()
		}
		one := fault{what: words[1], amount: 1, wait: 200 * time.Millisecond}
		var err error
		switch every, is := strings.CutPrefix(words[0], "every/"); {
		case words[0] == "all":
			one.every = 1
		case is:
			one.every, err = strconv.Atoi(every)
			if one.every < 1 {
				return bad()
			}
		default:
			one.at, err = strconv.Atoi(words[0])
		}
		if err != nil || one.at < 0 {
			return bad()
		}
		switch one.what {
		case "late", "unplug":
			if len(words) == 3 {
				one.wait, err = time.ParseDuration(words[2])
			}
			if err != nil || one.wait < 0 || one.wait > time.Hour {
				return bad()
			}
		case "flip", "noise", "after", "cut", "time":
			if len(words) == 3 {
				one.amount, err = strconv.Atoi(words[2])
			}
			if err != nil || one.amount < 0 || one.amount > 4096 {
				return bad()
			}
		case "lose", "refuse", "gone":
			if len(words) == 3 {
				return bad()
			}
		default:
			return bad()
		}
		f.list = append(f.list, one)
	}
	return f, nil
}

// Attach says whose cable is pulled. Without it, unplug only loses the reply.
func (f *Faults) Attach(r *Reader) {
	f.mu.Lock()
	f.reader = r
	f.mu.Unlock()
}

// Reply is for ReaderOptions.OnReply: it gives what goes on the wire in place of the
// nth reply.
func (f *Faults) Reply(n int, reply []byte) []byte {
	for _, one := range f.list {
		if one.every == 0 && n != one.at || one.every > 0 && n%one.every != one.every-1 {
			continue
		}
		reply = f.spoil(one, bytes.Clone(reply))
	}
	return reply
}

func (f *Faults) spoil(one fault, b []byte) []byte {
	// Noise that is the same each time, so that a run can be repeated.
	noise := make([]byte, min(one.amount, 4096))
	for i := range noise {
		noise[i] = byte(i*73 + 0x41)
	}
	switch one.what {
	case "flip":
		if len(b) > 0 {
			b[one.amount/8%len(b)] ^= 1 << (one.amount % 8)
		}
	case "noise":
		return append(noise, b...)
	case "after":
		return append(b, noise...)
	case "cut":
		return b[:max(0, len(b)-one.amount)]
	case "lose":
		return nil
	case "refuse":
		return []byte{frameSync, frameNak, frameSync ^ frameNak}
	case "time":
		return append(bytes.Repeat([]byte{0x80}, one.amount), b...)
	case "late":
		time.Sleep(one.wait)
	case "gone":
		return append([]byte{slotChange, slotAbsent}, b...)
	case "unplug":
		f.mu.Lock()
		r := f.reader
		f.mu.Unlock()
		if r != nil {
			go func() { // it is the reader's own goroutine that asks
				r.Unplug()
				time.Sleep(one.wait)
				_ = r.Plug() // it has been closed meanwhile
			}()
		}
		return nil
	}
	return b
}
