// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net"
	"path/filepath"
	"testing"
	"time"
)

func TestNotify(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	notify("READY=1") // nobody has asked
	path := filepath.Join(t.TempDir(), "s")
	for _, name := range []string{path, "@" + path} {
		address := name
		if name[0] == '@' {
			address = "\x00" + name[1:]
		}
		conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: address, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		t.Setenv("NOTIFY_SOCKET", name)
		notify("WATCHDOG=1")
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		said := make([]byte, 64)
		if n, err := conn.Read(said); err != nil || string(said[:n]) != "WATCHDOG=1" {
			t.Errorf("%s: the manager heard %q: %v", name, said[:n], err)
		}
		conn.Close()
	}
	notify("READY=1") // the manager is gone
}
