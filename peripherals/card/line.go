// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

func init() {
	register("barcode-line", func(c peripherals.Config) (*supervised, error) {
		patterns, err := parsePatterns(c.Codes)
		if err != nil {
			return nil, fmt.Errorf("card reader barcode-line: %w", err)
		}
		return newLineReader(c, false, func(code []byte) ([]peripherals.Field, error) {
			return parseCode(strings.TrimSpace(string(code)), patterns)
		})
	})
	register("magstripe-line", func(c peripherals.Config) (*supervised, error) {
		return newLineReader(c, false, ParseTracks)
	})
	register("mrz-line", func(c peripherals.Config) (*supervised, error) {
		return newLineReader(c, true, func(zone []byte) ([]peripherals.Field, error) {
			m, err := ParseMRZ(strings.FieldsFunc(string(zone), func(r rune) bool { return r == '\r' || r == '\n' }), time.Now())
			if err != nil {
				return nil, fmt.Errorf("%w: %w", errBadCard, err)
			}
			// What can be read in several ways, the person is asked about.
			fields := m.Fields
			for _, name := range peripherals.FieldNames() {
				if all := m.Choices[name]; len(all) > 0 {
					fields = append(fields, peripherals.Field{Name: name, Check: true, Choices: all})
				}
			}
			if len(fields) == 0 {
				return nil, errBadCard
			}
			return fields, nil
		})
	})
}

// newLineReader makes a reader that sends text by itself, code after code, and
// neither is asked nor answers. So nothing says which device it is.
func newLineReader(c peripherals.Config, several bool, parse func([]byte) ([]peripherals.Field, error)) (*supervised, error) {
	start, end, err := parseDelimiters(c.Delimiters)
	if err != nil {
		return nil, fmt.Errorf("card reader %s: %w", c.Driver, err)
	}
	return newSupervised(c, port.Options{Baud: 9600}, func(ctx context.Context, s *served) error {
		if err := s.met(""); err != nil {
			return err
		}
		l := &lineFramer{start: start, end: end, several: several}
		defer l.reset()
		return readLines(ctx, s, l, parse)
	}), nil
}

// codeGap is how long a scanner may pause within a code. Half a code that nothing
// follows is not taken for the beginning of the next.
const codeGap = 500 * time.Millisecond

// readLines reads codes until the line or ctx ends.
func readLines(ctx context.Context, s *served, l *lineFramer, parse func([]byte) ([]peripherals.Field, error)) error {
	var buf [256]byte
	defer clear(buf[:])
	quiet := time.Now()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.line.SetReadDeadline(time.Now().Add(lineSlice)); err != nil {
			return err
		}
		n, err := s.line.Read(buf[:])
		l.feed(buf[:n])
		clear(buf[:n])
		if n > 0 {
			quiet = time.Now()
		}
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = nil
			if time.Since(quiet) >= codeGap {
				l.rested()
			}
		}
		for {
			code, ok, more := l.next()
			if !more {
				break
			}
			s.rep.code(code, ok, parse)
			clear(code)
		}
		if err != nil {
			return err
		}
	}
}

// code reports a code as a card that is there for as long as it takes to read it.
func (r *reporter) code(code []byte, ok bool, parse func([]byte) ([]peripherals.Field, error)) {
	r.inserted()
	fields, err := []peripherals.Field(nil), errBadCard
	if ok {
		fields, err = parse(code)
	}
	switch {
	case err == nil:
		r.read(fields)
	case errors.Is(err, errUnknownCard):
		r.failed(peripherals.CardUnknown)
	default:
		r.failed(peripherals.CardUnreadable)
	}
	r.removed()
}

// delimiterNames are the characters that a configuration may name.
var delimiterNames = map[string]byte{"STX": 0x02, "ETX": 0x03, "EOT": 0x04, "TAB": 0x09, "LF": 0x0A, "CR": 0x0D, "GS": 0x1D}

// parseDelimiters reads Config.Delimiters: start, and end, which there must be.
func parseDelimiters(s string) (start, end []byte, err error) {
	if s == "" {
		return nil, []byte{0x03, 0x0A, 0x0D}, nil
	}
	names := strings.Split(s, ",")
	if len(names) == 2 {
		begin, ok1 := delimiterNames[strings.TrimSpace(names[0])]
		finish, ok2 := delimiterNames[strings.TrimSpace(names[1])]
		if names[0] == "" && ok2 {
			return nil, []byte{finish}, nil
		}
		if ok1 && ok2 {
			return []byte{begin}, []byte{finish}, nil
		}
	}
	return nil, nil, fmt.Errorf("delimiters %q: want start and end, such as \"STX,ETX\" or \",CR\"", s)
}

// longestCode is more than any card or zone has.
const longestCode = 512

// lineFramer finds codes in a stream. One that has anything in it that is no text,
// or that is too long, is given as spoilt and not left out: somebody has just shown
// a card and wants to know.
type lineFramer struct {
	start, end []byte
	several    bool // a code may have several lines; it ends at ETX, or when the line rests

	buf    []byte
	inside bool // behind a start
	spoilt bool
	ready  [][]byte
	states []bool
}

func (l *lineFramer) reset() {
	clear(l.buf)
	for _, code := range l.ready {
		clear(code)
	}
	l.buf, l.inside, l.spoilt, l.ready, l.states = nil, false, false, nil, nil
}

// next gives the next code; ok says that it is whole. more is false when there is
// none.
func (l *lineFramer) next() (code []byte, ok, more bool) {
	if len(l.ready) == 0 {
		return nil, false, false
	}
	code, ok = l.ready[0], l.states[0]
	l.ready, l.states = l.ready[1:], l.states[1:]
	return code, ok, true
}

// rested says that nothing has come for a while.
func (l *lineFramer) rested() {
	if l.several && len(l.start) == 0 {
		l.finish()
		return
	}
	// Half a code. There is nothing to say about it if it was noise; if it was
	// most of a code, the person sees that nothing happens and tries again.
	clear(l.buf)
	l.buf, l.inside, l.spoilt = nil, false, false
}

func (l *lineFramer) finish() {
	if len(l.buf) > 0 || l.spoilt {
		l.ready = append(l.ready, l.buf)
		l.states = append(l.states, !l.spoilt)
	}
	l.buf, l.inside, l.spoilt = nil, false, false
}

func (l *lineFramer) feed(b []byte) {
	for _, c := range b {
		switch {
		case slices.Contains(l.start, c) || len(l.start) == 0 && c == 0x02:
			// What came before has no end. Without a start of its own, STX
			// begins a code all the same.
			clear(l.buf)
			l.buf, l.spoilt, l.inside = l.buf[:0], false, true
		case len(l.start) > 0 && !l.inside:
			// between codes
		case slices.Contains(l.end, c):
			if l.several && c != 0x03 && len(l.end) > 1 {
				l.put(c)
			} else {
				l.finish()
			}
		case l.several && (c == '\r' || c == '\n'):
			l.put(c)
		case c < ' ' || c > '~':
			l.spoilt = true
		default:
			l.put(c)
		}
	}
}

// put adds a character, in a buffer that leaves no copies behind when it grows.
func (l *lineFramer) put(c byte) {
	if len(l.buf) >= longestCode {
		l.spoilt = true
		return
	}
	if cap(l.buf) == 0 {
		l.buf = make([]byte, 0, longestCode)
	}
	if len(l.buf) > 0 || c != '\r' && c != '\n' {
		l.buf = append(l.buf, c)
	}
}
