// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"handrail/kiosk"
)

// utterance is one sentence in one language.
type utterance struct{ lang, text string }

// voice makes speech with espeak-ng: sentences to one WAV, which the companion plays. A new sentence stops an old one.
type voice struct {
	post func(any)

	mu     sync.Mutex
	number int
	cancel context.CancelFunc
	id     string    // of the sound that is being made or played
	until  time.Time // by which it must have been played, whatever the page says
	tasks  sync.WaitGroup
}

func newVoice(post func(any)) *voice { return &voice{post: post} }

// say makes a sound of the sentences; the worker is told by voiced.
func (v *voice) say(sentences []utterance) {
	v.hush()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.number++
	id := "s" + strconv.Itoa(v.number)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	v.cancel, v.id, v.until = cancel, id, time.Now().Add(30*time.Second)
	v.tasks.Go(func() {
		defer cancel()
		wav, err := speak(ctx, sentences)
		if errors.Is(ctx.Err(), context.Canceled) {
			return
		}
		v.post(voiced{id, wav, err})
	})
}

// lasts notes how long the sound takes that is played now.
func (v *voice) lasts(length time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.until = time.Now().Add(length + 5*time.Second)
}

// hush forgets what is being made or played.
func (v *voice) hush() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.cancel != nil {
		v.cancel()
	}
	v.cancel, v.id = nil, ""
}

// busy tells whether something is being said or about to be.
func (v *voice) busy() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.id != "" && time.Now().Before(v.until)
}

func (v *voice) current(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.id == id
}

func (v *voice) stop() {
	v.hush()
	v.tasks.Wait()
}

// speak gives one WAV (PCM, mono, 16 bit) of sentences that may each be in another language. The text goes in through a
// pipe: a command line can be read by every user of the machine.
func speak(ctx context.Context, sentences []utterance) ([]byte, error) {
	var samples []byte
	rate := uint32(22050)
	for _, s := range sentences {
		if strings.TrimSpace(s.text) == "" {
			continue
		}
		cmd := exec.CommandContext(ctx, "espeak-ng", "-v", s.lang, "-s", "145", "--stdin", "--stdout")
		cmd.Stdin = strings.NewReader(s.text)
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("speech in %s: %w", s.lang, err)
		}
		pcm, r, err := parseWAV(out)
		if err != nil {
			return nil, err
		}
		rate = r
		samples = append(samples, pcm...)
		samples = append(samples, make([]byte, int(rate)*2*3/10/2*2)...) // 300 ms of silence between sentences
	}
	if len(samples) == 0 {
		return nil, errors.New("speech: there is nothing to say")
	}
	return buildWAV(samples, rate), nil
}

// parseWAV gives the samples of a RIFF/WAVE file; espeak-ng writes its length fields before it knows them, so a length
// that reaches past the end means "to the end".
func parseWAV(b []byte) (pcm []byte, rate uint32, err error) {
	if len(b) < 44 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, 0, errors.New("speech: espeak-ng gave no sound")
	}
	for at := 12; at+8 <= len(b); {
		name, size := string(b[at:at+4]), int(binary.LittleEndian.Uint32(b[at+4:]))
		body := b[at+8:]
		switch name {
		case "fmt ":
			if len(body) < 16 {
				return nil, 0, errors.New("speech: the sound's header is cut short")
			}
			rate = binary.LittleEndian.Uint32(body[4:])
		case "data":
			if size < 0 || size > len(body) {
				size = len(body)
			}
			return body[:size&^1], rate, nil
		}
		if size < 0 || size > len(body) {
			break
		}
		at += 8 + size
	}
	return nil, 0, errors.New("speech: the sound has no samples")
}

func buildWAV(pcm []byte, rate uint32) []byte {
	var b bytes.Buffer
	b.WriteString("RIFF")
	binary.Write(&b, binary.LittleEndian, uint32(36+len(pcm)))
	b.WriteString("WAVEfmt ")
	binary.Write(&b, binary.LittleEndian, []uint16{16, 0, 1, 1})
	binary.Write(&b, binary.LittleEndian, []uint32{rate, rate * 2})
	binary.Write(&b, binary.LittleEndian, []uint16{2, 16})
	b.WriteString("data")
	binary.Write(&b, binary.LittleEndian, uint32(len(pcm)))
	b.Write(pcm)
	return b.Bytes()
}

// speak puts phrases into words and says them.
func (w *Worker) speak(phrases []kiosk.Phrase) {
	if w.rehearsal != nil && w.rehearsal.Quiet {
		return
	}
	lang := w.session.Lang
	if lang == "" {
		lang = w.setup.Languages[0]
	}
	var sentences []utterance
	for _, p := range phrases {
		switch {
		case p.Key != "":
			args := map[string]any{}
			for key, value := range p.Args {
				args[key] = value
			}
			sentences = append(sentences, utterance{lang, w.words.T(lang, p.Key, args)})
		case !p.Words.Empty():
			sentences = append(sentences, utterance{p.Lang, p.Words.Reveal()})
		case p.Lang != "":
			sentences = append(sentences, utterance{p.Lang, p.Text.In(p.Lang)})
		default:
			sentences = append(sentences, utterance{lang, p.Text.In(lang)})
		}
	}
	if len(sentences) == 0 {
		w.voice.hush()
		w.heard(false)
		_ = w.browser.Companion.Quiet()
		return
	}
	w.saying()
	w.voice.say(sentences)
}

// onVoiced plays a sound that is ready, unless something else is to be said by now.
func (w *Worker) onVoiced(m voiced) {
	if !w.voice.current(m.id) {
		return
	}
	if m.err != nil {
		w.log.Warn("no speech", "why", m.err)
		w.voice.hush()
		w.heard(false)
		w.show()
		return
	}
	if samples, rate, err := parseWAV(m.wav); err == nil && rate > 0 {
		w.voice.lasts(time.Duration(len(samples)/2) * time.Second / time.Duration(rate))
	}
	if err := w.browser.Companion.Play(m.id, m.wav); err != nil {
		w.log.Warn("no sound", "why", err)
		w.voice.hush()
	}
	w.show()
}

// onSpoken notes that a sound was played to its end.
func (w *Worker) onSpoken(id string, failed bool) {
	if !w.voice.current(id) {
		return
	}
	w.voice.hush()
	if !failed {
		w.screen.spoken++
	}
	w.heard(!failed)
	w.show()
}
