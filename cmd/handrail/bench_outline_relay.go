// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// relayLine is a websocket to a relay, and another from it: what is sent on the one is heard on the other. The relay has no other
// work, so both sides of a comparison pay the same for the way.
type relayLine struct {
	server  *http.Server
	from    *websocket.Conn
	conns   []*websocket.Conn
	writing sync.Mutex
	all     sync.WaitGroup
}

// openRelay has hear called with each message as it arrives, one after the other.
func openRelay(ctx context.Context, hear func(data []byte)) (*relayLine, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	r := &relayLine{}
	ends := make(chan *websocket.Conn, 2)
	up := websocket.Upgrader{}
	r.server = &http.Server{ReadHeaderTimeout: 10 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if conn, err := up.Upgrade(w, req, nil); err == nil {
			ends <- conn
		}
	})}
	r.all.Go(func() { r.server.Serve(l) })
	dial := func() (here, there *websocket.Conn, err error) {
		if here, _, err = websocket.DefaultDialer.DialContext(ctx, "ws://"+l.Addr().String(), nil); err != nil {
			return nil, nil, err
		}
		r.conns = append(r.conns, here)
		select {
		case there = <-ends:
			r.conns = append(r.conns, there)
			return here, there, nil
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	var in, out, to *websocket.Conn // in and out are the relay's own ends
	if r.from, in, err = dial(); err == nil {
		to, out, err = dial()
	}
	if err != nil {
		r.close()
		return nil, err
	}
	r.all.Go(func() {
		for {
			kind, data, err := in.ReadMessage()
			if err != nil || out.WriteMessage(kind, data) != nil {
				return
			}
		}
	})
	r.all.Go(func() {
		for {
			_, data, err := to.ReadMessage()
			if err != nil {
				return
			}
			hear(data)
		}
	})
	return r, nil
}

func (r *relayLine) send(data []byte) error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if err := r.from.WriteMessage(websocket.TextMessage, data); err != nil {
		return errors.Join(errors.New("the relay is gone"), err)
	}
	return nil
}

func (r *relayLine) close() {
	for _, c := range r.conns {
		c.Close()
	}
	r.server.Close()
	r.all.Wait()
}
