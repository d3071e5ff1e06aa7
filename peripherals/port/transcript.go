// SPDX-License-Identifier: Apache-2.0

package port

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
)

// A transcript is text, one piece of traffic a line: "> 03 06 .." is what we
// wrote, "< 03 15 16" what we read, "! gone" the end of the line, "#" a comment.

// Record returns line with its traffic written to w as a transcript. A transcript
// of a card holds what is on the card: record only cards that nobody owns.
func Record(line Line, w io.Writer) Line { return &recorder{Line: line, w: w} }

type recorder struct {
	Line
	mu    sync.Mutex
	w     io.Writer
	sizes bool
}

// RecordSizes is Record without the bytes: only who sent how many, which is what may
// be shown of a card that is somebody's.
func RecordSizes(line Line, w io.Writer) Line { return &recorder{Line: line, w: w, sizes: true} }

func (r *recorder) note(mark string, b []byte) {
	if len(b) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.sizes {
		fmt.Fprintf(r.w, "# %s %d bytes\n", mark, len(b))
		return
	}
	fmt.Fprintf(r.w, "%s % x\n", mark, b)
}

func (r *recorder) Read(b []byte) (int, error) {
	n, err := r.Line.Read(b)
	r.note("<", b[:n])
	return n, err
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.Line.Write(b)
	r.note(">", b[:n])
	return n, err
}

// Tape is a Line that plays a transcript: it gives what the transcript says was
// read, once it has been written what the transcript says was written.
type Tape struct {
	mu       sync.Mutex
	left     []piece
	deadline time.Time
	closed   bool
	err      error
	changed  chan struct{}
}

type piece struct {
	mark byte
	data []byte
	line int
}

var _ Line = (*Tape)(nil)

// Replay reads a transcript and returns the line that it describes.
func Replay(r io.Reader) (*Tape, error) {
	t := &Tape{changed: make(chan struct{})}
	sc := bufio.NewScanner(r)
	sc.Buffer(nil, 1<<20)
	for n := 1; sc.Scan(); n++ {
		text := strings.TrimSpace(sc.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		p := piece{mark: text[0], line: n}
		rest := strings.Join(strings.Fields(text[1:]), "")
		switch p.mark {
		case '<', '>':
			data, err := hex.DecodeString(rest)
			if err != nil {
				return nil, fmt.Errorf("transcript: line %d: %w", n, err)
			}
			p.data = data
		case '!':
			if rest != "gone" {
				return nil, fmt.Errorf("transcript: line %d: only \"! gone\" is known", n)
			}
		default:
			return nil, fmt.Errorf("transcript: line %d: want <, >, ! or #", n)
		}
		t.left = append(t.left, p)
	}
	if err := sc.Err(); err != nil {
		return nil, fmt.Errorf("transcript: %w", err)
	}
	return t, nil
}

// Err is the first thing that was written and not in the transcript.
func (t *Tape) Err() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}

// Left is how many pieces of the transcript have not been played.
func (t *Tape) Left() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.left)
}

func (t *Tape) signal() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// Read gives the next bytes that the transcript says were read, and waits while
// it says that something must be written first.
func (t *Tape) Read(b []byte) (int, error) {
	for {
		t.mu.Lock()
		if t.closed {
			t.mu.Unlock()
			return 0, os.ErrClosed
		}
		if len(t.left) > 0 && t.left[0].mark == '!' {
			t.mu.Unlock()
			return 0, fmt.Errorf("transcript: read: %w", ErrGone)
		}
		if len(t.left) > 0 && t.left[0].mark == '<' {
			n := copy(b, t.left[0].data)
			t.left[0].data = t.left[0].data[n:]
			if len(t.left[0].data) == 0 {
				t.left = t.left[1:]
			}
			t.mu.Unlock()
			return n, nil
		}
		changed, deadline := t.changed, t.deadline
		t.mu.Unlock()
		var expired <-chan time.Time
		if !deadline.IsZero() {
			timer := time.NewTimer(time.Until(deadline))
			defer timer.Stop()
			expired = timer.C
		}
		select {
		case <-changed:
		case <-expired:
			return 0, os.ErrDeadlineExceeded
		}
	}
}

// Write checks b against what the transcript says was written.
func (t *Tape) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.signal()
	sent := 0
	for sent < len(b) {
		switch {
		case t.closed:
			return sent, os.ErrClosed
		case len(t.left) > 0 && t.left[0].mark == '!':
			return sent, fmt.Errorf("transcript: write: %w", ErrGone)
		case len(t.left) == 0 || t.left[0].mark != '>':
			return sent, t.fail(fmt.Errorf("transcript: wrote % x where nothing is written", b[sent:]))
		}
		p := &t.left[0]
		n := min(len(p.data), len(b)-sent)
		if !bytes.Equal(p.data[:n], b[sent:sent+n]) {
			return sent, t.fail(fmt.Errorf("transcript: line %d: wrote % x, want % x", p.line, b[sent:], p.data))
		}
		sent += n
		if p.data = p.data[n:]; len(p.data) == 0 {
			t.left = t.left[1:]
		}
	}
	return sent, nil
}

func (t *Tape) fail(err error) error {
	if t.err == nil {
		t.err = err
	}
	return err
}

// SetReadDeadline sets when reads fail.
func (t *Tape) SetReadDeadline(at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.deadline = at
	t.signal()
	return nil
}

// SetWriteDeadline does nothing: writes never wait.
func (t *Tape) SetWriteDeadline(time.Time) error { return nil }

// Close ends reads that wait.
func (t *Tape) Close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.closed = true
	t.signal()
	return nil
}
