// SPDX-License-Identifier: Apache-2.0

//go:build blueprint

package card

// How to add a card reader. Copy this file, take the build tag away, and fill in four
// things; nothing else in the product needs to know. A test compiles this file, so it
// is never out of date. Then:
//
//   - add an emulated reader beside the others (emulator/reader_*.go) that speaks the
//     protocol from its manual and shares no code with the driver;
//   - run the driver on it in drivers_test.go, clean and with every fault of
//     emulator.FaultWords;
//   - give whatever takes bytes apart a Fuzz function.
//
// A card that an existing reader can hold is another matter: that is one function like
// readBelgian, and a line in contents (content.go).

import (
	"context"
	"errors"
	"os"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/port"
)

// 1. The name that a configuration has, and the line's speed.
func init() {
	register("blueprint", func(c peripherals.Config) (*supervised, error) {
		return newSupervised(c, port.Options{Baud: 9600}, serveBlueprint), nil
	})
}

// serveBlueprint is called each time the line has been opened. It returns the line's
// error when that ends; waiting, opening and beginning anew are done for it.
func serveBlueprint(ctx context.Context, s *served) error {
	// 2. Ask who is there. What does not answer is errNoAnswer, and the person is
	// told that the reader is silent. Ask only what may be asked twice.
	identity, err := ask(ctx, s.line, "WHO?\n")
	if err != nil {
		return err
	}
	if err := s.met(identity); err != nil {
		return err
	}
	held := ""
	for {
		// 3. Find out whether there is a card. Report what has changed, in order:
		// inserted, then exactly one of read and failed, then removed. Half a card
		// is not reported.
		number, err := ask(ctx, s.line, "CARD?\n")
		if err != nil {
			return err
		}
		if s.rep.leftBehind(number != "") { // the last person's: it is not read
			held = number
		}
		if number != held {
			s.rep.removed()
			if held = number; number != "" {
				s.rep.inserted()
				// 4. Only names on peripherals.FieldNames, and values in a Secret.
				value := peripherals.NewSecret([]byte(number))
				s.rep.read([]peripherals.Field{{Name: peripherals.CardNumber, Value: value}})
			}
		}
		if !sleep(ctx, tagPoll) {
			return ctx.Err()
		}
	}
}

// ask sends a question and gives the answer up to the end of the line. A real protocol
// has a checksum: what does not match it is never used.
func ask(ctx context.Context, line port.Line, question string) (string, error) {
	deadline := time.Now().Add(time.Second)
	if err := line.SetWriteDeadline(deadline); err != nil {
		return "", err
	}
	if _, err := line.Write([]byte(question)); err != nil {
		return "", err
	}
	var answer []byte
	for {
		b, err := readSome(ctx, line, deadline)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return "", errNoAnswer
		}
		if err != nil {
			return "", err
		}
		if answer = append(answer, b...); answer[len(answer)-1] == '\n' {
			return string(answer[:len(answer)-1]), nil
		}
	}
}
