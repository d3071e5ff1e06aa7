// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"os"
	"time"
)

// notify tells the service manager how this program is (sd_notify(3)): that it is ready, or that it still does its work. Where no manager
// has asked for it, nothing happens.
func notify(state string) {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	if path[0] == '@' { // an abstract socket
		path = "\x00" + path[1:]
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return // the manager is gone, or this is not its machine; nobody is there to be told
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(time.Second))
	_, _ = conn.Write([]byte(state))
}
