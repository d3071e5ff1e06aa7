// SPDX-License-Identifier: Apache-2.0

package session

import (
	"log/slog"
	"strings"
	"testing"

	"handrail/helpdesk"
	"handrail/kiosk"
)

// Whoever sends frames that do not open, or hold what nobody may send, is not the helper's page: seven of them are left out
// and counted, the eighth ends the call, the hub is told, and the citizen hears of it. A good frame between them changes nothing.
func TestTooManyBadFramesEndTheCall(t *testing.T) {
	const id = "9f3c2f6e-8a27-4b8e-9d0e-0d5f6f0d7a11"
	w := workerOn(t)
	w.rehearsal = &Rehearsal{Quiet: true} // no sound is made
	var said strings.Builder
	w.wire, w.log = NewWire(strings.NewReader(""), &said), slog.New(slog.DiscardHandler)
	mine, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := helpdesk.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	helper, err := helpdesk.NewSeal(helpdesk.VolunteerSide, id, theirs, mine.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []kiosk.Event{kiosk.AskedHelp{}, kiosk.WantedHelp{ID: id}, kiosk.HelpAccepted{}} {
		if _, err := w.session.Apply(e); err != nil {
			t.Fatal(err)
		}
	}
	if w.call.seal, err = helpdesk.NewSeal(helpdesk.TerminalSide, id, mine, theirs.PublicKey().Bytes()); err != nil {
		t.Fatal(err)
	}
	w.call.id = id
	good := func() []byte {
		data, err := helper.SealContent(&helpdesk.Back{})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	forbidden := func() []byte {
		data, err := helper.Seal([]byte(`{"type":"fill","value":"x"}`))
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := good()
	w.onFrame(first)
	for i, bad := range [][]byte{nil, []byte("not sealed"), first /* replayed */, forbidden(), good()[:20], forbidden(), []byte(strings.Repeat("x", 4000))} {
		w.onFrame(bad)
		w.onFrame(good())
		if !w.session.Help.Accepted || w.call.refused != i+1 {
			t.Fatalf("after %d bad frames: accepted %v, counted %d", i+1, w.session.Help.Accepted, w.call.refused)
		}
	}
	if strings.Contains(said.String(), `"hangup"`) {
		t.Fatal("the call was ended too early")
	}
	w.onFrame(forbidden())
	if w.session.Help.Asked || w.session.Help.Accepted || !w.session.Help.Over || w.call.seal != nil {
		t.Errorf("the call goes on after the eighth: %+v", w.session.Help)
	}
	if out := said.String(); !strings.Contains(out, `"hangup"`) || !strings.Contains(out, id) || strings.Count(out, `"frames_refused"`) != 8 {
		t.Errorf("the hub was told: %s", out)
	}
}
