// SPDX-License-Identifier: Apache-2.0

package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	"handrail/helpdesk"
	"handrail/kiosk"
)

// talk is the voice of a help call. The companion's page holds the microphone and the sound; the worker gives it a way to
// the office's relay, and seals what the two pages agree.
type talk struct {
	relay  *helpdesk.Relay // the hub's ticket; nil: this hub relays no voice
	on     bool
	state  string        // as the companion's page says: "connecting", "on", "no-microphone", "failed"; "thin": the line cannot carry it
	trip   time.Duration // of what is said to the other side and back
	failed time.Time     // since when it is tried in vain; zero: it is not
	theirs string        // as the volunteer's page says: "", "on", "muted", "no-microphone", "off"
	heard  float64       // energy of all that was heard
	muted  bool          // the citizen switched the microphone off
	soft   bool          // what is heard is soft
}

// view adds to what the companion shows of a call.
func (t *talk) view(c *callView) {
	switch {
	case !c.Talk:
	case t.relay == nil:
		c.Voice = "none"
	default:
		c.Voice, c.Muted, c.Soft, c.TheirVoice = t.state, t.muted, t.soft, t.theirs
	}
}

// passage is what the companion's page is told of the relay: a name that only it knows leads there. See [egress.Proxy.SetRelay].
type passage struct {
	URLs     []string `json:"urls"`
	Username string   `json:"username"`
	Password string   `json:"password"`
}

// updateTalk makes true what was agreed: voice as long as the citizen wants to talk, somebody is there, and there is a relay.
func (w *Worker) updateTalk() {
	want := w.call.seal != nil && w.call.talk.relay != nil && w.session.Consent.Talk && w.call.talk.state != "thin"
	if want == w.call.talk.on {
		return
	}
	if !want {
		w.stopTalk()
		return
	}
	t := &w.call.talk
	t.on, t.state, t.trip, t.failed, t.heard, t.muted, t.soft = true, "connecting", 0, time.Time{}, 0, false, false
	name := "voice-" + strings.ToLower(rand.Text()) + ".handrail.internal:3478"
	relay := *t.relay
	w.proxy.SetRelay(name, func(ctx context.Context) (net.Conn, error) { return dialRelay(ctx, relay.URLs) })
	if err := w.browser.Companion.Talk(map[string]any{"ticket": passage{[]string{"turn:" + name + "?transport=tcp"}, relay.Username, relay.Password}}); err != nil {
		w.log.Warn("voice", "why", err)
		w.stopTalk()
	}
}

// stopTalk ends voice at once, here first.
func (w *Worker) stopTalk() {
	t := &w.call.talk
	if !t.on {
		return
	}
	t.on, t.state, t.theirs = false, "", ""
	w.proxy.SetRelay("", nil)
	if !w.session.Wiped() && w.browser != nil {
		if err := w.browser.Companion.Talk(nil); err != nil {
			w.log.Warn("voice", "why", err)
		}
	}
	w.sendContent(&helpdesk.VoiceState{State: "off"})
}

// On a line that is slower than both, a voice is no help, and what the helper sees of the page comes late because of it.
const (
	slowVoice = 2500 * time.Millisecond // from mouth to ear and back
	slowLine  = 700 * time.Millisecond  // until a piece of the outline is drawn
	inVain    = 10 * time.Second        // of trying, where no outline tells what the line carries
)

// weighLine ends a voice that the line cannot carry, and says so on both sides: one that does not come about or comes far too
// late, while all else comes late too, or the helper sees nothing that it could be compared with. It is begun again when the citizen
// agrees to talk again, or in another call.
func (w *Worker) weighLine() {
	t, now := &w.call.talk, time.Now()
	tries := !t.failed.IsZero()
	if !t.on || !tries && t.trip < slowVoice {
		return
	}
	if w.session.Consent.See {
		if w.call.pace.Trip(now) < slowLine {
			return
		}
	} else if tries && now.Sub(t.failed) < inVain {
		return
	}
	w.log.Info("the line is too thin for a voice", "voice", t.state, "voice_ms", t.trip.Milliseconds(), "outline_ms", w.call.pace.Trip(now).Milliseconds())
	w.stopTalk()
	t.state = "thin"
	w.sendContent(&helpdesk.VoiceState{State: "thin"})
	w.speak([]kiosk.Phrase{{Key: "speech.voice-thin"}})
	w.show()
}

// onVoice takes what the companion's page says of its voice; trip is in seconds.
func (w *Worker) onVoice(do, text string, heard, trip float64) {
	t := &w.call.talk
	if !t.on {
		return
	}
	switch do {
	case "voice-offer":
		w.sendContent(&helpdesk.VoiceOffer{SDP: text})
	case "voice-state":
		t.heard, t.trip = heard, time.Duration(min(max(trip, 0), 60)*float64(time.Second))
		if text != "failed" {
			t.failed = time.Time{}
		} else if t.failed.IsZero() {
			t.failed = time.Now()
		}
		if t.state != text {
			t.state = text
			w.tellVoice()
			w.show()
		}
		w.weighLine()
	}
}

// tellVoice tells the helper whether they can hear the citizen.
func (w *Worker) tellVoice() {
	state := w.call.talk.state
	if state == "on" && w.call.talk.muted {
		state = "muted"
	}
	switch state {
	case "on", "muted", "no-microphone":
		w.sendContent(&helpdesk.VoiceState{State: state})
	}
}

// changeVoice switches the microphone or the volume over.
func (w *Worker) changeVoice(what string) {
	t := &w.call.talk
	if !t.on {
		return
	}
	if what == "mute" {
		t.muted = !t.muted
	} else {
		t.soft = !t.soft
	}
	volume := 1.0
	if t.soft {
		volume = 0.4
	}
	if err := w.browser.Companion.Talk(map[string]any{"muted": t.muted, "volume": volume}); err != nil {
		w.log.Warn("voice", "why", err)
	}
	w.tellVoice()
	w.show()
}

// onTheirVoice takes what the volunteer's page says.
func (w *Worker) onTheirVoice(c helpdesk.Content) {
	t := &w.call.talk
	switch c := c.(type) {
	case *helpdesk.VoiceAnswer:
		if t.on {
			if err := w.browser.Companion.Talk(map[string]string{"answer": c.SDP}); err != nil {
				w.log.Warn("voice", "why", err)
			}
		}
	case *helpdesk.VoiceState:
		t.theirs = c.State
		if c.State == "on" {
			w.did(helpdesk.DidSpeak)
		}
		w.show()
	}
}

// dialRelay connects to the relay by the first of its addresses that answers, in the clear or inside TLS: what is said is
// encrypted in either.
func dialRelay(ctx context.Context, urls []string) (net.Conn, error) {
	var first error
	for _, u := range urls {
		address, by, err := helpdesk.RelayAddress(u)
		if err != nil || by == "udp" {
			continue
		}
		var conn net.Conn
		if by == "tls" {
			conn, err = new(tls.Dialer).DialContext(ctx, "tcp", address)
		} else {
			conn, err = new(net.Dialer).DialContext(ctx, "tcp", address)
		}
		if err == nil {
			return conn, nil
		}
		first = cmp.Or(first, err)
	}
	return nil, cmp.Or(first, errors.New("the relay has no address that a terminal can use"))
}
