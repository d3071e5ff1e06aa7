// SPDX-License-Identifier: Apache-2.0

package card

import (
	"context"
	"os"
	"testing"
	"time"

	"handrail/peripherals"
	"handrail/peripherals/emulator"
	"handrail/peripherals/port"
)

// TestTranscript plays a recorded reader to the driver. HANDRAIL_RECORD=1 records it
// anew from the emulator, whose card belongs to nobody.
func TestTranscript(t *testing.T) {
	const file = "testdata/amina.transcript"
	if os.Getenv("HANDRAIL_RECORD") != "" {
		record(t, file)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	tape, err := port.Replay(f)
	if err != nil {
		t.Fatal(err)
	}
	r := newCCIDReader(peripherals.Config{Port: "tape"})
	r.poll = time.Hour // the transcript has no idle questions
	r.open = func(port.Options) (port.Line, error) { return tape, nil }
	r.wait = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	var got []string
	err = r.Run(ctx, func(e peripherals.CardEvent) {
		got = append(got, e.Kind.String())
		if e.Kind == peripherals.CardRead {
			got = append(got, e.Fields[0].Value.Reveal())
		}
		if e.State == peripherals.ReaderAbsent {
			cancel()
		}
	})
	want := []string{"reader", "inserted", "read", "Haddad-Lindqvist", "reader", "removed"}
	if err != nil || len(got) != len(want) {
		t.Fatalf("%q, %v; tape: %v", got, err, tape.Err())
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if tape.Err() != nil {
		t.Error(tape.Err())
	}
}

func record(t *testing.T, file string) {
	t.Helper()
	reader, link := newReader(t, emulator.ReaderOptions{})
	reader.Insert(builtIn(t, "amina"))
	out, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	out.WriteString("# The emulated reader with the built-in card \"amina\", then the cable pulled.\n")
	r := newCCIDReader(peripherals.Config{Port: link})
	r.poll = time.Hour
	r.open = func(o port.Options) (port.Line, error) {
		line, err := port.Open(o)
		if err != nil {
			return nil, err
		}
		return port.Record(line, out), nil
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	r.Run(ctx, func(e peripherals.CardEvent) {
		if e.Kind == peripherals.CardRead {
			cancel()
		}
	})
	out.WriteString("! gone\n")
}
