// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"strings"
	"testing"
)

const someSDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\n" +
	"a=candidate:1 1 udp 2 192.0.2.7 40000 typ relay raddr 0.0.0.0 rport 0\r\na=rtpmap:111 opus/48000/2\r\n"

// A description may hold one sound by way of the relay, and nothing that could carry anything else.
func TestVoiceDescriptions(t *testing.T) {
	for name, c := range map[string]struct {
		sdp string
		ok  bool
	}{
		"one sound":              {someSDP, true},
		"nothing":                {"", false},
		"no media":               {"v=0\r\ns=-\r\n", false},
		"two sounds":             {someSDP + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", false},
		"a picture":              {strings.Replace(someSDP, "m=audio", "m=video", 1), false},
		"a channel for data":     {someSDP + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n", false},
		"an address of its own":  {strings.Replace(someSDP, "typ relay", "typ host", 1), false},
		"letters of a name":      {someSDP + "s=Zoë\r\n", false},
		"bare words":             {someSDP + "hello\r\n", false},
		"a line within the line": {strings.Replace(someSDP, "s=-", "s=-\nm=video", 1), false},
		"very long":              {someSDP + strings.Repeat("a=x\r\n", maxSDP), false},
	} {
		for _, content := range []Content{&VoiceOffer{SDP: c.sdp}, &VoiceAnswer{SDP: c.sdp}} {
			if _, err := EncodeContent(content); (err == nil) != c.ok {
				t.Errorf("%s: %s: %v", content.Kind(), name, err)
			}
		}
	}
	offer, err := EncodeContent(&VoiceOffer{SDP: someSDP})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := DecodeContent(VolunteerSide, offer); err == nil {
		t.Error("the volunteer may not begin a voice call")
	}
	if _, err := DecodeContent(TerminalSide, offer); err != nil {
		t.Error(err)
	}
}

func TestRelayAddress(t *testing.T) {
	for s, want := range map[string]string{
		"turn:desk.example:3478?transport=udp": "desk.example:3478 udp",
		"turn:desk.example:3478":               "desk.example:3478 udp",
		"turn:127.0.0.1:8442?transport=tcp":    "127.0.0.1:8442 tcp",
		"turn:[2001:db8::1]:80?transport=tcp":  "[2001:db8::1]:80 tcp",
		"turns:desk.example:443?transport=tcp": "desk.example:443 tls",
		"turns:desk.example:443?transport=udp": "",
		"stun:desk.example:3478":               "",
		"turn:desk.example":                    "",
		"turn://desk.example:80":               "",
		"":                                     "",
	} {
		address, by, err := RelayAddress(s)
		if got := strings.TrimSpace(address + " " + by); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
}
