// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write testdata anew")

// pair opens both ends of a call.
func pair(t testing.TB) (terminal, volunteer *Seal) {
	t.Helper()
	id := NewID()
	a, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	if terminal, err = NewSeal(TerminalSide, id, a, b.PublicKey().Bytes()); err != nil {
		t.Fatal(err)
	}
	if volunteer, err = NewSeal(VolunteerSide, id, b, a.PublicKey().Bytes()); err != nil {
		t.Fatal(err)
	}
	return terminal, volunteer
}

func TestSealBothWays(t *testing.T) {
	terminal, volunteer := pair(t)
	if terminal.CheckDigits() != volunteer.CheckDigits() || len(terminal.CheckDigits()) != 4 {
		t.Fatalf("check digits %q and %q", terminal.CheckDigits(), volunteer.CheckDigits())
	}
	big := make([]byte, 200<<10)
	rand.Read(big)
	for _, content := range [][]byte{{}, []byte("x"), []byte("الرمز البريدي من أربعة أرقام."), []byte(strings.Repeat("Rue, Numéro, Code postal. ", 400)), big} {
		for _, way := range [][2]*Seal{{terminal, volunteer}, {volunteer, terminal}} {
			frame, err := way[0].Seal(content)
			if err != nil {
				t.Fatal(err)
			}
			got, err := way[1].Open(frame)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, content) {
				t.Fatalf("%d bytes came back as %d others", len(content), len(got))
			}
			if len(content) > 20 && bytes.Contains(frame, content[:20]) {
				t.Fatal("the content is readable in the frame")
			}
		}
	}
	if _, err := terminal.Seal(make([]byte, maxContent+1)); err == nil {
		t.Error("sealed more than fits")
	}
}

// Whatever the hub does to a frame, it is refused, and the call goes on with the next one.
func TestSealRefuses(t *testing.T) {
	terminal, volunteer := pair(t)
	next := func(text string) []byte {
		frame, err := terminal.Seal([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return frame
	}
	first, second := next("one"), next("two")
	if _, err := volunteer.Open(second); err != nil {
		t.Fatal(err)
	}
	refused := map[string][]byte{"replayed": second, "late": first, "empty": {}, "short": second[:20], "too large": make([]byte, MaxFrame+1)}
	third := next("three")
	for i := range third {
		changed := bytes.Clone(third)
		changed[i] ^= 1
		refused[fmt.Sprintf("byte %d changed", i)] = changed
	}
	own, err := volunteer.Seal([]byte("mine"))
	if err != nil {
		t.Fatal(err)
	}
	refused["reflected"] = own
	other, _ := pair(t)
	stranger, err := other.Seal([]byte("stranger"))
	if err != nil {
		t.Fatal(err)
	}
	refused["of another call"] = stranger
	for name, frame := range refused {
		if _, err := volunteer.Open(frame); !errors.Is(err, ErrSeal) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got, err := volunteer.Open(third); err != nil || string(got) != "three" {
		t.Errorf("after all that: %q, %v", got, err)
	}
}

// A small frame cannot unpack to a large memory.
func TestSealBomb(t *testing.T) {
	terminal, volunteer := pair(t)
	bomb := (&Seal{}).deflate(make([]byte, 8*maxContent))
	terminal.sent++
	head := make([]byte, frameHead)
	head[0], head[8] = formDeflated, 1
	frame := terminal.out.Seal(bytes.Clone(head), nonce(1), bomb, head)
	if _, err := volunteer.Open(frame); !errors.Is(err, ErrSeal) {
		t.Errorf("a bomb: %v", err)
	}
}

func TestSealKeys(t *testing.T) {
	key, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	for _, theirs := range [][]byte{nil, {4}, make([]byte, 65)} {
		if _, err := NewSeal(TerminalSide, NewID(), key, theirs); err == nil {
			t.Errorf("a key of %d bytes was taken", len(theirs))
		}
	}
}

// vectors is testdata/seal.json, what seal.go and seal.ts must agree on.
type vectors struct {
	RequestID    string `json:"request_id"`
	TerminalKey  []byte `json:"terminal_key"`  // PKCS #8
	VolunteerKey []byte `json:"volunteer_key"` // PKCS #8
	Digits       string `json:"digits"`
	// Frames are in the order they were sealed, by side.
	FromTerminal  []vectorFrame `json:"from_terminal"`
	FromVolunteer []vectorFrame `json:"from_volunteer"`
}

type vectorFrame struct {
	Content string `json:"content"`
	Frame   []byte `json:"frame"`
}

const vectorFile = "testdata/seal.json"

func readVectors(t *testing.T) (v vectors, terminal, volunteer *ecdh.PrivateKey) {
	t.Helper()
	text, err := os.ReadFile(vectorFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	key := func(der []byte) *ecdh.PrivateKey {
		any, err := x509.ParsePKCS8PrivateKey(der)
		if err != nil {
			t.Fatal(err)
		}
		k, err := any.(interface {
			ECDH() (*ecdh.PrivateKey, error)
		}).ECDH()
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	return v, key(v.TerminalKey), key(v.VolunteerKey)
}

func open2(t *testing.T, v vectors, terminal, volunteer *ecdh.PrivateKey) (*Seal, *Seal) {
	t.Helper()
	a, err := NewSeal(TerminalSide, v.RequestID, terminal, volunteer.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	b, err := NewSeal(VolunteerSide, v.RequestID, volunteer, terminal.PublicKey().Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return a, b
}

func TestSealVectors(t *testing.T) {
	if *update {
		writeVectors(t)
	}
	v, terminalKey, volunteerKey := readVectors(t)
	terminal, volunteer := open2(t, v, terminalKey, volunteerKey)
	if terminal.CheckDigits() != v.Digits {
		t.Errorf("check digits %s, want %s", terminal.CheckDigits(), v.Digits)
	}
	for _, way := range []struct {
		from, to *Seal
		frames   []vectorFrame
	}{{terminal, volunteer, v.FromTerminal}, {volunteer, terminal, v.FromVolunteer}} {
		for _, f := range way.frames {
			got, err := way.to.Open(f.Frame)
			if err != nil || string(got) != f.Content {
				t.Errorf("opened as %q, %v; want %q", got, err, f.Content)
			}
			frame, err := way.from.Seal([]byte(f.Content))
			if err != nil {
				t.Fatal(err)
			}
			if len(f.Content) < deflateFrom && !bytes.Equal(frame, f.Frame) {
				t.Errorf("%q is sealed otherwise", f.Content)
			}
		}
	}
}

func writeVectors(t *testing.T) {
	t.Helper()
	v := vectors{RequestID: "5f0c1a52-7c1d-4d1e-9a53-0d8c2f6b7e10"}
	keys := [2]*ecdh.PrivateKey{}
	for i, der := range []*[]byte{&v.TerminalKey, &v.VolunteerKey} {
		key, err := NewKey()
		if err != nil {
			t.Fatal(err)
		}
		if *der, err = x509.MarshalPKCS8PrivateKey(key); err != nil {
			t.Fatal(err)
		}
		keys[i] = key
	}
	terminal, volunteer := open2(t, v, keys[0], keys[1])
	v.Digits = terminal.CheckDigits()
	seal := func(s *Seal, contents ...string) (frames []vectorFrame) {
		for _, c := range contents {
			frame, err := s.Seal([]byte(c))
			if err != nil {
				t.Fatal(err)
			}
			frames = append(frames, vectorFrame{c, frame})
		}
		return frames
	}
	long, err := EncodeContent(&StepShown{Index: 4, Total: 7, Volunteer: StepText{Lang: "en", Titles: []string{"Your new address"}, What: strings.Repeat("Type the postcode. ", 20)},
		Citizen: StepText{Lang: "ar", Titles: []string{"عنوانك الجديد"}, What: strings.Repeat("اكتب الرمز البريدي. ", 20)}})
	if err != nil {
		t.Fatal(err)
	}
	v.FromTerminal = seal(terminal, `{"type":"consent","talk":false,"see":true,"point":true}`, string(long), `{"type":"bye"}`)
	v.FromVolunteer = seal(volunteer, `{"type":"point","element":"n17"}`, `{"type":"chat","text":"الرمز البريدي من أربعة أرقام."}`)
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(vectorFile, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// The volunteer's page (ui/parts/seal.ts) and this package understand each other: the page opens the vectors, refuses
// what it must, and seals frames which are opened here.
func TestSealTwinInTypeScript(t *testing.T) {
	var answer struct {
		Digits   string            `json:"digits"`
		Opened   []string          `json:"opened"`
		Refused  map[string]string `json:"refused"`
		Contents []string          `json:"contents"`
		Frames   []string          `json:"frames"`
		Fresh    string            `json:"fresh"`
	}
	v, terminalKey, volunteerKey := readVectors(t)
	askTwin(t, "seal", []string{"seal"}, v, &answer)
	if answer.Digits != v.Digits {
		t.Errorf("check digits %s, want %s", answer.Digits, v.Digits)
	}
	var want []string
	for _, f := range v.FromTerminal {
		want = append(want, f.Content)
	}
	if diff := cmp.Diff(want, answer.Opened); diff != "" {
		t.Errorf("the page opened:\n%s", diff)
	}
	for _, name := range []string{"changed", "replayed", "reflected", "short", "bad key"} {
		if answer.Refused[name] == "" {
			t.Errorf("the page took a frame that was %s", name)
		}
	}
	terminal, _ := open2(t, v, terminalKey, volunteerKey)
	if len(answer.Frames) != len(answer.Contents) || len(answer.Frames) == 0 {
		t.Fatalf("%d frames, %d contents", len(answer.Frames), len(answer.Contents))
	}
	for i, text := range answer.Frames {
		frame, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		got, err := terminal.Open(frame)
		if err != nil || string(got) != answer.Contents[i] {
			t.Errorf("frame %d: %v, %.60q", i, err, got)
		}
	}
	fresh, err := base64.StdEncoding.DecodeString(answer.Fresh)
	if err != nil || checkKey(fresh) != nil {
		t.Errorf("the page's fresh key is no point: %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	terminal, volunteer := pair(f)
	frame, err := terminal.Seal([]byte("x"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(frame[:20])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.Equal(data, frame) {
			return
		}
		if _, err := volunteer.Open(data); !errors.Is(err, ErrSeal) {
			t.Fatalf("opened: %v", err)
		}
	})
}
