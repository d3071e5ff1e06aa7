// SPDX-License-Identifier: Apache-2.0

package session

import (
	"os/exec"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestSpeechInTwoLanguagesIsOneSound(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed; make deps installs it")
	}
	one, err := speak(t.Context(), []utterance{{"en", "Write your town."}})
	if err != nil {
		t.Fatal(err)
	}
	two, err := speak(t.Context(), []utterance{{"ar", "اكتب اسم مدينتك."}, {"en", "Town or city"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, wav := range [][]byte{one, two} {
		pcm, rate, err := parseWAV(wav)
		if err != nil || rate < 8000 {
			t.Fatalf("rate %d: %v", rate, err)
		}
		loud := 0
		for i := 0; i+1 < len(pcm); i += 2 {
			if v := int16(uint16(pcm[i]) | uint16(pcm[i+1])<<8); v > 1000 || v < -1000 {
				loud++
			}
		}
		if length := time.Duration(len(pcm)/2) * time.Second / time.Duration(rate); length < 500*time.Millisecond || loud < 1000 {
			t.Errorf("%v of sound with %d loud samples", length, loud)
		}
	}
	if _, err := speak(t.Context(), []utterance{{"en", "  "}}); err == nil {
		t.Error("nothing was said without an error")
	}
}

func TestNewSpeechStopsOld(t *testing.T) {
	if _, err := exec.LookPath("espeak-ng"); err != nil {
		t.Skip("espeak-ng is not installed; make deps installs it")
	}
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	made := make(chan voiced, 10)
	v := newVoice(func(m any) { made <- m.(voiced) })
	defer v.stop()
	v.say([]utterance{{"en", "The first, which nobody waits for."}})
	v.say([]utterance{{"en", "The second."}})
	if !v.busy() {
		t.Fatal("it is about to speak and says that it is not")
	}
	deadline := time.After(20 * time.Second)
	for {
		select {
		case m := <-made:
			if !v.current(m.id) {
				continue
			}
			if m.err != nil {
				t.Fatal(m.err)
			}
			v.lasts(-10 * time.Second) // the page never says that it was played
			if v.busy() {
				t.Fatal("a page that says nothing keeps the session awake for ever")
			}
			return
		case <-deadline:
			t.Fatal("the second sentence was not made")
		}
	}
}

func FuzzParseWAV(f *testing.F) {
	f.Add(buildWAV([]byte{1, 2, 3, 4}, 22050))
	f.Add([]byte("RIFF\xff\xff\xff\xffWAVEdata\xff\xff\xff\x7f"))
	f.Fuzz(func(t *testing.T, b []byte) {
		pcm, _, err := parseWAV(b)
		if err == nil && len(pcm) > len(b) {
			t.Fatal("more samples than bytes")
		}
	})
}
