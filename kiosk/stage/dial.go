// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/jezek/xgb"
)

func init() {
	// xgb reports to standard error by itself. What matters reaches us as an
	// error or as a closed connection, so its own words are dropped.
	xgb.Logger = log.New(io.Discard, "", 0)
}

const cookieName = "MIT-MAGIC-COOKIE-1"

// socketFolder and a display number make the path of a display's socket.
const socketFolder = "/tmp/.X11-unix/X"

// socketPath is where the X server of a display such as ":7" listens. X keeps
// this place fixed; only local displays are spoken to.
func socketPath(display string) (path string, number int, err error) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(display, "unix"), ":")
	if !ok {
		return "", 0, fmt.Errorf("display %q is not a local display such as :7", display)
	}
	rest, _, _ = strings.Cut(rest, ".")
	number, err = strconv.Atoi(rest)
	if err != nil || number < 0 {
		return "", 0, fmt.Errorf("display %q is not a local display such as :7", display)
	}
	return socketFolder + strconv.Itoa(number), number, nil
}

// dial connects to a local X server with the cookie of an Xauthority file
// (empty: none is sent). xgb itself can only take the cookie from the process
// environment, which two displays in one process would have to share.
func dial(display, authority string) (*xgb.Conn, error) {
	path, number, err := socketPath(display)
	if err != nil {
		return nil, err
	}
	var cookie []byte
	if authority != "" {
		if cookie, err = readCookie(authority, number); err != nil {
			return nil, err
		}
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		return nil, fmt.Errorf("display %s cannot be reached: %w", display, err)
	}
	x, err := xgb.NewConnNet(&greeting{Conn: conn, cookie: cookie})
	if err != nil {
		conn.Close()
		return nil, fmt.Errorf("display %s refused the connection: %w", display, err)
	}
	return x, nil
}

// greeting is a connection whose first write, the setup request that xgb
// composes from the environment, is replaced by one with our own cookie
// (X Window System Protocol, section 8, Connection Setup).
type greeting struct {
	net.Conn
	cookie []byte
	said   bool
}

func (g *greeting) Write(p []byte) (int, error) {
	if g.said {
		return g.Conn.Write(p)
	}
	g.said = true
	name := cookieName
	if len(g.cookie) == 0 {
		name = ""
	}
	buf := make([]byte, 12, 64)
	buf[0] = 'l' // little-endian, as xgb reads it
	binary.LittleEndian.PutUint16(buf[2:], 11)
	binary.LittleEndian.PutUint16(buf[6:], uint16(len(name)))
	binary.LittleEndian.PutUint16(buf[8:], uint16(len(g.cookie)))
	buf = append(buf, pad4([]byte(name))...)
	buf = append(buf, pad4(g.cookie)...)
	if _, err := g.Conn.Write(buf); err != nil {
		return 0, err
	}
	return len(p), nil
}

func pad4(b []byte) []byte {
	return append(bytes.Clone(b), make([]byte, (4-len(b)%4)%4)...)
}

// familyWild marks an Xauthority entry that is good for every host.
const familyWild = 0xffff

// writeCookie writes an Xauthority file (mode 0600) with one entry for every
// local display number.
func writeCookie(path string, cookie []byte) error {
	var b bytes.Buffer
	field := func(p []byte) {
		binary.Write(&b, binary.BigEndian, uint16(len(p)))
		b.Write(p)
	}
	binary.Write(&b, binary.BigEndian, uint16(familyWild))
	field(nil) // address
	field(nil) // display number
	field([]byte(cookieName))
	field(cookie)
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		return fmt.Errorf("cookie file: %w", err)
	}
	return nil
}

// readCookie returns the first cookie of an Xauthority file that is good for
// the display number.
func readCookie(path string, number int) ([]byte, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("cookie file: %w", err)
	}
	return parseCookie(b, number)
}

var errNoCookie = errors.New("cookie file has no entry for this display")

func parseCookie(b []byte, number int) ([]byte, error) {
	field := func() ([]byte, bool) {
		if len(b) < 2 {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			return nil, false
		}
		f := b[2 : 2+n]
		b = b[2+n:]
		return f, true
	}
	for len(b) >= 2 {
		b = b[2:] // family: every local entry is as good as another
		_, ok1 := field()
		display, ok2 := field()
		name, ok3 := field()
		cookie, ok4 := field()
		if !ok1 || !ok2 || !ok3 || !ok4 {
			return nil, errors.New("cookie file is damaged")
		}
		if string(name) != cookieName || len(cookie) != 16 {
			continue
		}
		if len(display) == 0 || string(display) == strconv.Itoa(number) {
			return cookie, nil
		}
	}
	return nil, errNoCookie
}
