// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"errors"
	"strings"
)

// What makes a voice call travels sealed: the fingerprints of the media keys stand in it, so whoever runs the hub or the
// relay cannot listen. The terminal offers, once the citizen agreed to talk; the volunteer's page answers; only the two
// pages of our own ever see it.

// VoiceOffer begins a voice call, or begins it anew after its path was lost. Both directions of one sound, nothing else.
type VoiceOffer struct {
	SDP string `json:"sdp"`
}

// VoiceAnswer is the volunteer's side of it.
type VoiceAnswer struct {
	SDP string `json:"sdp"`
}

// VoiceState tells the other side what it cannot see: whether this side is heard ("on"), has switched its microphone off
// ("muted"), has none ("no-microphone"), or has no voice any more: "off", or "thin" when the line cannot carry one.
type VoiceState struct {
	State string `json:"state"`
}

func (*VoiceOffer) Kind() string  { return "voice-offer" }
func (*VoiceAnswer) Kind() string { return "voice-answer" }
func (*VoiceState) Kind() string  { return "voice-state" }

func (c *VoiceOffer) checkContent() error  { return checkSDP(c.SDP) }
func (c *VoiceAnswer) checkContent() error { return checkSDP(c.SDP) }

func (c *VoiceState) checkContent() error {
	switch c.State {
	case "on", "muted", "no-microphone", "off", "thin":
		return nil
	}
	return errors.New("state: unknown")
}

// maxSDP bounds a description; a browser's own has about 2 kB.
const maxSDP = 16 << 10

// checkSDP lets through a description (RFC 8866) of one sound that goes by a relay: no picture, no channel for data, and
// no address but a relay's.
func checkSDP(s string) error {
	if len(s) > maxSDP || !strings.HasPrefix(s, "v=0\r\n") {
		return errors.New("sdp: no description, or too long")
	}
	media := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\r\n"), "\r\n") {
		if len(line) < 2 || line[1] != '=' {
			return errors.New("sdp: a line is not like a=value")
		}
		for _, b := range []byte(line) {
			if b < ' ' || b > '~' {
				return errors.New("sdp: letters that do not belong there")
			}
		}
		if strings.HasPrefix(line, "m=") {
			media++
			if !strings.HasPrefix(line, "m=audio ") {
				return errors.New("sdp: sound only")
			}
		}
		if strings.HasPrefix(line, "a=candidate:") && !strings.Contains(line, " typ relay") {
			return errors.New("sdp: by the relay only")
		}
	}
	if media != 1 {
		return errors.New("sdp: one sound")
	}
	return nil
}
