// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gorilla/websocket"
)

// The screen's websocket carries RFB (RFC 6143) as binary frames, cut anywhere, as noVNC expects it.
var screenUpgrader = websocket.Upgrader{
	ReadBufferSize:  1024,
	WriteBufferSize: 32 << 10,
	Subprotocols:    []string{"binary"},
	// The Origin has been compared with the Host in workbench.ServeHTTP; here it must also be present.
	CheckOrigin: func(r *http.Request) bool { return r.Header.Get("Origin") == "http://"+r.Host },
}

// screenWriteWithin bounds a write in either direction: a page that no longer reads does not hold the screen.
const screenWriteWithin = 20 * time.Second

// serveScreen joins the page to the terminal's screen until one of the two goes.
func (w *workbench) serveScreen(rw http.ResponseWriter, r *http.Request) {
	path := w.o.RFB()
	if path == "" {
		http.Error(rw, "The terminal has no screen now.", http.StatusServiceUnavailable)
		return
	}
	screen, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(r.Context(), "unix", path)
	if err != nil {
		w.o.Log.Warn("workbench screen", "err", err)
		http.Error(rw, "The terminal's screen does not answer.", http.StatusBadGateway)
		return
	}
	defer screen.Close()
	page, err := screenUpgrader.Upgrade(rw, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	defer page.Close()
	page.SetReadLimit(1 << 20)

	toPage := make(chan error, 1)
	go func() {
		toPage <- screenToPage(screen, page)
		page.Close() // ends the loop below
	}()
	err = pageToScreen(page, screen)
	screen.Close() // ends the goroutine
	if sent := <-toPage; err == nil {
		err = sent
	}
	if err != nil && !errors.Is(err, net.ErrClosed) && !errors.Is(err, io.EOF) {
		w.o.Log.Debug("workbench screen ended", "err", err)
	}
}

func screenToPage(screen net.Conn, page *websocket.Conn) error {
	buf := make([]byte, 64<<10)
	for {
		n, err := screen.Read(buf)
		if n > 0 {
			page.SetWriteDeadline(time.Now().Add(screenWriteWithin))
			if err := page.WriteMessage(websocket.BinaryMessage, buf[:n]); err != nil {
				return err
			}
		}
		if err != nil {
			return err
		}
	}
}

func pageToScreen(page *websocket.Conn, screen net.Conn) error {
	for {
		kind, msg, err := page.NextReader()
		if err != nil {
			return nil // the page went; nothing to tell
		}
		if kind != websocket.BinaryMessage {
			return errors.New("the screen takes binary frames only")
		}
		screen.SetWriteDeadline(time.Now().Add(screenWriteWithin))
		if _, err := io.Copy(screen, msg); err != nil {
			return err
		}
	}
}
