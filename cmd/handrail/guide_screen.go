// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"handrail/kiosk/browser"
	"handrail/kiosk/stage"
)

// authorScreen is where an author's browser opens: on their own screen, or on one that is made for it and shown at a link.
func authorScreen(ctx context.Context, stderr io.Writer) (browser.AuthorOptions, func(), error) {
	if os.Getenv("DISPLAY") != "" {
		return browser.AuthorOptions{}, func() {}, nil
	}
	dir, err := os.MkdirTemp("", "handrail-record")
	if err != nil {
		return browser.AuthorOptions{}, nil, err
	}
	display, err := stage.StartDisplay(context.WithoutCancel(ctx), stage.DisplayOptions{Dir: dir + "/display", Width: 1000, Height: 760})
	if err != nil {
		os.RemoveAll(dir)
		return browser.AuthorOptions{}, nil, err
	}
	link, closeLink, err := serveScreen(display, nil)
	end := func() {
		if closeLink != nil {
			closeLink()
		}
		display.Close()
		os.RemoveAll(dir)
	}
	if err != nil {
		end()
		return browser.AuthorOptions{}, nil, err
	}
	fmt.Fprintf(stderr, "This computer has no screen here. Open this link in a browser on it: %s\n", link)
	return browser.AuthorOptions{Display: display.Name(), Authority: display.Authority()}, end, nil
}

// serveScreen shows a display at a link, on this computer alone and to who has the link; with a preview, what can be chosen of it.
func serveScreen(display *stage.Display, preview *workbenchPreview) (link string, end func(), err error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	bench := newWorkbench(workbenchOptions{RFB: display.RFB, Preview: preview})
	server := &http.Server{Handler: bench, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan struct{})
	go func() { _ = server.Serve(listener); close(served) }()
	return "http://" + listener.Addr().String() + bench.Path(), func() { server.Close(); <-served }, nil
}
