// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"handrail/helpdesk"
)

// Close codes of ours, from the range for applications (RFC 6455 section 7.4.2).
const (
	closeElsewhere = 4001 // opened again elsewhere; the newer one counts
	closeOut       = 4003 // signed out or revoked: do not come back
	closeRefused   = 4008 // a message was refused
)

const (
	writeTime = 10 * time.Second
	pingEvery = 20 * time.Second
	lineLost  = 60 * time.Second
	// maxQueued bounds what waits for one slow connection.
	maxQueued      = 2 << 20
	maxQueuedItems = 512
	// A connection may send burst messages at once and perSecond from then on.
	perSecond = 60
	burst     = 300
)

// pool and the small buffers keep an idle connection at a few kilobytes: writing borrows a buffer, reading of 512 bytes
// is enough for everything but outlines, which are read in pieces.
var pool sync.Pool

func upgrader(origin func(*http.Request) bool) *websocket.Upgrader {
	return &websocket.Upgrader{ReadBufferSize: 512, WriteBufferSize: 1024, WriteBufferPool: &pool, CheckOrigin: origin, HandshakeTimeout: writeTime}
}

// socket is one connection. Its reader is the handler's goroutine; a writer exists only while something waits to go out.
type socket struct {
	conn *websocket.Conn

	mu      sync.Mutex
	queue   []item
	size    int
	writing bool
	closed  bool
	writer  sync.WaitGroup

	tokens float64
	last   time.Time
	slot   int // when it is pinged
}

type item struct {
	kind int
	data []byte
}

func newSocket(conn *websocket.Conn) *socket {
	s := &socket{conn: conn, tokens: burst, last: time.Now()}
	conn.SetReadLimit(helpdesk.MaxMessage)
	s.alive()
	conn.SetPongHandler(func(string) error { s.alive(); return nil })
	return s
}

func (s *socket) alive() { s.conn.SetReadDeadline(time.Now().Add(lineLost)) }

// send queues one message; false when the connection is gone or too slow to take it. It never blocks.
func (s *socket) send(data []byte) bool { return s.put(item{websocket.TextMessage, data}) }

func (s *socket) ping() { s.put(item{websocket.PingMessage, nil}) }

// tell sends a message that cannot fail to encode: a figure out of its bounds is a mistake of ours.
func (s *socket) tell(m helpdesk.Message) bool {
	data, err := helpdesk.Encode(m)
	return err == nil && s.send(data)
}

func (s *socket) put(it item) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	if s.size+len(it.data) > maxQueued || len(s.queue) >= maxQueuedItems {
		s.closed = true
		s.conn.Close()
		return false
	}
	s.queue = append(s.queue, it)
	s.size += len(it.data)
	if !s.writing {
		s.writing = true
		s.writer.Go(s.flush)
	}
	return true
}

func (s *socket) flush() {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 || s.closed {
			s.writing, s.queue = false, nil
			s.mu.Unlock()
			return
		}
		it := s.queue[0]
		s.queue = s.queue[1:]
		s.size -= len(it.data)
		s.mu.Unlock()
		s.conn.SetWriteDeadline(time.Now().Add(writeTime))
		if err := s.conn.WriteMessage(it.kind, it.data); err != nil {
			s.mu.Lock()
			s.closed = true
			s.mu.Unlock()
			s.conn.Close()
		}
	}
}

// shut closes the connection with a reason.
func (s *socket) shut(code int, reason string) {
	s.mu.Lock()
	was := s.closed
	s.closed = true
	s.mu.Unlock()
	if !was {
		s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	}
	s.conn.Close()
}

// errRate closes a connection that sends more than any terminal or desk does, errKind one that sends anything but text.
var (
	errRate = errors.New("too many messages")
	errKind = errors.New("only text messages are read here")
)

// Why a connection was closed because of what it sent, as it is counted. Nobody else's words become a label.
const (
	whyOversized = "oversized"
	whyRate      = "rate"
	whyKind      = "kind"
	whyInClear   = "in clear" // a request that says what belongs sealed; its connection stays
	whyMessage   = "message"  // malformed, of another role, or out of its limits
)

// read gives every message to f until the connection ends; an error of f closes it with its words. It returns when
// the writer has ended too, and tells why a message was refused; empty: none was.
func (s *socket) read(f func(data []byte) error) (refused string) {
	defer s.writer.Wait()
	for {
		kind, data, err := s.conn.ReadMessage()
		if errors.Is(err, websocket.ErrReadLimit) { // the other side is told 1009 by the library
			s.shut(websocket.CloseMessageTooBig, "a message is too large")
			return whyOversized
		}
		if err != nil {
			s.shut(websocket.CloseNormalClosure, "")
			return ""
		}
		s.alive()
		switch {
		case kind != websocket.TextMessage:
			err = errKind
		case !s.pace():
			err = errRate
		default:
			err = f(data)
		}
		if err != nil {
			reason := err.Error()
			if len(reason) > 120 { // a control frame holds 125 bytes
				reason = reason[:120]
			}
			s.shut(closeRefused, reason)
			switch {
			case errors.Is(err, errInternal):
				return ""
			case errors.Is(err, errRate):
				return whyRate
			case errors.Is(err, errKind):
				return whyKind
			}
			return whyMessage
		}
	}
}

func (s *socket) pace() bool {
	now := time.Now()
	s.tokens = min(burst, s.tokens+now.Sub(s.last).Seconds()*perSecond)
	s.last = now
	s.tokens--
	return s.tokens >= 0
}
