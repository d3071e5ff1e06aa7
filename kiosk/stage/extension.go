// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// An extension's own Init of xgb writes into tables which the readers of all connections of the process read, without a lock: a display
// that is turned while a stage reads its events would be a race. So no Init is called. What an extension needs of a connection is known to
// that connection alone, and an error of any extension is known before the first connection.

func init() {
	for number := firstExtensionError; number <= 255; number++ {
		xgb.NewErrorFuncs[number] = func(b []byte) xgb.Error { return extensionError{b[1], xgb.Get16(b[2:]), xgb.Get32(b[4:])} }
	}
}

// firstExtensionError is the first of the error numbers that a server gives to extensions (X Window System Protocol, appendix B, Errors).
const firstExtensionError = 128

type extensionError struct {
	code     byte
	sequence uint16
	bad      uint32
}

func (e extensionError) SequenceId() uint16 { return e.sequence }
func (e extensionError) BadId() uint32      { return e.bad }
func (e extensionError) Error() string {
	return fmt.Sprintf("the display answered with error %d of an extension (%d)", e.code, e.bad)
}

// extend makes an extension's requests possible on a connection; its events are not. The names are those of the extensions' documents:
// "RANDR", "SHAPE", "XTEST".
func extend(x *xgb.Conn, extension string) error {
	r, err := xproto.QueryExtension(x, uint16(len(extension)), extension).Reply()
	if err != nil {
		return fmt.Errorf("looking for the %s extension: %w", extension, err)
	}
	if !r.Present {
		return fmt.Errorf("the display has no %s extension", extension)
	}
	x.ExtLock.Lock()
	x.Extensions[extension] = r.MajorOpcode
	x.ExtLock.Unlock()
	return nil
}
