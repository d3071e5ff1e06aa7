// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// ErrNoLine is returned by Send for what only makes sense now (frames, health) while there is no line to the hub.
var ErrNoLine = errors.New("no line to the hub")

const (
	firstPause  = 100 * time.Millisecond
	lastPause   = 3 * time.Second
	resendEvery = 5 * time.Second
	pingEvery   = 10 * time.Second
	// lineLost is how long nothing may be heard (the hub answers pings) before the line counts as lost.
	lineLost  = 30 * time.Second
	writeTime = 10 * time.Second
)

// LinkOptions say where the hub is and who listens.
type LinkOptions struct {
	// URL is the hub's websocket for terminals, "wss://host:port/terminal/ws".
	URL string
	// TLS is the terminal's identity (provisioning.Identity.TLS).
	TLS *tls.Config
	Log *slog.Logger
	// Outbox keeps requests until the hub has them; nil: in memory.
	Outbox Outbox
	// OnMessage is called for every message of the hub, one at a time, from the goroutine that reads. It may Send.
	OnMessage func(Message)
	// OnState is called when the line comes up and when it is lost, one at a time.
	OnState func(up bool)
}

// Link is the terminal's line to the hub. It dials out, comes back by itself, and delivers requests at least once.
type Link struct {
	o      LinkOptions
	outbox Outbox

	// box guards the outbox together with asks, so that the answer to a request never confirms the cancel that replaced it.
	box  sync.Mutex
	asks map[string]bool // ids under which the outbox keeps an AskHelp or a Bell

	mu     sync.Mutex
	conn   *websocket.Conn // nil: no line
	reason string
	write  sync.Mutex
}

// NewLink makes a line; nothing happens until Run.
func NewLink(o LinkOptions) *Link {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l := &Link{o: o, outbox: o.Outbox, asks: map[string]bool{}}
	if l.outbox == nil {
		l.outbox = &memory{}
	}
	return l
}

// Run keeps the line up until ctx ends. It returns when all its goroutines have.
func (l *Link) Run(ctx context.Context) error {
	pause := firstPause
	for {
		conn, err := l.dial(ctx)
		if err == nil {
			pause = firstPause
			err = l.serve(ctx, conn)
		}
		if ctx.Err() != nil {
			return nil
		}
		l.note(err)
		// Full jitter: terminals that lost the same hub do not come back in step.
		if !sleep(ctx, firstPause/2+rand.N(pause)) {
			return nil
		}
		pause = min(2*pause, lastPause)
	}
}

// Connected tells whether the line is up now.
func (l *Link) Connected() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.conn != nil
}

// Reason is why the line was last lost or refused, in the words of whoever refused it; empty when it never was.
func (l *Link) Reason() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.reason
}

// Send gives a message to the hub. AskHelp, Bell, Cancel and Hangup are kept in the outbox first and reach the hub even if the
// line is down now; for everything else the error is ErrNoLine then.
func (l *Link) Send(m Message) error {
	data, err := Encode(m)
	if err != nil {
		return err
	}
	id, ask := "", false
	switch m := m.(type) {
	case *AskHelp:
		id, ask = m.Request.ID, true
	case *Bell:
		id, ask = m.ID, true
	case *Cancel:
		id = m.ID
	case *Hangup:
		id = m.ID
	}
	if id == "" {
		return l.put(data)
	}
	l.box.Lock()
	err = l.outbox.Put(id, data)
	if err == nil {
		l.asks[id] = ask
	}
	l.box.Unlock()
	if err != nil {
		return fmt.Errorf("help request: %w", err)
	}
	if err := l.put(data); err != nil && !errors.Is(err, ErrNoLine) {
		l.o.Log.Debug("help request waits in the outbox", "why", err)
	}
	return nil
}

func (l *Link) put(data []byte) error {
	l.mu.Lock()
	conn := l.conn
	l.mu.Unlock()
	if conn == nil {
		return ErrNoLine
	}
	l.write.Lock()
	defer l.write.Unlock()
	conn.SetWriteDeadline(time.Now().Add(writeTime))
	if err := conn.WriteMessage(websocket.TextMessage, data); err != nil {
		conn.Close() // the reader notices and dials again
		return fmt.Errorf("%w: %w", ErrNoLine, err)
	}
	return nil
}

func (l *Link) dial(ctx context.Context) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, writeTime)
	defer cancel()
	d := websocket.Dialer{TLSClientConfig: l.o.TLS, ReadBufferSize: 4096, WriteBufferSize: 4096}
	conn, resp, err := d.DialContext(ctx, l.o.URL, nil)
	if err == nil {
		return conn, nil
	}
	if resp != nil {
		defer resp.Body.Close()
		words, _ := io.ReadAll(io.LimitReader(resp.Body, 300))
		if resp.StatusCode != http.StatusOK && len(words) > 0 {
			return nil, errors.New(strings.TrimSpace(string(words)))
		}
	}
	return nil, fmt.Errorf("dialling the hub: %w", err)
}

// serve holds one connection until it is lost.
func (l *Link) serve(ctx context.Context, conn *websocket.Conn) error {
	conn.SetReadLimit(MaxMessage)
	alive := func() { conn.SetReadDeadline(time.Now().Add(lineLost)) }
	alive()
	conn.SetPongHandler(func(string) error { alive(); return nil })

	ctx, stop := context.WithCancel(ctx)
	var beat sync.WaitGroup
	beat.Go(func() { l.beat(ctx, conn) })
	l.mu.Lock()
	l.conn, l.reason = conn, ""
	l.mu.Unlock()
	if l.o.OnState != nil {
		l.o.OnState(true)
	}
	defer func() {
		l.mu.Lock()
		l.conn = nil
		l.mu.Unlock()
		stop()
		conn.Close()
		beat.Wait()
		if l.o.OnState != nil {
			l.o.OnState(false)
		}
	}()

	for {
		_, data, err := conn.ReadMessage()
		if err != nil {
			var closed *websocket.CloseError
			if errors.As(err, &closed) && closed.Text != "" {
				return errors.New(closed.Text)
			}
			return fmt.Errorf("line to the hub: %w", err)
		}
		alive()
		m, err := Decode(HubToTerminal, data)
		if err != nil {
			// A newer hub may know messages that this terminal does not; the line is worth more than the message.
			l.o.Log.Warn("message of the hub left out", "why", err)
			continue
		}
		if err := l.settle(m); err != nil {
			l.o.Log.Error("outbox", "why", err)
		}
		if l.o.OnMessage != nil {
			l.o.OnMessage(m)
		}
	}
}

// beat pings and sends again what waits, until the connection's context ends; then it closes the connection.
func (l *Link) beat(ctx context.Context, conn *websocket.Conn) {
	defer conn.Close()
	l.resend()
	ping, resend := time.NewTicker(pingEvery), time.NewTicker(resendEvery)
	defer ping.Stop()
	defer resend.Stop()
	for {
		select {
		case <-ctx.Done():
			conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseGoingAway, ""), time.Now().Add(time.Second))
			return
		case <-ping.C:
			conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTime))
		case <-resend.C:
			l.resend()
		}
	}
}

func (l *Link) resend() {
	rows, err := l.outbox.Pending()
	if err != nil {
		l.o.Log.Error("outbox", "why", err)
		return
	}
	for _, row := range rows {
		m, err := Decode(TerminalToHub, row.Body)
		if err != nil {
			l.o.Log.Error("outbox: a row is not a message and is dropped", "why", err)
			l.outbox.Drop(row.ID)
			continue
		}
		_, ask := m.(*AskHelp)
		if _, bell := m.(*Bell); bell {
			ask = true
		}
		l.box.Lock()
		if _, known := l.asks[row.ID]; !known {
			l.asks[row.ID] = ask
		}
		l.box.Unlock()
		if l.put(row.Body) != nil {
			return
		}
	}
}

// settle takes out of the outbox what the hub has.
func (l *Link) settle(m Message) error {
	l.box.Lock()
	defer l.box.Unlock()
	switch m := m.(type) {
	case *Queued:
		if l.asks[m.ID] {
			return l.outbox.Confirm(m.ID)
		}
	case *CallState:
		if m.State == Over {
			delete(l.asks, m.ID)
			return l.outbox.Drop(m.ID)
		}
		if l.asks[m.ID] {
			return l.outbox.Confirm(m.ID)
		}
	case *BellNow:
		// A number for later is the hub's from now on; whoever waits at the terminal may still take the bell back.
		if m.State == BellOver || m.Later && l.asks[m.ID] {
			delete(l.asks, m.ID)
			return l.outbox.Drop(m.ID)
		}
		if l.asks[m.ID] {
			return l.outbox.Confirm(m.ID)
		}
	case *Refused:
		if m.ID != "" {
			delete(l.asks, m.ID)
			return l.outbox.Drop(m.ID)
		}
	}
	return nil
}

func (l *Link) note(err error) {
	if err == nil {
		return
	}
	l.mu.Lock()
	changed := l.reason != err.Error()
	l.reason = err.Error()
	l.mu.Unlock()
	if changed {
		l.o.Log.Info("no line to the hub; trying again", "why", err)
	}
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
